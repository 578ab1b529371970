//! Tests that were written: series that can be fed, in the units of their metrics, and alerts that are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::catalogs::to_unit;
use super::limits::{self, Measured};
use super::{Checker, Expectation, Service, Test};
use crate::catalog::Unit;
use crate::diag::{Code, Diagnostic, codes, did_you_mean};
use crate::model::test::{Fed, FedPart, FedValue};
use crate::model::{Labels, Urgency};
use crate::promql::types::Expected;
use crate::promql::{Dialect, Kind, MatchOp, Query};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Item, Name, Quantity};
use crate::units::{Duration, Ratio};

/// From one evaluation to the next, when nothing is written.
const EVERY: Duration = Duration::from_mins(1);

/// The most evaluations of a test: each costs as much as one of Prometheus itself.
const MOST: u64 = 20_000;

/// What the catalog says of a series also where it is fed rather than read.
const OF_SERIES: [&Code; 7] =
    [&codes::E0340, &codes::W0340, &codes::E0341, &codes::W0341, &codes::E0352, &codes::E0390, &codes::W0390];

/// What the series of a histogram or summary are called behind its name.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];

impl<'a> Checker<'a> {
    /// All tests in the order of their files and lines.
    pub(super) fn tests(&mut self, services: &[Arc<Service>]) -> Vec<Test> {
        let items = self.program.files.iter().flat_map(|f| &f.items);
        let written: Vec<&'a ast::Test> =
            items.filter_map(|i| if let Item::Test(t) = i { Some(t) } else { None }).collect();
        self.fed_for_nothing(&written);
        written.into_iter().map(|t| self.test(t, services)).collect()
    }

