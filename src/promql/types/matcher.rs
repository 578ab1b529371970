//! Matchers against what is known of labels: unknown labels, values that do not exist, matchers that do nothing.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, codes, did_you_mean, nearest};
use crate::source::Span;

use super::super::ast::{Matcher, Selector};
use super::super::ops::MatchOp;
use super::checker::{Also, Pass, lowered};
use super::kind::SampleKind;
use super::pattern::{self, Pattern};
use super::row::{Label, Presence};
use super::{Type, Why};

impl Pass<'_> {
    /// Checks the matchers of a selector and narrows its row by them.
    pub(super) fn matchers(&mut self, s: &Selector, found: &mut Type) {
        self.contradictions(s);
        for m in s.matchers.iter().filter(|m| m.name.node != "__name__") {
            self.spelling(m);
            self.known_label(m, found);
            if m.name.node == "le" && found.buckets.is_some() {
                self.bound(m, found);
            } else {
                self.known_value(m, found);
            }
            self.narrow(m, found);
        }
        if found.kind.is == SampleKind::StateSet {
            self.states(s, found);
        }
    }

    /// A label the metric cannot have, or probably does not.
    fn known_label(&mut self, m: &Matcher, found: &Type) {
        let lookup = found.row.lookup(&m.name.node);
        // What a reader chooses is a value of the label, so whoever wrote the matcher meant the label to be there.
        let chosen = m.variable && !m.op.node.is_negative();
        let selects_missing = !chosen && pattern::selects(m, "").unwrap_or(true);
        if selects_missing || lookup.presence > Presence::Unlikely {
            return;
        }
        let near = did_you_mean(&m.name.node, found.row.names());
        let noun = found.noun();
        match (lookup.presence, lookup.why) {
            (Presence::Not, Some(why)) => {
                let so = if chosen { "no choice selects by it" } else { "this selects nothing" };
                let message = format!("{noun} has no label `{}`, so {so}", m.name.node);
                let diagnostic = Pass::because(&codes::E0340, m.name.span, message, &why).maybe_help(near);
                let near = nearest(&m.name.node, found.row.names()).map(str::to_string);
                self.report(with_guess(diagnostic, m.name.span, near));
            }
            // Labels of scraping are not listed; a near miss of a listed one is a slip.
            _ if near.is_some() => {
                let message = format!("{noun} has no label `{}` that is known", m.name.node);
                self.report(Diagnostic::new(&codes::W0340, m.name.span, message).maybe_help(near));
            }
            _ => {}
        }
    }

    /// A value that no series has, or a matcher that every series passes.
    fn known_value(&mut self, m: &Matcher, found: &Type) {
        let Some(label) = found.row.get(&m.name.node) else { return self.anything(m) };
        if self.outside_pattern(m, label) {
            return;
        }
        let Some(values) = &label.values else { return self.anything(m) };
        // A second matcher of a pinned label contradicts the first, or repeats it.
        if label.presence == Presence::Not || label.pinned || m.variable {
            return;
        }
        let selected = |v: &String| pattern::selects(m, v);
        let verdicts: Option<Vec<bool>> = values.iter().map(selected).collect();
        let Some(verdicts) = verdicts else { return };
        let missing = label.presence != Presence::Must && pattern::selects(m, "") == Some(true);
        if !missing && verdicts.iter().all(|v| !v) {
            return self.no_value(m, label, values);
        }
        if label.complete && label.presence == Presence::Must && verdicts.iter().all(|v| *v) && !m.op.node.is_negative()
        {
            let message = format!("every `{}` passes this matcher", m.name.node);
            let diagnostic = Diagnostic::new(&codes::W0342, m.span, message).here("selects all there are");
            return self.report(also(diagnostic, label).help("leave it out"));
        }
        if m.op.node.is_negative() && label.complete && !missing && verdicts.iter().all(|v| *v) {
            let message = format!("no `{}` is excluded by this matcher", m.name.node);
            return self.report(also(Diagnostic::new(&codes::W0342, m.span, message).here("excludes nothing"), label));
        }
        self.anything(m);
    }

    /// Texts of which no value can be one, as the declared pattern has it.
    fn outside_pattern(&mut self, m: &Matcher, label: &Label) -> bool {
        let Some(declared) = label.pattern.as_ref().filter(|_| !label.pinned && !m.variable) else { return false };
        let texts = match (m.op.node, self.literals(m)) {
            (MatchOp::Equal, _) => vec![m.value.node.clone()],
            (_, Pattern::Literals(texts)) => texts,
            _ => return false,
        };
        let known = pattern::get(declared);
        let outside = texts.iter().all(|t| !t.is_empty() && known.accepts(t) == Some(false));
        if outside && !texts.is_empty() {
            let message = format!("no `{}` is {}, so this selects nothing", m.name.node, self.text(m.value.span));
            let diagnostic = also(Diagnostic::new(&codes::E0341, m.value.span, message), label);
            self.report(diagnostic.help(format!("its values match `{declared}`")));
        }
        outside && !texts.is_empty()
    }

    fn no_value(&mut self, m: &Matcher, label: &Label, values: &BTreeSet<String>) {
        let near = nearest(&m.value.node, values.iter().map(String::as_str)).filter(|_| !m.op.node.is_negative());
        // What was seen is not all there can be: a code of an error is seen only when there is one.
        let word = m.value.node.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-');
        if !label.complete && (near.is_none() || !word) {
            return;
        }
        let text = self.text(m.value.span);
        let message = match m.op.node.is_negative() {
            true => format!("every `{}` is excluded by this matcher", m.name.node),
            false => format!("no `{}` is {text}, so this selects nothing", m.name.node),
        };
        let shown: Vec<&str> = values.iter().map(String::as_str).take(8).collect();
        let more = if values.len() > shown.len() { ", …" } else { "" };
        let known = format!("known values: {}{more}", crate::diag::one_of(shown));
        let code = if label.complete { &codes::E0341 } else { &codes::W0341 };
        let diagnostic = also(Diagnostic::new(code, m.value.span, message), label);
        let help = near.map_or(known.clone(), |n| format!("did you mean `{n}`? {known}"));
        let quoted = near.filter(|_| m.op.node == MatchOp::Equal).map(|n| format!("\"{n}\""));
        self.report(with_guess(diagnostic.help(help), m.value.span, quoted));
    }

    /// `=~".*"` and `!~""` do nothing whatever the labels are.
    fn anything(&mut self, m: &Matcher) {
        let all = m.op.node == MatchOp::Regex && !m.variable && m.value.node == ".*";
        if all {
            let message = "every series passes this matcher, those without the label too";
            let help = "leave it out, or write `.+` for series that have the label";
            self.report(Diagnostic::new(&codes::W0342, m.span, message).here("selects all there are").help(help));
        }
    }

    /// The row after a matcher.
    fn narrow(&mut self, m: &Matcher, found: &mut Type) {
        let name = &m.name.node;
        let lookup = found.row.lookup(name);
        if lookup.presence == Presence::Not {
            return;
        }
        if m.op.node == MatchOp::Equal && m.value.node.is_empty() {
            return found.row.remove(name, Why::new(m.span, "selects series without this label"));
        }
        let missing = pattern::selects(m, "");
        let mut label = found.row.get(name).cloned().unwrap_or(Label::new(lookup.presence, lookup.why));
        if missing == Some(false) {
            label.presence = Presence::Must;
            label.why = Some(Why::new(m.span, "selects series that have this label"));
        }
        if m.op.node == MatchOp::Equal && !m.variable {
            label.values = Some(BTreeSet::from([m.value.node.clone()]));
            (label.complete, label.pinned) = (true, true);
        } else if let Pattern::Literals(texts) = self.literals(m) {
            label.values = Some(texts.into_iter().filter(|t| !t.is_empty()).collect());
            label.complete = true;
        } else if let Some(values) = &mut label.values {
            values.retain(|v| pattern::selects(m, v) != Some(false));
        }
        found.row.set(name, label);
    }

    fn literals(&self, m: &Matcher) -> Pattern {
        match m.op.node {
            MatchOp::Regex if !m.variable => pattern::get(&m.value.node),
            _ => Pattern::Unknown,
        }
    }

    /// Two matchers of one label that no value passes.
    fn contradictions(&mut self, s: &Selector) {
        for (i, one) in s.matchers.iter().enumerate() {
            if one.op.node != MatchOp::Equal || one.variable {
                continue;
            }
            let against = |m: &&Matcher| {
                m.name.node == one.name.node
                    && m.span != one.span
                    && pattern::selects(m, &one.value.node) == Some(false)
            };
            // Two equalities are one contradiction, shown at the second.
            let other =
                s.matchers.iter().enumerate().find(|(j, m)| against(m) && (m.op.node != MatchOp::Equal || *j < i));
            if let Some((_, other)) = other {
                let message = format!("no value of `{}` passes both matchers, so this selects nothing", one.name.node);
                self.report(
                    Diagnostic::new(&codes::E0346, one.span, message)
                        .here("contradicts the other")
                        .label(other.span, "the other"),
                );
            }
        }
    }

    /// Patterns that are plain texts, that are anchored twice, or that mean less than they seem to.
    fn spelling(&mut self, m: &Matcher) {
        self.pattern_as_text(m);
        if !m.op.node.is_regex() || m.variable {
            return;
        }
        let value = m.value.node.as_str();
        if let Some(text) = pattern::literal(value).filter(|t| !t.is_empty()) {
            let op = if m.op.node == MatchOp::Regex { "=" } else { "!=" };
            let message = format!("`{}` is a plain text, so `{op}` compares it as well and faster", m.value.node);
            let diagnostic = Diagnostic::new(&codes::W0347, m.op.span, message).here("needs no pattern");
            let fix = Some(op.to_string()).filter(|_| text == value);
            return self.report(with_fix(diagnostic, m.op.span, fix));
        }
        let trailing = value.ends_with('$') && !value.ends_with("\\$");
        if value.starts_with('^') || trailing {
            let message = "a pattern matches the whole value anyway, so it needs neither `^` nor `$`";
            self.report(Diagnostic::new(&codes::W0347, m.value.span, message).here("anchored twice"));
        }
        if let Some((part, meaning)) = misread(value) {
            let message = format!("in Prometheus `{part}` means {meaning}");
            self.report(
                Diagnostic::new(&codes::W0350, m.value.span, message).here("reads as something else elsewhere"),
            );
        }
    }

    /// `job="api.*"` is compared with these very characters.
    fn pattern_as_text(&mut self, m: &Matcher) {
        if m.op.node.is_regex() || m.variable || !looks_like_a_pattern(&m.value.node) {
            return;
        }
        let op = if m.op.node == MatchOp::Equal { "=~" } else { "!~" };
        let symbol = m.op.node.symbol();
        let message = format!("`{symbol}` compares with these very characters, not with a pattern");
        let diagnostic = Diagnostic::new(&codes::W0349, m.op.span, message).label(m.value.span, "looks like a pattern");
        let diagnostic = diagnostic.help(format!("`{op}` matches a pattern"));
        self.report(with_guess(diagnostic, m.op.span, Some(op.to_string())));
    }

    /// A state set without its state adds up states that exclude each other.
    fn states(&mut self, s: &Selector, found: &Type) {
        let Some(name) = &found.metric else { return };
        if !s.matchers.iter().any(|m| m.name.node == *name) {
            let message = format!("`{name}` has a series for every state, and this reads them all");
            let help = format!("choose one: `{name}{{{name}=\"…\"}}`");
            self.report(Pass::because(&codes::W0324, s.core, message, &found.kind.why).help(help));
        }
    }

    /// Whether a label that a query names in `by`, `on` or a grouping can be there; reports when not.
    pub(super) fn named_label(&mut self, name: &str, span: Span, of: &Type, what: &str) -> bool {
        let lookup = of.row.lookup(name);
        let near = did_you_mean(name, of.row.names());
        match (lookup.presence, lookup.why) {
            (Presence::Not, Some(why)) => {
                let message = format!("`{name}` is no label of {what}");
                let guess = nearest(name, of.row.names()).map(str::to_string);
                let diagnostic = Pass::because(&codes::E0342, span, message, &why).maybe_help(near);
                self.report(with_guess(diagnostic, span, guess));
                false
            }
            (Presence::Unlikely, _) if near.is_some() => {
                let message = format!("`{name}` is no label of {what} that is known");
                self.report(lowered(Diagnostic::new(&codes::W0340, span, message)).maybe_help(near));
                true
            }
            _ => true,
        }
    }
}

