//! `specs/COVERAGE.md`: each row has an answer, and all that it names is there.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of each row of the page's tables.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| the document asks"));
    lines.map(|l| l.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with a cell: files that are not there, words that the file before them does not hold. Behind a `;`
/// other things are spoken of.
fn faults(cell: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for part in cell.split(';') {
        let mut file: Option<(&str, String)> = None;
        for words in quoted(part) {
            if ["specs/", "out/", "tests/"].iter().any(|dir| words.starts_with(dir)) {
                match fs::read_to_string(root().join(words)) {
                    Ok(text) => file = Some((words, squeezed(&text))),
                    Err(_) => faults.push(format!("{words} is not there")),
                }
            } else if let Some((path, _)) = file.as_ref().filter(|(_, text)| !text.contains(&squeezed(words))) {
                faults.push(format!("{path} does not hold {words}"));
            }
        }
    }
    faults
}

/// Columns of spaces are the formatter's.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_requirement_has_an_answer_and_all_it_names_is_there() {
    let page = fs::read_to_string(root().join("specs/COVERAGE.md")).unwrap();
    let rows = rows(&page);
    assert!(rows.len() > 100, "only {} requirements", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [asked, spec, file, shown] = row[..] else {
            wrong.push(format!("not four cells: {row:?}"));
            continue;
        };
        let first = |cell: &str, dir: &str| quoted(cell).first().is_some_and(|words| words.starts_with(dir));
        if !first(spec, "specs/") || !first(file, "out/") {
            wrong.push(format!("{asked}: says neither where the spec says it nor which file does it"));
        }
        if !(quoted(shown).iter().any(|words| words.starts_with("tests/")) || shown.contains("**No file**")) {
            wrong.push(format!("{asked}: no test shows it, and no reason why"));
        }
        // What to do instead of a file is said in words of other programs.
        let shown = shown.split("**No file**").next().unwrap();
        wrong.extend([spec, file, shown].into_iter().flat_map(faults).map(|fault| format!("{asked}: {fault}")));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_row_that_names_what_is_not_there_is_found() {
    assert_eq!(faults("`specs/project.slo` `project acme`, then words"), Vec::<String>::new());
    assert_eq!(faults("`specs/none.slo`"), ["specs/none.slo is not there"]);
    assert_eq!(faults("`specs/project.slo` `no such words`"), ["specs/project.slo does not hold no such words"]);
}
