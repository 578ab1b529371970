//! For a terminal: a heading per service, a line per change, its facts in columns.

use super::super::{Change, Danger, Fact, Word, Words};
use super::lines::{cut, difference, is_short, visible};
use super::{Report, tally};

/// Prints a report; ends with a newline.
pub fn human(report: &Report, color: bool) -> String {
    let mut out = format!("{} → {}: {}\n", visible(&report.old), visible(&report.new), report.summary());
    for (path, side) in &report.left_out {
        out += &format!("not compared: {} has errors in {}\n", visible(path), visible(side));
    }
    for (name, changes) in report.sections() {
        out += &format!("\n{}: {}\n", bold(&visible(&name), color), tally(changes));
        changes.iter().for_each(|c| change(&mut out, c, color));
    }
    out
}

fn bold(text: &str, color: bool) -> String {
    if color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_string() }
}

/// A class in the colour of its danger.
fn class(change: &Change, color: bool) -> String {
    let paint = match change.class.danger() {
        _ if !color => "",
        Danger::High => "\x1b[1;31m",
        Danger::Some => "\x1b[33m",
        Danger::None => "\x1b[2m",
    };
    let end = if paint.is_empty() { "" } else { "\x1b[0m" };
    format!("{paint}{}{end}", change.class.name())
}

fn change(out: &mut String, change: &Change, color: bool) {
    let place = match (&change.from, &change.to) {
        (_, Some(to)) => format!("  ({to})"),
        (Some(from), None) => format!("  (was {from})"),
        (None, None) => String::new(),
    };
    *out += &format!("\n  {}  {}{}\n", class(change, color), words(&change.what), visible(&place));
    let two_sided = change.from.is_some() == change.to.is_some();
    let short: Vec<&Fact> = change.facts.iter().filter(|f| is_short(f)).collect();
    let width = short.iter().map(|f| words(&f.name).chars().count()).max().unwrap_or(0);
    short.iter().for_each(|f| *out += &format!("    {}\n", fact(f, width, two_sided)));
    for long in change.facts.iter().filter(|f| !is_short(f)) {
        *out += &format!("    {}\n", words(&long.name));
        let (old, new) = difference(long);
        old.iter().for_each(|line| *out += &format!("      - {line}\n"));
        new.iter().for_each(|line| *out += &format!("      + {line}\n"));
    }
    change.notes.iter().for_each(|note| *out += &format!("    {}.\n", words(note)));
}

/// `error budget   43m12s → 3h36m`.
fn fact(fact: &Fact, width: usize, two_sided: bool) -> String {
    let name = words(&fact.name);
    let gap = " ".repeat(width.saturating_sub(name.chars().count()));
    let value = match (&fact.old, &fact.new) {
        (Some(old), Some(new)) => format!("{} → {}", cut(old), cut(new)),
        (Some(one), None) if !two_sided => cut(one),
        (None, Some(one)) if !two_sided => cut(one),
        (Some(old), None) => format!("{} → none", cut(old)),
        (None, Some(new)) => format!("none → {}", cut(new)),
        (None, None) => String::new(),
    };
    format!("{name}{gap}   {value}")
}

/// Words as they are read in a terminal: what is somebody else's stands bare, too, but shows what it hides.
fn words(words: &Words) -> String {
    let one = |word: &Word| match word {
        Word::Plain(text) => text.clone(),
        Word::Code(text) => cut(text),
    };
    words.0.iter().map(one).collect()
}
