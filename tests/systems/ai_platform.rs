//! The AI platform: its API and GPUs, the learning engine, and three MCP servers.

use super::load::{Incident, Load, about, day};

const OUTAGE: Incident = Incident {
    name: "a deploy breaks inference",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "ai-platform/availability-page-1h",
        "ai-platform/availability-page-6h",
        "ai-platform/availability-ticket-1d",
        "ai-platform/availability-ticket-3d",
        "ai-platform/error-rate-warning",
        "ai-platform/error-rate-critical",
    ],
};
const SLOW: Incident = Incident {
    name: "the GPUs are full and everybody waits",
    from: 28.0,
    to: 33.0,
    alerts: &[
        "ai-platform/latency-page-1h",
        "ai-platform/latency-page-6h",
        "ai-platform/latency-ticket-1d",
        "ai-platform/latency-ticket-3d",
        "ai-platform/latency-p99-warning",
        "ai-platform/latency-p99-critical",
    ],
};
const HOT: Incident =
    Incident { name: "a fan stands still", from: 34.0, to: 34.5, alerts: &["ai-platform/gpu-temperature-critical"] };
const COLD_CACHE: Incident = Incident {
    name: "the cache has been restarted",
    from: 35.0,
    to: 36.0,
    alerts: &["ai-platform/cache-hit-rate-warning"],
};
const DRIFT: Incident = Incident {
    name: "users ask for what the model was not trained for",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "learning-engine/accuracy-page-1h",
        "learning-engine/accuracy-page-6h",
        "learning-engine/accuracy-ticket-1d",
        "learning-engine/accuracy-ticket-3d",
        "learning-engine/kl-divergence-critical",
        "learning-engine/psi-warning",
    ],
};
const TOOLS: Incident = Incident {
    name: "the database behind an MCP server is down",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "mcp/calls-page-1h",
        "mcp/calls-page-6h",
        "mcp/calls-ticket-1d",
        "mcp/calls-ticket-3d",
        "mcp/latency-page-1h",
        "mcp/latency-page-6h",
        "mcp/latency-ticket-1d",
        "mcp/latency-ticket-3d",
    ],
};
const GONE: Incident = Incident {
    name: "the exporters are not scraped",
    from: 25.0,
    to: 25.75,
    alerts: &[
        "ai-platform/availability-absent",
        "ai-platform/latency-absent",
        "learning-engine/accuracy-absent",
        "mcp/latency-absent",
    ],
};

const MODEL: &str = "model=\"assistant-7b\"";
const HTTP: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];
const MCP: [f64; 8] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0];
const SERVERS: [(&str, &[&str], f64); 3] = [
    ("filesystem", &["read_file", "write_file"], 2.0),
    ("database", &["query", "schema"], 1.5),
    ("search", &["web_search"], 0.8),
];

pub fn load() -> Load {
    let mut load = Load::new(&[OUTAGE, SLOW, HOT, COLD_CACHE, DRIFT, TOOLS, GONE], |_, t| GONE.at(t));
    platform(&mut load);
    gpus(&mut load);
    learning(&mut load);
    SERVERS.iter().for_each(|(server, operations, rate)| mcp(&mut load, server, operations, *rate));
    load
}

fn platform(load: &mut Load) {
    let at = "job=\"ai-platform\",instance=\"api-1:8000\"";
    for (endpoint, share) in [("/v1/chat", 6.0), ("/v1/agents", 2.0)] {
        let rate = move |t: i64| share * day(t) * about(t);
        let labels = format!("{at},method=\"POST\",endpoint=\"{endpoint}\"");
        let failing = |t: i64| OUTAGE.or(t, 0.6, 0.001);
        let requests = |status: &str| format!("http_requests_total{{{labels},status=\"{status}\"}}");
        load.counter(&requests("200"), |t| rate(t) * (0.99 - failing(t)));
        load.counter(&requests("404"), |t| rate(t) * 0.01);
        load.counter(&requests("500"), |t| rate(t) * failing(t));
        load.histogram("http_request_duration_seconds", &labels, &HTTP, rate, |t| SLOW.or(t, 2.0, 0.25) * about(t));
    }
    load.counter(&format!("inference_requests_total{{{at},{MODEL}}}"), |t| 8.0 * day(t));
    for (kind, tokens) in [("prompt", 4000.0), ("completion", 1500.0)] {
        load.counter(&format!("inference_tokens_total{{{at},{MODEL},type=\"{kind}\"}}"), |t| {
            tokens * day(t) * about(t)
        });
    }
    load.gauge(&format!("inference_queue_depth{{{at},{MODEL}}}"), |t| SLOW.or(t, 60.0, (3.0 * day(t)).round()));
    load.gauge(&format!("inference_batch_size{{{at},{MODEL}}}"), |t| (8.0 * day(t)).ceil());
    let hits = |t: i64| COLD_CACHE.or(t, 0.3, 0.9);
    load.counter(&format!("cache_hits_total{{{at}}}"), |t| 40.0 * day(t) * hits(t));
    load.counter(&format!("cache_misses_total{{{at}}}"), |t| 40.0 * day(t) * (1.0 - hits(t)));
}

