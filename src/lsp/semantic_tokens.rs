//! What each word of a file is, for its colour: the pieces of the parser, the names of the program, the words of queries.

use std::ops::Range;

use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensResult,
};

use super::world::{Document, World};
use crate::promql::outline::{self, WordKind};
use crate::resolve::{Mention, NameKind};
use crate::source::Span;
use crate::syntax::{self, Piece, PieceKind};

/// The types of tokens; a token names its type by its number here.
const TYPES: [SemanticTokenType; 16] = [
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::CLASS,
    SemanticTokenType::EVENT,
    SemanticTokenType::INTERFACE,
    SemanticTokenType::STRUCT,
    SemanticTokenType::MACRO,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::OPERATOR,
];

/// The bit of the one modifier: declared here.
const DECLARATION: u32 = 1;

/// What the numbers of tokens mean.
pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend { token_types: TYPES.into(), token_modifiers: vec![SemanticTokenModifier::DECLARATION] }
}

pub(super) fn semantic_tokens(world: &mut World, params: SemanticTokensParams) -> Option<SemanticTokensResult> {
    let document = world.document(&params.text_document.uri)?;
    let encoding = world.encoding;
    let lines = document.lines();
    let (mut data, mut before) = (Vec::new(), lsp_types::Position::default());
    for (range, kind, modifiers) in tokens(&document) {
        // A token stands on one line.
        for part in by_line(document.text(), range) {
            let at = lines.position(part.start);
            let same_line = at.line == before.line;
            data.push(SemanticToken {
                delta_line: at.line - before.line,
                delta_start: if same_line { at.character - before.character } else { at.character },
                length: encoding.length(document.text().get(part).unwrap_or("")),
                token_type: number(&kind),
                token_modifiers_bitset: modifiers,
            });
            before = at;
        }
    }
    Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data }))
}

fn number(kind: &SemanticTokenType) -> u32 {
    TYPES.iter().position(|t| t == kind).unwrap_or(0) as u32
}

type Token = (Range<usize>, SemanticTokenType, u32);

/// The tokens of a file in its order; none touches another.
fn tokens(document: &Document) -> Vec<Token> {
    let text = document.text();
    let names = document.snapshot.mentions().all.iter().filter(|m| m.span.file == document.file);
    let names: Vec<&Mention> = names.collect();
    let mut tokens: Vec<Token> = Vec::new();
    for piece in syntax::parse(document.file, text).pieces {
        match piece.kind {
            PieceKind::Raw => tokens.extend(query(text, piece.span)),
            _ => tokens.extend(plain(&piece, &names)),
        }
    }
    tokens.sort_by_key(|(range, ..)| (range.start, range.end));
    let mut end = 0;
    tokens.retain(|(range, ..)| {
        let free = range.start >= end;
        end = end.max(range.end);
        free
    });
    tokens
}

/// A piece outside of queries. A name of two parts is two tokens; names in texts stand for the text.
fn plain(piece: &Piece, names: &[&Mention]) -> Vec<Token> {
    let kind = match piece.kind {
        PieceKind::Head | PieceKind::Keyword => Some(SemanticTokenType::KEYWORD),
        PieceKind::Value => Some(SemanticTokenType::NUMBER),
        PieceKind::Text => Some(SemanticTokenType::STRING),
        PieceKind::Comment => Some(SemanticTokenType::COMMENT),
        _ => None,
    };
    let first = names.partition_point(|m| m.span.start < piece.span.start);
    let inside = names.iter().skip(first).take_while(|m| m.span.end <= piece.span.end);
    let named: Vec<Token> = inside.filter_map(|m| of_name(m)).collect();
    match kind {
        Some(kind) if named.is_empty() || piece.kind == PieceKind::Text => vec![(piece.span.range(), kind, 0)],
        _ => named,
    }
}

fn of_name(m: &Mention) -> Option<Token> {
    let kind = match m.kind {
        NameKind::Service | NameKind::Environment => SemanticTokenType::NAMESPACE,
        NameKind::Slo => SemanticTokenType::CLASS,
        NameKind::Alert => SemanticTokenType::EVENT,
        NameKind::Team | NameKind::Contact => SemanticTokenType::INTERFACE,
        NameKind::Policy | NameKind::Datasource | NameKind::Dashboard => SemanticTokenType::STRUCT,
        NameKind::Template => SemanticTokenType::MACRO,
        NameKind::Parameter | NameKind::Variable => SemanticTokenType::PARAMETER,
        NameKind::Metric => SemanticTokenType::VARIABLE,
        NameKind::Label => SemanticTokenType::PROPERTY,
        NameKind::Severity | NameKind::Code => SemanticTokenType::ENUM_MEMBER,
        NameKind::Folder | NameKind::File => return None,
    };
    Some((m.span.range(), kind, if m.declares { DECLARATION } else { 0 }))
}

fn query(text: &str, span: Span) -> Vec<Token> {
    let words = outline::words(text.get(span.range()).unwrap_or(""));
    let token = |w: outline::Word| {
        let kind = match w.kind {
            WordKind::Metric => SemanticTokenType::VARIABLE,
            WordKind::Label => SemanticTokenType::PROPERTY,
            WordKind::Function => SemanticTokenType::FUNCTION,
            WordKind::Keyword => SemanticTokenType::KEYWORD,
            WordKind::Number => SemanticTokenType::NUMBER,
            WordKind::Text => SemanticTokenType::STRING,
            WordKind::Variable => SemanticTokenType::PARAMETER,
            WordKind::Sign => SemanticTokenType::OPERATOR,
        };
        (span.inside(w.range).range(), kind, 0)
    };
    words.into_iter().map(token).collect()
}

/// The parts of a range that stand on one line each, without its end.
fn by_line(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut at = range.start;
    let parts = text.get(range).unwrap_or("").split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    });
    parts.filter(|part| !part.is_empty()).collect()
}
