//! A program printed service by service: each is made, printed and let go, so that a large one is never held whole, and is not
//! printed at all where its files stand.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Findings, wanted};
use crate::emit::grafana_alerts::{self, Earlier};
use crate::emit::{Artifact, Each, Pages, Target};
use crate::lower;
use crate::model::{Around, Board, Project, Service};
use crate::units::hex;

/// The files of a program.
#[derive(Debug)]
pub struct Parts {
    /// Those of no service, and of each that does not stand; but for those that say which rules of earlier builds are gone.
    pub files: Vec<Artifact>,
    /// By the digest of all that the files of a service follow from, beside this program, their paths; `None` where they stand.
    pub services: BTreeMap<String, Option<Vec<String>>>,
    project: Project,
    /// The uids of its Grafana rules; `None` where these are not printed.
    rules: Option<Vec<String>>,
}

impl Findings {
    /// The files of the targets `only` for the program as it is, without those of services that `stands` is true of, given the
    /// digest of all they follow from. `None` where outputs are asked for that look into everything.
    pub fn parts(&self, only: &[String], stands: &(dyn Fn(&str) -> bool + Sync)) -> Option<Parts> {
        let base = self.checked.first().filter(|_| self.asked.is_empty())?;
        let targets: Vec<&Target> = wanted(only).collect();
        let mut model = lower::outline(base, targets.iter().any(|t| t.boards));
        let whole = targets.par_iter().filter_map(|t| t.emit.whole());
        let mut files: Vec<Artifact> = whole.flat_map_iter(|print| print(&model)).collect();
        let alerts = targets.iter().any(|t| t.name == grafana_alerts::TARGET.name);
        let rules = alerts.then(|| grafana_alerts::uids(&model).into_iter().map(str::to_string).collect());
        let each: Vec<Each> = targets.iter().filter_map(|t| t.emit.each()).collect();
        let services = std::mem::take(&mut model.services);
        let (around, pages) = (model.around(), Pages::of(&model));
        let part = |service: Service| {
            let page = pages.get(&service);
            let key = key(&around, &service, page);
            let printed = (!stands(&key)).then(|| print(&each, &around, service, page));
            (key, printed)
        };
        let mut parts = BTreeMap::new();
        for (key, printed) in services.into_par_iter().map(part).collect::<Vec<_>>() {
            let paths = printed.as_ref().map(|files| files.iter().map(|a| a.path.clone()).collect());
            parts.insert(key, paths);
            files.extend(printed.into_iter().flatten());
        }
        Some(Parts { files, services: parts, project: model.project, rules })
    }
}

/// Prints a service by all of these.
fn print(each: &[Each], around: &Around<'_>, mut service: Service, page: Option<&Board>) -> Vec<Artifact> {
    let mut page = page.cloned();
    if let Some(page) = &mut page {
        lower::fill(page, &mut service, around.project);
    }
    each.iter().flat_map(|print| print(around, &service, page.as_ref())).collect()
}

/// The digest of all that is printed of a service: what it is, what it may know of the program, and the head of its page. What
/// stands on the page follows from these.
fn key(around: &Around<'_>, service: &Service, page: Option<&Board>) -> String {
    let mut sum = Sum(Sha256::new(), Vec::with_capacity(2 * PIECE));
    (around, service, page).hash(&mut sum);
    hex(&sum.0.chain_update(sum.1).finalize())
}

/// Hashes by SHA-256, where what has one digest is one thing: of pieces, since a model is of thousands of small things.
struct Sum(Sha256, Vec<u8>);

/// How many bytes are hashed at once.
const PIECE: usize = 4096;

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        self.1.extend_from_slice(bytes);
        if self.1.len() >= PIECE {
            self.0.update(&self.1);
            self.1.clear();
        }
    }

    /// Not asked for: it would be too short.
    fn finish(&self) -> u64 {
        0
    }
}

impl Parts {
    /// The files that tell Grafana which rules of an earlier build are gone.
    pub fn after(&self, earlier: &Earlier) -> Vec<Artifact> {
        let Some(rules) = &self.rules else { return Vec::new() };
        let present: BTreeSet<&str> = rules.iter().map(String::as_str).collect();
        grafana_alerts::deleted(&present, &self.project, earlier, "").into_iter().collect()
    }
}
