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
    // Room for all of it: growing byte by byte takes several times as long.
    let mut address = vec![b'%'; start.len() + 3 * panes.iter().map(|piece| piece.len()).sum::<usize>()];
    address[..start.len()].copy_from_slice(start.as_bytes());
    let end = panes.iter().fold(start.len(), |at, piece| encode(piece, &mut address, at));
    address.truncate(end);
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

/// Writes text as a value in an address, also inside the parentheses of Markdown, over percent signs from there on; gives
/// where it ends.
fn encode(text: &str, out: &mut [u8], mut at: usize) -> usize {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    for byte in text.bytes() {
        if PLAIN[usize::from(byte)] {
            out[at] = byte;
            at += 1;
        } else {
            out[at + 1] = DIGITS[usize::from(byte >> 4)];
            out[at + 2] = DIGITS[usize::from(byte & 15)];
            at += 3;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_but_what_an_address_may_hold() {
        let mut out = [b'%'; 60];
        let end = encode("a(b)=\"ä\" | ~-", &mut out, 0);
        assert_eq!(&out[..end], b"a%28b%29%3D%22%C3%A4%22%20%7C%20~-");
    }
}
