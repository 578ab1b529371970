//! The record of the last build: where nothing has changed since, the next one is over as soon as that is seen.
//!
//! It stands in the user's own directory, never in the project: whoever may change the specs must not be able to say what
//! follows from them. What it says is looked at: the specs and what they read byte by byte, the files of the output too, but for those
//! of which the file system says what it said when they were looked at last.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::check::Alone;
use crate::driver::Size;
use crate::io::{self, Memory, Report, Trust};

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

/// What is known of a build.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    /// What it read.
    pub(super) read: Memory,
    /// The specs that nothing else depends on, where each has files of its own.
    pub(super) alone: BTreeMap<String, Alone>,
    /// The paths of the files of each service, by the digest of all that they follow from; none where services were not printed
    /// one by one.
    pub(super) parts: BTreeMap<String, Vec<String>>,
    /// The digest of the manifest that it wrote.
    pub(super) sum: String,
    /// What it said.
    pub(super) said: Said,
}

impl Last {
    /// The record of a build of which this was asked. `None` where nothing can be kept that could be believed.
    pub(super) fn of(asked: String) -> Option<Last> {
        let own = [PathBuf::from("/proc/self/exe"), env::current_exe().ok()?];
        let program = own.iter().find_map(|path| io::stamp(path))?;
        let subject = format!("sloc {} {program} {asked}", env!("CARGO_PKG_VERSION"));
        Trust::open(&directory()?).map(|trust| Last { trust, asked, subject })
    }

    /// What is known of that build.
    pub(super) fn record(&self) -> Option<Record> {
        serde_json::from_slice(&self.trust.get(&self.asked, &self.subject)?).ok()
    }

    /// Keeps what is known of a build that has come to its end.
    pub(super) fn keep(&self, record: &Record) {
        if let Ok(record) = serde_json::to_vec(record) {
            self.trust.put(&self.asked, &self.subject, &record);
        }
    }

    /// What the file system said of all files of the build whose manifest has the digest `sum`, when they were known to be its own.
    pub(super) fn seal(&self, sum: &str) -> Option<String> {
        let (name, subject) = self.of_seal(sum);
        String::from_utf8(self.trust.get(&name, &subject)?).ok()
    }

    /// Keeps what it says of those now.
    pub(super) fn put_seal(&self, Report { sum, seal, .. }: &Report) {
        if let Some(seal) = seal {
            let (name, subject) = self.of_seal(sum);
            self.trust.put(&name, &subject, seal.as_bytes());
        }
    }

    fn of_seal(&self, sum: &str) -> (String, String) {
        (format!("{} seal", self.asked), format!("{} {sum}", self.subject))
    }
}

/// Where programs of this user keep what they can do without, and of it sloc's own part.
fn directory() -> Option<PathBuf> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?.join("sloc"))
}
