//! What holds of the formatter for every file: formatting twice is formatting once, nothing means anything else
//! afterwards, no comment is lost, and however a file was written, it comes out the same.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Memory;
use common::programs::{ITEMS, PARTS, programs, query};
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use sloc::fmt::{Refusal, format};
use sloc::source::FileId;
use sloc::syntax::{self, Piece, PieceKind};
use sloc::{driver, promql};

const FILE: FileId = FileId(0);

fn formatted(text: &str) -> String {
    format(FILE, text).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

fn pieces(text: &str) -> Vec<Piece> {
    let parsed = syntax::parse(FILE, text);
    assert!(parsed.diagnostics.is_empty(), "{:?}\n{text}", parsed.diagnostics);
    parsed.pieces
}

/// Every comment, those inside queries too, in the order of the file.
fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in pieces(text) {
        let source = &text[piece.span.range()];
        match piece.kind {
            PieceKind::Comment => found.push(source.to_string()),
            PieceKind::Raw => {
                found.extend(in_query(source).into_iter().filter_map(|(is_comment, text)| is_comment.then_some(text)))
            }
            _ => {}
        }
    }
    found.sort();
    found
}

/// A query as comments and stretches of other text without white space: an own, simpler reader than the formatter's.
fn in_query(query: &str) -> Vec<(bool, String)> {
    let mut found: Vec<(bool, String)> = Vec::new();
    let mut chars = query.chars().peekable();
    let mut open = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                open.push(c);
                while let Some(inner) = chars.next() {
                    open.push(inner);
                    if inner == '\\' && c != '`' {
                        open.extend(chars.next());
                    } else if inner == c {
                        break;
                    }
                }
            }
            '#' => {
                found.push((false, std::mem::take(&mut open)));
                let mut comment = String::from(c);
                while let Some(c) = chars.next_if(|c| *c != '\n') {
                    comment.push(c);
                }
                found.push((true, comment.trim_end().to_string()));
            }
            c if c.is_whitespace() => {}
            c => open.push(c),
        }
    }
    found.push((false, open));
    found
}

/// The characters of every query that are neither white space outside strings nor comments.
fn queries(text: &str) -> Vec<String> {
    let raw = pieces(text).into_iter().filter(|piece| piece.kind == PieceKind::Raw);
    let bare = |piece: Piece| {
        let parts = in_query(&text[piece.span.range()]).into_iter();
        parts.filter(|(is_comment, _)| !is_comment).map(|(_, text)| text).collect()
    };
    raw.map(bare).collect()
}

/// What a program means: its model, apart from the numbers of lines.
fn meaning(text: &str) -> String {
    let analysis = driver::analyze(&Memory::one(text.as_bytes())).unwrap();
    let model = format!("{:#?}", (analysis.model, analysis.environments));
    let codes: Vec<&str> = analysis.diagnostics.iter().map(|d| d.code.id).collect();
    let line = |line: &str| match line.trim_start().starts_with("line: ") {
        true => String::new(),
        false => line
            .split(".slo:")
            .enumerate()
            .map(|(i, part)| if i == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) })
            .collect::<Vec<_>>()
            .join(".slo:"),
    };
    format!("{codes:?}\n{}", model.lines().map(line).collect::<Vec<_>>().join("\n"))
}

/// Checks all that must hold of one file, and gives it formatted.
fn check(text: &str) -> String {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "formatting twice is not formatting once");
    assert_eq!(comments(&once), comments(text));
    assert_eq!(queries(&once), queries(text));
    assert_eq!(meaning(&once), meaning(text), "{text}\n→\n{once}");
    assert!(!once.contains("\n\n\n") || once.contains("\"\"\""), "{once}");
    assert!(once.is_empty() || once.ends_with('\n') && !once.ends_with("\n\n"), "{once:?}");
    once
}

/// Every spec and every example in the repository that has no syntax errors.
fn corpus() -> Vec<(PathBuf, String)> {
    let mut open =
        ["specs", "examples", "src", "tests", "docs"].map(|d| Path::new(env!("CARGO_MANIFEST_DIR")).join(d)).to_vec();
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => open.push(path),
                Some("slo") => found.extend(String::from_utf8(fs::read(&path).unwrap()).map(|text| (path, text))),
                Some("md") => {
                    let text = fs::read_to_string(&path).unwrap();
                    found.extend(common::slo_blocks(&text).map(|block| (path.clone(), format!("{block}\n"))));
                }
                _ => {}
            }
        }
    }
    found.retain(|(_, text)| syntax::parse(FILE, text).diagnostics.is_empty());
    found.sort();
    assert!(found.len() > 60, "{}", found.len());
    found
}

