//! Regular expressions as Prometheus reads them (RE2 in Go's spelling), rewritten into the same set for Rust's `regex`.
//!
//! The two dialects differ in some twenty places, in a few of them silently: `[a&&b]`, `\<`, `\d`. So nothing is handed
//! over as it stands: every construct is read by Go's rules and written out in a form that means the same.

use std::ops::Range;

/// Why a pattern is refused, and which of its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct BadRegex {
    /// The bytes of the pattern.
    pub(super) at: Range<usize>,
    /// What is wrong with them.
    pub(super) message: String,
}

/// How often something may be repeated, as Go has it.
pub(super) const REPETITIONS: usize = 1000;

/// How many Unicode classes, `\pL`, may stand in a pattern: each is hundreds of ranges.
const CLASSES: usize = 100;

/// The pattern in Rust's spelling, without anchors.
pub(super) fn rewrite(pattern: &str) -> Result<String, BadRegex> {
    let mut reader = Reader { pattern, at: 0, out: String::new(), atom: Atom::None, groups: Vec::new(), classes: 0 };
    while reader.at < pattern.len() {
        reader.step()?;
    }
    match reader.groups.last() {
        Some(&open) => Err(BadRegex { at: open..open + 1, message: "this group is not closed".into() }),
        None => Ok(reader.out),
    }
}

/// What stands before: whether it can be repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Atom {
    None,
    Whole,
    Repeated,
}

struct Reader<'a> {
    pattern: &'a str,
    at: usize,
    out: String,
    atom: Atom,
    groups: Vec<usize>,
    /// How many Unicode classes were met.
    classes: usize,
}

