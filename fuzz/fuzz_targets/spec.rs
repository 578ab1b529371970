//! Bytes as a program: read, checked, and built when it has no errors.
#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::hold(targets::spec, bytes));
