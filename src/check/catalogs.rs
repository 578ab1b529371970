//! The catalog that a file sees: what it and its imports declare of metrics, or read from files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Checker, ours};
use crate::catalog::{self, Catalog, Kind, LabelFacts, Labels, Metric, Unit, Values};
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::promql::types::Records;
use crate::resolve::{Names, Program};
use crate::rules;
use crate::source::{FileId, Spanned};
use crate::syntax::ast::{self, Item, LabelDecl, Quantity};
use crate::units::{Duration, Ratio};

/// Catalogs, each made once.
#[derive(Clone, Default)]
pub(super) struct Catalogs {
    /// What each file says of metrics itself.
    declared: BTreeMap<FileId, Vec<Metric>>,
    /// The catalog of each set of such files: who sees the same shares one.
    merged: BTreeMap<Vec<FileId>, Arc<Catalog>>,
    /// The files that say `metrics open`.
    pub(super) open: BTreeSet<FileId>,
    /// The rule files that each file names.
    recording: BTreeMap<FileId, Vec<FileId>>,
    /// What is recorded for those who see the same files, without or with the series of our own rules.
    recorded: BTreeMap<(Vec<FileId>, bool), Arc<Records>>,
}

impl Checker<'_> {
    /// Reads what every file says of metrics.
    pub(super) fn read_catalogs(&mut self) {
        let program = self.program;
        let mut attached: BTreeMap<FileId, Vec<Metric>> = BTreeMap::new();
        let mut catalogs = Catalogs::default();
        for (index, file) in program.files.iter().enumerate() {
            let mut metrics = Vec::new();
            for item in &file.items {
                match item {
                    Item::Metrics(declared) => metrics.extend(declared.iter().filter_map(|m| self.metric(m))),
                    Item::MetricsFrom(name) => metrics.extend(self.attachment(name, &mut attached)),
                    Item::MetricsOpen(_) => {
                        catalogs.open.insert(FileId(index as u32));
                    }
                    _ => {}
                }
            }
            let named = file.items.iter().filter_map(|item| match item {
                Item::MetricsFrom(name) => program.attachment(name).filter(|f| program.is_rule_file(*f)),
                _ => None,
            });
            let named: Vec<FileId> = named.collect();
            if !named.is_empty() {
                catalogs.recording.insert(FileId(index as u32), named);
            }
            if !metrics.is_empty() {
                catalogs.declared.insert(FileId(index as u32), metrics);
            }
        }
        self.catalogs = Arc::new(catalogs);
        // Contradictions are reported also where no query asks.
        for file in self.catalogs.declared.keys().copied().collect::<Vec<_>>() {
            self.catalog(file);
        }
        for file in self.catalogs.recording.keys().copied().collect::<Vec<_>>() {
            self.recorded(file, false);
        }
    }

    /// The metrics of a file that `metrics from` names, read once.
    fn attachment(&mut self, name: &Spanned<String>, read: &mut BTreeMap<FileId, Vec<Metric>>) -> Vec<Metric> {
        let Some(file) = self.program.attachment(name) else { return Vec::new() };
        if let Some(metrics) = read.get(&file) {
            return metrics.clone();
        }
        let source = self.program.sources.get(file);
        if self.program.is_rule_file(file) {
            return Vec::new();
        }
        let json = source.path.ends_with(".json");
        let (metrics, diagnostics) =
            if json { catalog::read_saved(&source.text, file) } else { catalog::read_exposition(&source.text, file) };
        self.diagnostics.extend(diagnostics);
        read.insert(file, metrics.clone());
        metrics
    }

    /// The catalog that a file sees.
    pub(super) fn catalog(&mut self, file: FileId) -> Arc<Catalog> {
        let visible = self.program.visible.get(file.0 as usize).into_iter().flatten().copied();
        let key: Vec<FileId> = visible.filter(|f| self.catalogs.declared.contains_key(f)).collect();
        if let Some(known) = self.catalogs.merged.get(&key) {
            return Arc::clone(known);
        }
        let mut catalog = Catalog::default();
        for metric in key.iter().filter_map(|f| self.catalogs.declared.get(f)).flatten() {
            self.diagnostics.extend(catalog.insert(metric.clone()));
        }
        let catalog = self.memo.catalog(catalog);
        Arc::make_mut(&mut self.catalogs).merged.insert(key, Arc::clone(&catalog));
        catalog
    }

    /// What the rule files record that a file sees; with `own` also what our own rules record.
    pub(super) fn recorded(&mut self, file: FileId, own: bool) -> Arc<Records> {
        let visible = self.program.visible.get(file.0 as usize).into_iter().flatten();
        let named: BTreeSet<FileId> =
            visible.filter_map(|f| self.catalogs.recording.get(f)).flatten().copied().collect();
        let key: (Vec<FileId>, bool) = (named.into_iter().collect(), own);
        if let Some(known) = self.catalogs.recorded.get(&key) {
            return Arc::clone(known);
        }
        let catalog = self.catalog(file);
        let (mut records, found) = rules::recorded(&self.program.sources, &key.0, &catalog);
        self.diagnostics.extend(found);
        if own {
            records.extend(ours::records(&self.names));
        }
        let records = Arc::new(records);
        Arc::make_mut(&mut self.catalogs).recorded.insert(key, Arc::clone(&records));
        records
    }

    /// A line of a `metrics` block as a fact.
    fn metric(&mut self, m: &ast::Metric) -> Option<Metric> {
        let unit = match &m.unit {
            Some(word) => Some(self.unit(word)?),
            None => None,
        };
        let by_name = unit.or_else(|| Unit::of_name(&m.name.node));
        let bounds: Vec<Ratio> =
            m.buckets.iter().flatten().filter_map(|b| self.in_unit_of(b, by_name, &m.name.node)).collect();
        let kind = match m.kind.node.as_str() {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" if m.native.is_some() => Kind::NativeHistogram,
            "histogram" => Kind::Histogram(sorted(bounds)),
            "summary" => Kind::Summary(Vec::new()),
            "info" => Kind::Info,
            _ => Kind::StateSet,
        };
        let patterns = m.labels.iter().flatten().filter_map(|label| label.values.as_ref());
        self.diagnostics.extend(patterns.filter_map(crate::promql::wrong_pattern));
        let values = m.values.as_ref().map(|v| Values::OneOf(v.iter().map(|r| r.node).collect()));
        let help = m.help.as_ref().map(|h| h.node.clone());
        let labels = m.labels.as_deref().map_or_else(Labels::open, label_facts);
        let normal = m.normal.as_ref().and_then(|range| self.normal(range, &kind, by_name, &m.name.node));
        Some(Metric { unit, labels, values, normal, help, ..Metric::new(m.name.node.clone(), kind, m.name.span) })
    }

    /// `30 to 75`, of a counter per second: two numbers in the metric's unit, in words.
    fn normal(
        &mut self,
        (low, high): &(Spanned<Quantity>, Spanned<Quantity>),
        kind: &Kind,
        unit: Option<Unit>,
        metric: &str,
    ) -> Option<String> {
        let rate = || unit.unwrap_or(Unit::NONE).over(Unit::SECONDS);
        let per_second = *kind == Kind::Counter;
        let unit = if per_second { rate() } else { unit };
        let (from, to) = (self.in_unit_of(low, unit, metric), self.in_unit_of(high, unit, metric));
        let (from, to) = (from?, to?);
        if !self.ascends(from, to, low, high) {
            return None;
        }
        let words = |q: &Quantity| match unit.filter(|u| q.unit.is_empty() && *u != Unit::NONE) {
            Some(_) if per_second => format!("{}/s", q.text),
            Some(unit) => format!("{} {unit}", q.text),
            None => q.text.clone(),
        };
        Some(format!("{} to {}", words(&low.node), words(&high.node)))
    }

    fn unit(&mut self, word: &ast::Name) -> Option<Unit> {
        let unit = Unit::parse(&word.node);
        if unit.is_none() {
            let help = did_you_mean(&word.node, Unit::names())
                .unwrap_or_else(|| "such as `seconds`, `milliseconds`, `bytes` or `celsius`".into());
            self.report(
                Diagnostic::new(&codes::E0208, word.span, format!("`{}` is not a unit", word.node))
                    .here("not known")
                    .help(help),
            );
        }
        unit
    }

    /// A written quantity as a number of a metric's unit. A bare number is one already.
    pub(super) fn in_unit_of(&mut self, q: &Spanned<Quantity>, unit: Option<Unit>, metric: &str) -> Option<Ratio> {
        let value = to_unit(&q.node, unit);
        if value.is_none() {
            let wanted = unit.map_or("has no unit".to_string(), |u| format!("is in {u}"));
            let message = format!("`{}` does not fit `{metric}`, which {wanted}", q.node.text);
            self.report(Diagnostic::new(&codes::E0208, q.span, message).here("another kind of unit"));
        }
        value
    }
}

