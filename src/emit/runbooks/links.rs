//! Links into Grafana's Explore: a query, a data source and a time, in an address.

use crate::model::{self, Project};
use crate::units::Duration;

/// Where a query is shown in Explore over a time until now; `None` where nobody says where Grafana is.
pub(super) fn explore(project: &Project, source: &str, expr: &str, back: Duration) -> Option<String> {
    let grafana = project.grafana.as_ref()?;
    // A page has several of these, so that it is written, not built as a tree. Texts in JSON cannot fail.
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let (source, expr) = (text(source), text(expr));
    let panes = [
        r#"{"a":{"datasource":"#,
        &source,
        r#","queries":[{"datasource":{"type":"prometheus","uid":"#,
        &source,
        r#"},"editorMode":"code","expr":"#,
        &expr,
        r#","range":true,"refId":"A"}],"range":{"from":"now-"#,
        &model::single(back),
        r#"","to":"now"}}}"#,
    ];
    let start = format!("{grafana}/explore?schemaVersion=1&panes=");
    let mut address = Vec::with_capacity(start.len() + 3 * panes.iter().map(|piece| piece.len()).sum::<usize>());
    address.extend(start.bytes());
    panes.iter().for_each(|piece| encode(piece, &mut address));
    String::from_utf8(address).ok()
}

/// The bytes that stand for themselves in an address.
static PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'_' | b'.' | b'~');
        byte += 1;
    }
    table
};

/// Writes text as a value in an address, also inside the parentheses of Markdown.
fn encode(text: &str, out: &mut Vec<u8>) {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    for byte in text.bytes() {
        if PLAIN[usize::from(byte)] {
            out.push(byte);
        } else {
            out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_but_what_an_address_may_hold() {
        let mut out = Vec::new();
        encode("a(b)=\"ä\" | ~-", &mut out);
        assert_eq!(out, b"a%28b%29%3D%22%C3%A4%22%20%7C%20~-");
    }
}
