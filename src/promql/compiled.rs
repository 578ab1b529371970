//! Patterns of label matchers, each text compiled once.

use std::sync::Arc;

use super::known::Known;
use super::re2::{self, BadRegex};

/// What a pattern was compiled to.
type Compiled = Result<Arc<regex::Regex>, BadRegex>;

/// Patterns that were compiled.
static KNOWN: Known<Compiled> = Known::new();

/// A label matcher's pattern, anchored at both ends as Prometheus does.
pub(super) fn compile(pattern: &str) -> Compiled {
    KNOWN.get(pattern, || re2::compile(pattern).map(Arc::new))
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
}
