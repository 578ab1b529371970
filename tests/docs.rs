//! The documentation is true: its examples compile, its links lead somewhere, its names exist.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::Path;

use common::Memory;
use sloc::diag::render;
use sloc::driver;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The Markdown files of the project, generated ones aside.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(format!("{ROOT}/docs")).unwrap().map(|e| e.unwrap().path().display().to_string());
    let mut pages: Vec<String> = docs.filter(|p| p.ends_with(".md")).collect();
    pages.extend([format!("{ROOT}/README.md"), format!("{ROOT}/src/ARCHITECTURE.md")]);
    pages
}

/// The examples of a page as whole programs: a fragment is put where its block's name says.
fn examples(markdown: &str) -> Vec<String> {
    let blocks = |kind: &str| {
        let fence = format!("```{kind}\n");
        markdown.split(&fence).skip(1).map(|b| b.split("\n```").next().unwrap().to_string()).collect::<Vec<_>>()
    };
    let mut examples = blocks("slo");
    examples.extend(blocks("slo-in-service").iter().map(|b| format!("service example {{\n{b}\n}}\n")));
    examples
}

#[test]
fn every_example_compiles() {
    let mut count = 0;
    for page in pages() {
        for example in examples(&fs::read_to_string(&page).unwrap()) {
            let analysis = driver::analyze(&Memory::one(example.as_bytes())).unwrap();
            let printed = render::render(&analysis.diagnostics, &analysis.sources, render::Format::Short);
            assert!(analysis.model.is_some(), "{page}:\n{example}\n{printed}");
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} examples were found");
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).map(|l| l.split(')').next().unwrap()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let target = Path::new(&page).parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn the_message_in_the_readme_is_one_that_is_printed() {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- message: ").unwrap();
    let (path, rest) = rest.split_once(" -->").unwrap();
    let shown = rest.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    assert_eq!(shown, fs::read_to_string(format!("{ROOT}/{path}")).unwrap().trim_matches('\n'));
}
