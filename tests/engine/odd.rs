//! The tests that the compiler writes pass for whatever it accepts: made-up programs with odd windows, odd selectors,
//! odd numbers. A test that failed on a right rule would stop somebody's build.

use std::collections::BTreeSet;
use std::path::Path;

use sloc::driver;
use sloc::model::Model;

use super::common::Memory;
use super::programs::have;
use super::{project, promtool};

/// Numbers that look as if by chance, the same in every run (Knuth's linear congruences).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

const OBJECTIVES: &[&str] =
    &["50%", "66.6%", "90%", "93.3%", "95%", "99%", "99.5%", "99.9%", "99.95%", "99.97%", "99.99%", "99.999%"];
const PERIODS: &[&str] = &["1d", "5d7h", "7d", "28d", "30d", "30d", "30d", "90d"];
const LONG: &[&str] = &["15m", "20m", "45m", "1h", "90m", "2h", "6h", "11h", "13h", "1d", "2d", "3d"];
const SHORT: &[&str] = &["2m", "5m", "6m", "7m", "10m", "30m", "1h", "2h", "5h"];
const HOLDS: &[&str] = &["", "", "", " for 2m", " for 30m", " for 1h", " for 100m"];
const MATCHERS: &[&str] = &[
    r#"code=~"5..""#,
    r#"code=~"(4|5)[0-9]{2}", path!~"/health|/ready""#,
    r#"code!~"[1-4]..""#,
    r#"result="failed""#,
    r#"result!="ok""#,
    r#"result!="""#,
    r#"result=~"(?i)fail(ed|ure)?|.*timeout.*""#,
    r#"result=~".+", code!="200""#,
    r#"text="a \"quoted\" \\ text", code=~"5\\d+""#,
    r#"zone=~"[a-c]-\\w+", code="500""#,
];

/// A query that counts the events a selector selects, in one of the ways people write it.
fn counted(chance: &mut Chance, selector: &str, by: &str, whole: bool) -> String {
    let sum = if by.is_empty() { "sum".to_string() } else { format!("sum by ({by})") };
    match if whole { chance.below(4) } else { 0 } {
        0 | 1 => selector.to_string(),
        2 => format!("{sum} (increase({selector}[$window]))"),
        _ => format!("{sum} (rate({selector}[$window]))"),
    }
}

fn sli(chance: &mut Chance, slo: usize, by: &str) -> String {
    let base = chance.of(&["job=\"a\"", "job=~\"a|b\"", "job!~\"x.*\", team=\"t\""]);
    let more = chance.of(MATCHERS);
    // Some objectives share a metric, and so each other's counters.
    let metric = if chance.once_in(3) { "shared_events_total".to_string() } else { format!("events_{slo}_total") };
    let whole = chance.once_in(2);
    let total = counted(chance, &format!("{metric}{{{base}}}"), by, whole);
    let part = counted(chance, &format!("{metric}{{{base}, {more}}}"), by, whole);
    match chance.below(12) {
        0..3 => format!("errors {part}\n    total {total}"),
        3 | 4 => format!("good {part}\n    total {total}"),
        5 => format!("errors failed_{slo}_total{{{base}}}\n    total tried_{slo}_total{{{base}}}"),
        6 => format!("good done_{slo}_total{{{base}}}\n    total tried_{slo}_total{{{base}}}"),
        8 => format!("up alive_{slo}{{{base}}}"),
        9 => format!(
            "value load_{slo}{{{base}}}\n    good {} each {}",
            chance.of(&["below 0.2", "above 5", "between 1 and 5"]),
            chance.of(&["30s", "1m", "2m", "5m"])
        ),
        10 => {
            let max = if by.is_empty() { "max".to_string() } else { format!("max by ({by})") };
            format!("value {max} (load_{slo}{{{base}}})\n    good below 3")
        }
        7 => format!("histogram seconds_{slo}{{{base}}} within {}", chance.of(&["300ms", "1s", "2.5s", "10s"])),
        _ => {
            let (a, b) = (format!("a_{slo}_total{{{base}}}"), format!("b_{slo}_total{{{base}}}"));
            let sum = if by.is_empty() { "sum".to_string() } else { format!("sum by ({by})") };
            let both = format!("{sum} (rate({a}[$window])) + {sum} (rate({b}[$window]))");
            format!("errors {sum} (rate({a}[$window]))\n    total {both}")
        }
    }
}

