//! Every name of a program, where it is declared and where it is used: what an editor leads to, lists and renames.

mod dashboards;

use std::collections::BTreeMap;

use super::{Program, paths};
use crate::promql::Dialect;
use crate::source::{Sources, Span, Spanned};
use crate::syntax::ast::{
    Alert, Contact, Datasource, Environment, File, Folder, Item, Name, Policy, Project, Query, Routes, Service, Slo,
    Team, Template, Use,
};

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NameKind {
    /// A service.
    Service,
    /// An objective; within its service.
    Slo,
    /// A written alert; within its service.
    Alert,
    /// A team.
    Team,
    /// A contact.
    Contact,
    /// An alert policy.
    Policy,
    /// A template.
    Template,
    /// A parameter; within its template.
    Parameter,
    /// A data source.
    Datasource,
    /// An environment.
    Environment,
    /// A folder, by its title.
    Folder,
    /// A dashboard.
    Dashboard,
    /// A variable; within its dashboard.
    Variable,
    /// A metric of a `metrics` block.
    Metric,
    /// A label that an objective is split by; within its service, as `service.slo`.
    Label,
    /// What an alert's `severity` may be.
    Severity,
    /// The code of a message.
    Code,
    /// A file, by its path in the project.
    File,
}

/// A name where it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mention {
    /// What it is of.
    pub kind: NameKind,
    /// What the name is given in, for kinds whose names are; else empty.
    pub within: String,
    /// The name.
    pub name: String,
    /// Its place in a file that people wrote; of a text, the quotes too.
    pub span: Span,
    /// Whether it is declared here.
    pub declares: bool,
}

/// The names of a program.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// All of them, in the order of the text.
    pub all: Vec<Mention>,
    /// Every query as it is written, in the order of the text, with what may stand in it.
    pub queries: Vec<(Span, Dialect)>,
    declared: BTreeMap<(NameKind, String, String), Span>,
}

impl Mentions {
    /// Collects the names of a program, which may be full of mistakes.
    pub fn of(program: &Program) -> Mentions {
        let mut collector = Collector::new(&program.sources);
        for file in &program.files {
            collector.file(file);
        }
        for service in &program.templates.written {
            collector.service(service, Body::Written);
        }
        let Collector { mut mentions, .. } = collector;
        mentions.all.sort_by(|a, b| (a.span, a).cmp(&(b.span, b)));
        mentions.all.dedup();
        mentions.queries.sort_by_key(|(span, _)| *span);
        mentions.queries.dedup();
        for m in mentions.all.iter().filter(|m| m.declares) {
            mentions.declared.entry((m.kind, m.within.clone(), m.name.clone())).or_insert(m.span);
        }
        mentions
    }

    /// The names of one file's tree, whose text is among `sources`.
    pub fn of_file(sources: &Sources, file: &File) -> Mentions {
        let mut collector = Collector::new(sources);
        collector.file(file);
        collector.mentions
    }

    /// Where the name that is mentioned is declared.
    pub fn declaration(&self, mention: &Mention) -> Option<Span> {
        let Mention { kind, within, name, .. } = mention;
        self.declared.get(&(*kind, within.clone(), name.clone())).copied()
    }

    /// The names of one kind that are declared, with what they are given in.
    pub fn declared(&self, kind: NameKind) -> impl Iterator<Item = (&str, &str, Span)> {
        let of_kind = self.declared.iter().filter(move |((k, ..), _)| *k == kind);
        of_kind.map(|((_, within, name), span)| (within.as_str(), name.as_str(), *span))
    }

    /// The mentions of what is declared at a place.
    pub fn mentions_of(&self, declaration: Span) -> impl Iterator<Item = &Mention> {
        self.all.iter().filter(move |m| self.declaration(m) == Some(declaration))
    }

    /// The mention that an offset of a file stands in or right behind.
    pub fn at(&self, place: Span) -> Option<&Mention> {
        let holds = |m: &&Mention| m.span.file == place.file && m.span.start <= place.start && place.end <= m.span.end;
        self.all.iter().filter(holds).min_by_key(|m| m.span.end - m.span.start)
    }
}

/// How a service came to be.
#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// As it stands in a file.
    Written,
    /// What a template holds.
    Template,
    /// Text that templates made: each name stands somewhere else.
    Made,
}

struct Collector<'a> {
    sources: &'a Sources,
    mentions: Mentions,
    /// What names are given in now.
    within: String,
}

