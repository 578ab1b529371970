//! Looking around: what `sloc list`, `sloc show` and `sloc why` say of a project, and that no generated line is without
//! an answer.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;
mod sandbox;

use common::Memory;
use sandbox::{CHECKOUT, Sandbox};
use sloc::driver;
use sloc::emit::Artifact;
use sloc::model::Model;
use sloc::trace::{self, Kind, Thing};

/// The project's own specs and what they compile to.
fn own() -> (Model, Vec<Artifact>) {
    let model = driver::analyze(&Memory::own()).unwrap().model.unwrap();
    let artifacts = driver::emit(&model);
    (model, artifacts)
}

/// The text of a thing's lines.
fn text(artifacts: &[Artifact], thing: &Thing) -> String {
    let body = &artifacts.iter().find(|a| a.path == thing.file).unwrap().body;
    let lines: Vec<&str> = body.lines().collect();
    lines[thing.lines.start() - 1..*thing.lines.end()].join("\n")
}

#[test]
fn every_rule_panel_and_page_is_found_on_its_own_lines() {
    let (model, artifacts) = own();
    let things = trace::things(&model, &artifacts);
    let number = |kind| things.iter().filter(|t| t.kind == kind).count();
    let alerts: usize = model.services.iter().map(|s| s.alerts().count()).sum();
    let records: usize = model.services.iter().flat_map(|s| &s.groups).map(|g| g.records.len()).sum();
    let panels: usize =
        model.boards.iter().map(|b| b.panels().count() + b.rows.iter().filter(|r| r.heading.is_some()).count()).sum();
    assert_eq!((number(Kind::Alert), number(Kind::GrafanaAlert), number(Kind::Page)), (alerts, alerts, alerts));
    assert_eq!((number(Kind::Record), number(Kind::Panel), number(Kind::Board)), (records, panels, model.boards.len()));
    for thing in &things {
        let text = text(&artifacts, thing);
        let holds = match thing.kind {
            Kind::Record => text.trim_start().starts_with(&format!("- record: {}\n", thing.name)),
            Kind::Alert => {
                text.trim_start().starts_with("- alert: ") && text.contains(thing.name.rsplit_once('-').unwrap().1)
            }
            Kind::GrafanaAlert => text.trim_start().starts_with(&format!("- # {}\n", thing.origin)),
            Kind::Panel => text.contains(&serde_json::to_string(&thing.name).unwrap()),
            Kind::Group => text.contains(&format!("name: {}\n", thing.name)),
            _ => true,
        };
        assert!(holds, "{thing:?}\n{text}");
    }
}

#[test]
fn every_line_of_every_rule_file_has_a_spec_line() {
    let (model, artifacts) = own();
    for artifact in &artifacts {
        let things = trace::in_file(&model, artifact);
        for line in 1..=artifact.body.lines().count() {
            let thing = trace::at(&things, line).unwrap_or_else(|| panic!("{}:{line}", artifact.path));
            assert!(thing.origin.contains(".slo:") || artifact.origin == thing.origin, "{}:{line}", artifact.path);
        }
    }
}

#[test]
fn why_goes_both_ways() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/team.slo", "policy ours {\n  page 2% of budget in 1h confirmed over 5m\n}\n\nmetrics {\n  counter http_requests_total{job, code}\n}\n");
    sandbox.put(
        "specs/checkout.slo",
        &format!("import \"team.slo\"\n{}", CHECKOUT.replace("over 30d {", "over 30d {\n    policy ours")),
    );
    sandbox.run("build").exits(0);
    let rules = sandbox.read("out/prometheus/checkout.rules.yml");
    let alert = rules.lines().position(|line| line.contains("- alert: CheckoutAvailabilityBurn")).unwrap() + 1;
    let why = sandbox.run(&format!("why out/prometheus/checkout.rules.yml:{}", alert + 3)).exits(0);
    assert!(why.stdout.starts_with(&format!("out/prometheus/checkout.rules.yml:{alert}-")), "{}", why.stdout);
    assert!(why.stdout.contains(": alert availability-page-1h\n  of     checkout.availability\n  from   specs/checkout.slo:3\n           slo availability 99.9% over 30d {\n"), "{}", why.stdout);
    for (place, cause) in [
        ("checkout.slo:5", "slo checkout.availability"),
        ("team.slo:2", "policy ours"),
        ("team.slo:6", "metric http_requests_total"),
    ] {
        let back = sandbox.run(&format!("why specs/{place}")).exits(0);
        assert!(back.stdout.starts_with(&format!("specs/{place}: {cause}\n")), "{}", back.stdout);
        assert!(
            back.stdout.contains("alert availability-page-1h\n")
                && back.stdout.contains("out/prometheus/checkout.rules.yml\n"),
            "{}",
            back.stdout
        );
    }
    assert!(sandbox.run("why specs/team.slo:4").exits(0).stdout.ends_with("nothing follows from this line\n"));
    assert!(
        sandbox.run("why ./out/runbooks/checkout/availability-page-1h.md:2:7").exits(0).stdout.contains("runbook page")
    );
}

