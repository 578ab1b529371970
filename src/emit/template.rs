//! Texts with places as Go templates, the language Prometheus and Grafana print alerts in.

use crate::model::{Part, Text};

/// For annotations and labels of Prometheus's rules.
pub fn prometheus(text: &Text) -> String {
    print(text, "$value | humanizePercentage")
}

/// For annotations of Grafana's rules, whose first comparison is the query `A`.
pub fn grafana(text: &Text) -> String {
    print(text, "humanizePercentage $values.A.Value")
}

/// Literal text, so that a template prints just it.
pub fn literal(text: &str) -> String {
    // A brace at the end could join one that follows.
    if text.contains("{{") || text.ends_with('{') { text.replace('{', "{{\"{\"}}") } else { text.to_string() }
}

fn print(text: &Text, percentage: &str) -> String {
    let part = |part: &Part| match part {
        Part::Plain(plain) => literal(plain),
        Part::Label(label) => format!("{{{{ $labels.{label} }}}}"),
        Part::Percentage => format!("{{{{ {percentage} }}}}"),
    };
    text.0.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_a_template_stays_text() {
        assert_eq!(literal("a {{ $value }}"), "a {{\"{\"}}{{\"{\"}} $value }}");
        let text = Text(vec![Part::Plain("{".into()), Part::Label("job".into())]);
        assert_eq!(prometheus(&text), "{{\"{\"}}{{ $labels.job }}");
        assert_eq!(grafana(&Text(vec![Part::Percentage])), "{{ humanizePercentage $values.A.Value }}");
    }
}
