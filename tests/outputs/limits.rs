//! What other systems refuse, and what they would misread in silence.

use std::collections::BTreeSet;

use sloc::driver;

use super::common::Memory;
use super::{below, model};

#[test]
fn a_resource_of_a_megabyte_is_refused() {
    let slo = |n: usize| {
        format!(
            " slo s{n} 99% over 30d {{\n  errors a_total{{n=\"{n}\", code=\"500\"}}\n  total a_total{{n=\"{n}\"}}\n }}\n"
        )
    };
    let found = |slos: usize| -> Vec<String> {
        let slos: String = (0..slos).map(slo).collect();
        let program = format!("project acme {{ emit kubernetes }}\nservice shop {{\n{slos}}}\n");
        let analysis = driver::analyze(&Memory::one(program.as_bytes())).unwrap();
        let errors = analysis.diagnostics.iter().filter(|d| d.is_error());
        errors.map(|d| format!("{}: {}", d.code.id, d.message)).collect()
    };
    assert_eq!(found(20), [""; 0]);
    let many = found(320);
    let bytes = |text: &str| text.split_whitespace().find_map(|w| w.parse::<usize>().ok()).unwrap();
    assert!(many.iter().any(|m| m.starts_with("E0511: kubernetes/rules/shop.yaml has ")), "{many:?}");
    assert!(many.iter().all(|m| m.ends_with("of which Kubernetes takes 1048576 in a resource")), "{many:?}");
    assert!(many.iter().all(|m| bytes(m) > 1_048_576), "{many:?}");
}

const ACROSS: &str = "
project acme { emit mimir tenants \"a\", \"b\" groups 1000 }
service shop {
  slo orders 99.9% over 30d {
    errors   orders_failed_total
    total    orders_total
    at-least 10 events per 1h
  }
  slo fast 99% over calendar month by region {
    good   orders_total{fast=\"true\"}
    total  orders_total
  }
  slo queue 99% over 30d {
    value  max(queue_length)
    good   below 500 each 1m
  }
  slo journey 99% over 30d {
    all of shop.orders, shop.queue
  }
  alert full {
    value     queue_length
    critical  above 900 for 5m
  }
  rules \"sums\" {
    record job:orders:rate5m {
      expr sum by (job) (rate(orders_total[5m]))
    }
    alert \"Idle\" {
      expr job:orders:rate5m == 0
      for  10m
    }
  }
}
";

#[test]
fn rules_that_read_other_tenants_read_nothing_recorded() {
    let artifacts = driver::emit(&model(&Memory::one(ACROSS.as_bytes())));
    let recorded = |query: &str| query.contains("slo:") || query.contains("job:orders:rate5m");
    let scraped =
        |query: &str| ["orders_total", "orders_failed_total", "queue_length"].iter().any(|m| query.contains(m));
    let mut kinds = BTreeSet::new();
    for (path, documents) in below(&artifacts, "mimir/") {
        for group in documents[0]["groups"].as_array().unwrap() {
            let across = group["source_tenants"].is_array();
            for rule in group["rules"].as_array().unwrap() {
                let query = rule["expr"].as_str().unwrap();
                assert_eq!(
                    (recorded(query), scraped(query)),
                    if query.starts_with("vector") { (false, false) } else { (!across, across) },
                    "{path}: {query}"
                );
                kinds.insert((across, rule["alert"].is_string()));
            }
        }
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn a_rule_that_needs_both_is_refused() {
    let program = format!(
        "{ACROSS}\nservice more {{\n alert both {{\n  when queue_length > 5 and on () slo:current_burn_rate:ratio{{slo_id=\"shop.orders\"}} > 2\n  critical for 1m\n }}\n}}\n"
    );
    let analysis = driver::analyze(&Memory::one(program.as_bytes())).unwrap();
    let found: Vec<&str> = analysis.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.message.as_str()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("more.both") && found[0].contains("what `tenants` have and what rules record"),
        "{found:?}"
    );
}
