//! Written alerts on the real engine: they fire where they should, the texts say what they should, and every template
//! that sloc takes is one that Prometheus takes.

use std::fmt::Write;
use std::fs;

use sloc::driver;

use super::common::Memory;
use super::programs::{have, run};
use super::project;

const SPEC: &str = r#"
metrics {
  gauge tunnel_pool_in_use{instance}
  gauge tunnel_pool_size{instance}
  gauge gpu_temperature{gpu} celsius
  gauge queue_wait_ms{queue} milliseconds
}
service tunnel {
  owner tunnels
  alert pool {
    value    tunnel_pool_in_use / tunnel_pool_size
    warning  above 80% for 10m
    critical above 90% for 5m
    summary  "Pool on {instance} is {value} full"
    impact   "New tunnels wait."
  }
  alert temperature {
    value    max by (gpu) (gpu_temperature)
    critical outside 10 celsius and 85 celsius
    summary  "GPU {gpu} has {value}{{ if gt $value 50.0 }}: too hot{{ else }}: too cold{{ end }}"
  }
  alert wait {
    value    max(queue_wait_ms)
    warning  above 1.5s
    summary  "Waits {value}"
  }
  alert silent {
    when     absent(up{job="tunnel"}) or up{job="tunnel"} == 0
    critical for 2m
    summary  "{job} is down"
  }
}
"#;

