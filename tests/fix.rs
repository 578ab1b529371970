//! `sloc check --fix`: what is mended, what is left alone, what is said.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use sandbox::{CHECKOUT, Sandbox};

const BROKEN: &str = r#"service checkout {
  slo availability 99.9% over 30d {
    errors sum(rate(http_requests_total{job=="checkout", code=~"5.."}[5m]))  # kept
    total  sum(holt_winters(http_requests_total{job=="checkout"}[$window], 0.5, 0.5))
  }
}
"#;

const MENDED: &str = r#"service checkout {
  slo availability 99.9% over 30d {
    errors sum(rate(http_requests_total{job="checkout", code=~"5.."}[$window]))  # kept
    total  sum(double_exponential_smoothing(http_requests_total{job="checkout"}[$window], 0.5, 0.5))
  }
}
"#;

#[test]
fn all_sure_fixes_are_put_in_and_told_and_the_rest_is_as_it_was() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/checkout.slo", BROKEN);
    fs::set_permissions(sandbox.path("specs/checkout.slo"), fs::Permissions::from_mode(0o604)).unwrap();
    let fixed = sandbox.run("check --fix").exits(0).says("1 warning in 1 SLO of 1 service");
    assert_eq!(sandbox.read("specs/checkout.slo"), MENDED);
    let told: Vec<&str> = fixed.stderr.lines().filter(|line| line.starts_with("specs/")).collect();
    assert_eq!(told.len(), 4, "{}", fixed.stderr);
    assert!(told.contains(&"specs/checkout.slo:3: write `=` (E0301 query-syntax)"), "{}", fixed.stderr);
    assert!(
        told.contains(&"specs/checkout.slo:4: write `double_exponential_smoothing` (E0304 unknown-function)"),
        "{}",
        fixed.stderr
    );
    assert!(fixed.stderr.contains("fixed 4 mistakes in 1 file\n"), "{}", fixed.stderr);
    let mode = fs::metadata(sandbox.path("specs/checkout.slo")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o604);
    assert_eq!(sandbox.snapshot("specs").len(), 1);
    let again = sandbox.run("check --fix").exits(0);
    assert!(!again.stderr.contains("fixed"), "{}", again.stderr);
}

#[test]
fn without_the_flag_nothing_is_written() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/checkout.slo", BROKEN);
    sandbox.run("check").exits(1);
    assert_eq!(sandbox.read("specs/checkout.slo"), BROKEN);
}

#[test]
fn what_cannot_be_mended_is_said_after_the_fixes() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/checkout.slo", &BROKEN.replace("99.9%", "101%"));
    let fixed = sandbox.run("check --fix --format short").exits(1).says("fixed 4 mistakes in 1 file\n").says("1 error");
    assert!(fixed.stdout.starts_with("specs/checkout.slo:2:"), "{}", fixed.stdout);
}

#[test]
fn a_file_of_which_only_a_part_could_be_read_is_not_written() {
    let sandbox = Sandbox::empty();
    let mut bytes = BROKEN.as_bytes().to_vec();
    bytes.extend(b"# caf\xe9\nteam lost\n");
    fs::create_dir(sandbox.path("specs")).unwrap();
    fs::write(sandbox.path("specs/checkout.slo"), &bytes).unwrap();
    let left = sandbox.run("check --fix").exits(1);
    assert!(!left.stderr.contains("fixed"), "{}", left.stderr);
    assert_eq!(fs::read(sandbox.path("specs/checkout.slo")).unwrap(), bytes);
}

#[test]
fn nothing_outside_the_project_is_touched() {
    let sandbox = Sandbox::empty();
    sandbox.put("elsewhere/shared.slo", BROKEN);
    sandbox.put("project/specs/main.slo", &format!("import \"../../elsewhere/shared.slo\"\n{CHECKOUT}"));
    sandbox.run("-C project check --fix").exits(1);
    fs::remove_file(sandbox.path("project/specs/main.slo")).unwrap();
    symlink("../../elsewhere/shared.slo", sandbox.path("project/specs/main.slo")).unwrap();
    sandbox.run("-C project check --fix").exits(2);
    assert_eq!(sandbox.read("elsewhere/shared.slo"), BROKEN);
}

#[test]
fn imported_files_of_the_project_are_mended_too() {
    let sandbox = Sandbox::empty();
    sandbox.put("shared/checkout.slo", BROKEN);
    sandbox.put("specs/main.slo", "import \"../shared/checkout.slo\"\n");
    sandbox.run("check --fix").exits(0).says("shared/checkout.slo:3: ");
    assert!(sandbox.read("shared/checkout.slo").contains("$window"));
}

#[test]
fn a_guess_is_offered_to_editors_but_never_made() {
    let sandbox = Sandbox::empty();
    let text = CHECKOUT.replace("http_requests_total{job=\"checkout\"}", "sum(rat(http_requests_total[$window]))");
    sandbox.put("specs/checkout.slo", &text);
    let left = sandbox.run("check --fix --format json").exits(1);
    assert_eq!(sandbox.read("specs/checkout.slo"), text);
    assert!(left.stdout.contains(r#""sure":false"#), "{}", left.stdout);
}
