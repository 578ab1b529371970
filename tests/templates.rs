//! Templates and environments: what they make is what would have been written by hand, and every byte of it knows where
//! it was written. `UPDATE=1 cargo test --test templates` rewrites `tests/templates/out`; read the difference.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::{Answers, Memory};
use proptest::prelude::*;
use sloc::diag::render::{Format, render};
use sloc::driver::{self, Analysis};
use sloc::emit::Artifact;
use sloc::emit::grafana_alerts::Earlier;
use sloc::model::Model;

fn analyze(text: &str) -> Analysis {
    driver::analyze(&Memory::one(text.as_bytes())).unwrap()
}

fn shown(analysis: &Analysis) -> String {
    render(&analysis.diagnostics, &analysis.sources, Format::Short)
}

fn model(text: &str) -> Model {
    let analysis = analyze(text);
    let shown = shown(&analysis);
    analysis.model.unwrap_or_else(|| panic!("{shown}{text}"))
}

/// A model without the places it comes from, line by line.
fn bare(model: &Model) -> Vec<String> {
    let places = r"Origin \{[^}]*\}|specs/main\.slo:\d+(, by the template at specs/main\.slo:\d+)?";
    let text = format!("{model:#?}");
    regex::Regex::new(places).unwrap().replace_all(&text, "PLACE").lines().map(str::to_string).collect()
}

/// The first line in which two models differ.
fn difference(one: &Model, other: &Model) -> Option<(String, String)> {
    let (one, other) = (bare(one), bare(other));
    let length = (one.len(), other.len());
    let found = one.into_iter().zip(other).find(|(a, b)| a != b);
    found.or_else(|| (length.0 != length.1).then(|| (format!("{length:?}"), String::new())))
}

// --- What a template makes is what would have been written by hand. ---

/// A value of a parameter: as written, and as it stands inside a text.
#[derive(Clone, Debug)]
struct Value {
    written: String,
    content: String,
}

fn text_value() -> impl Strategy<Value = Value> {
    let nasty = prop::sample::select(vec![
        "cart", "$job", "$", "a\\b", "5..$", "{", "}", "#", "a.*", "é", "$window", "${x}", "{{ x }}",
    ]);
    let content = prop_oneof!["[ -!#-~]{1,12}", nasty.prop_map(String::from)];
    content.prop_map(|content| Value {
        written: format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\"")),
        content,
    })
}

fn word() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec!["a", "orders", "http_requests_total", "rpc-calls", "x1"]);
    words.prop_map(|w| Value { written: w.into(), content: w.into() })
}

fn number(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(of.to_vec()).prop_map(|n| Value { written: n.into(), content: n.into() })
}