impl<'a> Collector<'a> {
    fn new(sources: &'a Sources) -> Collector<'a> {
        Collector { sources, mentions: Mentions::default(), within: String::new() }
    }

    fn file(&mut self, file: &'a File) {
        for item in &file.items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &'a Item) {
        use NameKind::Metric;
        match item {
            Item::Import(path) | Item::MetricsFrom(path) => self.path(path),
            Item::Project(project) => self.project(project),
            Item::Datasource(datasource) => self.datasource(datasource),
            Item::Team(team) => self.team(team),
            Item::Contact(Contact { name, .. }) => self.declare(NameKind::Contact, name),
            Item::Route(routes) => self.routes(routes),
            Item::Folder(folder) => self.folder(folder),
            Item::Metrics(metrics) => metrics.iter().for_each(|m| self.declare(Metric, &m.name)),
            Item::MetricsOpen(_) => {}
            Item::Policy(Policy { name, .. }) => self.declare(NameKind::Policy, name),
            Item::Service(service) => {
                let made = self.sources.origin(service.span).file != service.span.file;
                self.service(service, if made { Body::Made } else { Body::Written });
            }
            Item::Template(template) => self.template(template),
            Item::Environment(environment) => self.environment(environment),
            Item::Dashboard(dashboard) => self.dashboard(dashboard),
            Item::Test(_) => {}
        }
    }

    fn add(&mut self, kind: NameKind, within: &str, name: &str, span: Span, declares: bool) {
        let sources = self.sources;
        // A value that was given to a template is a name where it was given.
        let place = if sources.is_copy(span) { sources.origin(span) } else { sources.written(span) };
        let text = sources.text(place);
        if text.contains('$') || (place != span && text.trim_matches('"') != name) {
            return;
        }
        let (within, name) = (within.to_string(), name.to_string());
        self.mentions.all.push(Mention { kind, within, name, span: place, declares });
    }

    fn declare(&mut self, kind: NameKind, name: &Name) {
        let within = std::mem::take(&mut self.within);
        self.add(kind, &within, &name.node, name.span, true);
        self.within = within;
    }

    fn refer<'n>(&mut self, kind: NameKind, names: impl IntoIterator<Item = &'n Name>) {
        for name in names {
            self.add(kind, "", &name.node, name.span, false);
        }
    }

    /// `checkout.availability`: a service and an objective of it.
    fn objective(&mut self, name: &Name) {
        let Some((service, slo)) = name.node.split_once('.') else {
            return self.add(NameKind::Slo, "", &name.node, name.span, false);
        };
        self.add(NameKind::Service, "", service, name.span.inside(0..service.len()), false);
        let span = name.span.inside(service.len() + 1..name.node.len());
        self.add(NameKind::Slo, service, slo, span, false);
    }

    fn path(&mut self, path: &Spanned<String>) {
        let from = &self.sources.get(path.span.file).path;
        if let Some(name) = paths::join(from, &path.node) {
            self.add(NameKind::File, "", &name, path.span, false);
        }
    }

    fn project(&mut self, project: &Project) {
        self.refer(NameKind::Code, project.levels.iter().map(|l| &l.code));
    }

    fn datasource(&mut self, datasource: &Datasource) {
        self.declare(NameKind::Datasource, &datasource.name);
        self.refer(NameKind::Datasource, datasource.links.iter().map(|l| &l.to));
        let queries = datasource.links.iter().flat_map(|l| &l.queries);
        self.mentions.queries.extend(queries.map(|(_, q)| (q.span, Dialect::Grafana)));
    }

    fn team(&mut self, team: &Team) {
        self.declare(NameKind::Team, &team.name);
        self.refer(NameKind::Contact, team.contact.iter().chain(&team.page).flatten());
    }

    fn routes(&mut self, routes: &Routes) {
        for line in &routes.lines {
            for (condition, values) in &line.conditions {
                let kind = match condition.node.as_str() {
                    "team" => NameKind::Team,
                    "service" => NameKind::Service,
                    _ => NameKind::Severity,
                };
                self.refer(kind, values);
            }
            self.refer(NameKind::Contact, &line.to);
        }
        self.refer(NameKind::Contact, routes.otherwise.iter().flatten());
    }

    fn folder(&mut self, folder: &Folder) {
        self.add(NameKind::Folder, "", &folder.title.node, folder.title.span, true);
        self.refer(NameKind::Team, folder.grants.iter().flat_map(|g| &g.to));
    }

    fn environment(&mut self, environment: &Environment) {
        self.declare(NameKind::Environment, &environment.name);
        self.refer(NameKind::Datasource, environment.datasources.iter().map(|(name, _)| name));
        for change in &environment.slos {
            self.objective(&change.slo);
            self.refer(NameKind::Policy, &change.policy);
        }
        for change in &environment.boards {
            self.refer(NameKind::Dashboard, [&change.name]);
            let chosen = change.chosen.iter().map(|(name, _)| name);
            chosen.for_each(|v| self.add(NameKind::Variable, &change.name.node, &v.node, v.span, false));
        }
    }

    fn template(&mut self, template: &Template) {
        self.declare(NameKind::Template, &template.name);
        let within = &template.name.node;
        for param in &template.params {
            self.add(NameKind::Parameter, within, &param.name.node, param.name.span, true);
        }
        for hole in template.holes.iter().filter(|h| template.params.iter().any(|p| p.name.node == h.name)) {
            let braces = u32::from(hole.span.end - hole.span.start > hole.name.len() as u32 + 1);
            let span = Span { start: hole.span.start + 1 + braces, end: hole.span.end - braces, ..hole.span };
            self.add(NameKind::Parameter, within, &hole.name, span, false);
        }
        self.service(&template.body, Body::Template);
    }

