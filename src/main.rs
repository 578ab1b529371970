//! The program: arguments in, exit status out.

/// A build is made of small texts, which this one gives out faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::process::ExitCode;

fn main() -> ExitCode {
    sloc::cli::main()
}
