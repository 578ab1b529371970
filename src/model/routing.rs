//! Who is told of what, and which alert silences which.

use serde::Serialize;

use super::{Labels, Origin};
use crate::units::Duration;

/// Receivers, routes and inhibition.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Routing {
    /// Everybody who can be told, in the order of their names.
    pub receivers: Vec<Receiver>,
    /// Who is told of what; `None` when nobody wrote routes.
    pub routes: Option<Routes>,
    /// Which alert silences which.
    pub inhibitions: Vec<Inhibition>,
}

impl Routing {
    /// The receiver that the routes give to an alert with these labels.
    pub fn receiver(&self, labels: &Labels) -> Option<&str> {
        let routes = self.routes.as_ref()?;
        let line = routes.lines.iter().find(|r| r.matchers.iter().all(|m| m.matches(labels)));
        Some(line.map_or(&routes.otherwise, |r| &r.to))
    }
}

/// Somebody who is told: one contact, or several at once.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Receiver {
    /// Its name; unique.
    pub name: String,
    /// Every way it is told.
    pub integrations: Vec<Integration>,
    /// Its spec line.
    pub origin: Origin,
}

/// One way to tell somebody.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Integration {
    /// Grafana's uid: unique, at most 40 characters of `[a-z0-9-]`.
    pub uid: String,
    /// How.
    pub kind: IntegrationKind,
}

/// How somebody is told.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationKind {
    /// By e-mail.
    Email {
        /// The addresses.
        to: Vec<String>,
        /// The sender's address.
        from: String,
        /// The mail server, `host:port`.
        server: String,
        /// Who logs in there.
        login: Option<Login>,
    },
    /// In Slack.
    Slack {
        /// How Slack is reached.
        way: SlackWay,
        /// The channel; `None` for the one the address belongs to.
        channel: Option<String>,
    },
    /// By PagerDuty.
    PagerDuty {
        /// The integration key.
        key: Secret,
    },
    /// By a request to an address.
    Webhook {
        /// The address.
        url: Value,
        /// Who asks.
        auth: Option<Auth>,
    },
}

/// How Slack is reached.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlackWay {
    /// By the address of an incoming webhook.
    Url(Secret),
    /// As a bot with a token.
    Token(Secret),
}

/// How a request says who asks.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// By a token.
    Bearer(Secret),
    /// By a name and a password.
    Basic(Login),
}

/// A name and a password.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// What only its place is known of: the name of an environment variable.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Secret(pub String);

/// A text that may be secret.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Known to everybody.
    Text(String),
    /// Secret.
    Secret(Secret),
}

/// Who is told of what.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Routes {
    /// Tried in this order; the first whose matchers all hold decides.
    pub lines: Vec<Route>,
    /// The receiver of all else.
    pub otherwise: String,
    /// How long alerts are gathered before the first message.
    pub wait: Duration,
    /// How long news of a group are gathered.
    pub gather: Duration,
    /// When somebody is told again.
    pub repeat: Duration,
    /// Whether Grafana's notification policy tree is ours as a whole.
    pub policies: bool,
    /// Its spec line.
    pub origin: Origin,
}

/// Where some alerts go.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Route {
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// The receiver.
    pub to: String,
}

/// A label and the values it may have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// Its values, of which one must be there; `None` for any that is not empty.
    pub values: Option<Vec<String>>,
}

impl Matcher {
    /// One of some values.
    pub fn one_of(label: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Matcher {
        Matcher { label: label.to_string(), values: Some(values.into_iter().map(Into::into).collect()) }
    }

    /// Whether these labels fit.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.label).map_or("", String::as_str);
        self.values.as_ref().map_or(!value.is_empty(), |values| values.iter().any(|v| v == value))
    }

    /// Any value at all.
    pub fn any(label: &str) -> Matcher {
        Matcher { label: label.to_string(), values: None }
    }
}

/// While an alert of the source fires, those of the target with the same labels tell nobody.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Inhibition {
    /// What silences.
    pub source: Vec<Matcher>,
    /// What is silenced.
    pub target: Vec<Matcher>,
    /// Labels that both must have alike; one that neither has counts as alike.
    pub equal: Vec<String>,
}
