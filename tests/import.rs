//! Files of other tools and what becomes of them: each `tests/import/<tool>-<what>.yml` is imported, and the specs, the report
//! and the messages must be the `.answer` beside it. A first line `# options: rename events period=7d label=a=b` asks for
//! more. `UPDATE=1 cargo test --test import` rewrites the answers; read the difference before committing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Answers, Memory};
use sloc::diag::{codes, render};
use sloc::driver;
use sloc::import::{self, From, Imported, Options};
use sloc::model::Alert;
use sloc::units::Duration;

/// The cases, and the folder of each that has several files.
fn cases() -> Vec<PathBuf> {
    let entries =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import")).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<PathBuf> =
        entries.filter(|p| p.extension().is_some_and(|e| e == "yml" || e == "json")).collect();
    cases.sort();
    cases
}

fn tool(name: &str) -> From {
    match name.split(['-', '.']).next().unwrap() {
        "pyrra" => From::Pyrra,
        "openslo" => From::OpenSlo,
        "prometheus" => From::Prometheus,
        "grafana" => From::Grafana,
        _ => From::Sloth,
    }
}

/// The name of a case without its code.
fn bare(case: &Path) -> String {
    let name = case.file_name().unwrap().to_str().unwrap();
    name.split_once('_').map_or(name, |(_, rest)| rest).to_string()
}

fn options(from: From, text: &str) -> Options {
    let mut options = Options { rename: from.is_renamed(), version: Some("dev".into()), ..Options::default() };
    for word in text.lines().next().and_then(|l| l.strip_prefix("# options: ")).unwrap_or("").split(' ') {
        match word.split_once('=') {
            Some(("period", time)) => options.period = Duration::parse(time),
            Some(("label", pair)) => options.labels.extend(pair.split_once('=').map(|(n, v)| (n.into(), v.into()))),
            _ if word == "rename" => options.rename = true,
            _ if word == "keep" => options.rename = false,
            _ if word == "events" => options.events = true,
            _ if word == "generic" => options.generic = true,
            _ if word == "prometheus3" => options.prometheus3 = true,
            _ => {}
        }
    }
    options
}

fn import(from: From, name: &str, text: &str) -> Imported {
    import::import(from, vec![(name.to_string(), text.as_bytes().to_vec())], &options(from, text))
}

fn printed(imported: &Imported) -> String {
    let mut out = String::new();
    for (path, text) in &imported.specs {
        out += &format!("=== {path}\n{text}");
    }
    out += "=== report\n";
    for entry in &imported.report {
        out += &format!("{} {} ({})", entry.fate.name(), entry.what, entry.place);
        out += &if entry.note.is_empty() { "\n".to_string() } else { format!(": {}\n", entry.note) };
    }
    let format = render::Format::Human { color: false };
    out + "=== messages\n" + &render::render(&imported.diagnostics, &imported.sources, format)
}

fn program(specs: &[(String, String)]) -> Memory {
    Memory(specs.iter().map(|(path, text)| (format!("specs/{path}"), text.clone().into_bytes())).collect())
}

#[test]
fn every_case_gives_its_answer() {
    let mut answers = Answers::default();
    for case in cases() {
        let name = bare(&case);
        let imported = import(tool(&name), &name, &fs::read_to_string(&case).unwrap());
        let found: BTreeSet<&str> = imported.diagnostics.iter().map(|d| d.code.id).collect();
        let file = case.file_name().unwrap().to_str().unwrap();
        if let Some((code, _)) = file.split_once('_') {
            assert!(found.contains(code), "{file} reports {found:?}");
        }
        answers.hold(&case.with_extension("answer"), &printed(&imported));
    }
}

#[test]
fn what_is_written_is_formatted_and_compiles() {
    for case in cases() {
        let name = bare(&case);
        let imported = import(tool(&name), &name, &fs::read_to_string(&case).unwrap());
        for (path, text) in imported.specs.iter().filter(|(path, _)| path.ends_with(".slo")) {
            let formatted = sloc::fmt::format(sloc::source::FileId(0), text);
            assert_eq!(formatted.as_deref(), Ok(text.as_str()), "{name}: {path}");
        }
        let analysis = driver::analyze(&program(&imported.specs)).unwrap();
        let printed = render::render(&analysis.diagnostics, &analysis.sources, render::Format::Short);
        assert!(imported.specs.is_empty() || analysis.model.is_some(), "{name}:\n{printed}");
    }
}

#[test]
fn the_example_of_every_page_reports_its_code() {
    for code in codes::ALL.iter().filter(|c| c.id.starts_with("E071")) {
        let example = code.page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        let found: BTreeSet<&str> =
            import(From::Sloth, "example.yml", example).diagnostics.iter().map(|d| d.code.id).collect();
        assert!(found.contains(code.id), "the example of {} reports {found:?}", code.id);
    }
}

