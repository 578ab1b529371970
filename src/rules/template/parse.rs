//! The grammar of template actions, as far as Go checks it when a template is loaded, and the names they use.

use std::ops::Range;

use super::Found;
use super::lex::{Action, Tok, Token, Wrong};
use crate::diag::did_you_mean;

/// Functions of Go's templates and of Prometheus's.
const FUNCTIONS: &[&str] = &[
    "and",
    "call",
    "html",
    "index",
    "slice",
    "js",
    "len",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "urlquery",
    "eq",
    "ge",
    "gt",
    "le",
    "lt",
    "ne",
    "query",
    "first",
    "label",
    "value",
    "strvalue",
    "args",
    "reReplaceAll",
    "safeHtml",
    "match",
    "title",
    "toUpper",
    "toLower",
    "graphLink",
    "tableLink",
    "sortByLabel",
    "stripPort",
    "stripDomain",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "toTime",
    "toDuration",
    "now",
    "pathPrefix",
    "externalURL",
    "parseDuration",
    "urlQueryEscape",
];

/// What Prometheus declares before every template.
const VARIABLES: [&str; 5] = ["$", "$labels", "$externalLabels", "$externalURL", "$value"];

/// The fields of a template's data.
const FIELDS: [&str; 4] = [".Labels", ".ExternalLabels", ".ExternalURL", ".Value"];

/// A control structure that is open.
struct Open {
    word: &'static str,
    at: Range<usize>,
    variables: usize,
    has_else: bool,
}

/// Whether what an action reads is the alert's data: within `range`, `with` and `define`, `.` is something else.
fn moves_dot(word: &str) -> bool {
    matches!(word, "range" | "with" | "define" | "block")
}

