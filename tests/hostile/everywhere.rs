//! One hostile text in every place of a program, for every target: each file is read back as its reader reads it, and wherever
//! the text begins, all of it stands there, and nothing in it is alive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use sloc::promql::{self, Dialect, Expr, Kind};
use sloc::source::{FileId, Span};

use super::{build, folded, quoted, terraform, text, words};

/// A program that asks for everything, with the text of a number in place of each `«n»`.
const EVERYTHING: &str = include_str!("everything.slo");

/// The texts by their numbers: each says which it is, so that a file cannot show one for another.
fn texts(hostile: &str) -> BTreeMap<usize, String> {
    // Folders have names of one line without a slash; the rest of a text is the same.
    let title: String = hostile.chars().filter(|c| !c.is_control() && *c != '/').take(40).collect();
    let plain = hostile.replace(['{', '}'], "");
    let text = |n: usize| match n {
        10..20 => format!("{n}zq{title}qz"),
        // A template's value in `=~` is a pattern.
        20..25 => regex_syntax::escape(&format!("{n}zq{hostile}qz")),
        // vmalert takes braces in labels of recorded series for templates: E0515.
        31 | 55 => format!("{n}zq{}qz", hostile.replace("{{", "{ ")),
        // Braces in what an alert says name labels, and on a dashboard a dollar names a variable.
        25 | 26 => format!("{n}zq{plain}qz"),
        40..55 => format!("{n}zq{}qz", plain.replace(['$', '['], "")),
        _ => format!("{n}zq{hostile}qz"),
    };
    (10..80).map(|n| (n, text(n))).collect()
}

fn program(texts: &BTreeMap<usize, String>) -> String {
    texts.iter().fold(EVERYTHING.to_string(), |spec, (n, text)| spec.replace(&format!("«{n}»"), &quoted(text)))
}

/// Every text of a document, with the keys that lead to it.
fn strings<'v>(value: &'v Value, keys: &mut Vec<&'v str>, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) => found.push((keys.join("/"), text)),
        Value::Array(items) => items.iter().for_each(|v| strings(v, keys, found)),
        Value::Object(entries) => {
            // What a rule records has labels, too, but no templates in them.
            let recorded = entries.contains_key("record");
            keys.extend(recorded.then_some("recorded"));
            for (key, value) in entries {
                // A text that is a key, too, is at its own place.
                found.push((format!("{}/key", keys.join("/")), key));
                keys.push(key);
                strings(value, keys, found);
                keys.pop();
            }
            if recorded {
                keys.pop();
            }
        }
        _ => {}
    }
}

fn documents(path: &str, body: &str) -> Vec<Value> {
    if path.ends_with(".json") {
        return vec![serde_json::from_str(body).unwrap()];
    }
    let read = |d| serde_json::to_value(serde_yaml::Value::deserialize(d).unwrap()).unwrap();
    serde_yaml::Deserializer::from_str(body).map(read).collect()
}

/// What Go's templates print; what they fill in is one sign.
fn printed(template: &str) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").unwrap_or_else(|| panic!("an action without end: {template:?}"));
        out += before;
        out += action.strip_prefix('"').and_then(|a| a.strip_suffix('"')).unwrap_or("\u{fffc}");
        rest = after;
    }
    out + rest
}

/// What a reader makes of a text at its place in a file.
fn read(path: &str, keys: &str, text: &str) -> String {
    let said = (keys.contains("/labels/") || keys.contains("/annotations/")) && !keys.contains("recorded");
    let top = path.split('/').next().unwrap();
    match top {
        "terraform" if said => printed(&terraform(text)),
        "terraform" => terraform(text),
        "grafana" if path.contains("/alerting/") && keys.contains("/annotations/") => printed(text),
        "grafana" if path.contains("/alerting/") && said => printed(&text.replace("$$", "$")),
        "grafana" if path.contains("/provisioning/") => text.replace("$$", "$"),
        "prometheus" | "victoria" | "mimir" | "cortex" | "thanos" | "shards" if said => printed(text),
        "kubernetes" if said && path.contains("/rules/") => printed(text),
        _ => text.to_string(),
    }
}

