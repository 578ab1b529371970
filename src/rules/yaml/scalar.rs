//! YAML scalars in their five styles, decoded with the place of every byte.

use super::scan::{Give, Scanner};
use super::text::{Builder, Text};

/// How many line breaks were folded, and where.
struct Fold {
    breaks: usize,
    start: usize,
    end: usize,
}

impl Fold {
    /// One break is a space; of several the first goes.
    fn write(&self, out: &mut Builder) {
        match self.breaks {
            0 => {}
            1 => out.meant(" ", self.start..self.end),
            n => out.meant(&"\n".repeat(n - 1), self.start..self.end),
        }
    }
}

impl Scanner<'_> {
    /// A plain scalar; it goes on over lines that are indented deeper than `parent`.
    pub(super) fn plain(&mut self, parent: isize, flow: bool) -> Text {
        let start = self.at;
        let mut out = Builder::default();
        let mut end = start;
        loop {
            let line = self.plain_line(flow);
            out.verbatim(self.slice(self.at, self.at + line), self.at);
            self.at += line;
            end = if line > 0 { self.at } else { end };
            let Some(fold) = self.fold_plain(parent, flow) else { break };
            fold.write(&mut out);
        }
        self.at = end;
        out.finish(self.file, start..end)
    }

    /// How many bytes of this line belong to a plain scalar, space at its end aside.
    fn plain_line(&self, flow: bool) -> usize {
        let line = self.line_rest();
        let bytes = line.as_bytes();
        let stops = |i: usize| {
            let byte = bytes.get(i).copied().unwrap_or(b'\n');
            let next = bytes.get(i + 1).copied().unwrap_or(b'\n');
            let before = i.checked_sub(1).and_then(|b| bytes.get(b)).copied();
            match byte {
                b':' => is_space(next) || flow && matches!(next, b',' | b'[' | b']' | b'{' | b'}'),
                b'#' => before.is_some_and(is_space),
                b',' | b'[' | b']' | b'{' | b'}' => flow,
                _ => false,
            }
        };
        let length = (0..bytes.len()).find(|i| stops(*i)).unwrap_or(bytes.len());
        line.get(..length).unwrap_or("").trim_end_matches([' ', '\t']).len()
    }

    /// Steps over the line breaks to the next line of a plain scalar, if there is one.
    fn fold_plain(&mut self, parent: isize, flow: bool) -> Option<Fold> {
        let before = self.at;
        let fold = self.fold();
        let goes_on = fold.breaks > 0
            && !self.at_document_end()
            && !matches!(self.peek(), None | Some(b'#'))
            && (flow && self.plain_line(true) > 0 || !flow && self.column() > parent);
        // A line that is a key of its own ends the scalar; what YAML then says, the verification tells.
        if goes_on {
            return Some(fold);
        }
        self.at = before;
        None
    }

    /// Steps over space and line breaks.
    fn fold(&mut self) -> Fold {
        let start = self.at;
        let (mut breaks, mut end) = (0, start);
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\n') => {
                    (self.at, breaks) = (self.at + 1, breaks + 1);
                    end = self.at;
                }
                Some(b'\r') if self.slice(self.at, self.at + 2) == "\r\n" => self.at += 1,
                _ => break,
            }
        }
        Fold { breaks, start, end: end.max(start) }
    }

    /// `'…'`, where `''` is a quote.
    pub(super) fn single_quoted(&mut self) -> Result<Text, Give> {
        let start = self.at;
        let mut out = Builder::default();
        self.at += 1;
        loop {
            match self.peek().ok_or(Give)? {
                b'\'' if self.slice(self.at, self.at + 2) == "''" => {
                    out.meant("'", self.at..self.at + 2);
                    self.at += 2;
                }
                b'\'' => break,
                _ => self.quoted_run(&mut out, &['\'']),
            }
        }
        self.at += 1;
        Ok(out.finish(self.file, start..self.at))
    }

    /// `"…"` with its escapes.
    pub(super) fn double_quoted(&mut self) -> Result<Text, Give> {
        let start = self.at;
        let mut out = Builder::default();
        self.at += 1;
        loop {
            match self.peek().ok_or(Give)? {
                b'"' => break,
                b'\\' => self.escape(&mut out)?,
                _ => self.quoted_run(&mut out, &['"', '\\']),
            }
        }
        self.at += 1;
        Ok(out.finish(self.file, start..self.at))
    }

    /// What stands between quotes up to one of `stops`, or one folded line break.
    fn quoted_run(&mut self, out: &mut Builder, stops: &[char]) {
        let line = self.line_rest();
        let length = line.find(stops).unwrap_or(line.len());
        let text = line.get(..length).unwrap_or("");
        if length < line.len() {
            out.verbatim(text, self.at);
            self.at += length;
            return;
        }
        let kept = text.trim_end_matches([' ', '\t']);
        out.verbatim(kept, self.at);
        self.at += kept.len();
        self.fold_quoted(out);
    }

    /// A line break within quotes, with the space around it.
    fn fold_quoted(&mut self, out: &mut Builder) {
        let start = self.at;
        let mut fold = self.fold();
        fold.end = self.at;
        fold.write(out);
        // Without a break the space is text: the end of the file stands before the closing quote.
        if fold.breaks == 0 {
            self.at = self.text.len().max(start);
        }
    }

    fn escape(&mut self, out: &mut Builder) -> Result<(), Give> {
        let start = self.at;
        let letter = self.slice(start + 1, self.text.len()).chars().next().ok_or(Give)?;
        self.at += 1 + letter.len_utf8();
        let simple = match letter {
            '0' => "\0",
            'a' => "\x07",
            'b' => "\x08",
            't' | '\t' => "\t",
            'n' => "\n",
            'v' => "\x0b",
            'f' => "\x0c",
            'r' => "\r",
            'e' => "\x1b",
            ' ' => " ",
            '"' => "\"",
            '\'' => "'",
            '/' => "/",
            '\\' => "\\",
            'N' => "\u{85}",
            '_' => "\u{a0}",
            'L' => "\u{2028}",
            'P' => "\u{2029}",
            'x' => return self.numeric(out, start, 2),
            'u' => return self.numeric(out, start, 4),
            'U' => return self.numeric(out, start, 8),
            '\n' | '\r' => {
                // The line break goes; empty lines after it stay.
                let fold = self.fold();
                out.meant(&"\n".repeat(fold.breaks.saturating_sub(usize::from(letter == '\r'))), start..self.at);
                return Ok(());
            }
            _ => return Err(Give),
        };
        out.meant(simple, start..self.at);
        Ok(())
    }

    fn numeric(&mut self, out: &mut Builder, start: usize, digits: usize) -> Result<(), Give> {
        let code = u32::from_str_radix(self.slice(self.at, self.at + digits), 16).map_err(|_| Give)?;
        self.at += digits;
        out.meant(char::from_u32(code).ok_or(Give)?.encode_utf8(&mut [0; 4]), start..self.at);
        Ok(())
    }

    /// `|` or `>` with everything below it that is indented deeper than `parent`.
    pub(super) fn block(&mut self, parent: isize) -> Result<Text, Give> {
        let start = self.at;
        let header = self.line_rest();
        let literal = header.starts_with('|');
        let marks = header.split([' ', '\t', '\r']).next().unwrap_or("").get(1..).unwrap_or("");
        let digit = marks.chars().find_map(|c| c.to_digit(10)).map(|d| d as isize);
        if marks.chars().any(|c| !matches!(c, '+' | '-' | '1'..='9')) || marks.len() > 2 {
            return Err(Give);
        }
        self.next_line();
        let indent = digit.map_or_else(|| self.detected_indent(parent), |d| parent.max(0) + d);
        let mut out = Builder::default();
        let end = self.block_lines(indent.max(0) as usize, literal, marks, &mut out);
        Ok(out.finish(self.file, start..end))
    }

    /// How far the first line that is not empty is indented; at least one deeper than `parent`.
    fn detected_indent(&self, parent: isize) -> isize {
        let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let rest = self.slice(self.at, self.text.len());
        let mut widest = 0;
        for line in rest.lines() {
            let indent = spaces(line);
            if indent < line.len() {
                return (indent.max(widest) as isize).max(parent + 1).max(1);
            }
            widest = widest.max(indent);
        }
        (widest as isize).max(parent + 1).max(1)
    }

    /// The lines of a block scalar, joined as libyaml joins them. Gives the end of the last line with text.
    fn block_lines(&mut self, indent: usize, literal: bool, marks: &str, out: &mut Builder) -> usize {
        let mut breaks: Vec<(usize, usize)> = Vec::new();
        let (mut blank_before, mut first, mut end) = (false, true, self.at.saturating_sub(1));
        loop {
            let line = self.line_rest();
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let text = line.get(indent..).filter(|text| spaces >= indent && !text.is_empty());
            if let Some(text) = text {
                let at = self.at + indent;
                let blank = text.starts_with([' ', '\t']);
                let folds = !literal && !first && !blank_before && !blank;
                join(&breaks, folds, out);
                breaks.clear();
                out.verbatim(text, at);
                (blank_before, first, end) = (blank, false, at + text.len());
            } else if !line.is_empty() && spaces < line.len() || self.at >= self.text.len() {
                break;
            }
            breaks.push(self.next_line());
            if self.at_document_end() && indent == 0 {
                break;
            }
        }
        let kept = if marks.contains('+') { breaks.len() } else { usize::from(!marks.contains('-') && !first) };
        for (start, end) in breaks.into_iter().take(kept).filter(|(start, end)| start < end) {
            out.meant("\n", start..end);
        }
        end
    }
}

/// The breaks between two lines of a block scalar: one becomes a space where lines fold, and the first of several goes.
fn join(breaks: &[(usize, usize)], folds: bool, out: &mut Builder) {
    match breaks {
        [(start, end)] if folds => out.meant(" ", *start..*end),
        _ => {
            for (start, end) in breaks.iter().skip(usize::from(folds)) {
                out.meant("\n", *start..*end);
            }
        }
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
