//! Where everything in a YAML document stands: block and flow collections, keys and scalars. What it reads is a guess
//! until `yaml::read` has compared it with the values of a whole YAML parser; what it cannot read, it gives up.

use std::cell::Cell;

use super::scalar::is_space;
use super::text::Text;
use crate::source::FileId;

/// That the text is beyond this scanner.
#[derive(Debug)]
pub(super) struct Give;

/// A node and its bytes.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) kind: RawKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug)]
pub(super) enum RawKind {
    /// Nothing, or something whose value only the parser knows, such as an alias.
    Opaque,
    /// A scalar, and whether it is plain and so may be a number.
    Scalar(Text, bool),
    Map(Vec<(Text, Raw)>),
    List(Vec<Raw>),
}

/// How deep collections may stand inside each other.
const DEPTH: usize = 60;

/// The text and how far it is read.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) file: FileId,
    pub(super) at: usize,
    depth: usize,
    /// Where the line begins and ends that was asked for last: a line may be the whole file.
    line: Cell<(usize, usize)>,
}

/// The root of every document in order; `None` for one that cannot be read, after which none is.
pub(super) fn scan(text: &str, file: FileId) -> Vec<Option<Raw>> {
    let mut scanner = Scanner { text, file, at: mark(text), depth: 0, line: Cell::new((0, 0)) };
    let mut documents = Vec::new();
    while scanner.begin_document() {
        let root = scanner.node(-1).and_then(|root| scanner.end_document().map(|()| root));
        match root {
            Ok(root) => documents.push(Some(root)),
            Err(Give) => {
                documents.push(None);
                break;
            }
        }
    }
    documents
}

/// How many bytes the mark of a UTF-8 file takes, which stands in no column.
fn mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