/// The numbers of the texts that stand in `shown`; fails where one is not whole.
fn whole(shown: &str, texts: &BTreeMap<usize, String>, place: &str) -> BTreeSet<usize> {
    let number = |at: usize| shown.get(at.wrapping_sub(2)..at).and_then(|n| n.parse::<usize>().ok());
    let one = |(at, _): (usize, &str)| {
        // The end of a text, `zqz`, is no beginning of one.
        let n = number(at)?;
        // What a pattern is tested with is what it matches.
        let matched = (20..25).contains(&n) && place.contains("/tests/");
        let bare = format!("{n}zq{}", texts[&30].trim_start_matches("30zq"));
        let whole = shown[at - 2..].starts_with(&texts[&n]) || matched && shown[at - 2..].starts_with(&bare);
        assert!(whole, "{place}: {:?} is not whole in {shown:?}", texts[&n]);
        Some(n)
    };
    shown.match_indices("zq").filter_map(one).collect()
}

/// The values of all matchers of a query; `None` when it is none.
fn values(text: &str) -> Option<Vec<String>> {
    let read = |dialect| promql::parse(text, Span::new(FileId(0), 0..text.len()), dialect).0;
    let query = read(Dialect::Rule).or_else(|| read(Dialect::Window)).or_else(|| read(Dialect::Grafana))?;
    let mut values = Vec::new();
    query.expr().walk(&mut |e: &Expr| match &e.kind {
        Kind::Selector(s) => values.extend(s.matchers.iter().map(|m| m.value.node.clone())),
        Kind::String(s) => values.push(s.clone()),
        _ => {}
    });
    Some(values)
}

/// Which texts a file shows.
fn shown(path: &str, body: &str, texts: &BTreeMap<usize, String>) -> BTreeSet<usize> {
    if path.ends_with(".md") {
        // A query is shown as it is written, with its escapes.
        let as_shown = |n: usize, t: &String| {
            if matches!(n, 20 | 33) { quoted(t)[1..quoted(t).len() - 1].to_string() } else { t.clone() }
        };
        let folded_texts = texts.iter().map(|(n, t)| (*n, folded(&as_shown(*n, t)))).collect();
        return whole(&folded(&words(body)), &folded_texts, path);
    }
    let mut seen = BTreeSet::new();
    for document in documents(path, body) {
        let mut found = Vec::new();
        strings(&document, &mut Vec::new(), &mut found);
        for (keys, text) in found.iter().filter(|(_, text)| text.contains("zq")) {
            let place = format!("{path} {keys}");
            if path.starts_with("kubernetes/dashboards") && keys.starts_with("data/") && !keys.ends_with("/key") {
                seen.extend(shown("dashboard.json", text, texts));
                continue;
            }
            // Names of files and resources are made of a title, of what may stand in a path.
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_/.".contains(c);
            let reference = text.strip_prefix("${file(\"${path.module}/").and_then(|t| t.strip_suffix("\")}"));
            let name = reference.filter(|_| path.starts_with("terraform/")).unwrap_or(text);
            if name.chars().all(plain) {
                continue;
            }
            // What a panel shows as Markdown.
            if keys.ends_with("options/content")
                || keys.ends_with("panels/kind/text")
                || path.starts_with("perses/") && keys.ends_with("plugin/spec/text")
            {
                seen.extend(shown("page.md", text, texts));
                continue;
            }
            match values(text) {
                Some(values) => values.iter().for_each(|v| seen.extend(whole(v, texts, &place))),
                None => seen.extend(whole(&read(path, keys, text), texts, &place)),
            }
        }
    }
    seen
}

