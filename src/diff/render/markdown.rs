//! For a pull request: a summary line, a fold per service, never longer than a comment may be.
//!
//! What users wrote stands in code spans and code blocks only, where no markup, no mention and no reference takes effect.

use super::super::{Change, Danger, Fact, Word, Words};
use super::lines::{cut, difference, is_short, visible};
use super::{Report, heading, tally};

/// The most bytes a comment has: what GitHub accepts in characters, which are never more.
pub const LIMIT: usize = 65_536;

/// The first line of every comment, which nobody sees: the next run finds by it the comment to replace.
pub const MARK: &str = "<!-- sloc diff -->";

/// Room for the line that counts what is left out, and for closing what is open.
const RESERVE: usize = 1_000;

/// Up to here changes are told with all there is to them, then in a line each.
const WHOLE: usize = LIMIT / 4 * 3;

/// Prints a report as Markdown of at most [`LIMIT`] bytes. What does not fit is folded, a line for each change; what does not
/// fit even so is counted.
pub fn markdown(report: &Report) -> String {
    let mut out =
        format!("{MARK}\n**sloc diff**, {} → {}: **{}**\n", code(&report.old), code(&report.new), report.summary());
    for (path, side) in report.left_out.iter().take(MOST_LEFT_OUT) {
        out += &format!("\n> Not compared: {} has errors in {}.\n", code(path), code(side));
    }
    if let Some(more) = report.left_out.len().checked_sub(MOST_LEFT_OUT).filter(|more| *more > 0) {
        out += &format!("\n> Not compared either: {more} more files.\n");
    }
    let mut hidden = Vec::new();
    for (name, changes) in report.sections() {
        let rest = section(&mut out, &name, changes);
        hidden.extend_from_slice(rest);
    }
    rest(&mut out, &hidden);
    out
}

/// The changes that there was no room for, in a line each, and how many there was none for even so.
fn rest(out: &mut String, hidden: &[Change]) {
    if hidden.is_empty() {
        return;
    }
    *out += &format!("\n<details>\n<summary><b>in short</b>: {} more</summary>\n\n", tally(hidden));
    let end = "\n</details>\n";
    let mut shown = 0;
    for change in hidden {
        let place = code(&heading(change));
        let line = format!("- {} {}: {place}: {}\n", mark(change), change.class.name(), title(change));
        if out.len() + line.len() + end.len() + RESERVE > LIMIT {
            break;
        }
        *out += &line;
        shown += 1;
    }
    *out += end;
    let left = hidden.get(shown..).unwrap_or_default();
    if !left.is_empty() {
        *out += &format!("\nNot shown, as a comment has no room for more: {}. `sloc diff` shows all.\n", tally(left));
    }
}

/// The most files that are named as not compared.
const MOST_LEFT_OUT: usize = 20;

/// Prints what fits of a service's changes; gives back the rest.
fn section<'a>(out: &mut String, name: &str, changes: &'a [Change]) -> &'a [Change] {
    let high = changes.iter().any(|c| c.class.danger() == Danger::High);
    let name = html(&visible(name));
    let open = if high { " open" } else { "" };
    let head = format!("\n<details{open}>\n<summary><b>{name}</b>: {}</summary>\n", tally(changes));
    let end = "\n</details>\n";
    let mut body = String::new();
    let mut shown = 0;
    for one in changes {
        let text = change(one);
        if out.len() + head.len() + body.len() + text.len() + end.len() > WHOLE {
            break;
        }
        body += &text;
        shown += 1;
    }
    if shown > 0 {
        *out += &(head + &body + end);
    }
    changes.get(shown..).unwrap_or_default()
}

fn mark(change: &Change) -> &'static str {
    match change.class.danger() {
        Danger::High => "🔴",
        Danger::Some => "🟡",
        Danger::None => "⚪",
    }
}

/// What changes, and where.
fn title(change: &Change) -> String {
    let place = match (&change.from, &change.to) {
        (_, Some(to)) => format!(" ({})", code(&to.to_string())),
        (Some(from), None) => format!(" (was {})", code(&from.to_string())),
        (None, None) => String::new(),
    };
    words(&change.what) + &place
}

fn change(change: &Change) -> String {
    let mut out = format!("\n{} **{}**: {}\n", mark(change), change.class.name(), title(change));
    out += &table(&change.facts.iter().filter(|f| is_short(f)).collect::<Vec<_>>());
    for fact in change.facts.iter().filter(|f| !is_short(f)) {
        out += &format!("\n{}:\n\n{}", words(&fact.name), block(fact));
    }
    change.notes.iter().for_each(|note| out += &format!("\n{}.\n", words(note)));
    out
}

/// Facts side by side; a side that has no values has no column.
fn table(facts: &[&Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let value = |v: &Option<String>| v.as_ref().map_or_else(String::new, |v| cell(&code(v)));
    let columns = [facts.iter().any(|f| f.old.is_some()), facts.iter().any(|f| f.new.is_some())];
    let row = |cells: [String; 3]| {
        let [name, old, new] = cells;
        let shown = [(old, columns[0]), (new, columns[1])].into_iter().filter(|(_, shown)| *shown);
        shown.fold(format!("| {name} |"), |line, (cell, _)| format!("{line} {cell} |")) + "\n"
    };
    let head = row(["".into(), "before".into(), "after".into()]) + &row(["---".into(), "---".into(), "---".into()]);
    let lines = facts.iter().map(|f| row([cell(&words(&f.name)), value(&f.old), value(&f.new)]));
    lines.fold(format!("\n{head}"), |table, line| table + &line)
}

/// A pipe ends a cell, even in a code span, unless it is escaped.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A fact of several lines, as a difference. Its fence is longer than any in it.
fn block(fact: &Fact) -> String {
    let (old, new) = difference(fact);
    let lines = old.iter().map(|l| format!("- {l}\n")).chain(new.iter().map(|l| format!("+ {l}\n")));
    let body: String = lines.collect();
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}diff\n{body}{fence}\n")
}

fn words(words: &Words) -> String {
    let one = |word: &Word| match word {
        Word::Plain(text) => text.clone(),
        Word::Code(text) => code(text),
    };
    words.0.iter().map(one).collect()
}

/// A code span, delimited by more backticks than stand in it.
fn code(text: &str) -> String {
    let text = cut(text);
    if text.trim().is_empty() {
        return "(blank)".to_string();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// How many backticks stand together at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text between HTML tags.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
