//! What may come at a place: words of the language that the parser would read there, names of the kind that is meant, and
//! in queries what fits.

mod names;
mod query;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse, CompletionTextEdit,
    InsertTextFormat, Range, TextEdit,
};

use super::world::{Document, World};
use crate::resolve::Mentions;
use crate::syntax::{self, Offered, PLACEHOLDER, PieceKind};

/// So many are sent at most; the editor asks again when more is typed.
const MOST: usize = 500;

pub(super) fn completion(world: &mut World, params: CompletionParams) -> Option<CompletionResponse> {
    let at = params.text_document_position;
    let document = world.document(&at.text_document.uri)?;
    let offset = document.lines().offset(at.position);
    let spot = Spot::of(&document, offset)?;
    let mut choices = spot.choices();
    let is_incomplete = choices.len() > MOST;
    if is_incomplete {
        let typed = spot.typed(&choices).to_lowercase();
        choices.retain(|c| c.label.to_lowercase().contains(&typed));
        choices.sort_by_key(|c| (c.rank, c.label.len()));
        choices.truncate(MOST);
    }
    let range = |start: usize| document.lines().range(start..spot.end);
    let item = |c: Choice| {
        let range = range(c.start);
        c.item(range, world.snippets)
    };
    let items = choices.into_iter().map(item).collect();
    Some(CompletionResponse::List(CompletionList { is_incomplete, items }))
}

/// Something that may come.
struct Choice {
    label: String,
    kind: CompletionItemKind,
    /// What it is, in a few words.
    detail: String,
    /// What there is to read of it.
    documentation: Option<String>,
    /// How well it fits: 0 the best.
    rank: u8,
    /// Where the text that it takes the place of begins.
    start: usize,
    /// Whether parentheses follow it.
    call: bool,
}

impl Choice {
    fn new(label: impl Into<String>, kind: CompletionItemKind, detail: impl Into<String>, start: usize) -> Choice {
        let (label, detail) = (label.into(), detail.into());
        Choice { label, kind, detail, documentation: None, rank: 0, start, call: false }
    }

    fn item(self, range: Range, snippets: bool) -> CompletionItem {
        let new_text = match (self.call, snippets) {
            (false, _) => self.label.clone(),
            (true, true) => format!("{}($0)", self.label),
            (true, false) => format!("{}(", self.label),
        };
        let snippet = (self.call && snippets).then_some(InsertTextFormat::SNIPPET);
        CompletionItem {
            sort_text: Some(format!("{}{}", self.rank, self.label)),
            label: self.label,
            kind: Some(self.kind),
            detail: (!self.detail.is_empty()).then_some(self.detail),
            documentation: self.documentation.map(lsp_types::Documentation::String),
            insert_text_format: snippet,
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
            ..CompletionItem::default()
        }
    }
}

/// The place that something is completed at.
struct Spot<'a> {
    document: &'a Document,
    /// The word that is being typed: its start, the cursor, and the end of what follows without a gap.
    start: usize,
    cursor: usize,
    end: usize,
    /// The text read with the placeholder instead of that word.
    offered: Offered,
    /// Its names.
    mentions: Mentions,
}

/// What may have to follow the placeholder, so that what is around it can be read.
const REST: [&str; 3] = ["", " = 1", " = 1)"];

impl<'a> Spot<'a> {
    /// Reads the text around a place; `None` where nothing can be completed: in comments and texts.
    fn of(document: &'a Document, cursor: usize) -> Option<Spot<'a>> {
        let text = document.text();
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let (before, after) = (text.get(..cursor)?, text.get(cursor..)?);
        let start = before.trim_end_matches(word).len();
        let end = text.len() - after.trim_start_matches(word).len();
        let mut read = REST.iter().map(|rest| Spot::read(document, (start, cursor, end), rest));
        let first = read.next()?;
        if !first.is_code() {
            return first.holes().is_some().then_some(first);
        }
        let says = |spot: &Spot<'_>| !spot.offered.words.is_empty() || spot.raw().is_some() || spot.name().is_some();
        if says(&first) { Some(first) } else { read.find(says).or(Some(first)) }
    }

    fn read(document: &'a Document, (start, cursor, end): (usize, usize, usize), rest: &str) -> Spot<'a> {
        let mut text = document.text().to_string();
        text.replace_range(start..end, &format!("{PLACEHOLDER}{rest}"));
        let offered = syntax::offers(document.file, &text, start);
        let sources = document.snapshot.program.sources.with_text(document.file, text);
        let mentions = Mentions::of_file(&sources, &offered.file);
        Spot { document, start, cursor, end, offered, mentions }
    }

    /// Whether the place is neither in a text nor in a comment.
    fn is_code(&self) -> bool {
        let quoted = |kind| matches!(kind, PieceKind::Text | PieceKind::Comment);
        let holds = |p: &&syntax::Piece| (p.span.start as usize) < self.start && self.start < p.span.end as usize;
        !self.offered.pieces.iter().filter(holds).any(|p| quoted(p.kind))
    }

    /// Everything that may come.
    fn choices(&self) -> Vec<Choice> {
        if let Some(parameters) = self.holes() {
            return parameters;
        }
        let mut choices = self.raw().map_or_else(Vec::new, |raw| self.query(raw));
        choices.extend(self.words());
        choices.extend(self.names());
        choices
    }

    /// What is typed already of the word.
    fn typed(&self, choices: &[Choice]) -> &'a str {
        let start = choices.first().map_or(self.start, |c| c.start);
        self.document.text().get(start..self.cursor).unwrap_or("")
    }
}
