//! A Prometheus server's HTTP API: questions with a time-out and a limit, and what went wrong in words.

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::failure::{Failure, Kind};

/// A server that answers like Prometheus.
#[derive(Debug)]
pub struct Server {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
    /// How many bytes of answers are still read.
    left: Cell<u64>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// It is larger than the limit for one answer.
    TooLarge,
    /// Anything else.
    Failed(Failure),
}

/// The longest single answer, in bytes: some 40,000 series.
const MAX_ANSWER: u64 = 16 << 20;

/// The most words of a server's own message that are shown, in characters.
const MAX_WORDS: usize = 300;

impl Server {
    /// A server at `url`, asked with these extra headers. Each answer must come within `timeout`, and all of them
    /// together must have at most `bytes` bytes.
    pub fn new(url: &str, headers: &[String], timeout: Duration, bytes: u64) -> Result<Server, Failure> {
        let usage = |message: String| Failure::new(Kind::Usage, message);
        if url.starts_with("https://") {
            let help = "forward its port (`kubectl port-forward`, `ssh -L`) and pull from http://127.0.0.1:PORT";
            return Err(usage(format!("sloc speaks plain HTTP, and {url} asks for TLS")).help(help));
        }
        let host = url.strip_prefix("http://").unwrap_or("").split('/').next().unwrap_or("");
        if host.is_empty() || host.contains('@') || url.contains(['?', '#', ' ']) {
            return Err(usage(format!("{url} is not the address of a server"))
                .help("such as http://127.0.0.1:9090, with the prefix its paths have, if any"));
        }
        let headers = headers.iter().map(|h| header(h)).collect::<Result<_, _>>()?;
        let config = Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false);
        let agent = config.user_agent(concat!("sloc/", env!("CARGO_PKG_VERSION"))).build().into();
        Ok(Server { agent, url: url.trim_end_matches('/').to_string(), headers, left: Cell::new(bytes) })
    }

    /// The data of an answer of `/api/v1/<path>`.
    pub fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, NoAnswer> {
        let failed = |message: String| NoAnswer::Failed(Failure::new(Kind::Machine, message));
        let mut request = self.agent.get(format!("{}/api/v1/{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = request.query_pairs(parameters.iter().copied());
        let mut answer = request.call().map_err(|error| failed(format!("cannot reach {}: {error}", self.url)))?;
        let status = answer.status();
        let limit = MAX_ANSWER.min(self.left.get());
        let body = match answer.body_mut().with_config().limit(limit).read_to_vec() {
            Ok(body) => body,
            Err(ureq::Error::BodyExceedsLimit(_)) if limit < MAX_ANSWER => return Err(NoAnswer::Failed(self.spent())),
            Err(ureq::Error::BodyExceedsLimit(_)) => return Err(NoAnswer::TooLarge),
            Err(error) => return Err(failed(format!("{} broke off its answer: {error}", self.url))),
        };
        self.left.set(self.left.get().saturating_sub(body.len() as u64));
        let value: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        match value.get("status").and_then(Value::as_str) {
            Some("success") => Ok(value.get("data").cloned().unwrap_or(Value::Null)),
            Some("error") => {
                let words: String =
                    value.get("error").and_then(Value::as_str).unwrap_or("").chars().take(MAX_WORDS).collect();
                Err(failed(format!("{} refuses `{path}` with status {}: {words}", self.url, status.as_u16())))
            }
            _ if !status.is_success() => Err(NoAnswer::Failed(self.status(path, status.as_u16()))),
            _ => Err(NoAnswer::Failed(self.stranger(path))),
        }
    }

    fn status(&self, path: &str, status: u16) -> Failure {
        let failure = Failure::new(Kind::Machine, format!("{} answers `api/v1/{path}` with status {status}", self.url));
        match status {
            401 | 403 => failure.help("`--header 'Authorization: Bearer …'` sends credentials"),
            404 => failure.help("is it a Prometheus? Where its paths have a prefix, it belongs to the address"),
            _ => failure,
        }
    }

    /// That an answer is none of Prometheus's.
    pub(super) fn stranger(&self, path: &str) -> Failure {
        let message = format!("{} does not answer `api/v1/{path}` as a Prometheus does", self.url);
        Failure::new(Kind::Machine, message).help("the address of the server itself is needed, not of its dashboards")
    }

    fn spent(&self) -> Failure {
        Failure::new(Kind::Machine, format!("the answers of {} have more bytes than `--max-mib` allows", self.url))
            .help("`--match PREFIX` asks for fewer metrics; nothing was written")
    }
}

/// `Name: value`.
fn header(text: &str) -> Result<(String, String), Failure> {
    let plain = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
    let pair = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    match pair.filter(|(name, value)| plain(name) && !name.contains(' ') && plain(value)) {
        Some((name, value)) => Ok((name.to_string(), value.to_string())),
        None => {
            Err(Failure::new(Kind::Usage, "a header is `Name: value`").help("such as `--header 'X-Scope-OrgID: shop'`"))
        }
    }
}