fn gpus(load: &mut Load) {
    for gpu in ["0", "1"] {
        let at = format!("job=\"dcgm\",instance=\"gpu-1:9400\",gpu=\"{gpu}\",Hostname=\"gpu-1\"");
        load.gauge(&format!("DCGM_FI_DEV_GPU_UTIL{{{at}}}"), |t| (45.0 * day(t) * about(t)).min(100.0).round());
        load.gauge(&format!("DCGM_FI_DEV_FB_USED{{{at}}}"), |t| (30_000.0 + 6_000.0 * day(t)).round());
        let hot = |t| if gpu == "1" { HOT.or(t, 30.0, 0.0) } else { 0.0 };
        load.gauge(&format!("DCGM_FI_DEV_GPU_TEMP{{{at}}}"), |t| (52.0 + 12.0 * day(t) + hot(t)).round());
    }
}

fn learning(load: &mut Load) {
    let at = format!("job=\"drift-monitor\",instance=\"learn-1:9101\",{MODEL}");
    load.gauge(&format!("drift_kl_divergence{{{at}}}"), |t| DRIFT.or(t, 0.26, 0.06) * about(t));
    load.gauge(&format!("drift_psi{{{at}}}"), |t| DRIFT.or(t, 0.34, 0.08) * about(t));
    load.gauge(&format!("drift_current_accuracy{{{at}}}"), |t| DRIFT.or(t, 0.68, 0.88) * about(t));
    load.counter(&format!("drift_detected_total{{{at}}}"), |t| DRIFT.or(t, 1.0 / 1800.0, 0.0));
    for (trigger, per_day) in [("auto", 2.0), ("manual", 0.5)] {
        let name = format!("finetuning_triggers_total{{{at},trigger=\"{trigger}\"}}");
        load.counter(&name, |_| per_day / 86_400.0);
    }
    let at = format!("job=\"learning-engine\",instance=\"learn-1:9102\",{MODEL}");
    // A run every six hours, in which losses fall.
    let run = |t: i64| (t % 21_600) as f64 / 21_600.0;
    load.gauge(&format!("model_accuracy{{{at}}}"), |t| 0.86 + 0.04 * run(t));
    load.gauge(&format!("training_loss{{{at}}}"), |t| (0.4 + 2.0 * (-4.0 * run(t)).exp()) * about(t));
    load.gauge(&format!("validation_loss{{{at}}}"), |t| (0.5 + 2.0 * (-3.5 * run(t)).exp()) * about(t));
    load.gauge(&format!("ewc_lambda{{{at}}}"), |t| 400.0 + 50.0 * (t / 21_600) as f64);
    load.gauge(&format!("training_duration_seconds{{{at}}}"), |t| 5_400.0 + 600.0 * ((t / 21_600) % 3) as f64);
    load.counter(&format!("training_samples_total{{{at}}}"), |_| 0.8);
    for (status, per_day) in [("succeeded", 4.0), ("failed", 0.2)] {
        let name = format!("training_runs_total{{{at},status=\"{status}\"}}");
        load.counter(&name, |_| per_day / 86_400.0);
    }
    load.gauge(&format!("lora_versions_total{{{at}}}"), |t| 17.0 + (t / 21_600) as f64);
    load.gauge(&format!("fisher_matrix_size_bytes{{{at}}}"), |_| 480e6);
    load.gauge(&format!("replay_buffer_size{{{at}}}"), |t| (6_000.0 + t as f64 / 60.0).min(9_500.0));
    load.gauge(&format!("replay_buffer_capacity{{{at}}}"), |_| 10_000.0);
}

fn mcp(load: &mut Load, server: &str, operations: &[&str], rate: f64) {
    for operation in operations {
        let at = format!("job=\"mcp\",instance=\"mcp-1:9103\",server=\"{server}\",operation=\"{operation}\"");
        let down = |t: i64| server == "database" && TOOLS.at(t);
        let rate = move |t: i64| rate * day(t) * about(t);
        let failing = move |t: i64| if down(t) { 0.9 } else { 0.001 };
        let requests = |status: &str| format!("mcp_requests_total{{{at},status=\"{status}\"}}");
        load.counter(&requests("success"), |t| rate(t) * (1.0 - failing(t)));
        load.counter(&requests("error"), |t| rate(t) * failing(t) * 0.8);
        load.counter(&requests("failed"), |t| rate(t) * failing(t) * 0.2);
        let median = move |t: i64| if down(t) { 4.0 } else { 0.08 };
        load.histogram("mcp_operation_duration_seconds", &at, &MCP, rate, median);
    }
}