    /// Reports series that are fed although no service speaks of them: a name that is written otherwise there, say.
    fn fed_for_nothing(&mut self, tests: &[&'a ast::Test]) {
        let program = self.program;
        let name = |fed: &ast::Fed| {
            let text = program.sources.text(fed.name.span);
            let name = &text[..text.find(|c| !is_of_name(c)).unwrap_or(text.len())];
            let labels = text[name.len()..].trim_start();
            // What is no series is told where it is read.
            Some((name, fed.name.span)).filter(|_| !name.is_empty() && (labels.is_empty() || labels.starts_with('{')))
        };
        let fed: Vec<(&str, Span)> = tests.iter().flat_map(|t| &t.series).filter_map(name).collect();
        let mut unread: BTreeSet<&str> = fed.iter().map(|(name, _)| *name).filter(|n| !n.starts_with("slo:")).collect();
        for service in self.names.services.values() {
            if unread.is_empty() || service.broken {
                return;
            }
            for word in program.sources.text(service.span).split(|c| !is_of_name(c)) {
                if word == "__name__" {
                    return;
                }
                unread.remove(word);
                unread.retain(|name| !PARTS.iter().any(|part| name.strip_suffix(part) == Some(word)));
            }
        }
        for (name, span) in fed {
            // The same of another series of the name is no other mistake.
            if !unread.remove(name) {
                continue;
            }
            let message = format!("no service reads `{name}`, so feeding it changes nothing");
            let help = "series are fed under the names that the queries have";
            self.report(Diagnostic::new(&codes::W0486, span, message).here("fed for nothing").help(help));
        }
    }

    fn test(&mut self, t: &'a ast::Test, services: &[Arc<Service>]) -> Test {
        if t.expects.is_empty() && !t.broken {
            let message = "this test expects nothing";
            let help =
                "`expect page checkout.availability between 11m and 15m`, or `expect silent checkout.availability`";
            self.report(Diagnostic::new(&codes::E0480, t.title.span, message).here("shows nothing").help(help));
        }
        let every = t.every.map_or(EVERY, |e| e.node);
        let series: Vec<Fed> = t.series.iter().filter_map(|s| self.fed(s, every)).collect();
        self.fed_once(t);
        let length = |s: &Fed| s.parts.iter().map(|p| p.samples).sum::<u64>();
        let longest = series.iter().map(length).max().unwrap_or(0);
        let end = Duration::from_millis(every.millis().saturating_mul(longest));
        if longest > MOST {
            let message = format!("this test has {longest} evaluations");
            let help = format!("at most {MOST}; `every` says how far apart they are");
            self.report(Diagnostic::new(&codes::E0485, t.title.span, message).here("too many").help(help));
        }
        let end_known = !t.broken && series.len() == t.series.len();
        let expects = t.expects.iter().filter_map(|e| self.expectation(e, services, every, end_known.then_some(end)));
        Test {
            title: t.title.node.clone(),
            every,
            end,
            expects: expects.collect(),
            series,
            origin: self.origin(t.title.span),
        }
    }

    /// A series in promtool's terms.
    fn fed(&mut self, fed: &ast::Fed, every: Duration) -> Option<Fed> {
        let query = self.query_in(&fed.name, Dialect::Rule)?;
        self.is_series(&query)?;
        let known = self.diagnostics.len();
        let found = self.typed(&query, Expected::Anything, &[]);
        let added = self.diagnostics.split_off(known.min(self.diagnostics.len()));
        self.diagnostics.extend(added.into_iter().filter(|d| OF_SERIES.contains(&d.code)));
        let measured = Measured { of: &found, query: fed.name.span };
        let parts: Vec<Option<FedPart>> = fed.parts.iter().map(|p| self.part(p, every, measured)).collect();
        Some(Fed { name: query.compact(None), parts: parts.into_iter().collect::<Option<_>>()? })
    }

    fn part(&mut self, part: &ast::FedPart, every: Duration, measured: Measured<'_>) -> Option<FedPart> {
        let samples = self.evaluations(part.length, every);
        let value = match &part.value {
            ast::FedValue::Level(q) => FedValue::Level(self.number(q, measured)?),
            ast::FedValue::Change(q) => FedValue::Change(self.change(q, measured)?.times(every.seconds())?),
            ast::FedValue::Gone => FedValue::Gone,
        };
        Some(FedPart { value, samples: samples? })
    }

    /// A change per second, in the unit of the series. `/min` alone is of what the series counts, whatever that is.
    fn change(&mut self, q: &Spanned<Quantity>, measured: Measured<'_>) -> Option<Ratio> {
        let unit = if q.node.unit.starts_with('/') { None } else { limits::unit(measured.of) };
        let per_second = to_unit(&q.node, unit.unwrap_or(Unit::NONE).over(Unit::SECONDS));
        if per_second.is_none() {
            let message = format!("`{}` is no change of this series in time", q.node.text);
            let diagnostic = Diagnostic::new(&codes::E0222, q.span, message).here("of another kind");
            let help = "`+50/min` adds fifty of what the series counts in a minute";
            self.report(diagnostic.label(measured.query, "the series").help(help));
        }
        per_second
    }

    /// How often `every` fits into a time.
    fn evaluations(&mut self, time: Spanned<Duration>, every: Duration) -> Option<u64> {
        let even = time.node.millis().is_multiple_of(every.millis().max(1));
        if !even {
            let message = format!("{} is no multiple of {every}", time.node);
            let help = format!("samples and evaluations are {every} apart: `every` says so");
            self.report(Diagnostic::new(&codes::E0485, time.span, message).here("between two evaluations").help(help));
        }
        even.then(|| time.node.millis() / every.millis().max(1))
    }

    /// A name and labels with one value each: what a series is.
    fn is_series(&mut self, query: &Query) -> Option<()> {
        let plain = |s: &crate::promql::Selector| {
            s.name.is_some() && s.range.is_none() && s.offset.is_none() && s.at.is_none() && s.extended.is_none()
        };
        let (place, what) = match &query.expr().kind {
            Kind::Selector(s) if plain(s) => match s.matchers.iter().find(|m| m.op.node != MatchOp::Equal) {
                None => return Some(()),
                Some(m) => (m.span, "matches several values"),
            },
            _ => (query.span(), "not a name with labels"),
        };
        let message = "one series is fed, with one value for each label";
        self.report(Diagnostic::new(&codes::E0481, place, message).here(what).help("`up{job=\"a\", instance=\"b\"}`"));
        None
    }

    /// Reports a series that is fed twice.
    fn fed_once(&mut self, t: &ast::Test) {
        let mut given: Vec<(Labels, Span)> = Vec::new();
        for fed in &t.series {
            let Some(labels) = self.fed_labels(fed) else { continue };
            match given.iter().find(|(other, _)| *other == labels) {
                Some((_, first)) => {
                    let diagnostic = Diagnostic::new(&codes::E0486, fed.name.span, "this series is fed twice");
                    let help = "what comes later stands behind a comma: `0/min for 10m, +50/min for 10m`";
                    self.report(diagnostic.here("again here").label(*first, "first here").help(help));
                }
                None => given.push((labels, fed.name.span)),
            }
        }
    }

    fn fed_labels(&self, fed: &ast::Fed) -> Option<Labels> {
        let text = self.program.sources.text(fed.name.span);
        let (query, _) = crate::promql::parse(text, fed.name.span, Dialect::Rule);
        let query = query?;
        let Kind::Selector(selector) = &query.expr().kind else { return None };
        let name = ("__name__".to_string(), selector.metric()?.node.to_string());
        Some(selector.matchers.iter().map(|m| (m.name.node.clone(), m.value.node.clone())).chain([name]).collect())
    }

    fn expectation(
        &mut self,
        e: &ast::Expect,
        services: &[Arc<Service>],
        every: Duration,
        end: Option<Duration>,
    ) -> Option<Expectation> {
        let urgency = if e.what.node == "silent" { None } else { Some(self.severity(&e.what)?) };
        let between = self.between(e, every, end);
        let (service, subject) = self.subject(&e.of, services)?;
        if let Some(urgency) = urgency {
            self.has_severity(e, urgency, service, &subject)?;
        }
        let text = self.program.sources.text(e.span);
        let words: Vec<&str> = text.split_whitespace().skip(1).collect();
        Some(Expectation {
            text: words.join(" "),
            service: service.name.clone(),
            subject,
            urgency,
            between: between?,
            origin: self.origin(e.span),
        })
    }

    /// The times of an expectation: in order, at evaluations, before the test ends.
    fn between(
        &mut self,
        e: &ast::Expect,
        every: Duration,
        end: Option<Duration>,
    ) -> Option<Option<(Duration, Duration)>> {
        let Some((from, to)) = e.between else { return Some(None) };
        let (first, last) = (self.evaluations(from, every), self.evaluations(to, every));
        if from.node >= to.node {
            let message = format!("nothing lies between {} and {}", from.node, to.node);
            let diagnostic = Diagnostic::new(&codes::E0207, to.span, message).here("not after the first");
            self.report(diagnostic.label(from.span, "the first").help("the earlier time comes first"));
            return None;
        }
        if let Some(end) = end.filter(|end| to.node > *end) {
            let message = format!("the test ends at {end}, before {}", to.node);
            let help = "a test lasts as long as the longest of its series";
            self.report(Diagnostic::new(&codes::E0484, to.span, message).here("never comes").help(help));
            return None;
        }
        first.and(last).map(|_| Some((from.node, to.node)))
    }

    /// The objective or alert that a name means: `checkout.availability`, or `availability` where only one service has it.
    fn subject<'s>(&mut self, name: &Name, services: &'s [Arc<Service>]) -> Option<(&'s Service, String)> {
        let subjects = |s: &'s Service| {
            s.slos.iter().map(|slo| &slo.name).chain(s.alerts.iter().map(|alert| &alert.name)).map(move |n| (s, n))
        };
        let all: Vec<(&Service, &String)> = services.iter().flat_map(|s| subjects(s)).collect();
        let full = |(s, n): &(&Service, &String)| format!("{}.{n}", s.name);
        let meant: Vec<_> = all.iter().filter(|it| full(it) == name.node || *it.1 == name.node).collect();
        match meant.as_slice() {
            [(service, subject)] => return Some((service, subject.to_string())),
            [] => {
                // What could not be read whole may have it.
                if self.names.services.values().any(|s| s.broken || s.slos.iter().any(|slo| slo.broken)) {
                    return None;
                }
                let ids: BTreeSet<String> = all.iter().flat_map(|it| [full(it), it.1.clone()]).collect();
                let message = format!("there is no objective and no alert `{}`", name.node);
                let help = did_you_mean(&name.node, ids.iter().map(String::as_str));
                self.report(Diagnostic::new(&codes::E0103, name.span, message).here("not declared").maybe_help(help));
            }
            several => {
                let ids: Vec<String> = several.iter().map(|it| format!("`{}`", full(it))).collect();
                let message = format!("`{}` may be {}", name.node, ids.join(" or "));
                let help = "the service comes first: `checkout.availability`";
                self.report(Diagnostic::new(&codes::E0483, name.span, message).here("which one?").help(help));
            }
        }
        None
    }

    /// An objective or alert that is expected to fire must have an alert of that severity.
    fn has_severity(&mut self, e: &ast::Expect, urgency: Urgency, service: &Service, subject: &str) -> Option<()> {
        let slo = service.slos.iter().filter(|s| s.name == subject);
        let absence = slo.clone().filter(|s| s.absence.is_some()).map(|_| Urgency::Ticket);
        let tiers = slo.flat_map(|s| &s.tiers).map(|t| t.urgency).chain(absence);
        let levels = service.alerts.iter().filter(|a| a.name == subject).flat_map(|a| &a.levels).map(|l| l.urgency);
        let there: BTreeSet<Urgency> = tiers.chain(levels).collect();
        if there.contains(&urgency) {
            return Some(());
        }
        let name = format!("{}.{subject}", service.name);
        let message = format!("`{name}` has no alert of the severity `{}`", urgency.name());
        let known: Vec<String> = there.iter().map(|u| format!("`{}`", u.name())).collect();
        let help = if known.is_empty() { "it has no alerts".into() } else { format!("it has {}", known.join(", ")) };
        self.report(Diagnostic::new(&codes::E0482, e.what.span, message).here("never fires").help(help));
        None
    }
}

/// Whether the name of a metric may hold it.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}
