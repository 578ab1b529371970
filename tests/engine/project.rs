//! Projects compiled into a temporary directory: the one in `specs/`, and made-up ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sloc::driver;

use super::common::Memory;

/// Compiles a program and writes what it generates to a new directory.
pub fn build(program: &Memory) -> tempfile::TempDir {
    let analysis = driver::analyze(program).unwrap();
    let model = analysis.model.unwrap_or_else(|| panic!("{:#?}", analysis.diagnostics));
    let out = tempfile::tempdir().unwrap();
    for artifact in driver::emit(&model) {
        let path = out.path().join(&artifact.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, artifact.body).unwrap();
    }
    out
}

/// Our shop alone, with all that the specs share.
pub fn shop() -> Memory {
    let shared = |path: &str| path == "specs/project.slo" || path.starts_with("specs/shop/");
    Memory(own().0.into_iter().filter(|(path, _)| shared(path)).collect())
}

/// The project's own specs.
pub fn own() -> Memory {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |p: PathBuf| (p.strip_prefix(root).unwrap().to_str().unwrap().to_string(), fs::read(&p).unwrap());
    Memory(files(&root.join("specs")).into_iter().map(read).collect())
}

/// All files below a directory, in order.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// Files below a directory of `out/` with this ending, as arguments of a program that runs in `out/`.
pub fn named(out: &Path, dir: &str, ending: &str) -> Vec<String> {
    let below = files(&out.join(dir)).into_iter().map(|p| p.strip_prefix(out).unwrap().to_str().unwrap().to_string());
    below.filter(|p| p.ends_with(ending)).collect()
}

/// Ten services with ten objectives each, in every form that is written often.
pub fn hundred() -> Memory {
    let mut files = BTreeMap::new();
    for service in 0..10 {
        let mut text = format!("service s{service} {{\n");
        for slo in 0..10 {
            text.push_str(&objective(service, slo));
        }
        text.push_str("}\n");
        files.insert(format!("specs/s{service}.slo"), text.into_bytes());
    }
    Memory(files)
}

fn objective(service: usize, slo: usize) -> String {
    let job = format!("job=\"s{service}\", route=\"/r{slo}\"");
    let sli = match slo % 5 {
        0 => format!("errors requests_total{{{job}, code=~\"5..\"}}\n    total requests_total{{{job}}}"),
        1 => format!("good requests_total{{{job}, code!~\"5..|429\"}}\n    total requests_total{{{job}}}"),
        2 => format!("errors failures_total{{{job}}}\n    total calls_total{{{job}}}"),
        3 => format!("histogram latency_seconds{{{job}}} within 300ms"),
        _ => format!("ratio sum(rate(bounces_total{{{job}}}[$window])) / sum(rate(mails_total{{{job}}}[$window]))"),
    };
    let by = if slo % 10 == 5 { " by region" } else { "" };
    format!("  slo o{slo} 99.9% over 30d{by} {{\n    {sli}\n  }}\n")
}
