//! Places as the protocol counts them: lines, and within a line the units that both sides have agreed on.

use lsp_types::{Position, PositionEncodingKind, Range};

/// What the characters of a line are counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// What every client understands: an emoji counts two.
    #[default]
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers.
    pub(super) fn of(offered: &[PositionEncodingKind]) -> Encoding {
        if offered.contains(&PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
        }
    }

    /// How long a piece of a line is.
    pub(super) fn length(self, text: &str) -> u32 {
        text.chars().map(|c| self.width(c)).sum::<usize>() as u32
    }
}

/// A text with the places at which its lines begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    /// A line ends with `\n`, `\r\n` or `\r`, as the protocol has it.
    pub(super) fn new(text: &'a str, encoding: Encoding) -> Lines<'a> {
        let bytes = text.as_bytes();
        let ends = |(at, byte): (usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let after = bytes.iter().enumerate().filter(|b| ends(*b)).map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(after).collect(), encoding }
    }

    /// The offset that a position means. One behind the end of its line is its end; one inside a character is before it.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line) else { return self.text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(*start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let mut left = position.character as usize;
        let mut at = *start;
        for c in line.chars() {
            let width = self.encoding.width(c);
            if left < width {
                break;
            }
            left -= width;
            at += c.len_utf8();
        }
        at
    }

    /// The position of an offset.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or("");
        Position { line: line as u32, character: self.encoding.length(before) }
    }

    pub(super) fn range(&self, range: std::ops::Range<usize>) -> Range {
        Range { start: self.position(range.start), end: self.position(range.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_as_both_sides_agreed() {
        // A family emoji, an e with a combining accent, a letter beyond ASCII.
        let text = "a👩\u{200d}👧b\ne\u{301}ß!\r\nx\ry";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (offset, _) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
                assert_eq!(lines.offset(lines.position(offset)), offset);
            }
        }
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.position(text.find('b').unwrap_or(0)), Position::new(0, 6));
        assert_eq!(lines.position(text.find('!').unwrap_or(0)), Position::new(1, 3));
        assert_eq!(lines.position(text.find('y').unwrap_or(0)), Position::new(3, 0));
    }

    #[test]
    fn what_is_out_of_reach_is_the_nearest_place() {
        let lines = Lines::new("👧b\nc", Encoding::Utf16);
        assert_eq!(lines.offset(Position::new(0, 1)), 0);
        assert_eq!(lines.offset(Position::new(0, 99)), 5);
        assert_eq!(lines.offset(Position::new(9, 9)), 7);
    }
}
