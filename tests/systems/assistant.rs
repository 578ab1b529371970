//! The personal assistant: its API and database, SMS by two providers, three OAuth providers, tasks, and its host.

use super::load::{Incident, Load, about, day};

const OUTAGE: Incident = Incident {
    name: "a deploy breaks an endpoint",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "assistant/availability-page-1h",
        "assistant/availability-page-6h",
        "assistant/availability-ticket-1d",
        "assistant/availability-ticket-3d",
        "assistant/error-rate-critical",
    ],
};
const SLOW: Incident = Incident {
    name: "the database is slow, and all that wait for it",
    from: 28.0,
    to: 33.0,
    alerts: &[
        "assistant/latency-page-1h",
        "assistant/latency-page-6h",
        "assistant/latency-ticket-1d",
        "assistant/latency-ticket-3d",
        "assistant/slow-warning",
    ],
};
const DOWN: Incident = Incident {
    name: "the API is down",
    from: 25.0,
    to: 25.75,
    alerts: &[
        "assistant/down-critical",
        "assistant/availability-absent",
        "assistant/latency-absent",
        "assistant-sms/delivery-absent",
        "assistant-oauth/token-refresh-absent",
        "assistant-tasks/success-absent",
    ],
};
const NO_DATABASE: Incident = Incident {
    name: "the database has no connection left",
    from: 33.5,
    to: 33.75,
    alerts: &["assistant/database-critical"],
};
const BUSY: Incident = Incident {
    name: "a task eats the host's processors and memory",
    from: 34.0,
    to: 35.0,
    alerts: &["assistant/cpu-warning", "assistant/memory-warning", "assistant-tasks/duration-warning"],
};
const FULL: Incident = Incident {
    name: "logs fill the disk",
    from: 36.0,
    to: 37.0,
    alerts: &["assistant/disk-warning", "assistant/disk-critical"],
};
const FAME: Incident = Incident {
    name: "the press has written of it",
    from: 38.0,
    to: 39.0,
    alerts: &["assistant/registrations-info", "assistant-sms/cost-info"],
};
const NO_SMS: Incident = Incident {
    name: "an SMS provider refuses messages",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "assistant-sms/delivery-page-1h",
        "assistant-sms/delivery-page-6h",
        "assistant-sms/delivery-ticket-1d",
        "assistant-sms/delivery-ticket-3d",
        "assistant-sms/queue-warning",
    ],
};
const REVOKED: Incident = Incident {
    name: "an OAuth provider has revoked its tokens",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "assistant-oauth/token-refresh-page-1h",
        "assistant-oauth/token-refresh-page-6h",
        "assistant-oauth/token-refresh-ticket-1d",
        "assistant-oauth/token-refresh-ticket-3d",
        "assistant-oauth/errors-warning",
    ],
};
const STUCK: Incident = Incident {
    name: "tasks fail, are tried again, and pile up",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "assistant-tasks/success-page-1h",
        "assistant-tasks/success-page-6h",
        "assistant-tasks/success-ticket-1d",
        "assistant-tasks/success-ticket-3d",
        "assistant-tasks/queue-warning",
        "assistant-tasks/queue-critical",
    ],
};

const HTTP: [f64; 9] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const SMS: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const OAUTH: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const DATABASE: [f64; 7] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];
const TASKS: [f64; 7] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

const API: &str = "job=\"assistant-api\",instance=\"api:8000\"";
const HOST: &str = "job=\"node\",instance=\"host-1:9100\"";

/// What the API exposes goes with it; others see that it is gone.
fn gone(series: &str, t: i64) -> bool {
    DOWN.at(t) && series.contains(API) && !series.starts_with("up{")
}

pub fn load() -> Load {
    let incidents = &[OUTAGE, SLOW, DOWN, NO_DATABASE, BUSY, FULL, FAME, NO_SMS, REVOKED, STUCK];
    let mut load = Load::new(incidents, gone);
    load.gauge(&format!("up{{{API}}}"), |t| DOWN.or(t, 0.0, 1.0));
    application(&mut load);
    [("twilio", 0.06), ("vonage", 0.02)].iter().for_each(|(provider, rate)| sms(&mut load, provider, *rate));
    ["google", "microsoft", "notion"].iter().for_each(|provider| oauth(&mut load, provider));
    [("send_reminder", 0.2, 2.0), ("sync_calendar", 0.1, 4.0)].iter().for_each(|(t, r, d)| task(&mut load, t, *r, *d));
    business(&mut load);
    host(&mut load);
    load
}

