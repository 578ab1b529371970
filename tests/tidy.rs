//! The rules of the house that rustc cannot check. Each failure says which rule, where, and how to mend it; each
//! guard is shown below to fail on a small sample.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sloc::diag::codes;

const MAX_FILE: usize = 500;
const MAX_FN: usize = 60;
const MEDIAN_FN: usize = 8;

/// What stands only in some places: the token, the places under `src/`, and why.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("std::fs", &["io/"], "the core does not touch the disk"),
    ("std::net", &[], "nothing here talks to a network"),
    ("std::io", &["io/", "cli/"], "the core reads and prints nothing"),
    ("std::process", &["cli/", "main.rs", "io/git.rs"], "the core starts nothing and ends nothing"),
    ("std::env", &["cli/"], "the core does not read the environment"),
    ("std::thread", &["io/"], "work is shared out by rayon, in order"),
    ("SystemTime", &[], "output does not depend on the clock"),
    ("Instant::", &[], "output does not depend on the clock"),
    ("println!", &[], "commands print through `cli::terminal`, which survives a closed pipe"),
    ("print!(", &[], "commands print through `cli::terminal`, which survives a closed pipe"),
    ("HashMap", &[], "its order changes from run to run: use BTreeMap"),
    ("HashSet", &[], "its order changes from run to run: use BTreeSet"),
    (".expect(", &[], "no input may end in a panic: say what is wrong, or use what proves it"),
    ("panic!(", &[], "no input may end in a panic"),
    ("unreachable!(", &[], "no input may end in a panic"),
    ("promql_parser", &["promql/"], "only `promql` knows the parser of PromQL"),
    ("lrpar", &["promql/"], "only `promql` knows the parser of PromQL"),
    ("miette", &["diag/render.rs", "diag/excerpt.rs"], "only `diag::render` knows how messages are drawn"),
    ("use clap", &["cli/"], "only `cli` knows the command line"),
    ("ureq", &["io/"], "only `io` talks to a server"),
    ("rustix", &["io/"], "only `io` calls the system"),
    ("notify::", &["io/"], "only `io` is told of changed files"),
    ("use nom", &["syntax/"], "only `syntax` knows the parser of specs"),
];

/// A file of the project and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The text without its tests: what goes into the program.
    fn program(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    /// The path below `src/`.
    fn inside(&self) -> &str {
        self.path.strip_prefix("src/").unwrap_or(&self.path)
    }

    /// Whether the whole file is a test, mounted under `#[cfg(test)]`.
    fn is_test(&self) -> bool {
        let name = Path::new(&self.path).file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        matches!(name, "tests" | "faults") || self.path.contains("/tests/")
    }
}

// --- The guards: files in, complaints out. ---

/// A module imports only what stands above it in `lib.rs`.
fn layers(lib: &str, files: &[File]) -> Vec<String> {
    let order: Vec<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")).map(|l| l.trim_end_matches(';')).collect();
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| !f.is_test() && !matches!(f.inside(), "lib.rs" | "main.rs")) {
        let own = file.inside().split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let Some(level) = order.iter().position(|layer| *layer == own) else {
            wrong.push(format!("{}: `{own}` is no layer of lib.rs", file.path));
            continue;
        };
        for name in crate_paths(file.program()) {
            let used = order.iter().position(|layer| *layer == name);
            if used.is_none_or(|used| used > level) {
                wrong.push(format!("{}: `{own}` must not use `{name}`, which stands below it", file.path));
            }
        }
        let depth = file.inside().matches('/').count() + usize::from(!file.path.ends_with("/mod.rs"));
        if file.program().contains(&"super::".repeat(depth)) {
            wrong.push(format!("{}: leads to the crate's root by `super`: name the module, `crate::…`", file.path));
        }
    }
    wrong
}

/// The core has no world, no clock and no order by chance; each outside crate has one home.
fn homes(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| !f.is_test()) {
        for (token, homes, why) in ONLY_IN {
            let line = file.program().lines().position(|l| is_code(l) && l.contains(token));
            if let Some(line) = line.filter(|_| !homes.iter().any(|home| file.inside().starts_with(home))) {
                wrong.push(format!("{}:{}: `{token}`: {why}", file.path, line + 1));
            }
        }
    }
    wrong
}

