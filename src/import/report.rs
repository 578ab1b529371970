//! What became of each thing of the source.

/// How well something came over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It has no counterpart, or a person has to look.
    Missing,
    /// It is there and better, with a difference.
    Improved,
    /// It is as it was.
    Exact,
}

impl Fate {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Missing => "missing",
            Fate::Improved => "improved",
            Fate::Exact => "exact",
        }
    }
}

/// One thing of the source and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// How well it came over.
    pub fate: Fate,
    /// What it is: `slo checkout.availability`.
    pub what: String,
    /// Where it stood, or stands now: `svc.yml:8`.
    pub place: String,
    /// What is different, or what is missing; may be empty.
    pub note: String,
}

impl Entry {
    /// An entry without a note.
    pub(super) fn new(fate: Fate, what: impl Into<String>, place: String, note: impl Into<String>) -> Entry {
        Entry { fate, what: what.into(), place, note: note.into() }
    }
}
