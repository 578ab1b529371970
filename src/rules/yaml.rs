//! The YAML of rule files, read with the place of every scalar: block and flow style, quotes, literal and folded text.
//!
//! Anchors, aliases and tags have no place in rule files and are refused. What is read here is compared with what
//! serde_yaml reads, in `file.rs`: where the two differ, nothing is said of the file but that.

use crate::source::{FileId, Span};

use super::text::Text;

/// A node of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node {
    Scalar(Text),
    Map(Vec<(Text, Node)>, Span),
    List(Vec<Node>, Span),
    /// Nothing is written.
    Empty(Span),
}

/// Where and why a document cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unread {
    pub(super) at: Span,
    pub(super) message: &'static str,
}

type Read<T> = Result<T, Unread>;

/// How deep nodes may stand in each other.
const DEPTH: usize = 60;

/// A line that is not blank: where its content begins and ends, and in which column.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: usize,
    end: usize,
    column: usize,
}

/// The first document of `text`.
pub(super) fn read(text: &str, file: FileId) -> Read<Node> {
    let mut reader = Reader { text, file, lines: lines(text), at: 0, depth: 0 };
    let node = reader.block(0)?;
    match reader.line() {
        Some(line) => reader.fail(line.start, line.end, "this does not belong to what stands above"),
        None => Ok(node),
    }
}

