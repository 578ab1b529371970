//! Maps out of pairs, one after the other.

use std::collections::BTreeMap;

/// What gives pairs.
pub trait IntoMap<K: Ord, V>: IntoIterator<Item = (K, V)> + Sized {
    /// A map of all pairs; of those with one key, the last counts. `collect` says the same and sorts first, by a sort of
    /// 6 KB that is compiled anew for every kind of iterator.
    fn into_map(self) -> BTreeMap<K, V> {
        let mut map = BTreeMap::new();
        map.extend(self);
        map
    }
}

impl<K: Ord, V, I: IntoIterator<Item = (K, V)>> IntoMap<K, V> for I {}
