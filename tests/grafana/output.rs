//! The Grafana part of an output, read back.

use std::collections::BTreeMap;

use serde_json::Value;
use sloc::driver;

use super::common::Memory;

/// Grafana's files by their path below `grafana/`, as values.
#[derive(Clone)]
pub struct Output(pub BTreeMap<String, Value>);

impl Output {
    pub fn of(program: &Memory) -> Output {
        let analysis = driver::analyze(program).unwrap();
        let model = analysis.model.unwrap_or_else(|| panic!("{:#?}", analysis.diagnostics));
        Output::of_model(&model)
    }

    pub fn of_model(model: &sloc::model::Model) -> Output {
        let own = driver::emit(model).into_iter().filter_map(|a| {
            let path = a.path.strip_prefix("grafana/")?.to_string();
            let value = if path.ends_with(".json") {
                serde_json::from_str(&a.body).unwrap()
            } else {
                serde_yaml::from_str(&a.body).unwrap()
            };
            Some((path, value))
        });
        Output(own.collect())
    }

    /// The files below a directory.
    pub fn files(&self, dir: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().filter(move |(path, _)| path.starts_with(dir))
    }

    pub fn boards(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.files("dashboards/")
    }

    pub fn groups(&self) -> impl Iterator<Item = &Value> {
        self.files("provisioning/alerting/").flat_map(|(_, file)| items(&file["groups"]))
    }

    pub fn rules(&self) -> impl Iterator<Item = &Value> {
        self.groups().flat_map(|g| items(&g["rules"]))
    }

    pub fn sources(&self) -> impl Iterator<Item = &Value> {
        self.files("provisioning/datasources/").flat_map(|(_, file)| items(&file["datasources"]))
    }

    pub fn contact_points(&self) -> impl Iterator<Item = &Value> {
        self.files("provisioning/alerting/").flat_map(|(_, file)| items(&file["contactPoints"]))
    }

    pub fn providers(&self) -> impl Iterator<Item = &Value> {
        self.files("provisioning/dashboards/").flat_map(|(_, file)| items(&file["providers"]))
    }
}

/// The elements of a list; none of what is no list.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text, or nothing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Findings, each with its place.
#[derive(Default)]
pub struct Report {
    pub place: String,
    pub findings: Vec<String>,
}

impl Report {
    /// Notes a finding unless something holds.
    pub fn expect(&mut self, holds: bool, what: impl AsRef<str>) {
        if !holds {
            self.findings.push(format!("{}: {}", self.place, what.as_ref()));
        }
    }

    /// Notes the values that appear more than once.
    pub fn unique<T: Ord + std::fmt::Debug>(&mut self, what: &str, values: impl IntoIterator<Item = T>) {
        let mut seen = std::collections::BTreeSet::new();
        for value in values {
            let shown = format!("{what} {value:?} is there twice");
            self.expect(seen.insert(value), shown);
        }
    }

    /// Notes keys that Grafana would drop in silence.
    pub fn only(&mut self, object: &Value, known: &[&str]) {
        for key in object.as_object().into_iter().flat_map(|o| o.keys()) {
            self.expect(known.contains(&key.as_str()), format!("the key {key} is not known"));
        }
    }

    /// A uid as Grafana takes it.
    pub fn uid(&mut self, uid: &str) {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        self.expect((1..=40).contains(&uid.len()), format!("the uid {uid:?} is not 1 to 40 characters long"));
        self.expect(uid.bytes().all(allowed), format!("the uid {uid:?} has characters of other kinds"));
    }

    /// A title or name as Grafana takes it.
    pub fn title(&mut self, what: &str, title: &str) {
        let fine = !title.trim().is_empty() && title.len() <= 190;
        self.expect(fine, format!("the {what} {title:?} is empty or longer than 190 bytes"));
    }
}