/// The lines of the first document, without `---` and what follows a second one.
fn lines(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    let mut offset = 0;
    for raw in text.split_inclusive('\n') {
        let content = raw.trim_end_matches(['\n', '\r']);
        let column = content.len() - content.trim_start_matches(' ').len();
        let start = offset + column;
        offset += raw.len();
        let body = content.trim_start();
        if content.starts_with("---") || content.starts_with("...") {
            if out.is_empty() {
                continue;
            }
            break;
        }
        if !body.is_empty() && !body.starts_with('#') {
            out.push(Line { start, end: offset - (raw.len() - content.len()), column });
        }
    }
    out
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    lines: Vec<Line>,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<Line> {
        self.lines.get(self.at).copied()
    }

    fn content(&self, line: Line) -> &'a str {
        self.text.get(line.start..line.end).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start..end.max(start))
    }

    fn fail<T>(&self, start: usize, end: usize, message: &'static str) -> Read<T> {
        Err(Unread { at: self.span(start, end), message })
    }

    /// The node whose lines are indented by at least `least`.
    fn block(&mut self, least: usize) -> Read<Node> {
        let Some(line) = self.line().filter(|l| l.column >= least) else {
            let end = self.lines.get(self.at.wrapping_sub(1)).map_or(0, |l| l.end);
            return Ok(Node::Empty(self.span(end, end)));
        };
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail(line.start, line.end, "this is nested too deeply");
        }
        let content = self.content(line);
        let node = if is_item(content) {
            self.list(line)
        } else if key_end(content).is_some() {
            self.map(line)
        } else {
            self.at += 1;
            self.value(line.start, line.end, least.saturating_sub(1))
        };
        self.depth -= 1;
        node
    }

    fn list(&mut self, first: Line) -> Read<Node> {
        let mut items = Vec::new();
        while let Some(line) = self.line().filter(|l| l.column == first.column && is_item(self.content(*l))) {
            let rest = self.content(line).get(1..).unwrap_or("");
            let skipped = 1 + rest.len() - rest.trim_start().len();
            if rest.trim().is_empty() || rest.trim_start().starts_with('#') {
                self.at += 1;
                items.push(self.block(first.column + 1)?);
            } else {
                // What follows the dash is a node in the column where it begins.
                if let Some(inner) = self.lines.get_mut(self.at) {
                    *inner = Line { start: line.start + skipped, column: line.column + skipped, ..line };
                }
                items.push(self.block(first.column + 1)?);
            }
        }
        Ok(Node::List(items, self.span(first.start, self.last_end())))
    }

    fn last_end(&self) -> usize {
        self.lines.get(self.at.wrapping_sub(1)).map_or(0, |l| l.end)
    }

    fn map(&mut self, first: Line) -> Read<Node> {
        let mut entries = Vec::new();
        while let Some(line) = self.line().filter(|l| l.column == first.column) {
            let content = self.content(line);
            let Some((length, after)) = key_end(content).filter(|_| !is_item(content)) else {
                return self.fail(line.start, line.end, "a key and `:` are expected here");
            };
            let key = self.key(line.start, content.get(..length).unwrap_or(""))?;
            self.at += 1;
            let rest = content.get(after..).unwrap_or("");
            let start = line.start + after + rest.len() - rest.trim_start().len();
            let value = self.map_value(start, line)?;
            entries.push((key, value));
        }
        Ok(Node::Map(entries, self.span(first.start, self.last_end())))
    }

    fn map_value(&mut self, start: usize, line: Line) -> Read<Node> {
        let rest = self.text.get(start..line.end).unwrap_or("");
        if rest.is_empty() || rest.starts_with('#') {
            // A list may stand in the column of its key.
            let same = self.line().is_some_and(|l| l.column == line.column && is_item(self.content(l)));
            return self.block(line.column + usize::from(!same));
        }
        if rest.starts_with(['|', '>']) {
            return self.literal(start, line);
        }
        self.value(start, line.end, line.column)
    }

    fn key(&self, start: usize, text: &str) -> Read<Text> {
        let mut key = Text::new(self.span(start, start + text.len()));
        let inner = text.trim_matches(['"', '\'']);
        key.push_str(inner, start + text.find(inner).unwrap_or(0));
        Ok(key)
    }

    /// A scalar or a flow collection that begins at `start`; lines indented by more than `column` continue it.
    fn value(&mut self, start: usize, end: usize, column: usize) -> Read<Node> {
        let rest = self.text.get(start..end).unwrap_or("");
        match rest.chars().next() {
            Some('"' | '\'') => {
                let (text, stop) = self.quoted(start)?;
                self.after(stop)?;
                Ok(Node::Scalar(text))
            }
            Some('{' | '[') => {
                let (node, stop) = self.flow(start)?;
                self.after(stop)?;
                Ok(node)
            }
            Some('&' | '*' | '!') => self.fail(start, end, "sloc does not read anchors, aliases and tags"),
            Some('%' | '@' | '`') => self.fail(start, end, "a plain text cannot begin with this character"),
            _ => Ok(Node::Scalar(self.plain(start, end, column))),
        }
    }

    /// Unquoted text; following lines are joined with spaces.
    fn plain(&mut self, start: usize, end: usize, column: usize) -> Text {
        let mut text = Text::new(self.span(start, end));
        let add = |text: &mut Text, from: usize, to: usize| {
            let line = uncommented(self.text.get(from..to).unwrap_or(""));
            text.push_str(line, from);
            text.span.end = (from + line.len()) as u32;
        };
        add(&mut text, start, end);
        while let Some(next) = self.lines.get(self.at).copied().filter(|l| l.column > column) {
            text.push(' ', text.span.end as usize);
            add(&mut text, next.start, next.end);
            self.at += 1;
        }
        text
    }

    /// `|` keeps lines, `>` joins them.
    fn literal(&mut self, start: usize, line: Line) -> Read<Node> {
        let header = uncommented(self.text.get(start..line.end).unwrap_or(""));
        let folded = header.starts_with('>');
        let chomp = header.chars().find(|c| matches!(c, '+' | '-'));
        let given = header.chars().find_map(|c| c.to_digit(10)).map(|d| line.column + d as usize);
        let mut text = Text::new(self.span(start, line.end));
        let mut offset = line.end + newline(self.text, line.end);
        let (mut indent, mut breaks) = (given, Vec::new());
        let mut last_indented = false;
        while let Some(raw) = self.text.get(offset..).and_then(|r| r.split_inclusive('\n').next()) {
            let content = raw.trim_end_matches(['\n', '\r']);
            let column = content.len() - content.trim_start_matches(' ').len();
            let blank = column == content.len();
            if !blank && column < *indent.get_or_insert(column.max(line.column + 1)) {
                break;
            }
            let own = offset + content.len();
            if !blank || content.len() > indent.unwrap_or(usize::MAX) {
                let cut = indent.unwrap_or(0);
                let more = content.get(cut..).is_some_and(|c| c.starts_with([' ', '\t']));
                folds(&mut text, &mut breaks, folded && !more && !last_indented);
                last_indented = more;
                text.push_str(content.get(cut..).unwrap_or(""), offset + cut);
            }
            breaks.push(own);
            text.span.end = own as u32;
            offset += raw.len();
        }
        self.skip_before(offset);
        self.chomp(&mut text, &breaks, chomp);
        Ok(Node::Scalar(text))
    }

    /// The line breaks at the end: one, none with `-`, all with `+`.
    fn chomp(&self, text: &mut Text, breaks: &[usize], chomp: Option<char>) {
        let keep = match chomp {
            Some('-') => 0,
            Some(_) => breaks.len(),
            None => breaks.len().min(1),
        };
        if text.value.is_empty() && chomp != Some('+') {
            return;
        }
        for at in breaks.iter().take(keep) {
            text.push('\n', *at);
        }
    }

    /// Lines before `offset` were part of a scalar.
    fn skip_before(&mut self, offset: usize) {
        while self.line().is_some_and(|l| l.start < offset) {
            self.at += 1;
        }
    }

    /// After a quoted or flow value only a comment may follow on its line.
    fn after(&mut self, stop: usize) -> Read<()> {
        let rest = self.text.get(stop..).and_then(|r| r.split('\n').next()).unwrap_or("");
        self.skip_before(stop);
        if rest.trim().is_empty() || rest.trim_start().starts_with('#') {
            return Ok(());
        }
        self.fail(stop, stop + rest.trim_end().len(), "nothing may follow a quoted text")
    }

    /// A quoted text, and where it ends.
    fn quoted(&self, start: usize) -> Read<(Text, usize)> {
        let body = self.text.get(start..).unwrap_or("");
        let quote = body.chars().next().unwrap_or('"');
        let mut text = Text::new(self.span(start, start));
        let mut chars = body.char_indices().skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            let doubled = quote == '\'' && chars.peek().is_some_and(|(_, n)| *n == '\'');
            match c {
                '\'' if doubled => {
                    text.push('\'', start + i);
                    chars.next();
                }
                c if c == quote => {
                    text.span.end = (start + i + 1) as u32;
                    return Ok((text, start + i + 1));
                }
                '\\' if quote == '"' => {
                    let rest = body.get(i + 1..).unwrap_or("");
                    let Some((value, length)) = escaped(rest) else {
                        return self.fail(start + i, start + i + 2, "this is not an escape in a quoted text");
                    };
                    value.into_iter().for_each(|v| text.push(v, start + i));
                    let line_end = rest.get(..length).is_some_and(|r| r.starts_with(['\n', '\r']));
                    let stop = i + 1 + length;
                    while chars.peek().is_some_and(|(j, n)| *j < stop || line_end && matches!(n, ' ' | '\t')) {
                        chars.next();
                    }
                }
                '\n' => fold_quoted(&mut text, &mut chars, start + i),
                c => text.push(c, start + i),
            }
        }
        self.fail(start, start + 1, "this quote is not closed")
    }

    /// `{a: b}` or `[a, b]`, and where it ends.
    fn flow(&mut self, start: usize) -> Read<(Node, usize)> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail(start, start + 1, "this is nested too deeply");
        }
        let map = self.text.get(start..).is_some_and(|r| r.starts_with('{'));
        let close = if map { '}' } else { ']' };
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        let mut at = self.blank(start + 1);
        loop {
            let next = self.text.get(at..).and_then(|r| r.chars().next());
            match next {
                None => return self.fail(start, start + 1, "this bracket is not closed"),
                Some(c) if c == close => break,
                Some(',') => at = self.blank(at + 1),
                Some(_) => {
                    let (node, stop) = self.flow_node(at)?;
                    at = self.blank(stop);
                    let colon = map && self.text.get(at..).is_some_and(|r| r.starts_with(':'));
                    match node {
                        Node::Scalar(key) if colon => {
                            let (value, stop) = self.flow_node(self.blank(at + 1))?;
                            entries.push((key, value));
                            at = self.blank(stop);
                        }
                        _ if map => return self.fail(at, at + 1, "`:` and a value are expected here"),
                        node => items.push(node),
                    }
                }
            }
        }
        self.depth -= 1;
        let span = self.span(start, at + 1);
        Ok((if map { Node::Map(entries, span) } else { Node::List(items, span) }, at + 1))
    }

    fn flow_node(&mut self, at: usize) -> Read<(Node, usize)> {
        let rest = self.text.get(at..).unwrap_or("");
        match rest.chars().next() {
            Some('{' | '[') => self.flow(at),
            Some('"' | '\'') => self.quoted(at).map(|(text, stop)| (Node::Scalar(text), stop)),
            Some('&' | '*' | '!') => self.fail(at, at + 1, "sloc does not read anchors, aliases and tags"),
            _ => {
                let colon =
                    |i: usize| rest.get(i + 1..).is_none_or(|r| r.is_empty() || r.starts_with([' ', '\n', ',', '}']));
                let ends =
                    |(i, c): &(usize, char)| matches!(c, ',' | '}' | ']' | '\n' | '{' | '[') || *c == ':' && colon(*i);
                let stop = rest.char_indices().find(ends).map_or(rest.len(), |(i, _)| i);
                let plain = rest.get(..stop).unwrap_or("").trim_end();
                let mut text = Text::new(self.span(at, at + plain.len()));
                text.push_str(plain, at);
                Ok((Node::Scalar(text), at + stop.max(1).min(rest.len())))
            }
        }
    }

    /// The next offset that is neither white space nor a comment.
    fn blank(&self, mut at: usize) -> usize {
        loop {
            let rest = self.text.get(at..).unwrap_or("");
            let trimmed = rest.trim_start();
            at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return at;
            }
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }
}

