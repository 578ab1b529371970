//! When sloc itself is wrong: a panic becomes a message with the place and the exit status of a failed machine.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use super::{Status, terminal};

/// Runs `command`. A panic in it, on whatever thread, is told as a bug of sloc. The output directory is safe: it is
/// replaced as a whole, by the last step of a build.
pub(super) fn guarded(command: impl FnOnce() -> Status) -> Status {
    panic::set_hook(Box::new(report));
    panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or(Status::Failed)
}

fn report(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
    terminal::say(&message(info.payload(), &place));
}

fn message(payload: &(dyn Any + Send), place: &str) -> String {
    let words = payload.downcast_ref::<&str>().copied();
    let words = words.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "error: this is a bug of sloc, not of the specs: {words}\n  at {place}, sloc {version}\n  \
         help: no file of an earlier build is lost; please report these lines with the spec that leads to them\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place_and_never_leaves_the_program() {
        let text = message(&"index out of bounds", "src/lower/mod.rs:7:3");
        assert!(
            text.starts_with("error: this is a bug of sloc, not of the specs: index out of bounds\n  at src/lower/")
        );
        let hook = panic::take_hook();
        let status = guarded(|| panic!("on purpose, by a test"));
        panic::set_hook(hook);
        assert_eq!(status, Status::Failed);
    }
}