/// Files are short, and say in the first line what they are for.
fn files_are_small(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if lines > MAX_FILE {
            wrong.push(format!("{}: {lines} lines: split it by idea", file.path));
        }
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{}: the first line says what the file is for: `//! …`", file.path));
        }
    }
    wrong
}

/// Functions are short.
fn functions_are_small(files: &[File]) -> Vec<String> {
    let long = |f: &File| {
        let path = f.path.clone();
        let long = functions(&f.text).into_iter().filter(|(_, lines)| *lines > MAX_FN);
        long.map(move |(at, lines)| format!("{path}:{at}: {lines} lines in one function")).collect::<Vec<_>>()
    };
    files.iter().flat_map(long).collect()
}

/// Every file is part of the program: its module is declared where Rust looks for it.
fn mounted(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| !matches!(f.inside(), "lib.rs" | "main.rs")) {
        let path = Path::new(file.inside());
        let module = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
        let name = module.file_stem().unwrap().to_str().unwrap();
        let parent = module.parent().unwrap().to_str().unwrap();
        let places = if parent.is_empty() {
            ["src/lib.rs".to_string(), "src/main.rs".to_string()]
        } else {
            [format!("src/{parent}/mod.rs"), format!("src/{parent}.rs")]
        };
        let declares = |f: &&File| places.contains(&f.path) && f.text.lines().any(|l| declares(l, name));
        if files.iter().find(declares).is_none() {
            wrong.push(format!("{}: not mounted: `mod {name};` is missing in {}", file.path, places[0]));
        }
    }
    wrong
}

/// A code as the guard sees it.
struct Known<'a> {
    id: &'a str,
    page: &'a str,
}

/// What a page says when no single spec file of bearable size shows the code: then a test in Rust has to.
const NOT_ONE_FILE: &str = "<!-- not from one file -->";

/// A code has a page with its parts, a place that reports it, and a test: a case in `tests/ui`, or one in Rust where
/// no file can be the case.
fn codes_are_explained(known: &[Known<'_>], files: &[File], tests: &[File], cases: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let sources = || files.iter().filter(|f| f.path != "src/diag/codes.rs" && !f.is_test());
    for Known { id, page } in known {
        let in_rust = page.contains(NOT_ONE_FILE);
        // The example is a spec, or a rule file that was never one: `tests/ui.rs` and `tests/rules.rs` try them.
        let of_rules = page.contains("\n```yaml\n");
        let example = if of_rules { "\n```yaml\n" } else { "\n```slo\n" };
        let headings = ["\n## What is wrong\n", "\n## Example\n", example, "\n## How to mend it\n"];
        let at: Vec<Option<usize>> = headings.iter().map(|h| page.find(h)).collect();
        let optional = |heading: &str| in_rust && heading.contains("```");
        for (heading, _) in headings.iter().zip(&at).filter(|(heading, at)| at.is_none() && !optional(heading)) {
            wrong.push(format!("{id}: its page lacks `{}`", heading.trim()));
        }
        if at.iter().flatten().collect::<Vec<_>>().windows(2).any(|w| w[0] > w[1]) {
            wrong.push(format!("{id}: the parts of its page stand in another order than on every other page"));
        }
        if !sources().any(|f| f.program().lines().any(|l| is_code(l) && l.contains(&format!("codes::{id}")))) {
            wrong.push(format!("{id}: registered, but reported nowhere"));
        }
        let tested = || {
            let of_source =
                files.iter().map(|f| if f.is_test() { f.text.as_str() } else { &f.text[f.program().len()..] });
            of_source.chain(tests.iter().map(|f| f.text.as_str())).any(|text| text.contains(id))
        };
        if !(cases.iter().any(|case| case.starts_with(&format!("{id}_"))) || in_rust && tested()) {
            let case =
                if of_rules { format!("tests/rules/{id}_<what>.yml") } else { format!("tests/ui/{id}_<what>.slo") };
            let where_to = if in_rust { "a test in Rust that names it" } else { &case };
            wrong.push(format!("{id}: nothing tests it: add {where_to}"));
        }
    }
    let of_no_code = cases.iter().filter(|case| !known.iter().any(|c| case.starts_with(&format!("{}_", c.id))));
    wrong.extend(of_no_code.map(|case| format!("{case}: the name begins with no code")));
    wrong
}

/// Nothing half-done, nothing that names this machine or a place to download from.
fn clean_text(files: &[File]) -> Vec<String> {
    // Written in two halves, so that this file does not find itself.
    let unfinished =
        [("TO", "DO"), ("FIX", "ME"), ("XX", "X:"), ("to", "do!("), ("unimplem", "ented!("), ("db", "g!(")];
    let places = [("crates", ".io"), ("npmjs", ".com"), ("npmjs", ".org"), ("pypi", ".org"), ("/work", "/.library")];
    let mut wrong = Vec::new();
    for file in files {
        for (halves, why) in unfinished
            .iter()
            .map(|h| (h, "finish it or take it out"))
            .chain(places.iter().map(|h| (h, "the project names no registry and no machine")))
        {
            let token = format!("{}{}", halves.0, halves.1);
            if let Some(line) = file.text.lines().position(|l| l.contains(&token)) {
                wrong.push(format!("{}:{}: `{token}`: {why}", file.path, line + 1));
            }
        }
    }
    wrong
}

// --- Reading the sources. ---

/// Whether a line is more than a comment.
fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

fn declares(line: &str, module: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
    line == format!("mod {module};")
}

/// Line (from 1) and length of every function that is longer than its first line.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let head = line.trim_start();
        let mut words = head.split_whitespace().skip_while(|w| w.starts_with("pub") || matches!(*w, "const" | "async"));
        let is_fn = words.next() == Some("fn");
        if !is_fn || head.ends_with('}') || head.ends_with(';') {
            continue;
        }
        let close = format!("{}}}", &line[..line.len() - head.len()]);
        if let Some(end) = lines[at..].iter().position(|l| *l == close) {
            found.push((at + 1, end + 1));
        }
    }
    found
}