/// Whether a line is an item of a list.
fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// The length of the key a line begins with, and where its value may begin.
fn key_end(content: &str) -> Option<(usize, usize)> {
    let quote = content.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let close = content.get(1..)?.find(quote)? + 2;
        let rest = content.get(close..)?;
        let colon = rest.len() - rest.trim_start().len();
        return rest.trim_start().starts_with(':').then_some((close, close + colon + 1));
    }
    if content.starts_with(['{', '[', '#', '|', '>', '&', '*', '!']) {
        return None;
    }
    let ends = |i: usize| content.get(i + 1..).is_none_or(|r| r.is_empty() || r.starts_with([' ', '\t']));
    let colon = content.match_indices(':').map(|(i, _)| i).find(|i| ends(*i))?;
    let comment = content.find(" #").is_some_and(|c| c < colon);
    (!comment).then_some((content.get(..colon)?.trim_end().len(), colon + 1))
}

/// A plain text without the comment behind it.
fn uncommented(line: &str) -> &str {
    let cut = line.find(" #").or(line.find("\t#")).unwrap_or(line.len());
    line.get(..cut).unwrap_or("").trim_end()
}

/// The length of the line break at `offset`.
fn newline(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or("");
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) }
}

/// The line breaks between two lines of a block: joined by a space when folded, one of several less then.
fn folds(text: &mut Text, breaks: &mut Vec<usize>, folded: bool) {
    let first = text.value.is_empty();
    match (folded && !first, breaks.len()) {
        (true, 1) => breaks.iter().for_each(|at| text.push(' ', *at)),
        (true, _) => breaks.iter().skip(1).for_each(|at| text.push('\n', *at)),
        (false, _) => breaks.iter().for_each(|at| text.push('\n', *at)),
    }
    breaks.clear();
}

