//! A line of a spec: which declaration it belongs to, and what depends on that.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::model::{Board, Carried, Measure, Model, Origin, Sli, SliForm};
use crate::promql::{self, Dialect, Kind};
use crate::resolve::Program;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Item, Service};

/// The declaration a line belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// What it is, in a word of the language: `slo`, `service`, `policy`, `metric` …
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The services whose every file depends on it.
    pub services: BTreeSet<String>,
    /// The ids of the objectives, written alerts and carried groups that depend on it: `checkout.availability`.
    pub subjects: BTreeSet<String>,
    /// The uids of the dashboards that it makes.
    pub boards: BTreeSet<String>,
    /// Files outside of services that depend on it, relative to `out/`: what their paths begin with.
    pub files: &'static [&'static str],
    /// The spec line that its own file names, where it has one: `specs/shop.slo:12`.
    pub origin: Option<String>,
}

impl Cause {
    fn new(kind: &'static str, name: &str) -> Cause {
        let (services, subjects, boards) = Default::default();
        Cause { kind, name: name.to_string(), services, subjects, boards, files: &[], origin: None }
    }

    fn services(mut self, services: impl Iterator<Item = String>) -> Cause {
        self.services.extend(services);
        self
    }

    fn subjects(mut self, subjects: impl IntoIterator<Item = String>) -> Cause {
        self.subjects.extend(subjects);
        self
    }

    fn files(mut self, files: &'static [&'static str]) -> Cause {
        self.files = files;
        self
    }
}

/// Where contacts and routes go.
const ROUTING: &[&str] = &["alertmanager/", "grafana/provisioning/alerting/_"];

/// What the line `line` (from 1) of a spec declares or is part of. `None` when nothing follows from it: a comment, a blank
/// line, a line before everything.
pub fn cause(program: &Program, model: &Model, path: &str, line: usize) -> Option<Cause> {
    let (id, file) = program.sources.iter().find(|(_, f)| f.path == path)?;
    let index = line.checked_sub(1)?;
    let text = file.text.get(file.line_start(index)..file.line_start(index + 1))?.trim();
    let opens_metrics = text.starts_with("metrics") && text.ends_with('{');
    if text.is_empty() || text.starts_with('#') || opens_metrics {
        return None;
    }
    let places = Places { program, file: id };
    if let Some((name, _)) = program.kept.iter().find(|(_, board)| board.file == id) {
        let mut items = program.files.iter().flat_map(|f| &f.items);
        let name = items.find_map(|item| match item {
            Item::Dashboard(d) if d.kept.as_ref().is_some_and(|path| path.span == *name) => Some(&d.name.node),
            _ => None,
        })?;
        return Some(Cause { boards: kept(model, name).collect(), ..Cause::new("dashboard", name) });
    }
    let items = &program.files.get(id.0 as usize)?.items;
    let begins = |item: &&Item| span(item).and_then(|span| places.line(span)).is_some_and(|begin| begin <= line);
    let item = items.iter().rev().find(begins)?;
    let first = span(item).and_then(|span| places.line(span)).unwrap_or(line);
    let all = || model.services.iter().map(|s| s.name.clone());
    Some(match item {
        Item::Service(service) => in_service(service, line, &places),
        Item::Template(template) => in_template(model, &template.name.node, path, first..=line),
        Item::Environment(environment) => Cause::new("environment", &environment.name.node),
        Item::Policy(policy) => {
            let uses = |service: &Service, slo: &ast::Slo| {
                slo.policy.as_ref().or(service.policy.as_ref()).is_some_and(|name| name.node == policy.name.node)
            };
            Cause::new("policy", &policy.name.node).subjects(users(program, id, uses))
        }
        Item::Metrics(metrics) => {
            let metric =
                &metrics.iter().rev().find(|metric| places.line(metric.span).is_some_and(|at| at <= line))?.name.node;
            Cause::new("metric", metric).subjects(readers(model, metric))
        }
        Item::Team(team) => {
            let owned = model.services.iter().filter(|s| s.owner.as_ref() == Some(&team.name.node));
            let files = &["alertmanager/", "grafana/provisioning/alerting/_", "terraform/"];
            Cause::new("team", &team.name.node).services(owned.map(|s| s.name.clone())).files(files)
        }
        Item::Contact(contact) => Cause::new("contact", &contact.name.node).files(ROUTING),
        Item::Route(_) => Cause::new("route", "").files(ROUTING),
        Item::Folder(folder) => Cause::new("folder", &folder.title.node).files(&["terraform/"]),
        Item::Test(test) => Cause { origin: Some(format!("{path}:{first}")), ..Cause::new("test", &test.title.node) },
        Item::Project(project) => Cause::new("project", &project.name.node).services(all()).files(&[""]),
        Item::Datasource(source) => {
            Cause::new("datasource", &source.name.node).files(&["grafana/provisioning/datasources/"])
        }
        Item::Dashboard(board) => {
            let own = |b: &&Board| *b.origin.path == *path && b.origin.line as usize == first;
            let mut cause = Cause::new("dashboard", &board.name.node);
            cause.boards.extend(model.boards.iter().filter(own).map(|b| b.uid.clone()));
            cause.boards.extend(kept(model, &board.name.node));
            cause
        }
        Item::Import(_) | Item::MetricsFrom(_) | Item::MetricsOpen(_) => return None,
    })
}

