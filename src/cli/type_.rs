//! `sloc type QUERY`: a query as a tree, with the type of each part and why.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::facts::{self, Knowledge};
use super::project::Project;
use super::{Status, terminal};
use crate::diag::render::{self, Format};
use crate::io::Failure;
use crate::promql::types::{Checker, Expected, Line, Why};
use crate::promql::{self, Dialect, Query};
use crate::source::{SourceFile, Sources, Span};

/// Print the types of a query's parts
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc type 'sum by (job) (rate(http_requests_total[5m]))'
  sloc type 'histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[5m]))) > 1' --metrics metrics.prom

What the specs declare of metrics is known, and what `--metrics` names beside it: a saved /metrics page,
or the answers of a server. `?` marks a label that some series lack, `…` that there may be others.")]
pub(super) struct Arguments {
    /// The query, as Prometheus reads it; `[$window]` and dashboard variables may stand in it
    query: String,
    #[command(flatten)]
    known: facts::Known,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let mut known = facts::read(&arguments.known, project, &arguments.specs)?;
    let file = known.sources.add(SourceFile::new("query".into(), arguments.query.clone()));
    let place = Span::new(file, 0..arguments.query.len());
    let (query, mut diagnostics) = promql::parse(&arguments.query, place, dialect(&arguments.query));
    if let Some(query) = &query {
        let checker = Checker::new(&known.catalog).with(known.facts);
        terminal::out(&tree(&checker.tree(query), query, &known))?;
        diagnostics.extend(checker.check(query, Expected::Anything).1);
    }
    let color = terminal::color();
    terminal::say(&render::render(&diagnostics, &known.sources, Format::Human { color }));
    let wrong = query.is_none() || diagnostics.iter().any(|d| d.is_error());
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}

/// Which holes a query has tells where it is from.
fn dialect(query: &str) -> Dialect {
    match (query.contains("$window"), query.contains('$')) {
        (true, _) => Dialect::Window,
        (false, true) => Dialect::Grafana,
        (false, false) => Dialect::Rule,
    }
}

/// One line for each part, its type in one column, and below it what is new of its reasons.
fn tree(lines: &[Line], query: &Query, known: &Knowledge) -> String {
    let width = lines.iter().map(|l| l.branches.chars().count() + l.text.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    let mut said: BTreeSet<(Span, String)> = BTreeSet::new();
    // A reason is said where it first holds: at the innermost part.
    let mut reasons: Vec<Vec<Why>> = lines.iter().map(|l| l.found.reasons()).collect();
    for own in reasons.iter_mut().rev() {
        own.retain(|why| telling(why, query) && said.insert((why.span, why.text.to_string())));
    }
    for (line, own) in lines.iter().zip(reasons) {
        let used = line.branches.chars().count() + line.text.chars().count();
        let gap = " ".repeat(width - used + 3);
        out.push_str(&format!("{}{}{gap}{}\n", line.branches, line.text, line.found));
        for why in own {
            let gap = " ".repeat(width + 3);
            out.push_str(&format!("{gap}  because {}{}\n", why.text, place(&why, query, &known.sources)));
        }
    }
    out
}

/// Whether a reason says more than the line it stands below: that `rate` makes a rate can be seen.
fn telling(why: &Why, query: &Query) -> bool {
    why.span.file != query.span().file || !(why.text.starts_with('`') || why.text.starts_with("growth"))
}

/// Where a reason stands, when it is not in the query itself.
fn place(why: &Why, query: &Query, sources: &Sources) -> String {
    if why.span.file == query.span().file { String::new() } else { format!(" ({})", sources.place(why.span)) }
}
