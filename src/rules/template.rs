//! Prometheus's template language, as far as it reads labels and values: `{{ $labels.instance }}`, `{{ $value }}`.

use std::ops::Range;

/// Something a template reads, and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Read {
    /// `$labels.name` or `.Labels.name`.
    Label(String, Range<usize>),
    /// `$value` or `.Value`.
    Value(Range<usize>),
    /// An action that is not closed.
    Unclosed(Range<usize>),
}

/// Everything that the actions of a text read, in their order.
pub(super) fn reads(text: &str) -> Vec<Read> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find("{{")).map(|i| at + i) {
        let Some(length) = action(text.get(open + 2..).unwrap_or("")) else {
            out.push(Read::Unclosed(open..open + 2));
            return out;
        };
        inside(text, open + 2..open + 2 + length, &mut out);
        at = open + 2 + length + 2;
    }
    out
}

/// The length of an action, up to its `}}`; quotes may hold braces.
fn action(rest: &str) -> Option<usize> {
    if rest.trim_start_matches('-').trim_start().starts_with("/*") {
        return rest.find("}}");
    }
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in rest.char_indices() {
        match (quote, c) {
            (Some(q), _) if escaped && q != '`' => escaped = false,
            (Some('"' | '\''), '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '}') if rest.get(i..).is_some_and(|r| r.starts_with("}}")) => return Some(i),
            (None, _) => {}
        }
    }
    None
}

/// The names that an action reads.
fn inside(text: &str, action: Range<usize>, out: &mut Vec<Read>) {
    let body = text.get(action.clone()).unwrap_or("");
    let mut found = Vec::new();
    for prefix in ["$labels.", ".Labels."] {
        for (i, _) in body.match_indices(prefix) {
            let rest = body.get(i + prefix.len()..).unwrap_or("");
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let at = action.start + i;
            let name = rest.get(..length).unwrap_or("").to_string();
            if !name.is_empty() {
                found.push((at, Read::Label(name, at..at + prefix.len() + length)));
            }
        }
    }
    for word in ["$value", ".Value"] {
        for (i, _) in body.match_indices(word) {
            let next = body.get(i + word.len()..).and_then(|r| r.chars().next());
            // `$values` and `.Values` are other names.
            if !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                let at = action.start + i;
                found.push((at, Read::Value(at..at + word.len())));
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    out.extend(found.into_iter().map(|(_, read)| read));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_values_are_found_in_actions_only() {
        let text =
            "$labels.no {{ $labels.job }} {{ printf \"}}\" .Labels.a_b }} {{ $value | humanize }} {{ $values.A }}";
        let names: Vec<String> = reads(text)
            .into_iter()
            .map(|r| match r {
                Read::Label(name, at) => format!("{name}={}", &text[at]),
                Read::Value(at) => text[at].to_string(),
                Read::Unclosed(_) => "unclosed".into(),
            })
            .collect();
        assert_eq!(names, ["job=$labels.job", "a_b=.Labels.a_b", "$value"]);
        assert_eq!(reads("{{ $labels.x"), [Read::Unclosed(0..2)]);
    }
}