#[test]
fn why_says_when_the_file_is_another_and_what_does_not_exist() {
    let sandbox = Sandbox::new();
    sandbox
        .run("why out/prometheus/checkout.rules.yml:9")
        .exits(0)
        .says("the file is missing: this is about the one that `sloc build` writes\n");
    sandbox
        .run("why out/prometheus/chekout.rules.yml:9")
        .exits(2)
        .says("did you mean `prometheus/checkout.rules.yml`?");
    sandbox.run("why out/prometheus/checkout.rules.yml:999999").exits(2).says(" lines\n");
    sandbox.run("why specs/chekout.slo:1").exits(2).says("did you mean `specs/checkout.slo`?");
    for place in ["x", "x:0", "x:-1", ":"] {
        sandbox.run(&format!("why {place}")).exits(2).says("is no FILE:LINE");
    }
}

/// A service with a written alert and somebody who is told.
const TUNNEL: &str = r#"metrics {
  gauge pool_size{instance}
}

contact notices slack url env(SLACK_URL)
route {
  otherwise -> notices
}

service tunnel {
  alert pool-large {
    value    pool_size
    warning  above 5 for 1m
    critical above 9
    impact   "New tunnels wait."
  }
}
"#;

#[test]
fn written_alerts_contacts_and_routes_are_known_too() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/tunnel.slo", TUNNEL);
    sandbox.run("build").exits(0);
    let listed = sandbox.run("list alerts").exits(0).stdout;
    assert!(listed.contains("tunnel.pool-large-critical  critical  above 9"), "{listed}");
    let shown = sandbox.run("show tunnel.pool-large").exits(0).stdout;
    for part in [
        "tunnel.pool-large  (specs/tunnel.slo:",
        "New tunnels wait.",
        "critical is told to notices",
        "alert pool-large-warning",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let line = |text: &str| TUNNEL.lines().position(|l| l.contains(text)).unwrap() + 1;
    let why = |text: &str| sandbox.run(&format!("why specs/tunnel.slo:{}", line(text))).exits(0).stdout;
    for (text, cause, part) in [
        ("gauge pool_size", "metric pool_size", "alert pool-large-critical\n"),
        ("above 9", "alert tunnel.pool-large", "alert pool-large-critical\n"),
        ("contact", "contact notices", "out/alertmanager/alertmanager.yml"),
        ("otherwise", "route", "out/grafana/provisioning/alerting/_contact-points.yaml"),
    ] {
        let answer = why(text);
        assert!(answer.contains(&format!(": {cause}\n")) && answer.contains(part), "{text}: {answer}");
    }
    assert!(why("metrics {").ends_with("nothing follows from this line\n"));
}

/// An objective under Sloth's names, and rules that are carried as they are.
const OTHERS: &str = r#"service cart {
  naming sloth
  slo orders 99.9% over 30d {
    errors http_requests_total{job="cart", code=~"5.."}
    total  http_requests_total{job="cart"}
  }
  rules "nodes" every 1m {
    record job:up:sum {
      expr sum by (job) (up)
    }
    alert "NodeDown" {
      expr   job:up:sum == 0
      for    5m
      labels { severity = "page" }
    }
  }
}
"#;

