//! The tree of a query: every node, matcher, label and operator with the place it was written.

use crate::source::{Span, Spanned};
use crate::units::Duration;

use super::functions;
use super::ops::{BinaryOp, MatchOp, ValueType};

/// One expression and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// All of its text, with parentheses and modifiers.
    pub span: Span,
    height: u16,
}

/// What an expression is.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// `0.99`, `1h`, `Inf`.
    Number(f64),
    /// `"text"`, as it reads without quotes and escapes.
    String(String),
    /// `name{a="b"}`, with its range when it has one.
    Selector(Selector),
    /// `(…)[1h:5m]`.
    Subquery(Subquery),
    /// `rate(…)`.
    Call(Call),
    /// `sum by (…) (…)`.
    Aggregate(Aggregate),
    /// `-x` or `+x`.
    Unary(Unary),
    /// `a / b`.
    Binary(Binary),
    /// `(x)`.
    Paren(Box<Expr>),
    /// A dashboard variable that stands for a whole expression; holds its name.
    Variable(String),
    /// A place where an expression was expected. Only in queries with errors, which never leave the parser.
    Missing,
}

/// `name{matchers}[range] offset o @ t`.
#[derive(Clone, PartialEq, Debug)]
pub struct Selector {
    /// The metric's name, when it is written before the braces or as a quoted name within them.
    pub name: Option<Spanned<String>>,
    /// The matchers in the order they are written, without a quoted name.
    pub matchers: Vec<Matcher>,
    /// Name and braces only, without range and modifiers.
    pub core: Span,
    /// `[5m]`.
    pub range: Option<Range>,
    /// `offset 1h`.
    pub offset: Option<Offset>,
    /// `@ end()`.
    pub at: Option<Spanned<At>>,
    /// `anchored` or `smoothed`, which change how the range is filled.
    pub extended: Option<Span>,
}

impl Selector {
    /// The one metric it reads: by its name, or by `__name__="…"`. `None` when it reads several or a variable's.
    pub fn metric(&self) -> Option<Spanned<&str>> {
        let written = self.name.as_ref().map(|n| Spanned::new(n.node.as_str(), n.span));
        let matched = || {
            let by_name = |m: &&Matcher| m.name.node == "__name__" && m.op.node == MatchOp::Equal;
            self.matchers.iter().find(by_name).map(|m| Spanned::new(m.value.node.as_str(), m.span))
        };
        written.or_else(matched).filter(|n| !n.node.contains('$'))
    }
}

/// `name op "value"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Matcher {
    /// The label.
    pub name: Spanned<String>,
    /// How it is compared.
    pub op: Spanned<MatchOp>,
    /// What it is compared with, without quotes and escapes; the place includes the quotes.
    pub value: Spanned<String>,
    /// All three.
    pub span: Span,
    /// Whether the value holds a dashboard variable, so that nothing is known of it.
    pub variable: bool,
}

/// A length of time in a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Length {
    /// `5m`, or a number of seconds.
    Fixed(Duration),
    /// `$window`, where the compiler puts the windows of an alert policy.
    Hole,
    /// A dashboard variable such as `$__rate_interval`; holds its name.
    Variable(String),
    /// Arithmetic that is done when the query runs: `step() * 2`.
    Computed,
}

impl Length {
    /// The length, where it is known before the query runs.
    pub fn known(&self) -> Option<Duration> {
        match self {
            Length::Fixed(duration) => Some(*duration),
            _ => None,
        }
    }
}

/// `[5m]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Range {
    /// How far back it reads.
    pub length: Length,
    /// With the brackets.
    pub span: Span,
    /// The length alone.
    pub length_span: Span,
}

/// `offset 5m` or `offset -5m`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offset {
    /// Whether it reads the future.
    pub negative: bool,
    /// How far.
    pub length: Length,
    /// With the word.
    pub span: Span,
}

/// The time of `@`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum At {
    /// Seconds since 1970.
    Time(f64),
    /// `start()`
    Start,
    /// `end()`
    End,
}

/// `expr[range:step]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Subquery {
    /// What is evaluated at each step.
    pub expr: Box<Expr>,
    /// The whole bracket, with the range's length.
    pub range: Range,
    /// How far apart; by default the evaluation interval.
    pub step: Option<Spanned<Length>>,
    /// `offset 1h`.
    pub offset: Option<Offset>,
    /// `@ end()`.
    pub at: Option<Spanned<At>>,
}

/// `name(args)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// The function's name.
    pub name: Spanned<String>,
    /// Its arguments.
    pub args: Vec<Expr>,
}

impl Call {
    /// The argument that holds series: the first vector or range vector.
    pub fn series(&self) -> Option<&Expr> {
        self.args.iter().find(|a| matches!(a.value_type(), ValueType::Vector | ValueType::Matrix))
    }
}

/// `op by (labels) (param, expr)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Aggregate {
    /// `sum`, in lower case.
    pub op: Spanned<&'static str>,
    /// `by (…)` or `without (…)`.
    pub grouping: Option<Grouping>,
    /// The number or text that some take first.
    pub param: Option<Box<Expr>>,
    /// What is aggregated.
    pub expr: Box<Expr>,
}

