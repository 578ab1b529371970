//! Bytes as a page of metrics, and as a saved catalog.
#![no_main]

#[path = "../limits.rs"]
mod limits;
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limits::hold(targets::catalog, bytes));
