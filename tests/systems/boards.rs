//! Dashboards are as the documents describe them: titles, numbers of panels, refresh, time range, colours.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::project;

/// Of each dashboard: uid, title, number of panels, refresh, how far back it looks.
const BOARDS: [(&str, &str, usize, &str, &str); 21] = [
    ("operational-overview", "Operational Overview", 9, "30s", "now-6h"),
    ("business-intelligence", "Business Intelligence", 7, "30s", "now-30d"),
    ("real-time-monitoring", "Real-time Monitoring", 12, "30s", "now-1h"),
    ("quality-metrics", "Quality Metrics", 5, "30s", "now-7d"),
    ("cost-efficiency", "Cost Efficiency", 6, "30s", "now-7d"),
    ("system-dashboard", "System Dashboard", 10, "15s", "now-1h"),
    ("application-dashboard", "Application Dashboard", 12, "15s", "now-1h"),
    ("sms-dashboard", "SMS Dashboard", 7, "15s", "now-6h"),
    ("oauth-dashboard", "OAuth Dashboard", 6, "15s", "now-6h"),
    ("business-dashboard", "Business Dashboard", 10, "15s", "now-7d"),
    ("task-dashboard", "Task Dashboard", 9, "15s", "now-6h"),
    ("platform-overview", "Platform Overview", 11, "30s", "now-1h"),
    ("learning-engine", "Learning Engine", 16, "1m", "now-1d"),
    ("mcp-activity", "MCP Activity", 15, "30s", "now-1h"),
    ("gateway-slo-overview", "SLO Overview", 12, "30s", "now-1d"),
    ("application-performance", "Application Performance", 6, "30s", "now-6h"),
    ("infrastructure-health", "Infrastructure Health", 4, "30s", "now-6h"),
    ("tunnel-health", "Tunnel Health Dashboard", 5, "30s", "now-6h"),
    ("performance-metrics", "Performance Metrics Dashboard", 6, "30s", "now-6h"),
    ("error-tracking", "Error Tracking Dashboard", 4, "30s", "now-6h"),
    ("tunnel-logs", "Tunnel Error Logs", 3, "30s", "now-1h"),
];

const GREEN: &str = "#009E73";
const YELLOW: &str = "#F0E442";
const ORANGE: &str = "#E69F00";
const RED: &str = "#D55E00";

/// Of panels whose colours a document gives: dashboard, title, and the colours from the lowest value on with where they
/// begin, in the unit of the series.
const COLOURS: &[(&str, &str, &[(&str, f64)])] = &[
    ("platform-overview", "Latency P99", &[(GREEN, 0.0), (YELLOW, 1.0), (RED, 1.5)]),
    ("platform-overview", "Error Rate", &[(GREEN, 0.0), (YELLOW, 0.01), (RED, 0.05)]),
    ("platform-overview", "GPU Utilization", &[(GREEN, 0.0), (YELLOW, 70.0), (ORANGE, 85.0), (RED, 95.0)]),
    ("platform-overview", "Memory Cache Hit Rate", &[(RED, 0.0), (YELLOW, 0.5), (GREEN, 0.85)]),
    ("learning-engine", "KL Divergence", &[(GREEN, 0.0), (YELLOW, 0.1), (ORANGE, 0.15), (RED, 0.2)]),
    ("learning-engine", "PSI (Population Stability Index)", &[(GREEN, 0.0), (YELLOW, 0.1), (ORANGE, 0.2), (RED, 0.3)]),
    ("learning-engine", "Model Accuracy", &[(RED, 0.0), (YELLOW, 0.7), (GREEN, 0.8)]),
    ("mcp-activity", "Tool Latency by Server & Operation", &[(GREEN, 0.0), (YELLOW, 0.5), (RED, 1.0)]),
    ("mcp-activity", "MCP Error Rate by Server", &[(GREEN, 0.0), (YELLOW, 0.01), (RED, 0.05)]),
    ("gateway-slo-overview", "Availability SLO (30d)", &[(RED, 0.0), (GREEN, 0.995)]),
    ("gateway-slo-overview", "Latency P99 (7d)", &[(GREEN, 0.0), (RED, 0.3)]),
    ("tunnel-health", "Active Connections", &[(GREEN, 0.0), (YELLOW, 500.0), (RED, 1000.0)]),
    ("tunnel-health", "Request Success Rate", &[(RED, 0.0), (YELLOW, 0.95), (GREEN, 0.99)]),
    ("tunnel-health", "Error Rate", &[(GREEN, 0.0), (YELLOW, 0.01), (RED, 0.05)]),
    ("tunnel-health", "Average Latency", &[(GREEN, 0.0), (YELLOW, 100.0)]),
    ("performance-metrics", "P95 Latency", &[(GREEN, 0.0), (YELLOW, 200.0)]),
    ("performance-metrics", "P99 Latency", &[(GREEN, 0.0), (YELLOW, 500.0)]),
    ("performance-metrics", "Memory Usage", &[(GREEN, 0.0), (YELLOW, 268_435_456.0), (RED, 536_870_912.0)]),
    ("performance-metrics", "CPU Usage", &[(GREEN, 0.0), (YELLOW, 0.5), (RED, 0.8)]),
];

