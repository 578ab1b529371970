//! Alerts and data sources are as the documents describe them: limits, times, levels, and what each source is told.

use serde_json::{Value, json};
use sloc::driver;
use sloc::model::{Alert, Condition, Level, Urgency};

use super::project;

/// Alerts for which a document gives a number: the service, the alert, its level, what is asked, the limit.
#[rustfmt::skip]
const ALERTS: [(&str, &str, Urgency, &str, &str); 13] = [
    ("ai-platform", "error-rate", Urgency::Critical, "status=~\"5..\"", "> 0.05"),
    ("ai-platform", "latency-p99", Urgency::Critical, "histogram_quantile(0.99", "> 3"),
    ("ai-platform", "gpu-temperature", Urgency::Critical, "DCGM_FI_DEV_GPU_TEMP", "> 85"),
    ("learning-engine", "kl-divergence", Urgency::Critical, "drift_kl_divergence", "> 0.2"),
    ("ai-platform", "error-rate", Urgency::Warning, "status=~\"5..\"", "> 0.01"),
    ("ai-platform", "latency-p99", Urgency::Warning, "histogram_quantile(0.99", "> 1.5"),
    ("ai-platform", "cache-hit-rate", Urgency::Warning, "cache_hits_total", "< 0.7"),
    ("learning-engine", "psi", Urgency::Warning, "drift_psi", "> 0.2"),
    ("tunnel", "high-error-rate", Urgency::Warning, "[5m]", "> 0.05"),
    ("tunnel", "connection-pool-exhaustion", Urgency::Warning, "tunnel_connection_pool_in_use", "> 0.9"),
    ("tunnel", "circuit-breaker-open", Urgency::Critical, "tunnel_circuit_breaker_state", "== 1"),
    ("tunnel", "rate-limit-violations", Urgency::Warning, "violations_total[5m]", "> 100"),
    ("assistant", "down", Urgency::Critical, "up{", "== 0"),
];

#[test]
fn alerts_fire_where_the_documents_say() {
    let model = driver::analyze(&project::own()).unwrap().model.unwrap();
    let all: Vec<(&str, &Alert, &Level)> =
        model.services.iter().flat_map(|s| s.levels().map(|(a, l)| (s.name.as_str(), a, l))).collect();
    for (service, name, urgency, asks, limit) in ALERTS {
        let is = |(s, a, _): &&(&str, &Alert, &Level)| *s == service && a.subject == name && a.urgency == urgency;
        let (_, alert, level) = all.iter().find(is).unwrap_or_else(|| panic!("{service} has no {name} {urgency:?}"));
        let Condition::All(compared) = &alert.condition else { panic!("{service}.{name} compares nothing") };
        let sloc::model::Bound::Is(order, number) = compared[0].bound else { panic!("{service}.{name}") };
        assert_eq!(format!("{} {}", order.sign(), number.expr()), limit, "{service}.{name}");
        assert!(level.query.contains(asks), "{service}.{name} asks {}", level.query);
    }
}

/// Objectives that the documents promise: service, objective, promise, days.
const OBJECTIVES: [(&str, &str, &str, u64); 6] = [
    ("inference-gateway", "availability", "99.5%", 30),
    ("inference-gateway", "latency", "99%", 7),
    ("llm-dashboards", "loading", "95%", 30),
    ("llm-dashboards", "fresh-data", "95%", 30),
    ("ai-platform", "availability", "99%", 30),
    ("mcp", "calls", "99%", 30),
];

#[test]
fn objectives_promise_what_the_documents_say() {
    let model = driver::analyze(&project::own()).unwrap().model.unwrap();
    for (service, name, promise, days) in OBJECTIVES {
        let service = model.services.iter().find(|s| s.name == service).unwrap();
        let slo = service.slos.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!((slo.objective.percent().as_str(), slo.period.millis()), (promise, days * 86_400_000), "{}", slo.id);
    }
}

