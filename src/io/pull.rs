//! What a server knows of its metrics, asked metric by metric.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::failure::{Doing, Failure, Kind};
use super::server::{NoAnswer, Server};
use crate::catalog::Metric;
use crate::catalog::pulled::{Family, MAX_VALUES, Seen, families};
use crate::units::Duration;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Only metrics whose names begin so; empty for all.
    pub prefix: String,
    /// Only series that were there within this time.
    pub since: Duration,
    /// More metrics than these are refused.
    pub most: usize,
}

/// Tells how far it is: how many metrics are done, of how many, and the next one's name.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize, &str);

/// Asks a server for its metrics, in the order of their names.
pub fn pull(server: &Server, wanted: &Ask, progress: Progress<'_>) -> Result<Vec<Metric>, Failure> {
    let now = now(server)?;
    let range = Range { start: seconds(now - wanted.since.seconds().to_f64()), end: seconds(now) };
    let selector = format!("{{__name__=~\"{}.+\"}}", wanted.prefix);
    let mut parameters = vec![("start", range.start.as_str()), ("end", range.end.as_str())];
    if !wanted.prefix.is_empty() {
        parameters.push(("match[]", &selector));
    }
    let names = texts(&whole(server.ask("label/__name__/values", &parameters))?)
        .ok_or_else(|| server.stranger("label/__name__/values"))?;
    let names: BTreeSet<String> = names.into_iter().filter(|n| n.starts_with(&wanted.prefix)).collect();
    let metadata = whole(server.ask("metadata", &[]))?;
    let families = families(&metadata, &names);
    if families.len() > wanted.most {
        let message = format!("the server has {} metrics, over the limit of {}", families.len(), wanted.most);
        return Err(
            Failure::new(Kind::Machine, message).help("`--match PREFIX` asks for fewer, `--max-metrics N` allows more")
        );
    }
    let total = families.len();
    let one = |(done, family): (usize, Family)| {
        progress(done, total, &family.name);
        let seen = seen(server, &family.series, &range)?;
        Ok(family.metric(seen))
    };
    families.into_iter().enumerate().map(one).collect()
}

/// From when to when, in seconds since 1970.
struct Range {
    start: String,
    end: String,
}

fn seconds(time: f64) -> String {
    format!("{time:.0}")
}

/// The server's own time: its clock is the one its samples have.
fn now(server: &Server) -> Result<f64, Failure> {
    let data = whole(server.ask("query", &[("query", "time()")]))?;
    let time = data.get("result").and_then(|r| r.get(1)).and_then(Value::as_str).and_then(|t| t.parse().ok());
    time.ok_or_else(|| server.stranger("query"))
}

/// What the series of a name say. Where there are too many to list, their labels are asked for one by one.
fn seen(server: &Server, name: &str, range: &Range) -> Result<Seen, Failure> {
    let selector = format!("{{__name__={}}}", Value::from(name));
    let mut parameters = vec![("match[]", selector.as_str()), ("start", &range.start), ("end", &range.end)];
    match server.ask("series", &parameters) {
        Ok(data) => return Seen::series(&data).ok_or_else(|| server.stranger("series")),
        Err(NoAnswer::Failed(failure)) => return Err(failure),
        Err(NoAnswer::TooLarge) => {}
    }
    let labels = texts(&whole(server.ask("labels", &parameters))?).ok_or_else(|| server.stranger("labels"))?;
    let most = (MAX_VALUES + 1).to_string();
    parameters.push(("limit", &most));
    let mut seen = Seen::default();
    for label in labels {
        // An older server knows no limit; a label with so many values takes any.
        let values = match server.ask(&format!("label/{label}/values"), &parameters) {
            Ok(data) => texts(&data).ok_or_else(|| server.stranger("label/…/values"))?,
            Err(NoAnswer::TooLarge) => BTreeSet::new(),
            Err(NoAnswer::Failed(failure)) => return Err(failure),
        };
        seen.label(&label, values);
    }
    Ok(seen)
}

/// An answer that must not be larger than one may be.
fn whole(answer: Result<Value, NoAnswer>) -> Result<Value, Failure> {
    answer.map_err(|why| match why {
        NoAnswer::Failed(failure) => failure,
        NoAnswer::TooLarge => Failure::new(Kind::Machine, "the server has more metrics than fit one answer")
            .help("`--match PREFIX` asks for fewer"),
    })
}

/// A list of texts; `None` when it is something else.
fn texts(data: &Value) -> Option<BTreeSet<String>> {
    data.as_array()?.iter().map(|v| v.as_str().map(str::to_string)).collect()
}

/// Writes a file as a whole: under another name first, so that a reader never finds half of it.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text).doing("write", &new)?;
    std::fs::rename(&new, path).doing("write", path)
}
