//! The fuzz targets of `fuzz/` on stable Rust: the corpus as it is, and mutations of it, the same ones in every run.
//!
//! `FUZZ=10000000 cargo test --release --test fuzz query -- --nocapture` feeds so many to one target; a failure prints
//! the input, and belongs into `tests/ui` once it is mended. `fuzz/run` takes the corpus and the pieces from here.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use common::below;

/// What a target begins with: what users have written.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let read = |paths: Vec<PathBuf>| paths.into_iter().map(|p| fs::read(p).unwrap()).collect::<Vec<_>>();
    match target {
        "query" => {
            let lines = include_str!("promql/findings.txt").lines().filter_map(|l| l.split(" | ").nth(1));
            let listed = include_str!("agreement/differences.txt").lines().filter_map(|l| l.split('"').nth(1));
            lines.chain(listed).map(|q| q.as_bytes().to_vec()).collect()
        }
        "catalog" => {
            [read(below("specs", ".prom")), read(below("tests", ".prom")), read(below("tests", ".json"))].concat()
        }
        "import" => [read(below("tests/import", ".yml")), read(below("tests/import", ".json"))].concat(),
        "rules" => [read(below("tests/rules", ".yml")), read(below("out/prometheus", ".rules.yml"))].concat(),
        "program" => (0..64u8)
            .map(|i| (0..120u8).map(|j| i.wrapping_mul(31).wrapping_add(j.wrapping_mul(i | 1))).collect())
            .collect(),
        _ => [read(below("specs", ".slo")), read(below("tests/ui", ".slo")), read(below("tests/fmt", ".slo"))].concat(),
    }
}

/// Numbers without an order that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}

/// Pieces that mean something somewhere.
const PIECES: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "`",
    "\\",
    ",",
    ":",
    "=",
    "=~",
    "!~",
    "==",
    "!=",
    ">=",
    "</",
    ">/",
    "-",
    "+",
    "*",
    "/",
    "%",
    "^",
    "@",
    "#",
    "\n",
    "\t",
    " ",
    "$",
    "$window",
    "[$window]",
    "[5m]",
    "[5m:1m]",
    "[1e30]",
    " offset 5m",
    " offset -1e30",
    " offset Inf",
    "NaN",
    "Inf",
    "0x1F",
    "1_000",
    "1e999",
    "5m",
    "99999999999999999999y",
    " by (a)",
    " without ()",
    " on (a)",
    " ignoring ()",
    " group_left (b)",
    " bool ",
    " and ",
    " or ",
    " unless ",
    "sum(",
    "rate(",
    "histogram_quantile(0.9, ",
    "topk(1, ",
    "label_replace(x, \"a\", \"$1\", \"b\", \"(\")",
    "count_values(\"v\", ",
    "info(x, {a=\"b\"})",
    " smoothed",
    " anchored",
    " fill(0) ",
    "start()",
    "step()",
    "{{",
    "}}",
    "${x:csv}",
    "\u{0}",
    "é",
    "\u{202e}",
    "\u{feff}",
    "\r\n",
    "\"\"\"",
    "99.9%",
    "30d",
    "service",
    "slo",
    "metrics",
    "import",
    "template",
    "use",
    "- ",
    "|\n",
    "&a",
    "*a",
    "!!str",
    "? ",
    "<<: ",
    "---\n",
    "# TYPE x counter\n",
    "# UNIT x s\n",
    "le=\"1\"",
    "_total 1",
];

/// One input made of others.
fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut out = corpus[dice.roll(corpus.len())].clone();
    for _ in 0..1 + dice.roll(4) {
        let (a, b) = (dice.roll(out.len() + 1), dice.roll(out.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        match dice.roll(8) {
            0 => drop(out.splice(start..start, PIECES[dice.roll(PIECES.len())].bytes())),
            1 => drop(out.splice(start..end.min(start + 8), PIECES[dice.roll(PIECES.len())].bytes())),
            2 => drop(out.drain(start..end.min(start + 12))),
            3 if start < out.len() => out[start] = dice.roll(256) as u8,
            4 if start < out.len() => out[start] ^= 1 << dice.roll(8),
            5 => {
                let piece = out[start..end.min(start + 40)].to_vec();
                out.splice(start..start, piece);
            }
            6 => out.truncate(end),
            _ => {
                let other = &corpus[dice.roll(corpus.len())];
                let from = dice.roll(other.len() + 1);
                out.splice(start..end, other[from..].iter().copied());
            }
        }
    }
    out
}

/// Writes the corpus of a target for libFuzzer, and the pieces as its dictionary.
fn hand_over(folder: &Path, name: &str, corpus: &[Vec<u8>]) {
    let seeds = folder.join(name);
    fs::create_dir_all(&seeds).unwrap();
    for (i, seed) in corpus.iter().enumerate() {
        fs::write(seeds.join(format!("seed-{i:04}")), seed).unwrap();
    }
    let hex = |piece: &str| piece.bytes().map(|b| format!("\\x{b:02x}")).collect::<String>();
    let lines: Vec<String> = PIECES.iter().map(|piece| format!("\"{}\"\n", hex(piece))).collect();
    fs::write(folder.join(format!("{name}.dict")), lines.concat()).unwrap();
}

/// Feeds a target its corpus and mutations of it; a failure names the input.
fn feed(name: &str, least: usize) {
    let target = targets::ALL.iter().find(|(n, _)| *n == name).unwrap().1;
    let corpus = corpus(name);
    assert!(corpus.len() > 2, "{name} has no corpus");
    if let Some(folder) = std::env::var_os("CORPUS") {
        return hand_over(&PathBuf::from(folder), name, &corpus);
    }
    let count = std::env::var("FUZZ").ok().map_or(least, |n| n.parse().unwrap());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut longest = 0;
    for i in 0..corpus.len() + count {
        let input = corpus.get(i).cloned().unwrap_or_else(|| mutated(&corpus, &mut dice));
        longest = longest.max(input.len());
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            panic!("input {i} of `{name}` fails: {:?}", String::from_utf8_lossy(&input));
        }
        if count > 1_000_000 && i % 1_000_000 == 0 {
            println!("{name}: {i}");
        }
    }
    println!("{name}: {} inputs, the longest of {longest} bytes", corpus.len() + count);
}

#[test]
fn query() {
    feed("query", 2000);
}

#[test]
fn spec() {
    feed("spec", 200);
}

#[test]
fn format() {
    feed("format", 500);
}

#[test]
fn program() {
    feed("program", 40);
}

#[test]
fn catalog() {
    feed("catalog", 500);
}

#[test]
fn import() {
    feed("import", 200);
}

#[test]
fn rules() {
    feed("rules", 200);
}