/// The uid of the dashboard of this name that is kept as it is, if one is.
fn kept<'m>(model: &'m Model, name: &'m str) -> impl Iterator<Item = String> + 'm {
    model.kept.iter().filter(move |k| k.name == name).map(|k| k.uid.clone())
}

/// Where an item begins, or its name.
fn span(item: &Item) -> Option<Span> {
    Some(match item {
        Item::Project(item) => item.name.span,
        Item::Datasource(item) => item.name.span,
        Item::Team(item) => item.name.span,
        Item::Metrics(metrics) => metrics.first()?.span,
        Item::Policy(item) => item.name.span,
        Item::Service(item) => item.name.span,
        Item::Template(item) => item.name.span,
        Item::Environment(item) => item.name.span,
        Item::Contact(item) => item.name.span,
        Item::Route(item) => item.keyword,
        Item::Folder(item) => item.title.span,
        Item::Test(item) => item.title.span,
        Item::Dashboard(item) => item.name.span,
        Item::Import(path) | Item::MetricsFrom(path) => path.span,
        Item::MetricsOpen(span) => *span,
    })
}

/// Every objective, level of a written alert and group carried as it is: the id it belongs to, and its spec line.
fn subjects(model: &Model) -> Vec<(String, &Origin)> {
    let mut all = Vec::new();
    for service in &model.services {
        all.extend(service.slos.iter().map(|slo| (slo.id.clone(), &slo.origin)));
        all.extend(service.levels().map(|(a, _)| (format!("{}.{}", service.name, a.subject), &a.origin)));
        all.extend(service.carried.iter().map(|g| (format!("{}.{}", service.name, g.subject()), &g.origin)));
    }
    all
}

/// Lines of one file.
struct Places<'a> {
    program: &'a Program,
    file: FileId,
}

impl Places<'_> {
    /// The line of a place, from 1; of what a template made, the line that used it.
    fn line(&self, span: Span) -> Option<usize> {
        let sources = &self.program.sources;
        let site = sources.site(span);
        (site.file == self.file).then(|| sources.get(site.file).line_index(site.start as usize) + 1)
    }

    fn is_made(&self, span: Span) -> bool {
        !self.program.sources.uses(span).is_empty()
    }
}

