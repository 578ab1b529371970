//! Who leads to whom: what is reachable, and what leads back to itself. Nodes are numbers of files or of templates.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::source::FileId;

/// Everything reachable from `start`, itself included, in the order of ids.
pub(super) fn reachable(start: usize, edges: &[Vec<FileId>]) -> Vec<FileId> {
    let mut seen = BTreeSet::from([FileId(start as u32)]);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for next in &edges[at] {
            if seen.insert(*next) {
                open.push(next.0 as usize);
            }
        }
    }
    seen.into_iter().collect()
}

/// A shortest way from `start` back to itself.
pub(super) fn cycle_from(start: usize, edges: &[Vec<FileId>]) -> Option<Vec<FileId>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in &edges[at] {
            let next = next.0 as usize;
            if next == start {
                let mut way = vec![FileId(at as u32)];
                while let Some(before) = came_from.get(&(way[way.len() - 1].0 as usize)) {
                    way.push(FileId(*before as u32));
                }
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}
