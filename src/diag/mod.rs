//! What is wrong, where, why, and what would be right: a value, built where the fact is known.

pub mod codes;
mod excerpt;
pub mod fixes;
pub mod github;
pub mod render;
pub mod sarif;
pub mod uses;
mod visible;

pub use codes::Code;
pub use visible::visible;

use crate::source::Span;

/// How bad it is. Only an error stops a build.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing; never changes the exit status.
    Note,
    /// Probably a mistake.
    Warning,
    /// Surely a mistake: nothing is written.
    Error,
}

impl Severity {
    /// The word shown: `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A further place that explains the first, and what stands there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What there is to say of it; may be empty.
    pub text: String,
}

/// An edit that mends the mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What the edit does, as an order: `write 5m`.
    pub title: String,
    /// The bytes to replace; empty to insert.
    pub span: Span,
    /// What to put there.
    pub text: String,
    /// Whether it can only be meant so. Others are offered in editors, and never made unasked: a name that is near
    /// may be another name, and a wrong query that checks is worse than a mistake that is reported.
    pub sure: bool,
}

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its stable code, with a page.
    pub code: &'static Code,
    /// How bad it is here; the code's own level unless a setting changed it.
    pub severity: Severity,
    /// One line, no full stop: what is wrong, with the names and types involved.
    pub message: String,
    /// Where, and what stands there.
    pub primary: Label,
    /// Further places.
    pub labels: Vec<Label>,
    /// What would be right.
    pub help: Option<String>,
    /// The edit that makes it right, when there is one.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A mistake of `code`'s own severity at `span`.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity,
            message: brief(message.into()),
            primary: Label { span, text: String::new() },
            labels: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// Says what stands at the place itself.
    pub fn here(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = brief(text.into());
        self
    }

    /// Shows a further place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: brief(text.into()) });
        self
    }

    /// Says what would be right.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(brief(text.into()));
        self
    }

    /// Says what would be right when there is something to say.
    pub fn maybe_help(mut self, text: Option<String>) -> Diagnostic {
        self.help = text.map(brief).or(self.help);
        self
    }

    /// Adds the edit that makes it right for sure: replace `span` by `text`.
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), span, text: text.into(), sure: true });
        self
    }

    /// Adds an edit that is likely to be meant: replace `span` by `text`.
    pub fn suggest(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), span, text: text.into(), sure: false });
        self
    }

    /// Whether it stops a build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A text as it is; one that names something of many pages without its middle.
fn brief(text: String) -> String {
    /// Longer ones are cut, in bytes, and so much stays of both ends.
    const LONGEST: usize = 4000;
    const KEPT: (usize, usize) = (300, 100);
    if text.len() <= LONGEST {
        return text;
    }
    let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let (head, tail) = (boundary(KEPT.0), boundary(text.len() - KEPT.1));
    format!("{}…{}", text.get(..head).unwrap_or(""), text.get(tail..).unwrap_or(""))
}

/// The nearest of `known` to `word`, when it is near enough to be meant: few of its letters are wrong, or it is begun by
/// `word`. Words of two letters are near to too many others.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Shorter beginnings are of too many words.
    const BEGINNING: usize = 4;
    /// Longer words are near to nothing, and comparing them takes long.
    const LONGEST: usize = 400;
    if word.len() > LONGEST {
        return None;
    }
    let limit = match word.chars().count() {
        0..=2 => 0,
        letters => (letters + 2) / 4,
    };
    let distance = |k: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &k.to_lowercase());
    let begun = |k: &str| word.len() >= BEGINNING && k.starts_with(word);
    let candidates = known.into_iter().map(|k| (distance(k), k)).filter(|(d, k)| *d <= limit || begun(k));
    candidates.min().map(|(_, k)| k)
}

/// `did you mean `x`?`, when a known word is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|k| format!("did you mean `{k}`?"))
}

/// `` `a`, `b` or `c` ``, for messages that list what is allowed.
pub fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// What was meant by a character that word processors and web pages put in place of an ordinary one.
pub fn odd_character(c: char) -> Option<&'static str> {
    match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some("this is a no-break space; an ordinary one is meant"),
        '\u{200b}'..='\u{200d}' | '\u{feff}' => Some("this character has no width and is not seen; delete it"),
        '“' | '”' | '„' | '‘' | '’' => Some("these are typographic quotes; `\"` is meant"),
        '–' | '—' | '−' => Some("this is a dash; `-` is meant"),
        _ => None,
    }
}

/// Puts messages in the order they are shown: by file as loaded, then by place, then by code; each once.
pub fn in_order(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.primary.span, a.code.id, &a.message).cmp(&(b.primary.span, b.code.id, &b.message)));
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_pages_of_text_is_short() {
        let long = "ä".repeat(1_000_000);
        let message = Diagnostic::new(&codes::E0004, Span::default(), format!("`{long}` is not known")).message;
        assert!(
            message.len() < 500 && message.starts_with("`ää") && message.ends_with("ää` is not known"),
            "{message}"
        );
        assert_eq!(did_you_mean(&long, [long.as_str()]), None);
    }

    #[test]
    fn few_letters_are_near_to_few_words() {
        let known = ["page", "ticket", "by", "availability"];
        let near = |word| nearest(word, known);
        assert_eq!(
            (near("range"), near("on"), near("pge"), near("tikcet")),
            (None, None, Some("page"), Some("ticket"))
        );
        assert_eq!((near("avialibility"), near("avail")), (Some("availability"), Some("availability")));
    }
}
