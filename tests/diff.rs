//! What a reviewer is told: each `tests/diff/<case>/` holds a spec before and after, and the answer for a terminal and
//! for a pull request. `UPDATE=1 cargo test --test diff` rewrites the answers; read the difference before committing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Answers, Memory};
use proptest::prelude::*;
use sloc::diff::{Change, Class, Danger, annotate, diff, diff_all, render};
use sloc::driver;
use sloc::model::Model;

fn model(text: &str) -> Model {
    models(text).0
}

/// The program as it is, and its environments.
fn models(text: &str) -> (Model, Vec<Model>) {
    models_of(&Memory::one(text.as_bytes()))
}

fn models_of(program: &Memory) -> (Model, Vec<Model>) {
    let analysis = driver::analyze(program).unwrap();
    let format = sloc::diag::render::Format::Short;
    let wrong = sloc::diag::render::render(&analysis.diagnostics, &analysis.sources, format);
    let model = analysis.model.unwrap_or_else(|| panic!("{wrong}"));
    (model, analysis.environments)
}

fn report(changes: Vec<Change>) -> render::Report {
    render::Report { old: "before".into(), new: "after".into(), changes, left_out: Vec::new() }
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diff")).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// What is told of a case, and of the same backwards.
fn both(case: &Path) -> [Vec<Change>; 3] {
    let read = |name: &str| models_of(&Memory::beside(&case.join(name)));
    let (old, new) = (read("old.slo"), read("new.slo"));
    let catalog = |name: &str| driver::salvage(&Memory::beside(&case.join(name))).unwrap().catalog;
    let (known, knows) = (catalog("old.slo"), catalog("new.slo"));
    let told = |a: &(Model, Vec<Model>), b: &(Model, Vec<Model>)| diff_all((&a.0, &a.1), (&b.0, &b.1));
    let (mut there, mut back) = (told(&old, &new), told(&new, &old));
    annotate(&mut there, &known, &knows);
    annotate(&mut back, &knows, &known);
    [there, back, told(&new, &new)]
}

#[test]
fn every_case_has_its_answer() {
    let mut answers = Answers::default();
    for case in cases() {
        let [changes, ..] = both(&case);
        let report = report(changes);
        for (name, text) in [("human.txt", render::human(&report, false)), ("markdown.md", render::markdown(&report))] {
            answers.hold(&case.join(name), &text);
        }
    }
}

#[test]
fn the_documentation_lists_every_class_in_order() {
    let page = include_str!("../docs/review.md");
    let danger = |class: &Class| match class.danger() {
        Danger::High => "danger",
        Danger::Some => "look",
        Danger::None => "fine",
    };
    let line = |class: &Class| format!("| `{}` | {} | {} |\n", class.name(), danger(class), class.meaning());
    let table: String = Class::ALL.iter().map(line).collect();
    assert!(page.contains(&table), "docs/review.md wants this table:\n{table}");
}

/// What a change is, without its words, which differ by direction: class, places, and values by name.
type Bare = (String, Option<String>, Option<String>, Vec<(Option<String>, Option<String>)>);

fn bare(change: &Change, backwards: bool) -> Bare {
    let class = if backwards { change.class.mirror() } else { change.class };
    let place = |o: &Option<sloc::model::Origin>| o.as_ref().map(ToString::to_string);
    let (mut from, mut to) = (place(&change.from), place(&change.to));
    let mut facts: Vec<_> = change.facts.iter().map(|f| (f.old.clone(), f.new.clone())).collect();
    if backwards {
        (from, to) = (to, from);
        facts = facts.into_iter().map(|(old, new)| (new, old)).collect();
    }
    facts.sort();
    (class.name().to_string(), from, to, facts)
}

fn sorted(changes: &[Change], backwards: bool) -> Vec<Bare> {
    let mut all: Vec<Bare> = changes.iter().map(|c| bare(c, backwards)).collect();
    all.sort();
    all
}

#[test]
fn every_case_told_backwards_is_its_mirror() {
    for case in cases() {
        let [told, backwards, same] = both(&case);
        assert_eq!(sorted(&told, false), sorted(&backwards, true), "{}", case.display());
        assert_eq!(same, Vec::new(), "{}", case.display());
    }
}

/// One objective of a made-up program.
#[derive(Clone, Debug)]
struct Made {
    service: usize,
    slo: usize,
    objective: usize,
    period: usize,
    by: usize,
    query: usize,
    extra: usize,
    policy: usize,
}

fn made() -> impl Strategy<Value = Made> {
    (0..3usize, 0..4usize, 0..3usize, 0..3usize, 0..3usize, 0..4usize, 0..7usize, 0..5usize).prop_map(
        |(service, slo, objective, period, by, query, extra, policy)| Made {
            service,
            slo,
            objective,
            period,
            by,
            query,
            extra,
            policy,
        },
    )
}

/// A program of these objectives; of those with the same name the last counts.
fn program(made: &[Made], setting: usize) -> String {
    let mut services: BTreeMap<usize, BTreeMap<usize, &Made>> = BTreeMap::new();
    for one in made {
        services.entry(one.service).or_default().insert(one.slo, one);
    }
    let pick = |list: &[&str], index: usize| list[index % list.len()].to_string();
    let mut text =
        pick(&["", "project p { every 1m }\n", "project p { grafana \"https://g.example.com\" }\n"], setting);
    text += "team a \"A\"\nteam b \"B\"\n";
    text += "policy one {\n  page 2% of budget in 1h confirmed over 5m\n  ticket 1x burn over 1d\n}\n";
    text += "policy two {\n  page 4% of budget in 1h confirmed over 5m for 5m\n  ticket 1x burn over 12h\n}\n";
    text += "policy three {\n  ticket 2% of budget in 1h confirmed over 5m\n  ticket 2x burn over 1d\n}\n";
    for (service, slos) in services {
        let extra = slos.values().next().unwrap().extra;
        let header = pick(
            &["", "  owner a\n", "  owner b\n  tier 2\n", "  labels { area = \"x\" }\n", "  title \"T\"\n"],
            extra,
        );
        text += &format!("service s{service} {{\n{header}");
        for (slo, m) in slos {
            let by = pick(&["", " by region", " by region, zone"], m.by);
            let metric = pick(&["a", "b", "c", "d"], m.query);
            let body = pick(
                &[
                    "",
                    "    page off\n",
                    "    ticket { k = \"v\" }\n",
                    "    no-traffic good\n",
                    "    no-traffic bad\n",
                    "    exclude when m == 1\n",
                    "    runbook \"\"\"\n      do it\n    \"\"\"\n",
                ],
                m.extra,
            );
            let policy = pick(
                &["", "    policy one\n", "    policy two\n", "    policy three\n", "    at-least 100 events per 1h\n"],
                m.policy,
            );
            text += &format!(
                "  slo o{slo} {} over {}{by} {{\n    errors {metric}_total{{code=\"500\"}}\n    total {metric}_total\n{body}{policy}  }}\n",
                pick(&["99%", "99.5%", "99.9%"], m.objective),
                pick(&["30d", "28d", "7d"], m.period),
            );
        }
        text += &pick(
            &[
                "",
                "  alert x {\n    value a_size\n    warning above 5 for 1m\n    critical above 9\n  }\n",
                "  alert x {\n    value a_size\n    warning above 5 for 2m\n    critical above 8\n  }\n",
                "  alert x {\n    value a_size\n    info above 5 for 1m\n  }\n",
                "  alert y {\n    value a_size\n    critical below 5\n  }\n  alert x {\n    when b_size > 1\n    warning\n  }\n",
            ],
            extra + service,
        );
        text += "}\n";
    }
    text + &pick(&["", "contact n slack url env(U)\nroute { severity page -> n  otherwise -> n }\n"], setting)
}

/// All files without the spec lines they name, which may move without anything else.
fn files(model: &Model) -> Vec<(String, String)> {
    let without = |line: &str| line.split("main.slo:").next().unwrap_or_default().to_string();
    let body = |text: &str| text.lines().map(without).collect::<Vec<_>>().join("\n");
    driver::emit(model).into_iter().map(|a| (a.path, body(&a.body))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_differs_from_itself_and_backwards_is_the_mirror(
        old in prop::collection::vec(made(), 0..5), new in prop::collection::vec(made(), 0..5), same in any::<bool>(), settings in (0..3usize, 0..3usize),
    ) {
        // Half of the pairs share most of their objectives, as two revisions do.
        let new = if same { old.iter().skip(1).chain(new.first()).cloned().collect() } else { new };
        let (old, new) = (model(&program(&old, settings.0)), model(&program(&new, settings.1)));
        let changes = diff(&old, &new);
        prop_assert_eq!(diff(&old, &old), Vec::new());
        prop_assert_eq!(sorted(&changes, false), sorted(&diff(&new, &old), true));
        if changes.is_empty() {
            prop_assert_eq!(files(&old), files(&new), "other files, and not a word about it");
        }
        let report = report(changes);
        prop_assert!(render::markdown(&report).len() <= render::LIMIT);
        serde_json::from_str::<serde_json::Value>(&render::json(&report)).unwrap();
    }
}

/// Specs that need no other file: those of the tests whose answer is more than messages.
fn whole_specs() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut paths: Vec<PathBuf> = cases().into_iter().map(|case| case.join("new.slo")).collect();
    for dir in ["golden", "engine", "grafana", "systems"] {
        let entries = fs::read_dir(here.join(dir)).into_iter().flatten().map(|e| e.unwrap().path());
        paths.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "slo")));
    }
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Everything that the models of a program hold, but for the spec lines it comes from.
fn held(text: &str) -> Option<(String, (Model, Vec<Model>))> {
    let analysis = driver::analyze(&Memory::one(text.as_bytes())).unwrap();
    let models = (analysis.model?, analysis.environments);
    let lines = regex::Regex::new(r"(?m)(line: |main\.slo:)\d+").unwrap();
    Some((lines.replace_all(&format!("{models:#?}"), "$1").into_owned(), models))
}

