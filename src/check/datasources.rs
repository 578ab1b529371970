//! Data sources: each with what its kind has, leading to others of the right kind.

use super::Checker;
use super::contacts::is_host;
use super::project::SCRAPE;
use crate::diag::{Diagnostic, codes, one_of};
use crate::model::datasource::{Field, Prometheus, Related, Traces};
use crate::model::{Datasource, DatasourceKind};
use crate::promql::{self, Dialect};
use crate::source::Spanned;
use crate::syntax::ast::{self, Link, Setting};
use crate::units::Duration;

/// What leads where: the word, the kinds it may stand in, the kinds it may lead to.
const LINKS: [(&str, &[&str], &[&str]); 5] = [
    ("exemplars", &["prometheus"], &["tempo", "jaeger"]),
    ("field", &["loki"], &["tempo", "jaeger"]),
    ("logs", &["tempo", "jaeger"], &["loki"]),
    ("metrics", &["tempo", "jaeger"], &["prometheus"]),
    ("map", &["tempo"], &["prometheus"]),
];

/// The variable that Grafana replaces by matchers of a span's tags.
const TAGS: &str = "$__tags";

/// The longest uid of Grafana, which a data source's name is.
pub(super) const LONGEST_UID: usize = 40;

impl<'a> Checker<'a> {
    /// Data sources, the default first; one called `prometheus` when none of that kind is declared.
    pub(super) fn datasources(&mut self) -> Vec<Datasource> {
        let declared = self.names.datasources.clone();
        self.one_default(&declared);
        let mut sources: Vec<Datasource> = declared.iter().map(|d| self.datasource(d)).collect();
        if !sources.iter().any(|d| d.default)
            && let Some(first) = sources.iter_mut().find(|d| matches!(d.kind, DatasourceKind::Prometheus(_)))
        {
            first.default = true;
        }
        if !sources.iter().any(|d| d.default) {
            sources.push(assumed());
        }
        sources.sort_by_key(|d| !d.default);
        sources
    }

    fn one_default(&mut self, declared: &[&ast::Datasource]) {
        let defaults: Vec<_> = declared.iter().filter_map(|d| Some((d.default?, &d.kind))).collect();
        if let [(first, _), (second, _), ..] = defaults[..] {
            let diagnostic =
                Diagnostic::new(&codes::E0101, second, "two data sources are the default").here("again here");
            let help = "queries that name no data source go to the one default";
            self.report(diagnostic.label(first, "first here").help(help));
        }
        if let Some((span, kind)) = defaults.iter().find(|(_, kind)| kind.node != "prometheus") {
            let message =
                format!("the default data source is a `{}`, but objectives are asked of a Prometheus", kind.node);
            let diagnostic = Diagnostic::new(&codes::E0123, *span, message).here("not a Prometheus");
            self.report(diagnostic.help("`default` goes to the Prometheus that has the metrics"));
        }
    }

    fn datasource(&mut self, d: &'a ast::Datasource) -> Datasource {
        if d.name.node.len() > LONGEST_UID {
            let message = format!("the name of this datasource has {} characters", d.name.node.len());
            let help = format!("it is also a uid in Grafana, which has at most {LONGEST_UID}");
            self.report(Diagnostic::new(&codes::E0102, d.name.span, message).here("too long").help(help));
        }
        let links: Vec<&'a Link> = d.links.iter().filter(|l| self.link_fits(l, d)).collect();
        let scrape = self.names.project.and_then(|p| p.scrape).map_or(SCRAPE, |s| s.node);
        let kind = self.datasource_kind(d, &links);
        if d.kind.node != "postgres" {
            self.address(&d.url);
        }
        self.no_secret(&d.url, "`user \"…\" password env(PASSWORD)` keeps it out of the address");
        Datasource {
            name: d.name.node.clone(),
            url: host_of(&d.url.node, &d.kind.node),
            every: d.every.map_or(scrape, |e| e.node),
            default: d.default.is_some(),
            kind,
            login: self.login(&d.settings, &d.name.node),
            token: find(d, "token").and_then(|s| self.secret(s, &d.name.node)),
            timeout: find(d, "timeout").and_then(|s| self.duration(s)),
            origin: Some(self.origin(d.name.span)),
        }
    }

