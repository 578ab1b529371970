//! PromQL at the level of `promql::parse`: verdicts, places, and what is printed.

use proptest::prelude::*;
use sloc::promql::{self, Dialect, WindowFunction};
use sloc::source::{FileId, Span};

fn whole(text: &str) -> Span {
    Span::new(FileId(0), 0..text.len())
}

fn parse(text: &str, dialect: Dialect) -> Result<promql::Query, String> {
    let (query, diagnostics) = promql::parse(text, whole(text), dialect);
    let first = diagnostics.iter().find(|d| d.is_error());
    query.ok_or_else(|| first.map_or("no query and no error".into(), |d| format!("{}: {}", d.code.id, d.message)))
}

#[test]
fn compact_keeps_the_authors_own_words_but_not_the_space_between_them() {
    let text = "sum by (code) ( # by code\n  rate(x{a=\"b  #c\"}[ $window ])\n) / 1_000";
    let query = parse(text, Dialect::Window).expect("a query");
    assert_eq!(query.compact(Some("5m")), "sum by (code) (rate(x{a=\"b  #c\"}[5m])) / 1_000");
    assert_eq!(query.compact(None), "sum by (code) (rate(x{a=\"b  #c\"}[$window])) / 1_000");
    let at = text.find("$window").expect("the hole");
    assert_eq!(query.holes(), [Span::new(FileId(0), at..at + 7)]);
    assert_eq!(query.window_function(), Some(WindowFunction::Rate));
}

#[test]
fn a_ratio_falls_into_its_parts() {
    let query = parse("(1 - sum(rate(a[$window])) / sum(rate(b[$window])))", Dialect::Window).expect("a query");
    let parts = query.ratio_parts().expect("a ratio");
    assert!(parts.complement);
    assert_eq!(query.compact_part(parts.numerator, Some("1h")), "sum(rate(a[1h]))");
    assert_eq!(query.compact_part(parts.denominator, None), "sum(rate(b[$window]))");
    let plain = parse("a / b", Dialect::Window).expect("a query");
    assert!(plain.ratio_parts().is_some_and(|p| !p.complement));
    assert!(parse("a + b", Dialect::Window).expect("a query").ratio_parts().is_none());
}

#[test]
fn a_bare_selector_is_told_from_anything_else() {
    let bare = |text: &str| parse(text, Dialect::Rule).expect(text).bare_selector().is_some();
    assert!(bare("(http_requests_total{code=~\"5..\"})"));
    for text in ["x[5m]", "x offset 5m", "x @ 0", "-x", "sum(x)"] {
        assert!(!bare(text), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        for dialect in [Dialect::Window, Dialect::Rule, Dialect::Grafana] {
            let _ = promql::parse(&text, whole(&text), dialect);
        }
    }
}
