//! Diagnostics as one SARIF 2.1.0 document, for code scanning and the viewers of editors. The objects and properties
//! are those of the standard (OASIS, Static Analysis Results Interchange Format), as far as there is something to say.

use serde::Serialize;

use super::render::Place;
use super::{Code, Diagnostic, Fix, Severity};
use crate::source::{Sources, Span};

/// One document with every diagnostic. `root` is the project's directory as the reader of the document sees it,
/// empty or ending in `/`; paths begin with it.
pub fn document(diagnostics: &[Diagnostic], sources: &Sources, root: &str) -> String {
    let mut codes: Vec<&Code> = diagnostics.iter().map(|d| d.code).collect();
    codes.sort_by_key(|code| code.id);
    codes.dedup_by_key(|code| code.id);
    let here = Here { sources, root };
    let run = Run {
        tool: Tool { driver: driver(&codes) },
        column_kind: "unicodeCodePoints",
        results: diagnostics.iter().map(|d| result(d, &codes, here)).collect(),
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    serde_json::to_string_pretty(&log).map_or_else(|error| format!("{{\"error\":\"{error}\"}}\n"), |text| text + "\n")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'a str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    semantic_version: &'a str,
    rules: Vec<Rule<'a>>,
}

/// A code as the standard calls it, with its page as help.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    name: &'a str,
    short_description: Text<'a>,
    help: Help<'a>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// A diagnostic: a `result` of the standard.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Repair>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// Lines and columns from 1, columns in characters, the end behind the last one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// An edit that mends it: a `fix` of the standard.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Repair {
    description: Message,
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

fn driver<'a>(codes: &[&'a Code]) -> Driver<'a> {
    let rule = |code: &&'a Code| Rule {
        id: code.id,
        name: code.name,
        short_description: Text { text: title(code) },
        help: Help { text: code.page, markdown: code.page },
        default_configuration: Configuration { level: level(code.severity) },
    };
    Driver { name: "sloc", semantic_version: env!("CARGO_PKG_VERSION"), rules: codes.iter().map(rule).collect() }
}

/// The headline of a code's page.
fn title(code: &Code) -> &'static str {
    code.page.lines().next().map_or(code.name, |line| line.trim_start_matches('#').trim())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Where paths are relative to, and the texts behind the spans.
#[derive(Clone, Copy)]
struct Here<'a> {
    sources: &'a Sources,
    root: &'a str,
}

fn result<'a>(d: &'a Diagnostic, codes: &[&Code], here: Here<'_>) -> Outcome<'a> {
    let related = d.labels.iter().enumerate();
    let help = d.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
    Outcome {
        rule_id: d.code.id,
        rule_index: codes.iter().position(|code| code.id == d.code.id).unwrap_or(0),
        level: level(d.severity),
        message: Message { text: format!("{}{help}", d.message) },
        locations: [location(here, d.primary.span, &d.primary.text, None)],
        related_locations: related.map(|(i, label)| location(here, label.span, &label.text, Some(i))).collect(),
        fixes: d.fix.iter().map(|fix| repair(here, fix)).collect(),
    }
}

fn location(here: Here<'_>, span: Span, text: &str, id: Option<usize>) -> Location {
    let message = (!text.is_empty()).then(|| Message { text: text.to_string() });
    Location {
        id,
        physical_location: PhysicalLocation { artifact_location: file(here, span), region: region(here, span) },
        message,
    }
}

fn file(here: Here<'_>, span: Span) -> ArtifactLocation {
    ArtifactLocation { uri: uri(&format!("{}{}", here.root, here.sources.get(span.file).path)) }
}

fn region(here: Here<'_>, span: Span) -> Region {
    let place = Place::of(span, here.sources);
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

fn repair(here: Here<'_>, fix: &Fix) -> Repair {
    let replacement =
        Replacement { deleted_region: region(here, fix.span), inserted_content: Message { text: fix.text.clone() } };
    let change = Change { artifact_location: file(here, fix.span), replacements: [replacement] };
    Repair { description: Message { text: fix.title.clone() }, artifact_changes: [change] }
}

/// A path as a URI reference (RFC 3986): every byte that has a meaning there is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
    let encoded = path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_name_is_a_uri() {
        assert_eq!(uri("specs/a b#ü%.slo"), "specs/a%20b%23%C3%BC%25.slo");
        assert_eq!(uri("a:b/c.slo"), "a%3Ab/c.slo");
    }
}
