//! A line of a spec: which declaration it belongs to, and which objectives depend on that.

use std::collections::BTreeSet;

use crate::model::{Measure, Model, Sli, SliForm, Slo};
use crate::promql::{self, Dialect, Kind};
use crate::resolve::Program;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Item, Service};

/// The declaration a line belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// What it is, in a word of the language: `slo`, `service`, `policy`, `metric` …
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The services whose every file depends on it.
    pub services: BTreeSet<String>,
    /// The ids of the objectives that depend on it.
    pub slos: BTreeSet<String>,
}

/// What the line `line` (from 1) of a spec declares or is part of. `None` when nothing follows from it: a comment, a blank
/// line, a line before everything.
pub fn cause(program: &Program, model: &Model, path: &str, line: usize) -> Option<Cause> {
    let (id, file) = program.sources.iter().find(|(_, f)| f.path == path)?;
    let index = line.checked_sub(1)?;
    let text = file.text.get(file.line_start(index)..file.line_start(index + 1))?.trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let at = |span: Span| file.line_index(span.start as usize) <= index;
    let items = &program.files.get(id.0 as usize)?.items;
    let item = items.iter().rev().find(|item| span(item).is_some_and(at))?;
    Some(match item {
        Item::Service(service) => in_service(model, service, at),
        Item::Policy(policy) => {
            let slos = users(program, model, id, |service, slo| {
                slo.policy.as_ref().or(service.policy.as_ref()).is_some_and(|name| name.node == policy.name.node)
            });
            Cause { kind: "policy", name: policy.name.node.clone(), services: BTreeSet::new(), slos }
        }
        Item::Metrics(metrics) => {
            let metric = metrics.iter().rev().find(|metric| at(metric.span))?;
            let reads = |slo: &&Slo| metrics_of(&slo.sli).contains(&metric.name.node);
            let slos = model.services.iter().flat_map(|s| &s.slos).filter(reads).map(|slo| slo.id.clone()).collect();
            Cause { kind: "metric", name: metric.name.node.clone(), services: BTreeSet::new(), slos }
        }
        Item::Team(team) => {
            let owned = |owner: &Option<String>| owner.as_ref() == Some(&team.name.node);
            let services = model.services.iter().filter(|s| owned(&s.owner)).map(|s| s.name.clone()).collect();
            Cause { kind: "team", name: team.name.node.clone(), services, slos: BTreeSet::new() }
        }
        Item::Project(project) => everything("project", &project.name.node, model),
        Item::Datasource(datasource) => everything("datasource", &datasource.name.node, model),
        _ => return None,
    })
}

/// Where an item's name stands; an import has none.
fn span(item: &Item) -> Option<Span> {
    Some(match item {
        Item::Project(item) => item.name.span,
        Item::Datasource(item) => item.name.span,
        Item::Team(item) => item.name.span,
        Item::Metrics(metrics) => metrics.first()?.span,
        Item::Policy(item) => item.name.span,
        Item::Service(item) => item.name.span,
        _ => return None,
    })
}

fn everything(kind: &'static str, name: &str, model: &Model) -> Cause {
    let services = model.services.iter().map(|s| s.name.clone()).collect();
    Cause { kind, name: name.to_string(), services, slos: BTreeSet::new() }
}

/// The objective whose header is the last at or above the line, else the service.
fn in_service(model: &Model, service: &Service, at: impl Fn(Span) -> bool) -> Cause {
    let name = &service.name.node;
    let slo = service.slos.iter().rev().find(|slo| at(slo.header));
    let own = model.services.iter().find(|s| s.name == *name);
    let slo = slo.and_then(|slo| own?.slos.iter().find(|s| s.name == slo.name.node));
    match slo {
        Some(slo) => Cause {
            kind: "slo",
            name: slo.id.clone(),
            services: BTreeSet::new(),
            slos: BTreeSet::from([slo.id.clone()]),
        },
        None => Cause {
            kind: "service",
            name: name.clone(),
            services: BTreeSet::from([name.clone()]),
            slos: BTreeSet::new(),
        },
    }
}

/// The objectives of files that see `file` for which something holds.
fn users(
    program: &Program,
    model: &Model,
    file: FileId,
    uses: impl Fn(&Service, &crate::syntax::ast::Slo) -> bool,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (ast, visible) in program.files.iter().zip(&program.visible).filter(|(_, visible)| visible.contains(&file)) {
        let _ = visible;
        for item in &ast.items {
            let Item::Service(service) = item else { continue };
            let own = model.services.iter().find(|s| s.name == service.name.node);
            for slo in service.slos.iter().filter(|slo| uses(service, slo)) {
                let made = own.and_then(|s| s.slos.iter().find(|made| made.name == slo.name.node));
                found.extend(made.map(|made| made.id.clone()));
            }
        }
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
    let mut found = BTreeSet::new();
    for text in texts.into_iter().chain(sli.exclude.as_deref()) {
        let (Some(query), _) = promql::parse(text, Span::default(), Dialect::Window) else { continue };
        query.expr().walk(&mut |e| {
            if let Kind::Selector(selector) = &e.kind {
                found.extend(selector.metric().map(|metric| metric.node.to_string()));
            }
        });
    }
    found
}
