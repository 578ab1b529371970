//! Which words may stand at a place: those that the parser itself looks for there. Whoever reads a new word of the
//! language offers it by reading it, so completion needs no list of its own.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::{Piece, ast, items};
use crate::source::{FileId, Span};

/// What stands in for the word that is looked for: a name like any other, which no word of the language is.
pub const PLACEHOLDER: &str = "__here__";

/// The place that words are looked for at, and those found.
#[derive(Debug, Default)]
pub(super) struct Offers {
    at: Option<usize>,
    words: BTreeSet<String>,
}

/// A text with the placeholder in it, read.
#[derive(Clone, PartialEq, Debug)]
pub struct Offered {
    /// The words that the parser would read instead of the placeholder.
    pub words: BTreeSet<String>,
    /// The tree, in which the placeholder stands where a name may.
    pub file: ast::File,
    /// What the text was taken apart into.
    pub pieces: Vec<Piece>,
}

/// Reads `text`, at whose offset `at` the placeholder begins.
pub fn offers(file: FileId, text: &str, at: usize) -> Offered {
    let mut cursor = Cursor::new(file, text);
    cursor.offers.at = Some(at);
    let items = items::all(&mut cursor);
    let file = ast::File { items, comments: Vec::new() };
    Offered { words: cursor.offers.words, file, pieces: cursor.pieces.finish() }
}

impl Cursor<'_> {
    /// Says that these words may stand here, after spaces.
    pub(super) fn offer<'w>(&mut self, words: impl IntoIterator<Item = &'w str>) {
        if self.offers.at.is_some() {
            self.skip_spaces();
            self.offer_for(self.here(), words);
        }
    }

    /// Says that these words may stand in `place` as well as what stands there.
    pub(super) fn offer_within<'w>(&mut self, place: Span, words: impl IntoIterator<Item = &'w str>) {
        if self.offers.at.is_some_and(|at| place.range().contains(&at)) {
            self.offers.words.extend(words.into_iter().map(str::to_string));
        }
    }

    /// Says that these words may stand where `place` begins.
    pub(super) fn offer_for<'w>(&mut self, place: Span, words: impl IntoIterator<Item = &'w str>) {
        if self.offers.at == Some(place.start as usize) {
            self.offers.words.extend(words.into_iter().map(str::to_string));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that may stand at the `|` of a text.
    fn at(text: &str) -> Vec<String> {
        let (before, after) = text.split_once('|').expect("a place");
        let text = format!("{before}{PLACEHOLDER}{after}");
        offers(FileId(0), &text, before.len()).words.into_iter().collect()
    }

    #[test]
    fn what_the_parser_looks_for_is_offered() {
        assert_eq!(at("service a { slo b 99.9% | }"), ["over"]);
        assert_eq!(at("service a { slo b 99.9% over 30d | {} }"), ["by"]);
        assert_eq!(at("policy a { page 2% of budget in 1h | }"), ["confirmed", "for"]);
        assert_eq!(at("policy a { | }"), ["page", "ticket"]);
        assert_eq!(at("contact a | "), ["email", "pagerduty", "slack", "webhook"]);
        assert_eq!(at("contact a slack url | "), ["env"]);
        assert_eq!(at("service a {\n slo b 99% over 1d {\n no-traffic |\n }\n}"), ["bad", "good", "ignore"]);
    }

    #[test]
    fn a_block_offers_its_settings_also_behind_what_cannot_be_read() {
        let service = at("service a {\n title 5\n |\n}\nteam x");
        assert!(service.contains(&"slo".to_string()) && service.contains(&"use".to_string()), "{service:?}");
        assert!(at("service a {}\n|").contains(&"datasource".to_string()));
        assert!(at("metrics {\n counter a_total |\n}").contains(&"seconds".to_string()));
    }

    #[test]
    fn a_query_is_no_place_for_words_of_the_language() {
        assert_eq!(at("service a { slo b 99% over 1d { errors sum(| }}"), [""; 0]);
        assert_eq!(at("service a { slo b 99% over 1d {\n histogram h |\n}}"), ["within"]);
    }
}