fn application(load: &mut Load) {
    for (endpoint, share) in [("/chat", 2.0), ("/api/v1/analytics", 0.5)] {
        let rate = move |t: i64| share * day(t) * about(t);
        let labels = format!("{API},method=\"POST\",endpoint=\"{endpoint}\"");
        let failing = |t: i64| OUTAGE.or(t, 0.7, 0.0005);
        let requests = |status: &str| format!("http_requests_total{{{labels},status=\"{status}\"}}");
        load.counter(&requests("200"), |t| rate(t) * (0.98 - failing(t)));
        load.counter(&requests("401"), |t| rate(t) * 0.02);
        load.counter(&requests("500"), |t| rate(t) * failing(t));
        load.histogram("http_request_duration_seconds", &labels, &HTTP, rate, |t| SLOW.or(t, 1.4, 0.09) * about(t));
    }
    load.gauge(&format!("process_start_time_seconds{{{API}}}"), |t| {
        DOWN.or(t, 0.0, if t < 93_600 { 1.0 } else { 2.0 })
    });
    load.gauge(&format!("active_sessions{{{API}}}"), |t| (80.0 * day(t)).round());
    load.gauge(&format!("db_connections{{{API},state=\"active\"}}"), |t| {
        NO_DATABASE.or(t, 20.0, (6.0 * day(t)).round())
    });
    load.gauge(&format!("db_connections{{{API},state=\"idle\"}}"), |_| 4.0);
    load.gauge(&format!("db_connections_max{{{API}}}"), |_| 20.0);
    load.gauge(&format!("db_healthy{{{API}}}"), |t| NO_DATABASE.or(t, 0.0, 1.0));
    load.histogram("db_query_duration_seconds", API, &DATABASE, |t| 20.0 * day(t), |t| SLOW.or(t, 0.3, 0.004));
}

fn sms(load: &mut Load, provider: &str, rate: f64) {
    let refused = move |t: i64| provider == "twilio" && NO_SMS.at(t);
    let rate = move |t: i64| rate * day(t) * FAME.or(t, 15.0, 1.0);
    let messages = |direction: &str, status: &str| {
        format!("sms_messages_total{{{API},direction=\"{direction}\",provider=\"{provider}\",status=\"{status}\"}}")
    };
    let failing = move |t: i64| if refused(t) { 0.9 } else { 0.003 };
    load.counter(&messages("sent", "delivered"), |t| rate(t) * (1.0 - failing(t)));
    load.counter(&messages("sent", "failed"), |t| rate(t) * failing(t));
    load.counter(&messages("received", "delivered"), |t| rate(t) * 0.4);
    for (user, share) in [("u-17", 0.7), ("u-42", 0.3)] {
        let name = format!("sms_cost_dollars_total{{{API},provider=\"{provider}\",user=\"{user}\"}}");
        load.counter(&name, |t| rate(t) * share * 0.02);
    }
    if provider == "twilio" {
        load.gauge(&format!("sms_queue_length{{{API}}}"), |t| NO_SMS.or(t, 400.0, (8.0 * day(t)).round()));
        for direction in ["sent", "received"] {
            let labels = format!("{API},direction=\"{direction}\"");
            load.histogram("sms_processing_duration_seconds", &labels, &SMS, rate, |t| NO_SMS.or(t, 3.0, 0.4));
        }
    }
}

fn oauth(load: &mut Load, provider: &str) {
    let at = format!("{API},provider=\"{provider}\"");
    let revoked = move |t: i64| provider == "microsoft" && REVOKED.at(t);
    let failing = move |t: i64| if revoked(t) { 0.95 } else { 0.001 };
    for (status, count) in [("active", 120.0), ("inactive", 15.0)] {
        load.gauge(&format!("oauth_integrations{{{at},status=\"{status}\"}}"), |_| count);
    }
    load.counter(&format!("oauth_token_refreshes_total{{{at},result=\"success\"}}"), |t| 0.05 * (1.0 - failing(t)));
    load.counter(&format!("oauth_token_refreshes_total{{{at},result=\"failure\"}}"), |t| 0.05 * failing(t));
    load.histogram("oauth_api_duration_seconds", &at, &OAUTH, |t| 0.5 * day(t), |_| 0.2);
    for (kind, share) in [("invalid_grant", 0.8), ("rate_limited", 0.2)] {
        let name = format!("oauth_errors_total{{{at},type=\"{kind}\"}}");
        load.counter(&name, |t| if revoked(t) { 0.05 * share } else { 0.0002 });
    }
    for (feature, rate) in [("calendar", 0.3), ("mail", 0.2)] {
        load.counter(&format!("oauth_usage_total{{{at},feature=\"{feature}\"}}"), |t| rate * day(t));
    }
}