/// A quantity in a unit; `None` when it is of another kind.
pub(super) fn to_unit(q: &Quantity, unit: Option<Unit>) -> Option<Ratio> {
    if q.unit.is_empty() {
        return Some(q.number);
    }
    let (number, written) = quantity(q)?;
    number.times(written.factor_to(unit.unwrap_or(Unit::NONE))?)
}

/// A quantity as a number of the unit it is written in: `1h30m`, `80%`, `2/min`, `5MB/s`; `None` when that is no unit.
pub(super) fn quantity(q: &Quantity) -> Option<(Ratio, Unit)> {
    if let Some(duration) = Duration::parse(&q.text) {
        return Some((duration.seconds(), Unit::SECONDS));
    }
    let unit = match q.unit.split_once('/') {
        Some(("", per)) => Unit::NONE.over(Unit::parse(per)?)?,
        Some((of, per)) => Unit::parse(of)?.over(Unit::parse(per)?)?,
        None => Unit::parse(&q.unit)?,
    };
    Some((q.number, unit))
}

fn sorted(mut bounds: Vec<Ratio>) -> Vec<Ratio> {
    bounds.sort();
    bounds.dedup();
    bounds
}

fn label_facts(declared: &[LabelDecl]) -> Labels {
    let mut labels = Labels::declared(declared.iter().map(|l| l.name.node.as_str()));
    for decl in declared {
        let Some((pattern, facts)) = decl.values.as_ref().zip(labels.known.get_mut(&decl.name.node)) else { continue };
        *facts = match alternatives(&pattern.node) {
            Some(values) => LabelFacts { values, complete: true, ..LabelFacts::default() },
            None => LabelFacts { pattern: Some(pattern.node.clone()), ..LabelFacts::default() },
        };
    }
    labels
}

/// The texts of `a|b|c`; `None` for a pattern that is more than a list.
fn alternatives(pattern: &str) -> Option<BTreeSet<String>> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | ':' | ' ');
    let texts: BTreeSet<String> = pattern.split('|').map(str::to_string).collect();
    texts.iter().all(|t| !t.is_empty() && t.chars().all(plain)).then_some(texts)
}

/// Everything that the files of a program say of metrics, whoever sees it. The second part holds what is wrong in it.
pub(super) fn everything(program: &Program) -> (Catalog, Vec<Diagnostic>) {
    let (names, diagnostics) = Names::collect(program);
    let mut checker = Checker::new(program, names, diagnostics, &Arc::default());
    let (catalog, found) = checker.catalogs.together();
    // Contradictions are known already where somebody sees both.
    checker.diagnostics.extend(found);
    (catalog, checker.finish())
}

impl Catalogs {
    /// What all files say of metrics, and where they contradict each other.
    pub(super) fn together(&self) -> (Catalog, Vec<Diagnostic>) {
        let mut catalog = Catalog::default();
        let found = self.declared.values().flatten().filter_map(|metric| catalog.insert(metric.clone())).collect();
        (catalog, found)
    }
}
