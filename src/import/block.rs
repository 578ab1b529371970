//! Specs as text: statements and blocks, put together from checked pieces and laid out by `fmt`.

use crate::fmt;
use crate::source::FileId;

/// `service checkout { … }`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Block {
    head: String,
    body: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Comment(String),
    Line(String),
    Block(Block),
    Blank,
}

impl Block {
    pub(super) fn new(head: impl Into<String>) -> Block {
        Block { head: head.into(), body: Vec::new() }
    }

    /// The same under another head.
    pub(super) fn called(self, head: String) -> Block {
        Block { head, ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// A statement of one line, or of a text over several.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.body.push(Part::Line(line.into()));
    }

    /// A word and a text in quotes.
    pub(super) fn text(&mut self, word: &str, text: &str) {
        self.line(format!("{word} {}", quoted(text)));
    }

    /// The same where there is a text.
    pub(super) fn maybe(&mut self, word: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            self.text(word, text);
        }
    }

    /// `labels { a = "b" }`, when there are some.
    pub(super) fn labels(&mut self, word: &str, labels: &[(String, String)]) {
        if !labels.is_empty() {
            self.line(format!("{word} {}", braced(labels)));
        }
    }

    pub(super) fn block(&mut self, block: Block) {
        self.body.push(Part::Block(block));
    }

    /// A block, apart from what stands before it.
    pub(super) fn apart(&mut self, comments: &[String], block: Block) {
        if !self.body.is_empty() {
            self.body.push(Part::Blank);
        }
        self.comments(comments);
        self.block(block);
    }

    /// Comments for themselves, apart from what stands before them.
    pub(super) fn remark(&mut self, comments: &[String]) {
        if !self.body.is_empty() {
            self.body.push(Part::Blank);
        }
        self.comments(comments);
    }

    /// Comments, each of one line.
    pub(super) fn comments(&mut self, comments: &[String]) {
        let lines = comments.iter().flat_map(|c| c.lines());
        self.body.extend(lines.map(|line| Part::Comment(line.to_string())));
    }

    /// The lines of a block of a service, for comments.
    pub(super) fn as_comments(&self) -> Vec<String> {
        let mut service = Block::new("service probe");
        service.block(self.clone());
        let text = file(&[], &[(Vec::new(), service)]);
        let lines: Vec<&str> = text.lines().collect();
        let own = lines.get(1..lines.len().saturating_sub(1)).unwrap_or(&[]);
        own.iter().map(|line| line.strip_prefix("  ").unwrap_or(line).to_string()).collect()
    }

    fn print(&self, out: &mut String) {
        *out += &format!("{} {{\n", self.head);
        self.body.iter().for_each(|part| part.print(out));
        *out += "}\n";
    }
}

impl Part {
    fn print(&self, out: &mut String) {
        match self {
            Part::Comment(text) => *out += format!("# {text}").trim_end(),
            Part::Line(line) => *out += line,
            Part::Block(block) => return block.print(out),
            Part::Blank => {}
        }
        out.push('\n');
    }
}

/// A whole file, formatted: what stands before the blocks, then these.
pub(super) fn file(before: &[String], blocks: &[(Vec<String>, Block)]) -> String {
    let mut text = String::new();
    before.iter().for_each(|line| text += &format!("{line}\n"));
    for (comments, block) in blocks {
        text.push('\n');
        comments.iter().for_each(|c| text += &format!("{}\n", format!("# {c}").trim_end()));
        block.print(&mut text);
    }
    let text = text.trim_start().to_string();
    fmt::format(FileId(0), &text).unwrap_or(text)
}

/// A label's name as every version of Prometheus takes it, with `_` for what may not stand in one, which is how Prometheus
/// itself writes such names for older readers. Nothing in it can end the block it stands in.
fn word(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let word: String = name.chars().map(plain).collect();
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins { word } else { format!("_{word}") }
}

/// `{ a = "b", c = "d" }`.
pub(super) fn braced(labels: &[(String, String)]) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{} = {}", word(name), quoted(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A text in quotes, with its escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out + "\""
}