type Chars<'a> = std::iter::Peekable<std::iter::Skip<std::str::CharIndices<'a>>>;

/// A line break in a quoted text is a space, and several are one less.
fn fold_quoted(text: &mut Text, chars: &mut Chars<'_>, at: usize) {
    while text.value.ends_with([' ', '\t', '\r']) {
        text.truncate(text.value.len() - 1);
    }
    let mut more = 0;
    while let Some((_, c)) = chars.peek().filter(|(_, c)| matches!(c, ' ' | '\t' | '\n' | '\r')) {
        more += usize::from(*c == '\n');
        chars.next();
    }
    match more {
        0 => text.push(' ', at),
        n => (0..n).for_each(|_| text.push('\n', at)),
    }
}

/// What an escape stands for, and how many bytes it takes after the backslash.
fn escaped(rest: &str) -> Option<(Option<char>, usize)> {
    let letter = rest.chars().next()?;
    let simple = |c: char| Some((Some(c), 1));
    let hex = |n: usize| {
        let value = u32::from_str_radix(rest.get(1..1 + n)?, 16).ok().and_then(char::from_u32)?;
        Some((Some(value), 1 + n))
    };
    match letter {
        '0' => simple('\0'),
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        't' | '\t' => simple('\t'),
        'n' => simple('\n'),
        'v' => simple('\x0b'),
        'f' => simple('\x0c'),
        'r' => simple('\r'),
        'e' => simple('\x1b'),
        ' ' | '"' | '/' | '\\' => simple(letter),
        'N' => simple('\u{85}'),
        '_' => simple('\u{a0}'),
        'L' => simple('\u{2028}'),
        'P' => simple('\u{2029}'),
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        '\n' => Some((None, 1)),
        '\r' => Some((None, 2)),
        _ => None,
    }
}
