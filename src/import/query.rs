//! Queries of other tools as queries of a spec: their place for the window becomes `[$window]`.

use super::fields::Reader;
use crate::diag::{Diagnostic, codes};
use crate::promql::{self, Dialect};
use crate::rules::yaml::Text;
use crate::source::Span;
use crate::syntax;

/// How a query is taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trust {
    /// It must be PromQL.
    PromQl,
    /// What is no PromQL is passed on as it is: the source says that it is another language.
    Anything,
}

/// A query with a template variable for its window, on one line. `None`, with a message, when it cannot be had.
pub(super) fn templated(reader: &mut Reader, text: &Text, trust: Trust) -> Option<String> {
    if let Some(at) = text.value.find("$window") {
        let message = "`$window` is not a variable that a query can have";
        let diagnostic =
            Diagnostic::new(&codes::E0715, text.place(at..at + "$window".len()), message).here("not known");
        reader.report(diagnostic.help("the one variable is `{{.window}}`"));
        return None;
    }
    let query = with_hole(reader, text)?;
    if !query.contains("$window") {
        let message = "this query has no place for the window";
        let diagnostic = Diagnostic::new(&codes::E0715, first_line(text), message).here("asked over one window only");
        reader.report(diagnostic.help("`[{{.window}}]` stands where the range goes"));
        return None;
    }
    checked(reader, text, &query, trust)
}

/// A query as it is written, on one line.
pub(super) fn plain(reader: &mut Reader, text: &Text, dialect: Dialect) -> Option<String> {
    match promql::parse(&text.value, Span::new(text.span.file, 0..text.value.len()), dialect) {
        (Some(query), _) => Some(query.compact(None)),
        (None, found) => {
            let error = found.into_iter().find(Diagnostic::is_error)?;
            refuse(reader, text.place(error.primary.span.range()), &error);
            None
        }
    }
}

fn checked(reader: &mut Reader, text: &Text, query: &str, trust: Trust) -> Option<String> {
    let line = query.split_whitespace().collect::<Vec<_>>().join(" ");
    match promql::parse(query, Span::new(text.span.file, 0..query.len()), Dialect::Window) {
        (Some(query), _) => Some(query.compact(None)),
        (None, _) if trust == Trust::Anything && syntax::is_query(&line) => Some(format!("unchecked {line}")),
        (None, found) => {
            let error = found.into_iter().find(Diagnostic::is_error)?;
            refuse(reader, first_line(text), &error);
            None
        }
    }
}

fn refuse(reader: &mut Reader, span: Span, error: &Diagnostic) {
    let message = format!("this query is no PromQL: {}", error.message);
    reader.report(Diagnostic::new(&codes::E0715, span, message).here("not read").maybe_help(error.help.clone()));
}

/// The query with `$window` for `{{ .window }}`; any other variable is reported.
fn with_hole(reader: &mut Reader, text: &Text) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    while let Some(start) = text.value.get(at..).and_then(|rest| rest.find("{{")).map(|n| at + n) {
        let end = text.value.get(start..).and_then(|rest| rest.find("}}")).map(|n| start + n + 2);
        let inside = end.and_then(|end| text.value.get(start + 2..end - 2)).map(str::trim);
        let (Some(end), Some(".window")) = (end, inside.map(|i| i.trim_matches('-').trim())) else {
            let end = end.unwrap_or(text.value.len());
            let what = text.value.get(start..end).unwrap_or("{{");
            let message = format!("`{what}` is not a variable that a query can have");
            let diagnostic = Diagnostic::new(&codes::E0715, text.place(start..end), message).here("not known");
            reader.report(diagnostic.help("the one variable is `{{.window}}`"));
            return None;
        };
        out += text.value.get(at..start).unwrap_or("");
        out += "$window";
        at = end;
    }
    Some(out + text.value.get(at..).unwrap_or(""))
}

/// Where a text begins: long ones are not underlined over pages.
fn first_line(text: &Text) -> Span {
    let length = text.value.lines().next().map_or(0, str::len);
    if text.is_placed() { text.place(0..length) } else { text.span }
}
