//! The engines themselves: Debian's `promtool`, `prometheus` and `amtool`, run as programs.

use std::path::Path;
use std::process::{Command, Output};

/// Whether a program is there. Where `SLOC_REQUIRE_ENGINES=1` says it must be, its absence fails the test; else the
/// test says that it skips.
pub fn have(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    // A browser only draws for people: what its test checks of the data, it checks without one.
    let required = std::env::var("SLOC_REQUIRE_ENGINES").is_ok_and(|v| v == "1") && program != "chromium";
    assert!(found || !required, "{program} is missing, and SLOC_REQUIRE_ENGINES=1 asks for it");
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// Runs a program in a directory and returns what it printed; fails the test when it fails.
pub fn run(program: &str, args: &[&str], dir: &Path) -> String {
    let output: Output = Command::new(program).args(args).current_dir(dir).output().unwrap();
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let shown: String = printed.lines().filter(|l| !l.trim().is_empty()).take(60).map(|l| format!("{l}\n")).collect();
    assert!(output.status.success(), "{program} {} failed:\n{shown}", args.join(" "));
    printed
}
