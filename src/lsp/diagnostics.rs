//! What is wrong, told as it changes: each file anew when something else is wrong with it than was told last.

use std::collections::BTreeMap;
use std::path::Path;

use lsp_server::Notification;
use lsp_types::notification::{Notification as _, PublishDiagnostics};
use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString, PublishDiagnosticsParams,
};

use super::uri;
use super::world::{Key, Snapshot, World};
use crate::diag::{Diagnostic, Severity, codes};
use crate::source::FileId;

/// What stands beside each diagnostic to say whose it is.
const SOURCE: &str = "sloc";

/// What editors show as grey text: nothing uses it.
static UNUSED: [&codes::Code; 3] = [&codes::W0120, &codes::W0140, &codes::W0141];

/// What is wrong with each file, by its path in the project; of an open file also the editor's number of its text.
type Files = BTreeMap<String, (Option<i32>, Vec<lsp_types::Diagnostic>)>;

/// What was told.
#[derive(Default)]
pub(super) struct Published {
    told: BTreeMap<Key, Files>,
}

impl Published {
    /// What there is to tell now.
    pub(super) fn news(&mut self, world: &mut World) -> Vec<Notification> {
        let mut news = Vec::new();
        let programs = world.programs();
        let gone: Vec<Key> = self.told.keys().filter(|key| !programs.contains(key)).cloned().collect();
        for (key, files) in gone.into_iter().filter_map(|key| self.told.remove_entry(&key)) {
            news.extend(files.keys().filter_map(|path| tell(&key.root, path, &(None, Vec::new()))));
        }
        for key in programs {
            let snapshot = world.snapshot(&key);
            let mut now = by_file(&snapshot);
            for (path, version) in world.versions(&key) {
                now.entry(path).or_default().0 = Some(version);
            }
            let root = key.root.clone();
            let told = self.told.entry(key).or_default();
            let mended = told.keys().filter(|path| !now.contains_key(*path));
            news.extend(mended.filter_map(|path| tell(&root, path, &(None, Vec::new()))));
            let new = now.iter().filter(|(path, found)| told.get(*path) != Some(found));
            news.extend(new.filter_map(|(path, found)| tell(&root, path, found)));
            *told = now;
        }
        news
    }
}

fn tell(root: &Path, path: &str, found: &(Option<i32>, Vec<lsp_types::Diagnostic>)) -> Option<Notification> {
    let (version, diagnostics) = found.clone();
    let params = PublishDiagnosticsParams { uri: uri::of(&root.join(path))?, diagnostics, version };
    Some(Notification::new(PublishDiagnostics::METHOD.into(), params))
}

fn by_file(snapshot: &Snapshot) -> Files {
    let mut files: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in &snapshot.diagnostics {
        files.entry(diagnostic.primary.span.file).or_default().push(diagnostic);
    }
    let told = |(file, found): (FileId, Vec<&Diagnostic>)| {
        let lines = snapshot.lines(file);
        let one = |d: &&Diagnostic| diagnostic(snapshot, d, lines.range(d.primary.span.range()));
        (snapshot.program.sources.get(file).path.clone(), (None, found.iter().map(one).collect()))
    };
    files.into_iter().map(told).collect()
}

/// A diagnostic as the protocol has it.
pub(super) fn diagnostic(snapshot: &Snapshot, d: &Diagnostic, range: lsp_types::Range) -> lsp_types::Diagnostic {
    let severity = match d.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Note => DiagnosticSeverity::INFORMATION,
    };
    let help = d.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    let related = d.labels.iter().filter_map(|label| {
        let location = snapshot.location(label.span)?;
        let message = if label.text.is_empty() { "also here".to_string() } else { label.text.clone() };
        Some(DiagnosticRelatedInformation { location, message })
    });
    let related: Vec<DiagnosticRelatedInformation> = related.collect();
    lsp_types::Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(d.code.id.into())),
        source: Some(SOURCE.into()),
        message: format!("{}{help}", d.message),
        related_information: (!related.is_empty()).then_some(related),
        tags: UNUSED.contains(&d.code).then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..lsp_types::Diagnostic::default()
    }
}