/// The first name of every path from the crate's root: `crate::a::b`, and each in `crate::{a, b::c}`.
fn crate_paths(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for line_start in text.match_indices("crate::").map(|(at, word)| at + word.len()) {
        let line = text[..line_start].rsplit('\n').next().unwrap_or_default();
        if !is_code(line) {
            continue;
        }
        match text[line_start..].strip_prefix('{') {
            Some(group) => found.extend(top_level(group).into_iter().map(|part| ident(part.trim()))),
            None => {
                found.insert(ident(&text[line_start..]));
            }
        }
    }
    found
}

fn ident(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The parts of `a, b::{c, d}, e}` up to the brace that closes the group.
fn top_level(group: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if c == '}' && depth == 0 && start == at + 1 {
            break;
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a directory of the project whose names end so, in the order of their paths.
fn files(dir: &str, ends: &[&str]) -> Vec<File> {
    let mut open = vec![root().join(dir)];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if ends.iter().any(|end| path.to_str().is_some_and(|p| p.ends_with(end))) {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| File {
        text: fs::read_to_string(&path).unwrap_or_default(),
        path: path.strip_prefix(root()).unwrap().to_str().unwrap().to_string(),
    };
    paths.into_iter().map(read).collect()
}

fn sources() -> Vec<File> {
    files("src", &[".rs"])
}

/// Fails with all complaints at once.
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// --- The guards on the project itself. ---

#[test]
fn a_module_imports_only_what_stands_above_it() {
    none(layers(&fs::read_to_string(root().join("src/lib.rs")).unwrap(), &sources()));
}

#[test]
fn the_core_has_no_world_and_each_crate_has_one_home() {
    none(homes(&sources()));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    none(files_are_small(&sources()));
    none(files_are_small(&files("tests", &[".rs"])));
}

#[test]
fn functions_are_short() {
    none(functions_are_small(&sources()));
    let mut lengths: Vec<usize> =
        sources().iter().flat_map(|f| functions(f.program())).map(|(_, lines)| lines).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN_FN, "half of all functions have over {median} lines");
}

#[test]
fn every_file_is_part_of_the_program() {
    none(mounted(&sources()));
}

#[test]
fn every_code_has_its_page_its_place_and_its_case() {
    let known: Vec<Known<'_>> = codes::ALL.iter().map(|c| Known { id: c.id, page: c.page }).collect();
    let ids: BTreeSet<&str> = known.iter().map(|c| c.id).collect();
    let names: BTreeSet<&str> = codes::ALL.iter().map(|c| c.name).collect();
    assert_eq!((ids.len(), names.len()), (known.len(), known.len()), "a code or a name is registered twice");
    let entries = ["ui", "rules", "import"].map(|dir| fs::read_dir(root().join("tests").join(dir)).unwrap());
    let names = entries.into_iter().flatten().map(|e| e.unwrap().file_name().into_string().unwrap());
    // A folder of probes and a file without a code show more than one code.
    let answer = |name: &String| [".stderr", ".prom", ".answer"].iter().any(|end| name.ends_with(end));
    let of_one_code = |name: &String| name.contains('_') && !answer(name);
    let cases: Vec<String> = names.filter(of_one_code).collect();
    let tests: Vec<File> = files("tests", &[".rs"]).into_iter().filter(|f| f.path != "tests/tidy.rs").collect();
    none(codes_are_explained(&known, &sources(), &tests, &cases));
}

#[test]
fn nothing_is_half_done_and_nothing_names_a_registry() {
    for dir in ["src", "tests", "specs", "docs", "benches", ".ci"] {
        if root().join(dir).exists() {
            none(clean_text(&files(dir, &[".rs", ".md", ".slo", ".sh", "run", ".py", ".toml"])));
        }
    }
    for file in ["Cargo.toml", "README.md"].iter().filter(|f| root().join(f).exists()) {
        none(clean_text(&files(file, &[""])));
    }
}

#[test]
fn every_file_is_formatted() {
    let all: Vec<PathBuf> = sources().iter().chain(&files("tests", &[".rs"])).map(|f| root().join(&f.path)).collect();
    let rustfmt = Command::new("rustfmt").args(["--edition", "2024", "--check", "-l"]).args(all).output();
    let Ok(done) = rustfmt else {
        eprintln!("skipped: there is no rustfmt here");
        return;
    };
    assert!(done.status.success(), "run `cargo fmt`:\n{}", String::from_utf8_lossy(&done.stdout));
}

// --- Each guard fails on what it guards against. ---

fn sample(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

/// The complaints of a guard about one file.
fn about(guard: impl Fn(&[File]) -> Vec<String>, path: &str, text: &str) -> String {
    guard(&[sample(path, text)]).join("\n")
}

#[test]
fn the_guard_of_layers_can_fail() {
    let lib = "pub mod low;\n\npub mod high;\n";
    let guard = |files: &[File]| layers(lib, files);
    assert_eq!(about(guard, "src/high/a.rs", "use crate::low::X;\nuse super::b;\n"), "");
    for text in ["use crate::high::X;", "use crate::{low, high::{a, b}};", "fn f() { crate::high::f() }"] {
        let complaint = about(guard, "src/low.rs", text);
        assert!(complaint.contains("`low` must not use `high`"), "{text}: {complaint}");
    }
    for (path, text) in [("src/low.rs", "use super::high;"), ("src/low/a.rs", "use super::super::high;")] {
        assert!(about(guard, path, text).contains("by `super`"), "{path}");
    }
    assert_eq!(about(guard, "src/low/a/mod.rs", "use super::b;"), "");
    assert!(about(guard, "src/new.rs", "").contains("`new` is no layer"));
}

#[test]
fn the_guard_of_homes_can_fail() {
    for (token, _, why) in ONLY_IN {
        let complaint = about(homes, "src/lower/mod.rs", &format!("//! Sample.\n{token}"));
        assert!(complaint.starts_with("src/lower/mod.rs:2: ") && complaint.contains(why), "{token}: {complaint}");
    }
    assert_eq!(about(homes, "src/io/disk.rs", "use std::fs;"), "");
    assert_eq!(about(homes, "src/lower/mod.rs", "// HashMap would do\n#[cfg(test)]\nmod tests {\n.expect(\n}"), "");
}

#[test]
fn the_guards_of_size_can_fail() {
    assert!(about(files_are_small, "src/a.rs", &"//! A.\n".repeat(MAX_FILE + 1)).contains("split it"));
    assert!(about(files_are_small, "src/a.rs", "use b;\n").contains("what the file is for"));
    let function = |lines: usize| format!("    pub(super) fn f() {{\n{}    }}\n", "        g();\n".repeat(lines - 2));
    assert_eq!(about(functions_are_small, "src/a.rs", &function(MAX_FN)), "");
    assert_eq!(about(functions_are_small, "src/a.rs", &function(MAX_FN + 1)), "src/a.rs:1: 61 lines in one function");
}

#[test]
fn the_guard_of_mounting_can_fail() {
    let lib = || sample("src/lib.rs", "pub mod a;\n");
    assert_eq!(mounted(&[lib(), sample("src/a/mod.rs", "mod b;\n"), sample("src/a/b.rs", "")]), Vec::<String>::new());
    assert!(mounted(&[lib(), sample("src/a/mod.rs", "// mod b;\n"), sample("src/a/b.rs", "")])[0].contains("a/b.rs"));
    assert!(mounted(&[lib(), sample("src/c.rs", "")])[0].contains("`mod c;` is missing in src/lib.rs"));
}

#[test]
fn the_guard_of_codes_can_fail() {
    let page = "# a\n\n## What is wrong\n\nx\n\n## Example\n\n```slo\nx\n```\n\n## How to mend it\n\nx\n";
    let source = || sample("src/a.rs", "codes::E0001");
    let cases = ["E0001_a.slo".to_string()];
    let complaints = |page: &str, source: File, tests: &[File], cases: &[String]| {
        codes_are_explained(&[Known { id: "E0001", page }], &[source], tests, cases).join("\n")
    };
    assert_eq!(complaints(page, source(), &[], &cases), "");
    let fails = |page: &str, source: File, cases: &[String], with: &str| {
        let complaints = complaints(page, source, &[], cases);
        assert!(complaints.contains(with), "{with}: {complaints}");
    };
    fails(&page.replace("## How to mend it", ""), source(), &cases, "lacks `## How to mend it`");
    fails(&page.replace("```slo", "```"), source(), &cases, "lacks ````slo`");
    fails(
        &page.replace("wrong", "W").replace("it\n\nx\n", "it\n\n## What is wrong\n"),
        source(),
        &cases,
        "another order",
    );
    fails(page, sample("src/diag/codes.rs", "codes::E0001"), &cases, "reported nowhere");
    fails(page, sample("src/a.rs", "// codes::E0001"), &cases, "reported nowhere");
    fails(page, source(), &[], "add tests/ui/E0001_<what>.slo");
    fails(page, source(), &["E0001_a.slo".into(), "E9_b.slo".into()], "E9_b.slo: the name begins with no code");
    let of_rules = page.replace("```slo", "```yaml");
    assert_eq!(complaints(&of_rules, source(), &[], &["E0001_a.yml".into()]), "");
    fails(&of_rules, source(), &[], "add tests/rules/E0001_<what>.yml");
    let in_rust = format!("{NOT_ONE_FILE}{}", page.replace("```slo", "```"));
    fails(&in_rust, source(), &[], "add a test in Rust that names it");
    assert_eq!(complaints(&in_rust, source(), &[sample("tests/a.rs", "E0001")], &[]), "");
    let beside = sample("src/a.rs", "codes::E0001\n#[cfg(test)]\nmod tests {\nE0001\n}");
    assert_eq!(complaints(&in_rust, beside, &[], &[]), "");
}

#[test]
fn the_guard_of_clean_text_can_fail() {
    for token in [["TO", "DO"], ["db", "g!(x)"], ["https://crates", ".io/x"], ["/work/", ".library/env"]] {
        let complaint = about(clean_text, "docs/a.md", &format!("fine\n{}", token.concat()));
        assert!(complaint.starts_with("docs/a.md:2: "), "{token:?}: {complaint}");
    }
    assert_eq!(about(clean_text, "docs/a.md", "all is done"), "");
}
