//! Rules: the n-th item of a file is the n-th rule of the model, since targets print in its order.

use super::{Kind, Thing, origin, ranges};
use crate::emit::Artifact;
use crate::model::{Alert, CarriedRule, Model, Record, Service};

/// Groups and rules of `prometheus/<service>.rules.yml`; those that are carried as they are stand last.
pub(super) fn prometheus(service: &Service, artifact: &Artifact) -> Vec<Thing> {
    let lines: Vec<&str> = artifact.body.lines().collect();
    let marks = |begin: &[&str]| -> Vec<usize> {
        let hit = |line: &&str| begin.iter().any(|b| line.starts_with(b));
        lines.iter().enumerate().filter(|(_, line)| hit(line)).map(|(index, _)| index + 1).collect()
    };
    // Queries stand deeper, so that nothing in them begins like this.
    let (groups, rules) = (marks(&["- "]), marks(&["  - record: ", "  - alert: "]));
    let mut found = Vec::new();
    let mut groups = ranges(&groups, lines.len());
    for (group, lines) in service.groups.iter().zip(&mut groups) {
        let own: Vec<usize> = rules.iter().copied().filter(|rule| lines.contains(rule)).collect();
        let mut places = ranges(&own, *lines.end());
        let blank = Thing { lines, ..blank(artifact, service, &group.origin.to_string()) };
        found.push(Thing { kind: Kind::Group, name: group.name.clone(), ..blank.clone() });
        for (record, lines) in group.records.iter().zip(&mut places) {
            found.push(Thing { lines, ..recording(record, service, &blank) });
        }
        for (alert, lines) in group.alerts.iter().zip(&mut places) {
            found.push(Thing { lines, kind: Kind::Alert, ..alerting(alert, &blank) });
        }
    }
    for (group, lines) in service.carried.iter().zip(&mut groups) {
        let own: Vec<usize> = rules.iter().copied().filter(|rule| lines.contains(rule)).collect();
        let places = ranges(&own, *lines.end());
        let subjects = vec![group.subject().to_string()];
        let blank = Thing { lines, subjects, ..blank(artifact, service, &group.origin.to_string()) };
        found.push(Thing { kind: Kind::Group, name: group.name.clone(), ..blank.clone() });
        found.extend(group.rules.iter().zip(places).map(|(rule, lines)| Thing { lines, ..as_it_is(rule, &blank) }));
    }
    found
}

/// A rule that is carried as it is.
fn as_it_is(rule: &CarriedRule, blank: &Thing) -> Thing {
    let kind = if rule.is_alert { Kind::Alert } else { Kind::Record };
    Thing { kind, name: rule.name.clone(), query: Some(rule.expr.clone()), ..blank.clone() }
}

/// Rules of `grafana/provisioning/alerting/<service>.yaml`, found by their uids.
pub(super) fn grafana(service: &Service, artifact: &Artifact) -> Vec<Thing> {
    let uid = |line: &str| line.strip_prefix("    uid: ").map(|uid| uid.trim_matches('"').to_string());
    let lines = artifact.body.lines().enumerate();
    // The line before the uid opens the item and names the spec.
    let (uids, marks): (Vec<String>, Vec<usize>) = lines.filter_map(|(i, line)| Some((uid(line)?, i.max(1)))).unzip();
    let places = uids.iter().zip(ranges(&marks, artifact.body.lines().count()));
    let blank = blank(artifact, service, &artifact.origin);
    let rule = |(uid, lines): (&String, _)| {
        let alert = service.alerts().find(|a| a.uid == *uid)?;
        Some(Thing { lines, kind: Kind::GrafanaAlert, ..alerting(alert, &blank) })
    };
    places.filter_map(rule).collect()
}

/// Lines of any other file that name an objective by `slo_id` or an alert by its page.
pub(super) fn mentions(model: &Model, artifact: &Artifact) -> Vec<Thing> {
    let mut found = Vec::new();
    let lines: Vec<&str> = artifact.body.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let named =
            |service: &&Service, id: &str| line.contains(&format!("slo_id=\"{id}\"")) && id.starts_with(&service.name);
        for service in &model.services {
            let blank = Thing { lines: index + 1..=index + 1 + deeper(&lines, index), ..blank(artifact, service, "") };
            let slo = service.slos.iter().find(|slo| named(&service, &slo.id));
            let page = || service.alerts().find(|alert| line.contains(&format!("({})", alert.page)));
            if let Some(slo) = slo {
                let (name, subjects, origin) = (slo.id.clone(), vec![slo.name.clone()], slo.origin.to_string());
                found.push(Thing { kind: Kind::Mention, name, subjects, origin, ..blank });
            } else if let Some(alert) = page() {
                found.push(Thing { kind: Kind::Mention, ..alerting(alert, &blank) });
            }
        }
    }
    found
}

/// How many lines after this one stand deeper, and so belong to it.
fn deeper(lines: &[&str], index: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = lines.get(index).map_or(0, |line| depth(line));
    lines.iter().skip(index + 1).take_while(|line| depth(line) > own).count()
}

/// A thing of a service's file, its name and lines to be filled in.
fn blank(artifact: &Artifact, service: &Service, origin: &str) -> Thing {
    Thing {
        file: artifact.path.clone(),
        lines: 1..=1,
        kind: Kind::File,
        name: String::new(),
        service: Some(service.name.clone()),
        subjects: Vec::new(),
        origin: origin.to_string(),
        query: None,
    }
}

fn recording(record: &Record, service: &Service, blank: &Thing) -> Thing {
    let subjects: Vec<String> = record.of.iter().filter_map(|id| Some(id.split_once('.')?.1.to_string())).collect();
    // A rule that objectives share stands for the service, as its group does.
    let origin = match subjects.as_slice() {
        [slo] => origin(service, slo).to_string(),
        _ => blank.origin.clone(),
    };
    let (name, query) = (record.metric.clone(), Some(record.expr.clone()));
    Thing { kind: Kind::Record, name, subjects, origin, query, ..blank.clone() }
}

fn alerting(alert: &Alert, blank: &Thing) -> Thing {
    let (name, subjects) = (alert.id.clone(), vec![alert.subject.clone()]);
    Thing { name, subjects, origin: alert.origin.to_string(), query: Some(alert.condition.query()), ..blank.clone() }
}
