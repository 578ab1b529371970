//! What kind of numbers samples are: what a metric says, and what functions make of it.

/// The kind of a sample.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SampleKind {
    /// Not known.
    Unknown,
    /// Grows until its program starts anew.
    Counter,
    /// Counters added up: their resets can no longer be seen.
    CounterSum,
    /// Goes up and down.
    Gauge,
    /// Many buckets in one sample.
    NativeHistogram,
    /// A quantile: of parts of the events, so neither a sum nor a mean of it means anything.
    Quantile,
    /// Always 1.
    Info,
    /// 0 or 1 per state.
    StateSet,
    /// Seconds since 1970.
    Timestamp,
    /// A counter's growth per second.
    Rate,
    /// A counter's growth over a range.
    Increase,
    /// Growth of something else.
    Change,
    /// One number over another of the same unit.
    Ratio,
    /// 0 or 1.
    Bool,
    /// How many series or samples.
    Count,
    /// A plain number.
    Number,
}

impl SampleKind {
    /// As it is called in messages.
    pub fn with_article(self) -> &'static str {
        match self {
            SampleKind::Unknown => "of unknown kind",
            SampleKind::Counter => "a counter",
            SampleKind::CounterSum => "a sum of counters",
            SampleKind::Gauge => "a gauge",
            SampleKind::NativeHistogram => "a native histogram",
            SampleKind::Quantile => "a quantile",
            SampleKind::Info => "an info metric",
            SampleKind::StateSet => "a state set",
            SampleKind::Timestamp => "a time",
            SampleKind::Rate => "a rate",
            SampleKind::Increase => "an increase",
            SampleKind::Change => "a change",
            SampleKind::Ratio => "a ratio",
            SampleKind::Bool => "0 or 1",
            SampleKind::Count => "a count",
            SampleKind::Number => "a number",
        }
    }

    /// As it is listed, without article.
    pub fn name(self) -> &'static str {
        let text = self.with_article();
        text.strip_prefix("a ").or(text.strip_prefix("an ")).unwrap_or(text)
    }

    /// Whether only its growth means something.
    pub(super) fn is_cumulative(self) -> bool {
        matches!(self, SampleKind::Counter | SampleKind::CounterSum)
    }
}