#[test]
fn every_spec_and_example_of_the_repository_keeps_its_meaning() {
    for (path, text) in corpus() {
        println!("{}", path.display()); // shown when a test fails
        check(&text);
    }
}

/// `UPDATE=1` formats them, the examples in the documentation too.
#[test]
fn the_projects_own_specs_are_formatted() {
    let places = ["specs", "examples", "src/cli/init", "docs"];
    let own =
        |path: &Path| places.iter().any(|place| path.starts_with(Path::new(env!("CARGO_MANIFEST_DIR")).join(place)));
    for (path, text) in corpus().into_iter().filter(|(path, _)| own(path)) {
        let formatted = formatted(&text);
        if std::env::var_os("UPDATE").is_some() && formatted != text {
            let file = fs::read_to_string(&path).unwrap();
            fs::write(&path, file.replace(text.trim_end(), formatted.trim_end())).unwrap();
        } else {
            assert_eq!(formatted, text, "{}: UPDATE=1 cargo test --test fmt", path.display());
        }
    }
}

#[test]
fn files_as_people_leave_them_come_out_as_their_answers() {
    for name in ["messy", "alerting", "template", "boards", "series", "words"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt").join(name);
        let text = fs::read_to_string(path.with_extension("slo")).unwrap();
        let answer = path.with_extension("formatted");
        let found = check(&text);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&answer, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&answer).unwrap());
    }
}

#[test]
fn a_file_with_syntax_errors_is_refused_with_them() {
    for text in ["service a {", "service a { slo b 99% over 30d { errors } }", "title \"x\"", "service a { title \"x }"]
    {
        let refused = format(FILE, text);
        assert!(matches!(&refused, Err(Refusal::Errors(errors)) if !errors.is_empty()), "{text}: {refused:?}");
    }
}

#[test]
fn what_is_no_promql_stays_byte_for_byte() {
    let text = "service a {\n  slo b 99% over 30d {\n    errors   {app=\"x\"}   |=   \"error\"  # c\n    total sum(\n   rate(x[5m])   ~   y\n )\n  }\n}\n";
    let out = formatted(text);
    assert!(out.contains("errors  {app=\"x\"}   |=   \"error\"  # c\n"), "{out}");
    assert!(out.contains("total   sum(\n   rate(x[5m])   ~   y\n )\n"), "{out}");
    assert_eq!(formatted(&out), out);
}

#[test]
fn bytes_that_editors_leave_behind_go() {
    assert_eq!(
        formatted("\u{feff}team a   \"A\"\r\n\r\n\r\n\r\nteam b\t\r\n# c \t\r\n\r\n"),
        "team a \"A\"\n\nteam b\n# c\n"
    );
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n  \n"), "");
    assert_eq!(formatted("team a # no newline"), "team a  # no newline\n");
}

/// How a file is spoiled: only in ways that must not matter, or with comments and blank lines too.
struct Spoiler<'a> {
    rng: &'a mut TestRng,
    comments: bool,
}

