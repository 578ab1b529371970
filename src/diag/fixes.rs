//! The sure edits of diagnostics, put into the texts they are for.

use std::collections::BTreeMap;

use super::{Diagnostic, Fix};
use crate::source::{FileId, Sources};

/// A file with its mistakes mended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended<'a> {
    /// The file.
    pub file: FileId,
    /// Its new text.
    pub text: String,
    /// The diagnostics that were mended, in the order of the text.
    pub diagnostics: Vec<&'a Diagnostic>,
}

/// Puts every sure fix into its file. Of fixes that touch each other only the first is put in: what the others are worth,
/// the next look at the new text says.
pub fn apply<'a>(diagnostics: &'a [Diagnostic], sources: &Sources) -> Vec<Mended<'a>> {
    let mut by_file: BTreeMap<FileId, Vec<(&Fix, &Diagnostic)>> = BTreeMap::new();
    for diagnostic in diagnostics {
        if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.sure) {
            by_file.entry(fix.span.file).or_default().push((fix, diagnostic));
        }
    }
    by_file.into_iter().filter_map(|(file, fixes)| mend(file, &sources.get(file).text, fixes)).collect()
}

fn mend<'a>(file: FileId, text: &str, mut fixes: Vec<(&'a Fix, &'a Diagnostic)>) -> Option<Mended<'a>> {
    fixes.sort_by_key(|(fix, _)| (fix.span, &fix.text));
    let (mut new, mut end, mut mended) = (String::new(), 0, Vec::new());
    let mut last: Option<&Fix> = None;
    for (fix, diagnostic) in fixes {
        let range = fix.span.range();
        let touches = last.is_some_and(|last| range.start < end || last.span.start == fix.span.start);
        let (Some(before), Some(old)) = (text.get(end..range.start), text.get(range.clone())) else { continue };
        if touches || old == fix.text {
            continue;
        }
        new.push_str(before);
        new.push_str(&fix.text);
        mended.push(diagnostic);
        (end, last) = (range.end, Some(fix));
    }
    new.push_str(text.get(end..).unwrap_or(""));
    (!mended.is_empty()).then_some(Mended { file, text: new, diagnostics: mended })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;
    use crate::source::{SourceFile, Span};

    fn fixed(text: &str, fixes: &[(std::ops::Range<usize>, &str)]) -> String {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("a.slo".into(), text.into()));
        let diagnostic = |(range, new): &(std::ops::Range<usize>, &str)| {
            let span = Span::new(file, range.clone());
            Diagnostic::new(&codes::E0001, span, "m").fix("write it", span, *new)
        };
        let diagnostics: Vec<Diagnostic> = fixes.iter().map(diagnostic).collect();
        apply(&diagnostics, &sources).pop().map_or("nothing".into(), |mended| mended.text)
    }

    #[test]
    fn several_fixes_go_into_one_file_and_those_that_touch_wait() {
        assert_eq!(fixed("one two three", &[(8..13, "3"), (0..3, "1"), (3..3, ",")]), "1, two 3");
        assert_eq!(fixed("one two", &[(0..5, "x"), (4..7, "y")]), "xwo");
        assert_eq!(fixed("one", &[(1..1, "x"), (1..1, "x"), (1..1, "y")]), "oxne");
    }

    #[test]
    fn a_fix_that_changes_nothing_or_lies_outside_is_none() {
        assert_eq!(fixed("one", &[(0..3, "one"), (2..9, "x")]), "nothing");
        assert_eq!(fixed("ü", &[(1..2, "x")]), "nothing");
    }

    #[test]
    fn what_is_only_likely_is_not_put_in() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("a.slo".into(), "rat".into()));
        let span = Span::new(file, 0..3);
        let likely = [Diagnostic::new(&codes::E0304, span, "m").suggest("write `rate`", span, "rate")];
        assert_eq!(apply(&likely, &sources), []);
    }
}
