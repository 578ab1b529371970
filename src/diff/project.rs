//! Settings of the whole project: how often rules run, where queries go, where links lead.

use std::collections::{BTreeMap, BTreeSet};

use super::history::count;
use super::pairs::pair;
use super::{Change, Class, Words};
use crate::maps::IntoMap;
use crate::model::{Datasource, Model, Project};

/// What is different for all services at once.
pub(super) fn changes(old: &Model, new: &Model) -> Vec<Change> {
    let (o, n) = (&old.project, &new.project);
    let change = |class, what: &str| Change::new(class, "", what.into(), None, None);
    let address = |url: &Option<String>| url.clone();
    let version = |project: &Project| project.version.map(|version| version.to_string());
    let settings = vec![
        change(Class::Interval, "rules are evaluated at another pace")
            .fact("every", o.every.to_string(), n.every.to_string())
            .notes(pace(o, n, new)),
        change(Class::Links, "links of alerts and pages lead elsewhere")
            .maybe_fact("runbooks", address(&o.runbooks), address(&n.runbooks))
            .maybe_fact("grafana", address(&o.grafana), address(&n.grafana)),
        change(Class::Dashboard, "alerts and dashboards stand in another folder of Grafana")
            .fact("folder", &*o.folder, &*n.folder),
        change(Class::Dashboard, "what is generated is for another Grafana").maybe_fact(
            "grafana version",
            version(o),
            version(n),
        ),
        change(Class::Route, "the secrets of contacts are looked for elsewhere").fact(
            "secrets",
            &*o.secrets,
            &*n.secrets,
        ),
        change(Class::Cosmetic, "the project's name").fact("name", &*o.name, &*n.name),
        change(Class::Rules, "the scrape interval that rules and tests are made for").fact(
            "scrape",
            o.scrape.to_string(),
            n.scrape.to_string(),
        ),
    ];
    let told = settings.into_iter().chain([outputs(o, n)]).filter(|change| !change.facts.is_empty());
    told.chain(datasources(old, new)).collect()
}

/// What is generated beside the usual files: each output with its settings.
fn outputs(old: &Project, new: &Project) -> Change {
    let asked = |project: &Project| -> BTreeMap<String, String> {
        let all = serde_json::to_value(&project.outputs).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
        let given = all.into_iter().filter(|(_, v)| !v.is_null() && *v != false);
        given.map(|(name, v)| (name, if v == true { "written".to_string() } else { v.to_string() })).into_map()
    };
    let (o, n) = (asked(old), asked(new));
    let names: BTreeSet<&String> = o.keys().chain(n.keys()).collect();
    let change =
        Change::new(Class::Rules, "", "other files are written for where rules and dashboards run".into(), None, None);
    names.into_iter().fold(change, |c, name| c.maybe_fact(name.as_str(), o.get(name).cloned(), n.get(name).cloned()))
}

/// What another pace means for alerts.
fn pace(old: &Project, new: &Project, model: &Model) -> Option<Words> {
    let alerts = count(model.services.iter().map(|s| s.alerts().count()).sum(), "alert");
    let note = |word: &str| {
        Words::new(format!("Each of the {alerts} may fire up to that much {word} than before; history is kept"))
    };
    (old.every != new.every).then(|| note(if old.every < new.every { "later" } else { "earlier" }))
}

/// Data sources of Grafana, by their names.
fn datasources(old: &Model, new: &Model) -> Vec<Change> {
    let name = |d: &&Datasource| Some(d.name.clone());
    let paired = pair(old.datasources.iter().collect(), new.datasources.iter().collect(), &[(&name, &name)]);
    let change = |d: &Datasource, word: &str, from: Option<&Datasource>, to: Option<&Datasource>| {
        let origin = |d: Option<&'_ Datasource>| d.and_then(|d| d.origin.clone());
        let mut change =
            Change::new(Class::Datasource, "", Words::new("data source ").code(&*d.name).text(word), None, None);
        (change.from, change.to) = (origin(from), origin(to));
        let user = |d: Option<&Datasource>| d.and_then(|d| d.login.as_ref().map(|login| login.user.clone()));
        let every = |d: Option<&Datasource>| d.map(|d| d.every.to_string());
        let default = |d: Option<&Datasource>| d.map(|d| if d.default { "yes" } else { "no" }.to_string());
        change
            .maybe_fact("kind", from.map(|d| d.kind.name().into()), to.map(|d| d.kind.name().into()))
            .maybe_fact("url", from.map(|d| d.url.clone()), to.map(|d| d.url.clone()))
            .maybe_fact("user", user(from), user(to))
            .maybe_fact("every", every(from), every(to))
            .maybe_fact("default", default(from), default(to))
    };
    let mut changes: Vec<Change> = paired.gone.iter().map(|d| change(d, " is gone", Some(d), None)).collect();
    changes.extend(paired.added.iter().map(|d| change(d, " is new", None, Some(d))));
    let both = paired.both.iter().map(|(o, n)| change(n, "", Some(o), Some(n)));
    changes.extend(both.filter(|change| !change.facts.is_empty()));
    changes.extend(paired.both.iter().filter_map(|(o, n)| settings(o, n)));
    changes
}

/// All else that a data source is told, which has no one-line names.
fn settings(old: &Datasource, new: &Datasource) -> Option<Change> {
    let rest = |d: &Datasource| format!("{:#?}\n{:?} {:?} {:?}", d.kind, d.login, d.token, d.timeout);
    let what = Words::new("data source ").code(&*new.name).text(" is asked otherwise");
    let mut change = Change::new(Class::Datasource, "", what, None, None);
    (change.from, change.to) = (old.origin.clone(), new.origin.clone());
    (rest(old) != rest(new) && old.kind.name() == new.kind.name()).then_some(change)
}