/// Other texts than `line` that may stand in its place.
fn mutants(line: &str) -> Vec<String> {
    let number = line.find(|c: char| c.is_ascii_digit()).map(|at| format!("{}1{}", &line[..at], &line[at..]));
    let word = line.rfind('"').map(|at| format!("{}x{}", &line[..at], &line[at..]));
    [Some(String::new()), number, word].into_iter().flatten().collect()
}

#[test]
fn whatever_a_line_changes_in_the_model_is_told() {
    let (mut told, mut tried) = (0, 0);
    for spec in whole_specs() {
        let Some((before, old)) = held(&spec) else { continue };
        let lines: Vec<&str> = spec.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            for mutant in mutants(line) {
                tried += 1;
                // One in three, each time the same: all of them take minutes.
                if tried % 3 != 0 && std::env::var_os("EVERY_LINE").is_none() {
                    continue;
                }
                let mut lines = lines.clone();
                lines[index] = &mutant;
                let text = lines.join("\n") + "\n";
                let Some((now, new)) = held(&text) else { continue };
                let changes = diff_all((&old.0, &old.1), (&new.0, &new.1));
                if now != before {
                    told += 1;
                    assert!(!changes.is_empty(), "not a word about `{line}` → `{mutant}` in\n{spec}");
                } else {
                    assert_eq!(changes, Vec::new(), "`{line}` → `{mutant}` in\n{spec}");
                }
            }
        }
    }
    assert!(told > 100, "only {told} of {tried} were changes");
}