    fn service(&mut self, service: &Service, body: Body) {
        if body != Body::Template {
            self.declare(NameKind::Service, &service.name);
        }
        self.refer(NameKind::Team, &service.owner);
        self.refer(NameKind::Datasource, &service.source);
        self.refer(NameKind::Policy, &service.policy);
        service.uses.iter().for_each(|u| self.used(u));
        self.within.clone_from(&service.name.node);
        service.slos.iter().for_each(|slo| self.slo(slo, &service.name, body));
        if body != Body::Template {
            service.alerts.iter().for_each(|Alert { name, .. }| self.declare(NameKind::Alert, name));
        }
        self.within.clear();
        match body {
            Body::Written => self.mentions.queries.extend(queries(service).map(|(q, dialect)| (q.span, dialect))),
            Body::Template => self.mentions.queries.extend(queries(service).map(|(q, _)| (q.span, Dialect::Grafana))),
            Body::Made => {}
        }
    }

    fn slo(&mut self, slo: &Slo, service: &Name, body: Body) {
        if body != Body::Template {
            self.declare(NameKind::Slo, &slo.name);
        }
        let id = format!("{}.{}", service.node, slo.name.node);
        for label in &slo.by {
            self.add(NameKind::Label, &id, &label.node, label.span, false);
        }
        self.refer(NameKind::Policy, &slo.policy);
        slo.composite.iter().flat_map(|c| &c.members).for_each(|m| self.objective(&m.name));
    }

    fn used(&mut self, u: &Use) {
        self.refer(NameKind::Template, [&u.template]);
        for argument in &u.args {
            self.add(NameKind::Parameter, &u.template.node, &argument.name.node, argument.name.span, false);
        }
    }
}

/// The queries of a service, or of what a template holds, with what may stand in each beside PromQL.
pub fn queries(service: &Service) -> impl Iterator<Item = (&Query, Dialect)> {
    let of_slos = service.slos.iter().flat_map(|s| {
        let histogram = s.histogram.as_ref().map(|h| &h.query);
        let windowed = [&s.errors, &s.good, &s.total, &s.ratio].into_iter().flatten().chain(histogram);
        let moments = [&s.up, &s.value, &s.exclude].into_iter().flatten();
        windowed.map(|q| (q, Dialect::Window)).chain(moments.map(|q| (q, Dialect::Rule)))
    });
    let of_alerts = service.alerts.iter().flat_map(|a| [&a.value, &a.when]).flatten();
    let of_rules = service.rules.iter().flat_map(|g| &g.rules).filter_map(|r| r.expr.as_ref());
    of_slos.chain(of_alerts.chain(of_rules).map(|q| (q, Dialect::Rule)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve;
    use crate::source::{LoadError, Loader};

    struct One(&'static str);

    impl Loader for One {
        fn roots(&self) -> Result<Vec<String>, LoadError> {
            Ok(vec!["a.slo".into()])
        }

        fn load(&self, _: &str) -> Result<Vec<u8>, LoadError> {
            Ok(self.0.as_bytes().to_vec())
        }
    }

    /// The names of the kind, each with its line from 1, and `!` where it is declared.
    fn found(program: &Program, mentions: &Mentions, kind: NameKind) -> Vec<String> {
        let line = |m: &Mention| program.sources.get(m.span.file).line_index(m.span.start as usize) + 1;
        let shown = |m: &Mention| format!("{}{}:{}", m.name, if m.declares { "!" } else { "" }, line(m));
        mentions.all.iter().filter(|m| m.kind == kind).map(shown).collect()
    }

    #[test]
    fn a_name_is_found_where_it_is_declared_and_wherever_it_is_used_also_through_templates() {
        let text = "team pay\ntemplate http(job, who) {\n owner $who\n slo up 99% over 30d {\n  errors a{job=\"$job\"}\n  total b\n }\n}\n\
                    service cart { use http(job = \"cart\", who = pay) }\nservice shop {\n owner pay\n slo all 99% over 30d { all of cart.up }\n}\n";
        let program = resolve::load(&One(text)).expect("a list");
        let mentions = Mentions::of(&program);
        let of = |kind| found(&program, &mentions, kind);
        assert_eq!(of(NameKind::Team), ["pay!:1", "pay:9", "pay:11"]);
        assert_eq!(of(NameKind::Slo), ["up!:4", "all!:12", "up:12"]);
        assert_eq!(of(NameKind::Service), ["cart!:9", "shop!:10", "cart:12"]);
        assert_eq!(of(NameKind::Parameter), ["job!:2", "who!:2", "who:3", "job:5", "job:9", "who:9"]);
        let used = mentions.all.iter().rfind(|m| m.kind == NameKind::Slo).expect("one");
        let declared = mentions.declaration(used).expect("declared");
        assert_eq!(program.sources.place(declared), "a.slo:4");
        assert_eq!(mentions.mentions_of(declared).count(), 2);
    }
}
