//! Services, and the state all checks share.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::standing::Found;
use super::{Checker, Memo, Service};
use crate::diag::{Diagnostic, codes};
use crate::model::{Origin, Project};
use crate::resolve::{Names, Program};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Name};

impl<'a> Checker<'a> {
    pub(super) fn new(
        program: &'a Program,
        names: Names<'a>,
        diagnostics: Vec<Diagnostic>,
        memo: &Arc<Memo>,
    ) -> Checker<'a> {
        let (names, catalogs, memo) = (Arc::new(names), Default::default(), Arc::clone(memo));
        let (typing, burns, unchecked) = Default::default();
        let mut checker = Checker { program, names, diagnostics, catalogs, typing, burns, memo, unchecked };
        checker.read_catalogs();
        checker
    }

    /// A checker that knows the same and has found nothing yet.
    fn beside(&self) -> Checker<'a> {
        let (names, catalogs) = (Arc::clone(&self.names), Arc::clone(&self.catalogs));
        let (program, memo) = (self.program, Arc::clone(&self.memo));
        let (diagnostics, typing, burns, unchecked) = Default::default();
        Checker { program, names, diagnostics, catalogs, typing, burns, memo, unchecked }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// The spec line of a place; of what a template made, the line that used it.
    pub(super) fn origin(&self, span: Span) -> Origin {
        let sources = &self.program.sources;
        let site = sources.site(span);
        let file = sources.get(site.file);
        let template = (!sources.uses(span).is_empty()).then(|| sources.place(sources.origin(span)).into());
        Origin { path: file.path.as_str().into(), line: file.line_index(site.start as usize) as u32 + 1, template }
    }

    /// All services, in the order of their names. `environment` is the one that the program is in.
    pub(super) fn services(&mut self, project: &Project, environment: Option<&str>) -> Vec<Arc<Service>> {
        let services: Vec<&ast::Service> = self.names.services.values().copied().collect();
        // What is known of metrics is made once and reported once, before it is shared.
        let files: BTreeSet<FileId> = services.iter().map(|s| s.name.span.file).collect();
        let mut own = BTreeSet::new();
        for file in files {
            self.recorded(file, false);
            if self.program.sources.get(file).text.contains("slo:") {
                self.recorded(file, true);
                own.insert(file);
            }
        }
        let check = |s: &'a ast::Service| {
            let mut checker = self.beside();
            let service = Arc::new(checker.service(s, project));
            Found { service, diagnostics: checker.finish() }
        };
        let found = |s: &&'a ast::Service| {
            // These are checked with what other services are.
            let alone = !own.contains(&s.name.span.file) && s.slos.iter().all(|slo| slo.composite.is_none());
            if alone { self.memo.service(environment, s, || check(s)) } else { Arc::new(check(s)) }
        };
        let found: Vec<Arc<Found>> = services.par_iter().map(found).collect();
        self.diagnostics.extend(found.iter().flat_map(|f| f.diagnostics.iter().cloned()));
        found.iter().map(|f| Arc::clone(&f.service)).collect()
    }

    fn service(&mut self, s: &'a ast::Service, project: &Project) -> Service {
        if s.slos.is_empty() && s.alerts.is_empty() && s.rules.is_empty() && !s.broken {
            let message = format!("the service `{}` promises nothing", s.name.node);
            let diagnostic = Diagnostic::new(&codes::W0401, s.name.span, message).here("has no `slo`");
            self.report(diagnostic.help("`slo availability 99.9% over 30d { … }` inside it makes a promise"));
        }
        if let Some(owner) = &s.owner
            && let Err(diagnostic) = self.names.team(self.program, owner)
        {
            self.report(*diagnostic);
        }
        if let Some(policy) = &s.policy
            && let Err(diagnostic) = self.policy(policy)
        {
            self.report(*diagnostic);
        }
        let source = s.source.as_ref().and_then(|name| self.prometheus_of(name));
        if let Some(tier) = s.tier.filter(|t| !(1..=9).contains(&t.node)) {
            let message = format!("`{}` is not a tier", tier.node);
            self.report(
                Diagnostic::new(&codes::E0206, tier.span, message)
                    .here("not a tier")
                    .help("tiers go from 1, what matters most, to 9"),
            );
        }
        s.naming.iter().for_each(|n| self.naming_words(n));
        let naming = self.naming(s);
        let labels = if naming.is_some() { self.free_labels(&s.labels) } else { self.labels(&s.labels) };
        self.groups_once(s);
        let own = if naming.is_some() { &[] } else { s.slos.as_slice() };
        own.iter().for_each(|slo| self.not_named(slo));
        let named = naming.map(|n| {
            let slos = s.slos.iter().filter_map(|slo| self.named_slo(slo, s, &n, project)).collect();
            (n, slos)
        });
        // Room for all of them at once: they are large to move.
        let mut slos = Vec::with_capacity(own.len());
        slos.extend(own.iter().filter_map(|slo| self.slo(slo, s, project)));
        // What texts of alerts cannot read, as it is added to the result only afterwards.
        let mut known = labels.clone();
        known.insert("slo_service".into(), s.name.node.clone());
        known.insert("severity".into(), "its level".into());
        known.extend(s.owner.iter().map(|o| ("owner".to_string(), o.node.clone())));
        Service {
            name: s.name.node.clone(),
            title: s.title.as_ref().map_or_else(|| s.name.node.clone(), |t| t.node.clone()),
            owner: s.owner.as_ref().map(|o| o.node.clone()),
            tier: s.tier.map(|t| t.node),
            alerts: s.alerts.iter().filter_map(|a| self.alert(a, &known)).collect(),
            labels,
            source,
            slos,
            named,
            carried: s.rules.iter().map(|r| self.carried(r)).collect(),
            origin: self.origin(s.name.span),
        }
    }

    /// The data source that a service names, which must understand what its rules ask.
    fn prometheus_of(&mut self, name: &Name) -> Option<String> {
        let found = match self.names.datasource(name) {
            Ok(found) => found,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        if found.kind.node == "prometheus" {
            return Some(name.node.clone());
        }
        let kind = &found.kind;
        let message = format!("the rules of a service ask a Prometheus, but `{}` is a `{}`", name.node, kind.node);
        let diagnostic = Diagnostic::new(&codes::E0441, name.span, message).here(format!("a `{}`", kind.node));
        let help = "panels may ask it: `logs \"Errors\" from NAME { … }` in a `dashboard`";
        self.report(diagnostic.label(kind.span, "declared here").help(help));
        None
    }
}