/// Shows where what is known of a label comes from.
fn also(diagnostic: Diagnostic, label: &Label) -> Diagnostic {
    match &label.why {
        Some(why) => diagnostic.also(why),
        None => diagnostic,
    }
}

/// Adds the edit that writes `text`, when there is one.
pub(super) fn with_fix(diagnostic: Diagnostic, span: Span, text: Option<String>) -> Diagnostic {
    match text {
        Some(text) => diagnostic.fix(format!("write `{text}`"), span, text),
        None => diagnostic,
    }
}

/// The same where another text may be meant: it is offered, and never put in unasked.
pub(super) fn with_guess(diagnostic: Diagnostic, span: Span, text: Option<String>) -> Diagnostic {
    match text {
        Some(text) => diagnostic.suggest(format!("write `{text}`"), span, text),
        None => diagnostic,
    }
}

/// Whether a text reads as a pattern and hardly as the value of a label: `api.*`, `5..`, `[45]00`.
fn looks_like_a_pattern(text: &str) -> bool {
    let class = text.find('[').is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(']')));
    let codes = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with("..");
    [".*", ".+", "\\d"].iter().any(|part| text.contains(part)) || class || codes
}

/// A part of a pattern that other engines read otherwise, and what it means here.
fn misread(pattern: &str) -> Option<(&'static str, &'static str)> {
    let class = pattern.split('[').nth(1).and_then(|c| c.split(']').next()).unwrap_or("");
    if class.contains("&&") {
        return Some(("&&", "the character `&`, not an intersection"));
    }
    if pattern.contains("\\<") || pattern.contains("\\>") {
        return Some(("\\<", "the character `<`, not the beginning of a word"));
    }
    None
}
