//! A query in the shape that the data source of its language reads.

use serde::Serialize;

use super::json::Reference;
use super::panels::ref_id;
use crate::model::board::{Ask, Kind, Query};

/// A query by the kind of its data source.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Target<'a> {
    #[serde(rename_all = "camelCase")]
    Prometheus {
        ref_id: String,
        datasource: Reference<'a>,
        editor_mode: &'static str,
        expr: &'a str,
        legend_format: &'a str,
        instant: bool,
        range: bool,
        format: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Loki {
        ref_id: String,
        datasource: Reference<'a>,
        editor_mode: &'static str,
        expr: &'a str,
        legend_format: &'a str,
        query_type: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Sql {
        ref_id: String,
        datasource: Reference<'a>,
        editor_mode: &'static str,
        format: &'static str,
        raw_query: bool,
        raw_sql: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    Tempo {
        ref_id: String,
        datasource: Reference<'a>,
        query_type: &'static str,
        query: &'a str,
        limit: u32,
        table_type: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Jaeger {
        ref_id: String,
        datasource: Reference<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        query_type: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        query: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        service: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
    },
}

/// How many traces a search shows.
const TRACES: u32 = 20;

/// The query of a panel of this kind.
pub(super) fn target<'a>(index: usize, query: &'a Query, kind: &Kind) -> Target<'a> {
    let (ref_id, datasource, expr) = (ref_id(index), Reference::of(query.source.as_ref()), query.expr.as_str());
    let legend_format = if query.name.is_empty() { "__auto" } else { &query.name };
    match &query.ask {
        Ask::Metrics | Ask::Buckets => Target::Prometheus {
            ref_id,
            datasource,
            editor_mode: "code",
            expr,
            legend_format,
            instant: query.instant,
            range: !query.instant,
            format: match (&query.ask, kind) {
                (Ask::Buckets, _) => "heatmap",
                (_, Kind::Table(_) | Kind::Columns(_)) => "table",
                _ => "time_series",
            },
        },
        Ask::Logs => {
            let query_type = if query.instant { "instant" } else { "range" };
            let legend_format = if query.name.is_empty() { "" } else { legend_format };
            Target::Loki { ref_id, datasource, editor_mode: "code", expr, legend_format, query_type }
        }
        Ask::Rows(series) => {
            let format = if *series { "time_series" } else { "table" };
            Target::Sql { ref_id, datasource, editor_mode: "code", format, raw_query: true, raw_sql: expr }
        }
        Ask::Search(operation) => Target::Jaeger {
            ref_id,
            datasource,
            query_type: Some("search"),
            query: None,
            service: Some(expr),
            operation: operation.as_deref(),
            limit: Some(TRACES),
        },
        Ask::Trace if datasource.kind == "jaeger" => Target::Jaeger {
            ref_id,
            datasource,
            query_type: None,
            query: Some(expr),
            service: None,
            operation: None,
            limit: None,
        },
        Ask::Traces | Ask::Trace => Target::Tempo {
            ref_id,
            datasource,
            query_type: "traceql",
            query: expr,
            limit: TRACES,
            table_type: "traces",
        },
    }
}
