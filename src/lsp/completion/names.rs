//! Words of the language, and names of the kind that is meant at a place.

use std::collections::BTreeSet;
use std::sync::Arc;

use lsp_types::CompletionItemKind;

use super::super::{blocks, words};
use super::{Choice, Spot};
use crate::check::STANDARD_NAME;
use crate::diag::codes;
use crate::model::Urgency;
use crate::promql::outline::{self, WordKind};
use crate::resolve::{Mention, NameKind};
use crate::source::Span;
use crate::syntax::PLACEHOLDER;
use crate::syntax::ast::{Item, Slo};

/// How the parser calls the place of an objective's name among the words of `environment`.
const OBJECTIVE: &str = "SERVICE.OBJECTIVE";

impl Spot<'_> {
    /// The words that the parser would read here.
    pub(super) fn words(&self) -> Vec<Choice> {
        let words = self.offered.words.iter().filter(|w| *w != OBJECTIVE);
        let mut choices: Vec<Choice> =
            words.map(|w| Choice::new(w, CompletionItemKind::KEYWORD, "", self.start)).collect();
        if self.offered.words.contains(OBJECTIVE) {
            choices.extend(self.of_kind(NameKind::Slo, ""));
        }
        choices
    }

    /// The name that the placeholder stands for, when it stands for one that is declared elsewhere.
    pub(super) fn name(&self) -> Option<&Mention> {
        self.mentions.all.iter().find(|m| m.name == PLACEHOLDER && !m.declares)
    }

    /// The names that may stand here.
    pub(super) fn names(&self) -> Vec<Choice> {
        self.name().map_or_else(Vec::new, |m| self.of_kind(m.kind, &m.within))
    }

    fn of_kind(&self, kind: NameKind, within: &str) -> Vec<Choice> {
        let mentions = self.document.snapshot.mentions();
        let choice = |label: String, detail: &str| Choice::new(label, words::completion(kind), detail, self.start);
        match kind {
            NameKind::Severity => Urgency::ALL.iter().map(|u| choice(u.name().into(), "severity")).collect(),
            NameKind::Code => codes::ALL.iter().map(|c| choice(c.id.into(), c.name)).collect(),
            NameKind::Label => self.labels_of_slo().into_iter().map(|l| choice(l, "label")).collect(),
            NameKind::Slo => {
                let all = mentions.declared(kind);
                all.map(|(service, name, _)| choice(format!("{service}.{name}"), "objective")).collect()
            }
            NameKind::Parameter | NameKind::Variable => {
                let own = mentions.declared(kind).filter(|(template, ..)| *template == within);
                own.map(|(_, name, _)| choice(name.into(), words::name(kind))).collect()
            }
            _ => {
                let built_in = (kind == NameKind::Policy).then(|| choice(STANDARD_NAME.into(), "built in"));
                let declared = mentions.declared(kind).map(|(_, name, _)| choice(name.into(), words::name(kind)));
                declared.chain(built_in).collect()
            }
        }
    }

    /// The labels that an objective may be split by: those of the metrics it reads.
    fn labels_of_slo(&self) -> BTreeSet<String> {
        let services = self.offered.file.items.iter().filter_map(|item| match item {
            Item::Service(service) => Some(service),
            Item::Template(template) => Some(&template.body),
            _ => None,
        });
        let here = |slo: &&Arc<Slo>| slo.by.iter().any(|label| label.node == PLACEHOLDER);
        let Some(slo) = services.flat_map(|s| &s.slos).find(here) else { return BTreeSet::new() };
        let total = slo.total.or(slo.errors).or(slo.good).or(slo.up).or(slo.value).or(slo.ratio);
        let Some(query) = slo.histogram.as_ref().map(|h| h.query).or(total) else { return BTreeSet::new() };
        // The placeholder is before the query, and as long as the text of the word was otherwise.
        let moved = PLACEHOLDER.len() as i64 - (self.end - self.start) as i64;
        let old = |at: u32| usize::try_from(i64::from(at) - moved).unwrap_or(0);
        let text = self.document.text().get(old(query.span.start)..old(query.span.end)).unwrap_or("");
        self.labels_in(text).into_keys().collect()
    }

    /// What may stand behind a `$`: the parameters of the template around it, the variables of the dashboard.
    pub(super) fn holes(&self) -> Option<Vec<Choice>> {
        let before = self.document.text().get(..self.start)?;
        if !before.ends_with('$') && !before.ends_with("${") {
            return None;
        }
        let (kind, names) = self.offered.file.items.iter().find_map(|item| match item {
            Item::Template(t) if t.inside.range().contains(&self.start) => {
                Some((NameKind::Parameter, t.params.iter().map(|p| p.name.node.as_str()).collect::<Vec<_>>()))
            }
            Item::Dashboard(d) if self.is_inside(d.name.span) => {
                Some((NameKind::Variable, d.variables.iter().map(|v| v.name.node.as_str()).collect()))
            }
            _ => None,
        })?;
        let name = |name: &str| Choice::new(name, words::completion(kind), words::name(kind), self.start);
        let built_in = self.raw().into_iter().flat_map(|raw| self.lengths(raw)).filter_map(|l| l.strip_prefix('$'));
        let built_in = built_in.map(|l| Choice { rank: 1, ..Choice::new(l, CompletionItemKind::UNIT, "", self.start) });
        Some(names.into_iter().map(name).chain(built_in).collect())
    }

    /// Whether the place is in the block of what is declared by this name.
    fn is_inside(&self, name: Span) -> bool {
        let all = blocks::blocks(&self.offered.pieces);
        blocks::statement(&self.offered.pieces, &all, name).range().contains(&self.start)
    }

    /// The metrics that a query names.
    pub(super) fn metrics_in<'q>(&self, query: &'q str) -> impl Iterator<Item = &'q str> {
        let metrics = outline::words(query).into_iter().filter(|w| w.kind == WordKind::Metric);
        metrics.filter_map(|w| query.get(w.range))
    }
}