/// A text between quotes, written with the escapes it needs there.
fn within(content: &str) -> String {
    content.replace('\\', "\\\\").replace('"', "\\\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_template_makes_what_would_be_written_by_hand(
        job in text_value(), name in word(), target in number(&["99.9%", "99%", "99.95%"]), period in number(&["30d", "28d", "7d"]),
        nested in any::<bool>(), defaults in any::<bool>(), inline in any::<bool>(),
    ) {
        let slo = |name: &str, target: &str, period: &str, bare: &str, inside: &str, long: &str| format!(
            "  slo {name} {target} over {period} {{  # not ${{job}}\n    about \"of {inside} over {period}\"\n    \
             errors errors_total{{job={bare}, other=\"x{inside}\"}} # $nothing\n    total sum(rate(total{{job={bare}}}[$window]))\n    \
             runbook \"\"\"\n      Look at {long} for $HOME.\n    \"\"\"\n  }}\n"
        );
        let body = slo("$name", "$target", "${period}", "$job", "$job", "${job}");
        let by_hand = slo(&name.content, &target.written, &period.written, &job.written, &within(&job.content), &job.content);
        let header = if defaults { format!("period = {}", period.written) } else { "period".into() };
        let given = if defaults { String::new() } else { format!(", period = {}", period.written) };
        let args = format!("job = {}, name = {}, target = {}{given}", job.written, name.written, target.written);
        let mut specs = format!("template t(job, name, target, {header}) {{\n{body}}}\n");
        let mut used = "t";
        if nested {
            specs += "template outer(job, name, target, period = 28d) {\n  use t(\n    job = $job,\n    name = $name,\n    target = $target, period = $period,\n  )\n}\n";
            used = "outer";
        }
        let period_of_outer = if nested && defaults { format!(", period = {}", period.written) } else { String::new() };
        let line = format!("use {used}({args}{period_of_outer})");
        let service = |held: &str| format!("service shop {{\n  title \"Shop\"\n{held}\n  slo last 99% over 30d {{\n    errors e\n    total t\n  }}\n}}\n");
        let made = model(&(specs + &service(&if inline { format!("tier 1, {line}, labels {{ a = \"b\" }}") } else { line.clone() })));
        let around = |held: String| if inline { format!("tier 1\n{held}\nlabels {{ a = \"b\" }}") } else { held };
        prop_assert_eq!(difference(&made, &model(&service(&around(by_hand)))), None);
        // Its places are the line of the `use`, and name the template.
        let at = &made.services[0].slos[0].origin;
        prop_assert_eq!(at.template.as_deref(), Some("specs/main.slo:2"));
        prop_assert!(at.to_string().contains(", by the template at specs/main.slo:2"));
        prop_assert_eq!(&made.services[0].slos[1].origin.template, &None);
    }

    #[test]
    fn nothing_that_is_given_makes_it_panic_or_point_outside(pieces in prop::collection::vec(prop::sample::select(vec![
        "template t(", "a", ", b = 1%", ")", "{", "}", "\n", "use t(", "a = ", "\"$a\"", "$a", "${a}", "$b", "$", "\"\"\"", "\"", "'", "`",
        "slo x 99% over 30d {", "errors e{x=\"$a\"}", "total $a", "# $a", "service s {", "environment e {", "s.x 99%", "labels { env = \"$a\" }",
        "use u", "template u {", "datasource prom \"x\"", ",", "histogram $a within $b", "owner $a",
    ]), 0..40)) {
        let analysis = analyze(&pieces.join(" "));
        for format in [Format::Human { color: false }, Format::Short, Format::Json] {
            render(&analysis.diagnostics, &analysis.sources, format);
        }
        let written = &analysis.sources.iter().next().unwrap().1.text;
        for d in &analysis.diagnostics {
            for span in d.labels.iter().map(|l| l.span).chain([d.primary.span]).chain(d.fix.iter().map(|f| f.span)) {
                prop_assert_eq!(span.file.0, 0, "{:?}", d);
                prop_assert!(written.get(span.range()).is_some(), "{:?}", d);
            }
        }
        for (id, file) in analysis.sources.iter().skip(1) {
            for at in 0..file.text.len() {
                let byte = sloc::source::Span::new(id, at..at + 1);
                let copied = analysis.sources.is_copy(byte);
                let origin = analysis.sources.origin(byte);
                if copied && file.text.as_bytes()[at] != b'\n' {
                    prop_assert_eq!(&written.as_bytes()[origin.range()], &file.text.as_bytes()[at..at + 1]);
                }
            }
        }
    }
}

// --- A mistake in a template is told once. ---

#[test]
fn a_mistake_in_a_template_is_told_once_however_often_it_is_used() {
    let mut text = "template t(job) {\n  slo a 99% over 30d {\n    errors e{job=\"$job\"}\n    total sum(rat(t{job=\"$job\"}[$window]))\n  }\n}\n".to_string();
    for i in 0..100 {
        text += &format!("service s{i} {{\n  use t(job = \"j{i}\")\n}}\n");
    }
    let analysis = analyze(&text);
    assert_eq!(analysis.diagnostics.len(), 1, "{}", shown(&analysis));
    let d = &analysis.diagnostics[0];
    assert_eq!(analysis.sources.text(d.primary.span), "rat");
    assert_eq!(d.labels[0].text, "used here with job = \"j0\", and in 99 other uses");
    assert_eq!(analysis.sources.text(d.labels[0].span), "use t(job = \"j0\")");
}

#[test]
fn mistakes_of_values_are_told_one_by_one() {
    let template = "template t(target) {\n  slo a $target over 30d {\n    errors e\n    total t\n  }\n}\n";
    let used = ["100%", "\"99%\"", "100%", "99%"].iter().enumerate();
    let services: String = used.map(|(i, v)| format!("service s{i} {{\n  use t(target = {v})\n}}\n")).collect();
    let analysis = analyze(&format!("{template}{services}"));
    let codes: Vec<&str> = analysis.diagnostics.iter().map(|d| d.code.id).collect();
    assert_eq!(codes, ["E0144", "E0402", "E0402"], "{}", shown(&analysis));
}

