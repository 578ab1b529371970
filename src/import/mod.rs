//! Specs out of other tools' files: read with a place for every word, written as a person would, and a report of what came
//! over. A document that cannot be had is refused by itself and never stops the others.

mod block;
mod comments;
mod disguise;
mod fields;
mod grafana;
mod grafana_board;
mod grafana_kept;
mod grafana_panel;
mod labels;
mod metrics;
mod names;
mod openslo;
mod openslo_calendar;
mod openslo_objects;
mod openslo_sli;
mod pyrra;
mod query;
mod report;
mod rules;
mod settle;
mod sloth;
mod spec;
mod verify;
mod windows;

use crate::diag::{self, Diagnostic, codes};
use crate::resolve::texts;
use crate::rules::yaml::{self, Node};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::units::Duration;

pub use report::{Entry, Fate};
pub use verify::{Verdict, as_made, verify};

use fields::Reader;
use spec::Specs;

/// Where the files come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// Sloth: its own specs, its Kubernetes resources, the OpenSLO that it reads, and AlertWindows.
    Sloth,
    /// Pyrra's ServiceLevelObjectives.
    Pyrra,
    /// OpenSLO.
    OpenSlo,
    /// Rule files of Prometheus and `PrometheusRule`s.
    Prometheus,
    /// Grafana's exported alerts and classic dashboards.
    Grafana,
}

/// What is asked for beside the files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The period of objectives that name none; that of the source when not given.
    pub period: Option<Duration>,
    /// Whether rules get the names of sloc rather than those of the source.
    pub rename: bool,
    /// Whether the period under Sloth's names is Σerrors / Σtotal.
    pub events: bool,
    /// Whether Pyrra's generic rules are made.
    pub generic: bool,
    /// Whether Pyrra reads buckets as Prometheus 2 and 3 spell them.
    pub prometheus3: bool,
    /// Labels that the source's own program was told to add.
    pub labels: Vec<(String, String)>,
    /// The version that the source's own program writes into its rules.
    pub version: Option<String>,
}

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    /// The texts that were read.
    pub sources: Sources,
    /// What is wrong in them, in their order.
    pub diagnostics: Vec<Diagnostic>,
    /// The specs, by path below the directory of the specs.
    pub specs: Vec<(String, String)>,
    /// What became of each thing.
    pub report: Vec<Entry>,
}

/// Reads files, given by path and bytes, and writes specs that say the same.
pub fn import(from: From, files: Vec<(String, Vec<u8>)>, options: &Options) -> Imported {
    let mut importer = Importer::new(from, options);
    let ids: Vec<FileId> = files.into_iter().filter_map(|(path, bytes)| importer.text(path, bytes)).collect();
    let documents: Vec<Document> = ids.into_iter().flat_map(|id| importer.documents(id)).collect();
    // What the others refer to comes first.
    let (first, others): (Vec<Document>, Vec<Document>) = documents.into_iter().partition(|d| d.kind == "AlertWindows");
    let objects = openslo::objects(&others);
    if from == From::Prometheus {
        importer.records = rules::records(&others);
    }
    if from == From::OpenSlo {
        importer.mentioned = openslo_objects::mentioned(&others);
    }
    first.iter().chain(&others).for_each(|document| importer.document(document, &objects));
    importer.finish()
}

/// A document of a file.
struct Document {
    node: Node,
    /// `prometheus/v1`, `openslo/v1`, `monitoring.coreos.com/v1`; empty without one.
    version: String,
    /// `SLO`; empty without one.
    kind: String,
}

/// The state of an import.
struct Importer<'a> {
    from: From,
    options: &'a Options,
    sources: Sources,
    reader: Reader,
    specs: Specs,
    report: Vec<Entry>,
    windows: Vec<windows::Windows>,
    /// What rules record, in any of the files.
    records: Vec<disguise::Recorded>,
    /// Objects of OpenSLO that others name, by kind and name.
    mentioned: std::collections::BTreeSet<(String, String)>,
}

