//! A part of a query: its type with labels and unit and the reasons, and what the words in it are.

use super::super::query;
use super::super::world::Document;
use super::{Told, metric};
use crate::catalog::Catalog;
use crate::check::Lens;
use crate::promql::functions::{self, Function, Optional};
use crate::promql::outline::{self, Place, Word, WordKind};
use crate::promql::types::{Line, Why};
use crate::promql::{self, Dialect};
use crate::source::Span;

/// What is known of the part of a query at a place.
pub(super) fn hover(document: &Document, place: Span) -> Option<Told> {
    let snapshot = &document.snapshot;
    let (query, dialect) = query::at(snapshot, place)?;
    let mut lens = Lens::new(&snapshot.program);
    let catalog = lens.catalog(query.file);
    let word = query::word(snapshot, query, place);
    let part = part(document, &mut lens, (query, dialect), place);
    let of_word = word.as_ref().and_then(|(word, _)| about(document, &catalog, query, word));
    let mut texts: Vec<String> = part.iter().map(|line| typed(document, query, line)).collect();
    texts.extend(of_word);
    // What is meant is the word where it has a story of its own, else the part.
    let of_part = part.map(|line| line.span);
    let span = match &word {
        Some((Word { kind: WordKind::Label | WordKind::Text, .. }, span)) => Some(*span),
        _ => of_part.or(word.map(|(_, span)| span)),
    };
    (!texts.is_empty()).then_some((texts.join("\n\n---\n\n"), span?))
}

/// The smallest part of a query around a place, with its type; none of a query with errors.
fn part(document: &Document, lens: &mut Lens<'_>, query: (Span, Dialect), place: Span) -> Option<Line> {
    let (span, dialect) = query;
    let (parsed, _) = promql::parse(document.snapshot.program.sources.text(span), span, dialect);
    let holds = |line: &Line| line.span.start <= place.start && place.end <= line.span.end;
    lens.tree(&parsed?).into_iter().filter(holds).min_by_key(|line| line.span.end - line.span.start)
}

fn typed(document: &Document, query: Span, line: &Line) -> String {
    let sources = &document.snapshot.program.sources;
    let reason = |why: &Why| {
        let sure = if why.sure { "" } else { ", it seems" };
        let inside = why.span.file == query.file && query.start <= why.span.start && why.span.end <= query.end;
        let place =
            if inside { format!("`{}`", sources.text(why.span)) } else { sources.place(sources.origin(why.span)) };
        format!("\n- {}{sure} ({place})", why.text)
    };
    let reasons: String = line.found.reasons().iter().map(reason).collect();
    format!("```promql\n{}\n```\n{}\n{reasons}", line.text, line.found)
}

/// What the word itself is.
fn about(document: &Document, catalog: &Catalog, query: Span, word: &Word) -> Option<String> {
    let text = document.snapshot.program.sources.text(query);
    let name = text.get(word.range.clone())?;
    match word.kind {
        WordKind::Metric => Some(metric::text(document, catalog.find(name)?.0)),
        WordKind::Label => label(catalog, text, word, name),
        WordKind::Function => functions::find(name).map(signature),
        _ => None,
    }
}

/// A label of the metric it is matched on.
fn label(catalog: &Catalog, text: &str, word: &Word, name: &str) -> Option<String> {
    let (Place::Label(Some(metric), _), _) = outline::place(text.get(..word.range.start)?) else { return None };
    let (metric, _) = catalog.find(&metric)?;
    let facts = metric.labels.known.get(name)?;
    Some(format!("label **{name}** of `{}`{}", metric.name, metric::label(facts)))
}

/// `rate(range vector): instant vector`.
fn signature(f: &Function) -> String {
    let mut arguments: Vec<String> = f.args.iter().map(|t| t.name().to_string()).collect();
    if let Some(last) = arguments.last_mut() {
        match f.optional {
            Optional::Exact => {}
            Optional::Last => *last = format!("[{last}]"),
            Optional::Repeat(_) | Optional::Any => last.push_str(", …"),
        }
    }
    let flag =
        if f.experimental.is_empty() { String::new() } else { format!(" (experimental since {})", f.experimental) };
    format!("`{}({}): {}`{flag}", f.name, arguments.join(", "), f.result.name())
}