#[test]
fn rules_of_other_tools_and_carried_ones_are_known_too() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/cart.slo", OTHERS);
    sandbox.run("build").exits(0);
    let list = sandbox.run("list").exits(0).stdout;
    assert!(list.contains("cart.orders  99.9%      30d     43m12s"), "{list}");
    assert!(list.contains("page-1h 1.44%"), "{list}");
    let alerts = sandbox.run("list alerts").exits(0).stdout;
    assert!(alerts.contains("cart.nodes") && alerts.contains("NodeDown") && alerts.contains("cart.orders"), "{alerts}");
    let services = sandbox.run("list services --format json").exits(0).stdout;
    let services: serde_json::Value = serde_json::from_str(&services).unwrap();
    assert_eq!((&services[0]["slos"], &services[0]["alerts"]), (&1.into(), &3.into()));
    let shown = sandbox.run("show cart.orders").exits(0).stdout;
    for part in ["43m12s", "\ngroup sloth-slo-alerts-cart-orders\n", "  out/prometheus/cart.rules.yml\n"] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let shown = sandbox.run("show cart.nodes").exits(0).stdout;
    assert!(
        shown.contains("\ngroup nodes, every 1m\n  record job:up:sum\n    sum by (job) (up)\n  alert NodeDown\n"),
        "{shown}"
    );
    let rules = sandbox.read("out/prometheus/cart.rules.yml");
    let line = |of: &str, text: &str| of.lines().position(|l| l.contains(text)).unwrap() + 1;
    let why = |place: String| sandbox.run(&format!("why {place}")).exits(0).stdout;
    let down = why(format!("out/prometheus/cart.rules.yml:{}", line(&rules, "alert: NodeDown") + 1));
    assert!(down.contains(": alert NodeDown\n  of     cart.nodes\n  from   specs/cart.slo:7\n"), "{down}");
    let ratio = why(format!("out/prometheus/cart.rules.yml:{}", line(&rules, "slo:sli_error:ratio_rate1h")));
    assert!(ratio.contains("of     cart.orders\n  from   specs/cart.slo:3\n"), "{ratio}");
    let back = why(format!("specs/cart.slo:{}", line(OTHERS, "expr sum by")));
    assert!(back.starts_with("specs/cart.slo:9: rules cart.nodes\n") && back.contains("alert NodeDown\n"), "{back}");
    let back = why("specs/cart.slo:4".into());
    assert!(back.starts_with("specs/cart.slo:4: slo cart.orders\n") && back.contains("recording rule slo:"), "{back}");
}

const TEMPLATE: &str = r#"template http-service(job) {
  slo availability 99.9% over 30d {
    errors http_requests_total{job="$job", code=~"5.."}
    total  http_requests_total{job="$job"}
  }
}

service cart {
  use http-service(job = "cart")
}

service search {
  use http-service(job = "search")
}

environment staging {
  cart.availability 99% over 30d
}
"#;

#[test]
fn templates_and_environments_lead_to_what_they_make() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/all.slo", TEMPLATE);
    sandbox.run("build --all-envs").exits(0);
    let line = |text: &str| TEMPLATE.lines().position(|l| l.contains(text)).unwrap() + 1;
    let why = |text: &str| sandbox.run(&format!("why specs/all.slo:{}", line(text))).exits(0).stdout;
    let used = why("use http-service(job = \"cart\")");
    assert!(used.contains(": use of a template in cart\n") && used.contains("alert availability-page-1h"), "{used}");
    let made = why("total ");
    assert!(
        made.contains(": template http-service\n")
            && made.contains("cart.availability ")
            && made.contains("search.availability "),
        "{made}"
    );
    assert!(why("environment staging").contains("`sloc build --env staging`"));
    let staged = sandbox.run("why out/staging/prometheus/cart.rules.yml:9").exits(0);
    assert!(
        staged.stdout.starts_with("out/staging/prometheus/cart.rules.yml:") && staged.stderr.is_empty(),
        "{}",
        staged.stderr
    );
    assert!(
        staged
            .stdout
            .contains("from   specs/all.slo:9, by the template at specs/all.slo:2\n           use http-service"),
        "{}",
        staged.stdout
    );
    assert!(sandbox.run("list --env staging").exits(0).stdout.contains("cart.availability    99% "));
    sandbox.run("list --env stagin").exits(2).says("did you mean `staging`?");
}

#[test]
fn lists_are_tables_csv_and_json() {
    let sandbox = Sandbox::new();
    let table = sandbox.run("list").exits(0).stdout;
    assert!(table.contains("checkout.availability  99.9%      30d     43m12s"), "{table}");
    let csv = sandbox.run("list slos --format csv").exits(0).stdout;
    assert!(csv.contains("\r\ncheckout.availability,0.999,30d,2592,,\"page-1h 1.44%, page-6h 0.6%,"), "{csv}");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run("list alerts --format json").exits(0).stdout).unwrap();
    assert_eq!((&json[0]["alert"], &json[0]["fires_above"]), (&"checkout.availability-page-1h".into(), &0.0144.into()));
    assert_eq!(json.as_array().unwrap().len(), 5);
    let services: serde_json::Value =
        serde_json::from_str(&sandbox.run("list services --format json").exits(0).stdout).unwrap();
    assert_eq!((&services[0]["slos"], &services[0]["alerts"]), (&1.into(), &5.into()));
    sandbox.run("list slos chekout").exits(2).says("did you mean `checkout`?");
    sandbox.put("specs/broken.slo", "service x {\n");
    sandbox.run("list").exits(1).says("error");
}

