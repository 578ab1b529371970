//! A program as it is in an environment: the same tree with the overrides in it, each at the place of its own line.

use std::sync::Arc;

use super::Program;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{
    BoardOverride, Choice, Dashboard, Environment, Item, LabelSet, Name, Project, Routing, Service, Slo, SloOverride,
};

impl Program {
    /// The environments in the order of their files and lines.
    pub fn environments(&self) -> impl Iterator<Item = &Environment> {
        let items = self.files.iter().flat_map(|f| &f.items);
        items.filter_map(|i| if let Item::Environment(e) = i { Some(e) } else { None })
    }

    /// This program with the overrides of an environment, and what is wrong with these.
    pub fn in_environment(&self, environment: &Environment) -> (Program, Vec<Diagnostic>) {
        let mut program = Program { diagnostics: Vec::new(), ..self.clone() };
        let mut found = twice(environment);
        for o in &environment.slos {
            let slo = program.services_mut().find_map(|s| slo_of(s, o));
            match slo {
                Some(slo) => change(slo, o),
                None => found.extend(self.no_slo(&o.slo)),
            }
        }
        for (name, url) in &environment.datasources {
            let mut sources =
                program.items_mut().filter_map(|i| if let Item::Datasource(d) = i { Some(d) } else { None });
            match sources.find(|d| d.name.node == name.node) {
                Some(datasource) => datasource.url = url.clone(),
                None => found.push(self.no_datasource(name)),
            }
        }
        for o in &environment.boards {
            let mut boards =
                program.items_mut().filter_map(|i| if let Item::Dashboard(d) = i { Some(d) } else { None });
            match boards.find(|d| d.name.node == o.name.node) {
                Some(board) => found.extend(show(board, o)),
                None => found.push(self.no_dashboard(&o.name)),
            }
        }
        if let Some(at) = environment.route_off.filter(|_| !self.files.iter().flat_map(|f| &f.items).any(is_route)) {
            let diagnostic = Diagnostic::new(&codes::E0150, at, "there is no `route` to switch off").here("not there");
            found.push(diagnostic.help("without `route`, nobody is told anyway"));
        }
        for service in program.services_mut() {
            label(service, &environment.labels);
        }
        program.addresses(environment);
        (program, found)
    }

    fn items_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        self.files.iter_mut().flat_map(|f| &mut Arc::make_mut(f).items)
    }

    fn services_mut(&mut self) -> impl Iterator<Item = &mut Service> {
        self.items_mut().filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None })
    }

    /// Sets the addresses of the project, which may have none written.
    fn addresses(&mut self, e: &Environment) {
        if e.runbooks.is_none() && e.grafana.is_none() {
            return;
        }
        let written = self.items_mut().any(|i| matches!(i, Item::Project(_)));
        if let Some(file) = self.files.get_mut(e.name.span.file.0 as usize).filter(|_| !written) {
            Arc::make_mut(file).items.push(Item::Project(Project::unwritten(e.name.span)));
        }
        let project = self.items_mut().find_map(|i| if let Item::Project(p) = i { Some(p) } else { None });
        if let Some(p) = project {
            p.runbooks = e.runbooks.clone().or(p.runbooks.take());
            p.grafana = e.grafana.clone().or(p.grafana.take());
        }
    }

    /// An override of an objective that is not there; `None` when its service could not be read whole.
    fn no_slo(&self, name: &Name) -> Option<Diagnostic> {
        let items = || self.files.iter().flat_map(|f| &f.items);
        let services = || items().filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None });
        let (service, _) = name.node.split_once('.').unwrap_or((&name.node, ""));
        let known = services().find(|s| s.name.node == service);
        if known.is_some_and(|s| s.broken) {
            return None;
        }
        let ids: Vec<String> =
            services().flat_map(|s| s.slos.iter().map(|slo| format!("{}.{}", s.name.node, slo.name.node))).collect();
        let help = did_you_mean(&name.node, ids.iter().map(String::as_str)).or_else(|| {
            let slos: Vec<String> = known?.slos.iter().map(|slo| format!("`{}`", slo.name.node)).collect();
            Some(format!("`{service}` has {}", slos.join(", ")))
        });
        let message = format!("there is no objective `{}` to override", name.node);
        Some(Diagnostic::new(&codes::E0150, name.span, message).here("not there").maybe_help(help))
    }

    fn no_dashboard(&self, name: &Name) -> Diagnostic {
        let items = self.files.iter().flat_map(|f| &f.items);
        let known = items.filter_map(|i| if let Item::Dashboard(d) = i { Some(d.name.node.as_str()) } else { None });
        let message = format!("there is no dashboard `{}` to override", name.node);
        Diagnostic::new(&codes::E0150, name.span, message).here("not there").maybe_help(did_you_mean(&name.node, known))
    }

    fn no_datasource(&self, name: &Name) -> Diagnostic {
        let items = self.files.iter().flat_map(|f| &f.items);
        let known = items.filter_map(|i| if let Item::Datasource(d) = i { Some(d.name.node.as_str()) } else { None });
        let message = format!("there is no data source `{}` to override", name.node);
        Diagnostic::new(&codes::E0150, name.span, message).here("not there").maybe_help(did_you_mean(&name.node, known))
    }
}