/// What begins last at or above the line, in a service: an objective, an alert, carried rules, all that a template made, or
/// the service.
fn in_service(service: &Service, line: usize, places: &Places<'_>) -> Cause {
    let name = &service.name.node;
    let slos = service.slos.iter().map(|slo| (slo.header, "slo", &slo.name.node));
    let alerts = service.alerts.iter().map(|alert| (alert.name.span, "alert", &alert.name.node));
    let rules = service.rules.iter().map(|group| (group.name.span, "rules", &group.name.node));
    let all =
        slos.chain(alerts).chain(rules).filter_map(|(span, kind, own)| Some((places.line(span)?, span, kind, own)));
    let before: Vec<_> = all.filter(|(at, ..)| *at <= line).collect();
    let last = before.iter().map(|(at, ..)| *at).max();
    let here: Vec<_> = before.into_iter().filter(|(at, ..)| Some(*at) == last).collect();
    let ids = || here.iter().map(|(.., own)| format!("{name}.{own}"));
    match here.first() {
        Some((_, span, ..)) if places.is_made(*span) => Cause::new("use of a template in", name).subjects(ids()),
        Some((_, _, kind, own)) => Cause::new(kind, &format!("{name}.{own}")).subjects(ids()),
        None => Cause::new("service", name).services([name.clone()].into_iter()),
    }
}

/// What begins last at or above the line, in a template: all that any use of it made from there.
fn in_template(model: &Model, name: &str, path: &str, lines: RangeInclusive<usize>) -> Cause {
    let made = |origin: &Origin| -> Option<usize> {
        let (file, line) = origin.template.as_ref()?.rsplit_once(':')?;
        line.parse().ok().filter(|line| file == path && lines.contains(line))
    };
    let all: Vec<(String, usize)> =
        subjects(model).into_iter().filter_map(|(id, origin)| Some((id, made(origin)?))).collect();
    let last = all.iter().map(|(_, line)| *line).max();
    let ids = all.iter().filter(|(_, line)| Some(*line) == last).map(|(id, _)| id.clone());
    Cause::new("template", name).subjects(ids)
}

/// The objectives of files that see `file` for which something holds.
fn users(program: &Program, file: FileId, uses: impl Fn(&Service, &ast::Slo) -> bool) -> BTreeSet<String> {
    let seen = program.files.iter().zip(&program.visible).filter(|(_, visible)| visible.contains(&file));
    let services = seen.flat_map(|(ast, _)| &ast.items).filter_map(|item| match item {
        Item::Service(service) => Some(service),
        _ => None,
    });
    let ids = |service: &Service| -> Vec<String> {
        let own = service.slos.iter().filter(|slo| uses(service, slo));
        own.map(|slo| format!("{}.{}", service.name.node, slo.name.node)).collect()
    };
    services.flat_map(ids).collect()
}

/// The objectives, written alerts and carried groups that read a metric.
fn readers(model: &Model, metric: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for service in &model.services {
        let slos = service.slos.iter().filter(|slo| metrics_of(&slo.sli).contains(metric)).map(|slo| &slo.name);
        let alerts = service.levels().filter(|(_, level)| metrics_in(&level.query, Dialect::Rule).contains(metric));
        let reads = |group: &&Carried| group.rules.iter().any(|r| metrics_in(&r.expr, Dialect::Rule).contains(metric));
        let carried = service.carried.iter().filter(reads).map(Carried::subject);
        let names = slos.chain(alerts.map(|(alert, _)| &alert.subject)).map(String::as_str).chain(carried);
        found.extend(names.map(|name| format!("{}.{name}", service.name)));
    }
    found
}

/// The metrics an indicator reads, as the catalog names them.
fn metrics_of(sli: &Sli) -> BTreeSet<String> {
    if let SliForm::Histogram { metric, .. } = &sli.form {
        return BTreeSet::from([metric.clone()]);
    }
    let texts: Vec<&str> = match &sli.measure {
        Measure::Events { total, part, .. } => vec![&total.text, &part.text],
        Measure::Ratio(ratio) => vec![&ratio.text],
        Measure::Composite { .. } => Vec::new(),
    };
    texts.into_iter().chain(sli.exclude.as_deref()).flat_map(|text| metrics_in(text, Dialect::Window)).collect()
}

/// The metrics a query reads.
fn metrics_in(text: &str, dialect: Dialect) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (Some(query), _) = promql::parse(text, Span::default(), dialect) else { return found };
    query.expr().walk(&mut |e| {
        if let Kind::Selector(selector) = &e.kind {
            found.extend(selector.metric().map(|metric| metric.node.to_string()));
        }
    });
    found
}
