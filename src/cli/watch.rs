//! `--watch`: the same command again whenever a file it read is saved, with one line each time.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::project::{Manner, Messages, Project};
use super::table::visible;
use super::{Status, status_of, terminal};
use crate::io::{Disk, Failure, Kind, Memory, Seen, Watch};
use crate::source::Loader;

/// What a command has to say each time.
pub(super) struct Round {
    /// What is wrong with the specs, as it is printed.
    pub(super) messages: String,
    /// How it ended, in a line or several.
    pub(super) summary: String,
    /// How it ended, for scripts.
    pub(super) status: Status,
    /// Whether it came to an end: what stood in its way may be gone next time, with the same specs.
    pub(super) done: bool,
}

impl Round {
    /// It could not be done.
    pub(super) fn failed(messages: String, failure: &Failure) -> Round {
        let summary = terminal::failure_text(failure, terminal::color());
        Round { messages, summary, status: status_of(failure.kind), done: false }
    }
}

/// One round of a command: the specs on disk, and how to read them.
pub(super) type Work<'a> = &'a (dyn Fn(&Disk, &dyn Loader) -> Result<Round, Failure> + Sync);

/// Does `work`, and again whenever a file that it read is another. Comes back only when it cannot begin.
pub(super) fn watch(project: &Project, specs: &[PathBuf], manner: &Manner, work: Work<'_>) -> Result<Status, Failure> {
    if matches!(manner.format, Messages::Sarif | Messages::Github) {
        return Err(Failure::new(Kind::Usage, "`--watch` has the formats human, short and json")
            .help("a SARIF document is one whole, and GitHub reads the log of a job that ends"));
    }
    let disk = project.disk(specs)?;
    let mut session = Session { project, specs, manner, work, memory: Memory::default(), told: String::new() };
    let mut done = session.round(&disk, "")?;
    terminal::say("watching for changes; Ctrl-C ends\n");
    let (mut watch, mut woken, mut told) = (Watch::default(), false, false);
    loop {
        // Watched first, looked at then: nothing can change unseen in between.
        watch.turn(disk.root(), &session.trees(&disk), &session.memory.files(disk.root()));
        if let Some(why) = watch.trouble().filter(|_| !std::mem::replace(&mut told, true)) {
            terminal::say(&format!("the system tells of no changes ({}): looking once a second\n", visible(&why)));
        }
        // Somebody may be in the middle of a save.
        woken = woken || watch.settle();
        match session.look(woken && !done) {
            Some(ended) => (done, woken) = (ended, false),
            None => {
                watch.wait();
                woken = true;
            }
        }
    }
}

/// What goes on from round to round.
struct Session<'a> {
    project: &'a Project,
    specs: &'a [PathBuf],
    manner: &'a Manner,
    work: Work<'a>,
    /// What was read in the last round.
    memory: Memory,
    /// What is wrong, as it was printed: said again only when it is something else.
    told: String,
}

impl Session<'_> {
    /// Where specs stand, from the root of the file system.
    fn trees(&self, disk: &Disk) -> BTreeSet<PathBuf> {
        self.specs.iter().map(|path| disk.root().join(path)).collect()
    }

    /// Does a round when a file is another than before, or when it must. `None` when there was nothing to do, else
    /// whether it came to an end.
    fn look(&mut self, must: bool) -> Option<bool> {
        let disk = match self.project.disk(self.specs) {
            Ok(disk) => disk,
            // They may come back: a branch is switched, a directory renamed.
            Err(failure) => {
                self.memory = Memory::default();
                self.fail(&failure);
                return None;
            }
        };
        let changed = self.memory.changed(&disk);
        if changed.is_empty() && !must {
            return None;
        }
        let name = match changed.first() {
            None => String::new(),
            Some(first) if changed.len() == 1 => format!("{}: ", visible(first)),
            Some(first) => format!("{} and {} more: ", visible(first), changed.len() - 1),
        };
        let done = self.round(&disk, &name);
        Some(done.unwrap_or_else(|failure| {
            self.fail(&failure);
            false
        }))
    }

    /// Does a round and says how it went, after the name of what changed. Whether it came to an end.
    fn round(&mut self, disk: &Disk, name: &str) -> Result<bool, Failure> {
        let seen = Seen::new(disk);
        let round = self.manner.run(|| (self.work)(disk, &seen))?;
        self.memory = seen.memory();
        let round = round?;
        if round.messages != self.told {
            self.manner.put(&round.messages)?;
            self.told = round.messages;
        }
        terminal::say(&format!("{name}{}", round.summary));
        Ok(round.done)
    }

    /// Says why there was no round, unless it stands there already.
    fn fail(&mut self, failure: &Failure) {
        let text = terminal::failure_text(failure, terminal::color());
        if text != self.told {
            terminal::say(&text);
            self.told = text;
        }
    }
}
