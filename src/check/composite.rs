//! `all of …` and `weighted { … }`: an objective over other objectives.

use super::Checker;
use super::sli::plain;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::{Measure, Sli, SliForm};
use crate::syntax::ast::{self, Composite, Member};
use crate::units::Ratio;

impl<'a> Checker<'a> {
    pub(super) fn composite(
        &mut self,
        composite: &'a Composite,
        slo: &ast::Slo,
        service: &ast::Service,
    ) -> Option<Sli> {
        let members: Vec<Option<(String, Ratio)>> =
            composite.members.iter().map(|m| self.member(m, slo, service)).collect();
        self.twice(&composite.members);
        if composite.members.len() < 2 {
            let message = "a composite of fewer than two objectives is not one";
            self.report(
                Diagnostic::new(&codes::E0414, composite.keyword, message).here("too few").help("name at least two"),
            );
            return None;
        }
        let members = members.into_iter().collect::<Option<Vec<_>>>()?;
        Some(plain(SliForm::Composite, Measure::Composite { members, weighted: composite.weighted }))
    }

    /// A member must exist, must measure something itself, and must be split by the same labels.
    fn member(&mut self, member: &'a Member, slo: &ast::Slo, service: &ast::Service) -> Option<(String, Ratio)> {
        let own = format!("{}.{}", service.name.node, slo.name.node);
        let name = &member.name;
        let Some(found) = self.find_slo(&name.node) else {
            let known: Vec<String> = self.slo_ids();
            let help = did_you_mean(&name.node, known.iter().map(String::as_str));
            let message = format!("there is no objective `{}`", name.node);
            let help = help.unwrap_or_else(|| "an objective is named with its service: `checkout.availability`".into());
            self.report(Diagnostic::new(&codes::E0103, name.span, message).here("not declared").help(help));
            return None;
        };
        let labels = |s: &ast::Slo| s.by.iter().map(|l| l.node.clone()).collect::<std::collections::BTreeSet<_>>();
        let (message, help) = if self.is_named(&name.node) {
            let help = "composites read the series of sloc: leave out `naming` there, or count its events here";
            (format!("`{}` has the series of another tool", name.node), help.to_string())
        } else if name.node == own || found.composite.is_some() {
            (format!("`{}` is a composite itself", name.node), "name the objectives that measure something".to_string())
        } else if self.asked_by(self.service_of(&name.node)) != self.asked_by(Some(service)) {
            (
                format!(
                    "the series of `{}` are in another Prometheus than those of `{}`",
                    name.node, service.name.node
                ),
                "members and the composite have the same `from`".to_string(),
            )
        } else if labels(found) != labels(slo) {
            (
                format!("`{}` is split by other labels than this composite", name.node),
                "all members and the composite have the same `by`".to_string(),
            )
        } else {
            return Some((name.node.clone(), member.weight.map_or(Ratio::ONE, |w| w.node)));
        };
        let at = found.name.span;
        self.report(
            Diagnostic::new(&codes::E0414, name.span, message)
                .here("cannot be a member")
                .label(at, "declared here")
                .help(help),
        );
        None
    }

    fn twice(&mut self, members: &[Member]) {
        for (index, member) in members.iter().enumerate() {
            if let Some(first) = members[..index].iter().find(|m| m.name.node == member.name.node) {
                let message = format!("`{}` is a member twice", member.name.node);
                self.report(
                    Diagnostic::new(&codes::E0005, member.name.span, message)
                        .here("again here")
                        .label(first.name.span, "first here"),
                );
            }
        }
    }

    /// Whether the service of an objective has the names of another tool.
    fn is_named(&self, id: &str) -> bool {
        self.service_of(id).is_some_and(|s| self.naming(s).is_some())
    }

    /// The data source that a service asks: its own, or that of all who name none.
    fn asked_by<'s>(&'s self, service: Option<&'s ast::Service>) -> Option<&'s str> {
        let sources = || self.names.datasources.iter();
        let first = || sources().find(|d| d.default.is_some()).or(sources().find(|d| d.kind.node == "prometheus"));
        let own = service.and_then(|s| s.source.as_ref());
        own.or_else(|| first().map(|d| &d.name)).map(|name| name.node.as_str())
    }

    fn service_of(&self, id: &str) -> Option<&'a ast::Service> {
        id.split_once('.').and_then(|(service, _)| self.names.services.get(service)).copied()
    }

    fn find_slo(&self, id: &str) -> Option<&'a ast::Slo> {
        let (_, slo) = id.split_once('.')?;
        self.service_of(id)?.slos.iter().map(|s| &**s).find(|s| s.name.node == slo)
    }

    fn slo_ids(&self) -> Vec<String> {
        let ids = |s: &&ast::Service| {
            s.slos.iter().map(|slo| format!("{}.{}", s.name.node, slo.name.node)).collect::<Vec<_>>()
        };
        self.names.services.values().flat_map(ids).collect()
    }
}
