//! Routes: each line has its meaning, none is in vain, and everything goes somewhere.

use super::{Checker, Route, Routes, Team};
use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::model::Urgency;
use crate::source::Spanned;
use crate::syntax::ast::{self, Name};
use crate::units::Duration;

/// Alertmanager's own habits.
const WAIT: Duration = Duration::from_secs(30);
const GATHER: Duration = Duration::from_mins(5);
const REPEAT: Duration = Duration::from_mins(240);

impl Checker<'_> {
    /// The routes; `None` when nobody wrote some.
    pub(super) fn routes(&mut self, teams: &[Team]) -> Option<Routes> {
        let Some(written) = self.names.routes else {
            self.teams_without_routes();
            self.every_contact_is_used(None);
            return None;
        };
        let lines: Vec<(Route, &ast::Route)> = written.lines.iter().map(|l| (self.route(l), l)).collect();
        let understood: Vec<_> = lines.iter().filter(|(r, l)| r.is_whole(l)).map(|(r, l)| (r, *l)).collect();
        self.reached(&understood, teams);
        self.every_contact_is_used(Some(written));
        let otherwise = self.otherwise(written);
        let time = |given: Option<Spanned<Duration>>, default| given.map_or(default, |t| t.node);
        Some(Routes {
            lines: lines.into_iter().map(|(route, _)| route).collect(),
            otherwise,
            wait: time(written.wait, WAIT),
            gather: time(written.gather, GATHER),
            repeat: time(written.repeat, REPEAT),
            policies: written.policies.is_some(),
            origin: self.origin(written.keyword),
        })
    }

    fn otherwise(&mut self, written: &ast::Routes) -> Vec<String> {
        if let Some(contacts) = &written.otherwise {
            return self.contact_names(contacts);
        }
        if !written.broken {
            let message = "these routes do not say who is told of all else";
            let diagnostic = Diagnostic::new(&codes::E0431, written.keyword, message).here("no `otherwise`");
            self.report(diagnostic.help("`otherwise -> notices`: an alert nobody thought of must reach somebody"));
        }
        Vec::new()
    }

    fn route(&mut self, line: &ast::Route) -> Route {
        let mut route = Route { severities: Vec::new(), teams: Vec::new(), services: Vec::new(), to: Vec::new() };
        for (index, (key, values)) in line.conditions.iter().enumerate() {
            if let Some((first, _)) = line.conditions[..index].iter().find(|(k, _)| k.node == key.node) {
                let message = format!("`{}` is given twice", key.node);
                let diagnostic = Diagnostic::new(&codes::E0005, key.span, message)
                    .here("again here")
                    .label(first.span, "first here");
                self.report(diagnostic.help("several values stand behind one word: `severity page, critical`"));
            }
            match key.node.as_str() {
                "severity" => route.severities.extend(values.iter().filter_map(|v| self.severity(v))),
                "team" => route.teams.extend(values.iter().filter_map(|v| self.team_name(v))),
                _ => route.services.extend(values.iter().filter_map(|v| self.service_name(v))),
            }
        }
        route.to = self.contact_names(&line.to);
        route
    }

    pub(super) fn severity(&mut self, name: &Name) -> Option<Urgency> {
        let names = || Urgency::ALL.iter().map(|u| u.name());
        let found = Urgency::ALL.into_iter().find(|u| u.name() == name.node);
        if found.is_none() {
            let message = format!("no alert has the severity `{}`", name.node);
            let help = did_you_mean(&name.node, names()).unwrap_or_else(|| format!("it is {}", one_of(names())));
            self.report(Diagnostic::new(&codes::E0433, name.span, message).here("not known").help(help));
        }
        found
    }

    /// The team a name means.
    pub(super) fn team_name(&mut self, name: &Name) -> Option<String> {
        match self.names.declared_team(self.program, name) {
            Ok(team) => Some(team.name.node.clone()),
            Err(diagnostic) => {
                self.report(*diagnostic);
                None
            }
        }
    }

    fn service_name(&mut self, name: &Name) -> Option<String> {
        if self.names.services.contains_key(name.node.as_str()) {
            return Some(name.node.clone());
        }
        let help = did_you_mean(&name.node, self.names.services.keys().copied());
        let message = format!("there is no service `{}`", name.node);
        self.report(Diagnostic::new(&codes::E0103, name.span, message).here("not declared").maybe_help(help));
        None
    }

    /// Reports lines that other lines, or the contacts of teams, leave nothing for.
    fn reached(&mut self, lines: &[(&Route, &ast::Route)], teams: &[Team]) {
        for (index, (route, line)) in lines.iter().enumerate() {
            let earlier = lines[..index].iter().find(|(r, _)| r.covers(route));
            let team = teams.iter().find(|t| !t.contact.is_empty() && route.teams == [t.name.clone()]);
            let message = "this route is never reached";
            let diagnostic = Diagnostic::new(&codes::W0423, line.span, message).here("nothing is left for it");
            if let Some((_, first)) = earlier {
                let help = "the first line that fits decides: the more special one comes first";
                self.report(diagnostic.label(first.span, "takes all of it").help(help));
            } else if let Some(team) = team {
                let at = self
                    .names
                    .teams()
                    .get(team.name.as_str())
                    .and_then(|t| t.contact.as_ref()?.first().map(|n| n.span));
                let diagnostic = at.map_or(diagnostic.clone(), |at| diagnostic.clone().label(at, "takes all of it"));
                self.report(diagnostic.help("the contacts that a team names itself come before all routes"));
            }
        }
    }

    /// A contact that nothing leads to was forgotten, or is left over.
    fn every_contact_is_used(&mut self, written: Option<&ast::Routes>) {
        let lines = written.iter().flat_map(|w| &w.lines).flat_map(|l| &l.to);
        let rest = written.iter().filter_map(|w| w.otherwise.as_ref()).flatten();
        let teams = self.names.teams();
        let of_teams = teams.values().flat_map(|t| t.contact.iter().chain(&t.page)).flatten();
        let used: Vec<&str> = lines.chain(rest).chain(of_teams).map(|n| n.node.as_str()).collect();
        let broken = written.is_some_and(|w| w.broken);
        for (name, contact) in self.names.contacts().into_iter().filter(|(name, _)| !broken && !used.contains(name)) {
            let message = format!("nobody is told by the contact `{name}`");
            let help = match written {
                Some(_) => format!("`severity page -> {name}` in `route` does, or `contact {name}` in a team"),
                None => format!("`route {{ otherwise -> {name} }}` does"),
            };
            let diagnostic = Diagnostic::new(&codes::W0120, contact.name.span, message).here("no route leads here");
            self.report(diagnostic.help(help));
        }
    }

    /// Contacts of teams say nothing while there are no routes.
    fn teams_without_routes(&mut self) {
        let named = |t: &ast::Team| t.contact.iter().chain(&t.page).flatten().next().map(|n| n.span);
        let at = self.names.teams().values().find_map(|t| named(t));
        if let Some(span) = at {
            let message = "a team names its contact, but nothing says who is told of all else";
            let help = "`route { otherwise -> notices }`: an alert nobody thought of must reach somebody";
            self.report(Diagnostic::new(&codes::E0431, span, message).here("leads nowhere without `route`").help(help));
        }
    }
}

impl Route {
    /// Whether every name in its line was known.
    fn is_whole(&self, line: &ast::Route) -> bool {
        let written: usize = line.conditions.iter().map(|(_, values)| values.len()).sum();
        written == self.severities.len() + self.teams.len() + self.services.len()
    }

    /// Whether every alert that fits `other` fits this one, too.
    fn covers(&self, other: &Route) -> bool {
        fn within<T: PartialEq>(all: &[T], some: &[T]) -> bool {
            all.is_empty() || (!some.is_empty() && some.iter().all(|s| all.contains(s)))
        }
        within(&self.severities, &other.severities)
            && within(&self.teams, &other.teams)
            && within(&self.services, &other.services)
    }
}
