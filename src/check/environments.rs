//! Environments: each is checked as a program of its own; only what is wrong there alone is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::boards::{Dashboard, Kept};
use super::datasources::LONGEST_UID;
use super::{Checked, Checker, Memo, one};
use crate::diag::{Diagnostic, codes};
use crate::model::Datasource;
use crate::resolve::Program;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Environment, Item, Name};

/// What tells two mistakes apart.
type Key<'a> = (Span, &'static str, &'a str);

/// So many environments a program may have: each is checked, and built, as a program of its own.
const MOST: usize = 200;

/// Checks a program in each of its environments, in the order of their names. `base` is what is wrong without them.
pub(super) fn check(program: &Program, base: &[Diagnostic], memo: &Arc<Memo>) -> Vec<(Checked, Vec<Diagnostic>)> {
    let known: BTreeSet<Key<'_>> = base.iter().map(key).collect();
    let mut environments: Vec<&Environment> = program.environments().collect();
    let beyond = environments.get(MOST).map(|e| too_many(e, environments.len()));
    environments.truncate(MOST);
    environments.sort_by_key(|e| &e.name.node);
    // One after the other: the services of each are on all cores.
    let mut checked: Vec<_> = environments.iter().map(|e| in_one(program, e, &known, memo)).collect();
    for (index, environment) in environments.iter().enumerate() {
        let others = environments.get(..index).unwrap_or_default();
        if let Some((_, found)) = checked.get_mut(index) {
            found.extend(alike(environment, others));
        }
    }
    if let Some((_, found)) = checked.last_mut() {
        found.extend(beyond);
    }
    checked
}

fn too_many(first: &Environment, all: usize) -> Diagnostic {
    let message = format!("this program has {all} environments");
    let help = format!("at most {MOST}: each is checked and built as a program of its own");
    Diagnostic::new(&codes::E0151, first.name.span, message).here("one too many").help(help)
}

fn key(d: &Diagnostic) -> Key<'_> {
    (d.primary.span, d.code.id, &d.message)
}

fn in_one(
    program: &Program,
    environment: &Environment,
    known: &BTreeSet<Key<'_>>,
    memo: &Arc<Memo>,
) -> (Checked, Vec<Diagnostic>) {
    let (changed, mut found) = program.in_environment(environment);
    let (checked, mistakes) = one(&changed, Some(environment), memo);
    let new = mistakes.into_iter().filter(|d| !known.contains(&key(d)));
    found.extend(new.map(|d| naming(d, environment, program)));
    (checked, found)
}

/// A mistake, with the environment it is of when none of its places says so: the line about the objective, if it is in
/// the header of one.
fn naming(d: Diagnostic, environment: &Environment, program: &Program) -> Diagnostic {
    let within = |s: Span, of: Span| s.file == of.file && of.start <= s.start && s.end <= of.end;
    let at = d.primary.span;
    if d.labels.iter().map(|l| l.span).chain([at]).any(|s| within(s, environment.span)) {
        return d;
    }
    let items = program.files.iter().flat_map(|f| &f.items);
    let services = items.filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None });
    let objective =
        services.flat_map(|s| s.slos.iter().map(move |slo| (s, slo))).find(|(_, slo)| within(at, slo.header));
    let id = objective.map(|(s, slo)| format!("{}.{}", s.name.node, slo.name.node));
    let line = environment.slos.iter().find(|o| Some(&o.slo.node) == id.as_ref());
    let place = line.map_or(environment.name.span, |o| o.slo.span);
    d.label(place, format!("in the environment `{}`", environment.name.node))
}

/// Reports an environment whose alerts have the labels of another's, or of none.
fn alike(environment: &Environment, others: &[&Environment]) -> Option<Diagnostic> {
    let labels =
        |e: &Environment| e.labels.iter().map(|l| (l.name.node.clone(), l.value.node.clone())).collect::<BTreeSet<_>>();
    let own = labels(environment);
    let twin = others.iter().find(|e| labels(e) == own);
    if twin.is_none() && !own.is_empty() {
        return None;
    }
    let name = &environment.name;
    let other = twin.map_or("the base".to_string(), |t| format!("`{}`", t.name.node));
    let message = format!("the alerts of `{}` cannot be told from those of {other}", name.node);
    let help = format!("a label of its own tells them apart: `labels {{ env = \"{}\" }}`", name.node);
    let diagnostic = Diagnostic::new(&codes::W0150, name.span, message).here("has no label of its own").help(help);
    Some(match twin {
        Some(twin) => diagnostic.label(twin.name.span, "has the same labels"),
        None => diagnostic,
    })
}

/// What a data source is called in an environment: `prom` is `prom-staging` in `staging`.
pub fn called(datasource: &str, environment: Option<&str>) -> String {
    environment.map_or_else(|| datasource.to_string(), |e| format!("{datasource}-{e}"))
}

impl Checker<'_> {
    /// Gives an environment names of its own in Grafana, where it may stand beside the others: of its folders and of its
    /// data sources. The tree of notification policies is only one, so it is left to the base unless the environment has
    /// a Grafana of its own.
    pub(super) fn stand_apart(&mut self, checked: &mut Checked, environment: &Environment) {
        let name = &environment.name;
        checked.project.environment = Some(name.node.clone());
        let folders = checked.folders.iter_mut().map(|f| &mut f.title);
        let of_boards = checked.dashboards.iter_mut().filter_map(|d| d.folder.as_mut());
        let of_kept = checked.kept.iter_mut().filter_map(|k| k.folder.as_mut());
        for title in folders.chain(of_boards).chain(of_kept).chain([&mut checked.project.folder]) {
            *title = format!("{title} ({})", name.node);
            self.folder_title(&Spanned::new(title.clone(), name.span));
        }
        self.name_datasources(&mut checked.datasources, name);
        let of_kept = checked.kept.iter_mut().flat_map(Kept::sources_mut);
        for source in checked.dashboards.iter_mut().flat_map(Dashboard::sources_mut).chain(of_kept) {
            *source = called(source, Some(&name.node));
        }
        if environment.route_off.is_some() {
            checked.routes = None;
            checked.contacts.clear();
        }
        if let Some(routes) = &mut checked.routes {
            routes.policies &= environment.grafana.is_some();
        }
    }

    /// Each its name there.
    fn name_datasources(&mut self, datasources: &mut [Datasource], environment: &Name) {
        let written: BTreeSet<String> = datasources.iter().map(|d| d.name.clone()).collect();
        for name in datasources.iter_mut().flat_map(Datasource::names_mut) {
            let own = called(name, Some(&environment.node));
            let message = if written.contains(&own) {
                format!("the datasource `{name}` is called `{own}` here, and there is another of that name")
            } else if own.len() > LONGEST_UID {
                format!("the datasource `{name}` is called `{own}` here, which has {} characters", own.len())
            } else {
                *name = own;
                continue;
            };
            let help = format!("its name is also its uid in Grafana, which has at most {LONGEST_UID} characters");
            self.report(
                Diagnostic::new(&codes::E0102, environment.span, message).here("in this environment").help(help),
            );
        }
    }
}
