//! The LLM server: two models on two cards, three departments that use them, and the Grafana that shows it.

use super::load::{Incident, Load, about, day};

const OUTAGE: Incident = Incident {
    name: "a model has run out of memory",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "llm-server/answers-page-1h",
        "llm-server/answers-page-6h",
        "llm-server/answers-ticket-1d",
        "llm-server/answers-ticket-3d",
        "llm-server/model-down-critical",
    ],
};
const SLOW: Incident = Incident {
    name: "long prompts of a batch job make everybody wait",
    from: 28.0,
    to: 33.0,
    alerts: &[
        "llm-server/speed-page-1h",
        "llm-server/speed-page-6h",
        "llm-server/speed-ticket-1d",
        "llm-server/speed-ticket-3d",
    ],
};
const CROWD: Incident = Incident {
    name: "more requests than can be answered",
    from: 34.0,
    to: 34.75,
    alerts: &["llm-server/queue-will-overflow-warning"],
};
const WORSE: Incident = Incident {
    name: "a prompt was changed for the worse",
    from: 35.0,
    to: 36.0,
    alerts: &["llm-server/accuracy-warning", "llm-server/accuracy-critical"],
};
const NO_GRAFANA: Incident = Incident {
    name: "Grafana is down",
    from: 33.0,
    to: 35.0,
    alerts: &[
        "llm-dashboards/available-page-1h",
        "llm-dashboards/available-page-6h",
        "llm-dashboards/available-ticket-1d",
        "llm-dashboards/available-ticket-3d",
        "llm-dashboards/fresh-data-absent",
    ],
};
const SLOW_GRAFANA: Incident = Incident {
    name: "dashboards ask too much, and data sources give up",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "llm-dashboards/loading-page-1h",
        "llm-dashboards/loading-page-6h",
        "llm-dashboards/loading-ticket-1d",
        "llm-dashboards/loading-ticket-3d",
        "llm-dashboards/fresh-data-page-1h",
        "llm-dashboards/fresh-data-page-6h",
        "llm-dashboards/fresh-data-ticket-1d",
        "llm-dashboards/fresh-data-ticket-3d",
        "llm-dashboards/data-source-warning",
    ],
};
const GONE: Incident = Incident {
    name: "nothing is scraped",
    from: 25.0,
    to: 25.75,
    alerts: &[
        "llm-server/answers-absent",
        "llm-server/speed-absent",
        "llm-dashboards/available-absent",
        "llm-dashboards/fresh-data-absent",
    ],
};

const SECONDS: [f64; 8] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
const GRAFANA: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

fn gone(series: &str, t: i64) -> bool {
    let without_grafana = series.contains("job=\"grafana\"") && !series.starts_with("up{");
    GONE.at(t) || without_grafana && NO_GRAFANA.at(t)
}

pub fn load() -> Load {
    let mut load = Load::new(&[OUTAGE, SLOW, CROWD, WORSE, NO_GRAFANA, SLOW_GRAFANA, GONE], gone);
    model(&mut load, "llama-70b", 0.8);
    model(&mut load, "mistral-7b", 3.0);
    ["0", "1"].iter().for_each(|gpu| card(&mut load, gpu));
    [("sales", 40.0), ("support", 120.0), ("engineering", 60.0)].iter().for_each(|(d, u)| department(&mut load, d, *u));
    grafana(&mut load);
    load
}