/// All rule files that specs compile to.
#[test]
fn a_name_that_only_prometheus_3_knows_stands_in_quotes() {
    let rules = "groups:\n- name: g\n  rules:\n  - record: 5xx\n    expr: up\n  - record: a.b\n    expr: up\n";
    let imported = import(From::Prometheus, "g.yml", rules);
    assert!(driver::analyze(&program(&imported.specs)).unwrap().model.is_some());
    let specs = printed(&imported);
    assert!(specs.contains("record \"5xx\" {") && specs.contains("record \"a.b\" {"), "{specs}");
}

fn rules(specs: &[(String, String)]) -> BTreeMap<String, String> {
    let Some(model) = driver::analyze(&program(specs)).unwrap().model else { return BTreeMap::new() };
    let artifacts = driver::emit(&model).into_iter();
    artifacts.filter(|a| a.path.ends_with(".rules.yml")).map(|a| (a.path, a.body)).collect()
}

#[test]
fn promtool_takes_what_the_specs_compile_to() {
    if !sandbox::has("promtool") {
        return;
    }
    let mut checked = 0;
    // MetricsQL is for another server.
    for case in cases().iter().filter(|c| !bare(c).contains("metricsql")) {
        let name = bare(case);
        let imported = import(tool(&name), &name, &fs::read_to_string(case).unwrap());
        let sandbox = sandbox::Sandbox::empty();
        for (path, body) in rules(&imported.specs) {
            sandbox.put(&path, &body);
            let output = Command::new("promtool").args(["check", "rules"]).arg(sandbox.path(&path)).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {said}\n{body}");
            checked += 1;
        }
    }
    assert!(checked >= 10, "only {checked} files");
}

/// Importing what was built from an import changes nothing any more.
#[test]
fn importing_what_was_built_is_stable() {
    for case in cases() {
        let name = bare(&case);
        let imported = import(tool(&name), &name, &fs::read_to_string(&case).unwrap());
        let again = |rules: &BTreeMap<String, String>| {
            let files = rules.iter().map(|(path, body)| (path.clone(), body.clone().into_bytes())).collect();
            import::import(From::Prometheus, files, &Options::default())
        };
        let built = rules(&imported.specs);
        let once = again(&built);
        let errors: Vec<_> = once.diagnostics.iter().filter(|d| d.is_error()).map(|d| &d.message).collect();
        if name.contains("metricsql") {
            continue;
        }
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let twice = again(&rules(&once.specs));
        assert_eq!(once.specs, twice.specs, "{name}");
        let verdict = import::verify(
            &once.specs,
            built.iter().map(|(path, body)| (path.clone(), body.clone().into_bytes())).collect(),
        );
        assert_eq!(verdict.differences, Vec::<String>::new(), "{name}");
    }
}

/// The dashboards that specs compile to, without those that are made for services.
fn boards(specs: &[(String, String)]) -> Vec<(String, Vec<u8>)> {
    let Some(model) = driver::analyze(&program(specs)).unwrap().model else { return Vec::new() };
    let is_own = |path: &str| path.starts_with("grafana/dashboards/") && !path.contains("/slo-");
    driver::emit(&model).into_iter().filter(|a| is_own(&a.path)).map(|a| (a.path, a.body.into_bytes())).collect()
}

/// Importing the dashboards that were built from an import changes nothing any more; what is kept as it is, is at once.
#[test]
fn importing_the_dashboards_that_were_built_is_stable() {
    let mut compared = 0;
    for case in cases().iter().filter(|c| bare(c).starts_with("grafana") && bare(c).ends_with(".json")) {
        let name = bare(case);
        let first = import(From::Grafana, &name, &fs::read_to_string(case).unwrap());
        let again = |specs: &[(String, String)]| import::import(From::Grafana, boards(specs), &Options::default());
        let second = again(&first.specs);
        let third = again(&second.specs);
        assert_eq!(second.specs, third.specs, "{name}");
        let kept = |imported: &Imported| -> BTreeSet<String> {
            imported.specs.iter().map(|(path, _)| path.clone()).filter(|p| p.ends_with(".json")).collect()
        };
        assert_eq!(kept(&first), kept(&second), "{name}");
        compared += kept(&first).len();
    }
    assert!(compared >= 2, "only {compared} dashboards are kept");
}

