//! Templates: what a service may hold, with holes for values, and the statement that fills them.

use super::{Name, Service};
use crate::source::Span;

/// `template http-service(job, target = 99.9%) { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    /// `http-service`.
    pub name: Name,
    /// Its parameters in the order declared.
    pub params: Vec<Param>,
    /// What it holds, read with any value in each hole: true for places and queries, not for values.
    pub body: Service,
    /// Between its braces.
    pub inside: Span,
    /// Every `$name` in it outside comments, in order, whether or not it is a parameter.
    pub holes: Vec<Hole>,
    /// How many statements it has, those in blocks too.
    pub statements: usize,
}

/// `target = 99.9%`.
#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// What it is when a `use` does not say.
    pub default: Option<ParamValue>,
}

/// A value that is given to a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct ParamValue {
    /// What it is.
    pub kind: ValueKind,
    /// What it puts into a text: without quotes and escapes.
    pub content: String,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueKind {
    /// `"cart"`.
    Text,
    /// `99.9%`, `30d`, `5`.
    Number,
    /// `payments`, `http_requests_total`.
    Word,
}

/// `$name` or `${name}` in a template.
#[derive(Clone, PartialEq, Debug)]
pub struct Hole {
    /// The name alone.
    pub name: String,
    /// All of it.
    pub span: Span,
    /// What it stands in.
    pub context: Context,
}

/// What a hole stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// Nothing: a value stands there as it is written.
    Bare,
    /// Text in these quotes: `"`, `'` or a backtick.
    Quoted(char),
    /// Text in `"""`.
    Long,
}

/// `use http-service(job = "cart")`.
#[derive(Clone, PartialEq, Debug)]
pub struct Use {
    /// The template.
    pub template: Name,
    /// What is given, in the order written.
    pub args: Vec<Argument>,
    /// The statement.
    pub span: Span,
    /// The statement and the comma behind it, if one stands there: what the template's text takes the place of.
    pub replaced: Span,
}

/// `job = "cart"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Argument {
    /// The parameter.
    pub name: Name,
    /// Its value.
    pub value: ParamValue,
}
