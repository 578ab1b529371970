//! `sloc catalog pull` on a real Prometheus that scrapes itself, and on servers that are none.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod sandbox;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Sandbox, has, outcome};
use serde_json::Value;

/// A running server; it is stopped by its own process id when this is dropped.
struct Prometheus {
    child: Child,
    url: String,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A Prometheus that has scraped itself at least twice.
fn prometheus(sandbox: &Sandbox) -> Prometheus {
    let port = free_port();
    let target = format!("127.0.0.1:{port}");
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: self\n  static_configs: [{{targets: ['{target}']}}]\n"
    );
    sandbox.put("prometheus.yml", &config);
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", sandbox.path("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", sandbox.path("data").display()))
        .arg(format!("--web.listen-address={target}"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(sandbox.path("prometheus.log")).unwrap())
        .spawn()
        .unwrap();
    let server = Prometheus { child, url: format!("http://{target}") };
    let start = Instant::now();
    while !ask(&target, "/api/v1/query?query=count_over_time(up[1m])%3E1").contains("\"value\"") {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", sandbox.read("prometheus.log"));
        thread::sleep(Duration::from_millis(200));
    }
    server
}

fn ask(target: &str, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(target) {
        let _ = write!(stream, "GET {path} HTTP/1.0\r\n\r\n");
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}

#[test]
fn a_real_server_becomes_a_catalog_that_finds_mistakes() {
    if !has("prometheus") {
        return;
    }
    let sandbox = Sandbox::empty();
    let server = prometheus(&sandbox);
    let url = &server.url;
    sandbox.run(&format!("catalog pull {url} --out catalog.json")).exits(0).says(" metrics to catalog.json\n");
    let catalog: Value = serde_json::from_str(&sandbox.read("catalog.json")).unwrap();
    let metrics = catalog["metrics"].as_array().unwrap();
    let metric = |name: &str| metrics.iter().find(|m| m["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(metric("prometheus_http_requests_total")["type"], "counter");
    assert!(
        metric("prometheus_http_requests_total")["labels"]["code"]["values"]
            .as_array()
            .unwrap()
            .contains(&"200".into())
    );
    let histogram = metric("prometheus_http_request_duration_seconds");
    assert_eq!((&histogram["type"], &histogram["bounds"][0]), (&"histogram".into(), &"0.1".into()));
    assert!(histogram["labels"].get("le").is_none());
    assert_eq!(metric("go_gc_duration_seconds")["type"], "summary");
    assert_eq!(metric("up")["labels"]["job"]["values"], serde_json::json!(["self"]));

    // The same question, the same bytes; a prefix asks for less.
    let some = |file: &str| {
        sandbox.run(&format!("catalog pull {url} --match go_mem --out {file}")).exits(0);
        sandbox.read(file)
    };
    let first = some("a.json");
    assert_eq!(first, some("b.json"));
    assert!(first.contains("go_memstats_alloc_bytes") && !first.contains("prometheus_"));
    let shown = sandbox.run(&format!("catalog pull {url} --match go_mem")).exits(0);
    assert_eq!((shown.stdout, shown.stderr), (first, String::new()));

    sandbox.put(
        "rules.yml",
        "groups:\n- name: a\n  rules:\n  - alert: Slow\n    expr: rate(go_goroutines[5m]) > 1\n    for: 5m\n",
    );
    let found = sandbox.run("check rules.yml --catalog catalog.json --format short").exits(1);
    assert!(found.stdout.starts_with("rules.yml:5:16: error[E0320]"), "{}", found.stdout);

    sandbox.run(&format!("catalog pull {url} --max-metrics 3")).exits(3).says("over the limit of 3");
    sandbox
        .run(&format!("catalog pull {url} --match nothing_"))
        .exits(3)
        .says("has no metric that begins with `nothing_`");
    sandbox.run(&format!("catalog pull {url}/graph")).exits(3).says("with status 404");
}

/// A server that gives every caller the same answer.
fn fake(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().take(8) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "{answer}");
        }
    });
    url
}

#[test]
fn what_is_no_prometheus_ends_with_3_and_says_so() {
    let sandbox = Sandbox::empty();
    let pull = |url: &str| sandbox.run(&format!("catalog pull {url} --timeout 2 --out catalog.json"));
    pull(&format!("http://127.0.0.1:{}", free_port())).exits(3).says("cannot reach http://127.0.0.1:");
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
    pull(&fake(page)).exits(3).says("does not answer `api/v1/query` as a Prometheus does");
    let closed = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    pull(&fake(closed)).exits(3).says("with status 401").says("--header 'Authorization: Bearer …'");
    let error = "HTTP/1.1 422 No\r\nContent-Length: 49\r\nConnection: close\r\n\r\n{\"status\":\"error\",\"error\":\"query engine is gone\"}\n";
    pull(&fake(error)).exits(3).says("refuses `query` with status 422: query engine is gone");
    // One that takes the call and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let start = Instant::now();
    pull(&format!("http://{}", silent.local_addr().unwrap())).exits(3).says("timeout");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(!sandbox.path("catalog.json").exists());
}

#[test]
fn wrong_addresses_and_headers_are_wrong_use() {
    let sandbox = Sandbox::empty();
    for url in ["https://prometheus.example.com", "127.0.0.1:9090", "http://", "ftp://x", "http://u:p@x", "http://x/?y"]
    {
        sandbox.run(&format!("catalog pull {url}")).exits(2);
    }
    sandbox.run("catalog pull https://prometheus.example.com").exits(2).says("forward its port");
    outcome(&mut sandbox.command(&["catalog", "pull", "http://127.0.0.1:1", "--header", "none"])).exits(2);
    sandbox.run("catalog pull http://127.0.0.1:1 --match a.*").exits(2);
    sandbox.run("catalog pull http://127.0.0.1:1 --since soon").exits(2);
    sandbox.run("catalog").exits(2);
}
