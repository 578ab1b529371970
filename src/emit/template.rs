//! Texts with places as Go templates, the language Prometheus and Grafana print alerts in.

use std::borrow::Cow;

use crate::model::{Code, Format, Part, Text};

/// For annotations and labels of Prometheus's rules.
pub fn prometheus(text: &Text) -> String {
    print(text, "$value")
}

/// For annotations of Grafana's rules, whose first comparison is the query `A`.
pub fn grafana(text: &Text) -> String {
    print(text, "$values.A.Value")
}

/// Literal text, so that a template prints just it.
pub fn literal(text: &str) -> Cow<'_, str> {
    // A brace at the end could join one that follows, and so could one before a dollar that Grafana must not see bare.
    let joins = text.contains('{') && (text.contains("{{") || text.contains("{$") || text.ends_with('{'));
    if joins { text.replace('{', "{{\"{\"}}").into() } else { text.into() }
}

fn print(text: &Text, value: &str) -> String {
    let mut out = String::new();
    for part in &text.0 {
        match part {
            Part::Plain(plain) => out.push_str(&literal(plain)),
            Part::Label(label) => out.extend(["{{ $labels.", label, " }}"]),
            Part::Value(format) => out.push_str(&formatted(format, value)),
            Part::Action(action) => out.extend(action.iter().map(|code| match code {
                Code::Text(text) => text,
                Code::Value => value,
            })),
        }
    }
    out
}

/// The value as people read it.
fn formatted(format: &Format, value: &str) -> String {
    match format {
        Format::Percentage => format!("{{{{ {value} | humanizePercentage }}}}"),
        Format::Duration => format!("{{{{ {value} | humanizeDuration }}}}"),
        Format::Bytes(per) => format!("{{{{ {value} | humanize1024 }}}}B{per}"),
        Format::Number(decimals, unit) => format!("{{{{ printf \"%.{decimals}f\" {value} }}}}{}", literal(unit)),
        Format::Plain => format!("{{{{ printf \"%.4g\" {value} }}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_a_template_stays_text() {
        assert_eq!(literal("a {{ $value }}"), "a {{\"{\"}}{{\"{\"}} $value }}");
        assert_eq!(literal("a {${x}"), "a {{\"{\"}}${{\"{\"}}x}");
        let text = Text(vec![Part::Plain("{".into()), Part::Label("job".into())]);
        assert_eq!(prometheus(&text), "{{\"{\"}}{{ $labels.job }}");
        assert_eq!(grafana(&Text(vec![Part::Value(Format::Percentage)])), "{{ $values.A.Value | humanizePercentage }}");
    }
}
