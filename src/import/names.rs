//! Names of other tools as names of sloc: letters, digits, `-` and `_`, a letter first, at most 60.

/// The longest name.
const LONGEST: usize = 60;

/// The nearest name that sloc takes.
pub(super) fn name(foreign: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let mut text: String = foreign.trim().chars().map(plain).collect();
    while text.contains("--") {
        text = text.replace("--", "-");
    }
    let text = text.trim_matches('-');
    let text = if text.starts_with(|c: char| c.is_ascii_alphabetic()) { text.to_string() } else { format!("x-{text}") };
    text.chars().take(LONGEST).collect::<String>().trim_end_matches('-').to_string()
}

/// A name that none of `taken` is, as sloc tells names apart: `checkout`, else `checkout-2`.
pub(super) fn free<'a>(foreign: &str, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let wanted = name(foreign);
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let same = |a: &str, b: &str| a.len() == b.len() && a.bytes().map(plain).eq(b.bytes().map(plain));
    let mut number = 1;
    loop {
        let end = if number == 1 { String::new() } else { format!("-{number}") };
        let stem: String = wanted.chars().take(LONGEST - end.len()).collect();
        let candidate = format!("{stem}{end}");
        if !taken.clone().any(|t| same(t, &candidate)) {
            return candidate;
        }
        number += 1;
    }
}

/// What is the same of names that are not told apart.
pub(super) fn key(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_one_of_sloc() {
        assert_eq!(name("my.service"), "my-service");
        assert_eq!(name("9lives"), "x-9lives");
        assert_eq!(name("a/b c"), "a-b-c");
        assert_eq!(name(&"a".repeat(80)).len(), 60);
        assert_eq!(free("api", ["API", "api_2"].into_iter()), "api-3");
    }
}
