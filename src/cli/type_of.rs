//! `sloc type`: a query as a tree, with what is known of each part, and why.

use std::path::PathBuf;

use clap::Args;

use super::project::{self, Project};
use super::{Status, rules, terminal};
use crate::diag::render::{self, Format};
use crate::driver::TypedQuery;
use crate::io::Failure;
use crate::promql::types::{Line, Why};
use crate::source::Sources;

/// Show what is known of each part of a query, and why
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc type 'sum by (job) (rate(http_requests_total[5m])) > 1'
  sloc type 'node_load1 / 2' --catalog catalog.json
  sloc type 'increase(http_requests_total[$window])' --specs specs

A line says what a part of the query is: the kind of its samples, their unit,
its labels (`?` for those that some series may lack, `…` when there may be
others), its values. The numbers lead to the reasons.")]
pub(super) struct Arguments {
    /// The query
    query: String,
    #[command(flatten)]
    known: rules::Options,
    /// Specs with `metrics` blocks
    #[arg(long, value_name = "PATH")]
    specs: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let typed = arguments.known.known(project, arguments.specs.as_ref())?.type_of(&arguments.query);
    terminal::out(&shown(&typed))?;
    let found = &typed.diagnostics;
    terminal::say(&render::render(found, &typed.sources, Format::Human { color: terminal::color() }));
    if !found.is_empty() {
        terminal::say(&format!("{}\n", project::tally(found)));
    }
    let wrong = found.iter().any(crate::diag::Diagnostic::is_error);
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}

/// The tree with its types, then the reasons they name.
fn shown(typed: &TypedQuery) -> String {
    let width = |line: &Line| line.branches.chars().count() + line.text.chars().count();
    let widest = typed.tree.iter().map(width).max().unwrap_or(0);
    let mut reasons: Vec<String> = Vec::new();
    let mut out = String::new();
    for line in &typed.tree {
        let marks = marks(line, typed, &mut reasons);
        let space = " ".repeat(widest - width(line) + 2);
        out += &format!("{}{}{space}{}{marks}\n", line.branches, line.text, line.found);
    }
    if !reasons.is_empty() {
        out.push('\n');
    }
    for (i, reason) in reasons.iter().enumerate() {
        out += &format!("[{}] {reason}\n", i + 1);
    }
    out
}

/// ` [1][3]`: the reasons of a line by their numbers; new ones are added.
fn marks(line: &Line, typed: &TypedQuery, reasons: &mut Vec<String>) -> String {
    let mut marks = String::new();
    for why in line.found.reasons() {
        let reason = reason(&why, typed);
        let known = reasons.iter().position(|r| *r == reason);
        let number = known.unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        });
        marks += &format!("[{}]", number + 1);
    }
    if marks.is_empty() { marks } else { format!("  {marks}") }
}

/// What stands at a place, and where that is: a part of the query, or a line of a catalog.
fn reason(why: &Why, typed: &TypedQuery) -> String {
    let sources: &Sources = &typed.sources;
    let sure = if why.sure { "" } else { ", it seems" };
    let place = match why.span.file == typed.file {
        true => format!("`{}`", sources.text(why.span)),
        false => sources.place(why.span),
    };
    format!("{}{sure} ({place})", why.text)
}
