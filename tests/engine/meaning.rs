//! Objectives mean what they say where counters are missing: the tests of `meaning.slo` pass in promtool.

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
