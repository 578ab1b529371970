//! What sloc would refuse in the specs that were written, though the source had it: allowed where it stands, with the
//! reason, so that a team can move first and mend then.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{self, Block};
use super::report::{Entry, Fate};
use super::rules::is_fatal;
use crate::diag::Diagnostic;
use crate::driver;
use crate::source::{FileId, LoadError, Loader, SourceFile};
use crate::syntax::{self, PieceKind};

/// Specs in memory, below `specs/`.
pub(super) struct Written<'a>(pub(super) &'a [(String, String)]);

impl Loader for Written<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        let specs = self.0.iter().filter(|(path, _)| path.ends_with(".slo"));
        Ok(specs.map(|(path, _)| format!("specs/{path}")).collect())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let name = path.strip_prefix("specs/").unwrap_or(path);
        self.0.iter().find(|(p, _)| p == name).map(|(_, text)| text.clone().into_bytes()).ok_or(LoadError::Missing)
    }
}

/// How often it is looked again: what is allowed may have hidden something else.
const ROUNDS: usize = 4;

/// The specs with what must be allowed in them, and what a person has to look at.
pub(super) fn settle(mut specs: Vec<(String, String)>) -> (Vec<(String, String)>, Vec<Entry>) {
    let mut report = Vec::new();
    for _ in 0..ROUNDS {
        let Ok(analysis) = driver::analyze(&Written(&specs)) else { break };
        let errors: Vec<&Diagnostic> = analysis.diagnostics.iter().filter(|d| d.is_error()).collect();
        let (lints, fatal): (Vec<&Diagnostic>, Vec<&Diagnostic>) = errors.into_iter().partition(|d| d.code.lint);
        let place = |d: &Diagnostic| analysis.sources.place(d.primary.span);
        if lints.is_empty() {
            let mend = |d: &&Diagnostic| format!("{}: mend it before the first build", d.message);
            let entry = |d: &&Diagnostic| Entry::new(Fate::Missing, format!("error {}", d.code.id), place(d), mend(d));
            report.extend(fatal.iter().map(entry));
            break;
        }
        let mut allowed: BTreeMap<String, BTreeSet<(usize, &'static str)>> = BTreeMap::new();
        for d in lints {
            let file = analysis.sources.get(d.primary.span.file);
            let name = file.path.strip_prefix("specs/").unwrap_or(&file.path).to_string();
            let here = || (name.clone(), statement(file, d.primary.span.start));
            let (name, line) = keeper(&specs, &name).unwrap_or_else(here);
            if allowed.entry(name).or_default().insert((line, d.code.id)) {
                report.push(Entry::new(Fate::Missing, format!("allowed {}", d.code.id), place(d), d.message.clone()));
            }
        }
        let text = |(name, text): (String, String)| match allowed.get(&name) {
            Some(lines) => (name, with_allowances(&text, lines)),
            None => (name, text),
        };
        specs = specs.into_iter().map(text).collect();
    }
    (specs, report)
}

/// Whether a block can stand in a service: whether nothing is wrong in it that no comment could allow.
pub(super) fn fits(block: &Block) -> bool {
    let mut service = Block::new("service probe");
    service.block(block.clone());
    let specs = [("probe.slo".to_string(), block::file(&[], &[(Vec::new(), service)]))];
    let analysis = driver::analyze(&Written(&specs));
    analysis.is_ok_and(|a| !a.diagnostics.iter().any(is_fatal))
}

/// The same for what stands in a file by itself.
pub(super) fn stands(block: &Block) -> bool {
    let specs = [("probe.slo".to_string(), block::file(&[], &[(Vec::new(), block.clone())]))];
    driver::analyze(&Written(&specs)).is_ok_and(|a| !a.diagnostics.iter().any(is_fatal))
}

/// The spec that names a file of JSON, which has no comments, and the line on which it does.
fn keeper(specs: &[(String, String)], file: &str) -> Option<(String, usize)> {
    let named = format!("from {}", block::quoted(file));
    let line = |text: &str| text.lines().position(|line| line.ends_with(&named));
    specs.iter().filter(|_| file.ends_with(".json")).find_map(|(path, text)| Some((path.clone(), line(text)?)))
}

/// The diagnostics of a dashboard that is kept as it is, with the texts they are about.
pub(super) fn kept(item: String, path: &str, json: &str) -> (Vec<Diagnostic>, crate::source::Sources) {
    let specs = [("probe.slo".to_string(), item), (path.to_string(), json.to_string())];
    driver::analyze(&Written(&specs)).map_or_else(|_| Default::default(), |a| (a.diagnostics, a.sources))
}

/// The line, from 0, on which the statement begins in which `at` stands.
fn statement(file: &SourceFile, at: u32) -> usize {
    let parsed = syntax::parse(FileId(0), &file.text);
    let head = parsed.pieces.iter().rfind(|p| p.kind == PieceKind::Head && p.span.start <= at);
    head.map_or(0, |head| file.line_index(head.span.start as usize))
}

fn with_allowances(text: &str, allowed: &BTreeSet<(usize, &'static str)>) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        for (_, code) in allowed.iter().filter(|(at, _)| *at == index) {
            out += &format!("{indent}# allow {code}: as it was where it comes from\n");
        }
        out += &format!("{line}\n");
    }
    out
}
