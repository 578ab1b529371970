//! Texts in `"""`: set in with the statement they belong to, and never another text.

use crate::syntax;

use super::STEP;

/// A text in quotes as it stands in a statement at `indent`. One that the author wrote on several lines has its lines
/// set in below the statement; any other stays as it is.
pub(super) fn quoted(source: &str, indent: usize) -> String {
    spread(source, indent).unwrap_or_else(|| source.to_string())
}

/// Whether it takes several lines.
pub(super) fn is_spread(source: &str) -> bool {
    source.contains('\n')
}

fn spread(source: &str, indent: usize) -> Option<String> {
    let text = syntax::long_text(source).filter(|_| is_spread(source))?;
    let inner = " ".repeat(indent + STEP);
    let line = |line: &str| if line.is_empty() { "\n".to_string() } else { format!("\n{inner}{line}") };
    let lines: String = text.split('\n').map(line).collect();
    let quoted = format!("\"\"\"{lines}\n{}\"\"\"", " ".repeat(indent));
    Some(quoted).filter(|quoted| syntax::long_text(quoted) == Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_set_in_and_keep_their_distances() {
        let source = "\"\"\"\n1. Look\n     - closer\t\n\n\n2. Act\n\"\"\"";
        let wanted = "\"\"\"\n      1. Look\n           - closer\n\n\n      2. Act\n    \"\"\"";
        assert_eq!(quoted(source, 4), wanted);
        assert_eq!(quoted(wanted, 4), wanted);
    }

    #[test]
    fn a_text_that_cannot_be_set_in_stays_as_it_is() {
        for source in ["\"plain\"", "\"\"\" one line \"\"\"", "\"\"\"  a\n\"\"\"", "\"\"\"\n\"\"\""] {
            assert_eq!(syntax::long_text(&quoted(source, 4)), syntax::long_text(source));
        }
        assert_eq!(quoted("\"\"\"  a\n\"\"\"", 4), "\"\"\"  a\n\"\"\"");
    }
}