#[test]
fn an_edit_is_offered_only_where_it_mends_the_template() {
    let fixes = |total: &str| {
        let text = format!(
            "template t(range) {{\n  slo a 99% over 30d {{\n    errors e\n    total {total}\n  }}\n}}\nservice s {{ use t(range = 5m) }}\n"
        );
        let analysis = analyze(&text);
        let fixes = analysis.diagnostics.iter().filter_map(|d| d.fix.clone());
        fixes.map(|f| (analysis.sources.text(f.span).to_string(), f.text)).collect::<Vec<_>>()
    };
    assert_eq!(fixes("sum(rate(t{r=\"$range\"}[5m]))"), [("5m".to_string(), "$window".to_string())]);
    assert_eq!(fixes("sum(rate(t[$range]))"), []);
}

#[test]
fn templates_in_templates_stop_in_time() {
    let chain: String = (1..500).map(|i| format!("template t{i} {{ use t{} }}\n", i - 1)).collect();
    let base = "template t0 {\n  slo a 99% over 30d {\n    errors e\n    total t\n  }\n}\n";
    let of = |used: &str| analyze(&format!("{base}{chain}service s {{ use {used} }}\n"));
    assert!(of("t60").model.is_some());
    assert!(shown(&of("t499")).contains("E0145"));
    let doubled: String = (1..40).map(|i| format!("template d{i}(a) {{ use d{}(a = \"$a$a\") }}\n", i - 1)).collect();
    let text = format!("template d0(a) {{ title $a }}\n{doubled}service s {{ use d39(a = \"xxxxxxxx\") }}\n");
    assert!(shown(&analyze(&text)).contains("E0145"));
}

// --- Environments. ---

/// The project in `tests/templates`.
fn project() -> Analysis {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/specs");
    let files = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    let named = files.map(|p| (format!("specs/{}", p.file_name().unwrap().to_str().unwrap()), fs::read(&p).unwrap()));
    let analysis = driver::analyze(&Memory(named.collect())).unwrap();
    assert_eq!(shown(&analysis), "");
    analysis
}

/// All files of a project, each environment in its directory.
fn apart(analysis: &Analysis) -> Vec<Artifact> {
    driver::emit_apart(analysis.model.iter().chain(&analysis.environments), &Earlier::new(), &[])
}

#[test]
fn a_project_with_templates_and_an_environment_makes_these_rules() {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/out");
    let kept =
        |path: &str| path.ends_with(".rules.yml") || path.contains("alertmanager/") || path.contains("/datasources/");
    let mut answers = Answers::default();
    for file in apart(&project()).into_iter().filter(|a| kept(&a.path)) {
        answers.hold(&out.join(&file.path), &file.body);
    }
}

