//! Tests that were written: which are new, gone, or show something else.

use super::pairs::pair;
use super::{Change, Class, Fact, Words};
use crate::model::test::{Fed, FedPart, FedValue, Test};
use crate::model::{Model, Origin};
use crate::units::Ratio;

/// What is different in the tests of a program.
pub(super) fn changes(old: &Model, new: &Model) -> Vec<Change> {
    let title = |t: &&Test| Some(t.title.clone());
    // One that is only called otherwise expects the same.
    let shows = |t: &&Test| Some(format!("{}\0{}", fed(t), expected(t)));
    let paired = pair(old.tests.iter().collect(), new.tests.iter().collect(), &[(&title, &title), (&shows, &shows)]);
    let one = |test: &Test, word: &str, from, to| {
        Change::new(Class::Test, "", Words::new("test ").code(&*test.title).text(word), from, to)
    };
    let mut changes: Vec<Change> = Vec::new();
    for test in paired.gone {
        let lost = Fact::new("expected", Some(expected(test)), None);
        changes.push(one(test, " is gone", Some(&test.origin), None).facts([lost]));
    }
    for test in paired.added {
        let won = Fact::new("expected", None, Some(expected(test)));
        changes.push(one(test, " is new", None, Some(&test.origin)).facts([won]));
    }
    changes.extend(paired.both.into_iter().filter_map(|(o, n)| both(o, n)));
    changes
}

/// A test that is in both.
fn both(old: &Test, new: &Test) -> Option<Change> {
    let origin = |t: &'_ Test| -> Option<Origin> { Some(t.origin.clone()) };
    let what = Words::new("test ").code(&*new.title).text(" shows something else");
    let mut change = Change::new(Class::Test, "", what, None, None)
        .fact("title", &*old.title, &*new.title)
        .fact("fed", fed(old), fed(new))
        .fact("every", old.every.to_string(), new.every.to_string())
        .fact("expected", expected(old), expected(new));
    (change.from, change.to) = (origin(old), origin(new));
    (!change.facts.is_empty()).then_some(change)
}

fn expected(test: &Test) -> String {
    test.expects.iter().map(|e| e.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// One line per series.
fn fed(test: &Test) -> String {
    test.series.iter().map(series).collect::<Vec<_>>().join("\n")
}

/// `up{job="a"}: 1 for 5 samples, then none for 3`.
fn series(fed: &Fed) -> String {
    let signed = |by: Ratio| if by < Ratio::ZERO { by.expr() } else { format!("+{}", by.expr()) };
    let part = |part: &FedPart| {
        let value = match part.value {
            FedValue::Level(value) => value.expr(),
            FedValue::Change(by) => signed(by),
            FedValue::Gone => "none".to_string(),
        };
        format!("{value} for {}", part.samples)
    };
    format!("{}: {} samples", fed.name, fed.parts.iter().map(part).collect::<Vec<_>>().join(", then "))
}
