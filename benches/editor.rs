//! How long somebody who types waits for what is wrong, in a project of 1,000 objectives. `cargo bench --bench editor`.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

#[path = "../tests/lsp/client.rs"]
mod client;

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use client::Client;
use serde_json::json;
use sloc::{check, io, resolve};

const SERVICES: usize = 200;

/// A service of five objectives and an alert.
fn service(number: usize) -> String {
    let mut text = format!("import \"catalog.slo\"\n\nservice s{number} {{\n  title \"Service {number}\"\n");
    for slo in 0..4 {
        let selector = format!("http_requests_total{{job=\"s{number}\", handler=\"h{slo}\"");
        write!(
            text,
            "  slo availability-{slo} 99.9% over 30d {{\n    errors  {selector}, code=~\"5..\"}}\n    total   {selector}}}\n  }}\n"
        )
        .unwrap();
    }
    text += "  slo latency 99% over 30d {\n    histogram  http_request_duration_seconds{job=\"x\"} within 300ms\n  }\n";
    text += "  alert queue {\n    value    sum by (job) (queue_length)\n    warning  above 100 for 10m\n  }\n}\n";
    text
}

const CATALOG: &str = "metrics {\n  counter http_requests_total{job, method, code, handler}\n  \
    histogram http_request_duration_seconds{job, handler} buckets 50ms 100ms 300ms 1s\n  gauge queue_length{job}\n}\n";

fn main() {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join("specs")).unwrap();
    fs::write(project.path().join("specs/catalog.slo"), CATALOG).unwrap();
    for number in 0..SERVICES {
        fs::write(project.path().join(format!("specs/s{number}.slo")), service(number)).unwrap();
    }
    stages(project.path());
    let mut client = Client::start(project.path(), &["utf-16"]);
    for (path, line, word) in [("specs/s7.slo", 6, "x"), ("specs/catalog.slo", 3, "x")] {
        let text = fs::read_to_string(project.path().join(path)).unwrap();
        client.open(path, &text);
        client.diagnostics(path, 1);
        let mut times = Vec::new();
        for version in 2..62 {
            let start = Instant::now();
            let (from, to, new) = if version % 2 == 0 { (2, 2, word) } else { (2, 3, "") };
            let range = json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
            client.change(path, version, Some(range), new);
            client.diagnostics(path, version);
            times.push(start.elapsed());
        }
        report(&format!("a keystroke in {path}"), times);
    }
    client.finish();
}

fn stages(root: &std::path::Path) {
    let disk = io::Disk::open(root, &["specs".into()]).unwrap();
    let (mut load, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let start = Instant::now();
        let program = resolve::load(&disk).unwrap();
        load.push(start.elapsed());
        check::check(&program);
        whole.push(start.elapsed());
    }
    report("reading everything", load);
    report("reading and checking everything", whole);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("{what}: median {:?}, 95 of 100 within {:?}, longest {:?}", at(50), at(95), at(100));
}
