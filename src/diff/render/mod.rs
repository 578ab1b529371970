//! Changes as text: for a terminal, for a pull request, for programs.

mod human;
mod json;
mod lines;
mod markdown;

use std::collections::BTreeMap;

pub use human::human;
pub use json::json;
pub use markdown::{LIMIT, MARK, markdown};

use super::{Change, Class, Danger};

/// What is compared, and what came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// What was: `HEAD (1a2b3c4)`.
    pub old: String,
    /// What is: `the work tree`.
    pub new: String,
    /// The changes, in the order they are shown.
    pub changes: Vec<Change>,
    /// Spec files that are left out, since they have errors on one side: the path, and which side.
    pub left_out: Vec<(String, String)>,
}

impl Report {
    /// The changes of each service, in their order; `None` is the whole project.
    fn sections(&self) -> Vec<(Option<&str>, &[Change])> {
        let chunks = self.changes.chunk_by(|a, b| a.service == b.service);
        chunks.map(|chunk| (chunk.first().and_then(|c| c.service.as_deref()), chunk)).collect()
    }

    /// `2 dangerous changes and 3 others in 2 services`.
    fn summary(&self) -> String {
        let high = self.changes.iter().filter(|c| c.class.danger() == Danger::High).count();
        let rest = self.changes.len() - high;
        let services = self.sections().iter().filter(|(service, _)| service.is_some()).count();
        let place = match services {
            0 => "in the project".to_string(),
            1 => "in 1 service".to_string(),
            many => format!("in {many} services"),
        };
        let plural = |number: usize| if number == 1 { "" } else { "s" };
        match (high, rest) {
            (0, 0) => "nothing changes".to_string(),
            (0, rest) => format!("{rest} change{}, none of them dangerous, {place}", plural(rest)),
            (high, 0) => format!("{high} dangerous change{} {place}", plural(high)),
            (high, rest) => format!("{high} dangerous change{} and {rest} other{} {place}", plural(high), plural(rest)),
        }
    }
}

/// `1 loosened, 2 quieter`: how many of each class, the dangerous first.
fn tally(changes: &[Change]) -> String {
    let mut classes: BTreeMap<Class, usize> = BTreeMap::new();
    changes.iter().for_each(|c| *classes.entry(c.class).or_default() += 1);
    classes.iter().map(|(class, number)| format!("{number} {}", class.name())).collect::<Vec<_>>().join(", ")
}
