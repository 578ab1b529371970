//! Links into Grafana's Explore: a query, a data source and a time, in an address.

use crate::model::{self, Project};
use crate::units::Duration;

/// Where a query is shown in Explore over a time until now; `None` where nobody says where Grafana is.
pub(super) fn explore(project: &Project, source: &str, expr: &str, back: Duration) -> Option<String> {
    let grafana = project.grafana.as_ref()?;
    // A page has several of these, so that it is written, not built as a tree.
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let (source, expr) = (text(source), text(expr));
    let asked = format!(
        r#"{{"datasource":{{"type":"prometheus","uid":{source}}},"editorMode":"code","expr":{expr},"range":true,"refId":"A"}}"#
    );
    let range = format!(r#"{{"from":"now-{}","to":"now"}}"#, model::single(back));
    let panes = format!(r#"{{"a":{{"datasource":{source},"queries":[{asked}],"range":{range}}}}}"#);
    Some(format!("{grafana}/explore?schemaVersion=1&panes={}", encoded(&panes)))
}

/// Text as a value in an address, also inside the parentheses of Markdown.
fn encoded(text: &str) -> String {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |byte: u8| char::from(DIGITS[usize::from(byte)]);
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => {
                out.push('%');
                out.push(digit(byte >> 4));
                out.push(digit(byte & 15));
            }
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
