//! Diagnostics as workflow commands, which GitHub shows beside the lines of a pull request.

use super::render::Place;
use super::{Diagnostic, Severity};
use crate::source::Sources;

/// One command a line. `root` is the project's directory in the repository, empty or ending in `/`.
pub fn commands(diagnostics: &[Diagnostic], sources: &Sources, root: &str) -> String {
    diagnostics.iter().map(|d| command(d, sources, root)).collect()
}

/// `::error file=specs/a.slo,line=3,endLine=3,col=5,endColumn=9,title=E0101 duplicate-name::message`.
fn command(d: &Diagnostic, sources: &Sources, root: &str) -> String {
    let kind = match d.severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let at = Place::of(d.primary.span, sources);
    // Columns are refused for a place of several lines. The end stands on the last character, not behind it.
    let last = at.end_column.saturating_sub(1).max(at.column);
    let columns = if at.line == at.end_line { format!(",col={},endColumn={last}", at.column) } else { String::new() };
    let file = property(&format!("{root}{}", at.path));
    let title = property(&format!("{} {}", d.code.id, d.code.name));
    let (line, end) = (at.line, at.end_line);
    format!(
        "::{kind} file={file},line={line},endLine={end}{columns},title={title}::{}\n",
        data(&message(d, sources, root))
    )
}

/// All there is to say, one line for each place and for the help.
fn message(d: &Diagnostic, sources: &Sources, root: &str) -> String {
    let mut text = d.message.clone();
    if !d.primary.text.is_empty() {
        text += &format!("\nhere: {}", d.primary.text);
    }
    for label in d.labels.iter().filter(|label| !label.text.is_empty()) {
        let at = Place::of(label.span, sources);
        text += &format!("\n{root}{}:{}: {}", at.path, at.line, label.text);
    }
    text + &d.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"))
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;
    use crate::source::{SourceFile, Span};

    #[test]
    fn nothing_in_a_message_or_a_path_ends_the_command() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("specs/a,b:c.slo".into(), "one\ntwo".into()));
        let one_line = Diagnostic::new(&codes::E0001, Span::new(file, 4..7), "100% of\r\n::error::x").help("a\nb");
        let two_lines = Diagnostic::new(&codes::W0101, Span::new(file, 0..7), "m").label(Span::new(file, 4..4), "l");
        let printed = commands(&[one_line, two_lines], &sources, "x/");
        let wanted = "::error file=x/specs/a%2Cb%3Ac.slo,line=2,endLine=2,col=1,endColumn=3,title=E0001 unexpected-text\
                      ::100%25 of%0D%0A::error::x%0Ahelp: a%0Ab\n\
                      ::warning file=x/specs/a%2Cb%3Ac.slo,line=1,endLine=2,title=W0101 unused-silence\
                      ::m%0Ax/specs/a,b:c.slo:2: l\n";
        assert_eq!(printed, wanted);
    }
}
