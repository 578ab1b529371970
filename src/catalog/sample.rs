//! One line of the text format: a name, labels and a value.

use std::ops::Range;

use crate::units::Ratio;

/// A series and that it has a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
}

type Wrong = (Range<usize>, &'static str);

/// The first word of `text` and what follows it; a quoted word may hold spaces.
pub(super) fn word(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('"') {
        Some(inner) => inner.find('"').map_or(text.len(), |n| n + 2),
        None => text.find([' ', '\t']).unwrap_or(text.len()),
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Reads a line; on failure says which of its bytes are wrong.
pub(super) fn read_sample(line: &str) -> Result<Sample, Wrong> {
    let mut reader = Reader { line, at: 0 };
    reader.spaces();
    let mut name = reader.name().unwrap_or_default();
    let mut labels = Vec::new();
    reader.spaces();
    if reader.eat('{') {
        reader.labels(&mut name, &mut labels)?;
    }
    if name.is_empty() {
        return Err((reader.at..line.len(), "it has no name"));
    }
    reader.spaces();
    let start = reader.at;
    let (value, _) = word(reader.rest());
    let number = value.parse::<f64>().is_ok() || matches!(value, "+Inf" | "-Inf" | "NaN");
    // A native histogram's sample in protobuf's text form stands in braces.
    if !number && !value.starts_with('{') {
        return Err((start..start + value.len(), "a number is missing"));
    }
    Ok(Sample { name, labels })
}

struct Reader<'a> {
    line: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.line.get(self.at..).unwrap_or("")
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn name(&mut self) -> Option<String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let length = self.rest().find(|c| !allowed(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..length).filter(|n| !n.is_empty())?.to_string();
        self.at += length;
        Some(name)
    }

    fn wrong<T>(&self, message: &'static str) -> Result<T, Wrong> {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Err((self.at..self.at + length, message))
    }

    /// `a="b", "c.d"="e"}`; a quoted name without value is the metric's.
    fn labels(&mut self, metric: &mut String, labels: &mut Vec<(String, String)>) -> Result<(), Wrong> {
        loop {
            self.spaces();
            if self.eat('}') {
                return Ok(());
            }
            let quoted = self.rest().starts_with('"');
            let name = if quoted {
                self.string()?
            } else {
                self.name().map_or_else(|| self.wrong("a label's name is missing"), Ok)?
            };
            self.spaces();
            if self.eat('=') {
                self.spaces();
                labels.push((name, self.string()?));
            } else if quoted && metric.is_empty() {
                *metric = name;
            } else {
                return self.wrong("`=` is missing");
            }
            self.spaces();
            if !self.eat(',') && !self.rest().starts_with('}') {
                return self.wrong("`,` or `}` is missing");
            }
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        if !self.eat('"') {
            return self.wrong("a quoted value is missing");
        }
        let mut out = String::new();
        let mut escaped = false;
        for (i, c) in self.rest().char_indices() {
            match (escaped, c) {
                (true, 'n') => out.push('\n'),
                (true, c) => out.push(c),
                (false, '\\') => {}
                (false, '"') => {
                    self.at += i + 1;
                    return Ok(out);
                }
                (false, c) => out.push(c),
            }
            escaped = !escaped && c == '\\';
        }
        Err((self.at..self.line.len(), "a quote is not closed"))
    }
}

/// A finite number as a program prints it, exactly: `0.005`, `1e-05`, `5e+06`.
pub(super) fn exact(text: &str) -> Option<Ratio> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let power: i32 = exponent.trim_start_matches('+').parse().ok()?;
    let ten = Ratio::new(10i128.checked_pow(power.unsigned_abs())?, 1)?;
    let digits = Ratio::parse(digits.trim_start_matches('+'))?;
    if power < 0 { digits.over(ten) } else { digits.times(ten) }
}
