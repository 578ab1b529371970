//! The tunnel proxy: two proxies, three tiers of users, four ways to fail.

use super::load::{Incident, Load, about, day};

const OUTAGE: Incident = Incident {
    name: "the server behind the tunnel fails nine of ten requests",
    from: 27.0,
    to: 32.0,
    alerts: &[
        "tunnel/high-error-rate-warning",
        "tunnel/success-page-1h",
        "tunnel/success-page-6h",
        "tunnel/success-ticket-1d",
        "tunnel/success-ticket-3d",
    ],
};
const POOL: Incident = Incident {
    name: "connections of a pool are not given back",
    from: 33.0,
    to: 33.5,
    alerts: &["tunnel/connection-pool-exhaustion-warning"],
};
const BREAKER: Incident = Incident {
    name: "a target is down and its breaker open",
    from: 34.0,
    to: 34.25,
    alerts: &["tunnel/circuit-breaker-open-critical"],
};
const FLOOD: Incident =
    Incident { name: "a client in a loop", from: 35.0, to: 35.5, alerts: &["tunnel/rate-limit-violations-warning"] };
const GONE: Incident =
    Incident { name: "the proxies are not scraped", from: 25.0, to: 25.75, alerts: &["tunnel/success-absent"] };

const PROXIES: [(&str, f64); 2] = [("proxy-1:8080", 0.6), ("proxy-2:8080", 0.4)];
const TIERS: [(&str, &str, f64); 3] = [("free", "ann", 1.0), ("premium", "bob", 2.0), ("enterprise", "cyd", 5.0)];
const CATEGORIES: [(&str, f64); 4] = [("network", 0.5), ("auth", 0.2), ("server", 0.2), ("protocol", 0.1)];

/// The share of requests that fail.
fn failing(t: i64) -> f64 {
    OUTAGE.or(t, 0.9, 0.002)
}

pub fn load() -> Load {
    let mut load = Load::new(&[OUTAGE, POOL, BREAKER, FLOOD, GONE], |_, t| GONE.at(t));
    for (instance, size) in PROXIES {
        let at = format!("job=\"streaming-proxy\",instance=\"{instance}\"");
        for (tier, user, share) in TIERS {
            let rate = move |t: i64| size * share * day(t) * about(t);
            of_tier(&mut load, &format!("{at},tier=\"{tier}\""), user, rate);
        }
        of_proxy(&mut load, &at, size);
    }
    load
}

fn of_tier(load: &mut Load, at: &str, user: &str, rate: impl Fn(i64) -> f64 + Copy) {
    load.gauge(&format!("tunnel_active_connections{{{at}}}"), |t| (60.0 * rate(t)).round());
    load.counter(&format!("tunnel_connections_total{{{at}}}"), |t| rate(t) / 20.0);
    let bounds = [1.0, 10.0, 60.0, 300.0, 1800.0, 3600.0, 14400.0];
    load.histogram("tunnel_connection_duration_seconds", at, &bounds, |t| rate(t) / 20.0, |_| 240.0);
    let requests = |status: &str| format!("tunnel_requests_total{{{at},user=\"{user}\",status=\"{status}\"}}");
    load.counter(&requests("success"), |t| rate(t) * (1.0 - failing(t)));
    load.counter(&requests("error"), |t| rate(t) * failing(t));
    for (category, share) in CATEGORIES {
        let name = format!("tunnel_errors_total{{{at},user=\"{user}\",category=\"{category}\"}}");
        load.counter(&name, |t| rate(t) * failing(t) * share);
    }
    let latency = |t: i64| OUTAGE.or(t, 4.0, 1.0) * 35.0 * about(t);
    for (quantile, times) in [("0.5", 1.0), ("0.95", 3.0), ("0.99", 6.0)] {
        let name = format!("tunnel_request_latency_ms{{{at},quantile=\"{quantile}\"}}");
        load.gauge(&name, |t| latency(t) * times);
    }
    load.counter(&format!("tunnel_request_latency_ms_sum{{{at}}}"), |t| rate(t) * latency(t));
    load.counter(&format!("tunnel_request_latency_ms_count{{{at}}}"), rate);
    for (direction, bytes) in [("in", 3_000.0), ("out", 20_000.0)] {
        let name = format!("tunnel_throughput_bytes_total{{{at},direction=\"{direction}\"}}");
        load.counter(&name, |t| rate(t) * bytes);
    }
    let violations = format!("tunnel_rate_limit_violations_total{{{},user=\"{user}\"}}", without_tier(at));
    load.counter(&violations, |t| if user == "ann" && FLOOD.at(t) { 2.0 } else { 0.002 });
}

fn without_tier(at: &str) -> &str {
    at.split(",tier").next().unwrap()
}

fn of_proxy(load: &mut Load, at: &str, size: f64) {
    load.gauge(&format!("tunnel_request_rate{{{at}}}"), |t| 8.0 * size * day(t));
    load.gauge(&format!("tunnel_error_rate{{{at}}}"), failing);
    let in_use = |t: i64| POOL.or(t, 97.0, 35.0 * day(t)).round();
    load.gauge(&format!("tunnel_connection_pool_in_use{{{at},pool=\"ssh\"}}"), in_use);
    load.gauge(&format!("tunnel_connection_pool_size{{{at},pool=\"ssh\"}}"), |_| 100.0);
    load.gauge(&format!("process_resident_memory_bytes{{{at}}}"), |t| 150e6 + 60e6 * day(t));
    load.counter(&format!("process_cpu_seconds_total{{{at}}}"), |t| 0.2 * day(t) * about(t));
    load.gauge(&format!("process_open_fds{{{at}}}"), |t| (120.0 * day(t)).round());
    let of_target = |name: &str| format!("tunnel_circuit_breaker_{name}{{{at},target=\"host-a\"}}");
    load.gauge(&of_target("state"), |t| BREAKER.or(t, 1.0, 0.0));
    load.counter(&of_target("failures_total"), |t| BREAKER.or(t, 1.0, 0.001));
    load.counter(&of_target("successes_total"), |t| BREAKER.or(t, 0.0, 2.0 * day(t)));
    load.gauge(&format!("tunnel_queue_size{{{at}}}"), |t| (12.0 * day(t) * about(t)).round());
    load.gauge(&format!("tunnel_queue_fill_percentage{{{at}}}"), |t| 12.0 * day(t) * about(t));
    load.counter(&format!("tunnel_queue_dropped_total{{{at}}}"), |t| OUTAGE.or(t, 0.5, 0.0));
}
