//! Texts with places as Go templates, the language Prometheus and Grafana print alerts in.

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
pub fn literal(text: &str) -> String {
    // A brace at the end could join one that follows, and so could one before a dollar that Grafana must not see bare.
    let joins = text.contains("{{") || text.contains("{$") || text.ends_with('{');
    if joins { text.replace('{', "{{\"{\"}}") } else { text.to_string() }
}

fn print(text: &Text, value: &str) -> String {
    let code = |code: &Code| match code {
        Code::Text(text) => text.clone(),
        Code::Value => value.to_string(),
    };
    let part = |part: &Part| match part {
        Part::Plain(plain) => literal(plain),
        Part::Label(label) => format!("{{{{ $labels.{label} }}}}"),
        Part::Value(format) => formatted(format, value),
        Part::Action(action) => action.iter().map(code).collect(),
    };
    text.0.iter().map(part).collect()
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
