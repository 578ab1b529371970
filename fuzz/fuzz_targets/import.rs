//! Bytes as a file of each other tool.
#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::hold(targets::import, bytes));
