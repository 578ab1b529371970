//! Which language a query of a dashboard is in: the data source says it, by its type, by its name, or by a variable.

use std::collections::BTreeMap;

use super::json::{Kind, Value};
use crate::maps::IntoMap;
use crate::source::Spanned;
use crate::syntax::ast::Language;

/// What is known of the data sources that a dashboard names.
pub(super) struct Sources {
    /// The type of data source behind each variable and each input.
    types: BTreeMap<String, String>,
}

/// Types of data sources and the language each is asked in.
const LANGUAGES: [(&str, Language); 7] = [
    ("prometheus", Language::Promql),
    ("loki", Language::Logql),
    ("tempo", Language::Traceql),
    ("grafana-postgresql-datasource", Language::Sql),
    ("postgres", Language::Sql),
    ("mysql", Language::Sql),
    ("mssql", Language::Sql),
];

/// The key that a query of a language stands under.
pub(super) fn key(language: Language) -> &'static str {
    match language {
        Language::Promql | Language::Logql => "expr",
        Language::Sql => "rawSql",
        _ => "query",
    }
}

impl Sources {
    /// Those of a dashboard.
    pub(super) fn of(board: &Value) -> Sources {
        let variables = board.get("templating").map_or(&[][..], |t| t.items("list"));
        let chosen =
            variables.iter().filter(|v| v.word("type") == "datasource").map(|v| (v.word("name"), v.word("query")));
        let inputs = board.items("__inputs").iter().map(|i| (i.word("name"), i.word("pluginId")));
        let types = chosen.chain(inputs).map(|(name, kind)| (name.to_string(), kind.to_string()));
        Sources { types: types.into_map() }
    }

    /// The language of a query that goes to the first of these data sources that is given; `None` for one that is not read.
    pub(super) fn language(&self, given: &[Option<&Value>], query: &Value) -> Option<Language> {
        let kind = given.iter().flatten().find_map(|source| self.kind(source));
        match kind {
            Some(kind) => LANGUAGES.iter().find(|(name, _)| *name == kind).map(|(_, language)| *language),
            // The default data source is the Prometheus.
            None => (query.get("expr").is_some() || query.word("type") == "query").then_some(Language::Promql),
        }
    }

    /// The type of a data source; `None` when nothing says it, and when each query says it itself.
    fn kind(&self, source: &Value) -> Option<String> {
        let (stated, name) = match &source.kind {
            Kind::Text(name) => ("", name.as_str()),
            _ => (source.word("type"), source.word("uid")),
        };
        let mixed = |text: &str| matches!(text, "mixed" | "-- Mixed --" | "-- Dashboard --");
        if mixed(stated) || mixed(name) {
            return None;
        }
        let variable = name.strip_prefix("${").and_then(|n| n.strip_suffix('}')).or(name.strip_prefix('$'));
        let known = variable.and_then(|v| self.types.get(v)).map(String::as_str);
        let by_name = || LANGUAGES.iter().map(|(kind, _)| *kind).find(|kind| name.to_lowercase().contains(kind));
        let stated = Some(stated).filter(|s| !s.is_empty() && !s.starts_with('$'));
        stated.or(known).or_else(by_name).map(str::to_string)
    }
}

/// Every place where a data source is named by its uid, and not by a variable.
pub(super) fn named(node: &Value) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::List(items) => open.extend(items),
            Kind::Map(entries) => {
                let uid = entries.iter().filter(|(key, _)| key == "datasource").filter_map(|(_, v)| v.get("uid"));
                let named = uid.filter_map(|v| Some(Spanned::new(v.text()?.to_string(), v.span)));
                found.extend(named.filter(|name| !name.node.contains('$')));
                open.extend(entries.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    found.sort_by_key(|name| name.span);
    found
}
