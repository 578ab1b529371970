//! The record of the last build: where nothing has changed since, the next one is over as soon as that is seen.
//!
//! It stands in the user's own directory, never in the project: whoever may change the specs must not be able to say what
//! follows from them. What it says is looked at, byte by byte: the specs and what they read, and every file of the output.

use std::env;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::driver::Size;
use crate::io::{self, Memory, Report, Trust};
use crate::source::Loader;

/// Where the record is, and what it must be about.
pub(super) struct Last {
    trust: Trust,
    /// The project, and what was asked of it.
    asked: String,
    /// The same, of this very program.
    subject: String,
}

/// What a build said.
#[derive(Serialize, Deserialize)]
pub(super) struct Said {
    /// What is wrong with the specs, as it is printed.
    pub(super) messages: String,
    /// The same as numbers.
    pub(super) tally: String,
    /// How much the specs hold.
    pub(super) size: Size,
}

/// What a build read, the digest of the manifest that it wrote, and what it said.
type Record<Read, Sum, Words> = (Read, Sum, Words);

impl Last {
    /// The record of a build of which this was asked. `None` where nothing can be kept that could be believed.
    pub(super) fn of(asked: String) -> Option<Last> {
        let own = [PathBuf::from("/proc/self/exe"), env::current_exe().ok()?];
        let program = own.iter().find_map(|path| io::stamp(path))?;
        let subject = format!("sloc {} {program} {asked}", env!("CARGO_PKG_VERSION"));
        Trust::open(&directory()?).map(|trust| Last { trust, asked, subject })
    }

    /// What that build said, if all that it read and all that it wrote is as it was.
    pub(super) fn stands(&self, loader: &dyn Loader, out: &Path) -> Option<(Said, Report)> {
        let record = self.trust.get(&self.asked, &self.subject)?;
        let (read, sum, said): Record<Memory, String, Said> = serde_json::from_slice(&record).ok()?;
        let same = read.changed(loader).is_empty();
        let files = same.then(|| io::holds(out, &sum))??;
        Some((said, Report { files, sum, ..Report::default() }))
    }

    /// Keeps the record of a build that has come to its end.
    pub(super) fn keep(&self, read: &Memory, said: &Said, report: &Report) {
        let record: Record<&Memory, &str, &Said> = (read, &report.sum, said);
        if let Ok(record) = serde_json::to_vec(&record) {
            self.trust.put(&self.asked, &self.subject, &record);
        }
    }
}

/// Where programs of this user keep what they can do without, and of it sloc's own part.
fn directory() -> Option<PathBuf> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?.join("sloc"))
}
