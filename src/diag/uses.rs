//! Mistakes in text that templates made, told at the places people wrote: the template, and the line that used it. What
//! is wrong with a template is told once, however often it is used.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diagnostic, Fix, Label, in_order};
use crate::source::{Given, Sources, Span, Use};

/// The same mistake has the same code, place and value; and the same words, but for the values of its use.
type Place = (&'static str, Span, Option<Span>);

/// A mistake and where the templates with it were used.
struct Told<'a> {
    diagnostic: Diagnostic,
    words: Words<'a>,
    /// The place in the service of the use that is shown; `None` when it needs no use to be wrong.
    site: Option<Span>,
    /// Where in generated text it stands: once for each use that has it.
    made: BTreeSet<Span>,
}

/// Moves every place in generated text to where it was written, joins what is the same mistake, and puts all in order.
pub fn settle(diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut told: BTreeMap<Place, Vec<Told<'_>>> = BTreeMap::new();
    let mut plain = Vec::new();
    for d in diagnostics {
        let made = d.primary.span;
        let uses = sources.uses(made);
        let site = uses.last().map(|u| u.at);
        let here = told.entry((d.code.id, sources.origin(made), sources.given(made))).or_default();
        let words = Words::new(&d.message, uses);
        let diagnostic = located(d, sources);
        match here.iter_mut().find(|known| known.words.same(&words)) {
            None => {
                let made = site.map(|_| made).into_iter().collect();
                here.push(Told { diagnostic, words, site, made });
            }
            Some(known) if site.is_some() => known.join(diagnostic, site, made),
            Some(known) if known.site.is_some() => {}
            Some(_) => plain.push(diagnostic),
        }
    }
    plain.extend(told.into_values().flatten().map(Told::finish));
    in_order(&mut plain);
    plain
}

impl Told<'_> {
    /// Counts a further use, and shows the first of them.
    fn join(&mut self, diagnostic: Diagnostic, site: Option<Span>, made: Span) {
        self.made.insert(made);
        if self.site.is_none() || site < self.site {
            self.site = site;
            self.diagnostic = diagnostic;
        }
    }

    fn finish(mut self) -> Diagnostic {
        let others = self.made.len().saturating_sub(1);
        let used = self.diagnostic.labels.iter_mut().find(|l| l.text.starts_with(USED));
        if let Some(label) = used.filter(|_| others > 0) {
            label.text += &format!(", and in {others} other use{}", if others == 1 { "" } else { "s" });
        }
        self.diagnostic
    }
}

/// What a message says, and the uses whose values it may name.
struct Words<'a> {
    message: String,
    /// The same with `$job` in place of each value, where the value stands as a word of its own.
    without: String,
    uses: Vec<&'a Use>,
}

impl<'a> Words<'a> {
    fn new(message: &str, uses: Vec<&'a Use>) -> Words<'a> {
        let mut without = message.to_string();
        for value in values(&uses) {
            without = replace_words(&without, &value.content, &format!("${}", value.name));
        }
        Words { message: message.to_string(), without, uses }
    }

    /// Whether both say the same of different values. A value may also be a word that the message has anyway: then it is
    /// the other one that shows which words are values.
    fn same(&self, other: &Words<'_>) -> bool {
        self.without == other.without || self.message == other.message || self.gives(other) || other.gives(self)
    }

    /// Whether the values of the other put into these words give the words of the other.
    fn gives(&self, other: &Words<'_>) -> bool {
        let mut text = self.without.clone();
        for value in values(&other.uses).collect::<Vec<_>>().into_iter().rev() {
            text = replace_words(&text, &format!("${}", value.name), &value.content);
        }
        text == other.message
    }
}

/// The values of all uses, innermost first.
fn values<'a>(uses: &[&'a Use]) -> impl Iterator<Item = &'a Given> {
    uses.iter().flat_map(|u| &u.values).filter(|v| !v.content.is_empty())
}

/// How the label of a use begins.
const USED: &str = "used here";

/// The diagnostic with its places as they were written, and those of the uses.
fn located(d: Diagnostic, sources: &Sources) -> Diagnostic {
    let place = sources.origin(d.primary.span);
    let mut labels: Vec<Label> = d.labels.iter().map(|l| elsewhere(l, place, sources)).collect();
    labels.extend(used(d.primary.span, sources));
    let fix = d.fix.filter(|f| sources.is_copy(f.span)).map(|f| Fix {
        span: sources.origin(f.span),
        text: sources.as_written(f.span, &f.text),
        ..f
    });
    Diagnostic { primary: Label { span: place, text: d.primary.text }, labels, fix, ..d }
}

/// A further place: of the same line in another use of the template, that use is shown.
fn elsewhere(label: &Label, primary: Span, sources: &Sources) -> Label {
    let origin = sources.origin(label.span);
    let span = if origin == primary { sources.site(label.span) } else { origin };
    Label { span, text: label.text.clone() }
}

/// The uses that led to a place, innermost first. Where a value stands, the place that gave it is shown.
fn used(span: Span, sources: &Sources) -> Vec<Label> {
    let uses = sources.uses(span);
    let mut labels: Vec<Label> = uses.iter().map(|u| Label { span: u.at, text: words(u) }).collect();
    let Some(given) = sources.given(span) else { return labels };
    let inside = |at: Span| at.file == given.file && at.start <= given.start && given.end <= at.end;
    match labels.iter_mut().find(|l| inside(l.span)) {
        Some(label) => *label = Label { span: given, text: USED.to_string() },
        None => labels.push(Label { span: given, text: "the value comes from here".into() }),
    }
    labels
}

/// How many values the label of a use lists, and how many characters of each.
const VALUES: usize = 4;
const LENGTH: usize = 40;

/// `used here with job = "cart"`.
pub fn words(used: &Use) -> String {
    let explicit = used.values.iter().filter(|v| v.explicit);
    let short = |text: &str| match text.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_string(),
    };
    let values: Vec<String> =
        explicit.take(VALUES).map(|v| format!("{} = {}", v.name, short(&v.written).replace('\n', " "))).collect();
    if values.is_empty() { USED.to_string() } else { format!("{USED} with {}", values.join(", ")) }
}

fn replace_words(text: &str, from: &str, to: &str) -> String {
    let part = |c: char| c.is_alphanumeric() || c == '$';
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(from) {
        let (before, found) = rest.split_at(at);
        let after = found.get(from.len()..).unwrap_or("");
        out.push_str(before);
        let inside = out.ends_with(part) && from.starts_with(part) || from.ends_with(part) && after.starts_with(part);
        out.push_str(if inside { from } else { to });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_taken_for_values() {
        assert_eq!(replace_words("`up{job=\"a\"}` has a label", "a", "$job"), "`up{job=\"$job\"}` has $job label");
        assert_eq!(replace_words("cart and cartography", "cart", "$job"), "$job and cartography");
    }
}
