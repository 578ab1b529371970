//! What a pure function said of texts, each asked once, whoever asks: most queries of a program hold the same few.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// How many answers are kept.
const MOST: usize = 1000;

/// Answers by their texts. Who asks first makes no difference.
pub(super) struct Known<V>(Mutex<BTreeMap<String, V>>);

impl<V: Clone> Known<V> {
    /// Nothing is known.
    pub(super) const fn new() -> Known<V> {
        Known(Mutex::new(BTreeMap::new()))
    }

    /// The answer to `text`, which `ask` gives.
    pub(super) fn get(&self, text: &str, ask: impl FnOnce() -> V) -> V {
        if let Some(answer) = self.lock().get(text) {
            return answer.clone();
        }
        // Not under the lock: other threads ask of other texts.
        let answer = ask();
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.entry(text.to_string()).or_insert(answer).clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, V>> {
        // A poisoned lock holds a whole map: entries are inserted in one step.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