/// Checks the actions of `text`; stops at the first mistake, as Go does.
pub(super) fn parse(text: &str, actions: &[Action]) -> Result<Found, Wrong> {
    let variables = VARIABLES.iter().map(|v| v.to_string()).collect();
    let mut parser = Parser { text, tokens: &[], at: 0, open: Vec::new(), variables, found: Found::default() };
    for action in actions {
        parser.action(action)?;
    }
    match parser.open.pop() {
        Some(open) => Err(Wrong::new(open.at, format!("this `{}` has no `{{{{ end }}}}`", open.word))),
        None => Ok(parser.found),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    open: Vec<Open>,
    variables: Vec<String>,
    found: Found,
}

impl<'a> Parser<'a> {
    fn token(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn kind(&self) -> Option<Tok> {
        self.token().map(|t| t.kind)
    }

    fn spelled(&self, token: &Token) -> &'a str {
        self.text.get(token.at.clone()).unwrap_or("")
    }

    fn word(&self) -> &'a str {
        self.token().filter(|t| t.kind == Tok::Word).map_or("", |t| self.spelled(t))
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), Some(Tok::Sign(s)) if s == sign)
    }

    fn action(&mut self, action: &'a Action) -> Result<(), Wrong> {
        (self.tokens, self.at) = (&action.tokens, 0);
        let Some(first) = self.token() else {
            return Err(Wrong::new(action.at.clone(), "an action without a value"));
        };
        let control = ["if", "range", "with", "define", "block"].into_iter().find(|w| *w == self.word());
        if let Some(word) = control {
            self.at += 1;
            let open = Open { word, at: action.at.clone(), variables: self.variables.len(), has_else: false };
            self.begin(word)?;
            self.open.push(open);
            return self.finished();
        }
        match self.word() {
            "end" => self.end_of(first)?,
            "else" => self.otherwise(first)?,
            "break" | "continue" => self.jump(first)?,
            "template" => {
                self.at += 1;
                self.named_template()?;
            }
            _ => self.pipeline(first.at.clone())?,
        }
        self.finished()
    }

    /// What follows `if`, `range`, `with`, `define` and `block`.
    fn begin(&mut self, word: &str) -> Result<(), Wrong> {
        let before = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0..0, |t| t.at.clone());
        match word {
            "define" => self.string(before),
            "block" => self.named_template(),
            _ => self.pipeline(before),
        }
    }

    fn named_template(&mut self) -> Result<(), Wrong> {
        let before = self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0..0, |t| t.at.clone());
        self.string(before.clone())?;
        if self.token().is_some() { self.pipeline(before) } else { Ok(()) }
    }

    fn string(&mut self, before: Range<usize>) -> Result<(), Wrong> {
        if self.kind() == Some(Tok::String) {
            self.at += 1;
            return Ok(());
        }
        Err(Wrong::new(before, "the template's name is missing here"))
    }

    fn end_of(&mut self, token: &Token) -> Result<(), Wrong> {
        self.at += 1;
        let Some(open) = self.open.pop() else {
            let message = "`end` without an `if`, `range` or `with` before it";
            return Err(Wrong::new(token.at.clone(), message));
        };
        self.variables.truncate(open.variables);
        Ok(())
    }

    fn otherwise(&mut self, token: &Token) -> Result<(), Wrong> {
        self.at += 1;
        let chained = matches!(self.word(), "if" | "with");
        let fits = self.open.last_mut().filter(|o| matches!(o.word, "if" | "range" | "with") && !o.has_else);
        let Some(open) = fits else {
            return Err(Wrong::new(token.at.clone(), "`else` without an `if`, `range` or `with` before it"));
        };
        open.has_else = !chained;
        if chained {
            self.at += 1;
            return self.pipeline(token.at.clone());
        }
        Ok(())
    }

    fn jump(&mut self, token: &Token) -> Result<(), Wrong> {
        self.at += 1;
        if self.open.iter().any(|o| o.word == "range") {
            return Ok(());
        }
        Err(Wrong::new(token.at.clone(), format!("`{}` outside of `range`", self.spelled(token))))
    }

    /// An action ends where its braces do.
    fn finished(&self) -> Result<(), Wrong> {
        match self.token() {
            None => Ok(()),
            Some(token) => {
                Err(Wrong::new(token.at.clone(), format!("unexpected `{}` in a template", self.spelled(token))))
            }
        }
    }

    /// `$x := a b | c`, after what stands at `before`.
    fn pipeline(&mut self, before: Range<usize>) -> Result<(), Wrong> {
        let declared = self.declaration()?;
        let mut stage = 0;
        let mut before = before;
        loop {
            self.command(stage, &before)?;
            if !self.is("|") {
                break;
            }
            before = self.token().map_or(before, |t| t.at.clone());
            (self.at, stage) = (self.at + 1, stage + 1);
        }
        self.variables.extend(declared);
        Ok(())
    }

    /// `$x :=`, `$i, $x :=` or `$x =`, when one stands here; the variables it declares.
    fn declaration(&mut self) -> Result<Vec<String>, Wrong> {
        let mut ahead = self.at;
        let mut names = Vec::new();
        while let Some(token) = self.tokens.get(ahead).filter(|t| t.kind == Tok::Variable) {
            names.push(token);
            let sign = self.tokens.get(ahead + 1).map(|t| t.kind);
            ahead += 2;
            match sign {
                Some(Tok::Sign(",")) => {}
                Some(Tok::Sign(":=")) => {
                    self.at = ahead;
                    return Ok(names.into_iter().map(|t| self.spelled(t).to_string()).collect());
                }
                Some(Tok::Sign("=")) => {
                    names.iter().try_for_each(|t| self.variable(t))?;
                    self.at = ahead;
                    return Ok(Vec::new());
                }
                _ => break,
            }
        }
        Ok(Vec::new())
    }

    /// Values side by side, the first of which may be a function.
    fn command(&mut self, stage: usize, before: &Range<usize>) -> Result<(), Wrong> {
        let Some(first) = self.token().filter(|t| !matches!(t.kind, Tok::Sign(sign) if sign != "(")) else {
            let what = self.text.get(before.clone()).unwrap_or("");
            return Err(Wrong::new(before.clone(), format!("a value is missing after `{what}`")));
        };
        let start = self.at;
        while self.kind().is_some_and(|kind| !matches!(kind, Tok::Sign(sign) if sign != "(")) {
            self.operand()?;
        }
        let alone = self.at == start + 1;
        let word = self.spelled(first);
        if alone && word == "nil" {
            return Err(Wrong::new(first.at.clone(), "`nil` is no value to print"));
        }
        let constant = matches!(first.kind, Tok::String | Tok::Number | Tok::Dot) || matches!(word, "true" | "false");
        if stage > 0 && constant {
            return Err(Wrong::new(first.at.clone(), "a value that is no function cannot stand after `|`"));
        }
        if word == "index" {
            self.indexed_label(start);
        }
        Ok(())
    }

    /// A value with the fields that follow it.
    fn operand(&mut self) -> Result<(), Wrong> {
        let Some(token) = self.token() else { return Ok(()) };
        self.at += 1;
        match token.kind {
            Tok::Word => self.function(token)?,
            Tok::Variable => self.variable(token)?,
            Tok::Field => self.field(token),
            Tok::Sign(_) => {
                self.pipeline(token.at.clone())?;
                if !self.is(")") {
                    return Err(Wrong::new(token.at.clone(), "this `(` is not closed"));
                }
                self.at += 1;
            }
            Tok::Dot | Tok::String | Tok::Number => {}
        }
        let first = self.at;
        while self.token().is_some_and(|t| t.kind == Tok::Field && !t.spaced) {
            self.at += 1;
        }
        self.label(token, first);
        Ok(())
    }

    fn function(&self, token: &Token) -> Result<(), Wrong> {
        let name = self.spelled(token);
        if FUNCTIONS.contains(&name) || matches!(name, "true" | "false" | "nil") {
            return Ok(());
        }
        let message = format!("there is no function `{name}`");
        let help = did_you_mean(name, FUNCTIONS.iter().copied());
        Err(Wrong { help, name: true, ..Wrong::new(token.at.clone(), message) })
    }

    fn variable(&self, token: &Token) -> Result<(), Wrong> {
        let name = self.spelled(token);
        if self.variables.iter().any(|v| v == name) {
            return Ok(());
        }
        let help = did_you_mean(name, self.variables.iter().map(String::as_str));
        let message = format!("no variable `{name}` is declared");
        Err(Wrong { help, name: true, ..Wrong::new(token.at.clone(), message) })
    }

    /// Whether `.` is the alert's data here.
    fn at_top(&self) -> bool {
        !self.open.iter().any(|o| moves_dot(o.word))
    }

    fn field(&mut self, token: &Token) {
        if self.at_top() && !FIELDS.contains(&self.spelled(token)) {
            self.found.unknown.push(token.at.clone());
        }
    }

    /// Notes what a value reads of the alert: `$value`, `$labels.job`, `.Labels.job`.
    fn label(&mut self, token: &Token, fields: usize) {
        let name = self.spelled(token);
        let dotted = token.kind == Tok::Field && self.at_top();
        if name == "$value" || name == ".Value" && dotted {
            self.found.value.push(token.at.clone());
        }
        let field = self.tokens.get(fields).filter(|_| fields < self.at);
        if let Some(field) = field.filter(|_| name == "$labels" || name == ".Labels" && dotted) {
            let label = self.spelled(field).trim_start_matches('.').to_string();
            self.found.labels.push((label, token.at.start..field.at.end));
        }
    }

    /// `index $labels "job"`.
    fn indexed_label(&mut self, start: usize) {
        let labels = self.tokens.get(start + 1).is_some_and(|t| self.spelled(t) == "$labels");
        if let Some(name) = self.tokens.get(start + 2).filter(|t| labels && t.kind == Tok::String) {
            let label = self.spelled(name).trim_matches(['"', '`']).to_string();
            self.found.labels.push((label, name.at.clone()));
        }
    }
}
