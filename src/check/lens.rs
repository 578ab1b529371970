//! What is known of a program whatever is wrong with it: catalogs, types of queries, numbers of objectives. An editor
//! asks while somebody is typing, when there is no [`Checked`](super::Checked).

use std::sync::Arc;

use super::Checker;
use crate::catalog::Catalog;
use crate::model::{Burn, Urgency};
use crate::promql::Query;
use crate::promql::types::Line;
use crate::resolve::{Names, Program};
use crate::source::{FileId, Span};
use crate::syntax::ast;
use crate::units::{Duration, Ratio};

/// A look at a program.
pub struct Lens<'a>(Checker<'a>);

/// The numbers of one objective.
#[derive(Clone, PartialEq, Debug)]
pub struct Numbers {
    /// `checkout.availability`.
    pub id: String,
    /// Where its name is written; in a template, for what a template made.
    pub name: Span,
    /// What is promised.
    pub objective: Ratio,
    /// `1 - objective`.
    pub budget: Ratio,
    /// The time over which it counts.
    pub period: Duration,
    /// The same as it is written: `30d`, `calendar month`.
    pub over: String,
    /// The tiers that are not off, in the order written.
    pub tiers: Vec<Tier>,
}

/// A tier of an objective.
#[derive(Clone, PartialEq, Debug)]
pub struct Tier {
    /// How urgent.
    pub urgency: Urgency,
    /// The line of the policy it comes from; `None` for the built-in one.
    pub line: Option<Span>,
    /// Its numbers.
    pub burn: Arc<Burn>,
}

impl Numbers {
    /// The budget of one period as time without any service.
    pub fn budget_time(&self) -> Duration {
        self.period.scaled(self.budget).unwrap_or_default()
    }
}

impl<'a> Lens<'a> {
    /// Looks at a program.
    pub fn new(program: &'a Program) -> Lens<'a> {
        let (names, diagnostics) = Names::collect(program);
        Lens(Checker::new(program, names, diagnostics, &Arc::default()))
    }

    /// The catalog that a file sees.
    pub fn catalog(&mut self, file: FileId) -> Arc<Catalog> {
        self.0.catalog(file)
    }

    /// A query as a tree of its parts with their types, the whole first.
    pub fn tree(&mut self, query: &Query) -> Vec<Line> {
        self.0.with_types(query, |types| types.tree(query))
    }

    /// The numbers of every objective that has them, in the order of the services' names.
    pub fn numbers(&mut self) -> Vec<Numbers> {
        let project = self.0.project();
        let services: Vec<&ast::Service> = self.0.names.services.values().copied().collect();
        let mut all = Vec::new();
        for (service, slo) in services.iter().flat_map(|s| s.slos.iter().map(move |slo| (*s, slo))) {
            let Some(promise) = self.0.promise(slo) else { continue };
            let tiers = self.0.tiers(slo, service, &promise, &project);
            let lines = self.0.lines(slo, service, promise.period.node);
            let tier = |t: super::Tier| Tier {
                urgency: t.urgency,
                line: lines.iter().find(|(u, long, _)| (*u, *long) == (t.urgency, t.burn.long)).map(|(.., l)| *l),
                burn: t.burn,
            };
            all.push(Numbers {
                id: format!("{}.{}", service.name.node, slo.name.node),
                name: self.0.program.sources.origin(slo.name.span),
                objective: promise.objective.node,
                budget: promise.budget,
                period: promise.period.node,
                over: slo.calendar.as_ref().map_or_else(|| promise.period.node.to_string(), ToString::to_string),
                tiers: tiers.into_iter().map(tier).collect(),
            });
        }
        all
    }
}
