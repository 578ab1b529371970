//! Bytes as a query: read, typed, printed and read again.
#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::hold(targets::query, bytes));
