//! Program to [`Checked`]: every number is in range, every name found, every query typed. Only this step can make a
//! `Checked`, and only of a program without errors, so what comes later does not check again.

mod access;
mod actions;
mod alerts;
mod alone;
pub mod boards;
mod burn;
mod carried;
mod catalogs;
mod composite;
mod contacts;
mod datasources;
mod dimensions;
mod environments;
mod histogram;
mod labels;
mod lens;
mod levels;
mod limits;
mod memo;
mod naming;
mod ours;
mod outputs;
mod project;
mod routes;
mod secrets;
mod service;
mod sli;
mod slices;
mod slo;
mod standing;
mod templates;
mod texts;
mod tiers;
mod traffic;
mod typed;
mod written;
mod zones;

pub use alone::{Alone, alone};
pub use environments::called;
pub use lens::{Lens, Numbers, Tier as LensTier};
pub use memo::Memo;
pub use naming::{Counted, Match, Named, NamedTier, Naming, Queries, Tool};
pub use tiers::{STANDARD_NAME, standard_tiers};
pub use zones::zone;

use std::sync::Arc;

use burn::Burns;
use catalogs::Catalogs;
use typed::Typing;

use crate::catalog::Catalog;
use crate::diag::Diagnostic;
use crate::diag::uses::settle;
use crate::model::routing::IntegrationKind;
use crate::model::test::Fed;
use crate::model::{
    Burn, Calendar, Carried, Condition, Datasource, Definition, Format, Labels, Origin, Project, Right, Sli, Text,
    Urgency, Who,
};
use crate::resolve::{Names, Program};
use crate::syntax::ast::Environment;
use crate::units::{Duration, Ratio};

/// What a program means.
#[derive(Debug)]
pub struct Checked {
    /// Settings of the whole program, defaults filled in.
    pub project: Project,
    /// Data sources, the default first.
    pub datasources: Vec<Datasource>,
    /// Services in the order of their names.
    pub services: Vec<Arc<Service>>,
    /// Contacts in the order of their names.
    pub contacts: Vec<Contact>,
    /// Teams in the order of their names.
    pub teams: Vec<Team>,
    /// Who is told of what; `None` when nobody wrote routes.
    pub routes: Option<Routes>,
    /// Folders with rights, in the order of their titles.
    pub folders: Vec<Folder>,
    /// Dashboards that were written, in that order.
    pub dashboards: Vec<boards::Dashboard>,
    /// Dashboards that are kept as their files have them, in the order written.
    pub kept: Vec<boards::Kept>,
    /// Queries in languages that are passed through, in the order of the text.
    pub unchecked: Vec<boards::Unchecked>,
    /// Tests that were written, in the order of their files and lines.
    pub tests: Vec<Test>,
    /// What all files together say of metrics, where estimates rest on it; else empty.
    pub catalog: Catalog,
}

/// A test that was written.
#[derive(Debug)]
pub struct Test {
    /// What it shows.
    pub title: String,
    /// From one sample and evaluation to the next.
    pub every: Duration,
    /// When it ends.
    pub end: Duration,
    /// The series that are fed.
    pub series: Vec<Fed>,
    /// What must come of them.
    pub expects: Vec<Expectation>,
    /// Its spec line.
    pub origin: Origin,
}

/// What a test expects of an objective or a written alert.
#[derive(Debug)]
pub struct Expectation {
    /// As it was written, without `expect`.
    pub text: String,
    /// The service.
    pub service: String,
    /// The name of the objective or alert.
    pub subject: String,
    /// The severity that must fire; `None` when nothing may.
    pub urgency: Option<Urgency>,
    /// From when to when; `None` for the whole test.
    pub between: Option<(Duration, Duration)>,
    /// Its spec line.
    pub origin: Origin,
}

/// Somebody who can be told.
#[derive(Debug)]
pub struct Contact {
    /// Its name.
    pub name: String,
    /// How it is told.
    pub kind: IntegrationKind,
    /// Its spec line.
    pub origin: Origin,
}

/// A team.
#[derive(Debug)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The contacts that are told of what it owns; empty where routes decide.
    pub contact: Vec<String>,
    /// Those that are told of what cannot wait; empty where routes decide.
    pub page: Vec<String>,
    /// Its channel in Slack.
    pub channel: Option<String>,
}