impl<'a> Importer<'a> {
    fn new(from: From, options: &'a Options) -> Importer<'a> {
        let (sources, reader, specs, report, windows) = Default::default();
        let (records, mentioned) = Default::default();
        Importer { from, options, sources, reader, specs, report, windows, records, mentioned }
    }

    /// The id of a text; none, with a message, when it is no text.
    fn text(&mut self, path: String, bytes: Vec<u8>) -> Option<FileId> {
        let (text, bad) = texts::decode(bytes);
        let file = self.sources.add(SourceFile::new(path, text));
        self.reader.diagnostics.extend(bad.map(|bad| bad.diagnostic(file)));
        bad.is_none().then_some(file)
    }

    /// The documents of a file, those of lists one by one; empty ones are none. What is no YAML is reported, and what stands
    /// behind it read all the same.
    fn documents(&mut self, file: FileId) -> Vec<Document> {
        let text = self.sources.get(file).text.clone();
        let (mut documents, mut from) = (Vec::new(), Some(0));
        while let Some(start) = from {
            let (nodes, wrong) = yaml::read(&without(&text, start), file);
            let last = nodes.last().map_or(start, |n| n.span.start as usize);
            from = wrong.as_ref().and_then(|wrong| next_document(&text, start, last.max(wrong.span.start as usize)));
            self.reader.diagnostics.extend(wrong.map(|wrong| not_yaml(&text, wrong)));
            nodes.into_iter().for_each(|node| flatten(node, &mut documents));
        }
        documents
    }

    fn document(&mut self, document: &Document, objects: &openslo::Objects) {
        match (self.from, document.version.as_str(), document.kind.as_str()) {
            (From::Sloth, "prometheus/v1", _) => self.sloth(document, sloth::Dialect::Plain),
            (From::Sloth, "sloth.slok.dev/v1", "PrometheusServiceLevel") => {
                self.sloth(document, sloth::Dialect::Resource)
            }
            (From::Sloth, "sloth.slok.dev/v1", "AlertWindows") => self.alert_windows(&document.node),
            (From::Pyrra, "pyrra.dev/v1alpha1", "ServiceLevelObjective") => self.pyrra(document),
            (From::Sloth, "openslo/v1alpha", _) | (From::OpenSlo, "openslo/v1alpha" | "openslo/v1", _) => {
                self.openslo(document, objects);
            }
            (From::OpenSlo, "openslo.com/v2alpha" | "openslo/v2alpha", _) => self.openslo(document, objects),
            (From::Prometheus, _, "PrometheusRule") => self.rule_file(document),
            (From::Prometheus, "", "") if document.node.get("groups").is_some() => self.rule_file(document),
            (From::Prometheus, "", "") if document.node.get("rule_files").is_some() => self.rule_tests(document),
            (From::Grafana, ..) if document.node.get("groups").is_some() => self.grafana_alerts(document),
            (From::Grafana, ..) if is_board(&document.node) => self.grafana_board(document),
            _ => self.stranger(document),
        }
    }

    /// Tests for promtool, which stand beside rules.
    fn rule_tests(&mut self, document: &Document) {
        let place = self.place(document.node.span);
        let note = "what is built has tests of its own, and `test` items say what these do";
        self.report.push(Entry::new(Fate::Missing, "tests of rules", place, note));
    }

    /// A document that this import does not read.
    fn stranger(&mut self, document: &Document) {
        let (version, kind) = (&document.version, &document.kind);
        let is = match (version.as_str(), kind.as_str()) {
            ("", "") => "it has neither `version` nor `apiVersion`".to_string(),
            (version, "") => format!("its version is `{version}`"),
            (version, kind) => format!("it is a `{kind}` of `{version}`"),
        };
        let message = format!("this document is none of {}: {is}", self.from.name());
        let place = ["version", "apiVersion", "kind"].iter().find_map(|key| document.node.get(key));
        let span = place.map_or(document.node.span, |n| n.span);
        self.reader.report(Diagnostic::new(&codes::E0710, span, message).here("not read").help(self.from.kinds()));
    }

    /// `path:line`.
    fn place(&self, span: Span) -> String {
        self.sources.place(span)
    }

    fn finish(self) -> Imported {
        let Importer { sources, reader, specs, report, .. } = self;
        let mut diagnostics = reader.diagnostics;
        let (specs, settled) = settle::settle(specs.files());
        let mut report = report;
        report.extend(settled);
        diag::in_order(&mut diagnostics);
        Imported { sources, diagnostics, specs, report }
    }
}

impl From {
    /// Whether its rules get names of sloc when nobody says otherwise.
    pub fn is_renamed(self) -> bool {
        !matches!(self, From::Sloth | From::Pyrra)
    }

