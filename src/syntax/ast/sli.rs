//! The forms of an indicator that are more than two queries.

use super::{Name, Quantity, Query};
use crate::source::{Span, Spanned};
use crate::units::{Duration, Ratio};

/// `histogram H within 300ms`.
#[derive(Clone, PartialEq, Debug)]
pub struct Histogram {
    /// The histogram's selector.
    pub query: Query,
    /// The bound.
    pub within: Spanned<Quantity>,
    /// Where `histogram` stands.
    pub keyword: Span,
}

/// `good below 0.2 each 1m`: what makes a slice of time good.
#[derive(Clone, PartialEq, Debug)]
pub struct SliceBound {
    /// On which side of the bounds the value must be.
    pub side: Side,
    /// The length of a slice; a minute when not written.
    pub each: Option<Spanned<Duration>>,
    /// Where `good` stands.
    pub keyword: Span,
}

/// A side of one bound or of two.
#[derive(Clone, PartialEq, Debug)]
pub enum Side {
    /// `below 0.2`
    Below(Spanned<Quantity>),
    /// `above 0.2`
    Above(Spanned<Quantity>),
    /// `between 1 and 5`, both included
    Between(Spanned<Quantity>, Spanned<Quantity>),
}

/// `all of checkout.availability, payments.availability`, or `weighted { checkout.availability 3 … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Composite {
    /// The objectives it is made of.
    pub members: Vec<Member>,
    /// Whether it is `weighted`.
    pub weighted: bool,
    /// Where `all` or `weighted` stands.
    pub keyword: Span,
}

/// A member of a composite.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// `checkout.availability`.
    pub name: Name,
    /// Its weight; only in `weighted`.
    pub weight: Option<Spanned<Ratio>>,
}

/// `at-least 100 events per 1h`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AtLeast {
    /// How many events.
    pub events: Spanned<Ratio>,
    /// In how much time.
    pub per: Spanned<Duration>,
}
