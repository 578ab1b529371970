//! Terraform reads the titles we wrote as they were written. It is no package of Debian's, so a machine may be without it.

use std::fs;
use std::process::Command;

use super::common::Memory;
use super::programs::run;
use super::project;

const TITLES: [&str; 8] =
    ["A B", "A-B", "Plain", "${HOME} and %{if}", "$${x} %%{y}", "a \"b\" \\ c", "100% $ {x}", "$$${a}${"];

#[test]
fn titles_are_read_as_they_were_written() {
    if !Command::new("terraform").arg("version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: terraform is not installed");
        return;
    }
    let quoted = |t: &str| format!("\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\""));
    let folders: String = TITLES.iter().map(|t| format!("folder {} {{ view everyone }}\n", quoted(t))).collect();
    let out = project::build(&Memory::one(folders.as_bytes()));
    let body = fs::read_to_string(out.path().join("terraform/access.tf.json")).unwrap();
    let ours: serde_json::Value = serde_json::from_str(&body).unwrap();
    run("terraform", &["providers"], &out.path().join("terraform"));
    // The same texts as outputs of a configuration that needs no provider.
    let outputs = ours["data"]["grafana_folder"].as_object().unwrap().iter();
    let outputs: serde_json::Map<String, serde_json::Value> =
        outputs.map(|(name, folder)| (format!("f_{name}"), serde_json::json!({ "value": folder["title"] }))).collect();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("main.tf.json"), serde_json::json!({ "output": outputs }).to_string()).unwrap();
    run("terraform", &["init", "-no-color"], dir.path());
    run("terraform", &["apply", "-auto-approve", "-no-color"], dir.path());
    let printed = Command::new("terraform").args(["output", "-json"]).current_dir(dir.path()).output().unwrap();
    let read: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut read: Vec<&str> = read.as_object().unwrap().values().map(|v| v["value"].as_str().unwrap()).collect();
    let mut wanted = TITLES.to_vec();
    read.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(read, wanted);
}