type Step<T = ()> = Result<T, BadRegex>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.pattern.get(self.at..).unwrap_or("")
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest().chars().nth(ahead)
    }

    fn fail<T>(&self, length: usize, message: impl Into<String>) -> Step<T> {
        let end = (self.at + length).min(self.pattern.len());
        Err(BadRegex { at: self.at..end, message: message.into() })
    }

    fn put(&mut self, text: &str, length: usize, atom: Atom) {
        self.out.push_str(text);
        self.at += length;
        self.atom = atom;
    }

    fn step(&mut self) -> Step {
        let Some(c) = self.peek(0) else { return Ok(()) };
        match c {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            ')' => {
                if self.groups.pop().is_none() {
                    return self.fail(1, "this parenthesis closes nothing");
                }
                self.put(")", 1, Atom::Whole);
                Ok(())
            }
            '*' | '+' | '?' => self.repeat(1),
            '{' => match repetition(self.rest()) {
                Some(length) => self.repeat(length),
                None => {
                    self.put("\\{", 1, Atom::Whole);
                    Ok(())
                }
            },
            '|' => {
                self.put("|", 1, Atom::None);
                Ok(())
            }
            '^' | '$' | '.' => {
                self.put(&c.to_string(), 1, Atom::Whole);
                Ok(())
            }
            c => {
                let text = regex::escape(&c.to_string());
                self.put(&text, c.len_utf8(), Atom::Whole);
                Ok(())
            }
        }
    }

    /// `*`, `+`, `?` or `{n,m}`, perhaps lazy.
    fn repeat(&mut self, length: usize) -> Step {
        let text = self.rest().get(..length).unwrap_or("").to_string();
        match self.atom {
            Atom::None => return self.fail(length, format!("there is nothing for `{text}` to repeat")),
            Atom::Repeated => return self.fail(length, format!("`{text}` repeats a repetition")),
            Atom::Whole => {}
        }
        let numbers = text.trim_matches(['{', '}']).split(',').map(|n| n.parse::<usize>());
        let counts: Vec<usize> = numbers.filter_map(Result::ok).collect();
        if counts.iter().any(|n| *n > REPETITIONS) {
            return self.fail(length, format!("a repetition goes to {REPETITIONS} at most"));
        }
        if let [low, high] = counts[..]
            && low > high
        {
            return self.fail(length, format!("`{text}` has its bounds in the wrong order"));
        }
        let lazy = self.rest().get(length..).is_some_and(|r| r.starts_with('?'));
        let length = length + usize::from(lazy);
        let whole = self.rest().get(..length).unwrap_or("").to_string();
        self.put(&whole, length, Atom::Repeated);
        Ok(())
    }

    /// `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)` or `(?i:`.
    fn group(&mut self) -> Step {
        if !self.rest().starts_with("(?") {
            self.groups.push(self.at);
            self.put("(", 1, Atom::None);
            return Ok(());
        }
        for look in ["(?=", "(?!", "(?<=", "(?<!"] {
            if self.rest().starts_with(look) {
                return self.fail(look.len(), format!("RE2 has no look-around, so no `{look}`"));
            }
        }
        if let Some(length) = named_group(self.rest()) {
            self.groups.push(self.at);
            self.put("(", length, Atom::None);
            return Ok(());
        }
        let flags = self.rest().get(2..).and_then(|r| r.find([')', ':'])).map_or(self.rest().len(), |n| n + 2);
        let names = self.rest().get(2..flags).unwrap_or("");
        if !names.chars().all(|c| "imsU-".contains(c)) || names.matches('-').count() > 1 || names.ends_with('-') {
            return self.fail(flags, "RE2 knows the flags `i`, `m`, `s` and `U` only");
        }
        let scoped = self.rest().get(flags..).is_some_and(|r| r.starts_with(':'));
        if names.is_empty() && !scoped {
            return self.fail(flags, "this group is not closed");
        }
        let text = self.rest().get(..flags + 1).unwrap_or("").to_string();
        if scoped {
            self.groups.push(self.at);
        }
        self.put(&text, flags + 1, Atom::None);
        Ok(())
    }

    fn escape(&mut self) -> Step {
        let Some(letter) = self.peek(1) else { return self.fail(1, "nothing follows this backslash") };
        if letter == 'Q' {
            return self.quoted();
        }
        let assertion = match letter {
            'A' | 'z' => Some(format!("\\{letter}")),
            'b' => Some("(?-u:\\b)".to_string()),
            'B' => Some("\\B".to_string()),
            _ => None,
        };
        if let Some(text) = assertion {
            self.put(&text, 2, Atom::Whole);
            return Ok(());
        }
        let (text, length) = self.class_escape()?;
        self.put(&text, length, Atom::Whole);
        Ok(())
    }

    /// `\Q…\E`.
    fn quoted(&mut self) -> Step {
        let inner = self.rest().get(2..).unwrap_or("");
        let (literal, length) = match inner.find("\\E") {
            Some(end) => (inner.get(..end).unwrap_or(""), end + 4),
            None => (inner, inner.len() + 2),
        };
        let text = regex::escape(literal);
        self.put(&text, length, Atom::Whole);
        Ok(())
    }

    /// An escape that stands for characters, in a class or outside; with the length it takes.
    fn class_escape(&mut self) -> Step<(String, usize)> {
        let letter = self.peek(1).unwrap_or('\\');
        let perl = match letter {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            's' => "[\\t\\n\\x0C\\r ]",
            'S' => "[^\\t\\n\\x0C\\r ]",
            _ => "",
        };
        if !perl.is_empty() {
            return Ok((perl.into(), 2));
        }
        if matches!(letter, 'p' | 'P') {
            return self.unicode_class();
        }
        let (c, length) = self.escaped_char()?;
        Ok((class_char(c), length))
    }

    /// `\pN`, `\p{Greek}` or `\p{^Greek}`.
    fn unicode_class(&mut self) -> Step<(String, usize)> {
        let rest = self.pattern.get(self.at..).unwrap_or("");
        let (name, length) = match rest.get(2..).and_then(|r| r.strip_prefix('{')) {
            Some(inner) => match inner.find('}') {
                Some(end) => (inner.get(..end).unwrap_or(""), end + 4),
                None => return self.fail(rest.len(), "this character class is not closed"),
            },
            None => {
                let one = rest.chars().nth(2).map_or(0, char::len_utf8);
                (rest.get(2..2 + one).unwrap_or(""), 2 + one)
            }
        };
        let negated = name.starts_with('^') != rest.starts_with("\\P");
        let name = name.trim_start_matches('^');
        let text = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
        let known = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && regex_syntax::parse(&text).is_ok();
        if self.classes >= CLASSES {
            return self.fail(length, format!("a pattern has at most {CLASSES} Unicode classes"));
        }
        self.classes += 1;
        if known { Ok((text, length)) } else { self.fail(length, format!("there is no character class `{name}`")) }
    }

    /// An escape that stands for one character.
    fn escaped_char(&self) -> Step<(char, usize)> {
        let Some(letter) = self.peek(1) else { return self.fail(1, "nothing follows this backslash") };
        let simple = |c: char| Ok((c, 2));
        match letter {
            'a' => simple('\x07'),
            'f' => simple('\x0c'),
            'n' => simple('\n'),
            'r' => simple('\r'),
            't' => simple('\t'),
            'v' => simple('\x0b'),
            'x' => self.hex(),
            '0'..='7' => self.octal(letter),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => simple(c),
            c => self.fail(1 + c.len_utf8(), format!("RE2 has no escape `\\{c}`")),
        }
    }

    /// `\x41` or `\x{10FFFF}`.
    fn hex(&self) -> Step<(char, usize)> {
        let rest = self.rest().get(2..).unwrap_or("");
        let (digits, length) = match rest.strip_prefix('{') {
            Some(inner) => {
                let end = inner.find('}').unwrap_or(inner.len());
                (inner.get(..end).unwrap_or(""), end + 4)
            }
            None => (rest.get(..2).unwrap_or(""), 4),
        };
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| plain).and_then(char::from_u32);
        value.map_or_else(|| self.fail(length, "this is not a whole escape"), |c| Ok((c, length)))
    }

    /// `\012`; one digit alone would be a back-reference.
    fn octal(&self, first: char) -> Step<(char, usize)> {
        let digits: String = self.rest().chars().skip(1).take(3).take_while(|c| ('0'..='7').contains(c)).collect();
        if digits.len() == 1 && first != '0' {
            return self.fail(2, "RE2 has no back-references");
        }
        let value = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
        value.map_or_else(|| self.fail(2, "this is not a whole escape"), |c| Ok((c, 1 + digits.len())))
    }

    /// `[…]`.
    fn class(&mut self) -> Step {
        let open = self.at;
        self.put("[", 1, Atom::None);
        if self.peek(0) == Some('^') {
            self.put("^", 1, Atom::None);
        }
        let mut first = true;
        loop {
            match self.peek(0) {
                None => {
                    return Err(BadRegex { at: open..open + 1, message: "this character class is not closed".into() });
                }
                Some(']') if !first => break,
                Some(_) => self.class_item()?,
            }
            first = false;
        }
        self.put("]", 1, Atom::Whole);
        Ok(())
    }

    /// `[:alpha:]`, `\d`, `a` or `a-z` within a class.
    fn class_item(&mut self) -> Step {
        if self.rest().starts_with("[:")
            && let Some(end) = self.rest().find(":]")
        {
            let text = self.rest().get(..end + 2).unwrap_or("").to_string();
            if regex_syntax::parse(&format!("[{text}]")).is_err() {
                return self.fail(text.len(), format!("there is no character class `{text}`"));
            }
            self.put(&text, text.len(), Atom::None);
            return Ok(());
        }
        if self.peek(0) == Some('\\') && self.peek(1).is_some_and(|c| "dDwWsSpP".contains(c)) {
            let (text, length) = self.class_escape()?;
            self.put(&text, length, Atom::None);
            return Ok(());
        }
        let start = self.at;
        let low = self.class_single()?;
        let range = self.rest().starts_with('-') && self.peek(1).is_some_and(|c| c != ']');
        if !range {
            self.out.push_str(&class_char(low));
            return Ok(());
        }
        self.at += 1;
        let high = self.class_single()?;
        if high < low {
            let text = self.pattern.get(start..self.at).unwrap_or("");
            let message = format!("the range `{text}` ends before it begins");
            return Err(BadRegex { at: start..self.at, message });
        }
        self.out.push_str(&format!("{}-{}", class_char(low), class_char(high)));
        Ok(())
    }

    /// One character of a class, escaped or not.
    fn class_single(&mut self) -> Step<char> {
        let Some(c) = self.peek(0) else { return self.fail(0, "this character class is not closed") };
        let (c, length) = if c == '\\' { self.escaped_char()? } else { (c, c.len_utf8()) };
        self.at += length;
        Ok(c)
    }
}

