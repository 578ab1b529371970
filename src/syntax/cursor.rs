//! A place in a text and the ways to go on from it: what is expected, how a mistake is reported, where reading resumes.
//!
//! `take_` reads what may stand here, `expect_` reports what must stand here and does not. Reading never fails:
//! after a mistake it resumes at the next statement, and one line never gives two messages.

mod block;
mod recovery;
mod values;

use nom::Parser;

use super::ast::Hole;
use super::offers::Offers;
use super::pieces::{PieceKind, Pieces};
use super::{holes, token};
use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, Span, Spanned};
use crate::units::{Duration, Ratio};

/// The state of reading one file.
pub(super) struct Cursor<'a> {
    text: &'a str,
    file: FileId,
    pos: usize,
    /// What was read so far, piece by piece.
    pub(super) pieces: Pieces,
    /// The words that may stand at a place, when that is asked for.
    pub(super) offers: Offers,
    /// Mistakes found so far.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether the current statement has a mistake already.
    broken: bool,
    /// Whether an unclosed text or block has swallowed the rest, so that what is missing there is no mistake of its own.
    cut_short: bool,
    /// Whether this is the body of a template, where `$name` may stand for what is not known yet.
    holes: bool,
    /// How many statements of blocks were read so far.
    statements: usize,
    /// How far the line is indented that the current statement begins on.
    indent: usize,
    /// Whether a block has no end, or an end has no block.
    pub(super) unbalanced: bool,
    /// Whether blocks end where their lines are indented no more, as when one has no end.
    pub(super) by_indentation: bool,
}

/// What a hole is read as: the first of these that fits where it stands.
const ANYTHING: [&str; 3] = ["x", "1", "\"x\""];