/// In Kubernetes, Pyrra's performance mode keeps one group in two resources: what differs is how often they are evaluated.
#[test]
fn a_group_that_is_split_over_files_is_compared_whole() {
    let case = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/pyrra-performance.yml"));
    let imported = import(From::Pyrra, "p.yml", &fs::read_to_string(case).unwrap());
    let made = fs::read_to_string(case.with_extension("rules")).unwrap();
    let at = made.find("      - record: orders:increase4w").unwrap();
    let head = "groups:\n  - name: orders-errors-increase\n    interval: 2m30s\n    rules:\n";
    let first = made[..at].replace("interval: 2m30s", "interval: 30s");
    let files =
        vec![("short.yml".into(), first.into_bytes()), ("long.yml".into(), (head.to_string() + &made[at..]).into())];
    let verdict = import::verify(&imported.specs, files);
    let differences: Vec<&str> = verdict.differences.iter().map(|d| d.lines().next().unwrap()).collect();
    assert!(differences.len() == 4 && differences.iter().all(|d| d.ends_with(": interval")), "{differences:?}");
}

/// What `emit openslo` says of objectives of every kind is read as the same objectives, with the same tiers.
#[test]
fn what_is_exported_comes_back() {
    let text = r#"
project acme { emit openslo }
policy strict { page 10x burn over 1h confirmed over 5m
  ticket 2x burn over 1d confirmed over 2h for 1h }
service shop {
  title "The shop"
  slo errors 99.9% over 30d { errors orders_failed_total{kind="a b"}
    total orders_total }
  slo good 99.5% over 7d { good sum(rate(mails_sent_total[$window]))
    total sum(rate(mails_total[$window]))
    policy strict }
  slo latency 99% over calendar month in "Europe/Berlin" { histogram http_seconds{job="x"} within 300ms }
  slo ratio 95% over 28d { ratio 1 - avg_over_time(quality[$window])
    page off
    ticket off }
  slo up 99% over calendar week { up up{job="x"}
    policy strict }
  slo queue 99% over 30d { value max(queue_length)
    good below 500 each 5m }
}
"#;
    let facts = |text: &[(String, String)]| {
        let analysis = driver::analyze(&program(text)).unwrap();
        let printed = render::render(&analysis.diagnostics, &analysis.sources, render::Format::Short);
        let model = analysis.model.unwrap_or_else(|| panic!("{printed}"));
        let mut facts = Vec::new();
        for slo in model.services.iter().flat_map(|s| &s.slos) {
            facts.push(format!("{} {} {} {:?}", slo.name, slo.objective.percent(), slo.period, slo.calendar));
        }
        let alerts = model.services.iter().flat_map(|s| &s.groups).flat_map(|g| &g.alerts);
        // OpenSLO cannot say that events are those of a histogram, which has all of its buckets or none.
        let query = |a: &Alert| a.condition.query().replace("absent(slo:sli_errors:", "absent(slo:sli_total:");
        facts.extend(alerts.map(|a| format!("{} {} {}", a.id, query(a), a.hold)));
        (facts, model)
    };
    let (before, model) = facts(&[("shop.slo".to_string(), text.to_string())]);
    let exported = driver::emit(&model).into_iter().filter(|a| a.path.starts_with("openslo/"));
    let files: Vec<_> = exported.map(|a| (a.path, a.body.into_bytes())).collect();
    assert_eq!(files.len(), 1);
    let options = Options { rename: true, ..Options::default() };
    let imported = import::import(From::OpenSlo, files, &options);
    assert!(imported.diagnostics.is_empty() && imported.report.iter().all(|e| e.note != "see the messages"));
    assert_eq!(facts(&imported.specs).0, before, "{}", printed(&imported));
}

/// Cases with the rules that the tool itself makes of them, beside them in a `.rules` file, rule by rule.
#[test]
fn rules_are_those_that_the_tool_makes() {
    let mut rules = 0;
    for case in cases().iter().filter(|c| c.with_extension("rules").exists()) {
        let name = bare(case);
        let imported = import(tool(&name), &name, &fs::read_to_string(case).unwrap());
        let made = vec![(name.clone(), fs::read(case.with_extension("rules")).unwrap())];
        let chosen = import::as_made(tool(&name), Options::default(), &made);
        assert!(chosen.generic && chosen.prometheus3, "{name}: what was asked for shows in the rules");
        let verdict = import::verify(&imported.specs, made);
        assert_eq!(verdict.differences, Vec::<String>::new(), "{name}");
        rules += verdict.equal;
    }
    assert_eq!(rules, 83);
}

