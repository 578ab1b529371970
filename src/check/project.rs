//! The project's settings, with their defaults.

use std::ops::RangeInclusive;

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::Project;
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::units::Duration;

/// Evaluation interval and scrape interval when the project names none.
pub(super) const EVERY: Duration = Duration::from_secs(30);
pub(super) const SCRAPE: Duration = Duration::from_secs(30);

/// The Grafanas that load what is generated.
const VERSIONS: RangeInclusive<u32> = 11..=13;

/// Where Alertmanager finds a file per secret when the project says nothing.
const SECRETS: &str = "/etc/alertmanager/secrets";

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
            version: written.and_then(|p| p.version).map(|v| v.node),
            every: written.and_then(|p| p.every).map_or(EVERY, |e| e.node),
            scrape: written.and_then(|p| p.scrape).map_or(SCRAPE, |s| s.node),
            secrets: written.and_then(|p| address(&p.secrets)).unwrap_or_else(|| SECRETS.into()),
            folder: written.and_then(|p| p.folder.as_ref()).map_or("SLO".into(), |f| f.node.clone()),
            environment: None,
            apart: written.iter().flat_map(|p| &p.external).map(|label| label.node.clone()).collect(),
            outputs: self.outputs(),
        }
    }

    fn check_project(&mut self, p: &ast::Project) {
        for address in [&p.runbooks, &p.grafana].into_iter().flatten() {
            self.address(address);
        }
        if let Some(version) = p.version.filter(|v| !VERSIONS.contains(&v.node)) {
            let message = format!("what is generated is not for Grafana {}", version.node);
            let help = format!("for Grafana {} to {}", VERSIONS.start(), VERSIONS.end());
            self.report(Diagnostic::new(&codes::E0453, version.span, message).here("not possible").help(help));
        }
        self.by(&p.external);
        p.naming.iter().for_each(|n| self.naming_words(n));
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
            self.folder_title(folder);
        }
        if let Some(secrets) = &p.secrets {
            self.secrets_directory(secrets);
        }
    }

    /// Where Alertmanager finds its secrets: a directory that any system can have.
    fn secrets_directory(&mut self, given: &Spanned<String>) {
        let text = &given.node;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        if !text.starts_with('/') || !text.chars().all(plain) {
            let message = format!("`{text}` is not a directory that can stand in a configuration");
            let help = "an absolute path of letters, digits, `/`, `-`, `_` and `.`: `/etc/alertmanager/secrets`";
            self.report(Diagnostic::new(&codes::E0205, given.span, message).here("not a directory").help(help));
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

    /// Reports what the project's Grafana does not know yet; `help` names the first that does.
    pub(super) fn known_since(&mut self, what: &str, at: Span, major: u32, help: &str) {
        let Some(version) = self.names.project.and_then(|p| p.version).filter(|v| v.node < major) else { return };
        let message = format!("Grafana {} does not know `{what}`, which it ignores", version.node);
        let diagnostic = Diagnostic::new(&codes::W0453, at, message).here("left out for Grafana");
        self.report(diagnostic.label(version.span, "the version that must understand it").help(help));
    }

    pub(super) fn address(&mut self, given: &Spanned<String>) {
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
}
