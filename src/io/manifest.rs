//! `out/manifest.json`: every file sloc owns there, with its digest and the spec line it came from.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::again::Kept;
use crate::emit::Artifact;
use crate::maps::IntoMap;
use crate::units::hex;

/// Where it stands, relative to `out/`.
pub(super) const PATH: &str = "manifest.json";

/// A SHA-256 digest, as 64 hexadecimal digits.
pub(super) type Sha = String;

/// What an earlier build wrote, by path.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Manifest {
    /// Digest and spec line of each file, by its path relative to `out/`.
    pub(super) files: BTreeMap<String, Entry>,
}

/// A file of the manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// The digest of the bytes that were written.
    pub(super) sha256: Sha,
    /// The spec line it came from.
    pub(super) from: String,
}

/// The digest of some bytes.
pub(super) fn digest(bytes: &[u8]) -> Sha {
    hex(&Sha256::digest(bytes))
}

/// The manifest of these artifacts as a file of its own: one line per file, in the order of the paths. It does not
/// list itself, and holds neither time nor version, so that it changes only when a file does.
pub(super) fn artifact(artifacts: &[Artifact], kept: Option<&Kept>) -> Artifact {
    // The digest of each file, or the bytes that it is to be made of.
    type Listed<'a> = (&'a str, &'a str, Result<&'a str, &'a [u8]>);
    let printed = artifacts.iter().map(|a| (a.path.as_str(), a.origin.as_str(), Err(a.body.as_bytes())));
    let kept = kept.into_iter().flat_map(Kept::files);
    let kept = kept.map(|(path, entry)| (path, entry.from.as_str(), Ok(entry.sha256.as_str())));
    let files: Vec<Listed<'_>> = printed.chain(kept).collect();
    let one = |(path, from, sha)| (path, line(path, &Result::map_or_else(sha, digest, str::to_string), from));
    let mut lines: Vec<(&str, String)> = files.into_par_iter().map(one).collect();
    // A few runs that are in order already, which this sort only merges.
    lines.sort();
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    let body = format!("{{\"files\": [\n{}\n]}}\n", lines.join(",\n"));
    Artifact { path: PATH.into(), body, origin: String::new() }
}

/// One file of the manifest as JSON.
fn line(path: &str, sha: &str, from: &str) -> String {
    let [path, sha, from] = [path, sha, from].map(serde_json::Value::from);
    format!("  {{\"path\": {path}, \"sha256\": {sha}, \"from\": {from}}}")
}

/// Reads a manifest. Says why in words when it is not one; a path that could lead out of `out/` makes it none.
pub(super) fn parse(bytes: &[u8]) -> Result<Manifest, String> {
    #[derive(Deserialize)]
    struct File {
        path: String,
        sha256: String,
        from: String,
    }
    #[derive(Deserialize)]
    struct Whole {
        files: Vec<File>,
    }
    let whole: Whole = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(file) = whole.files.iter().find(|f| !is_inside(&f.path)) {
        return Err(format!("it lists {:?}, which is no path inside the directory", file.path));
    }
    let entry = |f: File| (f.path, Entry { sha256: f.sha256, from: f.from });
    Ok(Manifest { files: whole.files.into_iter().map(entry).into_map() })
}

/// Whether a path surely stays below the directory it is relative to: plain names between single slashes, none of
/// them `.` or `..` or one of the writer's own scratch names.
pub(super) fn is_inside(path: &str) -> bool {
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['\\', '\0']);
    path.split('/').all(plain) && !path.starts_with(super::place::SCRATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, body: &str) -> Artifact {
        Artifact { path: path.into(), body: body.into(), origin: "specs/a.slo:3".into() }
    }

    #[test]
    fn it_reads_what_it_prints_in_the_order_of_paths() {
        let (a, b) = (file("prometheus/b.yml", "b"), file("a \"quoted\".md", ""));
        let printed = artifact(&[a, b], None).body;
        let first = printed.lines().nth(1).expect("a line per file");
        assert_eq!(
            first,
            "  {\"path\": \"a \\\"quoted\\\".md\", \"sha256\": \
             \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\", \"from\": \"specs/a.slo:3\"},"
        );
        let read = parse(printed.as_bytes()).expect("its own output");
        assert_eq!(read.files.keys().collect::<Vec<_>>(), ["a \"quoted\".md", "prometheus/b.yml"]);
        assert_eq!(read.files["prometheus/b.yml"].sha256, digest(b"b"));
    }

    #[test]
    fn an_empty_one_is_valid_too() {
        assert_eq!(parse(artifact(&[], None).body.as_bytes()), Ok(Manifest::default()));
    }

    #[test]
    fn a_path_that_leads_out_makes_it_none() {
        for path in ["../x", "/etc/passwd", "a/../../x", "a//b", "", "./x", "..", "a\\..\\b", ".sloc/x", "a/."] {
            let body = artifact(&[file(path, "")], None).body;
            assert!(parse(body.as_bytes()).is_err(), "{path}");
        }
        assert!(is_inside("a/..b/c..d"));
    }

    #[test]
    fn what_is_no_manifest_says_where() {
        let why = parse(b"{\"files\": [\n<<<<<<< HEAD\n").expect_err("a merge conflict");
        assert!(why.contains("line 2"), "{why}");
    }
}