/// The real files of other tools with what these generate, where they are there.
fn conformance(folder: &str, from: From, options: &Options) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance").join(folder);
    let specs = root.join(if folder == "sloth" { "examples" } else { "specs" });
    let Ok(entries) = fs::read_dir(specs) else {
        eprintln!("skipped: there is no {}", root.display());
        return 0;
    };
    let mut rules = 0;
    for path in entries.map(|e| e.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let imported = import::import(from, vec![(name.clone(), fs::read(&path).unwrap())], options);
        let printed = render::render(&imported.diagnostics, &imported.sources, render::Format::Short);
        assert!(!imported.diagnostics.iter().any(sloc::diag::Diagnostic::is_error), "{printed}");
        let theirs = fs::read(root.join("expected").join(&name)).unwrap();
        let verdict = import::verify(&imported.specs, vec![(name.clone(), theirs)]);
        assert_eq!(verdict.differences, Vec::<String>::new(), "{name}");
        rules += verdict.equal;
    }
    rules
}

/// Each example of OpenSLO's own specification is read, or refused with a message that has its place.
#[test]
fn examples_of_openslo_are_read_or_refused_with_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/openslo");
    let Ok(entries) = fs::read_dir(&root) else { return eprintln!("skipped: there is no {}", root.display()) };
    for path in entries.map(|e| e.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let imported = import(From::OpenSlo, &name, &fs::read_to_string(&path).unwrap());
        let refused = imported.report.iter().any(|e| e.note == "see the messages");
        assert!(!imported.report.is_empty(), "{name} is passed over in silence");
        assert_eq!(
            refused,
            imported.diagnostics.iter().any(sloc::diag::Diagnostic::is_error),
            "{}",
            printed(&imported)
        );
        assert!(refused || imported.specs.iter().any(|(_, text)| text.contains("  slo ")), "{}", printed(&imported));
    }
}

#[test]
fn examples_of_sloth_compile_to_its_own_rules() {
    let labels = vec![("cmd".to_string(), "examplesgen.sh".to_string())];
    let options = Options { labels, version: Some("dev".into()), ..Options::default() };
    let rules = conformance("sloth", From::Sloth, &options);
    assert!(rules == 0 || rules == 330, "{rules} rules are equal");
}

#[test]
fn examples_of_pyrra_compile_to_its_own_rules() {
    let rules = conformance("pyrra", From::Pyrra, &Options::default());
    assert!(rules == 0 || rules > 150, "{rules} rules are equal");
}

/// The examples of the specification itself: none can be compiled, each for a reason that is said at its place.
#[test]
fn examples_of_openslo_are_refused_with_the_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/openslo");
    for (name, code, reason, times) in [
        ("occurences-slo.yaml", "E0715", "queries of `Any` are no PromQL", 1),
        ("ratio-timeslices.yaml", "E0715", "queries of `Any` are no PromQL", 2),
        ("timeslices-slo.yaml", "E0713", "a time window of `1m` is 1m", 1),
    ] {
        let Ok(text) = fs::read_to_string(root.join(name)) else {
            return eprintln!("skipped: there is no {}", root.display());
        };
        let imported = import(From::OpenSlo, name, &text);
        let said: Vec<(&str, &str)> = imported.diagnostics.iter().map(|d| (d.code.id, d.message.as_str())).collect();
        assert_eq!(said, vec![(code, reason); times], "{name}");
    }
}

/// A refused document never stops the others.
#[test]
fn what_is_wrong_stands_alone() {
    let bad = "version: prometheus/v9\n---\n";
    let good = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/sloth-shop.yml")).unwrap();
    let both = import(From::Sloth, "both.yml", &format!("{bad}{good}"));
    let alone = import(From::Sloth, "both.yml", &good);
    assert_eq!(both.specs, alone.specs);
    assert_eq!(both.diagnostics.len(), 1 + alone.diagnostics.len());
}

#[test]
fn the_command_writes_verifies_and_never_overwrites() {
    let sandbox = sandbox::Sandbox::empty();
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/sloth-shop.yml");
    sandbox.put("in/shop.yml", &fs::read_to_string(case).unwrap());
    sandbox.run("import sloth in --dry-run").exits(0);
    assert!(!sandbox.path("specs").exists());
    sandbox.run("import sloth in").exits(0).says("exact");
    sandbox.run("build").exits(0);
    sandbox.run("import sloth in").exits(2).says("already");
    sandbox.run("import sloth in --verify out/prometheus").exits(0).says("0 different");
    sandbox.run("import sloth in --verify out/prometheus --label a=b").exits(1);
    // What the tool was told beside its specs shows in all of its rules.
    sandbox.run("import sloth in --out told --label cmd=ours").exits(0);
    sandbox.run("build --specs told --out theirs").exits(0);
    sandbox.run("import sloth in --verify theirs/prometheus").exits(1).says("tell it here, too: --label cmd=ours");
    sandbox.run("import pyrra in").exits(1).says("none of Pyrra's");
    sandbox.run("import sloth nowhere").exits(2).says("there is no");
}