/// What names a thing in Grafana: uids of dashboards, rules and data sources, names of providers, and files that stand in
/// one directory there.
fn grafana_names(files: &[Artifact], environment: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let uid = regex::Regex::new(r#"(?m)^\s*(?:- )?"?(?:uid|folder)"?: "?([A-Za-z0-9_. ()-]+)"?,?$"#).unwrap();
    for file in files.iter().filter_map(|a| Some((a.path.strip_prefix(&format!("{environment}/grafana/"))?, a))) {
        names.insert(format!("file {}", file.0));
        if file.0.ends_with(".json") {
            let board: serde_json::Value = serde_json::from_str(&file.1.body).unwrap();
            names.insert(format!("uid {}", board["uid"].as_str().unwrap()));
        } else {
            names.extend(uid.captures_iter(&file.1.body).map(|c| format!("uid {}", &c[1])));
        }
    }
    names
}

#[test]
fn environments_can_stand_in_one_grafana() {
    let files = apart(&project());
    let (base, staging) = (grafana_names(&files, "base"), grafana_names(&files, "staging"));
    assert!(base.len() > 10 && staging.len() > 10, "{base:?}\n{staging:?}");
    assert!(base.iter().any(|n| n == "uid prom") && staging.iter().any(|n| n == "uid prom-staging"), "{staging:?}");
    let shared: Vec<_> = base.intersection(&staging).filter(|n| *n != "uid __expr__").collect();
    assert!(shared.is_empty(), "{shared:?}");
    let defaults =
        files.iter().filter(|f| f.path.contains("/datasources/")).map(|f| f.body.matches("isDefault: true").count());
    assert_eq!(defaults.sum::<usize>(), 1, "a Grafana has one default data source");
}

#[test]
fn one_environment_never_tells_the_rules_of_another_to_go() {
    let analysis = project();
    let (base, staging) = (analysis.model.as_ref().unwrap(), &analysis.environments[0]);
    let uids = |m: &Model| m.services.iter().flat_map(|s| s.alerts()).map(|a| a.uid.clone()).collect::<BTreeSet<_>>();
    let gone = |files: &[Artifact]| {
        files.iter().filter(|a| a.path.contains("/_deleted")).map(|a| a.body.clone()).collect::<String>()
    };
    let folder = sloc::emit::grafana_alerts::FOLDER;
    let mut earlier: Earlier = BTreeMap::new();
    earlier.insert(format!("{folder}/cart.yaml"), uids(base).into_iter().chain(["old-base".into()]).collect());
    assert_eq!(gone(&driver::emit_after(staging, &earlier, &[])), "");
    earlier.insert(
        format!("{folder}/cart.staging.yaml"),
        uids(staging).into_iter().chain(["old-staging".into()]).collect(),
    );
    let both = [gone(&driver::emit_after(staging, &earlier, &[])), gone(&driver::emit_after(base, &earlier, &[]))];
    assert!(both[0].contains("uid: old-staging") && !both[0].contains("old-base"), "{}", both[0]);
    assert!(both[1].contains("uid: old-base") && !both[1].contains("old-staging"), "{}", both[1]);
    assert_eq!(gone(&driver::emit_apart([base, staging], &earlier, &[])), "");
}

#[test]
fn overrides_arrive_and_nothing_else_changes() {
    let analysis = project();
    let (base, staging) = (analysis.model.as_ref().unwrap(), &analysis.environments[0]);
    let slo = |m: &Model, id: &str| m.services.iter().flat_map(|s| &s.slos).find(|s| s.id == id).unwrap().clone();
    let numbers = |m: &Model, id: &str| format!("{} {}", slo(m, id).objective.percent(), slo(m, id).period);
    assert_eq!(
        [numbers(base, "checkout.availability"), numbers(staging, "checkout.availability")],
        ["99.95% 30d", "99% 7d"]
    );
    assert_eq!([numbers(base, "cart.latency"), numbers(staging, "cart.latency")], ["99% 28d", "99% 7d"]);
    assert_eq!(numbers(base, "cart.availability"), numbers(staging, "cart.availability"));
    let pages = |m: &Model| m.services[1].alerts().filter(|a| a.subject == "payments" && a.id.contains("page")).count();
    assert_eq!((pages(base), pages(staging)), (2, 0));
    assert!(staging.services.iter().flat_map(|s| s.alerts()).all(|a| a.labels.get("env").unwrap() == "staging"));
    assert!(base.services.iter().flat_map(|s| s.alerts()).all(|a| !a.labels.contains_key("env")));
    let info = |m: &Model| {
        m.services[0].groups.iter().flat_map(|g| &g.records).find(|r| r.metric == "slo:info").unwrap().labels.clone()
    };
    assert_eq!((info(base).get("env"), info(staging).get("env").map(String::as_str)), (None, Some("staging")));
}

#[test]
fn labels_of_an_environment_hide_those_of_services_and_alerts() {
    let text = "environment staging {\n  labels { env = \"staging\", channel = \"#staging\" }\n}\nservice a {\n  labels { env = \"prod\" }\n  slo b 99.9% over 30d {\n    errors e\n    total t\n    page { channel = \"#prod\" }\n  }\n}\n";
    let analysis = analyze(text);
    let staging = &analysis.environments[0];
    for alert in staging.services[0].alerts() {
        let label = |name: &str| alert.labels.get(name).unwrap().as_str();
        assert_eq!((label("env"), label("channel")), ("staging", "#staging"));
    }
}

#[test]
fn what_is_wrong_everywhere_is_told_once_and_what_is_wrong_there_names_the_environment() {
    let text = "environment staging {\n  labels { env = \"staging\" }\n  a.b over 2h\n}\nenvironment test {\n  labels { env = \"test\" }\n}\nservice a {\n  slo b 99.9% over 30d {\n    ratio sum(rate(x[$window])) + y\n    policy fast\n  }\n}\npolicy fast {\n  page 14.4x burn over 1d confirmed over 2h\n}\n";
    let analysis = analyze(text);
    let shown = shown(&analysis);
    assert_eq!(shown.matches("W0403").count(), 1, "{shown}");
    let only: Vec<_> = analysis.diagnostics.iter().filter(|d| d.code.id != "W0403").collect();
    assert!(!only.is_empty(), "{shown}");
    for d in only {
        let lines: Vec<&str> =
            d.labels.iter().map(|l| l.span).chain([d.primary.span]).map(|s| analysis.sources.text(s)).collect();
        let names_it = d.labels.iter().any(|l| l.text == "in the environment `staging`") || lines.contains(&"2h");
        assert!(names_it, "{d:?}");
    }
}