impl Spoiler<'_> {
    fn below(&mut self, n: u32) -> u32 {
        self.rng.next_u32() % n
    }

    fn pick(&mut self, from: &[&str]) -> String {
        from[self.below(from.len() as u32) as usize].to_string()
    }

    fn spaces(&mut self) -> String {
        self.pick(&[" ", "  ", "\t", "      ", " \t "])
    }

    fn indent(&mut self) -> String {
        self.pick(&["", " ", "  ", "\t", "          "])
    }

    fn comment(&mut self) -> String {
        let text = self.pick(&["#", "# why", "#tight", "# \"quoted\" { } ( \"\"\"", "# tür 🚪", "## --- ##"]);
        let pad = self.pick(&["", " ", "   "]);
        format!("{pad}{text}{}\n", self.pick(&["", " ", "\t", "\r"]))
    }

    /// From the end of a statement to the next.
    fn between(&mut self, gap: &str) -> String {
        let mut out = self.pick(&["", "", " ", "\t", "\r"]);
        let blank = gap.matches('\n').count() > 1 || self.comments && self.below(4) == 0;
        out += &if self.comments && self.below(3) == 0 { self.comment() } else { "\n".into() };
        if blank {
            out += &self.pick(&["\n", "\n\n", " \n", "\r\n\n\n"]);
        }
        while self.comments && self.below(4) == 0 {
            out += &(self.indent() + &self.comment());
            out += &self.pick(&["", "", "\n", "\n\n"]);
        }
        out + &self.indent()
    }

    fn query(&mut self, query: &str) -> String {
        let mut out = String::new();
        let mut depth = 0;
        for (is_comment, stretch) in in_query_words(query) {
            if is_comment {
                out += &format!("{stretch}\n");
                continue;
            }
            let (opens, closes) = (matches!(&*stretch, "(" | "{" | "["), matches!(&*stretch, ")" | "}" | "]"));
            if depth > 0 && !out.ends_with(' ') && (closes || stretch == ",") {
                out += &self.loose();
            }
            out += &stretch;
            depth += i32::from(opens) - i32::from(closes);
            if depth > 0 && (opens || stretch == ",") {
                out += &self.loose();
            }
        }
        out
    }

    /// White space inside the brackets of a query.
    fn loose(&mut self) -> String {
        match self.below(6) {
            0 if self.comments => self.comment() + &self.indent(),
            1 if self.comments => format!("\n{}", self.indent()) + &self.comment(),
            2 | 3 => format!("\n{}", self.indent()),
            4 => self.spaces(),
            _ => String::new(),
        }
    }

    fn file(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut last = 0;
        let mut before = PieceKind::Separator;
        let mut head = "";
        for piece in pieces(text) {
            let gap = &text[last..piece.span.start as usize];
            let source = &text[piece.span.range()];
            let own_line = gap.contains('\n') || last == 0;
            out += &match piece.kind {
                PieceKind::Comment if own_line => format!("{gap}{}", self.indent()),
                PieceKind::Comment => self.spaces(),
                PieceKind::Head | PieceKind::Close if own_line && before == PieceKind::Comment => {
                    format!("{gap}{}", self.indent())
                }
                PieceKind::Head | PieceKind::Close if own_line && last > 0 => self.between(gap),
                _ if gap.is_empty() || own_line => gap.to_string(),
                _ => self.spaces(),
            };
            if piece.kind == PieceKind::Head {
                head = source;
            }
            // The series of a test stands on one line.
            let query = piece.kind == PieceKind::Raw && head != "series";
            out += &if query { self.query(source) } else { source.to_string() };
            last = piece.span.end as usize;
            before = piece.kind;
        }
        out + &self.pick(&["", "\n", "\n\n", "  \n"])
    }
}

/// A query as comments, brackets, commas, strings and what stands between them, with the white space in it.
fn in_query_words(query: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '#' => rest.find('\n').map_or(rest.len(), |n| n + 1),
            '"' | '\'' | '`' => string_length(rest),
            // `${name}` is one token.
            '$' => rest.strip_prefix("${").and_then(|inner| inner.find('}')).map_or(1, |n| n + 3),
            _ => rest
                .find(['#', '"', '\'', '`', '(', ')', '{', '}', '[', ']', ',', '$'])
                .filter(|n| *n > 0)
                .unwrap_or(if "(){}[],".contains(c) { 1 } else { rest.len() }),
        };
        let (word, after) = rest.split_at(length);
        found.push((c == '#', word.trim_end_matches('\n').to_string()));
        rest = after;
    }
    found
}

fn string_length(text: &str) -> usize {
    let quote = text.chars().next().unwrap();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    text.len()
}

fn spoiled(text: &str, rng: &mut TestRng, comments: bool) -> String {
    Spoiler { rng, comments }.file(text)
}

