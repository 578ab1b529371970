//! What holds for every input: no panic, no hang, the same bytes again, and every text where it belongs.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::Memory;
use proptest::prelude::*;
use sloc::driver::{self, Analysis};
use sloc::emit::Artifact;

fn analyze(text: &[u8]) -> Analysis {
    driver::analyze(&Memory::one(text)).unwrap()
}

fn build(text: &str) -> Vec<Artifact> {
    let analysis = analyze(text.as_bytes());
    let printed =
        sloc::diag::render::render(&analysis.diagnostics, &analysis.sources, sloc::diag::render::Format::Short);
    driver::emit(&analysis.model.unwrap_or_else(|| panic!("{printed}{text}")))
}

/// Pieces of programs, right and wrong, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "service",
        "slo",
        "checkout",
        "{",
        "}",
        "\n",
        " ",
        "99.9%",
        "over",
        "30d",
        "by",
        "region",
        ",",
        "errors",
        "good",
        "total",
        "histogram",
        "within",
        "300ms",
        "ratio",
        "policy",
        "page",
        "ticket",
        "off",
        "2%",
        "of",
        "budget",
        "in",
        "1h",
        "confirmed",
        "14.4x",
        "burn",
        "for",
        "metrics",
        "counter",
        "gauge",
        "from",
        "open",
        "buckets",
        "native",
        "labels",
        "=",
        "=~",
        "\"",
        "\"\"\"",
        "\"text\"",
        "#",
        "import",
        "project",
        "every",
        "runbook",
        "about",
        "title",
        "http_requests_total",
        "{code=~\"5..\"}",
        "[$window]",
        "[5m]",
        "sum(",
        "rate(",
        "(",
        ")",
        "[",
        "]",
        "'",
        "`",
        "/",
        "1 -",
        "\\",
        "é",
        "\u{0}",
        "\r\n",
        "\t",
        "0",
        "-1",
        "1e30",
        "NaN",
        "offset",
        "@",
        "$window",
        "{{",
        "}}",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|w| w.join(" "))
}

/// Text that may do harm in some output.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,30}",
        prop::sample::select(vec![
            "{{ $value }}",
            "{{",
            "}}",
            "${HOME}",
            "$$",
            "$A",
            "%{x}",
            "---",
            "...",
            "yes",
            "1.0",
            "a: b",
            "# c",
            "- d",
            "]]>",
            "<script>",
            "|",
            "`",
            "\u{2028}",
            "\u{202e}x",
            "'",
            "\"",
            "\\",
            "\\n",
            "line\nline",
            "{{\"",
            "*b*",
            "[x](javascript:y)",
            "\u{1b}[31m",
            "&amp;",
            "!tag",
            "{",
            "{{{",
        ])
        .prop_map(String::from),
    ]
}

/// A string as the language writes it; characters it has no escape for stand as they are.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

fn program(title: &str, about: &str, label: &str) -> String {
    format!(
        "service shop {{\n  title {}\n  labels {{ note = {} }}\n  slo orders 99.9% over 30d by region {{\n    about {}\n    errors orders_total{{code=~\"5..\"}}\n    total orders_total\n  }}\n}}\n",
        quoted(title),
        quoted(label),
        quoted(about)
    )
}

/// What a Go template of ours prints: literal text, and places in double braces.
fn printed(template: &str) -> String {
    template.replace("{{\"{\"}}", "{")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        analyze(&bytes);
    }

    #[test]
    fn no_pieces_make_it_panic(text in pieces()) {
        let analysis = analyze(text.as_bytes());
        for format in [sloc::diag::render::Format::Human { color: true }, sloc::diag::render::Format::Short, sloc::diag::render::Format::Json] {
            let shown = sloc::diag::render::render(&analysis.diagnostics, &analysis.sources, format);
            if format == sloc::diag::render::Format::Json {
                for line in shown.lines() {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_broken_program_never_panics_where_it_breaks(cut in 0usize..600, piece in pieces()) {
        let whole = include_str!("../specs/shop/shop.slo");
        let at = (0..=cut.min(whole.len())).rev().find(|i| whole.is_char_boundary(*i)).unwrap();
        analyze(format!("{}{piece}{}", &whole[..at], &whole[at..]).as_bytes());
        analyze(&whole.as_bytes()[..at]);
    }

    #[test]
    fn every_text_arrives_in_the_rules_as_it_was_written(title in text(), label in text(), about in text()) {
        prop_assume!(!label.is_empty());
        let files = build(&program(&title, &about, &label));
        let rules = files.iter().find(|f| f.path == "prometheus/shop.rules.yml").unwrap();
        let yaml: serde_yaml::Value = serde_yaml::from_str(&rules.body).unwrap();
        for group in yaml["groups"].as_sequence().unwrap() {
            for rule in group["rules"].as_sequence().unwrap().iter().filter(|r| r.get("alert").is_some()) {
                prop_assert_eq!(printed(rule["labels"]["note"].as_str().unwrap()), label.clone());
                let summary = printed(rule["annotations"]["summary"].as_str().unwrap());
                let begins = format!("{title} orders");
                prop_assert!(summary.starts_with(&begins), "{} / {}", summary, begins);
            }
        }
        for json in files.iter().filter(|f| f.path.ends_with(".json")) {
            serde_json::from_str::<serde_json::Value>(&json.body).unwrap();
        }
        for yaml in files.iter().filter(|f| f.path.ends_with(".yml") || f.path.ends_with(".yaml")) {
            serde_yaml::from_str::<serde_yaml::Value>(&yaml.body).unwrap();
        }
        prop_assert_eq!(&files, &build(&program(&title, &about, &label)));
    }
}

#[test]
fn ten_thousand_brackets_are_refused_with_a_message() {
    let deep = |open: &str, close: &str| format!("{}up{}", open.repeat(10_000), close.repeat(10_000));
    for query in [
        deep("(", ")"),
        deep("sum(", ")"),
        deep("-", ""),
        "(".repeat(10_000),
        ")".repeat(10_000),
        "{".repeat(10_000),
        "up + ".repeat(10_000) + "up",
    ] {
        let text = format!("service a {{\n  slo b 99% over 30d {{\n    errors {query}\n    total up\n  }}\n}}\n");
        assert!(analyze(text.as_bytes()).diagnostics.iter().any(|d| d.is_error()), "{}", &query[..20]);
    }
    let blocks = format!("service a {}{}", "{ x ".repeat(10_000), "}".repeat(10_000));
    assert!(analyze(blocks.as_bytes()).model.is_none());
}

#[test]
fn shuffled_declarations_give_the_same_files() {
    let service = |name: &str| {
        format!(
            "service {name} {{\n  slo s 99% over 30d {{\n    errors e{{job=\"{name}\"}}\n    total t{{job=\"{name}\"}}\n  }}\n}}\n"
        )
    };
    let bodies = |text: String| {
        build(&text).into_iter().map(|a| (a.path, a.body.replace(|c: char| c.is_ascii_digit(), ""))).collect::<Vec<_>>()
    };
    assert_eq!(bodies(service("a") + &service("b")), bodies(service("b") + &service("a")));
}
