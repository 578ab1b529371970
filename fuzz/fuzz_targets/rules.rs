//! Bytes as a rule file.
#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::hold(targets::rules, bytes));
