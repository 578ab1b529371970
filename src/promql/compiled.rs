//! Patterns of label matchers, each text compiled once, whoever asks: most queries of a program hold the same few.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::re2::{self, BadRegex};

/// What a pattern was compiled to.
type Compiled = Result<Arc<regex::Regex>, BadRegex>;

/// Patterns that were compiled, by their texts. A pure function's results: who asks first makes no difference.
static KNOWN: Mutex<BTreeMap<String, Compiled>> = Mutex::new(BTreeMap::new());

/// How many are kept.
const MOST: usize = 1000;

/// A label matcher's pattern, anchored at both ends as Prometheus does.
pub(super) fn compile(pattern: &str) -> Compiled {
    // A poisoned lock holds a whole map: entries are inserted in one step.
    let mut known = KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(compiled) = known.get(pattern) {
        return compiled.clone();
    }
    if known.len() >= MOST {
        known.clear();
    }
    let compiled = re2::compile(pattern).map(Arc::new);
    known.insert(pattern.to_string(), compiled.clone());
    compiled
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
