//! From a generated line to what made it, and back: the things that stand in generated files, each with its lines.

mod boards;
mod rules;
mod spec;
mod stale;

use std::ops::RangeInclusive;

pub use spec::{Cause, cause};
pub use stale::{Reason, Stale, reason};

use crate::emit::Artifact;
use crate::model::{Model, Origin};

/// Something that was generated, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thing {
    /// The file, relative to `out/`.
    pub file: String,
    /// Its lines there, from 1.
    pub lines: RangeInclusive<usize>,
    /// What it is.
    pub kind: Kind,
    /// Its name: of a recording rule the metric, of an alert its id, of a panel its title.
    pub name: String,
    /// The service it belongs to.
    pub service: Option<String>,
    /// The objectives it belongs to: their names within the service.
    pub subjects: Vec<String>,
    /// The spec line it comes from: `specs/shop.slo:12`.
    pub origin: String,
    /// The query behind it, when it has one.
    pub query: Option<String>,
}

/// What a [`Thing`] is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A whole file.
    File,
    /// A rule group of Prometheus.
    Group,
    /// A recording rule.
    Record,
    /// An alerting rule of Prometheus.
    Alert,
    /// A rule of Grafana's own alerting.
    GrafanaAlert,
    /// A dashboard.
    Board,
    /// A panel, or the heading of some.
    Panel,
    /// A runbook page.
    Page,
    /// A line that names an objective or an alert.
    Mention,
}

impl Kind {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Group => "rule group",
            Kind::Record => "recording rule",
            Kind::Alert => "alert",
            Kind::GrafanaAlert => "Grafana alert",
            Kind::Board => "dashboard",
            Kind::Panel => "panel",
            Kind::Page => "runbook page",
            Kind::Mention => "lines about",
        }
    }
}

/// Everything that stands in the files of a model: the files in their order, in each the whole before its parts.
pub fn things(model: &Model, artifacts: &[Artifact]) -> Vec<Thing> {
    artifacts.iter().flat_map(|artifact| in_file(model, artifact)).collect()
}

/// The things of one file.
pub fn in_file(model: &Model, artifact: &Artifact) -> Vec<Thing> {
    let path = artifact.path.as_str();
    let mut found = vec![whole(model, artifact)];
    let service = |folder: &str, end: &str| {
        let name = path.strip_prefix(folder)?.strip_suffix(end)?;
        model.services.iter().find(|s| s.name == name || model.project.beside(&s.name) == name)
    };
    if let Some(service) = service("prometheus/", ".rules.yml") {
        found.extend(rules::prometheus(service, artifact));
    } else if let Some(service) = service("grafana/provisioning/alerting/", ".yaml") {
        found.extend(rules::grafana(service, artifact));
    } else if path.starts_with("grafana/dashboards/") {
        found.extend(boards::panels(model, artifact));
    } else {
        found.extend(rules::mentions(model, artifact));
    }
    found
}

/// The smallest thing a line belongs to.
pub fn at(things: &[Thing], line: usize) -> Option<&Thing> {
    let around = things.iter().filter(|thing| thing.lines.contains(&line));
    around.min_by_key(|thing| thing.lines.end() - thing.lines.start())
}

/// A file as one thing: a dashboard, a page, or just a file.
fn whole(model: &Model, artifact: &Artifact) -> Thing {
    let lines = 1..=artifact.body.lines().count().max(1);
    let file = artifact.path.clone();
    let mut thing = Thing {
        file,
        lines,
        kind: Kind::File,
        name: artifact.path.clone(),
        service: None,
        subjects: Vec::new(),
        origin: artifact.origin.clone(),
        query: None,
    };
    let page = artifact.path.strip_prefix("runbooks/");
    for service in &model.services {
        if let Some(alert) = service.alerts().find(|a| page == Some(&a.page)) {
            (thing.kind, thing.name) = (Kind::Page, alert.id.clone());
            (thing.service, thing.subjects) = (Some(service.name.clone()), vec![alert.subject.clone()]);
        }
    }
    if let Some(board) = model.boards.iter().find(|b| artifact.path.ends_with(&format!("/{}.json", b.uid))) {
        (thing.kind, thing.name) = (Kind::Board, board.title.clone());
        thing.service = model.services.iter().find(|s| s.board_uid == board.uid).map(|s| s.name.clone());
    }
    if let Some(kept) = model.kept.iter().find(|k| artifact.path.ends_with(&format!("/{}.json", k.uid))) {
        (thing.kind, thing.name) = (Kind::Board, kept.title.clone());
    }
    thing
}

/// The lines of a file from 1, with what follows each until the next of the same marks.
fn ranges(marks: &[usize], end: usize) -> impl Iterator<Item = RangeInclusive<usize>> {
    let ends = marks.iter().skip(1).map(|next| next - 1).chain([end]);
    marks.iter().zip(ends).map(|(from, to)| *from..=to)
}

/// The spec line of an objective of a service.
fn origin(service: &crate::model::Service, slo: &str) -> Origin {
    service.slos.iter().find(|s| s.name == slo).map_or_else(|| service.origin.clone(), |s| s.origin.clone())
}
