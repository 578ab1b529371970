//! Objectives whose rules have the names of another tool: what of the language they can say, and their queries as written.

use super::Checker;
use crate::diag::{Diagnostic, codes, one_of};
use crate::model::{Labels, Origin, Project, Urgency};
use crate::promql::{Dialect, Selector};
use crate::syntax::ast::{self, LabelSet, Setting, Value};
use crate::units::{Duration, Ratio};

/// Whose names and rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// Sloth.
    Sloth,
    /// Pyrra.
    Pyrra,
}

/// `naming sloth { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Naming {
    /// Whose.
    pub tool: Tool,
    /// What the service is called there, when not as here.
    pub name: Option<String>,
    /// Whether the ratio over the period is Σerrors / Σtotal, rather than the mean of ratios that Sloth records.
    pub events: bool,
    /// The labels `sloth_version`, `sloth_mode` and `sloth_spec` of `sloth_slo_info`, those that are given.
    pub info: Labels,
    /// Whether Pyrra's generic rules are made.
    pub generic: bool,
    /// Whether Pyrra reads buckets as Prometheus 2 and 3 spell them.
    pub prometheus3: bool,
}

/// An objective under another tool's names.
#[derive(Debug)]
pub struct Named {
    /// Its name in the spec.
    pub written: String,
    /// Its name there.
    pub name: String,
    /// Over 0 and under 1.
    pub objective: Ratio,
    /// The time over which it counts.
    pub period: Duration,
    /// Labels that split it.
    pub by: Vec<String>,
    /// What it promises.
    pub about: Option<String>,
    /// What is measured.
    pub queries: Queries,
    /// All tiers of its policy, those that are off too: their windows are recorded in any case.
    pub tiers: Vec<NamedTier>,
    /// Labels of its pages; `None` without pages.
    pub page: Option<Labels>,
    /// Labels of its tickets; `None` without tickets.
    pub ticket: Option<Labels>,
    /// Annotations of both, and those of pages and of tickets alone.
    pub annotations: [Labels; 3],
    /// Labels of every series.
    pub labels: Labels,
    /// What its alerts are called, when not as the tool calls them.
    pub alert: Option<String>,
    /// What the alert for data that are gone is called; `None` without one.
    pub absent: Option<String>,
    /// Whether Pyrra sums the period from increases over five minutes.
    pub performance: bool,
    /// The label `severity` of single alerts.
    pub severities: Labels,
    /// Its spec line.
    pub origin: Origin,
}

/// A tier as another tool counts it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NamedTier {
    /// How urgent.
    pub urgency: Urgency,
    /// The share of the budget, when it was written as one.
    pub share: Option<Ratio>,
    /// The burn factor.
    pub factor: Ratio,
    /// The long window.
    pub long: Duration,
    /// The short window.
    pub short: Duration,
    /// How long it must hold.
    pub hold: Duration,
}

/// What is measured, as written, with `$window` where the range goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Queries {
    /// Bad or good events, and all.
    Events {
        /// The bad ones, or the good ones when `good`.
        part: Counted,
        /// All.
        total: Counted,
        /// Whether `part` counts the good ones.
        good: bool,
    },
    /// An error ratio.
    Ratio(String),
    /// A gauge that is 0 or 1.
    Up(Counted),
    /// A native histogram, and its bound in seconds.
    Native(Counted, Ratio),
}

/// A query, and its parts where it is a bare selector.
#[derive(Clone, PartialEq, Debug)]
pub struct Counted {
    /// The query on one line.
    pub text: String,
    /// The metric's name and its matchers, when it is a selector.
    pub selector: Option<(String, Vec<Match>)>,
}

/// `name op "value"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// The label.
    pub name: String,
    /// `=`, `!=`, `=~` or `!~`.
    pub op: &'static str,
    /// The value without quotes.
    pub value: String,
}

/// How the ratio of the period can be had under the names of Sloth.
const PERIODS: [&str; 2] = ["sloth", "events"];

/// The word that lets a query through as it is, in front of it.
const UNCHECKED: &str = "unchecked ";

impl<'a> Checker<'a> {
    /// The naming of a service: its own, else the project's.
    pub(super) fn naming(&self, service: &ast::Service) -> Option<Naming> {
        let project = self.names.project.and_then(|p| p.naming.as_ref());
        service.naming.as_ref().or(project).map(read)
    }

    /// Reports a way to count the period that there is not.
    pub(super) fn naming_words(&mut self, naming: &ast::Naming) {
        let period = naming.settings.iter().find(|s| s.key.node == "period").and_then(|s| s.values.first());
        if let Some(Value::Word(word)) =
            period.filter(|p| !matches!(p, Value::Word(w) if PERIODS.contains(&w.node.as_str())))
        {
            let message = format!("`{}` is no way to count a period", word.node);
            let help = format!("it is {}", one_of(PERIODS));
            self.report(Diagnostic::new(&codes::E0004, word.span, message).here("not known").help(help));
        }
    }