fn is_route(item: &Item) -> bool {
    matches!(item, Item::Route(_))
}

/// What an environment overrides twice.
fn twice(environment: &Environment) -> Vec<Diagnostic> {
    let mut given: Vec<(&str, &Name)> = environment.datasources.iter().map(|(name, _)| ("data source", name)).collect();
    given.extend(environment.slos.iter().map(|o| ("objective", &o.slo)));
    given.extend(environment.boards.iter().map(|o| ("dashboard", &o.name)));
    let mut found = Vec::new();
    for (index, (kind, name)) in given.iter().enumerate() {
        if let Some((_, first)) = given[..index].iter().find(|(k, n)| k == kind && n.node == name.node) {
            let message = format!("the {kind} `{}` is overridden twice", name.node);
            let diagnostic = Diagnostic::new(&codes::E0005, name.span, message).here("again here");
            found.push(diagnostic.label(first.span, "first here").help("one line says all of it"));
        }
    }
    found
}

/// The objective that an override names, if it is one of this service.
fn slo_of<'a>(service: &'a mut Service, o: &SloOverride) -> Option<&'a mut Slo> {
    let (name, slo) = o.slo.node.split_once('.')?;
    if service.name.node != name {
        return None;
    }
    service.slos.iter_mut().find(|s| s.name.node == slo).map(Arc::make_mut)
}

fn change(slo: &mut Slo, o: &SloOverride) {
    slo.objective = o.objective.or(slo.objective);
    if o.period.is_some() {
        slo.period = o.period;
        slo.calendar = None;
    }
    let routing = |own: &mut Option<Routing>, other: &Option<Routing>| *own = other.clone().or(own.take());
    slo.policy = o.policy.clone().or(slo.policy.take());
    routing(&mut slo.page, &o.page);
    routing(&mut slo.ticket, &o.ticket);
}

/// Shows another time at first, and other choices; what is not there to choose is told.
fn show(board: &mut Dashboard, o: &BoardOverride) -> Vec<Diagnostic> {
    board.range = o.range.or(board.range);
    board.refresh = o.refresh.or(board.refresh);
    let mut found = Vec::new();
    if board.kept.is_some() {
        let message =
            format!("the dashboard `{}` is kept as its file has it, so nothing of it can be overridden", o.name.node);
        let help = "what it shows at first stands in its JSON";
        return vec![Diagnostic::new(&codes::E0150, o.name.span, message).here("kept as it is").help(help)];
    }
    for (name, value) in &o.chosen {
        let known: Vec<String> = board.variables.iter().map(|v| v.name.node.clone()).collect();
        let Some(variable) = board.variables.iter_mut().find(|v| v.name.node == name.node) else {
            let message = format!("the dashboard `{}` has no variable `{}` to override", board.name.node, name.node);
            let help = did_you_mean(&name.node, known.iter().map(String::as_str));
            found.push(Diagnostic::new(&codes::E0150, name.span, message).here("not there").maybe_help(help));
            continue;
        };
        match &mut variable.choice {
            Choice::Text(text) => *text = Some(value.clone()),
            _ => variable.default = Some(value.clone()),
        }
    }
    found
}

/// Adds labels to a service; no other label of it, or of an alert of it, hides them.
fn label(service: &mut Service, labels: &[LabelSet]) {
    let hidden = |l: &LabelSet| labels.iter().any(|e| e.name.node == l.name.node);
    service.labels.retain(|l| !hidden(l));
    service.labels.extend(labels.iter().cloned());
    service.alerts.iter_mut().for_each(|a| a.labels.retain(|l| !hidden(l)));
    let routed = service.slos.iter_mut().filter(|s| s.page.is_some() || s.ticket.is_some()).map(Arc::make_mut);
    let routings = routed.flat_map(|s| [&mut s.page, &mut s.ticket]).flatten();
    routings.for_each(|r| r.labels.retain(|l| !hidden(l)));
}

impl Project {
    /// The project of a program that has no block for it.
    fn unwritten(at: Span) -> Project {
        let name = Spanned::new("SLOs".to_string(), at);
        Project {
            name,
            runbooks: None,
            grafana: None,
            version: None,
            folder: None,
            every: None,
            scrape: None,
            secrets: None,
            external: Vec::new(),
            naming: None,
            emit: Vec::new(),
            shards: None,
            levels: Vec::new(),
        }
    }
}
