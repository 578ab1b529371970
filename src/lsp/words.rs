//! What kinds of names are called: in words, and in the protocol's own kinds.

use lsp_types::{CompletionItemKind, SymbolKind};

use crate::resolve::NameKind;
use crate::syntax::ast::Slo;

/// As a person calls it.
pub(super) fn name(kind: NameKind) -> &'static str {
    match kind {
        NameKind::Service => "service",
        NameKind::Slo => "objective",
        NameKind::Alert => "alert",
        NameKind::Team => "team",
        NameKind::Contact => "contact",
        NameKind::Policy => "policy",
        NameKind::Template => "template",
        NameKind::Parameter => "parameter",
        NameKind::Datasource => "data source",
        NameKind::Environment => "environment",
        NameKind::Folder => "folder",
        NameKind::Dashboard => "dashboard",
        NameKind::Variable => "variable",
        NameKind::Metric => "metric",
        NameKind::Label => "label",
        NameKind::Severity => "severity",
        NameKind::Code => "code",
        NameKind::File => "file",
    }
}

/// `99.9% over 30d`; `None` while it is not written whole.
pub(super) fn promise(slo: &Slo) -> Option<String> {
    let (objective, period) = slo.objective.zip(slo.period)?;
    let over = slo.calendar.as_ref().map_or_else(|| period.node.to_string(), ToString::to_string);
    Some(format!("{} over {over}", objective.node.percent()))
}

/// As editors list symbols.
pub(super) fn symbol(kind: NameKind) -> SymbolKind {
    match kind {
        NameKind::Service => SymbolKind::MODULE,
        NameKind::Slo => SymbolKind::CLASS,
        NameKind::Alert => SymbolKind::EVENT,
        NameKind::Team | NameKind::Contact => SymbolKind::INTERFACE,
        NameKind::Policy => SymbolKind::STRUCT,
        NameKind::Template => SymbolKind::FUNCTION,
        NameKind::Datasource | NameKind::Dashboard => SymbolKind::OBJECT,
        NameKind::Environment | NameKind::Folder => SymbolKind::NAMESPACE,
        NameKind::Metric | NameKind::Parameter | NameKind::Variable => SymbolKind::VARIABLE,
        NameKind::Label => SymbolKind::FIELD,
        NameKind::Severity | NameKind::Code => SymbolKind::CONSTANT,
        NameKind::File => SymbolKind::FILE,
    }
}

/// As editors mark what they complete.
pub(super) fn completion(kind: NameKind) -> CompletionItemKind {
    match kind {
        NameKind::Service | NameKind::Environment | NameKind::Folder => CompletionItemKind::MODULE,
        NameKind::Slo => CompletionItemKind::CLASS,
        NameKind::Alert => CompletionItemKind::EVENT,
        NameKind::Team | NameKind::Contact => CompletionItemKind::INTERFACE,
        NameKind::Policy | NameKind::Datasource | NameKind::Dashboard => CompletionItemKind::STRUCT,
        NameKind::Template => CompletionItemKind::FUNCTION,
        NameKind::Metric | NameKind::Parameter | NameKind::Variable => CompletionItemKind::VARIABLE,
        NameKind::Label => CompletionItemKind::FIELD,
        NameKind::Severity | NameKind::Code => CompletionItemKind::CONSTANT,
        NameKind::File => CompletionItemKind::FILE,
    }
}
