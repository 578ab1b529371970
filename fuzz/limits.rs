//! What an input may cost: processor time, and memory at its peak. An input that costs more fails like a panic.
//!
//! The time is that of the processor, so that a busy machine fails nothing; libFuzzer's `-timeout` is for what never ends.
//! The memory is what is allocated, above what was before. Both count all that a target does: a query is read in three
//! dialects and typed four times, a file is imported from five tools, what is built is read back.

use std::time::Duration;

use cpu_time::ProcessTime;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// For each 100 KB, begun or whole.
const TIME: Duration = Duration::from_secs(1);

/// Bytes for each byte.
const TIMES: usize = 100;

/// Bytes whatever the input: an objective of ten lines is a dashboard, a page and forty rules, which are read back.
const ANY: usize = 16 << 20;

/// Bytes that templates may become, whatever the input, with where each came from: what is more than 4 MiB, and 100 times
/// the input, is refused (E0145).
const TEMPLATES: usize = 24 << 20;

/// Runs a target on an input; panics when that costs more than it may.
pub fn hold(target: fn(&[u8]), bytes: &[u8]) {
    MEMORY.reset_peak_usage();
    let (before, begun) = (MEMORY.current_usage(), ProcessTime::now());
    target(bytes);
    let (took, peak) = (begun.elapsed(), MEMORY.peak_usage().saturating_sub(before));
    let pieces = bytes.len() as u32 / 100_000 + 1;
    assert!(took <= TIME * pieces, "{} bytes took {took:?}", bytes.len());
    let templates = if bytes.windows(8).any(|word| word == b"template") { TEMPLATES } else { 0 };
    assert!(peak <= ANY + templates + TIMES * bytes.len(), "{} bytes took {peak} bytes of memory", bytes.len());
}
