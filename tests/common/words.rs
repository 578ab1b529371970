//! The words of the language, as the parser knows them: it is asked at every place of the examples what may stand there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sloc::catalog::Unit;
use sloc::source::FileId;
use sloc::syntax::{self, PLACEHOLDER, PieceKind};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Specs in which every place of the language is to be found: our own, and the examples of the documentation.
pub fn examples() -> Vec<String> {
    let mut pages: Vec<_> = fs::read_dir(format!("{ROOT}/docs")).unwrap().map(|e| e.unwrap().path()).collect();
    pages.sort();
    let mut all = Vec::new();
    for page in pages.iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
        let page = fs::read_to_string(page).unwrap();
        let blocks = |kind: &str| -> Vec<String> {
            let fence = format!("```{kind}\n");
            page.split(&fence).skip(1).map(|b| b.split("\n```").next().unwrap().to_string()).collect()
        };
        all.extend(blocks("slo"));
        all.extend(blocks("slo-in-service").iter().map(|b| format!("service example {{\n{b}\n}}\n")));
    }
    let files =
        ["specs/project.slo", "specs/shop/shop.slo", "specs/gateway/gateway.slo", "tests/golden/datasources.slo"];
    all.extend(files.map(|f| fs::read_to_string(Path::new(ROOT).join(f)).unwrap()));
    all
}

/// The words of the language, from the parser.
pub fn keywords() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for text in examples() {
        let outside = |kind| !matches!(kind, PieceKind::Text | PieceKind::Comment | PieceKind::Mark);
        for piece in syntax::parse(FileId(0), &text).pieces.iter().filter(|p| outside(p.kind)) {
            let range = piece.span.range();
            let instead = format!("{}{PLACEHOLDER}{}", &text[..range.start], &text[range.end..]);
            words.extend(syntax::offers(FileId(0), &instead, range.start).words);
            let behind = format!("{} {PLACEHOLDER}{}", &text[..range.end], &text[range.end..]);
            words.extend(syntax::offers(FileId(0), &behind, range.end + 1).words);
        }
    }
    // A unit is a name like any other, and one entry stands for names.
    words.retain(|w| !Unit::names().any(|unit| unit == w) && !w.chars().any(char::is_uppercase));
    words
}
