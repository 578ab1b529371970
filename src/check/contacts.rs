//! Contacts and teams: who can be told, with all that a message to them needs.

use super::{Checker, Contact, Team};
use crate::diag::{Diagnostic, codes};
use crate::model::routing::{Auth, IntegrationKind, SlackWay};
use crate::source::Spanned;
use crate::syntax::ast::{self, Name, Setting};

impl Checker<'_> {
    /// All contacts, in the order of their names.
    pub(super) fn contacts(&mut self) -> Vec<Contact> {
        let contacts = self.names.contacts();
        contacts.into_values().filter_map(|c| self.contact(c)).collect()
    }

    fn contact(&mut self, c: &ast::Contact) -> Option<Contact> {
        let kind = match c.kind.node.as_str() {
            "email" => self.email(c),
            "slack" => self.slack(c),
            "pagerduty" => self.pagerduty(c),
            _ => self.webhook(c),
        };
        Some(Contact { name: c.name.node.clone(), kind: kind?, origin: self.origin(c.name.span) })
    }

    fn email(&mut self, c: &ast::Contact) -> Option<IntegrationKind> {
        let login = self.login(&c.settings, &c.kind.node);
        let help = "`to \"oncall@example.com\" from \"alerts@example.com\" server \"smtp.example.com:587\"`";
        let [to, from, server] = self.required(c, ["to", "from", "server"], help)?;
        let to: Vec<String> = to.values.iter().filter_map(|v| self.mail_address(v)).collect();
        let from = from.values.first().and_then(|v| self.mail_address(v));
        let server = server.values.first().and_then(|v| self.mail_server(v));
        Some(IntegrationKind::Email { to, from: from?, server: server?, login })
    }

    fn mail_address(&mut self, value: &ast::Value) -> Option<String> {
        let text = self.open_text(value)?;
        let (user, host) = text.node.split_once('@').unwrap_or(("", ""));
        let allowed =
            |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | ';' | '@' | '{' | '}' | '$');
        let is_one = !user.is_empty() && host.contains('.') && user.chars().chain(host.chars()).all(allowed);
        if !is_one {
            let message = format!("`{}` is not an e-mail address", text.node);
            self.report(
                Diagnostic::new(&codes::E0226, text.span, message)
                    .here("not an address")
                    .help("such as `oncall@example.com`"),
            );
        }
        is_one.then_some(text.node)
    }

    fn mail_server(&mut self, value: &ast::Value) -> Option<String> {
        let text = self.open_text(value)?;
        let port =
            text.node.rsplit_once(':').and_then(|(host, port)| is_host(host).then(|| port.parse::<u16>().ok())?);
        if port.is_none() {
            let message = format!("`{}` is not a mail server", text.node);
            let help = "a host and a port, such as `smtp.example.com:587`";
            self.report(Diagnostic::new(&codes::E0226, text.span, message).here("not a server").help(help));
        }
        port.map(|_| text.node)
    }

    fn slack(&mut self, c: &ast::Contact) -> Option<IntegrationKind> {
        let find = |key: &str| c.settings.iter().find(|s| s.key.node == key);
        let channel = find("channel").and_then(|s| s.values.first()).and_then(|v| self.open_text(v));
        let channel = channel.and_then(|text| self.channel(&text));
        let way = match (find("url"), find("token")) {
            (Some(url), None) => self.secret(url, "slack").map(SlackWay::Url),
            (None, Some(token)) => {
                if channel.is_none() && find("channel").is_none() && !c.broken {
                    self.incomplete_contact(
                        &token.key,
                        "a token writes into any channel, so one must be named",
                        "`channel \"#alerts\"`",
                    );
                }
                self.secret(token, "slack").map(SlackWay::Token)
            }
            (Some(_), Some(token)) => {
                let message = "an address and a token are two ways into Slack";
                self.report(
                    Diagnostic::new(&codes::E0225, token.key.span, message)
                        .here("a second way")
                        .help("one of them is enough"),
                );
                None
            }
            (None, None) => {
                if !c.broken {
                    self.incomplete_contact(
                        &c.name,
                        &format!("the contact `{}` lacks its way into Slack", c.name.node),
                        "`url env(SLACK_URL)`, or `token env(SLACK_TOKEN) channel \"#alerts\"`",
                    );
                }
                None
            }
        };
        Some(IntegrationKind::Slack { way: way?, channel })
    }

    /// A channel of Slack: `#name`, `@person` or an id.
    pub(super) fn channel(&mut self, text: &Spanned<String>) -> Option<String> {
        let name = text.node.strip_prefix(['#', '@']);
        let is_id = text.node.len() >= 9 && text.node.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let is_name = name.is_some_and(|n| {
            !n.is_empty() && n.len() <= 80 && n.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        });
        if !is_name && !is_id {
            let message = format!("`{}` is not a channel of Slack", text.node);
            let help = "such as `#payments`: letters, digits, `-` and `_`";
            self.report(Diagnostic::new(&codes::E0227, text.span, message).here("not a channel").help(help));
            return None;
        }
        Some(text.node.clone())
    }

    fn webhook(&mut self, c: &ast::Contact) -> Option<IntegrationKind> {
        let [url] = self.required(c, ["url"], "`url \"https://hooks.example.com/alerts\"`")?;
        if let Some(ast::Value::Text(text)) = url.values.first() {
            self.address(text);
        }
        let token = c.settings.iter().find(|s| s.key.node == "token");
        let login = self.login(&c.settings, &c.kind.node).map(Auth::Basic);
        let auth = match token {
            Some(token) => Some(Auth::Bearer(self.secret(token, "webhook")?)),
            None => login,
        };
        Some(IntegrationKind::Webhook { url: self.maybe_secret(url)?, auth })
    }

    fn pagerduty(&mut self, c: &ast::Contact) -> Option<IntegrationKind> {
        let [key] = self.required(c, ["key"], "`key env(PAGERDUTY_KEY)`")?;
        Some(IntegrationKind::PagerDuty { key: self.secret(key, "pagerduty")? })
    }

    /// The settings that the contact's kind cannot do without.
    fn required<'c, const N: usize>(
        &mut self,
        c: &'c ast::Contact,
        keys: [&str; N],
        help: &str,
    ) -> Option<[&'c Setting; N]> {
        let found = keys.map(|key| c.settings.iter().find(|s| s.key.node == key));
        let missing = keys.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(key, _)| format!("`{key}`"));
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() && !c.broken {
            let message = format!("the contact `{}` lacks {}", c.name.node, missing.join(" and "));
            self.incomplete_contact(&c.name, &message, help);
        }
        found.into_iter().collect::<Option<Vec<_>>>()?.try_into().ok()
    }

    fn incomplete_contact(&mut self, at: &Name, message: &str, help: &str) {
        let diagnostic = Diagnostic::new(&codes::E0225, at.span, message).here("something is missing");
        self.report(diagnostic.help(help));
    }

    /// All teams, in the order of their names.
    pub(super) fn teams(&mut self) -> Vec<Team> {
        let teams = self.names.teams();
        teams.into_values().map(|t| self.team(t)).collect()
    }

    fn team(&mut self, t: &ast::Team) -> Team {
        let contacts =
            |of: &mut Self, names: &Option<Vec<Name>>| names.as_ref().map_or(Vec::new(), |n| of.contact_names(n));
        Team {
            name: t.name.node.clone(),
            title: t.title.as_ref().map_or_else(|| t.name.node.clone(), |s| s.node.clone()),
            contact: contacts(self, &t.contact),
            page: contacts(self, &t.page),
            channel: t.slack.as_ref().and_then(|s| self.channel(s)),
        }
    }

    /// The contacts that names mean, each once; unknown ones are reported.
    pub(super) fn contact_names(&mut self, names: &[Name]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for name in names {
            match self.names.contact(self.program, name) {
                Ok(contact) if !found.contains(&contact.name.node) => found.push(contact.name.node.clone()),
                Ok(_) => {}
                Err(diagnostic) => self.report(*diagnostic),
            }
        }
        found
    }
}

/// Whether a text names a computer.
pub(super) fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}