/// `by (a, b)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grouping {
    /// `without` rather than `by`.
    pub without: bool,
    /// The labels.
    pub labels: Vec<Spanned<String>>,
    /// With the word.
    pub span: Span,
}

/// `-x`.
#[derive(Clone, PartialEq, Debug)]
pub struct Unary {
    /// `-` rather than `+`.
    pub negative: bool,
    /// The sign.
    pub op: Span,
    /// What it stands before.
    pub expr: Box<Expr>,
}

/// `lhs op rhs`.
#[derive(Clone, PartialEq, Debug)]
pub struct Binary {
    /// Which.
    pub op: Spanned<BinaryOp>,
    /// The word `bool`.
    pub bool_modifier: Option<Span>,
    /// `on (…)` or `ignoring (…)`.
    pub matching: Option<Matching>,
    /// `group_left (…)` or `group_right (…)`.
    pub group: Option<Group>,
    /// `fill (0)`: values for what is missing on a side.
    pub fill: Vec<Spanned<f64>>,
    /// Left of the operator.
    pub lhs: Box<Expr>,
    /// Right of it.
    pub rhs: Box<Expr>,
}

/// `on (a, b)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching {
    /// `on` rather than `ignoring`.
    pub on: bool,
    /// The labels.
    pub labels: Vec<Spanned<String>>,
    /// With the word.
    pub span: Span,
}

/// `group_left (a, b)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// `group_left` rather than `group_right`: the left side has the many series.
    pub left: bool,
    /// The labels taken from the side with one series.
    pub labels: Vec<Spanned<String>>,
    /// With the word.
    pub span: Span,
}

impl Expr {
    pub(super) fn new(kind: Kind, span: Span) -> Expr {
        let mut height = 0;
        for_each_child(&kind, &mut |child| height = child.height.max(height));
        Expr { kind, span, height: height.saturating_add(1) }
    }

    /// How many expressions stand inside each other here, at most.
    pub(super) fn height(&self) -> u16 {
        self.height
    }

    /// The expressions directly inside, in the order they are written.
    pub fn children(&self) -> Vec<&Expr> {
        let mut out = Vec::new();
        for_each_child(&self.kind, &mut |child| out.push(child));
        out
    }

    /// Calls `f` with this expression and all inside it, the outer first.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        f(self);
        for_each_child(&self.kind, &mut |child| child.walk(f));
    }

    /// The expression without the parentheses around it.
    pub fn bare(&self) -> &Expr {
        match &self.kind {
            Kind::Paren(inner) => inner.bare(),
            _ => self,
        }
    }

    /// PromQL's own type of the result.
    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            Kind::Number(_) => ValueType::Scalar,
            Kind::String(_) => ValueType::String,
            Kind::Selector(s) if s.range.is_some() => ValueType::Matrix,
            Kind::Selector(_) | Kind::Aggregate(_) => ValueType::Vector,
            Kind::Subquery(_) => ValueType::Matrix,
            Kind::Call(call) => functions::find(&call.name.node).map_or(ValueType::Unknown, |f| f.result),
            Kind::Unary(unary) => unary.expr.value_type(),
            Kind::Paren(inner) => inner.value_type(),
            Kind::Binary(b) => b.value_type(),
            Kind::Variable(_) | Kind::Missing => ValueType::Unknown,
        }
    }

    /// The number this is, when it is one however it is written: `0.5`, `-(1)`, `1 - 0.999`.
    pub fn constant(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(n) => Some(*n),
            Kind::Paren(inner) => inner.constant(),
            Kind::Unary(u) => u.expr.constant().map(|n| if u.negative { -n } else { n }),
            Kind::Binary(b) => b.constant(),
            _ => None,
        }
    }
}

impl Binary {
    fn value_type(&self) -> ValueType {
        use ValueType::*;
        match (self.lhs.value_type(), self.rhs.value_type()) {
            (Scalar, Scalar) => Scalar,
            (Unknown, Unknown | Scalar) | (Scalar, Unknown) => Unknown,
            _ => Vector,
        }
    }

    fn constant(&self) -> Option<f64> {
        let (a, b) = (self.lhs.constant()?, self.rhs.constant()?);
        Some(match self.op.node {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => a / b,
            BinaryOp::Mod => a % b,
            BinaryOp::Pow => power(a, b)?,
            _ => return None,
        })
    }
}

/// `a ^ b` where `b` is whole, as it is in every query that people write; roots would be all of a library of mathematics that
/// is loaded at each start.
pub(super) fn power(a: f64, b: f64) -> Option<f64> {
    let whole = b as i32;
    (f64::from(whole) == b).then(|| a.powi(whole))
}

fn for_each_child<'a>(kind: &'a Kind, f: &mut dyn FnMut(&'a Expr)) {
    match kind {
        Kind::Subquery(s) => f(&s.expr),
        Kind::Call(c) => c.args.iter().for_each(f),
        Kind::Aggregate(a) => a.param.iter().chain([&a.expr]).for_each(|e| f(e)),
        Kind::Unary(u) => f(&u.expr),
        Kind::Binary(b) => [&b.lhs, &b.rhs].into_iter().for_each(|e| f(e)),
        Kind::Paren(inner) => f(inner),
        Kind::Number(_) | Kind::String(_) | Kind::Selector(_) | Kind::Variable(_) | Kind::Missing => {}
    }
}