fn policy(chance: &mut Chance, name: &str) -> String {
    let mut text = format!("policy {name} {{\n");
    for _ in 0..1 + chance.below(4) {
        let urgency = chance.of(&["page", "ticket"]);
        let share = chance.of(&["0.5%", "1%", "2%", "3.3%", "7%", "10%", "25%"]);
        let (long, short, hold) = (chance.of(LONG), chance.of(SHORT), chance.of(HOLDS));
        text.push_str(&format!("  {urgency} {share} of budget in {long} confirmed over {short}{hold}\n"));
    }
    text + "}\n"
}

fn slo(chance: &mut Chance, index: usize, policies: usize) -> String {
    let by = if chance.once_in(4) { "region" } else { "" };
    let (objective, period) = (chance.of(OBJECTIVES), chance.of(PERIODS));
    let split = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let mut text = format!("  slo o{index} {objective} over {period}{split} {{\n    {}\n", sli(chance, index, by));
    if chance.once_in(2) {
        text.push_str(&format!("    policy p{}\n", chance.below(policies)));
    }
    if chance.once_in(4) {
        let (events, per) = (chance.of(&["3", "20", "1000", "123456"]), chance.of(&["1h", "1d"]));
        text.push_str(&format!("    at-least {events} events per {per}\n"));
    }
    if chance.once_in(4) {
        text.push_str(&format!("    no-traffic {}\n", chance.of(&["good", "bad", "ignore"])));
    }
    if chance.once_in(6) {
        let own = if by.is_empty() { "" } else { "{region=~\".+\"}" };
        text.push_str(&format!("    exclude when maintenance{own} == 1\n"));
    }
    text + "  }\n"
}

/// A service; its objectives one by one, so that one that is refused can be left out.
fn service(chance: &mut Chance, name: &str) -> String {
    let every = chance.of(&["30s", "30s", "1m"]);
    let mut text = format!("project odd {{ every {every}\n  scrape 15s }}\n");
    let policies: String = (0..3).map(|p| policy(chance, &format!("p{p}"))).collect();
    text.push_str(&policies);
    let mut slos = String::new();
    for index in 0..8 {
        let one = slo(chance, index, 3);
        let alone = format!("{text}service {name} {{\n{one}}}\n");
        if driver::analyze(&Memory::one(alone.as_bytes())).unwrap().model.is_some() {
            slos.push_str(&one);
        }
    }
    format!("{text}service {name} {{\n{slos}{}}}\n", journey(&slos))
}

/// A composite of the first objectives that are not split.
fn journey(slos: &str) -> String {
    let plain = slos.lines().filter(|l| l.starts_with("  slo") && !l.contains(" by "));
    let names: Vec<String> = plain.map(|l| format!("odd.{}", l.split(' ').nth(3).unwrap())).take(3).collect();
    if names.len() < 2 {
        return String::new();
    }
    format!("  slo journey 99% over 30d {{\n    all of {}\n  }}\n", names.join(", "))
}

/// The program of a seed.
pub fn program(seed: u64) -> String {
    service(&mut Chance(seed), "odd")
}

#[test]
fn tests_pass_for_whatever_is_accepted() {
    if !have("promtool") {
        return;
    }
    let seeds = std::env::var("SLOC_ODD").map_or(12, |n| n.parse().unwrap());
    let mut built = 0;
    for seed in 0..seeds {
        let program = Memory::one(program(seed).as_bytes());
        let model = driver::analyze(&program).unwrap().model;
        let Some(model) = model.filter(|m| m.services.iter().any(|s| !s.slos.is_empty())) else { continue };
        recorded_once(&model, seed);
        let out = project::build(&program);
        check(out.path(), seed);
        built += 1;
    }
    assert!(built * 2 > seeds, "only {built} of {seeds} programs were accepted");
}

/// No two rules record the same series: one would be lost at every evaluation.
fn recorded_once(model: &Model, seed: u64) {
    let mut seen = BTreeSet::new();
    for record in model.services.iter().flat_map(|s| &s.groups).flat_map(|g| &g.records) {
        for id in record.of.iter() {
            assert!(seen.insert((&record.metric, id)), "seed {seed}: {} of {id} is recorded twice", record.metric);
        }
    }
}

fn check(out: &Path, seed: u64) {
    eprintln!("seed {seed}");
    promtool("check", &project::named(out, "prometheus", ".rules.yml"), out);
    promtool("test", &project::named(out, "prometheus/tests", ".yml"), out);
}
