//! What a build makes and writes: all that the specs ask for, but for what stands already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::{cost, project, terminal};
use super::last::{Record, Said};
use super::{Arguments, chosen, emit, nothing_done};
use crate::check::Alone;
use crate::diag::Diagnostic;
use crate::driver::{self, Findings, Size};
use crate::emit::grafana_alerts::Earlier;
use crate::io::{self, Disk, Failure, Kind, Memory, Output, Report, Standing};
use crate::maps::IntoMap;
use crate::source::{Loader, Sources};

/// What is to be made, from what, and where it goes.
pub(super) struct Make<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) disk: &'a Disk,
    pub(super) loader: &'a dyn Loader,
    pub(super) out: &'a Path,
}

/// What became of the specs.
pub(super) enum Made {
    /// They are right.
    Written(Box<Done>),
    /// They have errors: the messages, and the summary.
    Wrong(String, String),
}

/// What was made, and how writing went.
pub(super) struct Done {
    pub(super) said: Said,
    /// The specs that nothing else depends on.
    pub(super) alone: BTreeMap<String, Alone>,
    /// The paths of the files of each service, by the digest of all that they follow from.
    pub(super) parts: Parts,
    /// What the build before has read and this one has not read again.
    pub(super) before: Memory,
    pub(super) written: Result<Report, Failure>,
}

type Parts = BTreeMap<String, Vec<String>>;

impl Done {
    fn new(said: Said, written: Result<Report, Failure>) -> Done {
        Done { said, alone: BTreeMap::new(), parts: Parts::new(), before: Memory::default(), written }
    }
}

impl Made {
    /// Whether another build came between, so that what this one relied on is no more.
    pub(super) fn is_overtaken(&self) -> bool {
        let failure = |done: &Done| done.written.as_ref().err().map(|failure| failure.kind);
        matches!(self, Made::Written(done) if failure(done) == Some(Kind::Meanwhile))
    }
}