/// What a data source is told, as a document has it.
fn sources() -> [(&'static str, Value); 6] {
    [
        (
            "prometheus",
            json!({ "type": "prometheus", "access": "proxy", "url": "http://prometheus:9090", "isDefault": true, "editable": false,
                "jsonData": { "httpMethod": "POST", "timeInterval": "15s", "queryTimeout": "1m", "cacheLevel": "High",
                    "incrementalQuerying": true, "exemplarTraceIdDestinations": [{ "name": "trace_id", "datasourceUid": "jaeger" }] } }),
        ),
        ("loki", json!({ "type": "loki", "editable": false, "jsonData": { "maxLines": 1000 } })),
        ("jaeger", json!({ "type": "jaeger", "editable": false, "jsonData": { "nodeGraph": { "enabled": true } } })),
        (
            "ai-platform-db",
            json!({ "type": "grafana-postgresql-datasource", "access": "proxy", "url": "postgres:5432", "user": "ai_user",
                "jsonData": { "database": "ai_platform", "sslmode": "disable", "maxOpenConns": 10, "postgresVersion": 1500 } }),
        ),
        ("llm-metrics", json!({ "type": "prometheus", "url": "http://192.168.10.37:9090" })),
        ("llm-db", json!({ "type": "grafana-postgresql-datasource", "url": "192.168.10.35:5432" })),
    ]
}

/// Whether a value holds another: the same, or all of its fields.
fn holds(all: &Value, part: &Value) -> bool {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            part.iter().all(|(key, value)| all.get(key).is_some_and(|own| holds(own, value)))
        }
        _ => all == part,
    }
}

#[test]
fn data_sources_are_told_what_the_documents_say() {
    let model = driver::analyze(&project::own()).unwrap().model.unwrap();
    let file = driver::emit(&model).into_iter().find(|a| a.path.ends_with("datasources/sloc.yaml")).unwrap();
    let file: Value = serde_yaml::from_str(&file.body).unwrap();
    let found = file["datasources"].as_array().unwrap();
    for (uid, told) in sources() {
        let source = found.iter().find(|s| s["uid"] == uid).unwrap_or_else(|| panic!("{uid} is not there"));
        assert!(holds(source, &told), "{uid}: {source:#} has not all of {told:#}");
    }
    let of = |uid: &str| &found.iter().find(|s| s["uid"] == uid).unwrap()["jsonData"];
    assert_eq!(of("loki")["derivedFields"][0]["datasourceUid"], "jaeger");
    assert_eq!(of("jaeger")["tracesToLogsV2"]["datasourceUid"], "loki");
    assert_eq!(of("jaeger")["tracesToMetrics"]["datasourceUid"], "prometheus");
    assert_eq!(of("jaeger")["tracesToMetrics"]["queries"].as_array().unwrap().len(), 3);
}

/// Grafana's own alerts, dashboards and links of a service ask the Prometheus that the service says.
#[test]
fn the_alerts_of_the_llm_server_ask_its_own_prometheus() {
    let model = driver::analyze(&project::own()).unwrap().model.unwrap();
    let files = driver::emit(&model);
    for service in ["llm-server", "llm-dashboards"] {
        let path = format!("grafana/provisioning/alerting/{service}.yaml");
        let alerts = &files.iter().find(|a| a.path == path).unwrap().body;
        assert!(alerts.contains("datasourceUid: llm-metrics") && !alerts.contains("datasourceUid: prometheus"));
        let board = format!("grafana/dashboards/slo/slo-{service}-");
        let board: Value =
            serde_json::from_str(&files.iter().find(|a| a.path.starts_with(&board)).unwrap().body).unwrap();
        assert_eq!(board["templating"]["list"][0]["current"]["value"], "llm-metrics");
        let pages = files.iter().filter(|a| a.path.starts_with(&format!("runbooks/{service}/")));
        assert!(pages.clone().count() > 0);
        assert!(pages.filter(|p| p.body.contains("/explore?")).all(|p| p.body.contains("%22llm-metrics%22")));
    }
}

#[test]
fn our_own_specs_build_without_a_word() {
    let analysis = driver::analyze(&project::own()).unwrap();
    let said: Vec<&str> = analysis.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(said, [""; 0]);
}
