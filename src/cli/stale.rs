//! `sloc build --check`: which files are not what the specs say, and which spec line made them so.

use std::path::Path;

use rayon::prelude::*;
use serde_json::json;

use super::table::visible;
use super::terminal::{self, count};
use crate::diag::{Diagnostic, codes};
use crate::driver::Analysis;
use crate::emit::Artifact;
use crate::io::{self, Difference, State};
use crate::model::Model;
use crate::source::{SourceFile, Sources, Span};
use crate::trace::{self, Reason};

/// A file that differs, and why, as far as that can be told.
pub(super) struct Stale<'a> {
    difference: &'a Difference,
    reason: Option<Reason>,
}

/// Looks into the files that are outdated; the others are told by their state.
pub(super) fn all<'a>(
    out: &Path,
    model: &Model,
    artifacts: &[Artifact],
    differences: &'a [Difference],
) -> Vec<Stale<'a>> {
    let reason = |difference: &Difference| {
        let outdated = matches!(difference.state, State::Outdated | State::Edited);
        let artifact = artifacts.iter().find(|a| outdated && a.path == difference.path)?;
        Some(trace::reason(model, artifact, &io::text(out, &difference.path)?))
    };
    differences.par_iter().map(|difference| Stale { difference, reason: reason(difference) }).collect()
}

/// For people: the files with the spec lines below each; files in which only spec lines have moved are counted.
pub(super) fn say(files: &[Stale<'_>]) {
    let moved = |file: &&Stale<'_>| file.reason == Some(Reason::Moved);
    files.iter().filter(|file| !moved(file)).for_each(Stale::say);
    let number = files.iter().filter(moved).count();
    if number > 0 {
        terminal::say(&format!("outdated  {} in which only the spec lines named have moved\n", count(number, "file")));
    }
}

/// What was found in the specs, and one diagnostic for each file that differs, at the first spec line that made it stale.
pub(super) fn diagnostics(files: &[Stale<'_>], out: &Path, analysis: &Analysis) -> (Vec<Diagnostic>, Sources) {
    let (mut diagnostics, mut sources) = (analysis.diagnostics.clone(), analysis.sources.clone());
    for file in files {
        let path = out.join(&file.difference.path).display().to_string();
        let origin = line_of(file.origin(), &sources);
        let span = origin.unwrap_or_else(|| Span::new(sources.add(SourceFile::new(path.clone(), String::new())), 0..0));
        let message = format!("`{path}` is not what the specs say: it is {}", file.difference.state.name());
        diagnostics.push(Diagnostic::new(&codes::E0010, span, message).help("`sloc build` writes it"));
    }
    (diagnostics, sources)
}

/// The line that `specs/checkout.slo:12` names, without the white space around it.
pub(super) fn line_of(origin: &str, sources: &Sources) -> Option<Span> {
    // Of what a template made, this is the line that used it.
    let (path, line) = origin.split(", ").next()?.rsplit_once(':')?;
    let (id, file) = sources.iter().find(|(_, file)| file.path == path)?;
    let index = line.parse::<usize>().ok()?.checked_sub(1)?;
    let start = file.line_start(index);
    let text = file.text.get(start..)?.lines().next()?;
    let from = start + text.len() - text.trim_start().len();
    Some(Span::new(id, from..start + text.trim_end().len()))
}

/// The most things that are named for one spec line, and the most spec lines for one file.
const MOST: usize = 3;

impl Stale<'_> {
    fn causes(&self) -> &[trace::Stale] {
        if let Some(Reason::Changed(causes)) = &self.reason { causes } else { &[] }
    }

    fn say(&self) {
        terminal::say(&format!("{}\n", self.difference));
        for cause in self.causes().iter().take(MOST) {
            let more = cause.things.len().saturating_sub(MOST);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let named: Vec<&str> = cause.things.iter().take(MOST).map(String::as_str).collect();
            terminal::say(&format!("            {}: {}{more}\n", visible(&cause.origin), visible(&named.join(", "))));
        }
        if let Some(more) = self.causes().len().checked_sub(MOST).filter(|more| *more > 0) {
            terminal::say(&format!("            and {}\n", count(more, "more spec line")));
        }
    }

    /// For programs, one line.
    pub(super) fn json(&self, out: &Path) -> String {
        let path = out.join(&self.difference.path).display().to_string();
        let causes = self.causes().iter().map(|c| json!({"from": c.origin, "things": c.things}));
        let (state, from) = (self.difference.state.name(), &self.difference.origin);
        let causes: Vec<_> = causes.collect();
        json!({"path": path, "state": state, "from": from, "causes": causes}).to_string() + "\n"
    }

    /// For programs that read lines: the file, its state, the first spec line that made it stale.
    pub(super) fn short(&self, out: &Path) -> String {
        let path = out.join(&self.difference.path);
        format!("{}: {} (from {})\n", path.display(), self.difference.state.name(), self.origin())
    }

    /// The first spec line that made it stale, else the one it comes from as a whole.
    fn origin(&self) -> &str {
        self.causes().first().map_or(&self.difference.origin, |cause| &cause.origin)
    }
}