    /// Reports settings that only a naming gives a meaning.
    pub(super) fn not_named(&mut self, slo: &ast::Slo) {
        if let Some(named) = &slo.named {
            let message = format!("`{}` has the names of sloc, so `named` says nothing", slo.name.node);
            let help = "`naming sloth` or `naming pyrra` in the service gives its rules other names";
            self.report(Diagnostic::new(&codes::E0701, named.keyword, message).here("without use").help(help));
        }
    }

    /// Checks an objective under another tool's names.
    pub(super) fn named_slo(
        &mut self,
        slo: &'a ast::Slo,
        service: &'a ast::Service,
        naming: &Naming,
        project: &Project,
    ) -> Option<Named> {
        self.has_counterpart(slo, service, naming);
        let by = self.by(&slo.by);
        let promise = self.promise(slo);
        if ![slo.errors, slo.good, slo.total, slo.ratio].into_iter().flatten().any(|q| self.is_unchecked(&q)) {
            self.sli(slo, service, &by);
        }
        let queries = self.queries(slo);
        self.no_calendar(slo, "the tool whose names it has knows rolling periods only");
        let promise = promise?;
        let tiers = match naming.tool {
            Tool::Sloth => self.sloth_tiers(slo, service, &promise, project),
            Tool::Pyrra => self.pyrra_tiers(slo, &promise),
        };
        let blank = ast::Named::default();
        let named = slo.named.as_ref().unwrap_or(&blank);
        let text = |t: &Option<crate::source::Spanned<String>>| t.as_ref().map(|t| t.node.clone());
        let routing = |r: &Option<ast::Routing>| match r {
            Some(r) if r.off.is_some() => None,
            Some(r) => Some(r.labels.clone()),
            None => Some(Vec::new()),
        };
        let (page, ticket) = (routing(&slo.page), routing(&slo.ticket));
        let mut free = |sets: &[LabelSet]| self.free_labels(sets);
        Some(Named {
            written: slo.name.node.clone(),
            name: text(&named.name).unwrap_or_else(|| slo.name.node.clone()),
            objective: promise.objective.node,
            period: promise.period.node,
            by,
            about: text(&slo.about),
            tiers,
            page: page.map(|l| free(&l)),
            ticket: ticket.map(|l| free(&l)),
            annotations: [&named.annotations, &named.page, &named.ticket].map(|a| free(a)),
            labels: free(&named.labels),
            severities: free(&named.severities),
            alert: text(&named.alert),
            performance: named.performance.is_some(),
            absent: named.absent_off.is_none().then(|| text(&named.absent).unwrap_or_default()),
            origin: self.origin(slo.name.span),
            queries: queries?,
        })
    }

    /// Reports what the other tool's rules cannot say: it must not be lost in silence.
    fn has_counterpart(&mut self, slo: &ast::Slo, service: &ast::Service, naming: &Naming) {
        let sloth = naming.tool == Tool::Sloth;
        let query = |q: &Option<ast::Query>| q.as_ref().map(|q| q.keyword);
        let policy = slo.policy.as_ref().or(service.policy.as_ref()).map(|p| p.span);
        let absent = slo.named.as_ref().and_then(|n| n.absent.as_ref().map(|a| a.span).or(n.absent_off));
        let severities = slo.named.as_ref().and_then(|n| n.severities.first()).map(|s| s.name.span);
        let all = [
            (slo.no_traffic.as_ref().map(|n| n.span), "`no-traffic`"),
            (slo.at_least.as_ref().map(|a| a.events.span), "`at-least`"),
            (query(&slo.exclude), "`exclude when`"),
            (query(&slo.value), "`value`"),
            (slo.composite.as_ref().map(|c| c.keyword), "a composite"),
            (slo.by.first().map(|b| b.span).filter(|_| sloth), "`by`"),
            (query(&slo.up).filter(|_| sloth), "`up`"),
            (slo.histogram.as_ref().map(|h| h.keyword).filter(|_| sloth), "`histogram`"),
            (absent.filter(|_| sloth), "`absent`"),
            (severities.filter(|_| sloth), "`severity`"),
            (slo.named.as_ref().and_then(|n| n.performance).filter(|_| sloth), "`performance`"),
            (query(&slo.ratio).filter(|_| !sloth), "`ratio`"),
            (policy.filter(|_| !sloth), "a policy"),
        ];
        let tool = if sloth { "Sloth" } else { "Pyrra" };
        for (span, what) in all.into_iter().filter_map(|(span, what)| Some((span?, what))) {
            let message = format!("{what} has no counterpart in the rules of {tool}");
            let help = "without `naming` the objective has all of the language, and names of sloc's own";
            self.report(Diagnostic::new(&codes::E0701, span, message).here("would be lost").help(help));
        }
    }