impl Make<'_> {
    /// Makes what has changed since the build of a record that left what stands. `None` where that cannot be told apart.
    pub(super) fn after(
        &self,
        record: Record,
        changed: BTreeSet<String>,
        standing: Standing,
    ) -> Result<Option<Made>, Failure> {
        match record.parts.is_empty() {
            true => Ok(self.beside(record, changed, standing)),
            false => self.make(Some((standing, &record.parts))).map(Some),
        }
    }

    /// Makes everything that the specs ask for.
    pub(super) fn everything(&self) -> Result<Made, Failure> {
        self.make(None)
    }

    /// Makes only what follows from the specs that have changed, where each of the others stands alone: their files are those
    /// that the build before has written. `None` where it takes all specs to say.
    fn beside(&self, record: Record, changed: BTreeSet<String>, standing: Standing) -> Option<Made> {
        let Record { read, mut alone, .. } = record;
        let known = changed.iter().all(|path| alone.contains_key(path) || !read.knows(path));
        alone.retain(|path, _| !changed.contains(path));
        if !known || alone.is_empty() {
            return None;
        }
        let mut found = driver::examine_beside(self.loader, &alone, &changed)?;
        let files = found.apart(&self.arguments.only)?;
        let kept = Some(standing.keep_of(|spec| alone.contains_key(spec))?);
        let mut size = found.size?;
        size.slos += alone.values().map(|file| file.slos).sum::<usize>();
        size.services += alone.values().map(|file| file.services.len()).sum::<usize>();
        let written = self.write(Output { files, kept, after: None });
        alone.append(&mut found.alone);
        let done = Done {
            alone,
            before: read.without(&changed),
            ..Done::new(self.said(&found.diagnostics, &found.sources, size), written)
        };
        self.forget(found);
        Some(Made::Written(Box::new(done)))
    }

    /// Makes everything; files of services that stand are not printed again.
    fn make(&self, before: Option<(Standing, &Parts)>) -> Result<Made, Failure> {
        let mut found = driver::examine(self.loader).map_err(project::unlisted)?;
        let Arguments { env, all_envs, cost, only, .. } = self.arguments;
        let as_it_is = env.is_none() && !all_envs && cost.is_none();
        let Some(size) = found.size.filter(|_| as_it_is) else { return self.whole(found) };
        let done = if let Some(files) = found.apart(only) {
            let written = self.write(Output { files, ..Output::default() });
            Done {
                alone: std::mem::take(&mut found.alone),
                ..Done::new(self.said(&found.diagnostics, &found.sources, size), written)
            }
        } else if let Some(done) = self.parts(&found, before) {
            done
        } else {
            return self.whole(found);
        };
        self.forget(found);
        Ok(Made::Written(Box::new(done)))
    }

    /// Makes everything service by service. `None` where something looks into all of them.
    fn parts(&self, found: &Findings, before: Option<(Standing, &Parts)>) -> Option<Done> {
        let size = found.size?;
        let (standing, old) = before.unzip();
        let listed = |key: &str| old.and_then(|old| old.get(key));
        let stands = |key: &str| {
            let files = standing.as_ref().zip(listed(key));
            files.is_some_and(|(standing, paths)| paths.iter().all(|path| standing.holds(path)))
        };
        let mut made = found.parts(&self.arguments.only, &stands)?;
        let services = std::mem::take(&mut made.services);
        let stay = services.iter().filter(|(_, paths)| paths.is_none()).filter_map(|(key, _)| listed(key));
        let stay: BTreeSet<&str> = stay.flatten().map(String::as_str).collect();
        let kept = standing.filter(|_| !stay.is_empty()).map(|standing| standing.keep(&stay));
        let files = std::mem::take(&mut made.files);
        let written = self.write(Output { files, kept, after: Some(&|earlier| made.after(earlier)) });
        let with_paths = |(key, paths): (String, Option<Vec<String>>)| {
            let paths = paths.or_else(|| listed(&key).cloned())?;
            Some((key, paths))
        };
        let parts = services.into_iter().filter_map(with_paths).into_map();
        Some(Done { parts, ..Done::new(self.said(&found.diagnostics, &found.sources, size), written) })
    }

    /// Makes everything at once.
    fn whole(&self, found: Findings) -> Result<Made, Failure> {
        let size = found.size;
        let analysis = found.analysis(&self.arguments.only);
        let (Some(base), Some(size)) = (&analysis.model, size) else {
            let messages = self.messages(&analysis.diagnostics, &analysis.sources);
            return Ok(Made::Wrong(messages, nothing_done(self.arguments, &analysis)));
        };
        let model = chosen(self.arguments, &analysis, base)?;
        let print = |earlier: &Earlier| emit(self.arguments, &analysis, model, earlier);
        let written = self.write(Output { after: Some(&print), ..Output::default() });
        if let (Ok(_), Some(series)) = (&written, self.arguments.cost) {
            cost::print(model, self.loader, series, self.arguments.manner.format)?;
        }
        let said = self.said(&analysis.diagnostics, &analysis.sources, size);
        self.forget(analysis);
        Ok(Made::Written(Box::new(Done::new(said, written))))
    }

    fn write(&self, output: Output<'_>) -> Result<Report, Failure> {
        let writing = || format!("writing {}", self.out.display());
        terminal::patiently(&writing, || io::write(self.out, output, self.arguments.force))
    }

    fn said(&self, found: &[Diagnostic], sources: &Sources, size: Size) -> Said {
        Said { messages: self.messages(found, sources), tally: project::tally(found), size }
    }

    fn messages(&self, found: &[Diagnostic], sources: &Sources) -> String {
        self.arguments.manner.text(found, sources, self.disk.root())
    }

    /// Lets the process end at once: the system takes its memory back sooner than a million texts are given back one by one.
    fn forget<T>(&self, what: T) {
        if !self.arguments.watch {
            std::mem::forget(what);
        }
    }
}
