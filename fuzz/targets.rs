//! What every fuzzer feeds: bytes go in, and what must hold for all bytes is asserted. `fuzz_targets/` hands them what
//! libFuzzer finds; `tests/fuzz.rs` the corpus, and as many mutations of it as it is asked for, on stable Rust.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs, unreachable_pub)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sloc::catalog::{self, Catalog};
use sloc::diag::{Diagnostic, render};
use sloc::driver::{self, Known};
use sloc::fmt::{self, Refusal};
use sloc::import::{self, From};
use sloc::promql::types::{Checker, Expected};
use sloc::promql::{self, Dialect, Expr};
use sloc::source::{FileId, LoadError, Loader, SourceFile, Sources, Span};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const ALL: [Target; 7] = [
    ("query", query),
    ("spec", spec),
    ("format", format),
    ("program", program),
    ("catalog", catalog),
    ("rules", rules),
    ("import", import),
];

/// Files in memory, by their paths.
struct Memory(BTreeMap<String, Vec<u8>>);

impl Loader for Memory {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        Ok(self.0.keys().filter(|p| p.ends_with(".slo")).cloned().collect())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.get(path).cloned().ok_or(LoadError::Missing)
    }
}

/// A few metrics, so that the type checker has something to say.
const METRICS: &str = "# TYPE http_requests counter\nhttp_requests_total{job=\"a\",code=\"200\"} 1\nhttp_requests_total{job=\"a\",code=\"500\"} 1\n\
    # TYPE d_seconds histogram\n# UNIT d_seconds seconds\nd_seconds_bucket{le=\"0.1\"} 1\nd_seconds_bucket{le=\"+Inf\"} 2\nd_seconds_count 2\nd_seconds_sum 1\n\
    # TYPE foo gauge\nfoo{a=\"b\"} 1\n# TYPE build info\nbuild_info{version=\"1\"} 1\n# TYPE q summary\nq{quantile=\"0.9\"} 1\n# EOF\n";

/// Bytes as a query: read, typed, printed and read again. Nothing is lost on the way, and every place is one.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in [Dialect::Rule, Dialect::Window, Dialect::Grafana] {
        let (parsed, said) = promql::parse(text, Span::new(FileId(0), 0..text.len()), dialect);
        in_text(&said, text);
        assert_eq!(parsed.is_none(), said.iter().any(Diagnostic::is_error), "{text:?}");
        let Some(parsed) = parsed else { continue };
        nested(parsed.expr(), text);
        let printed = parsed.compact(None);
        let again = promql::parse(&printed, Span::new(FileId(0), 0..printed.len()), dialect).0;
        let again = again.unwrap_or_else(|| panic!("what is printed of {text:?} cannot be read: {printed:?}"));
        assert_eq!(shape(again.expr()), shape(parsed.expr()), "{text:?}\n{printed:?}");
        assert_eq!(again.compact(None), printed);
        let checker = Checker::new(&CATALOG);
        for place in [Expected::Anything, Expected::Events, Expected::ErrorRatio, Expected::AlertValue] {
            checker.check(&parsed, place);
        }
        checker.tree(&parsed);
    }
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut catalog = Catalog::default();
    catalog::read_exposition(METRICS, FileId(1)).0.into_iter().for_each(|m| drop(catalog.insert(m)));
    catalog
});

/// Every place of a message stands in the text.
fn in_text(said: &[Diagnostic], text: &str) {
    for d in said {
        for span in d.labels.iter().map(|l| l.span).chain([d.primary.span]) {
            assert!(text.get(span.range()).is_some(), "{span:?} is no place of {text:?}: {}", d.message);
        }
    }
}

/// Every part stands inside the whole.
fn nested(expr: &Expr, text: &str) {
    assert!(text.get(expr.span.range()).is_some(), "{:?} is no place of {text:?}", expr.span);
    for child in expr.children() {
        assert!(expr.span.start <= child.span.start && child.span.end <= expr.span.end, "{text:?}");
        nested(child, text);
    }
}

/// The parts in their order: what each is, and how many it has itself.
fn shape(expr: &Expr) -> Vec<(usize, std::mem::Discriminant<promql::Kind>)> {
    let mut out = Vec::new();
    expr.walk(&mut |e| out.push((e.children().len(), std::mem::discriminant(&e.kind))));
    out
}