/// Programs with every kind of item, block and value.
fn program() -> impl Strategy<Value = String> {
    let text = "[ -!#-\\[\\]-~é🚪]{0,30}";
    let slo = (query(), query(), text, prop::sample::select(vec!["", " by region", " by region, zone"])).prop_map(|(errors, total, about, by)| {
        (format!("99.9% over 30d{by} {{\nabout \"{about}\"\nerrors {errors}\ntotal {total}\nno-traffic good\npage {{ channel = \"{about}\", zone = \"x\" }}\nticket {{\nchannel = \"#c\"\n}}\nrunbook \"\"\"\n  1. {about}\n\n       deeper\n \"\"\"\n}}\n"), 0)
    });
    (prop::collection::vec(slo, 0..3), text, prop::collection::vec(("[a-z]{1,12}_total", prop::sample::select(vec!["", "{}", "{job}", "{job,code=~\"5..\"}"]), prop::sample::select(vec!["", " seconds", " \"help\""])), 0..4)).prop_map(
        |(slos, title, metrics)| {
            let slos: String = slos.into_iter().enumerate().map(|(i, (body, _))| format!("slo s{i} {body}")).collect();
            let metrics: String = metrics.into_iter().enumerate().map(|(i, (name, labels, rest))| format!("counter {name}_{i}{labels}{rest}\n")).collect();
            let metrics = if metrics.is_empty() { String::new() } else { format!("metrics {{\n{metrics}}}\n") };
            format!("project p {{\nfolder \"{title}\"\nevery 30s\n}}\nteam payments \"P\"\nteam b\n{metrics}policy fast {{\npage 2% of budget in 1h confirmed over 5m\nticket 14.4x burn over 3d\n}}\nservice shop {{\ntitle \"{title}\"\nowner payments\nlabels {{ a = \"b\" }}\n{slos}}}\n")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn generated_programs_keep_their_meaning_and_come_out_the_same_however_they_were_written(text in program(), mut rng in any::<u64>().prop_perturb(|_, rng| rng)) {
        let once = check(&text);
        let plain = spoiled(&text, &mut rng, false);
        prop_assert_eq!(check(&plain), once.clone(), "from\n{}\nand from\n{}", text, plain);
        check(&spoiled(&text, &mut rng, true));
        check(&spoiled(&once, &mut rng, true));
    }

    #[test]
    fn programs_of_every_construct_keep_their_meaning_and_come_out_the_same(text in programs(query()), mut rng in any::<u64>().prop_perturb(|_, rng| rng)) {
        let once = check(&text);
        let plain = spoiled(&text, &mut rng, false);
        prop_assert_eq!(check(&plain), once.clone(), "from\n{}\nand from\n{}", text, plain);
        check(&spoiled(&text, &mut rng, true));
        check(&spoiled(&once, &mut rng, true));
    }

    #[test]
    fn queries_are_laid_out_within_any_width(text in query(), width in 1usize..200, column in 0usize..60) {
        let frame = promql::Frame { column, indent: 4, width, reserve: 3 };
        let out = promql::layout(&text, frame).unwrap();
        prop_assert!(promql::is_same(&text, &out));
        prop_assert_eq!(promql::layout(&out, frame), Some(out.clone()));
        let first = out.lines().next().unwrap();
        let one_line = promql::layout(&text, promql::Frame { width: usize::MAX, ..frame }).unwrap();
        prop_assert!(out == one_line || column + one_line.chars().count() + 3 > width, "{} {}", first, one_line);
    }

    #[test]
    fn no_text_makes_it_panic_or_lose_a_word(text in "[a-z{}()\\[\\]\"#=,~0-9%\n -]{0,200}") {
        if let Ok(out) = format(FILE, &text) {
            prop_assert_eq!(format(FILE, &out), Ok(out.clone()));
        }
    }
}

#[test]
fn the_generated_programs_hold_every_word_of_the_language_and_mean_something() {
    let query = "sum(rate(orders_total[$window]))".to_string();
    let text = common::programs::program(&ITEMS, &PARTS, &["a".into()], &[query], &[""]);
    let words: std::collections::BTreeSet<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).collect();
    // What is imported is another file.
    let missing: Vec<String> =
        common::words::keywords().into_iter().filter(|w| w != "import" && !words.contains(w.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let analysis = driver::analyze(&Memory::one(text.as_bytes())).unwrap();
    let format = sloc::diag::render::Format::Short;
    let wrong = sloc::diag::render::render(&analysis.diagnostics, &analysis.sources, format);
    assert!(analysis.model.is_some(), "{wrong}\n{text}");
}

#[test]
fn spoiled_specs_of_the_repository_keep_their_meaning() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let frame = promql::Frame { column: 0, indent: 0, width: 120, reserve: 0 };
    let is_query = |text: &str, piece: &Piece| {
        piece.kind != PieceKind::Raw || promql::layout(&text[piece.span.range()], frame).is_some()
    };
    for (path, text) in corpus().into_iter().filter(|(_, text)| pieces(text).iter().all(|piece| is_query(text, piece)))
    {
        for _ in 0..3 {
            println!("{}", path.display());
            let mut rng = runner.new_rng();
            check(&spoiled(&text, &mut rng, true));
            assert_eq!(check(&spoiled(&text, &mut rng, false)), formatted(&text));
        }
    }
}
