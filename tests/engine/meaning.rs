//! Objectives mean what they say where counters are missing: the tests of `meaning.slo` and `gone.slo` pass in promtool.

use std::fs;

use super::common::Memory;
use super::programs::have;
use super::{project, promtool};

#[test]
fn counters_that_were_never_born_count_as_nothing() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&Memory::one(include_bytes!("meaning.slo")));
    promtool("check", &project::named(out.path(), "prometheus", ".rules.yml"), out.path());
    promtool("test", &project::named(out.path(), "prometheus/tests", ".yml"), out.path());
}

#[test]
fn what_is_gone_is_told_and_what_is_quiet_is_not() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&Memory::one(include_bytes!("gone.slo")));
    let tests = [("labels", include_str!("gone.test.yml")), ("parts", include_str!("parts.test.yml"))];
    for (name, text) in tests {
        fs::write(out.path().join(format!("prometheus/tests/{name}.test.yml")), text).unwrap();
    }
    promtool("check", &project::named(out.path(), "prometheus", ".rules.yml"), out.path());
    promtool("test", &project::named(out.path(), "prometheus/tests", ".yml"), out.path());
}
