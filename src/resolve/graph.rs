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

/// The nodes from which there is a way without an end: those in a circle, and those that lead into one.
pub(super) fn endless(edges: &[Vec<FileId>]) -> BTreeSet<usize> {
    let mut left: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut leads_here: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, to) in edges.iter().enumerate().flat_map(|(from, all)| all.iter().map(move |to| (from, to))) {
        leads_here[to.0 as usize].push(from);
    }
    let mut ends: Vec<usize> = (0..edges.len()).filter(|n| left[*n] == 0).collect();
    let mut endless: BTreeSet<usize> = (0..edges.len()).collect();
    while let Some(node) = ends.pop() {
        endless.remove(&node);
        for from in &leads_here[node] {
            left[*from] -= 1;
            if left[*from] == 0 {
                ends.push(*from);
            }
        }
    }
    endless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_and_what_leads_into_it_have_no_end() {
        let edges = [vec![1], vec![2, 2], vec![1, 3], vec![4], vec![]].map(|to| to.into_iter().map(FileId).collect());
        assert_eq!(endless(&edges), BTreeSet::from([0, 1, 2]));
        assert_eq!(cycle_from(1, &edges), Some(vec![FileId(1), FileId(2)]));
        assert_eq!(cycle_from(0, &edges), None);
        assert_eq!(endless(&[vec![FileId(0)]]), BTreeSet::from([0]));
    }
}