impl<'a> Cursor<'a> {
    pub(super) fn new(file: FileId, text: &'a str) -> Cursor<'a> {
        let pos = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Cursor {
            text,
            file,
            pos,
            pieces: Pieces::of(text),
            offers: Offers::default(),
            diagnostics: Vec::new(),
            broken: false,
            cut_short: false,
            holes: false,
            statements: 0,
            indent: 0,
            unbalanced: false,
            by_indentation: false,
        }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or("")
    }

    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.text.len()
    }

    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    /// Goes on at `pos`: further on, past a raw piece that needs no reading here, or back, to read again.
    pub(super) fn go_to(&mut self, pos: usize) {
        if pos > self.pos {
            self.pieces.push_as(PieceKind::Raw, self.span(self.pos, pos));
        } else {
            self.pieces.back_to(pos);
        }
        self.pos = pos;
    }

    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.file, from..to)
    }

    /// The empty span here.
    pub(super) fn here(&self) -> Span {
        self.span(self.pos, self.pos)
    }

    /// Reports a mistake, unless the statement has one already.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if !std::mem::replace(&mut self.broken, true) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// How many mistakes there are so far.
    pub(super) fn mistakes(&self) -> usize {
        self.diagnostics.len()
    }

    /// Reports that something else was expected here.
    pub(super) fn unexpected(&mut self, expected: &str) {
        self.unexpected_but(expected, self.parted());
    }

    /// The same, with what would be right.
    pub(super) fn unexpected_but(&mut self, expected: &str, help: Option<String>) {
        let (span, found) = self.found();
        let mistake = Diagnostic::new(&codes::E0001, span, format!("expected {expected}, found {found}"));
        let mistake = mistake.here("unexpected").maybe_help(help);
        self.report(self.misread(mistake, expected));
    }

    /// A mistake with what was meant, where that shows in the first character.
    fn misread(&self, mistake: Diagnostic, expected: &str) -> Diagnostic {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        if let Some(meant) = crate::diag::odd_character(first) {
            return mistake.help(meant);
        }
        if first == '\'' && expected.contains("in quotes") {
            return mistake.help("a text stands between `\"`");
        }
        if !self.assigned() {
            return mistake;
        }
        let spaced = self.text.get(..self.pos).is_some_and(|before| before.ends_with(' '));
        let title = format!("leave out `{first}`");
        let sign = self.span(self.pos, self.pos + 1);
        mistake.help(format!("a setting's value follows its word, without `{first}`")).fix(
            title,
            sign,
            if spaced { "" } else { " " },
        )
    }

    /// Whether a sign stands here that other languages have behind the word of a setting.
    pub(super) fn assigned(&self) -> bool {
        self.pieces.last_kind() == Some(PieceKind::Head)
            && self.rest().starts_with(['=', ':'])
            && !self.rest().starts_with("==")
    }

    /// What stands here, for a message: a word or a character with its span.
    fn found(&self) -> (Span, String) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return (self.here(), "the end of the file".into()) };
        if first == '\n' || first == '\r' {
            return (self.here(), "the end of the line".into());
        }
        if matches!(first, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{200b}'..='\u{200d}' | '\u{feff}') {
            return (self.span(self.pos, self.pos + first.len_utf8()), format!("`{}`", first.escape_unicode()));
        }
        let plain = |c: char| !c.is_whitespace() && !matches!(c, '{' | '}' | '"' | '#' | ',');
        let length = rest.find(|c| !plain(c)).filter(|n| *n > 0).unwrap_or(first.len_utf8());
        let shown: String = rest[..length].chars().take(40).collect();
        (self.span(self.pos, self.pos + length), format!("`{shown}`"))
    }

    /// Passes spaces, and a comment if one follows; stays on the line.
    pub(super) fn skip_spaces(&mut self) {
        let spaces = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r']).len();
        self.pos += spaces;
        if self.rest().starts_with('#') {
            let length = self.rest().find('\n').unwrap_or(self.rest().len());
            let end = self.pos + self.rest()[..length].trim_end().len();
            self.pieces.push_as(PieceKind::Comment, self.span(self.pos, end));
            self.pos += length;
        }
    }

    /// Passes white space, comments and empty lines.
    pub(super) fn skip_lines(&mut self) {
        loop {
            self.skip_spaces();
            if !self.rest().starts_with('\n') {
                return;
            }
            self.pos += 1;
        }
    }

    /// Reads a token if it stands here, after spaces.
    pub(super) fn take<O>(
        &mut self,
        mut parser: impl Parser<&'a str, Output = O, Error = nom::error::Error<&'a str>>,
    ) -> Option<Spanned<O>> {
        self.skip_spaces();
        let start = self.pos;
        if let Some(length) = self.hole() {
            let fits = |text: &&'a str| parser.parse(text).ok().filter(|(rest, _)| rest.is_empty());
            let (_, node) = ANYTHING.iter().find_map(fits)?;
            self.pos += length;
            let span = self.span(start, self.pos);
            self.pieces.push_as(PieceKind::Word, span);
            return Some(Spanned::new(node, span));
        }
        let (rest, node) = parser.parse(self.rest()).ok()?;
        self.pos = self.text.len() - rest.len();
        let span = self.span(start, self.pos);
        self.pieces.push(self.slice(span), span);
        Some(Spanned::new(node, span))
    }

    /// Length of the word with holes that stands right here.
    fn hole(&self) -> Option<usize> {
        self.holes.then(|| holes::run(self.rest())).flatten()
    }

    /// Passes a word with holes that stands here, after spaces.
    fn take_hole(&mut self) -> Option<Span> {
        self.skip_spaces();
        let start = self.pos;
        self.pos += self.hole()?;
        let span = self.span(start, self.pos);
        self.pieces.push_as(PieceKind::Word, span);
        Some(span)
    }

    /// Whether `$name` may stand for a value from here on.
    pub(super) fn with_holes(&mut self, holes: bool) {
        self.holes = holes;
    }

    /// How many statements of blocks were read so far.
    pub(super) fn statements(&self) -> usize {
        self.statements
    }

    /// Forgets the mistakes from number `first` on that stand at a hole: what fits there is known at its uses.
    pub(super) fn forget_mistakes_at(&mut self, first: usize, holes: &[Hole]) {
        let recent = self.diagnostics.split_off(first.min(self.diagnostics.len()));
        let at_hole = |d: &Diagnostic| {
            let at = d.primary.span;
            holes.iter().any(|h| h.span.start < at.end.max(at.start + 1) && at.start < h.span.end)
        };
        self.diagnostics.extend(recent.into_iter().filter(|d| !at_hole(d)));
    }

    pub(super) fn take_mark(&mut self, mark: &'static str) -> Option<Span> {
        self.take(token::mark(mark)).map(|s| s.span)
    }

    pub(super) fn take_keyword(&mut self, word: &'static str) -> Option<Span> {
        self.offer([word]);
        let taken = self.take(token::keyword(word))?;
        self.pieces.last_is(PieceKind::Keyword);
        Some(taken.span)
    }

    /// One of some words, if one stands here.
    pub(super) fn take_one_of(&mut self, words: &[&str]) -> Option<Spanned<&'a str>> {
        self.offer(words.iter().copied());
        let taken = self.take(token::one_of(words))?;
        self.pieces.last_is(PieceKind::Keyword);
        Some(taken)
    }

    /// Whether a mark stands here.
    pub(super) fn stands(&mut self, mark: &str) -> bool {
        self.skip_spaces();
        self.rest().starts_with(mark)
    }

    /// Whether the statement ends here.
    pub(super) fn line_ends(&mut self) -> bool {
        self.skip_spaces();
        self.at_end() || self.rest().starts_with(['\n', '}', ','])
    }

    pub(super) fn take_word(&mut self) -> Option<Spanned<String>> {
        self.take(token::word).map(|s| s.map(str::to_string))
    }

    /// The word that a statement begins with.
    pub(super) fn take_head(&mut self) -> Option<Spanned<&'a str>> {
        let head = self.take(token::word)?;
        self.indent = self.indentation(head.span.start as usize).unwrap_or(self.indent);
        self.pieces.last_is(PieceKind::Head);
        Some(head)
    }

    /// A word that may be put in quotes; `what` says what it names.
    pub(super) fn expect_word(&mut self, what: &str) -> Option<Spanned<String>> {
        let word = self.take_word();
        if word.is_none() {
            let help = (!self.line_ends() && !self.stands("{"))
                .then(|| "it stands without quotes: a letter, then letters, digits, `-` and `_`".to_string());
            self.unexpected_but(what, help);
        }
        word
    }

    pub(super) fn expect_keyword(&mut self, word: &'static str) -> Option<Span> {
        let taken = self.take_keyword(word);
        if taken.is_none() {
            self.unexpected(&format!("`{word}`"));
        }
        taken
    }

    /// A keyword of a phrase, which is shown whole where the keyword is missing.
    pub(super) fn expect_keyword_as(&mut self, word: &'static str, phrase: &str) -> Option<Span> {
        let taken = self.take_keyword(word);
        if taken.is_none() {
            self.unexpected_but(&format!("`{word}`"), Some(format!("it is written as in {phrase}")));
        }
        taken
    }

    pub(super) fn expect_mark(&mut self, mark: &'static str) -> Option<Span> {
        let taken = self.take_mark(mark);
        if taken.is_none() {
            self.unexpected(&format!("`{mark}`"));
        }
        taken
    }

    /// `"…"` or `"""…"""`, if one stands here. An unterminated one is reported and read to the end of its line.
    pub(super) fn take_string(&mut self) -> Option<Spanned<String>> {
        if let Some(span) = self.take_hole() {
            return Some(Spanned::new(self.slice(span).to_string(), span));
        }
        if self.rest().starts_with("\"\"\"") {
            return self.take(token::long_string).or_else(|| self.broken_string(3));
        }
        if self.rest().starts_with('"') {
            return self.take(token::string).or_else(|| self.broken_string(1));
        }
        None
    }

    /// Reports a string that does not end or holds an unknown escape, and passes its line.
    fn broken_string(&mut self, quotes: usize) -> Option<Spanned<String>> {
        let rest = self.rest();
        let line = rest.lines().next().unwrap_or("");
        let open = self.span(self.pos, self.pos + quotes);
        let (span, message, help) = match bad_escape(line) {
            Some(at) if quotes == 1 => {
                let end = at + 1 + line[at + 1..].chars().next().map_or(0, char::len_utf8);
                (
                    self.span(self.pos + at, self.pos + end),
                    "unknown escape in a string",
                    r#"the escapes are `\"`, `\\`, `\n` and `\t`"#,
                )
            }
            _ if quotes == 3 => (open, "a text in `\"\"\"` has no end", "it ends with `\"\"\"`"),
            _ => (open, "a string has no end on its line", "it ends with `\"`; longer text goes between `\"\"\"`"),
        };
        self.report(Diagnostic::new(&codes::E0003, span, message).here("starts here").help(help));
        self.pos = if quotes == 3 { self.text.len() } else { self.pos + line.len() };
        self.cut_short |= quotes == 3;
        None
    }

    pub(super) fn expect_string(&mut self, what: &str) -> Option<Spanned<String>> {
        let broken = self.broken;
        let string = self.take_string();
        if string.is_none() && self.broken == broken {
            self.unexpected(&match what.split_once(", or ") {
                Some((text, other)) => format!("{text} in quotes, or {other}"),
                None => format!("{what} in quotes"),
            });
        }
        string
    }

    /// Text from the file.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Ends a statement: its line must end here, or the block around it.
    pub(super) fn end_statement(&mut self) {
        if !self.line_ends() {
            self.unexpected("the end of the line");
        }
        self.resume();
    }

    /// What to write where a number and its unit stand apart.
    fn parted(&self) -> Option<String> {
        let number = self.text.get(..self.pos)?.trim_end_matches(' ').rsplit(' ').next()?;
        let unit = self.rest().split(|c: char| c.is_whitespace() || c == '}').next().filter(|unit| !unit.is_empty())?;
        let whole = format!("{number}{unit}");
        let one = Duration::parse(&whole).is_some() || unit == "%" && Ratio::parse(number).is_some();
        one.then(|| format!("a number and its unit are one word: `{whole}`"))
    }

    /// Whether the current statement has a mistake.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reports a word that means nothing here, with the nearest one that does.
    pub(super) fn unknown_word(&mut self, word: Spanned<&str>, of: &str, known: &[&str]) {
        self.offer_for(word.span, known.iter().copied());
        let help = crate::diag::did_you_mean(word.node, known.iter().copied());
        let help = help.unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        let message = format!("`{}` is not a setting of {of}", word.node);
        self.report(Diagnostic::new(&codes::E0004, word.span, message).here("not known here").help(help));
    }

    /// Fills a setting that may be given once.
    pub(super) fn set<T>(&mut self, slot: &mut Option<T>, value: Option<T>, keyword: Spanned<&str>) {
        let Some(value) = value else { return };
        if slot.is_some() {
            let message = format!("`{}` is given twice", keyword.node);
            self.report(
                Diagnostic::new(&codes::E0005, keyword.span, message).here("again here").help("one of them is enough"),
            );
        } else {
            *slot = Some(value);
        }
    }
}

/// Offset of the first backslash that begins no escape, in text that starts with a quote.
fn bad_escape(line: &str) -> Option<usize> {
    let mut chars = line.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return None,
            '\\' if !matches!(chars.next(), Some((_, '"' | '\\' | 'n' | 't'))) => return Some(at),
            _ => {}
        }
    }
    None
}
