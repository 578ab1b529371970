//! The program: arguments in, exit status out.

use std::process::ExitCode;

/// A build is made of many small texts on several threads: see `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sloc::cli::main()
}