fn task(load: &mut Load, task: &str, rate: f64, seconds: f64) {
    let at = format!("{API},task=\"{task}\"");
    let rate = move |t: i64| rate * day(t) * about(t);
    let failing = |t: i64| STUCK.or(t, 0.6, 0.001);
    load.counter(&format!("task_executions_total{{{at},status=\"success\"}}"), |t| rate(t) * (1.0 - failing(t)));
    load.counter(&format!("task_executions_total{{{at},status=\"failure\"}}"), |t| rate(t) * failing(t));
    for (cause, share) in [("timeout", 0.6), ("provider", 0.4)] {
        load.counter(&format!("task_failures_total{{{at},cause=\"{cause}\"}}"), |t| rate(t) * failing(t) * share);
    }
    load.histogram("task_duration_seconds", &at, &TASKS, rate, |t| seconds * BUSY.or(t, 40.0, 1.0));
    load.counter(&format!("task_cpu_seconds_total{{{at}}}"), |t| rate(t) * seconds * 0.3);
    load.gauge(&format!("task_memory_bytes{{{at}}}"), |t| 80e6 * BUSY.or(t, 20.0, 1.0));
    let queue = format!("{API},queue=\"{}\"", if task == "send_reminder" { "reminders" } else { "sync" });
    load.gauge(&format!("task_queue_length{{{queue}}}"), |t| STUCK.or(t, 3000.0, (10.0 * day(t)).round()));
    load.histogram("task_wait_seconds", &queue, &TASKS, rate, |t| STUCK.or(t, 90.0, 0.6));
}

fn business(load: &mut Load) {
    load.counter(&format!("user_registrations_total{{{API}}}"), |t| FAME.or(t, 600.0, 20.0 * day(t)) / 3600.0);
    for (result, rate) in [("verified", 18.0), ("failed", 2.0)] {
        let name = format!("phone_verifications_total{{{API},result=\"{result}\"}}");
        load.counter(&name, |t| rate * day(t) / 3600.0);
    }
    for (feature, rate) in [("reminders", 0.5), ("calendar", 0.3), ("notes", 0.1)] {
        load.counter(&format!("feature_usage_total{{{API},feature=\"{feature}\"}}"), |t| rate * day(t));
    }
    for (period, users) in [("day", 420.0), ("week", 900.0), ("month", 1500.0)] {
        load.gauge(&format!("users_active{{{API},period=\"{period}\"}}"), |_| users);
    }
    load.counter(&format!("llm_cost_dollars_total{{{API},model=\"small\"}}"), |t| 0.8 / 3600.0 * day(t));
}

fn host(load: &mut Load) {
    let busy = |t: i64| BUSY.or(t, 0.97, 0.25 * day(t));
    for cpu in ["0", "1"] {
        for (mode, share) in [("user", 0.8), ("system", 0.2)] {
            let name = format!("node_cpu_seconds_total{{{HOST},cpu=\"{cpu}\",mode=\"{mode}\"}}");
            load.counter(&name, |t| busy(t) * share);
        }
        load.counter(&format!("node_cpu_seconds_total{{{HOST},cpu=\"{cpu}\",mode=\"idle\"}}"), |t| 1.0 - busy(t));
    }
    load.gauge(&format!("node_memory_MemTotal_bytes{{{HOST}}}"), |_| 16e9);
    load.gauge(&format!("node_memory_MemAvailable_bytes{{{HOST}}}"), |t| BUSY.or(t, 0.8e9, 9e9 - 2e9 * day(t)));
    load.gauge(&format!("node_filesystem_size_bytes{{{HOST},mountpoint=\"/\"}}"), |_| 100e9);
    load.gauge(&format!("node_filesystem_avail_bytes{{{HOST},mountpoint=\"/\"}}"), |t| FULL.or(t, 2e9, 45e9));
    load.counter(&format!("node_disk_io_time_seconds_total{{{HOST},device=\"sda\"}}"), |t| 0.1 * day(t));
    for way in ["receive", "transmit"] {
        load.counter(&format!("node_network_{way}_bytes_total{{{HOST},device=\"eth0\"}}"), |t| {
            300e3 * day(t) * about(t)
        });
    }
    load.gauge(&format!("node_netstat_Tcp_CurrEstab{{{HOST}}}"), |t| (60.0 * day(t)).round());
    for (name, cpu, memory) in [("api", 0.3, 700e6), ("worker", 0.4, 500e6), ("postgres", 0.2, 900e6)] {
        let at = format!("job=\"cadvisor\",instance=\"host-1:8080\",name=\"{name}\"");
        load.counter(&format!("container_cpu_usage_seconds_total{{{at}}}"), |t| cpu * day(t) * about(t));
        load.gauge(&format!("container_memory_usage_bytes{{{at}}}"), |t| memory * (0.9 + 0.1 * day(t)));
    }
}
