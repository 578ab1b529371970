//! The cost of a program grows as the program does: counted in instructions, so that a busy machine changes nothing.
//! Each shape is compiled at two sizes, one eight times the other. Needs valgrind; skips where there is none.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::fmt::Write;
use std::process::Command;

use sandbox::{Sandbox, cache, has};

/// How much larger the larger size is, and how much of the cost may not be in proportion.
const TIMES: usize = 8;
const TOLERANCE: f64 = 1.15;

/// An objective of errors and total.
fn slo(name: &str) -> String {
    let total = format!("http_requests_total{{job=\"a\", kind=\"{name}\"");
    format!("  slo {name} 99.9% over 30d {{\n    errors  {total}, code=\"500\"}}\n    total   {total}}}\n  }}\n")
}

fn services(first: usize, count: usize, each: usize) -> String {
    let mut text = String::new();
    for service in first..first + count {
        let slos: String = (0..each).map(|n| slo(&format!("o{n}"))).collect();
        write!(text, "service s{service} {{\n{slos}}}\n").unwrap();
    }
    text
}

fn files(count: usize, each: usize) -> Vec<(String, String)> {
    (0..count).map(|n| (format!("specs/{n}.slo"), services(n, 1, each))).collect()
}

/// The instructions that a command executes on a program of these files, on one thread.
fn work(files: &[(String, String)], command: &str) -> f64 {
    let sandbox = Sandbox::empty();
    files.iter().for_each(|(path, text)| sandbox.put(path, text));
    instructions(&sandbox, command)
}

fn instructions(sandbox: &Sandbox, command: &str) -> f64 {
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_sloc")])
        .args(command.split(' '))
        .args(["--threads", "1"])
        .current_dir(sandbox.0.path())
        .envs([cache()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let count = said.split("Collected : ").nth(1).and_then(|rest| rest.split_whitespace().next());
    count.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no count: {said}"))
}

#[track_caller]
fn grows_in_proportion(what: &str, command: &str, n: usize, files: impl Fn(usize) -> Vec<(String, String)>) {
    if !has("valgrind") {
        return;
    }
    let [small, large] = [n, n * TIMES].map(|n| work(&files(n), command));
    let ratio = large / small / TIMES as f64;
    eprintln!("{what}: {:.0} instructions each, {ratio:.2} of proportional", large / (n * TIMES) as f64);
    assert!(ratio <= TOLERANCE, "{what}: {TIMES} times as much costs {ratio:.2} times what is proportional");
}

#[test]
fn services_of_ten_objectives() {
    grows_in_proportion("files of ten", "check", 3, |n| files(n, 10));
}

#[test]
fn one_file_of_many_services() {
    grows_in_proportion("one file", "check", 30, |n| vec![("specs/all.slo".into(), services(0, n, 1))]);
}

#[test]
fn one_service_of_many_objectives() {
    let all = |n| vec![("specs/all.slo".into(), services(0, 1, n))];
    grows_in_proportion("one service", "build --no-cache --only prometheus", 20, all);
}

#[test]
fn many_files_of_one_objective() {
    grows_in_proportion("files of one", "build --no-cache --only prometheus,runbooks", 20, |n| files(n, 1));
}

#[test]
fn a_large_catalog() {
    let catalog = |n: usize| {
        let lines: String = (0..n).map(|i| format!("  counter  other_{i}_total{{job, instance}}\n")).collect();
        vec![("specs/catalog.slo".into(), format!("metrics {{\n{lines}}}\n{}", services(0, 1, 1)))]
    };
    grows_in_proportion("metrics", "check", 300, catalog);
}

/// A sum of so many terms, the brackets as even as they can be: nesting has a limit of its own.
fn sum(first: usize, count: usize) -> String {
    match count {
        1 => format!("sum(rate(a{first}_total[$window]))"),
        _ => format!("({} + {})", sum(first, count / 2), sum(first + count / 2, count - count / 2)),
    }
}

#[test]
fn a_long_query() {
    let query = |n: usize| {
        let slo = format!("errors  {}\n    total  sum(rate(b_total[$window]))", sum(0, n));
        vec![("specs/a.slo".into(), format!("service a {{\n  slo a 99% over 30d {{\n    {slo}\n  }}\n}}\n"))]
    };
    grows_in_proportion("terms of a sum", "check", 60, query);
}

#[test]
fn a_chain_of_sums() {
    let chain = |n: usize| {
        let terms: Vec<String> = (0..n).map(|t| sum(t, 1)).collect();
        let text = terms.join(" + ");
        vec![(
            "specs/chain.slo".into(),
            format!(
                "service s {{\n  slo a 99% over 30d {{\n    errors  {text}\n    total   sum(rate(b_total[$window]))\n  }}\n}}\n"
            ),
        )]
    };
    grows_in_proportion("sums in a chain", "check", 20, chain);
}

#[test]
fn what_has_not_changed_is_not_made_again() {
    if !has("valgrind") {
        return;
    }
    for only in [" --only prometheus", ""] {
        let sandbox = Sandbox::empty();
        files(40, 10).iter().for_each(|(path, text)| sandbox.put(path, text));
        let build = format!("build{only}");
        let whole = instructions(&sandbox, &build);
        let same = instructions(&sandbox, &build) / whole;
        sandbox.put("specs/7.slo", &sandbox.read("specs/7.slo").replace("99.9%", "99.5%"));
        let one = instructions(&sandbox, &build) / whole;
        let found = format!("{build}: nothing changed, {same:.2} of a whole build; one file of 40, {one:.2}");
        eprintln!("{found}");
        assert!(same < 0.1 && one < 0.35, "{found}");
        assert_eq!(sandbox.run(&format!("build --check{only}")).status, 0);
    }
}
