//! How the program is linked. Cargo runs this before it builds.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=.cargo/link.rs");
    let says = |name: &str, word: &str| env::var(name).is_ok_and(|value| value.split(',').any(|w| w == word));
    let glibc = says("CARGO_CFG_TARGET_OS", "linux") && says("CARGO_CFG_TARGET_ENV", "gnu");
    // At a place that is known, as Go's programs are: of every start, 15,000 addresses that are not computed and a hundred
    // pages that are not touched are a fifth; of the file, 350 KB.
    if glibc && !says("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
