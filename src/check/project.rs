//! The project's settings and data sources, with their defaults.

use std::collections::BTreeSet;

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::{Datasource, Project};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Item};
use crate::units::Duration;

/// Evaluation interval and scrape interval when the project names none.
const EVERY: Duration = Duration::from_secs(30);
const SCRAPE: Duration = Duration::from_secs(30);

impl Checker<'_> {
    /// The project's settings; a program without a project block has the defaults.
    pub(super) fn project(&mut self) -> Project {
        let written = self.names.project;
        let address = |s: &Option<Spanned<String>>| s.as_ref().map(|s| s.node.trim_end_matches('/').to_string());
        if let Some(p) = written {
            self.check_project(p);
        }
        Project {
            name: written.map_or("SLOs".into(), |p| p.name.node.clone()),
            runbooks: written.and_then(|p| address(&p.runbooks)),
            grafana: written.and_then(|p| address(&p.grafana)),
            every: written.and_then(|p| p.every).map_or(EVERY, |e| e.node),
            scrape: written.and_then(|p| p.scrape).map_or(SCRAPE, |s| s.node),
            folder: written.and_then(|p| p.folder.as_ref()).map_or("SLO".into(), |f| f.node.clone()),
            environment: None,
            apart: BTreeSet::new(),
        }
    }

    fn check_project(&mut self, p: &ast::Project) {
        for address in [&p.runbooks, &p.grafana].into_iter().flatten() {
            self.address(address);
        }
        if let Some(every) = &p.every {
            self.interval(
                every,
                Duration::from_secs(150),
                "rules over 5 minutes must be evaluated at least twice in them",
            );
        }
        if let Some(scrape) = &p.scrape {
            self.interval(scrape, Duration::from_mins(2), "`[5m]` needs two scrapes, also when one fails");
        }
        if let Some(folder) = &p.folder {
            self.folder(&folder.node, folder.span);
        }
    }

    /// Reports what cannot be the title of a folder.
    pub(super) fn folder(&mut self, title: &str, span: Span) {
        let reserved = title.eq_ignore_ascii_case("general");
        if title.trim().is_empty() || title.len() > 190 || title.contains(['/', '\n']) || reserved {
            let message = format!("`{title}` cannot be the title of a Grafana folder");
            let help = "a title has 1 to 190 characters, no `/`, and is not `General`";
            self.report(Diagnostic::new(&codes::E0501, span, message).here("not a folder title").help(help));
        }
    }

    /// Grafana takes intervals of whole 10 seconds only; both ends have their reason.
    fn interval(&mut self, given: &Spanned<Duration>, longest: Duration, why: &str) {
        let ms = given.node.millis();
        if !ms.is_multiple_of(10_000) && longest > Duration::from_mins(2) || given.node > longest || ms < 1000 {
            let message = format!("`{}` cannot be this interval", given.node);
            let help = format!(
                "at most {longest}, since {why}; evaluation intervals are multiples of 10s, as Grafana takes no others"
            );
            self.report(Diagnostic::new(&codes::E0204, given.span, message).here("not possible").help(help));
        }
    }

    fn address(&mut self, given: &Spanned<String>) {
        let text = &given.node;
        let known = text.starts_with("https://") || text.starts_with("http://");
        if !known
            || text.len() > 1000
            || text.contains(|c: char| {
                c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | '<' | '>' | '`' | '{' | '}')
            })
        {
            let message = format!("`{text}` is not an address that can stand in a link");
            let help = "an address begins with `https://` or `http://` and holds no spaces, quotes or braces";
            self.report(Diagnostic::new(&codes::E0205, given.span, message).here("not an address").help(help));
        }
    }

    /// Data sources, the default first; one called `prometheus` when none is declared.
    pub(super) fn datasources(&mut self) -> Vec<Datasource> {
        let program = self.program;
        let declared = program.files.iter().flat_map(|f| &f.items);
        let declared: Vec<&ast::Datasource> =
            declared.filter_map(|i| if let Item::Datasource(d) = i { Some(d) } else { None }).collect();
        let defaults: Vec<_> = declared.iter().filter_map(|d| d.default).collect();
        if let [first, second, ..] = defaults[..] {
            let diagnostic =
                Diagnostic::new(&codes::E0101, second, "two data sources are the default").here("again here");
            self.report(
                diagnostic.label(first, "first here").help("queries that name no data source go to the one default"),
            );
        }
        let mut sources: Vec<Datasource> = declared.iter().map(|d| self.datasource(d)).collect();
        if let Some(first) = sources.first_mut()
            && defaults.is_empty()
        {
            first.default = true;
        }
        if sources.is_empty() {
            let name = "prometheus".to_string();
            sources.push(Datasource {
                name,
                url: "http://prometheus:9090".into(),
                every: SCRAPE,
                default: true,
                origin: None,
            });
        }
        sources.sort_by_key(|d| !d.default);
        sources
    }

    fn datasource(&mut self, d: &ast::Datasource) -> Datasource {
        if d.kind.node != "prometheus" {
            let message = format!("`{}` is not a kind of data source", d.kind.node);
            self.report(
                Diagnostic::new(&codes::E0103, d.kind.span, message)
                    .here("not known")
                    .help("the kind that is known is `prometheus`"),
            );
        }
        self.address(&d.url);
        let scrape = self.names.project.and_then(|p| p.scrape).map_or(SCRAPE, |s| s.node);
        Datasource {
            name: d.name.node.clone(),
            url: d.url.node.clone(),
            every: d.every.map_or(scrape, |e| e.node),
            default: d.default.is_some(),
            origin: Some(self.origin(d.name.span)),
        }
    }
}