/// What the alerts must do, minute by minute, as a user would write it down.
const TESTS: &str = r#"
rule_files: [tunnel.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'tunnel_pool_in_use{instance="a"}', values: '50x4 85x9 95x10 50x5'}
      - {series: 'tunnel_pool_size{instance="a"}', values: '100x40'}
      - {series: 'tunnel_pool_in_use{instance="b"}', values: '0x40'}
      - {series: 'tunnel_pool_size{instance="b"}', values: '0x40'}
      - {series: 'gpu_temperature{gpu="0"}', values: '60x9 90x9 9x9 60x9'}
      - {series: 'queue_wait_ms{queue="x"}', values: '1500x9 1501x9'}
      - {series: 'up{job="tunnel"}', values: '1x9 0x9 _x9 1x9'}
    alert_rule_test:
      - {eval_time: 14m, alertname: TunnelPool, exp_alerts: []}
      - eval_time: 15m
        alertname: TunnelPool
        exp_alerts:
          - exp_labels: {severity: warning, instance: a, owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: Pool on a is 95% full
              description: 'New tunnels wait. The value is 95%: above 80% for 10m.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/pool-warning.md
      - eval_time: 20m
        alertname: TunnelPool
        exp_alerts:
          - exp_labels: {severity: warning, instance: a, owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: Pool on a is 95% full
              description: 'New tunnels wait. The value is 95%: above 80% for 10m.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/pool-warning.md
          - exp_labels: {severity: critical, instance: a, owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: Pool on a is 95% full
              description: 'New tunnels wait. The value is 95%: above 90% for 5m.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/pool-critical.md
      - {eval_time: 27m, alertname: TunnelPool, exp_alerts: []}
      - {eval_time: 5m, alertname: TunnelTemperature, exp_alerts: []}
      - eval_time: 12m
        alertname: TunnelTemperature
        exp_alerts:
          - exp_labels: {severity: critical, gpu: "0", owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: 'GPU 0 has 90.0 °C: too hot'
              description: 'The value is 90.0 °C: outside 10 celsius and 85 celsius.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/temperature-critical.md
      - eval_time: 22m
        alertname: TunnelTemperature
        exp_alerts:
          - exp_labels: {severity: critical, gpu: "0", owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: 'GPU 0 has 9.0 °C: too cold'
              description: 'The value is 9.0 °C: outside 10 celsius and 85 celsius.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/temperature-critical.md
      - {eval_time: 9m, alertname: TunnelWait, exp_alerts: []}
      - eval_time: 10m
        alertname: TunnelWait
        exp_alerts:
          - exp_labels: {severity: warning, owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: Waits 1501ms
              description: 'The value is 1501ms: above 1500ms.'
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/wait-warning.md
      - {eval_time: 11m, alertname: TunnelSilent, exp_alerts: []}
      - eval_time: 12m
        alertname: TunnelSilent
        exp_alerts:
          - exp_labels: {severity: critical, job: tunnel, owner: tunnels, slo_service: tunnel}
            exp_annotations:
              summary: tunnel is down
              description: The condition has held for 2m.
              dashboard_url: /d/slo-tunnel-13eac867?from=now-3h&to=now
              runbook_url: runbooks/tunnel/silent-critical.md
"#;

#[test]
fn alerts_fire_at_their_minute_and_say_what_they_should() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&Memory::one(SPEC.as_bytes()));
    fs::write(out.path().join("prometheus/levels.yml"), TESTS).unwrap();
    run("promtool", &["test", "rules", "levels.yml"], &out.path().join("prometheus"));
}

/// Pieces of templates, right and wrong.
const PIECES: [&str; 44] = [
    "{{",
    "}}",
    "{{ ",
    " }}",
    "{{- ",
    " -}}",
    "$labels",
    ".job",
    "$value",
    ".Value",
    ".Labels",
    "$x",
    ":=",
    "=",
    " ",
    " | ",
    "humanize",
    "printf",
    "\"%.2f\"",
    "\"a\"",
    "`b`",
    "1",
    "0.5",
    "-1",
    "(",
    ")",
    "if ",
    "else",
    "end",
    "range ",
    "with ",
    ",",
    "query",
    "true",
    "nil",
    ".",
    "and ",
    "foo",
    "{instance}",
    "{value}",
    "text",
    "{",
    "}",
    "\\",
];

/// A text of up to `length` pieces; a new seed gives another.
fn made_up(seed: &mut u64, length: u64) -> String {
    let mut next = |below: u64| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    };
    let count = 1 + next(length);
    (0..count).map(|_| PIECES[next(PIECES.len() as u64) as usize]).collect()
}

/// What such a text becomes in the rules; `None` when sloc refuses it.
fn taken(text: &str) -> Option<String> {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    let spec = format!(
        "service a {{\n  alert b {{\n    when up == 0\n    critical for 1m\n    summary \"{quoted}\"\n  }}\n}}\n"
    );
    let model = driver::analyze(&Memory::one(spec.as_bytes())).unwrap().model?;
    let files = driver::emit(&model);
    let rules = files.iter().find(|f| f.path == "prometheus/a.rules.yml").unwrap();
    let yaml: serde_yaml::Value = serde_yaml::from_str(&rules.body).unwrap();
    Some(yaml["groups"][0]["rules"][0]["annotations"]["summary"].as_str().unwrap().to_string())
}

#[test]
fn every_template_that_is_taken_is_one_for_prometheus() {
    if !have("promtool") {
        return;
    }
    let mut seed = 7;
    let (mut texts, mut with_actions) = (Vec::new(), 0);
    for round in 0..15_000 {
        let text = made_up(&mut seed, if round % 2 == 0 { 4 } else { 9 });
        // Whole actions more often than chance would have them.
        let text =
            if round % 3 == 0 { format!("{{{{ {} }}}}", text.replace("{{", "").replace("}}", "")) } else { text };
        if let Some(template) = taken(&text) {
            with_actions += usize::from(text.contains("{{") && template == text);
            texts.push(template);
        }
    }
    assert!(with_actions > 150, "only {with_actions} actions were taken");
    texts.sort();
    texts.dedup();
    let mut rules = String::from("groups:\n- name: a\n  rules:\n");
    for (index, text) in texts.iter().enumerate() {
        let text = serde_json::to_string(text).unwrap();
        writeln!(rules, "  - {{alert: A{index}, expr: up == 0, annotations: {{summary: {text}}}}}").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("templates.yml"), rules).unwrap();
    run("promtool", &["check", "rules", "--lint=none", "templates.yml"], dir.path());
}