    fn is_unchecked(&self, query: &ast::Query) -> bool {
        self.program.sources.text(query.span).starts_with(UNCHECKED)
    }

    /// The queries of an objective, as written.
    fn queries(&mut self, slo: &ast::Slo) -> Option<Queries> {
        let part = slo.errors.as_ref().map(|q| (q, false)).or(slo.good.as_ref().map(|q| (q, true)));
        match (part, &slo.total, &slo.ratio, &slo.up, &slo.histogram) {
            (Some((part, good)), Some(total), ..) => {
                let (part, total) = (self.as_written(part), self.as_written(total));
                Some(Queries::Events { part: part?, total: total?, good })
            }
            (_, _, Some(ratio), ..) => self.as_written(ratio).map(|r| Queries::Ratio(r.text)),
            (_, _, _, Some(up), _) => self.as_written(up).map(Queries::Up),
            (.., Some(h)) => {
                let bound = super::catalogs::to_unit(&h.within.node, Some(crate::catalog::Unit::SECONDS))?;
                self.as_written(&h.query).map(|q| Queries::Native(q, bound))
            }
            _ => None,
        }
    }

    /// A query on one line; one that is `unchecked` with a note. What is wrong in it was said where it was checked.
    fn as_written(&mut self, query: &ast::Query) -> Option<Counted> {
        let text = self.program.sources.text(query.span);
        if let Some(unchecked) = text.strip_prefix(UNCHECKED) {
            let message = "this query is passed on as it is, unchecked";
            let help = "MetricsQL and other dialects can be had so; what is wrong in it only the server will say";
            self.report(Diagnostic::new(&codes::W0701, query.span, message).here("not read").help(help));
            return Some(Counted { text: crate::promql::one_line(unchecked), selector: None });
        }
        let (parsed, _) = crate::promql::parse(text, query.span, Dialect::Window);
        let parsed = parsed?;
        Some(Counted { text: parsed.compact(None), selector: parsed.bare_selector().and_then(selector) })
    }

    /// Labels and annotations of another tool, which may have any name that Prometheus takes.
    pub(super) fn free_labels(&mut self, sets: &[LabelSet]) -> Labels {
        let mut labels = Labels::new();
        for set in sets {
            if !super::labels::is_label(&set.name.node) {
                self.label_name(&set.name);
            } else if labels.insert(set.name.node.clone(), set.value.node.clone()).is_some() {
                let message = format!("`{}` is given twice", set.name.node);
                self.report(Diagnostic::new(&codes::E0005, set.name.span, message).here("again here"));
            }
        }
        labels
    }
}

/// The settings of a naming; what is wrong with them the parser has said.
fn read(naming: &ast::Naming) -> Naming {
    let of = |key: &str| naming.settings.iter().find(|s| s.key.node == key);
    let text = |setting: &Setting| match setting.values.first() {
        Some(Value::Text(text) | Value::Word(text)) => Some(text.node.clone()),
        _ => None,
    };
    let value = |key: &str| of(key).and_then(text);
    let info = ["version", "mode", "spec"].into_iter();
    Naming {
        tool: if naming.tool.node == "sloth" { Tool::Sloth } else { Tool::Pyrra },
        name: value("name"),
        events: value("period").is_some_and(|p| p == "events"),
        info: info.filter_map(|key| Some((format!("sloth_{key}"), value(key)?))).collect(),
        generic: of("generic").is_some(),
        prometheus3: of("prometheus3").is_some(),
    }
}

fn selector(selector: &Selector) -> Option<(String, Vec<Match>)> {
    let name = selector.metric()?.node.to_string();
    let own = selector.matchers.iter().filter(|m| m.name.node != "__name__");
    let matcher = |m: &crate::promql::Matcher| Match {
        name: m.name.node.clone(),
        op: m.op.node.symbol(),
        value: m.value.node.clone(),
    };
    Some((name, own.map(matcher).collect()))
}

/// Pyrra's windows: those of 28 days, scaled to the period and rounded to whole minutes. Urgency, factor, `for`, long and
/// short window.
pub(super) fn pyrra_windows(period: Duration) -> [(Urgency, Ratio, Duration, Duration, Duration); 4] {
    const TIERS: [(Urgency, i64, u64, u64, u64); 4] = [
        (Urgency::Page, 14, 28 * 24 * 30, 28 * 24, 28 * 24 * 12),
        (Urgency::Page, 7, 28 * 24 * 4, 28 * 4, 28 * 24 * 2),
        (Urgency::Ticket, 2, 28 * 24, 28, 28 * 12),
        (Urgency::Ticket, 1, 28 * 8, 7, 28 * 4),
    ];
    let part = |of: u64| Duration::from_mins((period.millis() / of + 30_000) / 60_000);
    TIERS.map(|(urgency, factor, hold, long, short)| {
        (urgency, Ratio::whole(factor), part(hold), part(long), part(short))
    })
}
