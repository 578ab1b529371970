//! What is printed, and where: data go to standard output, words to people go to standard error.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::table::visible;
use crate::io::{Failure, Kind};

/// Prints to standard output. A reader that has gone away is no failure: `sloc explain E0001 | head -1`.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::Machine, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard error. There is nowhere to complain when that fails.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Shows how far something is, on one line of a terminal that is written anew each time; an empty text clears it.
pub(super) fn progress(text: &str) {
    const WIDTH: usize = 78;
    if is_watched() {
        let text: String = visible(text).chars().take(WIDTH).collect();
        say(&format!("\r\x1b[K{text}"));
    }
}

/// Does `work`; on a terminal, shows what it is when it takes longer than half a second, and how far.
pub(super) fn patiently<T>(text: &(dyn Fn() -> String + Sync), work: impl FnOnce() -> T) -> T {
    if !is_watched() {
        return work();
    }
    let told = AtomicBool::new(false);
    let tell = || {
        told.store(true, Ordering::Relaxed);
        progress(&format!("{} …", text()));
    };
    let done = crate::io::patiently(&tell, work);
    if told.into_inner() {
        progress("");
    }
    done
}

/// Whether somebody sees the line that is written anew.
fn is_watched() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Whether words to people are in colour: only on a terminal that knows them, and `NO_COLOR` is respected.
pub(super) fn color() -> bool {
    io::stderr().is_terminal() && color_wanted()
}

/// The same for what goes to standard output.
pub(super) fn color_out() -> bool {
    io::stdout().is_terminal() && color_wanted()
}

fn color_wanted() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    !set("NO_COLOR") && !dumb
}

/// Prints a failure: the line, the files concerned, what would help.
pub(super) fn failure(failure: &Failure) {
    say(&failure_text(failure, color()));
}

/// The most files a message lists.
const MOST_LINES: usize = 20;

pub(super) fn failure_text(failure: &Failure, color: bool) -> String {
    let (red, bold, plain) = if color { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let bug = if failure.kind == Kind::Bug { "this is a bug of sloc: " } else { "" };
    let mut text = format!("{red}error{plain}{bold}: {bug}{}{plain}\n", visible(&failure.message));
    for line in failure.lines.iter().take(MOST_LINES) {
        text += &format!("  {}\n", visible(line));
    }
    if let Some(more) = failure.lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        text += &format!("  and {more} more\n");
    }
    if let Some(help) = &failure.help {
        text += &format!("  help: {}\n", visible(help));
    }
    text
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_lists_files_up_to_a_limit_and_sends_nothing_strange_to_the_terminal() {
        let mut failure = Failure::new(Kind::Edited, "2 files\x1b[2J").help("`--force`");
        failure.lines = (0..22).map(|i| format!("file {i}")).collect();
        let text = failure_text(&failure, false);
        assert!(text.starts_with("error: 2 files\\u{1b}[2J\n  file 0\n"), "{text}");
        assert!(text.ends_with("  file 19\n  and 2 more\n  help: `--force`\n"), "{text}");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!((count(1, "file"), count(0, "file")), ("1 file".into(), "0 files".into()));
    }
}
