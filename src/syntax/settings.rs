//! Settings that depend on a kind: `url env(SLACK_URL) channel "#ops"` for one, `key env(KEY)` for another.

use super::ast::{Name, Setting, Value};
use super::cursor::Cursor;
use super::token;
use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::source::Spanned;

/// What stands behind a setting's word.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A text or `env(NAME)`.
    Text,
    /// Texts with commas between them.
    Texts,
    /// A word, a number or a duration.
    Word,
    /// Nothing.
    Flag,
}

/// A kind's name and its settings.
pub(super) type Kind = (&'static str, &'static [(&'static str, Shape)]);

/// Reads a kind's name. An unknown one is reported; what follows it is then not read.
pub(super) fn kind(c: &mut Cursor<'_>, of: &str, kinds: &'static [Kind]) -> Option<(Name, &'static Kind)> {
    let names = || kinds.iter().map(|(name, _)| *name);
    c.offer(names());
    let word = c.expect_word(&format!("the kind of {of}: {}", one_of(names())))?;
    let found = kinds.iter().find(|(name, _)| *name == word.node);
    if found.is_none() {
        let help = did_you_mean(&word.node, names()).unwrap_or_else(|| format!("the kinds are {}", one_of(names())));
        let message = format!("`{}` is not a kind of {of}", word.node);
        c.report(Diagnostic::new(&codes::E0120, word.span, message).here("not known").help(help));
    }
    Some((word, found?))
}

/// Reads settings of a kind as long as there are some here.
pub(super) fn run(c: &mut Cursor<'_>, kind: &Kind, settings: &mut Vec<Setting>) {
    let words: Vec<&str> = kind.1.iter().map(|(name, _)| *name).collect();
    while !c.is_broken()
        && let Some(word) = c.take_one_of(&words)
    {
        setting(c, kind, word, settings);
    }
}

/// Reads all settings of a kind: on the line, in a block, or both.
pub(super) fn all(c: &mut Cursor<'_>, kind: &Kind, of: &str) -> Vec<Setting> {
    let mut given = Vec::new();
    run(c, kind, &mut given);
    if c.stands("{") {
        c.block(of, |c, word| {
            setting(c, kind, word, &mut given);
            run(c, kind, &mut given);
        });
    } else if !c.is_broken()
        && let Some(word) = c.take_word()
    {
        setting(c, kind, Spanned::new(&word.node, word.span), &mut given);
    }
    given
}

/// Reads what stands behind a setting's word; an unknown word is reported.
pub(super) fn setting(c: &mut Cursor<'_>, kind: &Kind, word: Spanned<&str>, settings: &mut Vec<Setting>) {
    let Some((_, shape)) = kind.1.iter().find(|(name, _)| *name == word.node) else {
        let words: Vec<&str> = kind.1.iter().map(|(name, _)| *name).collect();
        return c.unknown_word(word, &format!("`{}`", kind.0), &words);
    };
    let values = match shape {
        Shape::Text => text(c).into_iter().collect(),
        Shape::Texts => texts(c),
        Shape::Word => bare(c).into_iter().collect(),
        Shape::Flag => Vec::new(),
    };
    if settings.iter().any(|s| s.key.node == word.node) {
        let message = format!("`{}` is given twice", word.node);
        let diagnostic = Diagnostic::new(&codes::E0005, word.span, message).here("again here");
        return c.report(diagnostic.help("one of them is enough"));
    }
    settings.push(Setting { key: word.map(str::to_string), values });
}

/// `"…"` or `env(NAME)`.
fn text(c: &mut Cursor<'_>) -> Option<Value> {
    if c.take_keyword("env").is_none() {
        return c.expect_string("a text, or `env(NAME)`").map(Value::Text);
    }
    c.expect_mark("(")?;
    let name = c.expect_word("the name of an environment variable")?;
    c.expect_mark(")")?;
    Some(Value::Env(name))
}

fn texts(c: &mut Cursor<'_>) -> Vec<Value> {
    let mut texts = Vec::new();
    loop {
        texts.extend(text(c));
        if c.is_broken() || c.take_mark(",").is_none() {
            return texts;
        }
    }
}

fn bare(c: &mut Cursor<'_>) -> Option<Value> {
    let number = c.take(token::quantity).map(|q| Spanned::new(c.slice(q.span).to_string(), q.span));
    number.or_else(|| c.expect_word("a word or a number")).map(Value::Word)
}