#[test]
fn a_huge_change_fits_into_a_comment_folds_what_is_too_long_and_counts_what_does_not_fit() {
    let spec = |objective: &str| {
        let one = |i: usize| {
            format!(
                "service s{i} {{\n  slo a {objective} over 30d {{\n    errors e{{job=\"{i}\"}}\n    total t{{job=\"{i}\"}}\n  }}\n}}\n"
            )
        };
        (0..400).map(one).collect::<String>()
    };
    let changes = diff(&model(&spec("99.9%")), &model(&spec("99.5%")));
    assert_eq!(changes.len(), 400);
    let text = render::markdown(&report(changes));
    assert!(text.len() <= render::LIMIT && text.len() > render::LIMIT / 2, "{}", text.len());
    let whole = text.matches("🔴 **loosened**").count();
    let short = text.matches("\n- 🔴 loosened: `s").count();
    assert!(whole > 50 && short > 100, "{whole}, {short}");
    let left = 400 - whole - short;
    assert!(
        text.ends_with(&format!("no room for more: {left} loosened. `sloc diff` shows all.\n")),
        "{whole}, {short}"
    );
    assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
}

/// Texts that mean something to Markdown, to HTML, to GitHub or to GitLab.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "|",
        "\\|",
        "\\",
        "<b>",
        "</details>",
        "<!--",
        "&lt;",
        "@everyone",
        "@a/b",
        "#1",
        "!2",
        "https://evil.example.com",
        "[x](y)",
        "![x](y)",
        "**",
        "_",
        "- ",
        "> ",
        "# ",
        "    ",
        "\u{202e}",
        "\u{200b}",
        "\u{7f}",
        "\t",
        "a",
        " ",
        "é",
        "😀",
        "$x$",
        ":+1:",
        "diff\n+",
        "==",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..12).prop_map(|p| p.concat()), any::<String>()]
}

/// What a reader of a comment is shown outside of code, and the HTML in it.
fn outside_code(markdown: &str) -> (String, Vec<String>) {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let (mut text, mut html, mut in_code) = (String::new(), Vec::new(), false);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(words) if !in_code => text += &words,
            Event::Html(tag) | Event::InlineHtml(tag) => html.push(tag.trim().to_string()),
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::Heading { .. } | Tag::List(_) | Tag::Strikethrough,
            ) => panic!("{markdown}"),
            _ => {}
        }
    }
    (text, html)
}

/// A string as the language writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_users_write_takes_no_effect_in_a_comment(title in hostile(), label in hostile(), about in hostile()) {
        prop_assume!(!label.is_empty());
        let spec = |title: &str, label: &str, about: &str| model(&format!(
            "service s {{\n  title {}\n  labels {{ a = {} }}\n  slo o 99% over 30d {{\n    about {}\n    errors e\n    total t\n  }}\n}}\n",
            quoted(title), quoted(label), quoted(about),
        ));
        let changes = diff(&spec("before", "before", "before"), &spec(&title, &label, &about));
        let comment = render::markdown(&report(changes));
        let (text, html) = outside_code(&comment);
        for sign in ["@", "#", "evil", "<b", "![", "\u{202e}", "😀", "~~", "$"] {
            prop_assert!(!text.contains(sign), "{sign} in {text}\n{comment}");
        }
        for tag in &html {
            let ours = ["<details>", "<details open>", "</details>", render::MARK].contains(&tag.as_str()) || tag.starts_with("<summary><b>s</b>: ");
            prop_assert!(ours, "{tag}\n{comment}");
        }
        let terminal = render::human(&report(diff(&spec("a", "a", "a"), &spec(&title, &label, &about))), false);
        let obeyed = terminal.contains(['\u{202e}', '\u{1b}', '\u{7f}', '\t']);
        prop_assert!(!obeyed, "{terminal:?}");
    }
}