    /// What it is called.
    fn name(self) -> &'static str {
        match self {
            From::Sloth => "Sloth's",
            From::Pyrra => "Pyrra's",
            From::OpenSlo => "OpenSLO's",
            From::Prometheus => "Prometheus's",
            From::Grafana => "Grafana's",
        }
    }

    /// What it reads.
    fn kinds(self) -> &'static str {
        match self {
            From::Sloth => {
                "`version: prometheus/v1`, a `PrometheusServiceLevel`, an `AlertWindows` or an OpenSLO `v1alpha`"
            }
            From::Pyrra => "a `ServiceLevelObjective` of `pyrra.dev/v1alpha1`",
            From::OpenSlo => "objects of `openslo/v1`, `openslo/v1alpha` and `openslo.com/v2alpha`",
            From::Prometheus => "a file with `groups:` or a `PrometheusRule`",
            From::Grafana => "an export of alert rules, or a classic dashboard",
        }
    }
}

/// A text with nothing in it up to `start`, so that what follows stands where it did.
fn without(text: &str, start: usize) -> String {
    let blank = |c: char| if matches!(c, '\n' | '\r') { c.to_string() } else { " ".repeat(c.len_utf8()) };
    let (before, rest) = text.split_at(start);
    before.chars().map(blank).collect::<String>() + rest
}

/// Where the document begins that stands behind the one from `start` in which `at` is.
fn next_document(text: &str, start: usize, at: usize) -> Option<usize> {
    let mut marks = text.match_indices("\n---").map(|(index, _)| index + 1);
    let ends =
        |mark: usize| text.get(mark + 3..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r']));
    marks.find(|mark| *mark > start && *mark >= at && ends(*mark))
}

/// A message about what is no YAML.
fn not_yaml(text: &str, wrong: yaml::NotYaml) -> Diagnostic {
    let wrong_at = wrong.span.start as usize;
    let diagnostic = Diagnostic::new(&codes::E0601, wrong.span, format!("this is not YAML: {}", wrong.message));
    let diagnostic = match wrong.first {
        Some(first) => diagnostic.here("the second").label(first, "the first"),
        None => diagnostic,
    };
    let at = wrong_at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind("\n---")).unwrap_or(0);
    let end = text.get(at..).and_then(|behind| behind.find("\n---")).map_or(text.len(), |length| at + length);
    let document = text.get(start..end).unwrap_or("");
    let helm = [".Values", ".Release", ".Chart", "include \""].iter().any(|w| document.contains(w));
    let help =
        "templates of Helm and the like are files only when they are filled in: import what `helm template` prints";
    diagnostic.maybe_help(helm.then(|| help.to_string()))
}

/// Whether this is a classic dashboard, by itself or as the API gives it.
fn is_board(node: &Node) -> bool {
    let board = node.get("dashboard").unwrap_or(node);
    board.get("title").is_some() && (board.get("panels").is_some() || board.get("rows").is_some())
}

/// Documents of their own in lists of Kubernetes; nothing of what is empty.
fn flatten(node: Node, documents: &mut Vec<Document>) {
    let word = |key: &str| node.get(key).and_then(Node::text).map_or(String::new(), |t| t.value.clone());
    let kind = word("kind");
    let version = Some(word("version")).filter(|v| !v.is_empty()).unwrap_or_else(|| word("apiVersion"));
    match (&node.kind, node.get("items").map(|n| &n.kind)) {
        (yaml::Kind::Null, _) => {}
        (yaml::Kind::List(items), _) => items.iter().cloned().for_each(|item| flatten(item, documents)),
        (_, Some(yaml::Kind::List(items))) if kind.ends_with("List") => {
            items.iter().cloned().for_each(|item| flatten(item, documents));
        }
        _ => documents.push(Document { node, version, kind }),
    }
}
