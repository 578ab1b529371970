//! Patterns of label matchers, each text read once, and compiled once when a value is first compared with it: most are only
//! read.

use std::sync::{Arc, OnceLock};

use regex_syntax::ast::ErrorKind;

use super::known::Known;
use super::re2::{self, BadRegex};
use super::weight::Weight;

/// A pattern that can be compiled.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    regex: OnceLock<Option<regex::Regex>>,
    /// Texts made up from it.
    examples: OnceLock<Vec<String>>,
}

/// What a pattern was found to be.
type Compiled = Result<Arc<Pattern>, BadRegex>;

/// Patterns that were read.
static KNOWN: Known<Compiled> = Known::new();

/// What is lighter than this always fits into [`SIZE`], so that nobody has to try.
const LIGHT: usize = 1000;

/// How much memory a compiled pattern may take, and what it remembers between texts, in bytes.
const SIZE: usize = 4 << 20;
const REMEMBERED: usize = 256 << 10;

/// A label matcher's pattern, anchored at both ends as Prometheus does.
pub(super) fn compile(pattern: &str) -> Compiled {
    KNOWN.get(pattern, || match read(pattern) {
        Ok((pattern, size)) => (Ok(Arc::new(pattern)), 1 + size / 1000),
        Err(bad) => (Err(bad), 1),
    })
}

impl Pattern {
    /// Texts that were made up from it, once.
    pub(super) fn examples(&self, make: impl FnOnce() -> Vec<String>) -> &[String] {
        self.examples.get_or_init(make)
    }

    /// Whether it matches the whole of a label's value.
    pub(super) fn is_match(&self, value: &str) -> bool {
        self.regex.get_or_init(|| build(&self.text).ok()).as_ref().is_some_and(|regex| regex.is_match(value))
    }
}

fn build(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text).size_limit(SIZE).dfa_size_limit(REMEMBERED).build()
}

/// Reads a pattern; what would take long to compile is refused before it does.
fn read(pattern: &str) -> Result<(Pattern, usize), BadRegex> {
    let text = format!("^(?s:{})$", re2::rewrite(pattern)?);
    let whole = |message: &str| BadRegex { at: 0..pattern.len(), message: message.into() };
    let other = || whole("this is not a regular expression that Prometheus reads");
    let tree = regex_syntax::parse(&text).map_err(|error| match error {
        regex_syntax::Error::Parse(e) if matches!(e.kind(), ErrorKind::NestLimitExceeded(_)) => {
            whole("the groups and repetitions of this pattern stand too deep inside each other")
        }
        _ => other(),
    })?;
    let weight = Weight::of(&tree);
    if weight.copies > re2::REPETITIONS {
        return Err(whole("a repetition goes to 1000 at most, counting those of what it repeats"));
    }
    if weight.size > 15_000 + 10 * pattern.len() {
        return Err(whole("this pattern is too large"));
    }
    let regex = OnceLock::new();
    if weight.size > LIGHT {
        let built = build(&text).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => whole("this pattern is too large"),
            _ => other(),
        })?;
        regex.get_or_init(|| Some(built));
    }
    Ok((Pattern { text, regex, examples: OnceLock::new() }, weight.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compiled_once_whoever_asks() {
        let once = |pattern: &str| match (compile(pattern), compile(pattern)) {
            (Ok(a), Ok(b)) => Arc::ptr_eq(&a, &b),
            (a, b) => a.is_err() && b.is_err(),
        };
        for pattern in ["once.*(more)?", "5..", "(not", "a{1,3}"] {
            assert!(once(pattern), "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_light_can_be_compiled(
            pattern in r"([a-z.]|\[\^?[a-f]{1,3}\]|\\[dwsDWS]|\\pL|\(\?i:[^()a]\)|[(]x|a[)]|[|*+?]|\{[0-9]{1,3}(,[0-9]{0,3})?\}){0,12}"
        ) {
            if let Ok((pattern, _)) = read(&pattern) {
                assert!(build(&pattern.text).is_ok(), "{}", pattern.text);
            }
        }
    }

    #[test]
    fn what_would_take_long_is_refused() {
        let fails = |pattern: &str| compile(pattern).err().map(|bad| bad.message);
        for fine in ["a{1000}", ".{1000}", "(a{10}){100}", "(a{2}){3}(b{500})*", r"\pL+-\pN+"] {
            assert_eq!(fails(fine), None, "{fine}");
        }
        let copies = "a repetition goes to 1000 at most, counting those of what it repeats";
        for often in ["(a{100}){20}", "((a{2}b{5}){11}){10,30}", "(a{1000}){2,}"] {
            assert_eq!(fails(often).as_deref(), Some(copies), "{often}");
        }
        let large = "this pattern is too large";
        for large_ in [r"\pL{900}", r"(?:[^a]{300}|.{400}){2}[^b]{800}"] {
            assert_eq!(fails(large_).as_deref(), Some(large), "{large_}");
        }
        let deep = format!("{}a{}", "(".repeat(300), ")".repeat(300));
        assert_eq!(
            fails(&deep).as_deref(),
            Some("the groups and repetitions of this pattern stand too deep inside each other")
        );
        assert_eq!(fails(&r"\pL".repeat(101)).as_deref(), Some("a pattern has at most 100 Unicode classes"));
    }
}
