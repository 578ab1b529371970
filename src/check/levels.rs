//! How loud a message is: the project's levels, and single places silenced by a comment that gives a reason.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Severity, codes, did_you_mean};
use crate::resolve::Program;
use crate::source::Span;
use crate::syntax::ast::{Comment, Item, Level, Project};

/// `# allow W0403: the exporter has no totals`, at the end of the line it is for, or on the line before.
struct Silence {
    code: &'static Code,
    /// What it is for.
    about: Span,
    /// Where its code stands.
    span: Span,
    used: bool,
}

/// Applies levels and silences to what was found, and reports those that are wrong or without use.
pub(super) fn apply(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    let items = || program.files.iter().flat_map(|f| &f.items);
    let project = items().find_map(|i| if let Item::Project(p) = i { Some(p) } else { None });
    let mut extra = Vec::new();
    let levels = levels(project, &mut extra);
    let mut silences = silences(program, &mut extra);
    diagnostics.retain_mut(|d| {
        if !may_change(d.code) {
            return true;
        }
        match levels.get(d.code.id) {
            Some(None) => return false,
            Some(Some(severity)) => d.severity = *severity,
            None => {}
        }
        let place = d.primary.span;
        // In JSON there are no comments: what is allowed in it stands where its file is named.
        let named = program.kept.iter().filter(|(_, board)| board.file == place.file).map(|(name, _)| *name);
        let places: Vec<Span> = named.chain([place]).collect();
        let within =
            |s: &Silence, at: &Span| s.about.file == at.file && (s.about.start..=s.about.end).contains(&at.start);
        let about = |s: &Silence| places.iter().any(|at| within(s, at));
        let silence = silences.iter_mut().find(|s| s.code == d.code && about(s));
        silence.map(|s| s.used = true).is_none()
    });
    let unused = silences.iter().filter(|s| !s.used);
    extra.extend(unused.map(|s| {
        let message = format!("`{}` is allowed here but not reported here", s.code.id);
        Diagnostic::new(&codes::W0101, s.span, message)
            .here("silences nothing")
            .help("remove the comment; it is for its own line, or for the next when it stands alone")
    }));
    diagnostics.extend(extra);
}

/// Whether a code's level may be changed. An error that leaves nothing sound to generate from keeps its level.
fn may_change(code: &Code) -> bool {
    code.severity != Severity::Error || code.lint
}

/// The levels that are set, by code id; `None` for `off`.
fn levels(project: Option<&Project>, found: &mut Vec<Diagnostic>) -> BTreeMap<&'static str, Option<Severity>> {
    let mut levels = BTreeMap::new();
    for Level { level, code } in project.into_iter().flat_map(|p| &p.levels) {
        let severity = match level.node.as_str() {
            "error" => Some(Severity::Error),
            "warn" => Some(Severity::Warning),
            "note" => Some(Severity::Note),
            _ => None,
        };
        match known(&code.node, code.span) {
            Ok(code) => {
                levels.insert(code.id, severity);
            }
            Err(diagnostic) => found.push(*diagnostic),
        }
    }
    levels
}

/// The code that a word means, if its level may be changed.
fn known(word: &str, span: Span) -> Result<&'static Code, Box<Diagnostic>> {
    let Some(code) = codes::find(word) else {
        let near = did_you_mean(word, codes::ALL.iter().flat_map(|c| [c.id, c.name]));
        let help = near.unwrap_or_else(|| "`sloc explain --list` lists them".into());
        return Err(Box::new(
            Diagnostic::new(&codes::E0103, span, format!("there is no code `{word}`")).here("not known").help(help),
        ));
    };
    if may_change(code) {
        return Ok(code);
    }
    let message = format!("the level of {} ({}) cannot be changed", code.id, code.name);
    let help = "with such an error there is nothing sound to generate";
    Err(Box::new(Diagnostic::new(&codes::E0108, span, message).here("always an error").help(help)))
}

/// The silences of every file.
fn silences(program: &Program, found: &mut Vec<Diagnostic>) -> Vec<Silence> {
    let comments = program.files.iter().flat_map(|f| &f.comments);
    comments.filter_map(|comment| silence(program, comment, found)).collect()
}

fn silence(program: &Program, comment: &Comment, found: &mut Vec<Diagnostic>) -> Option<Silence> {
    let text = program.sources.text(comment.span);
    let rest = text.trim_start_matches('#').trim_start().strip_prefix("allow ")?;
    let word = rest.trim_start().split([':', ' ']).next().filter(|w| !w.is_empty())?;
    if !word.starts_with(['E', 'W']) && codes::find(word).is_none() {
        return None;
    }
    let at = text.find(word)?;
    let span = comment.span.inside(at..at + word.len());
    let code = match known(word, span) {
        Ok(code) => code,
        Err(diagnostic) => {
            found.push(*diagnostic);
            return None;
        }
    };
    let reason = text[at + word.len()..].trim_start_matches([':', ' ']).trim();
    if reason.len() < 3 {
        let message = format!("`{}` is allowed here without a reason", code.id);
        found.push(
            Diagnostic::new(&codes::E0109, span, message)
                .here("why?")
                .help(format!("`# allow {}: the reason`", code.id)),
        );
    }
    Some(Silence { code, about: comment.about, span, used: false })
}
