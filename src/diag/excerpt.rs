//! The lines around some places, the long ones cut: what is drawn of a file.

use std::fmt;
use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::visible::{same_length, visible};
use crate::source::SourceFile;

/// Lines longer than this are cut, in bytes.
const LONGEST: usize = 400;

/// What is kept of a cut line before the first place on it, and from there on, in bytes.
const KEPT: (usize, usize) = (80, 160);

/// Stands where a line is cut.
const CUT: &str = "…";

/// Some lines of a file for miette, which would scan the whole file for every diagnostic.
pub(super) struct Excerpt {
    lines: SourceFile,
    /// Index of the first of them in the file.
    first: usize,
    /// For each line how many bytes more stand before a place in the file than here.
    missing: Vec<usize>,
}

/// What is kept of a line.
struct Kept {
    /// Offset of the line in the file.
    start: usize,
    /// The part that is kept, from the line's start.
    part: Range<usize>,
    /// Where that part stands in the excerpt.
    at: usize,
}

impl Excerpt {
    /// The lines on which `places` stand with one line around them, and the places there.
    pub(super) fn of(file: &SourceFile, places: &[Range<usize>]) -> (Excerpt, Vec<Range<usize>>) {
        let line = |offset: usize| file.line_index(offset.min(file.text.len()));
        let last_of = |p: &Range<usize>| line(if p.end > p.start { p.end - 1 } else { p.end });
        let first = places.iter().map(|p| line(p.start)).min().unwrap_or(0).saturating_sub(1);
        let last = (places.iter().map(last_of).max().unwrap_or(0) + 1).min(file.line_count() - 1);
        let (mut text, mut missing, mut kept) = (String::new(), Vec::new(), Vec::new());
        for index in first..=last {
            let (start, end) = (file.line_start(index), file.line_start(index + 1));
            let whole = file.text.get(start..end).unwrap_or("");
            let marked = places.iter().map(|p| p.start).find(|at| line(*at) == index);
            let part = part(whole, marked.map_or(0, |at| at - start));
            let before = if part.start > 0 { CUT } else { "" };
            text += before;
            missing.push(part.start - before.len());
            kept.push(Kept { start, part: part.clone(), at: text.len() });
            text += whole.get(part.clone()).unwrap_or("");
            if part.end < whole.len() {
                text += CUT;
                text.push('\n');
            }
        }
        let moved = |offset: usize, index: usize| {
            let Some(Kept { start, part, at }) = kept.get(index.saturating_sub(first)) else { return text.len() };
            at + offset.saturating_sub(*start).clamp(part.start, part.end) - part.start
        };
        let places = places.iter().map(|p| moved(p.start, line(p.start))..moved(p.end, last_of(p))).collect();
        let lines = SourceFile::new(visible(&file.path), same_length(&text).into_owned());
        (Excerpt { lines, first, missing }, places)
    }
}

/// What is kept of a line on which a place begins at `marked`.
fn part(line: &str, marked: usize) -> Range<usize> {
    if line.len() <= LONGEST {
        return 0..line.len();
    }
    let boundary = |at: usize| (at..line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
    // A cut saves something: its sign is a few bytes itself.
    let start = Some(boundary(marked.saturating_sub(KEPT.0))).filter(|start| *start > CUT.len());
    start.unwrap_or(0)..boundary(marked + KEPT.1)
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.path)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let file = &self.lines;
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > file.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = file.line_index(start).saturating_sub(before);
        let last = file.line_index(if end > start { end - 1 } else { end });
        let from = if before == 0 { start } else { file.line_start(first) };
        let to = if after == 0 { end } else { file.line_start(last + after + 1) };
        let missing = if before == 0 { self.missing.get(first).copied().unwrap_or(0) } else { 0 };
        let column = from - file.line_start(first) + missing;
        let bytes = &file.text.as_bytes()[from..to.max(from)];
        let span = (from, bytes.len()).into();
        // The lines of this piece alone: by them miette sees which pieces touch, and leaves out what lies between others.
        let lines = file.line_index(to.max(from)) + 1 - first;
        let line = self.first + first;
        Ok(Box::new(MietteSpanContents::new_named(file.path.clone(), bytes, span, line, column, lines)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_its_place_and_short_ones_are_whole() {
        let long = "ä".repeat(10_000);
        let file = SourceFile::new("a".into(), format!("one\ntwo\n{long}X{long}\nfour\nfive\n"));
        let at = "one\ntwo\n".len() + long.len();
        let (excerpt, places) = Excerpt::of(&file, std::slice::from_ref(&(at..at + 1)));
        let text = &excerpt.lines.text;
        assert_eq!(places.iter().map(|p| &text[p.clone()]).collect::<Vec<_>>(), ["X"]);
        assert!(text.len() < 300 && text.starts_with("two\n…ä") && text.ends_with("ä…\nfour\n"), "{text}");
        let there = excerpt.read_span(&(places[0].start, 1).into(), 0, 0);
        assert_eq!(there.ok().map(|there| (there.line(), there.column())), Some((2, at - 8)));
    }
}
