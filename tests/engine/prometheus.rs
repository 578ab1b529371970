//! A real Prometheus on 127.0.0.1 and a free port, over back-filled data in a temporary directory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::programs::run;

/// The samples of series by their full names, `metric{labels}`: times in seconds, in order.
pub type Samples = BTreeMap<String, Vec<(i64, f64)>>;

/// Adds samples to a data directory as blocks.
pub fn backfill(data: &Path, samples: &Samples) {
    let text = data.join("samples.om");
    let mut out = BufWriter::new(File::create(&text).unwrap());
    let mut last = "";
    for (series, samples) in samples {
        let metric = series.split('{').next().unwrap();
        if metric != last {
            writeln!(out, "# TYPE {metric} unknown").unwrap();
        }
        last = metric;
        for (time, value) in samples {
            writeln!(out, "{series} {value} {time}").unwrap();
        }
    }
    writeln!(out, "# EOF").unwrap();
    drop(out);
    let text_path = text.to_str().unwrap();
    let args = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", text_path, "."];
    run("promtool", &args, data);
    fs::remove_file(text).unwrap();
}

/// A running server; it is stopped by its own process id when this is dropped.
pub struct Prometheus {
    child: Child,
    port: u16,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Prometheus {
    /// Starts a server over a data directory. Rule files are evaluated, nothing is scraped.
    pub fn start(data: &Path, rules: &[String]) -> Prometheus {
        let config = data.join("prometheus.yml");
        let list: String = rules.iter().fold(String::new(), |mut text, r| {
            writeln!(text, "  - {r}").unwrap();
            text
        });
        fs::write(&config, format!("rule_files:\n{list}")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--storage.tsdb.retention.time=10y")
            .stdout(Stdio::null())
            .stderr(File::create(data.join("prometheus.log")).unwrap())
            .spawn()
            .unwrap();
        let server = Prometheus { child, port };
        server.wait(
            |s| s.request("GET", "/-/ready", "").is_ok_and(|(status, _)| status == 200).then_some(()),
            || fs::read_to_string(data.join("prometheus.log")).unwrap(),
        );
        server
    }

    /// Starts a single-node VictoriaMetrics over a data directory: it answers the same questions.
    pub fn victoria(data: &Path) -> Prometheus {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("victoria-metrics")
            .arg(format!("-storageDataPath={}", data.display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .args(["-retentionPeriod=10y", "-search.disableCache", "-memory.allowedBytes=200MB"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Prometheus { child, port };
        let ready =
            |s: &Prometheus| s.request("GET", "/health", "").is_ok_and(|(status, _)| status == 200).then_some(());
        server.wait(ready, || "VictoriaMetrics does not start".into());
        server
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Gives a VictoriaMetrics samples, and waits until they can be asked for.
    pub fn import(&self, samples: &Samples) {
        let mut body = String::new();
        for (series, samples) in samples {
            samples.iter().for_each(|(time, value)| writeln!(body, "{series} {value} {}", time * 1000).unwrap());
        }
        let (status, answer) = self.request("POST", "/api/v1/import/prometheus", &body).unwrap();
        assert_eq!(status, 204, "{answer}");
        self.request("GET", "/internal/force_flush", "").unwrap();
    }

    /// Waits up to a minute for something to be there.
    pub fn wait<T>(&self, ready: impl Fn(&Prometheus) -> Option<T>, why: impl Fn() -> String) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = ready(self) {
                return found;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "waited a minute: {}", why());
            sleep(Duration::from_millis(200));
        }
    }

    fn request(&self, method: &str, path: &str, body: &str) -> std::io::Result<(u32, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let kind = "Content-Type: application/x-www-form-urlencoded";
        write!(stream, "{method} {path} HTTP/1.0\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Ok((status, body.to_string()))
    }

    /// Asks the API; an error is the server's own words.
    pub fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let method = if parameters.is_empty() { "GET" } else { "POST" };
        let (_, body) = self.request(method, &format!("/api/v1/{path}"), &pairs.join("&")).unwrap();
        let mut answer: Value = serde_json::from_str(&body).map_err(|e| format!("{e}: {body}"))?;
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].take()),
            _ => Err(answer["error"].as_str().unwrap_or(&body).to_string()),
        }
    }

    /// The series that a query gives at a time.
    pub fn instant(&self, query: &str, time: i64) -> Result<Vec<Value>, String> {
        let mut data = self.ask("query", &[("query", query), ("time", &time.to_string())])?;
        match data["result"].take() {
            Value::Array(series) => Ok(series),
            other => Err(format!("not a list of series: {other}")),
        }
    }

    /// The series that a query gives over a range of times.
    pub fn range(&self, query: &str, from: i64, to: i64, step: i64) -> Result<Vec<Value>, String> {
        let [from, to, step] = [from, to, step].map(|n| n.to_string());
        let parameters = [("query", query), ("start", &*from), ("end", &*to), ("step", &*step)];
        let mut data = self.ask("query_range", &parameters)?;
        match data["result"].take() {
            Value::Array(series) => Ok(series),
            other => Err(format!("not a list of series: {other}")),
        }
    }

    /// The one number that a query gives at a time.
    pub fn number(&self, query: &str, time: i64) -> Option<f64> {
        let series = self.instant(query, time).unwrap();
        assert!(series.len() < 2, "{query} gives {} series", series.len());
        series.first().and_then(|s| s["value"][1].as_str()).map(|v| v.parse().unwrap())
    }

    /// Records a query as a rule would have done: its values over a range of times, under a new name and more labels.
    fn recorded(&self, rule: &Rule, times: (i64, i64, i64)) -> Samples {
        let (from, to, step) = times;
        let mut samples = Samples::new();
        let mut start = from;
        while start <= to {
            let end = to.min(start + 10_000 * step);
            for series in self.range(&rule.query, start, end, step).unwrap() {
                let own = series["metric"].as_object().unwrap().iter().filter(|(name, _)| *name != "__name__");
                let mut labels: BTreeMap<&str, &str> = own.map(|(n, v)| (n.as_str(), v.as_str().unwrap())).collect();
                labels.extend(rule.labels.iter().map(|(n, v)| (n.as_str(), v.as_str())));
                let pairs: Vec<String> = labels.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
                let values = series["values"].as_array().unwrap().iter();
                let values = values.map(|v| (v[0].as_f64().unwrap() as i64, v[1].as_str().unwrap().parse().unwrap()));
                samples.entry(format!("{}{{{}}}", rule.metric, pairs.join(","))).or_default().extend(values);
            }
            start = end + step;
        }
        samples
    }
}

/// A recording rule.
pub struct Rule {
    pub metric: String,
    pub query: String,
    labels: BTreeMap<String, String>,
}

/// The recording rules of a rule file.
pub fn recordings(text: &str) -> Vec<Rule> {
    let file: Value = serde_yaml::from_str(text).unwrap();
    let rules = file["groups"].as_array().unwrap().iter().flat_map(|g| g["rules"].as_array().unwrap());
    let read = |r: &Value| {
        let labels = r["labels"].as_object().unwrap().iter();
        let labels = labels.map(|(n, v)| (n.clone(), v.as_str().unwrap().to_string())).collect();
        let text = |key: &str| r[key].as_str().unwrap().to_string();
        Rule { metric: text("record"), query: text("expr"), labels }
    };
    rules.filter(|r| r["record"].is_string()).map(read).collect()
}

/// Back-fills the sums that the rules would have recorded. `times` are the first, the last and the step.
pub fn backfill_sums(data: &Path, rules: &[String], times: (i64, i64, i64)) {
    backfill_events(data, rules, &["5m"], times);
}

/// The same for these windows: totals, then their copies, then errors, since each reads the one before, then both with the
/// numbers of periods.
pub fn backfill_events(data: &Path, rules: &[String], windows: &[&str], times: (i64, i64, i64)) {
    let rules: Vec<Rule> = rules.iter().flat_map(|text| recordings(text)).collect();
    let is = |r: &Rule, what: &str| windows.iter().any(|w| r.metric == format!("slo:sli_{what}:increase{w}"));
    let copies = |r: &Rule| r.query.starts_with("slo:sli_total:");
    let numbered = |r: &Rule| r.metric.ends_with(":calendar5m");
    let stages: [&dyn Fn(&Rule) -> bool; 4] =
        [&|r| is(r, "total") && !copies(r), &|r| is(r, "total") && copies(r), &|r| is(r, "errors"), &numbered];
    for stage in stages {
        if !rules.iter().any(stage) {
            continue;
        }
        let server = Prometheus::start(data, &[]);
        let samples: Samples = rules.iter().filter(|r| stage(r)).flat_map(|r| server.recorded(r, times)).collect();
        drop(server);
        if !samples.is_empty() {
            backfill(data, &samples);
        }
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() {
            out.push(b.into());
        } else {
            write!(out, "%{b:02X}").unwrap();
        }
        out
    })
}
