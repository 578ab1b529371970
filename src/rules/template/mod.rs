//! The Go templates in labels and annotations of alerts: what Prometheus refuses when it loads them, and what they read.

mod lex;
mod parse;

use std::ops::Range;

use super::yaml::Text;
use crate::diag::{Diagnostic, codes};
use crate::source::Spanned;

/// What a template reads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// Labels of the alert: `$labels.job`.
    pub labels: Vec<Spanned<String>>,
    /// Places of `$value`.
    pub value: Vec<crate::source::Span>,
}

/// The same by bytes of the template.
#[derive(Debug, Default)]
struct Found {
    labels: Vec<(String, Range<usize>)>,
    value: Vec<Range<usize>>,
    /// Fields that the data of a template do not have.
    unknown: Vec<Range<usize>>,
}

/// Reads a template, and reports what Prometheus refuses and what it cannot fill in.
pub fn read(text: &Text, diagnostics: &mut Vec<Diagnostic>) -> Uses {
    let found = match lex::actions(&text.value).and_then(|actions| parse::parse(&text.value, &actions)) {
        Ok(found) => found,
        Err(wrong) => {
            let code = if wrong.name { &codes::E0610 } else { &codes::E0609 };
            let diagnostic = Diagnostic::new(code, text.place(wrong.at), wrong.message);
            diagnostics.push(diagnostic.here("Prometheus does not load the file").maybe_help(wrong.help));
            return Uses::default();
        }
    };
    for at in found.unknown {
        let name = text.value.get(at.clone()).unwrap_or("");
        let message = format!("a template of an alert has no `{name}`");
        let help =
            "there are `.Labels`, `.Value`, `.ExternalLabels` and `.ExternalURL`, for short `$labels` and `$value`";
        let diagnostic = Diagnostic::new(&codes::W0606, text.place(at), message);
        diagnostics.push(diagnostic.here("the text becomes an error message when the alert fires").help(help));
    }
    let label = |(name, at): (String, Range<usize>)| Spanned::new(name, text.place(at));
    Uses {
        labels: found.labels.into_iter().map(label).collect(),
        value: found.value.into_iter().map(|at| text.place(at)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn wrong(template: &str) -> Option<String> {
        let found = lex::actions(template).and_then(|actions| parse::parse(template, &actions));
        found.err().map(|w| format!("{}: {}", &template[w.at], w.message))
    }

    #[test]
    fn templates_people_write_are_read() {
        for template in [
            "no template",
            "{{ $labels.instance }} is at {{ $value | humanizePercentage }}",
            "{{- with query \"up\" -}}{{ . | first | value | humanize1024 }}{{- else }}none{{ end -}}",
            "{{ range query `up{job=\"x\"}` }}{{ .Labels.job }} {{ .Value }}{{ break }}{{ end }}",
            "{{ if gt $value 0.5 }}a{{ else if (eq $labels.job \"x\") }}b{{ else }}c{{ end }}",
            "{{/* a comment */}}{{- /* another */ -}}",
            "{{ $x := printf \"%.2f%%\" $value }}{{ $x }}{{ $x = \"y\" }}",
            "{{ range $i, $s := query \"up\" }}{{ $i }}{{ $s.Labels.job }}{{ end }}",
            "{{ index $labels \"a.b\" }} {{ (query \"up\" | first).Labels.job }} {{ -1.5e+3 }} {{ 'x' }}",
            "{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" . }}{{ block \"y\" $value }}z{{ end }}",
            "{{ $labels.job\n }} { } }} {",
            "{{ $externalLabels.region }} {{ $externalURL }} {{ $ }} {{ true }} {{ len $labels | not }}",
        ] {
            assert_eq!(wrong(template), None, "{template}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_at_its_place() {
        for (template, message) in [
            ("a {{ $labels.job", "{{: this `{{` is not closed"),
            ("{{ $label.job }}", "$label: no variable `$label` is declared"),
            ("{{ $value | humanise }}", "humanise: there is no function `humanise`"),
            ("{{ }}", "{{ }}: an action without a value"),
            ("{{ if $value }}a", "{{ if $value }}: this `if` has no `{{ end }}`"),
            ("a{{ end }}", "end: `end` without an `if`, `range` or `with` before it"),
            ("{{ else }}", "else: `else` without an `if`, `range` or `with` before it"),
            ("{{ \"a }}", "\": this text in a template has no closing `\"`"),
            ("{{ (eq 1 2 }}", "(: this `(` is not closed"),
            ("{{ $labels.a-b }}", "-: unexpected `-` in the name `.a`"),
            ("{{ $value | }}", "|: a value is missing after `|`"),
            ("{{ $value | 5 }}", "5: a value that is no function cannot stand after `|`"),
            ("{{ break }}", "break: `break` outside of `range`"),
            ("{{ nil }}", "nil: `nil` is no value to print"),
            ("{{ a ! }}", "!: unexpected `!` in a template"),
            ("{{ $x = 1 }}", "$x: no variable `$x` is declared"),
            ("{{{ $value }}}", "{: unexpected `{` in a template"),
        ] {
            assert_eq!(wrong(template).as_deref(), Some(message), "{template}");
        }
    }

    #[test]
    fn labels_and_values_that_are_read_are_told() {
        let template = "{{ $labels.job }} {{ .Labels.a }} {{ index $labels \"b\" }} {{ .Value }} {{ .Nope }} {{ range query `x` }}{{ .Foo }}{{ $value }}{{ end }}";
        let text = Text::unplaced(template.into(), Span::new(FileId(0), 0..0));
        let mut diagnostics = Vec::new();
        let uses = read(&text, &mut diagnostics);
        let names: Vec<&str> = uses.labels.iter().map(|l| l.node.as_str()).collect();
        assert_eq!((names, uses.value.len()), (vec!["job", "a", "b"], 2));
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].message, "a template of an alert has no `.Nope`");
    }
}