/// What each target shows at least: a target of `docs/targets.md` without texts is one that nobody looked at.
const SHOWN: &[(&str, &[usize])] = &[
    ("prometheus/shop.rules.yml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("prometheus/tests/shop.test.yml", &[20, 31, 33, 34]),
    ("kubernetes/rules/shop.yaml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("kubernetes/dashboards/d.yaml", &[10, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54]),
    ("victoria/shop.rules.yml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("victoria/vmrules/shop.yaml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("mimir/shop.rules.yml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("cortex/shop.rules.yml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("thanos/shop.rules.yml", &[20, 25, 26, 30, 31, 33, 34, 35]),
    ("terraform/grafana.tf.json", &[10, 25, 26, 30, 31, 34, 35]),
    ("terraform/access.tf.json", &[11, 36]),
    ("openslo/shop.yaml", &[20, 30, 32, 33]),
    ("backstage/catalog-info.yaml", &[30, 36]),
    ("perses/d.json", &[40, 41, 45, 46, 47, 48]),
    ("json/model.json", &[10, 11, 20, 25, 26, 30, 31, 32, 33, 34, 35, 36, 37, 40, 41, 54, 60]),
    ("grafana/provisioning/alerting/shop.yaml", &[10, 25, 26, 30, 31, 34, 35]),
    ("grafana/provisioning/dashboards/sloc.yaml", &[10]),
    ("runbooks/shop/orders-page-1h.md", &[30, 32, 33, 37]),
    ("runbooks/shop/full-critical.md", &[26, 30]),
];

fn every_target_shows(hostile: &str) -> BTreeMap<String, String> {
    let texts = texts(hostile);
    let files = build("specs/main.slo", &program(&texts));
    let seen: BTreeMap<&str, BTreeSet<usize>> =
        files.iter().map(|(path, body)| (path.as_str(), shown(path, body, &texts))).collect();
    for (path, numbers) in SHOWN {
        let missing: Vec<usize> = numbers.iter().filter(|n| !seen[path].contains(n)).copied().collect();
        assert!(missing.is_empty(), "{path} does not show {missing:?}");
    }
    let shards = seen.iter().filter(|(path, _)| path.starts_with("shards/")).flat_map(|(_, s)| s).count();
    assert!(shards > 7, "{shards}");
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wherever_a_text_stands_it_is_that_text(hostile in text()) {
        every_target_shows(&hostile);
    }
}

/// Every emit of the documents of targets is asked for above.
#[test]
fn every_target_of_the_documents_is_asked_for() {
    let listed =
        include_str!("../../docs/targets.md").lines().filter_map(|l| l.strip_prefix("| `")?.split(['`', ' ']).next());
    let listed: Vec<&str> = listed.filter(|word| *word != "emit").collect();
    assert!(listed.len() > 8, "{listed:?}");
    for word in listed {
        let asked = EVERYTHING.lines().any(|l| l.split_whitespace().any(|w| w == word));
        assert!(asked, "nobody asks for `{word}`");
    }
}

/// The readers themselves, where they are installed, on the worst texts at once.
#[test]
fn the_engines_take_the_worst_of_it() {
    let hostile = "a ${x} %{ if true } {{ $value }} {{ \" ' ` \\ \\n \n <b> --> [x](y) # - : | & * ! $$ $job [[j]] \u{2028}\u{202e}\u{1b}[31m z";
    let files = every_target_shows(hostile);
    let folder = tempfile::tempdir().unwrap();
    for (path, body) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body).unwrap();
    }
    let judges: [(&str, &[&str]); 8] = [
        ("promtool", &["check", "rules", "prometheus/shop.rules.yml"]),
        ("promtool", &["check", "rules", "shards/0/shop.rules.yml", "shards/1/shop.rules.yml"]),
        ("promtool", &["test", "rules", "prometheus/tests/shop.test.yml"]),
        ("promtool", &["test", "rules", "prometheus/tests/shop.levels.test.yml"]),
        ("promtool", &["test", "rules", "SPEC"]),
        ("amtool", &["check-config", "alertmanager/alertmanager.yml"]),
        ("vmalert", &["-dryRun", "-rule=victoria/*.rules.yml", "-datasource.url=http://127.0.0.1:1"]),
        ("vmalert", &["-dryRun", "-rule=prometheus/*.rules.yml", "-datasource.url=http://127.0.0.1:1"]),
    ];
    let spec = files.keys().find(|path| path.ends_with(".spec.yml")).unwrap();
    for (judge, arguments) in judges {
        let arguments = arguments.iter().map(|a| if *a == "SPEC" { spec } else { *a });
        match Command::new(judge).args(arguments.clone()).current_dir(folder.path()).output() {
            Ok(o) => assert!(
                o.status.success(),
                "{judge} {:?}\n{}{}",
                arguments.collect::<Vec<_>>(),
                String::from_utf8_lossy(&o.stdout),
                String::from_utf8_lossy(&o.stderr)
            ),
            Err(_) => {
                assert!(std::env::var_os("SLOC_REQUIRE_ENGINES").is_none(), "{judge} is required here, and missing");
                eprintln!("skipped in part: there is no {judge}");
            }
        }
    }
}