#[test]
fn show_has_the_numbers_and_the_places() {
    let sandbox = Sandbox::new();
    let shown = sandbox.run("show checkout.availability").exits(0).stdout;
    for part in [
        "checkout.availability: 99.9% over 30d  (specs/checkout.slo:2)\n",
        "error budget: 0.1% of the events, 43m12s of a full outage\n",
        "  availability-page-1h at 14.4x burn, 2% of the budget spent:\n",
        "    at 100% errors: after 52s, 98% of the budget left",
        "    slo:sli_error:ratio_rate6h\n",
        "  out/prometheus/checkout.rules.yml\n",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let service = sandbox.run("show checkout").exits(0).stdout;
    assert!(service.contains("  out/prometheus/checkout.rules.yml: ") && service.contains("5 alerts\n"), "{service}");
    sandbox.run("show checkout.availabilty").exits(2).says("did you mean `checkout.availability`?");
}

/// A written dashboard of two panels.
const BOARD: &str = "dashboard traffic \"Traffic\" {\n  folder \"Shop\"\n  timeseries \"Requests\" {\n    about \"Requests per second.\"\n    \
     query sum(rate(http_requests_total[$__rate_interval]))\n  }\n  logs \"Errors\" from loki {\n    about \"What went wrong.\"\n    \
     logql {app=\"shop\"}\n  }\n}\ndatasource loki loki \"http://loki:3100\"\n";

#[test]
fn written_dashboards_are_listed_shown_and_explained() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/traffic.slo", BOARD);
    sandbox.run("build").exits(0);
    let list = sandbox.run("list dashboards").exits(0).stdout;
    assert!(list.contains("traffic") && list.contains("Shop") && list.contains("slo-overview"), "{list}");
    let shown = sandbox.run("show traffic").exits(0).stdout;
    assert!(shown.starts_with("traffic: Traffic  (specs/traffic.slo:1)\n"), "{shown}");
    assert!(shown.contains("time series") && shown.contains("out/grafana/dashboards/shop/traffic.json\n"), "{shown}");
    let file = sandbox.read("out/grafana/dashboards/shop/traffic.json");
    let line = file.lines().position(|line| line.contains("\"type\": \"logs\"")).unwrap() + 1;
    let why = sandbox.run(&format!("why out/grafana/dashboards/shop/traffic.json:{line}")).exits(0).stdout;
    assert!(why.contains(": panel Errors\n") && why.contains("from   specs/traffic.slo:7\n"), "{why}");
    let back = sandbox.run("why specs/traffic.slo:5").exits(0).stdout;
    assert!(back.starts_with("specs/traffic.slo:5: dashboard traffic\n"), "{back}");
    assert!(back.contains("out/grafana/dashboards/shop/traffic.json") && !back.contains("slo-overview"), "{back}");
    let verbose = sandbox.run("check --verbose").exits(0);
    verbose.says("specs/traffic.slo:9: unchecked LogQL: only its quotes and brackets were looked at\n");
}

#[test]
fn what_rules_cost_is_printed_by_objective() {
    let sandbox = Sandbox::new();
    let printed = sandbox.run("build --cost").exits(0).says("50 series of each metric, 5 values of each label").stdout;
    let rows: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["of", "rules", "series", "samples", "an", "hour", "memory"], "{printed}");
    assert_eq!(rows[1], ["checkout.availability", "24", "19", "2,394,180", "271", "KiB"], "{printed}");
    assert_eq!(rows[2][1..], rows[1][1..], "all there is: {printed}");
    let more = sandbox.run("build --cost=100 --format json").exits(0).stdout;
    let row: serde_json::Value = serde_json::from_str(&more).unwrap();
    assert_eq!((&row["of"], &row["recorded_series"]), (&"checkout.availability".into(), &19.into()), "{more}");
    assert!(row["samples_per_hour"].as_u64().unwrap() > 3_000_000, "{more}");
    let named = sandbox.read("specs/checkout.slo").replace("  slo availability", "  naming sloth\n  slo availability");
    sandbox.put("specs/checkout.slo", &named);
    let sloth = sandbox.run("build --cost").exits(0).says("built 1 SLO of 1 service into out").stdout;
    let row = sloth.lines().nth(1).unwrap();
    assert!(row.starts_with("checkout.availability  17     15      172,777,560"), "{sloth}");
    sandbox.run("build --cost=0").exits(2);
    sandbox.run("build --cost --check").exits(2).says("cannot be used with");
}