impl<'a> Scanner<'a> {
    // ---- the text ----

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end.min(self.text.len())).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Where the line of this place begins and ends, without its `\n`.
    fn line(&self) -> (usize, usize) {
        let (start, end) = self.line.get();
        let at = self.at.min(self.text.len());
        if end > start && (start..=end).contains(&at) {
            return (start, end);
        }
        let (before, after) = self.text.as_bytes().split_at_checked(at).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map_or(mark(self.text), |i| i + 1);
        let end = after.iter().position(|b| *b == b'\n').map_or(self.text.len(), |i| at + i);
        self.line.set((start, end));
        (start, end)
    }

    /// The rest of the line, without its break.
    pub(super) fn line_rest(&self) -> &'a str {
        let line = self.slice(self.at, self.line().1);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Steps to the next line; gives the bytes of the break.
    pub(super) fn next_line(&mut self) -> (usize, usize) {
        let start = self.at + self.line_rest().len();
        let rest = self.slice(start, self.text.len());
        self.at = start + if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        (start, self.at)
    }

    /// How many bytes stand before this one in its line.
    pub(super) fn column(&self) -> isize {
        (self.at.min(self.text.len()) - self.line().0) as isize
    }

    fn blanks(&mut self) {
        let rest = self.line_rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// Steps over space, comments and empty lines, not over the end of a document.
    pub(super) fn space(&mut self) {
        loop {
            self.blanks();
            let rest = self.line_rest();
            let before = self.slice(mark(self.text), self.at).bytes().next_back();
            let comment = rest.starts_with('#') && before.is_none_or(is_space);
            if !(rest.is_empty() || comment) || self.at_document_end() {
                return;
            }
            self.next_line();
        }
    }

    /// Whether `---` or `...` stands here, at the beginning of a line, or the text ends.
    pub(super) fn at_document_end(&self) -> bool {
        let line = self.line_rest();
        let marker = line.starts_with("---") || line.starts_with("...");
        let alone = line.as_bytes().get(3).is_none_or(|b| is_space(*b));
        self.at >= self.text.len() || marker && alone && self.column() == 0
    }

    /// Steps to the content of the next document; false when there is none.
    fn begin_document(&mut self) -> bool {
        let first = self.at <= 3;
        self.space();
        while self.line_rest().starts_with('%') && self.column() == 0 {
            self.next_line();
            self.space();
        }
        if self.line_rest().starts_with("---") && self.at_document_end() {
            self.at += 3;
            return true;
        }
        self.at < self.text.len() && first
    }

    /// Between two documents nothing else may stand.
    fn end_document(&mut self) -> Result<(), Give> {
        self.space();
        while self.line_rest().starts_with("...") && self.at_document_end() && self.at < self.text.len() {
            self.next_line();
            self.space();
        }
        if self.at_document_end() { Ok(()) } else { Err(Give) }
    }

    // ---- nodes ----

    /// A node that is indented deeper than `parent`, at or after this place.
    fn node(&mut self, parent: isize) -> Result<Raw, Give> {
        self.space();
        let start = self.at;
        if self.at_document_end() || self.column() <= parent {
            return Ok(Raw { kind: RawKind::Opaque, start, end: start });
        }
        self.depth += 1;
        let raw = if self.depth > DEPTH { Err(Give) } else { self.content(parent) };
        self.depth -= 1;
        raw
    }

    fn content(&mut self, parent: isize) -> Result<Raw, Give> {
        match self.peek().unwrap_or(b'\n') {
            b'-' if self.is_entry() => self.list(self.column()),
            b'&' | b'!' => {
                self.at += self.line_rest().find([' ', '\t']).unwrap_or(self.line_rest().len());
                self.node(parent)
            }
            b'?' if self.slice(self.at + 1, self.at + 2).trim().is_empty() => Err(Give),
            b'[' | b'{' => self.flow(),
            b'*' | b'%' | b'@' | b'`' | b'|' | b'>' => self.value(parent),
            _ if self.key_ahead() => self.map(self.column()),
            _ => self.value(parent),
        }
    }

    /// Whether `- ` stands here.
    fn is_entry(&self) -> bool {
        self.line_rest().strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    }

    /// Whether a key and its colon stand in this line.
    fn key_ahead(&self) -> bool {
        let mut ahead = Scanner { depth: 0, line: self.line.clone(), ..*self };
        ahead.key().is_ok()
    }

    /// `key:`, to behind the colon.
    fn key(&mut self) -> Result<Text, Give> {
        let line = self.at + self.line_rest().len();
        let key = match self.peek() {
            Some(b'"') => self.double_quoted()?,
            Some(b'\'') => self.single_quoted()?,
            Some(b'*' | b'&' | b'!' | b'[' | b'{' | b'?' | b'|' | b'>') | None => return Err(Give),
            Some(_) => self.plain(isize::MAX, false),
        };
        self.blanks();
        let colon = self.line_rest().strip_prefix(':');
        let found = colon.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        self.at += 1;
        if found && self.at <= line { Ok(key) } else { Err(Give) }
    }

    /// The entries of a mapping whose keys stand in `column`.
    fn map(&mut self, column: isize) -> Result<Raw, Give> {
        let start = self.at;
        let (mut entries, mut end) = (Vec::new(), start);
        while !self.at_document_end() && self.column() == column && !self.is_entry() {
            let key = self.key()?;
            let raw = self.entry(column)?;
            end = raw.end.max(key.span.end as usize);
            entries.push((key, raw));
            self.space();
        }
        self.ended(column)?;
        Ok(Raw { kind: RawKind::Map(entries), start, end })
    }

    /// The value of a key that stands in `column`.
    fn entry(&mut self, column: isize) -> Result<Raw, Give> {
        let colon = self.at;
        let line = self.at + self.line_rest().len();
        self.space();
        let here = self.at <= line;
        // A list may stand as far left as the key it belongs to.
        if !here && self.column() == column && self.is_entry() && !self.at_document_end() {
            return self.list(column);
        }
        let raw = if here && !matches!(self.peek(), Some(b'[' | b'{' | b'&' | b'!')) {
            self.value(column)
        } else {
            self.node(column)
        };
        // What is not there stands right behind the colon.
        raw.map(|raw| if raw.start == raw.end { Raw { start: colon, end: colon, ..raw } } else { raw })
    }

    /// The items of a list whose dashes stand in `column`.
    fn list(&mut self, column: isize) -> Result<Raw, Give> {
        let start = self.at;
        let (mut items, mut end) = (Vec::new(), start);
        while !self.at_document_end() && self.column() == column && self.is_entry() {
            self.at += 1;
            let dash = self.at;
            let raw = self.node(column)?;
            end = raw.end.max(dash);
            items.push(if raw.start == raw.end { Raw { start: dash, end: dash, ..raw } } else { raw });
            self.space();
        }
        Ok(Raw { kind: RawKind::List(items), start, end })
    }

    /// After a mapping stands what is indented less, or nothing.
    fn ended(&self, column: isize) -> Result<(), Give> {
        if self.at_document_end() || self.column() <= column { Ok(()) } else { Err(Give) }
    }

    /// A scalar or an alias.
    fn value(&mut self, parent: isize) -> Result<Raw, Give> {
        let start = self.at;
        let (kind, end) = match self.peek() {
            Some(b'"') => scalar(self.double_quoted()?, false),
            Some(b'\'') => scalar(self.single_quoted()?, false),
            Some(b'|' | b'>') => scalar(self.block(parent)?, false),
            Some(b'*') => {
                self.at += self.line_rest().trim_end().len();
                (RawKind::Opaque, self.at)
            }
            Some(b'%' | b'@' | b'`') => return Err(Give),
            _ => scalar(self.plain(parent, false), true),
        };
        Ok(Raw { kind, start, end })
    }

    // ---- flow collections ----

    /// `[…]`, `{…}` or a scalar within them.
    fn flow(&mut self) -> Result<Raw, Give> {
        self.space();
        self.depth += 1;
        let start = self.at;
        let kind = match self.peek() {
            _ if self.depth > DEPTH => Err(Give),
            Some(b'[') => self.flow_list(),
            Some(b'{') => self.flow_map(),
            Some(b'"') => self.double_quoted().map(|text| RawKind::Scalar(text, false)),
            Some(b'\'') => self.single_quoted().map(|text| RawKind::Scalar(text, false)),
            Some(b'*') => {
                self.word();
                Ok(RawKind::Opaque)
            }
            Some(b'&' | b'!') => {
                self.word();
                self.flow().map(|raw| raw.kind)
            }
            Some(b'?' | b'|' | b'>' | b'%' | b'@' | b'`') | None => Err(Give),
            Some(_) => Ok(RawKind::Scalar(self.plain(-1, true), true)),
        };
        self.depth -= 1;
        let end = self.at;
        Ok(Raw { kind: kind?, start, end })
    }

    /// Steps over the name of an anchor, an alias or a tag.
    fn word(&mut self) {
        let rest = self.line_rest();
        self.at += rest.find([' ', '\t', ',', ']', '}']).unwrap_or(rest.len());
    }

    fn flow_list(&mut self) -> Result<RawKind, Give> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.closes(b']') {
            items.push(self.flow()?);
            self.comma(b']')?;
        }
        Ok(RawKind::List(items))
    }

    fn flow_map(&mut self) -> Result<RawKind, Give> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.closes(b'}') {
            let RawKind::Scalar(key, _) = self.flow()?.kind else { return Err(Give) };
            self.space();
            let colon = self.at;
            let has_value = self.peek() == Some(b':');
            self.at += usize::from(has_value);
            self.space();
            let empty = !has_value || matches!(self.peek(), Some(b',' | b'}'));
            let nothing = Raw { kind: RawKind::Opaque, start: colon, end: colon };
            entries.push((key, if empty { nothing } else { self.flow()? }));
            self.comma(b'}')?;
        }
        Ok(RawKind::Map(entries))
    }

    /// Whether the collection ends here; steps over its end.
    fn closes(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    /// Between two entries stands a comma; before the end may be one.
    fn comma(&mut self, end: u8) -> Result<(), Give> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(())
            }
            Some(sign) if sign == end => Ok(()),
            _ => Err(Give),
        }
    }
}

fn scalar(text: Text, plain: bool) -> (RawKind, usize) {
    let end = text.span.end as usize;
    (RawKind::Scalar(text, plain), end)
}
