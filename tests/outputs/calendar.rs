//! What is generated of an objective over a month of the calendar says so, to people and in numbers.

use sloc::driver;

use super::common::Memory;
use super::{EVERYTHING, model};

const PROGRAM: &str = "
service checkout {
  owner  payments
  slo availability 99.9% over calendar month in \"Europe/Berlin\" {
    errors   http_requests_total{code=~\"5..\"}
    total    http_requests_total
    traffic  1000/min
  }
  slo queue 99% over calendar month by region {
    value  max by (region) (queue_length)
    good   below 500 each 1m
  }
}
team payments \"Payments\"
";

#[test]
fn every_text_says_the_period_of_the_calendar() {
    let artifacts = driver::emit(&model(&Memory::one(format!("{EVERYTHING}}}\n{PROGRAM}").as_bytes())));
    let all = |end: &str| -> String {
        artifacts.iter().filter(|a| a.path.ends_with(end)).map(|a| a.body.replace("\\\"", "\"")).collect()
    };
    for (end, text) in [
        ("prometheus/checkout.rules.yml", "the budget of a calendar month (43m12s in 30d) lasts"),
        ("runbooks/checkout/availability-page-1h.md", "promises 99.9% over calendar month in \"Europe/Berlin\""),
        (
            "runbooks/checkout/availability-page-1h.md",
            "of the budget of a calendar month (43m12s of full outage in 30d, or about 43200 of 43200000 events)",
        ),
        ("runbooks/README.md", "availability 99.9% over calendar month in \"Europe/Berlin\""),
        (".json", "availability: 99.9% over calendar month in \"Europe/Berlin\""),
        (".json", "Good, this month"),
        (".json", "1 - slo:sli_error:ratio_calendar{slo_id=\"checkout.availability\"}"),
        (".json", "it is whole at the first moment of each month"),
        (".json", "0.1% of the events of a calendar month may fail, as many as in 43m12s of full outage in 30d"),
        ("backstage/catalog-info.yaml", "99.9% over calendar month in"),
        ("openslo/checkout.yaml", "duration: \"1M\""),
    ] {
        assert!(all(end).contains(text), "no `{text}` in {end}");
    }
    // Where thirty days stand, they are a window, a way back from now, or what a month is reckoned as.
    let fine = ["[", "ratio_rate", "now-", " in ", "lasts ", "no budget of ", "\"timeFrom\": \"", "\"length\": \""];
    for file in artifacts.iter().filter(|a| !a.path.starts_with("json/") && !a.path.starts_with("prometheus/tests/")) {
        for (at, _) in file.body.match_indices("30d") {
            let before = &file.body[..at];
            assert!(
                fine.iter().any(|f| before.ends_with(f)),
                "{}: …{}30d",
                file.path,
                &before[before.len().saturating_sub(60)..]
            );
        }
    }
}
