//! Who is told: teams, contacts, routes, and who may see which folder.

use super::Name;
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `team payments "Payments" { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Team {
    /// `payments`.
    pub name: Name,
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// `contact notices`: who is told of what it owns.
    pub contact: Option<Vec<Name>>,
    /// `page oncall`: who is told of what cannot wait.
    pub page: Option<Vec<Name>>,
    /// `slack "#payments"`: its channel.
    pub slack: Option<Spanned<String>>,
}

/// `contact oncall pagerduty key env(PAGERDUTY_KEY)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Contact {
    /// Its name.
    pub name: Name,
    /// `email`, `slack`, `pagerduty` or `webhook`.
    pub kind: Name,
    /// Its settings in the order written.
    pub settings: Vec<Setting>,
    /// Whether some of it could not be read.
    pub broken: bool,
}

/// `channel "#payments"`: a word and its values.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// Its word.
    pub key: Name,
    /// Its value; several where commas stand between them, none where the word says all.
    pub values: Vec<Value>,
}

/// A value that may be a secret.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `"…"`.
    Text(Spanned<String>),
    /// A word or a number, as written.
    Word(Name),
    /// `env(NAME)`: known only where it is used.
    Env(Name),
}

impl Value {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Value::Text(text) | Value::Word(text) | Value::Env(text) => text.span,
        }
    }
}

/// `route { severity page -> oncall  otherwise -> notices } policies`.
#[derive(Clone, PartialEq, Debug)]
pub struct Routes {
    /// Where `route` stands.
    pub keyword: Span,
    /// Its lines in the order written.
    pub lines: Vec<Route>,
    /// `otherwise -> notices`.
    pub otherwise: Option<Vec<Name>>,
    /// `wait 30s`: how long alerts are gathered before the first message.
    pub wait: Option<Spanned<Duration>>,
    /// `gather 5m`: how long news of a group are gathered.
    pub gather: Option<Spanned<Duration>>,
    /// `repeat 4h`: when somebody is told again.
    pub repeat: Option<Spanned<Duration>>,
    /// Where `policies` stands: Grafana's whole notification policy tree is ours.
    pub policies: Option<Span>,
    /// Whether some of it could not be read.
    pub broken: bool,
}

/// `team payments severity page -> oncall`: all its conditions hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Route {
    /// `severity`, `team` or `service`, and what it may be.
    pub conditions: Vec<(Name, Vec<Name>)>,
    /// The contacts.
    pub to: Vec<Name>,
    /// The whole line.
    pub span: Span,
}

/// `folder "Platform" { view team-business  edit team-platform  admin sre }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Folder {
    /// Its title in Grafana.
    pub title: Spanned<String>,
    /// Who may do what.
    pub grants: Vec<Grant>,
}

/// `view team-business, team-sales`.
#[derive(Clone, PartialEq, Debug)]
pub struct Grant {
    /// `view`, `edit` or `admin`.
    pub right: Name,
    /// Teams, or [`Grant::EVERYONE`].
    pub to: Vec<Name>,
}

impl Grant {
    /// The word for whoever can log in.
    pub const EVERYONE: &str = "everyone";
}
