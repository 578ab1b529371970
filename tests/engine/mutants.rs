//! The tests that the compiler writes can fail: each of these changes to a rule is found by them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::common::Memory;
use super::programs::have;
use super::project;

/// What is changed in `shop.rules.yml`, everywhere it stands.
const MUTANTS: &[(&str, &str, &str)] = &[
    ("a threshold that is too high", "> 0.0144", "> 0.0145"),
    ("a threshold that is too low", "> 0.0144", "> 0.0143"),
    ("a tier without its short window", " and slo:sli_error:ratio_rate2h{slo_id=\"shop.orders\"} > 0.003", ""),
    ("a tier without its long window", "slo:sli_error:ratio_rate1d{slo_id=\"shop.orders\"} > 0.003 and ", ""),
    ("either window instead of both", " and slo:sli_error", " or slo:sli_error"),
    ("the wrong severity", "severity: page", "severity: ticket"),
    ("a tier's label lost", "slo_tier: ticket-3d", "slo_tier: ticket-1d"),
    ("a raw window that is too short", "[1h]", "[55m]"),
    ("a raw window that is too long", "[5m])", "[6m])"),
    ("a sum that is too short", "[6h:30s]", "[5h:30s]"),
    ("a period that is too short", "[30d:5m]", "[29d:5m]"),
    ("a period that is too long", "[30d:5m]", "[31d:5m]"),
    (
        "a period of averages",
        "sum_over_time(slo:sli_errors:increase5m{slo_id=\"shop.orders\"}[30d",
        "max_over_time(slo:sli_errors:increase5m{slo_id=\"shop.orders\"}[30d",
    ),
    ("missing errors that are not none", " or on () 0 * slo:sli_total:increase5m{slo_id=\"shop.emails\"}", ""),
    (
        "missing errors of a page that are not none",
        " or 0 * slo:sli_total:increase1h{",
        " or 0 * slo:sli_total:increase7h{",
    ),
    ("a division by no traffic", "increase5m{slo_service=\"shop\"} > 0)", "increase5m{slo_service=\"shop\"})"),
    ("good events taken for bad ones", "code!~\"5..\"", "code=~\"5..\""),
    ("errors of another kind", "result=\"failed\"", "result=\"rejected\""),
    ("another bucket", "le=\"0.5\"", "le=\"1\""),
    ("all regions in one", "sum by (region)", "sum by (job)"),
    ("an absence alert that waits too long", "for: 15m", "for: 2h"),
    (
        "an absence alert of another series",
        "absent(slo:sli_total:increase5m{slo_id=\"shop.orders\"})",
        "absent(slo:sli_total:increase1h{slo_id=\"shop.orders\"})",
    ),
    ("an alert that does not wait", "for: 1h", "for: 0s"),
    ("a budget counted from the wrong end", "1 - slo:period_burn_rate", "2 - slo:period_burn_rate"),
    ("the wrong budget", "slo_name=~\"orders|database\"} * 0.001", "slo_name=~\"orders|database\"} * 0.002"),
    (
        "the wrong burn rate",
        "ratio_rate5m{slo_service=\"shop\",slo_name!~\"journey|experience\"} / on",
        "ratio_rate1h{slo_service=\"shop\",slo_name!~\"journey|experience\"} / on",
    ),
    ("an alert that needs no events", " and slo:sli_total:increase1h{slo_id=\"shop.refunds\"} > 20", ""),
    ("a journey that multiplies errors", "1 - exp(sum(ln(1 - clamp_max(", "exp(sum(ln((clamp_max("),
    ("another weight", " * 3", " * 2"),
    (
        "silence that is nothing",
        "clamp_min(sum(increase(shop_imports_total{job=\"shop\"}[5m])) or on () 0 * max_over_time(count(shop_imports_total{job=\"shop\"})[1d:15m] offset 10m), 1)",
        "sum(increase(shop_imports_total{job=\"shop\"}[5m]))",
    ),
    ("maintenance that counts", " unless on () present_over_time((shop_maintenance == 1)[5m:30s])", ""),
    ("maintenance that is told", " unless on () (shop_maintenance == 1)", ""),
    ("another bound of a value", "< bool 500", "< bool 501"),
    ("the wrong objective", "slo_name=~\"orders|database\"} * 0.999", "slo_name=~\"orders|database\"} * 0.99"),
];

fn passes(out: &Path) -> bool {
    let tests = project::named(out, "prometheus/tests", "yml");
    let shop: Vec<&String> = tests.iter().filter(|t| t.contains("shop")).collect();
    let output = Command::new("promtool").args(["test", "rules"]).args(shop).current_dir(out).output().unwrap();
    output.status.success()
}

#[test]
fn every_broken_rule_is_found() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&Memory::one(include_bytes!("shop.slo")));
    assert!(passes(out.path()), "the rules are broken already");
    let rules = out.path().join("prometheus/shop.rules.yml");
    let right = fs::read_to_string(&rules).unwrap();
    let mut missed = Vec::new();
    for (what, from, to) in MUTANTS {
        let wrong = right.replace(from, to);
        assert!(wrong != right, "{what}: {from} stands nowhere");
        fs::write(&rules, wrong).unwrap();
        if passes(out.path()) {
            missed.push(*what);
        }
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
}
