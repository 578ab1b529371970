//! What a pure function said of texts, each asked once, whoever asks: most queries of a program hold the same few.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// How much is kept: so many answers, or fewer heavier ones.
const MOST: usize = 1000;

/// Answers by their texts, and what they weigh. Who asks first makes no difference.
pub(super) struct Known<V>(Mutex<Kept<V>>);

struct Kept<V> {
    answers: BTreeMap<String, V>,
    weight: usize,
}

impl<V: Clone> Known<V> {
    /// Nothing is known.
    pub(super) const fn new() -> Known<V> {
        Known(Mutex::new(Kept { answers: BTreeMap::new(), weight: 0 }))
    }

    /// The answer to `text`, which `ask` gives with its weight: 1 for what is small.
    pub(super) fn get(&self, text: &str, ask: impl FnOnce() -> (V, usize)) -> V {
        if let Some(answer) = self.lock().answers.get(text) {
            return answer.clone();
        }
        // Not under the lock: other threads ask of other texts.
        let (answer, weight) = ask();
        let mut known = self.lock();
        if known.weight >= MOST {
            known.answers.clear();
            known.weight = 0;
        }
        known.weight += weight;
        known.answers.entry(text.to_string()).or_insert(answer).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept<V>> {
        // A poisoned lock holds a whole map: entries are inserted in one step.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
