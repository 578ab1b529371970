//! The inference gateway: two endpoints on two instances, and the containers around them.

use super::load::{Incident, Load, about, day};

const OUTAGE: Incident = Incident {
    name: "a model's deployment fails most requests",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "inference-gateway/availability-page-1h",
        "inference-gateway/availability-page-6h",
        "inference-gateway/availability-ticket-1d",
        "inference-gateway/availability-ticket-3d",
    ],
};
const SLOW: Incident = Incident {
    name: "a queue of the model makes everybody wait",
    from: 28.0,
    to: 33.0,
    alerts: &[
        "inference-gateway/latency-page-1h",
        "inference-gateway/latency-page-6h",
        "inference-gateway/latency-ticket-3d",
    ],
};
const GONE: Incident = Incident {
    name: "the gateway is not scraped",
    from: 25.0,
    to: 25.75,
    alerts: &["inference-gateway/availability-absent", "inference-gateway/latency-absent"],
};

const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 2.5, 5.0];
const CODES: [(&str, f64); 3] = [("500", 0.7), ("503", 0.2), ("504", 0.1)];

pub fn load() -> Load {
    let mut load = Load::new(&[OUTAGE, SLOW, GONE], |_, t| GONE.at(t));
    for (instance, size) in [("gateway-1:8000", 0.6), ("gateway-2:8000", 0.4)] {
        let at = format!("job=\"inference-gateway\",instance=\"{instance}\"");
        load.gauge(&format!("http_requests_in_progress{{{at}}}"), |t| (6.0 * size * day(t)).round());
        for (endpoint, share) in [("/v1/predict", 20.0), ("/v1/embed", 8.0)] {
            let rate = move |t: i64| size * share * day(t) * about(t);
            let labels = format!("{at},method=\"POST\",endpoint=\"{endpoint}\"");
            let failing = |t: i64| OUTAGE.or(t, 0.6, 0.0005);
            let requests = |code: &str| format!("http_requests_total{{{labels},status_code=\"{code}\"}}");
            load.counter(&requests("200"), |t| rate(t) * (0.98 - failing(t)));
            load.counter(&requests("429"), |t| rate(t) * 0.02);
            CODES.iter().for_each(|(code, part)| load.counter(&requests(code), |t| rate(t) * failing(t) * part));
            let median = |t: i64| SLOW.or(t, 0.6, 0.04) * about(t);
            load.histogram("http_request_duration_seconds", &labels, &BOUNDS, rate, median);
        }
    }
    for (name, cpu, memory) in [("gateway", 1.2, 1.5e9), ("model-server", 5.0, 12e9), ("redis", 0.1, 0.3e9)] {
        let at = format!("job=\"cadvisor\",instance=\"ml-1:8080\",name=\"{name}\"");
        load.counter(&format!("container_cpu_usage_seconds_total{{{at}}}"), |t| cpu * day(t) * about(t));
        load.gauge(&format!("container_memory_usage_bytes{{{at}}}"), |t| memory * (0.8 + 0.1 * day(t)));
        load.gauge(&format!("container_spec_memory_limit_bytes{{{at}}}"), |_| memory * 1.4);
        for (way, rate) in [("receive", 2e6), ("transmit", 6e6)] {
            let name = format!("container_network_{way}_bytes_total{{{at},interface=\"eth0\"}}");
            load.counter(&name, |t| rate * cpu * day(t) * about(t));
        }
    }
    load
}