/// Who is told of what.
#[derive(Debug)]
pub struct Routes {
    /// Tried in this order, after the contacts that teams name themselves.
    pub lines: Vec<Route>,
    /// The contacts for all else.
    pub otherwise: Vec<String>,
    /// How long alerts are gathered before the first message.
    pub wait: Duration,
    /// How long news of a group are gathered.
    pub gather: Duration,
    /// When somebody is told again.
    pub repeat: Duration,
    /// Whether Grafana's notification policy tree is ours as a whole.
    pub policies: bool,
    /// Its spec line.
    pub origin: Origin,
}

/// Where some alerts go. An empty list is no condition.
#[derive(Debug)]
pub struct Route {
    /// The severities it is for.
    pub severities: Vec<Urgency>,
    /// The teams whose alerts it is for.
    pub teams: Vec<String>,
    /// The services it is for.
    pub services: Vec<String>,
    /// The contacts.
    pub to: Vec<String>,
}

/// A folder with rights.
#[derive(Debug)]
pub struct Folder {
    /// Its title.
    pub title: String,
    /// Who may do what.
    pub grants: Vec<(Who, Right)>,
    /// Its spec line.
    pub origin: Origin,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What people call it; its name when nothing was written.
    pub title: String,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// How much it matters.
    pub tier: Option<u32>,
    /// Descriptive labels.
    pub labels: Labels,
    /// The Prometheus that has its series, when it says so.
    pub source: Option<String>,
    /// Its objectives in the order written.
    pub slos: Vec<Slo>,
    /// Whose names its objectives have, and those objectives, when not sloc's own.
    pub named: Option<(Naming, Vec<Named>)>,
    /// Rule groups that are carried as they are.
    pub carried: Vec<Carried>,
    /// Its alerts that are not objectives, in the order written.
    pub alerts: Vec<Alert>,
    /// Its spec line.
    pub origin: Origin,
}

impl Service {
    /// How many objectives it has, whosever names they have.
    pub fn objectives(&self) -> usize {
        self.slos.len() + self.named.as_ref().map_or(0, |(_, slos)| slos.len())
    }
}

/// An objective.
#[derive(Debug)]
pub struct Slo {
    /// Its name.
    pub name: String,
    /// What it promises.
    pub about: Option<String>,
    /// Over 0 and under 1.
    pub objective: Ratio,
    /// `1 - objective`.
    pub budget: Ratio,
    /// The time over which it counts.
    pub period: Duration,
    /// The calendar's period that the budget counts in.
    pub calendar: Option<Calendar>,
    /// Labels that split it.
    pub by: Vec<String>,
    /// What is measured.
    pub sli: Sli,
    /// The tiers of its policy that are not off, in the order written.
    pub tiers: Vec<Tier>,
    /// Labels of the absence alert; `None` when missing data mean that all is well.
    pub absence: Option<Labels>,
    /// The author's own steps.
    pub runbook: Option<String>,
    /// What the catalog says of the metrics it reads.
    pub metrics: Vec<Definition>,
    /// Events per second on an ordinary day, where the author says.
    pub traffic: Option<Ratio>,
    /// Its spec line.
    pub origin: Origin,
}

/// A tier of an objective.
#[derive(Debug)]
pub struct Tier {
    /// How urgent.
    pub urgency: Urgency,
    /// How long it must hold.
    pub hold: Duration,
    /// Its numbers.
    pub burn: Arc<Burn>,
    /// It also needs more than this many events in its long window.
    pub events: Option<Ratio>,
    /// Extra labels of its alert.
    pub labels: Labels,
}

/// An alert that is not an objective.
#[derive(Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// The query of `value` or `when`, on one line.
    pub query: String,
    /// Its levels, the highest first.
    pub levels: Vec<AlertLevel>,
    /// How long it goes on firing after its condition ended.
    pub keep: Duration,
    /// How its value is printed.
    pub format: Format,
    /// What is said when it fires.
    pub summary: Option<Text>,
    /// What happens when nobody acts.
    pub impact: Option<Text>,
    /// The author's own steps.
    pub runbook: Option<String>,
    /// What the catalog says of the metrics it reads.
    pub metrics: Vec<Definition>,
    /// The dashboard it leads to, and the panel on it.
    pub open: Option<(String, Option<String>)>,
    /// Labels that all its series surely have.
    pub sure: Vec<String>,
    /// Labels that its query speaks of and its series can have.
    pub mentioned: Vec<String>,
    /// Extra labels.
    pub labels: Labels,
    /// Its spec line.
    pub origin: Origin,
}