    fn datasource_kind(&mut self, d: &'a ast::Datasource, links: &[&'a Link]) -> DatasourceKind {
        match d.kind.node.as_str() {
            "loki" => {
                let fields = links.iter().filter_map(|l| self.field(l)).collect();
                DatasourceKind::Loki { lines: find(d, "lines").and_then(|s| self.count(s)), fields }
            }
            "tempo" => {
                let map = links.iter().find(|l| l.kind.node == "map").map(|l| l.to.node.clone());
                DatasourceKind::Tempo { traces: self.traces(d, links), map }
            }
            "jaeger" => DatasourceKind::Jaeger(self.traces(d, links)),
            "postgres" => self.postgres(d),
            _ => DatasourceKind::Prometheus(self.prometheus(d, links)),
        }
    }

    fn prometheus(&mut self, d: &'a ast::Datasource, links: &[&'a Link]) -> Prometheus {
        let exemplar = |l: &&Link| Some((l.of.as_ref()?.node.clone(), l.to.node.clone()));
        let cache = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("none", "None")];
        Prometheus {
            get: find(d, "method").is_some_and(|s| self.word(s, &["POST", "GET"]) == "GET"),
            cache: find(d, "cache").and_then(|s| {
                let word = self.word(s, &cache.map(|(word, _)| word));
                cache.iter().find(|(w, _)| *w == word).map(|(_, grafana)| *grafana)
            }),
            incremental: find(d, "incremental").is_some(),
            exemplars: links.iter().filter_map(exemplar).collect(),
        }
    }

    fn field(&mut self, link: &Link) -> Option<Field> {
        let name = link.of.as_ref()?.node.clone();
        let Some(pattern) = &link.matching else {
            let message = format!("nothing says what in a line is the field `{name}`");
            let help = "`field trace_id matching \"trace_id=(\\\\w+)\" -> tempo`";
            self.report(Diagnostic::new(&codes::E0225, link.kind.span, message).here("no `matching`").help(help));
            return None;
        };
        if !pattern.node.contains('(') || regex_is_broken(&pattern.node) {
            let message = "this expression has no group that is the id of a trace";
            let help = "what stands in its first parentheses is looked up: `trace_id=(\\\\w+)`";
            self.report(Diagnostic::new(&codes::E0224, pattern.span, message).here("finds nothing").help(help));
            return None;
        }
        Some(Field { name, pattern: pattern.node.clone(), to: link.to.node.clone() })
    }

    fn traces(&mut self, d: &'a ast::Datasource, links: &[&'a Link]) -> Traces {
        let tags = |l: &Link| l.by.iter().map(|n| n.node.clone()).collect();
        let logs = links.iter().find(|l| l.kind.node == "logs").map(|l| (l.to.node.clone(), tags(l)));
        let metrics = links.iter().find(|l| l.kind.node == "metrics");
        Traces {
            logs,
            metrics: metrics.map(|l| Related { to: l.to.node.clone(), tags: tags(l), queries: self.related(l) }),
            graph: find(d, "graph").is_some(),
        }
    }

    /// Queries for the metrics of a span, checked as any other; `$__tags` stands for matchers.
    fn related(&mut self, link: &Link) -> Vec<(String, String)> {
        let mut queries = Vec::new();
        for (title, query) in &link.queries {
            let text = self.program.sources.text(query.span);
            // A matcher of as many bytes as the variable, so that every place stays where it is.
            let readable = text.replace(TAGS, "_t1=\"x\"");
            let (parsed, diagnostics) = promql::parse(&readable, query.span, Dialect::Grafana);
            self.diagnostics.extend(diagnostics);
            let one_line = |q: promql::Query| q.compact(None).replace("_t1=\"x\"", TAGS);
            queries.extend(parsed.map(|q| (title.node.clone(), one_line(q))));
        }
        queries
    }

    fn postgres(&mut self, d: &ast::Datasource) -> DatasourceKind {
        let in_url = d.url.node.split_once('/').map(|(_, name)| name.to_string()).filter(|n| !n.is_empty());
        let given = find(d, "database").and_then(|s| s.values.first()).and_then(|v| self.open_text(v)).map(|t| t.node);
        let host = d.url.node.split('/').next().unwrap_or("");
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "5432"));
        if !is_host(name) || port.parse::<u16>().is_err() || d.url.node.matches('/').count() > 1 {
            let message = format!("`{}` is not the address of a database", d.url.node);
            let help = "`host:port/database`, such as `postgres:5432/orders`";
            self.report(Diagnostic::new(&codes::E0205, d.url.span, message).here("not an address").help(help));
        } else if in_url.is_none() && given.is_none() {
            let message = format!("nothing says which database of `{host}` it is");
            let help = "`\"postgres:5432/orders\"`, or `database \"orders\"`";
            self.report(Diagnostic::new(&codes::E0225, d.url.span, message).here("no database").help(help));
        }
        DatasourceKind::Postgres {
            database: given.or(in_url).unwrap_or_default(),
            tls: find(d, "tls")
                .map_or("require".into(), |s| self.word(s, &["disable", "require", "verify-ca", "verify-full"])),
            connections: find(d, "connections").and_then(|s| self.count(s)),
            version: find(d, "version").and_then(|s| self.count(s)),
        }
    }

    /// Whether a link may stand here, and leads to what it can show.
    fn link_fits(&mut self, link: &Link, d: &ast::Datasource) -> bool {
        let Some((word, from, to)) = LINKS.iter().find(|(word, ..)| *word == link.kind.node) else { return false };
        if !from.contains(&d.kind.node.as_str()) {
            let message = format!("a `{}` has no `{word}`", d.kind.node);
            let help = format!("`{word}` stands in {}", one_of(from.iter().copied()));
            self.report(Diagnostic::new(&codes::E0122, link.kind.span, message).here("not here").help(help));
            return false;
        }
        match self.names.datasource(&link.to) {
            Err(diagnostic) => {
                self.report(*diagnostic);
                false
            }
            Ok(found) if !to.contains(&found.kind.node.as_str()) => {
                let message = format!("`{word}` cannot lead to `{}`, which is a `{}`", link.to.node, found.kind.node);
                let diagnostic = Diagnostic::new(&codes::E0122, link.to.span, message).here("another kind");
                let help = format!("`{word}` leads to {}", one_of(to.iter().copied()));
                self.report(diagnostic.label(found.kind.span, "declared here").help(help));
                false
            }
            Ok(_) => true,
        }
    }

    fn duration(&mut self, setting: &Setting) -> Option<Duration> {
        let word = bare(setting)?;
        let time = Duration::parse(&word.node).filter(|t| t.millis() >= 1000);
        if time.is_none() {
            let message = format!("`{}` is not a time of a second or more", word.node);
            self.report(Diagnostic::new(&codes::E0201, word.span, message).here("not a time").help("such as `60s`"));
        }
        time
    }

    fn count(&mut self, setting: &Setting) -> Option<u32> {
        let word = bare(setting)?;
        let number = word.node.parse().ok().filter(|n| *n > 0);
        if number.is_none() {
            let message = format!("`{}` is not a number of {}", word.node, setting.key.node);
            self.report(Diagnostic::new(&codes::E0229, word.span, message).here("not a whole number over 0"));
        }
        number
    }

    fn word(&mut self, setting: &Setting, known: &[&str]) -> String {
        let Some(word) = bare(setting) else { return String::new() };
        if !known.contains(&word.node.as_str()) {
            let message = format!("`{}` is not known to `{}`", word.node, setting.key.node);
            let help = format!("it is {}", one_of(known.iter().copied()));
            self.report(Diagnostic::new(&codes::E0004, word.span, message).here("not known here").help(help));
        }
        word.node.clone()
    }
}

fn find<'d>(d: &'d ast::Datasource, key: &str) -> Option<&'d Setting> {
    d.settings.iter().find(|s| s.key.node == key)
}

fn bare(setting: &Setting) -> Option<&Spanned<String>> {
    match setting.values.first()? {
        ast::Value::Text(text) | ast::Value::Word(text) | ast::Value::Env(text) => Some(text),
    }
}

/// Whether the parentheses of a regular expression do not match.
fn regex_is_broken(pattern: &str) -> bool {
    let bare = pattern.replace("\\\\", "").replace("\\(", "").replace("\\)", "");
    bare.matches('(').count() != bare.matches(')').count()
}

/// The address without the name of the database.
fn host_of(url: &str, kind: &str) -> String {
    let end = if kind == "postgres" { url.find('/') } else { None };
    url.get(..end.unwrap_or(url.len())).unwrap_or(url).to_string()
}

/// What is asked when nothing is declared.
fn assumed() -> Datasource {
    Datasource {
        name: "prometheus".into(),
        url: "http://prometheus:9090".into(),
        every: SCRAPE,
        default: true,
        kind: DatasourceKind::Prometheus(Prometheus::default()),
        login: None,
        token: None,
        timeout: None,
        origin: None,
    }
}