/// A character as Rust's `regex` reads it literally, in a class and outside.
fn class_char(c: char) -> String {
    match c {
        c if c.is_alphanumeric() => c.to_string(),
        c => format!("\\x{{{:X}}}", u32::from(c)),
    }
}

/// The length of `{2}`, `{2,}` or `{2,5}`; anything else in braces is literal in RE2.
fn repetition(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('{')?;
    // The longest that counts, `{1000,1000}`, is found without looking through the rest.
    let end = inner.bytes().take(12).position(|b| b == b'}')?;
    let (low, high) = inner.get(..end)?.split_once(',').unwrap_or((inner.get(..end)?, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then_some(end + 2)
}

/// The length of `(?P<name>` or `(?<name>`.
fn named_group(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("(?P<").or_else(|| text.strip_prefix("(?<"))?;
    let end = rest.find('>')?;
    let name = rest.get(..end)?;
    let fine = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fine.then_some(text.len() - rest.len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::super::compiled::compile;

    /// The probes of the two dialects: `+` what matches, `-` what does not.
    const MEANING: [(&str, &[&str], &[&str]); 16] = [
        ("[a&&b]", &["a", "b", "&"], &["", "c"]),
        (r"\<a", &["<a"], &["a"]),
        ("[[a]b]", &["[b]", "ab]"], &["a", "b"]),
        (r"\d+", &["12"], &["١"]),
        ("a.b", &["a\nb", "axb"], &["ab"]),
        (r"\Qa.b\E", &["a.b"], &["axb"]),
        (r"[\d-z]", &["5", "-", "z"], &["a"]),
        ("a{bbb}c", &["a{bbb}c"], &["abc"]),
        ("x{,5}", &["x{,5}"], &["x"]),
        ("5..", &["500"], &["5", "5000"]),
        ("a|b", &["a", "b"], &["ab", "xa"]),
        ("(?i)abc", &["ABC"], &["abd"]),
        ("[^]a]", &["b"], &["]", "a"]),
        ("(?P<n>x)", &["x"], &["n"]),
        (r"\p{Greek}", &["α"], &["a"]),
        ("", &[""], &["a"]),
    ];

    #[test]
    fn patterns_mean_what_they_mean_in_prometheus() {
        for (pattern, yes, no) in MEANING {
            let regex = compile(pattern).expect(pattern);
            for text in yes {
                assert!(regex.is_match(text), "{pattern} should match {text:?}");
            }
            for text in no {
                assert!(!regex.is_match(text), "{pattern} should not match {text:?}");
            }
        }
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        let refused = [
            "(?x)a b",
            "a{2000}",
            "a{1001}",
            "a**",
            r"\u00e9",
            "a{1,2}{3}",
            "(?R)",
            "(?u)a",
            "[a--b]",
            r"\p{Script=Greek}",
            "[",
            "(?!x)y",
            "(?=x)",
            r"\1",
            "*a",
            "(a",
            "a)",
            r"\h",
            r"\Z",
            r"\C",
            "[z-a]",
            "a{3,2}",
        ];
        for pattern in refused {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        assert_eq!(compile("a(?!x)y").map_err(|e| e.at).err(), Some(1..4));
    }

    #[test]
    fn what_re2_reads_is_read() {
        let read = [
            "[[:alpha:]]",
            "{",
            "a{",
            "}",
            r"\/",
            r"\-",
            r"\@",
            r"\ ",
            r"\_",
            "(?U)a+",
            r"\x{10FFFF}",
            r"\pN",
            r"\z",
            r"\b",
            "(?s).*",
            "[]a]",
            "(?<n>x)",
            "(?i:a)b",
            "a*?",
            "(a*)*",
        ];
        for pattern in read {
            assert!(compile(pattern).is_ok(), "{pattern}: {:?}", compile(pattern));
        }
    }
}
