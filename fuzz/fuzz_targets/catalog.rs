//! Bytes as a page of metrics, and as a saved catalog.
#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::catalog(bytes));