fn model(load: &mut Load, model: &str, rate: f64) {
    let at = format!("job=\"llm-metrics\",instance=\"192.168.10.29:9091\",model=\"{model}\"");
    let big = model == "llama-70b";
    let rate = move |t: i64| rate * day(t) * about(t);
    let down = move |t: i64| big && OUTAGE.at(t);
    let failing = move |t: i64| if down(t) { 0.95 } else { 0.001 };
    let requests = |status: &str| format!("llm_requests_total{{{at},status=\"{status}\"}}");
    load.counter(&requests("ok"), |t| rate(t) * (1.0 - failing(t)));
    load.counter(&requests("error"), |t| rate(t) * failing(t) * 0.7);
    load.counter(&requests("timeout"), |t| rate(t) * failing(t) * 0.3);
    let median = |t: i64| SLOW.or(t, 14.0, if big { 1.4 } else { 0.6 }) * about(t);
    load.histogram("llm_request_duration_seconds", &at, &SECONDS, rate, median);
    for (kind, tokens) in [("prompt", 900.0), ("completion", 300.0)] {
        load.counter(&format!("llm_tokens_total{{{at},type=\"{kind}\"}}"), |t| rate(t) * tokens);
    }
    load.gauge(&format!("llm_active_requests{{{at}}}"), |t| (rate(t) * median(t)).round());
    // Grows by three a minute while more come than can be answered.
    let crowd = |t: i64| if CROWD.at(t) { (t as f64 - CROWD.from * 3600.0) / 20.0 } else { 0.0 };
    load.gauge(&format!("llm_queue_length{{{at}}}"), |t| (4.0 * day(t)).round() + crowd(t).round());
    load.gauge(&format!("llm_model_loaded{{{at}}}"), |t| f64::from(u8::from(!down(t))));
    load.gauge(&format!("llm_answer_accuracy_ratio{{{at}}}"), |t| if big { WORSE.or(t, 0.72, 0.95) } else { 0.93 });
    for (verdict, share) in [("up", 0.09), ("down", 0.01)] {
        load.counter(&format!("llm_feedback_total{{{at},verdict=\"{verdict}\"}}"), |t| rate(t) * share);
    }
    for (kind, dollars) in [("gpu", 3.0), ("energy", 0.6), ("licence", 0.4)] {
        let name = format!("llm_cost_dollars_total{{{at},kind=\"{kind}\"}}");
        load.counter(&name, |t| dollars / 3600.0 * if big { 4.0 } else { 1.0 } * day(t));
    }
}

fn card(load: &mut Load, gpu: &str) {
    let at = format!("job=\"llm-metrics\",instance=\"192.168.10.29:9091\",gpu=\"{gpu}\"");
    load.gauge(&format!("llm_gpu_utilization_ratio{{{at}}}"), |t| 0.4 * day(t) * about(t));
    load.gauge(&format!("llm_gpu_memory_used_bytes{{{at}}}"), |t| 50e9 + 8e9 * day(t));
    load.gauge(&format!("llm_gpu_memory_total_bytes{{{at}}}"), |_| 80e9);
    load.counter(&format!("llm_gpu_idle_seconds_total{{{at}}}"), |t| 1.0 - 0.4 * day(t));
}

fn department(load: &mut Load, department: &str, users: f64) {
    let at = format!("job=\"llm-metrics\",instance=\"192.168.10.29:9091\",department=\"{department}\"");
    load.gauge(&format!("llm_satisfaction_score{{{at}}}"), |t| 4.2 * about(t));
    load.counter(&format!("llm_saved_dollars_total{{{at}}}"), |t| users * 0.5 / 3600.0 * day(t));
    load.gauge(&format!("llm_active_users{{{at}}}"), |t| (users * (0.6 + 0.1 * day(t))).round());
    load.gauge(&format!("llm_licensed_users{{{at}}}"), |_| users);
}

fn grafana(load: &mut Load) {
    let at = "job=\"grafana\",instance=\"192.168.10.37:3000\"";
    load.gauge(&format!("up{{{at}}}"), |t| NO_GRAFANA.or(t, 0.0, 1.0));
    load.gauge("up{job=\"llm-metrics\",instance=\"192.168.10.29:9091\"}", |_| 1.0);
    // At the dead of night nobody looks.
    let asleep = |t: i64| (14 * 3600..16 * 3600).contains(&t);
    let rate = |t: i64| if asleep(t) { 0.0 } else { 0.5 * day(t) * about(t) };
    for (handler, share) in [("/api/dashboards/uid/:uid", 0.3), ("/api/ds/query", 1.0)] {
        for (code, part) in [("200", 0.99), ("403", 0.01)] {
            let labels = format!("{at},handler=\"{handler}\",method=\"GET\",status_code=\"{code}\"");
            let median = |t: i64| SLOW_GRAFANA.or(t, 5.0, 0.2) * about(t);
            load.histogram(
                "grafana_http_request_duration_seconds",
                &labels,
                &GRAFANA,
                |t| rate(t) * share * part,
                median,
            );
        }
    }
    for (source, kind) in [("llm-metrics", "prometheus"), ("llm-db", "postgres")] {
        let queries = |code: &str| {
            let which = format!("code=\"{code}\",datasource=\"{source}\",datasource_type=\"{kind}\",method=\"POST\"");
            format!("grafana_datasource_request_total{{{at},{which}}}")
        };
        let failing = |t: i64| SLOW_GRAFANA.or(t, 0.9, 0.001);
        load.counter(&queries("200"), |t| rate(t) * (1.0 - failing(t)));
        load.counter(&queries("504"), |t| rate(t) * failing(t));
    }
    load.gauge(&format!("grafana_stat_active_users{{{at}}}"), |_| 64.0);
    load.gauge(&format!("grafana_stat_totals_dashboard{{{at}}}"), |_| 19.0);
}