/// A level of an alert.
#[derive(Debug)]
pub struct AlertLevel {
    /// How urgent.
    pub urgency: Urgency,
    /// When it fires.
    pub condition: Condition,
    /// Its limit as written; `None` beside `when`.
    pub limit: Option<String>,
    /// How long it must hold.
    pub hold: Duration,
    /// Its spec line.
    pub origin: Origin,
}

/// The state all checks share.
struct Checker<'a> {
    program: &'a Program,
    names: Arc<Names<'a>>,
    diagnostics: Vec<Diagnostic>,
    catalogs: Arc<Catalogs>,
    typing: Typing,
    burns: Burns,
    memo: Arc<Memo>,
    /// Queries in languages that nobody checks.
    unchecked: Vec<boards::Unchecked>,
}

/// Everything that the files of a program say of metrics, and what is wrong in it: what `sloc check` and `sloc type`
/// know when they read queries that stand in no spec.
pub fn catalog(program: &Program) -> (Catalog, Vec<Diagnostic>) {
    let (catalog, mut diagnostics) = catalogs::everything(program);
    crate::diag::in_order(&mut diagnostics);
    (catalog, diagnostics)
}

/// Checks a program as it is and in each of its environments. The first part is what it means: as it is, then in the
/// environments in the order of their names. The second part holds every mistake; with an error among them the first
/// is empty.
pub fn check(program: &Program) -> (Vec<Checked>, Vec<Diagnostic>) {
    // Environments ask again of every query that they leave as it is.
    let asks_again = program.environments().next().is_some();
    check_again(program, &Arc::new(if asks_again { Memo::default() } else { Memo::forgetful() }))
}

/// The same for one who looks again and again: `memo` holds what was found of queries at the last look.
pub fn check_again(program: &Program, memo: &Arc<Memo>) -> (Vec<Checked>, Vec<Diagnostic>) {
    memo.turn(program);
    let (base, mut found) = one(program, None, memo);
    let environments = environments::check(program, &found, memo);
    found.extend(program.diagnostics.iter().cloned());
    found.extend(templates::check(program));
    let mut checked = vec![base];
    for (environment, mistakes) in environments {
        checked.push(environment);
        found.extend(mistakes);
    }
    let mut found = settle(found, &program.sources);
    levels::apply(program, &mut found);
    crate::diag::in_order(&mut found);
    if found.iter().any(Diagnostic::is_error) {
        checked.clear();
    }
    (checked, found)
}

/// Checks a program into which the overrides of an environment are put already.
fn one(program: &Program, environment: Option<&Environment>, memo: &Arc<Memo>) -> (Checked, Vec<Diagnostic>) {
    let (names, diagnostics) = Names::collect(program);
    let mut checker = Checker::new(program, names, diagnostics, memo);
    let mut project = checker.project();
    let datasources = checker.datasources();
    let name = environment.map(|e| e.name.node.as_str());
    let services = checker.services(&project, name);
    checker.unsaid(&services);
    let contacts = checker.contacts();
    let teams = checker.teams();
    let routes = checker.routes(&teams);
    let folders = checker.folders();
    let tests = if environment.is_none() { checker.tests(&services) } else { Vec::new() };
    let dashboards = checker.dashboards();
    let kept = checker.kept_boards(&services, &project);
    checker.unshown(&kept);
    project.apart.extend(program.environments().flat_map(|e| &e.labels).map(|l| l.name.node.clone()));
    let estimated = project.outputs.shards.is_some();
    let catalog = if estimated { checker.catalogs.together().0 } else { Catalog::default() };
    let mut checked = Checked {
        project,
        datasources,
        services,
        contacts,
        teams,
        routes,
        folders,
        dashboards,
        kept,
        tests,
        catalog,
        unchecked: Vec::new(),
    };
    if let Some(environment) = environment {
        checker.stand_apart(&mut checked, environment);
    }
    checked.unchecked = std::mem::take(&mut checker.unchecked);
    checked.unchecked.sort();
    (checked, checker.finish())
}
