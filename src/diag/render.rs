//! Diagnostics as text: for people (drawn by miette), one line each, or JSON. Nothing else knows miette.

use std::fmt;
use std::ops::Range;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde::Serialize;

use super::excerpt::Excerpt;
use super::visible::visible;
use super::{Diagnostic, Label, Severity};
use crate::source::{Sources, Span};

/// How diagnostics are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Drawn for people, with the source; in colour when `color`.
    Human {
        /// Whether ANSI colours are written.
        color: bool,
    },
    /// `path:line:column: error[E0101]: message`, one line each.
    Short,
    /// One JSON object a line.
    Json,
}

/// Nobody reads more than so many pictures.
const DRAWN: usize = 1000;

/// All diagnostics in one text; for people the first ones, and how many there are beside.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, format: Format) -> String {
    let one = |d: &Diagnostic| match format {
        Format::Human { color } => human(d, sources, color),
        Format::Short => short(d, sources),
        Format::Json => json(d, sources),
    };
    if let Format::Human { .. } = format
        && diagnostics.len() > DRAWN
    {
        let drawn: String = diagnostics.iter().take(DRAWN).map(one).collect();
        let rest = diagnostics.len() - DRAWN;
        return drawn + &format!("{rest} more are not drawn here; `--format short` prints a line for each\n\n");
    }
    diagnostics.iter().map(one).collect()
}

/// `path:line:column: error[E0101]: message; help`.
fn short(d: &Diagnostic, sources: &Sources) -> String {
    let at = Place::of(d.primary.span, sources);
    let help = d.help.as_deref().map_or(String::new(), |h| format!(" ({})", h.replace('\n', " ")));
    let message = visible(&format!("{}{help}", d.message));
    format!("{}:{}:{}: {}[{}]: {message}\n", visible(at.path), at.line, at.column, d.severity.name(), d.code.id)
}

/// A place as other programs want it. Lines and columns from 1, columns in characters, offsets in bytes.
#[derive(Serialize)]
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    start: u32,
    end: u32,
}

impl<'a> Place<'a> {
    pub(super) fn of(span: Span, sources: &'a Sources) -> Place<'a> {
        let file = sources.get(span.file);
        let (line, column) = file.line_column(span.start as usize);
        let (end_line, end_column) = file.line_column(span.end as usize);
        Place { path: &file.path, line, column, end_line, end_column, start: span.start, end: span.end }
    }
}

/// One JSON object and a newline.
fn json(d: &Diagnostic, sources: &Sources) -> String {
    #[derive(Serialize)]
    struct Marked<'a> {
        #[serde(flatten)]
        place: Place<'a>,
        text: &'a str,
    }
    #[derive(Serialize)]
    struct Edit<'a> {
        title: &'a str,
        #[serde(flatten)]
        place: Place<'a>,
        replacement: &'a str,
        sure: bool,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        code: &'a str,
        name: &'a str,
        severity: &'a str,
        message: &'a str,
        primary: Marked<'a>,
        labels: Vec<Marked<'a>>,
        help: Option<&'a str>,
        fix: Option<Edit<'a>>,
    }
    let line = Line {
        code: d.code.id,
        name: d.code.name,
        severity: d.severity.name(),
        message: &d.message,
        primary: Marked { place: Place::of(d.primary.span, sources), text: &d.primary.text },
        labels: d.labels.iter().map(|l| Marked { place: Place::of(l.span, sources), text: &l.text }).collect(),
        help: d.help.as_deref(),
        fix: d.fix.as_ref().map(|f| Edit {
            title: &f.title,
            place: Place::of(f.span, sources),
            replacement: &f.text,
            sure: f.sure,
        }),
    };
    serde_json::to_string(&line).map_or_else(|e| format!("{{\"error\":\"{e}\"}}\n"), |text| text + "\n")
}

/// Drawn by miette: the message, the source with its marks, the help; then the places that stand elsewhere.
fn human(d: &Diagnostic, sources: &Sources, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100).with_wrap_lines(true);
    let (near, far): (Vec<&Label>, Vec<&Label>) =
        d.labels.iter().partition(|l| is_near(l.span, d.primary.span, sources));
    let mut out = String::new();
    let elsewhere = far.into_iter().map(|l| Drawn::elsewhere(l, sources));
    for drawn in std::iter::once(Drawn::new(d, &near, sources)).chain(elsewhere) {
        if !out.is_empty() {
            out.push('\n');
        }
        // Writing into a String cannot fail, and a span outside its text is drawn without source.
        let _ = handler.render_report(&mut out, &drawn);
    }
    out.push('\n');
    out
}

/// How many lines apart two places may stand to be drawn in one picture.
const NEAR: usize = 4;

fn is_near(a: Span, b: Span, sources: &Sources) -> bool {
    let line = |s: Span| sources.get(s.file).line_index(s.start as usize);
    a.file == b.file && line(a).abs_diff(line(b)) <= NEAR
}

/// A diagnostic in miette's terms.
#[derive(Debug)]
struct Drawn<'a> {
    message: String,
    code: Option<&'a str>,
    severity: Severity,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    source: Excerpt,
}

impl<'a> Drawn<'a> {
    fn new(d: &'a Diagnostic, near: &[&Label], sources: &Sources) -> Drawn<'a> {
        let all = || std::iter::once(&d.primary).chain(near.iter().copied());
        let (source, places) = excerpt(all().map(|l| l.span), d.primary.span, sources);
        let labels = all().zip(places).map(|(label, at)| labeled(at, &label.text));
        Drawn {
            message: visible(&d.message),
            code: Some(d.code.id),
            severity: d.severity,
            labels: labels.enumerate().map(|(index, label)| if index == 0 { primary(label) } else { label }).collect(),
            help: d.help.as_deref().map(visible),
            source,
        }
    }

    fn elsewhere(label: &Label, sources: &Sources) -> Drawn<'a> {
        let (source, places) = excerpt([label.span], label.span, sources);
        Drawn {
            message: visible(&label.text),
            code: None,
            severity: Severity::Note,
            labels: places.into_iter().map(|at| labeled(at, "")).collect(),
            help: None,
            source,
        }
    }
}

/// What is drawn of the file in which all these stand, and where they are in it.
fn excerpt(spans: impl IntoIterator<Item = Span>, first: Span, sources: &Sources) -> (Excerpt, Vec<Range<usize>>) {
    let places: Vec<Range<usize>> = spans.into_iter().map(Span::range).collect();
    Excerpt::of(sources.get(first.file), &places)
}

fn primary(label: LabeledSpan) -> LabeledSpan {
    LabeledSpan::new_primary_with_span(label.label().map(str::to_string), *label.inner())
}

fn labeled(place: Range<usize>, text: &str) -> LabeledSpan {
    LabeledSpan::new_with_span((!text.is_empty()).then(|| visible(text)), place)
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.code.map(|c| Box::new(c) as _)
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|h| Box::new(h) as _)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
}
