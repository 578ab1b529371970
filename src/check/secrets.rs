//! Secrets: always the name of an environment variable, never written out.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::routing::{Login, Secret, Value};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Name, Setting};

/// How some secrets begin, and what they are.
const BEGINNINGS: [(&str, &str); 14] = [
    ("https://hooks.slack.com/", "a Slack webhook address"),
    ("https://discord.com/api/webhooks/", "a Discord webhook address"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("xapp-", "a Slack token"),
    ("glsa_", "a Grafana token"),
    ("glc_", "a Grafana token"),
    ("ghp_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "an AWS key"),
    ("sk-", "an API key"),
    ("Bearer ", "a token"),
    ("-----BEGIN ", "a private key"),
];

/// Words in front of a `=` in an address whose value is secret.
const PARAMETERS: [&str; 6] = ["token", "key", "secret", "password", "passwd", "api_key"];

/// What a text looks like, when it looks like a secret.
fn secret_kind(text: &str) -> Option<&'static str> {
    let begins = BEGINNINGS.iter().find(|(b, _)| text.starts_with(b)).map(|(_, what)| *what);
    begins.or_else(|| in_address(text)).or_else(|| is_key(text).then_some("a key"))
}

/// A password in an address: before its `@`, or as a parameter.
fn in_address(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("://")?;
    let (host, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = host.split('/').next().unwrap_or("");
    if authority.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return Some("an address with a password");
    }
    let secret = |p: &str| {
        p.split_once('=').is_some_and(|(k, v)| !v.is_empty() && PARAMETERS.contains(&k.to_lowercase().as_str()))
    };
    query.split('&').any(secret).then_some("an address with a secret in it")
}

/// Thirty-two or more characters of a key: letters and digits, some of each.
fn is_key(text: &str) -> bool {
    text.len() >= 32
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

impl Checker<'_> {
    /// Reports a text that looks like a secret, and how it would be kept out of the file.
    pub(super) fn no_secret(&mut self, text: &Spanned<String>, help: &str) {
        if let Some(what) = secret_kind(&text.node) {
            let message = format!("this looks like {what}");
            self.report(Diagnostic::new(&codes::E0220, text.span, message).here("a secret in a file").help(help));
        }
    }

    /// A secret of something of this kind: `env(NAME)` and nothing else.
    pub(super) fn secret(&mut self, setting: &Setting, kind: &str) -> Option<Secret> {
        match setting.values.first()? {
            ast::Value::Env(name) => self.variable(name),
            other => {
                let name = format!("{kind}_{}", setting.key.node).to_uppercase().replace('-', "_");
                let message = format!("the secret `{}` is written here for everybody to read", setting.key.node);
                self.literal(other.span(), &message, &name);
                None
            }
        }
    }

    /// A text that may be secret.
    pub(super) fn maybe_secret(&mut self, setting: &Setting) -> Option<Value> {
        match setting.values.first()? {
            ast::Value::Env(name) => self.variable(name).map(Value::Secret),
            ast::Value::Text(text) | ast::Value::Word(text) => {
                self.no_secret(
                    text,
                    "`env(WEBHOOK_URL)` names the environment variable it is in, wherever it is needed",
                );
                Some(Value::Text(text.node.clone()))
            }
        }
    }

    /// A text that is never secret.
    pub(super) fn open_text(&mut self, value: &ast::Value) -> Option<Spanned<String>> {
        match value {
            ast::Value::Env(name) => {
                let message = "this is no secret, so it stands in the file";
                let help = "`env(…)` is for passwords, tokens, keys and addresses that are secret";
                self.report(Diagnostic::new(&codes::E0221, name.span, message).here("not a secret").help(help));
                None
            }
            ast::Value::Text(text) | ast::Value::Word(text) => {
                self.no_secret(text, "a secret stands where a secret is expected, as `env(NAME)`");
                Some(text.clone())
            }
        }
    }

    /// `user "…" password env(…)`: both or none.
    pub(super) fn login(&mut self, settings: &[Setting], kind: &str) -> Option<Login> {
        let find = |key: &str| settings.iter().find(|s| s.key.node == key);
        match (find("user"), find("password")) {
            (Some(user), Some(password)) => {
                let user = user.values.first().and_then(|v| self.open_text(v));
                let password = self.secret(password, kind);
                Some(Login { user: user?.node, password: password? })
            }
            (Some(one), None) | (None, Some(one)) => {
                let (has, lacks) = if one.key.node == "user" {
                    ("user", "password env(PASSWORD)")
                } else {
                    ("password", "user \"…\"")
                };
                let message = format!("a `{has}` alone lets nobody in");
                let diagnostic = Diagnostic::new(&codes::E0225, one.key.span, message).here("half of a login");
                self.report(diagnostic.help(format!("`{lacks}` belongs to it")));
                None
            }
            (None, None) => None,
        }
    }

    fn variable(&mut self, name: &Name) -> Option<Secret> {
        let text = &name.node;
        let allowed = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !allowed || text.len() > 100 {
            let message = format!("`{text}` cannot be the name of an environment variable");
            let help = "letters, digits and `_`, such as `env(SLACK_URL)`";
            self.report(Diagnostic::new(&codes::E0221, name.span, message).here("not a variable").help(help));
            return None;
        }
        Some(Secret(text.clone()))
    }

    fn literal(&mut self, span: Span, message: &str, name: &str) {
        let help = format!("`env({name})` names the environment variable it is in, wherever it is needed");
        self.report(Diagnostic::new(&codes::E0220, span, message).here("a secret in a file").help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_looks() {
        for secret in [
            "https://hooks.slack.com/services/T0/B0/abc",
            "xoxb-1-2",
            "https://u:p@example.com",
            "https://x.io/h?token=abc",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(secret_kind(secret).is_some(), "{secret}");
        }
        for open in
            ["http://prometheus:9090", "https://x.io/h?team=a", "ops@example.com", "#payments", "https://user@host/x"]
        {
            assert_eq!(secret_kind(open), None, "{open}");
        }
    }
}
