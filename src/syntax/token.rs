//! The smallest pieces of the language, as nom parsers over text: words, strings, numbers with units.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_until, take_while, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{map, opt, recognize, verify};
use nom::multi::fold_many0;
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

/// `checkout`, `no-traffic`, `E0301`: letters, digits, `_`, `-` and `.`, beginning with a letter or `_`.
pub(super) fn word(input: &str) -> IResult<&str, &str> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || c == '_');
    recognize(pair(first, take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))).parse(input)
}

/// The name of a metric: also with `:`.
pub(super) fn metric_name(input: &str) -> IResult<&str, &str> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ':'));
    recognize(pair(first, take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':')))).parse(input)
}

/// A word as the value of a parameter: a name of ours or of a metric.
pub(super) fn value_word(input: &str) -> IResult<&str, &str> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ':'));
    let rest = take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    recognize(pair(first, rest)).parse(input)
}

/// What one character or escape adds to a string.
fn string_piece(input: &str) -> IResult<&str, char> {
    let escaped = |code: char, value: char| map(char(code), move |_| value);
    let escape = alt((escaped('"', '"'), escaped('\\', '\\'), escaped('n', '\n'), escaped('t', '\t')));
    alt((preceded(char('\\'), escape), satisfy(|c| c != '"' && c != '\\' && c != '\n'))).parse(input)
}

/// `"text"` on one line, with `\"`, `\\`, `\n` and `\t`.
pub(super) fn string(input: &str) -> IResult<&str, String> {
    let pieces = fold_many0(string_piece, String::new, |mut text, c| {
        text.push(c);
        text
    });
    delimited(char('"'), pieces, char('"')).parse(input)
}

/// `"""` … `"""` over many lines, without escapes. The common indentation goes, and so do the empty lines at both ends.
pub(super) fn long_string(input: &str) -> IResult<&str, String> {
    map(delimited(tag("\"\"\""), take_until("\"\"\""), tag("\"\"\"")), dedent).parse(input)
}

/// Removes the indentation that all lines share, and empty first and last lines.
fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let filled = || lines.iter().enumerate().filter(|(_, l)| !l.is_empty());
    let (Some((first, _)), Some((last, _))) = (filled().next(), filled().next_back()) else { return String::new() };
    let own_line = filled().filter(|(i, _)| *i > 0 || text.starts_with('\n'));
    let indent = own_line.map(|(_, l)| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let strip =
        |l: &&str| l.get(indent..).filter(|_| l[..indent].trim().is_empty()).unwrap_or(l.trim_start()).to_string();
    lines[first..=last].iter().map(strip).collect::<Vec<_>>().join("\n")
}

/// `99.9`, `-1`, `300`.
pub(super) fn number(input: &str) -> IResult<&str, &str> {
    let digits = || take_while1(|c: char| c.is_ascii_digit());
    recognize((opt(char('-')), digits(), opt(pair(char('.'), digits())))).parse(input)
}

/// `99.9%`, `1h30m`, `1.5GiB`, `2/min`: a number and what is written right behind it.
pub(super) fn quantity(input: &str) -> IResult<&str, (&str, &str)> {
    let unit = take_while(|c: char| c.is_ascii_alphanumeric() || matches!(c, '%' | '/' | 'µ' | '°'));
    pair(number, unit).parse(input)
}

/// `+50/min`: a quantity that is added.
pub(super) fn change(input: &str) -> IResult<&str, (&str, &str)> {
    preceded(char('+'), quantity).parse(input)
}

/// A punctuation mark.
pub(super) fn mark<'a>(
    text: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    tag(text)
}

/// `keyword`, as a whole word.
pub(super) fn keyword<'a>(
    text: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    verify(word, move |w: &str| w == text)
}

/// One of some keywords, as a whole word.
pub(super) fn one_of<'a>(words: &[&str]) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    verify(word, move |w: &str| words.contains(&w))
}

/// The long name of a unit behind a number: letters, and none of the words that follow a number.
pub(super) fn unit_name(input: &str) -> IResult<&str, &str> {
    verify(word, |w: &str| {
        w.bytes().all(|b| b.is_ascii_alphabetic()) && !matches!(w, "for" | "and" | "in" | "to" | "each")
    })
    .parse(input)
}

/// A unit where nothing else may stand: `ms`, `%`, `MB/s`, `celsius`.
pub(super) fn unit_sign(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphabetic() || matches!(c, '%' | '/' | 'µ' | '°')).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_know_their_escapes_and_no_others() {
        assert_eq!(string(r#""a \"b\" \\ \n" x"#), Ok((" x", "a \"b\" \\ \n".to_string())));
        assert!(string(r#""\d""#).is_err());
        assert!(string("\"open\n\"").is_err());
    }

    #[test]
    fn long_strings_lose_their_indentation_only() {
        let text = "\"\"\"\n      1. Look.\n         - closer\n\n      2. Act.\n    \"\"\"";
        assert_eq!(long_string(text), Ok(("", "1. Look.\n   - closer\n\n2. Act.".to_string())));
        assert_eq!(long_string("\"\"\"one line\"\"\""), Ok(("", "one line".to_string())));
        assert_eq!(long_string("\"\"\" \n \"\"\""), Ok(("", String::new())));
    }

    #[test]
    fn quantities_take_their_unit_along() {
        assert_eq!(quantity("99.9% over"), Ok((" over", ("99.9", "%"))));
        assert_eq!(quantity("1h30m"), Ok(("", ("1", "h30m"))));
        assert_eq!(quantity("300ms}"), Ok(("}", ("300", "ms"))));
    }
}