/// Panels whose numbers are easily shown wrong, with the unit Grafana shows them in.
const UNITS: [(&str, &str, &str); 8] = [
    ("platform-overview", "GPU Memory", "mbytes"),
    ("platform-overview", "Memory Cache Hit Rate", "percentunit"),
    ("learning-engine", "Model Accuracy", "percentunit"),
    ("learning-engine", "Training Duration", "s"),
    ("operational-overview", "GPU Utilization", "percentunit"),
    ("performance-metrics", "P99 Latency", "ms"),
    ("performance-metrics", "Memory Usage", "bytes"),
    ("business-intelligence", "Spent", "currencyUSD"),
];

/// The dashboards that the specs write, in `out/`.
pub fn written() -> Vec<Value> {
    let dashboards = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/grafana/dashboards");
    let files = project::files(&dashboards).into_iter().filter(|p| !p.starts_with(dashboards.join("slo")));
    files.map(|p| serde_json::from_str(&fs::read_to_string(p).unwrap()).unwrap()).collect()
}

/// The dashboards in some folders of an output.
pub fn below(out: &Path, folders: &[&str]) -> Vec<Value> {
    let files = folders.iter().flat_map(|f| project::files(&out.join("grafana/dashboards").join(f)));
    files.map(|p| serde_json::from_str(&fs::read_to_string(p).unwrap()).unwrap()).collect()
}

/// The panels of a dashboard, also those in closed rows, without the rows.
pub fn panels(board: &Value) -> Vec<&Value> {
    let all = board["panels"].as_array().unwrap().iter();
    let with_inner = all.flat_map(|p| std::iter::once(p).chain(p["panels"].as_array().into_iter().flatten()));
    with_inner.filter(|p| p["type"] != "row").collect()
}

#[test]
fn titles_and_numbers_of_panels_are_those_of_the_documents() {
    let mut found: Vec<_> = written();
    for (uid, title, count, refresh, from) in BOARDS {
        let at = found.iter().position(|b| b["uid"] == uid).unwrap_or_else(|| panic!("{uid} is not there"));
        let board = found.remove(at);
        let is = (&board["title"], &board["refresh"], &board["time"]["from"]);
        assert_eq!(is, (&title.into(), &refresh.into(), &from.into()), "{uid}");
        assert_eq!(panels(&board).len(), count, "panels of {uid}");
    }
    assert!(found.is_empty(), "a dashboard is not in the table: {:?}", found[0]["uid"]);
}

/// How a panel shows its values.
fn defaults<'a>(boards: &'a [Value], uid: &str, title: &str) -> &'a Value {
    let board = boards.iter().find(|b| b["uid"] == uid).unwrap();
    let panel = panels(board).into_iter().find(|p| p["title"] == title);
    &panel.unwrap_or_else(|| panic!("{uid} has no panel {title}"))["fieldConfig"]["defaults"]
}

#[test]
fn units_are_those_of_the_values() {
    let boards = written();
    for (uid, title, unit) in UNITS {
        assert_eq!(defaults(&boards, uid, title)["unit"], unit, "{uid}: {title}");
    }
}

#[test]
fn colours_change_where_the_documents_say() {
    let boards = written();
    for (uid, title, colours) in COLOURS {
        let steps = defaults(&boards, uid, title)["thresholds"]["steps"].as_array().unwrap().iter();
        let steps: Vec<(&str, f64)> =
            steps.map(|s| (s["color"].as_str().unwrap(), s["value"].as_f64().unwrap_or(0.0))).collect();
        assert_eq!(steps, *colours, "{uid}: {title}");
    }
}