/// Bytes as a program: read, checked, built when it has no errors, and every message drawn.
pub fn spec(bytes: &[u8]) {
    let Ok(analysis) = driver::analyze(&Memory([("specs/a.slo".into(), bytes.to_vec())].into())) else { return };
    drawn(&analysis.diagnostics, &analysis.sources);
    let errors = analysis.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(analysis.model.is_none(), errors);
    // What an author calls unchecked is in a dialect of its own.
    let queries = !bytes.windows(9).any(|w| w == b"unchecked");
    analysis.model.iter().for_each(|model| sound(&driver::emit(model), queries));
}

fn drawn(said: &[Diagnostic], sources: &Sources) {
    for format in [render::Format::Human { color: false }, render::Format::Short, render::Format::Json] {
        let shown = render::render(said, sources, format);
        if format == render::Format::Json {
            shown.lines().for_each(|l| drop(serde_json::from_str::<serde_json::Value>(l).expect("a line of JSON")));
        }
        // What a terminal would obey never comes from a spec.
        let obeyed = ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}'];
        assert!(format == render::Format::Json || !shown.contains(obeyed), "{shown:?}");
    }
}

/// Every file can be read by those it is for, and lies where it belongs.
fn sound(files: &[sloc::emit::Artifact], queries: bool) {
    for file in files {
        let path = &file.path;
        let plain = |part: &str| !part.is_empty() && part != ".." && part != "." && !part.contains(['\\', '\0', '\n']);
        assert!(path.split('/').all(plain), "{path:?}");
        if path.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&file.body).expect(path);
        } else if path.ends_with(".yml") || path.ends_with(".yaml") {
            let yaml: serde_yaml::Value = serde_yaml::from_str(&file.body).expect(path);
            if path.ends_with(".rules.yml") && queries {
                rules_are_sound(&yaml);
            }
        }
    }
}

/// What promtool would look at first: names, and queries that can be read.
fn rules_are_sound(yaml: &serde_yaml::Value) {
    let groups = yaml["groups"].as_sequence().expect("groups");
    for rule in groups.iter().flat_map(|g| g["rules"].as_sequence().expect("rules")) {
        let expr = rule["expr"].as_str().expect("an expression");
        let (read, said) = promql::parse(expr, Span::new(FileId(0), 0..expr.len()), Dialect::Rule);
        assert!(read.is_some(), "{expr}: {said:?}");
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if let Some(record) = rule["record"].as_str() {
            assert!(record.chars().all(name) && !record.starts_with(|c: char| c.is_ascii_digit()), "{record}");
        }
        for (label, _) in rule["labels"].as_mapping().into_iter().flatten() {
            let label = label.as_str().expect("a label");
            assert!(label.chars().all(|c| name(c) && c != ':'), "{label}");
        }
    }
}

/// Bytes as a file to format: formatting never changes what it means, and twice is once.
pub fn format(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match fmt::format(FileId(0), text) {
        Ok(once) => assert_eq!(fmt::format(FileId(0), &once).as_ref(), Ok(&once), "{text:?}"),
        Err(Refusal::Errors(_)) => {}
        Err(Refusal::WouldChange(what)) => panic!("{what}\n{text:?}"),
    }
}

/// Bytes as choices: a program with objectives, alerts and texts as they choose.
pub fn program(bytes: &[u8]) {
    let text = Choices { bytes, at: 0 }.program();
    spec(text.as_bytes());
    format(text.as_bytes());
}

struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Choices<'_> {
    fn byte(&mut self) -> usize {
        self.at += 1;
        self.bytes.get(self.at - 1).copied().unwrap_or(0).into()
    }

    fn of<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.byte() % from.len()]
    }

    /// A text in quotes, of whatever characters follow.
    fn text(&mut self) -> String {
        let length = self.byte() % 24;
        let end = (self.at + length).min(self.bytes.len());
        let raw = String::from_utf8_lossy(self.bytes.get(self.at..end).unwrap_or(&[])).into_owned();
        self.at += length;
        let harm = self.of(&["", "{{ $value }}", "${HOME}", "]]>", "<b>", "`", "'", "\u{202e}", "{x}", "[a](b)", "$$"]);
        let text = format!("{raw}{harm}").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{text}\"")
    }

    fn program(&mut self) -> String {
        let mut out = String::from("metrics open\nmetrics {\n  counter c_total{job, code}\n  gauge g_bytes{job}\n");
        out += "  histogram h_seconds{job} buckets 100ms 300ms 1s\n  histogram n_seconds{job} native\n}\n";
        for service in 0..1 + self.byte() % 3 {
            out += &format!("service s{service} {{\n");
            if self.byte().is_multiple_of(2) {
                out += &format!("  title {}\n  labels {{ note = {} }}\n", self.text(), self.text());
            }
            for i in 0..self.byte() % 4 {
                out += &self.objective(i);
            }
            for i in 0..self.byte() % 3 {
                out += &self.alert(i);
            }
            out += "}\n";
        }
        out
    }

    fn objective(&mut self, number: usize) -> String {
        let target = self.of(&["99%", "99.9%", "99.99%", "90%", "50%", "99.123456789%"]);
        let period = self.of(&["30d", "7d", "28d", "1d", "90d"]);
        let by = self.of(&["", "", " by job"]);
        let sli = self.of(&[
            "errors c_total{code=~\"5..\"}\n    total c_total",
            "good c_total{code!~\"5..\"}\n    total c_total",
            "errors sum(rate(c_total{code=\"500\"}[$window]))\n    total sum(rate(c_total[$window]))",
            "histogram h_seconds within 300ms",
            "histogram n_seconds within 123ms",
            "ratio sum(rate(c_total{code=~\"5..\"}[$window])) / sum(rate(c_total[$window]))",
            "up up{job=\"x\"}",
            "value g_bytes\n    good below 5MiB each 1m",
        ]);
        let more = self.of(&["", "no-traffic good", "no-traffic bad", "at-least 100 events per 1h", "page off"]);
        let about = self.text();
        format!("  slo o{number} {target} over {period}{by} {{\n    about {about}\n    {sli}\n    {more}\n  }}\n")
    }

    fn alert(&mut self, number: usize) -> String {
        let condition = self.of(&[
            "when up == 0\n    critical for 5m",
            "value g_bytes\n    warning above 5MiB\n    critical above 6MiB for 5m",
            "when absent(up{job=\"x\"})\n    warning for 10m",
            "value h_seconds_sum / h_seconds_count\n    info above 300ms",
        ]);
        let (summary, impact) = (self.text(), self.text());
        format!("  alert a{number} {{\n    {condition}\n    summary {summary}\n    impact {impact}\n  }}\n")
    }
}

/// Bytes as a page of metrics, and as a saved catalog: what is read of it is written and read again.
pub fn catalog(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut sources = Sources::default();
    let file = sources.add(SourceFile::new("page.prom".into(), text.into()));
    let (metrics, said) = catalog::read_exposition(text, file);
    in_text(&said, text);
    let mut known = Catalog::default();
    metrics.into_iter().for_each(|m| drop(known.insert(m)));
    let saved = catalog::write_saved(known.iter());
    let (again, said) = catalog::read_saved(&saved, FileId(1));
    assert!(said.is_empty(), "{said:?}\n{saved}");
    assert_eq!(again.len(), known.len());
    in_text(&catalog::read_saved(text, file).1, text);
}

/// Bytes as a rule file.
pub fn rules(bytes: &[u8]) {
    let mut known = Known::default();
    known.add("metrics.prom".into(), METRICS.into());
    let rules = known.check_rules(vec![("rules.yml".into(), bytes.to_vec())]);
    drawn(&rules.diagnostics, &rules.sources);
}

/// Bytes as a file of each other tool: what is written of it are specs that can be read, below their directory.
pub fn import(bytes: &[u8]) {
    for from in [From::Sloth, From::Pyrra, From::OpenSlo, From::Prometheus, From::Grafana] {
        let files = vec![("slo.yml".to_string(), bytes.to_vec())];
        let imported = import::import(from, files, &import::Options::default());
        drawn(&imported.diagnostics, &imported.sources);
        for (path, text) in &imported.specs {
            assert!(
                path.split('/').all(|part| !part.is_empty() && part != ".." && !part.contains(['\\', '\0', '\n'])),
                "{path:?}"
            );
            // A dashboard is kept beside its spec as it was.
            if path.ends_with(".slo") {
                let found = sloc::syntax::parse(FileId(0), text).diagnostics;
                assert!(!found.iter().any(Diagnostic::is_error), "{found:?}\n{text}");
            }
        }
    }
}
