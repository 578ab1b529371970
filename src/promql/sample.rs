//! Label values that a matcher accepts or refuses, made up: what a test can feed in.

use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{MatchOp, Matcher, compiled, re2};

/// How many values are tried for one pattern.
const TRIES: usize = 4;

/// The longest value made up from a pattern, in bytes.
const MAX_VALUE: usize = 200;

/// Characters people recognise in a made-up value, the plainest first.
const PLAIN: [char; 8] = ['0', '1', 'a', 'b', 'A', 'x', '_', '-'];

/// Values beside the matcher's own that it may accept or refuse.
const OTHERS: [&str; 4] = ["", "other", "0", "x"];

/// A matcher ready to be asked: its pattern is compiled once.
#[derive(Clone, Debug)]
pub struct Test {
    op: MatchOp,
    text: String,
    pattern: Option<Arc<compiled::Pattern>>,
}

impl Test {
    /// Compiles a matcher.
    pub fn new(matcher: &Matcher) -> Test {
        let (op, text) = (matcher.op.node, matcher.value.node.clone());
        let pattern = op.is_regex().then(|| compiled::compile(&text).ok()).flatten();
        Test { op, text, pattern }
    }

    /// Whether a series with this value of the label is selected. A series without the label has the value `""`.
    pub fn accepts(&self, value: &str) -> bool {
        let equal = self.text == value;
        let matches = self.pattern.as_ref().is_some_and(|p| p.is_match(value));
        match self.op {
            MatchOp::Equal => equal,
            MatchOp::NotEqual => !equal,
            MatchOp::Regex => matches,
            MatchOp::NotRegex => !matches,
        }
    }

    /// Some values it accepts, the plainest first. Empty when none was found, which happens with odd patterns only.
    pub fn accepted(&self) -> Vec<String> {
        self.values().into_iter().filter(|v| self.accepts(v)).collect()
    }

    /// Some values it refuses.
    pub fn refused(&self) -> Vec<String> {
        self.values().into_iter().filter(|v| !self.accepts(v)).collect()
    }

    fn values(&self) -> Vec<String> {
        let mut values = match (self.op.is_regex(), &self.pattern) {
            (true, Some(pattern)) => pattern.examples(|| examples(&self.text)).to_vec(),
            (true, None) => Vec::new(),
            (false, _) => vec![self.text.clone()],
        };
        values.extend(OTHERS.map(str::to_string));
        values
    }
}

/// Texts that a pattern probably matches.
fn examples(pattern: &str) -> Vec<String> {
    let Ok(rewritten) = re2::rewrite(pattern) else { return Vec::new() };
    let Ok(hir) = regex_syntax::parse(&format!("(?s:{rewritten})")) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for variant in 0..TRIES {
        let mut text = String::new();
        if write(&hir, variant, &mut text).is_some() && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// Writes one text of the pattern's language, look-around aside; another for each variant where there are several.
fn write(hir: &Hir, variant: usize, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => out.push(character(class, variant)?),
        HirKind::Capture(capture) => write(&capture.sub, variant, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|p| write(p, variant, out))?,
        HirKind::Alternation(parts) => write(parts.get(variant % parts.len().max(1))?, variant, out)?,
        HirKind::Repetition(repetition) => {
            let once = repetition.min.max(u32::from(repetition.max != Some(0)));
            let times = if variant.is_multiple_of(2) { once } else { repetition.min };
            (0..times).try_for_each(|_| write(&repetition.sub, variant, out))?;
        }
    }
    (out.len() <= MAX_VALUE).then_some(())
}

fn character(class: &Class, variant: usize) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|r| (r.start(), r.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|r| (r.start().into(), r.end().into())).collect(),
    };
    let holds = |c: &char| ranges.iter().any(|(from, to)| from <= c && c <= to);
    let plain: Vec<char> = PLAIN.into_iter().filter(holds).collect();
    let fallback = || ranges.get(variant % ranges.len().max(1)).map(|(from, _)| *from);
    plain.get(variant % plain.len().max(1)).copied().or_else(fallback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{Dialect, Kind, parse};
    use crate::source::{FileId, Span};

    fn test(op: &str, value: &str) -> Test {
        let text = format!("up{{l{op}`{value}`}}");
        let span = Span::new(FileId(0), 0..text.len());
        let query = parse(&text, span, Dialect::Rule).0.expect("a query");
        match &query.expr().kind {
            Kind::Selector(s) => Test::new(s.matchers.first().expect("one matcher")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn patterns_people_write_get_values_they_know() {
        let first = |op, value| test(op, value).accepted().first().cloned().unwrap_or_else(|| "none".into());
        assert_eq!(first("=~", "5.."), "500");
        assert_eq!(first("=~", "GET|POST"), "GET");
        assert_eq!(first("=~", r"0\.3|0\.30"), "0.3");
        assert_eq!(first("=~", "(4|5)[0-9]{2}"), "400");
        assert_eq!(first("=", "a"), "a");
        assert_eq!(first("!=", "a"), "");
        assert_eq!(first("!~", ".*"), "none");
    }

    #[test]
    fn what_is_made_up_is_accepted_or_refused() {
        for value in ["5..", ".+", ".*", "(?i)get", "[^/]+/v[12]", "a{0}b?", r"\d+\.\d+", "", "(5..|429)", "-|__.*"] {
            for op in ["=~", "!~", "=", "!="] {
                let test = test(op, value);
                assert!(test.refused().iter().all(|v| !test.accepts(v)), "{op} {value}");
                assert!(!test.accepted().is_empty() || (op, value) == ("!~", ".*"), "{op} {value}");
            }
        }
    }
}
