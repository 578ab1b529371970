//! `--watch`, on the real program and a real disk: each save is one line, and nothing else is.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use sandbox::{CHECKOUT, Sandbox};

/// So long a machine under load may take for one line; no test waits that long when all is well.
const HANGS: Duration = Duration::from_secs(120);

/// A running `--watch`, and what it says. It ends with the test.
struct Watched {
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    /// Starts it and reads what it says before it waits.
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> (Watched, Vec<String>) {
        let mut command = sandbox.command(arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        let watched = Watched { child, lines };
        let before = watched.until("watching for changes");
        (watched, before)
    }

    /// All lines up to the first that holds `text`.
    #[track_caller]
    fn until(&self, text: &str) -> Vec<String> {
        let mut all = Vec::new();
        while !all.last().is_some_and(|line: &String| line.contains(text)) {
            match self.lines.recv_timeout(HANGS) {
                Ok(line) => all.push(line),
                Err(_) => panic!("`{text}` is not said; only:\n{}", all.join("\n")),
            }
        }
        all
    }

    /// The next line, which is this one.
    #[track_caller]
    fn says(&self, line: &str) {
        assert_eq!(self.until(""), [line]);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a file as editors do: under another name first, so that nobody sees half of it.
fn save(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.put("half", text);
    fs::create_dir_all(sandbox.path(path).parent().unwrap()).unwrap();
    fs::rename(sandbox.path("half"), sandbox.path(path)).unwrap();
}

/// Another service, with these words about it.
fn spec(name: &str) -> String {
    CHECKOUT.replace("checkout", name)
}

const NOTHING: &str = "nothing wrong in 1 SLO of 1 service";

#[test]
fn a_save_is_one_line_and_only_what_it_changes_is_written() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/cart.slo", &spec("cart"));
    let (watched, first) = Watched::start(&sandbox, &["build", "--watch"]);
    assert!(first[0].starts_with("built 2 SLOs of 2 services into out: "), "{first:?}");
    let written = |path: &str| fs::metadata(sandbox.path(path)).unwrap().modified().unwrap();
    let cart = written("out/prometheus/cart.rules.yml");
    // The same bytes again, and a file that no spec reads, are no change; neither is what the build itself wrote.
    save(&sandbox, "specs/cart.slo", &spec("cart"));
    save(&sandbox, "specs/notes.txt", "nothing");
    save(&sandbox, "specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.5%"));
    let line = watched.until("built").join("\n");
    assert!(line.starts_with("specs/checkout.slo: built 2 SLOs of 2 services into out: "), "{line}");
    assert!(sandbox.read("out/prometheus/checkout.rules.yml").contains("0.995"));
    assert_eq!(written("out/prometheus/cart.rules.yml"), cart, "the other service is not written again");
    sandbox.run("build --check").exits(0);
}

#[test]
fn mistakes_are_told_once_and_their_end_too() {
    let sandbox = Sandbox::new();
    let (watched, first) = Watched::start(&sandbox, &["check", "--watch"]);
    assert_eq!(first[0], NOTHING);
    save(&sandbox, "specs/checkout.slo", &CHECKOUT.replace("99.9%", "101%"));
    let told = watched.until("1 error");
    assert!(
        told.iter().any(|line| line.contains("E0")) && told.last().unwrap() == "specs/checkout.slo: 1 error",
        "{told:?}"
    );
    // Still the same mistake at the same place: it is not said again.
    save(&sandbox, "specs/checkout.slo", &(CHECKOUT.replace("99.9%", "101%") + "\n# a word\n"));
    watched.says("specs/checkout.slo: 1 error");
    save(&sandbox, "specs/checkout.slo", CHECKOUT);
    watched.says(&format!("specs/checkout.slo: {NOTHING}"));
}

#[test]
fn files_and_directories_that_come_and_go_are_survived() {
    let sandbox = Sandbox::new();
    let (watched, _) = Watched::start(&sandbox, &["check", "--watch"]);
    let moved = |from: &str, to: &str| fs::rename(sandbox.path(from), sandbox.path(to)).unwrap();
    // As editors save: another file takes the place of the old one.
    save(&sandbox, "specs/.checkout.slo.swp", &CHECKOUT.replace("99.9%", "99.8%"));
    moved("specs/.checkout.slo.swp", "specs/checkout.slo");
    watched.says(&format!("specs/checkout.slo: {NOTHING}"));
    moved("specs/checkout.slo", "specs/shop.slo");
    watched.says(&format!("specs/checkout.slo and 1 more: {NOTHING}"));
    save(&sandbox, "specs/new/deep/cart.slo", &spec("cart"));
    watched.says("specs/new/deep/cart.slo: nothing wrong in 2 SLOs of 2 services");
    save(&sandbox, "specs/new/deep/cart.slo", &spec("cart").replace("99.9%", "99.7%"));
    watched.says("specs/new/deep/cart.slo: nothing wrong in 2 SLOs of 2 services");
    fs::remove_dir_all(sandbox.path("specs/new")).unwrap();
    watched.says(&format!("specs/new/deep/cart.slo: {NOTHING}"));
    // Not even the directory of specs needs to be there all the time.
    moved("specs", "elsewhere");
    watched.until("error: there is no `specs`");
    watched.until("help");
    moved("elsewhere", "specs");
    watched.says(&format!("specs/shop.slo: {NOTHING}"));
    save(&sandbox, "specs/shop.slo", CHECKOUT);
    watched.says(&format!("specs/shop.slo: {NOTHING}"));
}

#[test]
fn what_specs_read_elsewhere_is_watched_too() {
    let sandbox = Sandbox::new();
    sandbox.put(
        "specs/checkout.slo",
        &format!("metrics from \"../catalog/shop.prom\"\nimport \"../lib/team.slo\"\n{CHECKOUT}"),
    );
    let (watched, first) = Watched::start(&sandbox, &["check", "--watch"]);
    assert!(first.iter().any(|line| line.contains("2 errors")), "{first:?}");
    save(&sandbox, "lib/team.slo", "team shop \"Shop\"\n");
    watched.until("lib/team.slo: 1 error");
    save(
        &sandbox,
        "catalog/shop.prom",
        "# TYPE http_requests_total counter\nhttp_requests_total{job=\"checkout\",code=\"200\"} 1\n",
    );
    watched.until("catalog/shop.prom: ");
    save(&sandbox, "lib/team.slo", "team shop \"The shop\"\n");
    watched.until("lib/team.slo: ");
}

#[test]
fn an_edited_output_stops_one_build_and_not_the_watch() {
    let sandbox = Sandbox::new();
    let (watched, _) = Watched::start(&sandbox, &["build", "--watch"]);
    let rules = sandbox.read("out/prometheus/checkout.rules.yml");
    save(&sandbox, "out/prometheus/checkout.rules.yml", "edited\n");
    save(&sandbox, "specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.5%"));
    let told = watched.until("help");
    assert!(told[0].starts_with("specs/checkout.slo: error: "), "{told:?}");
    assert_eq!(sandbox.read("out/prometheus/checkout.rules.yml"), "edited\n");
    // With the edit undone, the next change is built.
    save(&sandbox, "out/prometheus/checkout.rules.yml", &rules);
    save(&sandbox, "specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.6%"));
    watched.until("built 1 SLO of 1 service");
}

#[test]
fn what_cannot_begin_ends_with_its_status() {
    let sandbox = Sandbox::empty();
    sandbox.run("build --watch").exits(2).says("there is no `specs`");
    sandbox.put("specs/checkout.slo", CHECKOUT);
    sandbox.run("build --watch --env nowhere").exits(2).says("there is no environment `nowhere`");
    sandbox.run("build --watch --check").exits(2);
    sandbox.run("check --watch --format sarif").exits(2).says("human, short and json");
    sandbox.run("check --watch rules.yml").exits(2).says("`--watch` is for specs");
}
