//! The texts of written alerts: `{label}`, `{value}` and `{{ … }}` become places that every target can fill.

use super::Checker;
use super::actions::{self, Actions};
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::{self, Format, Part, Text};
use crate::promql::types::{Presence, Type};
use crate::source::{Span, Spanned};

/// What a text may speak of.
pub(super) struct Context<'a> {
    /// What is known of the result.
    pub(super) result: &'a Type,
    /// Labels the alert adds itself, which texts cannot read.
    pub(super) added: &'a model::Labels,
    /// How the value is printed.
    pub(super) format: &'a Format,
    /// The query, for messages.
    pub(super) query: Span,
}

/// A text being read: what is found of it so far, and where it stands.
struct Reader<'a, 'c> {
    written: &'a Spanned<String>,
    source: &'a str,
    context: &'a Context<'a>,
    actions: Actions,
    diagnostics: &'c mut Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Reads a text with places.
    pub(super) fn text(&mut self, written: &Spanned<String>, context: &Context<'_>) -> Text {
        let source = self.program.sources.text(written.span);
        let diagnostics = &mut self.diagnostics;
        Reader { written, source, context, actions: Actions::default(), diagnostics }.read()
    }
}

impl Reader<'_, '_> {
    fn read(mut self) -> Text {
        let text = self.written.node.as_str();
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let found = if c == '{' { self.place(at) } else { None };
            let Some((length, part)) = found else {
                plain.push(c);
                at += c.len_utf8();
                continue;
            };
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(part);
            at += length;
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        if let Some((at, keyword)) = self.actions.unclosed() {
            self.wrong_template(at, 2, format!("this `{keyword}` has no `{{{{ end }}}}`"));
        }
        Text(parts)
    }

    /// What begins at this brace, and its length; `None` for a brace that is only itself.
    fn place(&mut self, at: usize) -> Option<(usize, Part)> {
        let rest = self.written.node.get(at..)?;
        if rest.starts_with("{{") {
            return self.action(at, rest);
        }
        let inner = &rest[1..];
        let end = inner.find(['{', '}']);
        if !end.is_some_and(|end| inner[end..].starts_with('}')) {
            self.endless(at, inner);
            return None;
        }
        let name = &inner[..end?];
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return None;
        }
        let part = if name == "value" {
            Part::Value(self.context.format.clone())
        } else {
            self.label(at, name.len() + 2, name);
            Part::Label(name.to_string())
        };
        Some((name.len() + 2, part))
    }

    /// A brace before a name, which nothing closes.
    fn endless(&mut self, at: usize, inner: &str) {
        let name = inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let message = format!("`{{{name}` has no `}}`, so it stands in the text as it is");
            let diagnostic =
                Diagnostic::new(&codes::W0427, self.span(at, name.len() + 1), message).here("never closed");
            self.diagnostics.push(diagnostic.help(format!("`{{{name}}}` is what is meant by it when the alert fires")));
        }
    }

    fn action(&mut self, at: usize, rest: &str) -> Option<(usize, Part)> {
        let Some(whole) = actions::length(rest) else {
            self.wrong_template(at, 2, "`{{` has no `}}`".into());
            return None;
        };
        match self.actions.read(&rest[..whole], at) {
            Ok(action) => {
                for (offset, label) in &action.labels {
                    self.label(at + offset, label.len(), label);
                }
                if let Some((offset, word)) = action.prometheus_only {
                    self.not_in_grafana(at + offset, word);
                }
                Some((whole, Part::Action(action.code)))
            }
            Err((offset, message)) => {
                let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
                let length = rest[offset..whole].chars().take_while(|c| word(*c)).count().max(1);
                self.wrong_template(at + offset, length, message);
                Some((whole, Part::Plain(String::new())))
            }
        }
    }

    /// The label must be one that the series can have.
    fn label(&mut self, at: usize, length: usize, label: &str) {
        let row = &self.context.result.row;
        let found = row.lookup(label);
        let span = self.span(at, length);
        let code = match found.presence {
            Presence::Not => &codes::E0426,
            Presence::Unlikely => &codes::W0426,
            Presence::May | Presence::Must => return,
        };
        let message = match found.presence {
            Presence::Not => format!("the result has no label `{label}`"),
            _ => format!("nothing says that the result has a label `{label}`"),
        };
        let (place, why) =
            found.why.map_or_else(|| (self.context.query, self.described()), |w| (w.span, w.text.into()));
        let diagnostic = Diagnostic::new(code, span, message).here("would be empty").label(place, why);
        let own = self.context.added.get(label).map(|value| {
            format!("the alert itself has this label, always as \"{value}\"; texts read labels of the result")
        });
        self.diagnostics.push(diagnostic.maybe_help(own.or(did_you_mean(label, row.names()))));
    }

    /// The labels there are, in a few words.
    fn described(&self) -> String {
        let names: Vec<&str> = self.context.result.row.names().collect();
        if names.is_empty() { "has no labels that are known".into() } else { format!("has {}", names.join(", ")) }
    }

    fn wrong_template(&mut self, at: usize, length: usize, message: String) {
        let span = self.span(at, length);
        self.diagnostics.push(
            Diagnostic::new(&codes::E0228, span, message).here("not a template").help(
                "`{label}` and `{value}` need no template; Prometheus refuses a whole file for one wrong template",
            ),
        );
    }

    fn not_in_grafana(&mut self, at: usize, word: &str) {
        let span = self.span(at, word.len());
        let message = format!("`{word}` is known to Prometheus only, so Grafana cannot fill in this text");
        self.diagnostics.push(Diagnostic::new(&codes::W0520, span, message).here("not in Grafana"));
    }

    /// Where a part of the text stands in the file. Escapes and indentation make the two differ; the braces do not.
    fn span(&self, at: usize, length: usize) -> Span {
        let text = &self.written.node;
        let braces = text.get(..at).map_or(0, |t| t.matches('{').count());
        let since = text.get(..at).and_then(|t| t.rfind('{')).map_or(0, |brace| at - brace);
        let (nth, offset) = if text[at..].starts_with('{') { (braces, 0) } else { (braces.saturating_sub(1), since) };
        let place = self.source.match_indices('{').nth(nth).map(|(i, _)| i + offset);
        match place {
            Some(start) if start + length <= self.source.len() => self.written.span.inside(start..start + length),
            _ => self.written.span,
        }
    }
}
