//! Links into Grafana's Explore: a query, a data source and a time, in an address.

use std::fmt::Write;

use serde_json::json;

use crate::model::{self, Model};
use crate::units::Duration;

/// Where a query is shown in Explore over a time until now; `None` where nobody says where Grafana is.
pub(super) fn explore(model: &Model, source: &str, expr: &str, back: Duration) -> Option<String> {
    let grafana = model.project.grafana.as_ref()?;
    let query = json!({
        "refId": "A",
        "datasource": { "type": "prometheus", "uid": source },
        "editorMode": "code",
        "expr": expr,
        "range": true,
    });
    let range = json!({ "from": format!("now-{}", model::single(back)), "to": "now" });
    let panes = json!({ "a": { "datasource": source, "queries": [query], "range": range } });
    Some(format!("{grafana}/explore?schemaVersion=1&panes={}", encoded(&panes.to_string())))
}

/// Text as a value in an address, also inside the parentheses of Markdown.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_but_what_an_address_may_hold() {
        assert_eq!(encoded("a(b)=\"ä\" | ~-"), "a%28b%29%3D%22%C3%A4%22%20%7C%20~-");
    }
}
