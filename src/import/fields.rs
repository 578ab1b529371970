//! Mappings of YAML read key by key: what is missing, what has another shape, what nobody asked for is said.

use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::rules;
use crate::rules::yaml::{Kind, Node, Text};
use crate::source::Span;
use crate::units::Ratio;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) diagnostics: Vec<Diagnostic>,
    errors: usize,
}

impl Reader {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        self.diagnostics.push(diagnostic);
    }

    /// How many errors there were so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// A value that cannot be what it is to be.
    pub(super) fn wrong(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::new(&codes::E0713, span, message).here("not possible").help(help));
    }

    fn shape(&mut self, node: &Node, what: &str, wanted: &str) {
        let is = node.describe();
        let message = format!("`{what}` is {wanted}, found {is}");
        self.report(Diagnostic::new(&codes::E0713, node.span, message).here(is));
    }
}

/// A mapping that is being read. Keys that are never asked for are reported in the end.
pub(super) struct Fields<'n> {
    node: &'n Node,
    what: String,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The mapping `node`, which is called `what`; `None`, with a message, when it is none.
    pub(super) fn of(reader: &mut Reader, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.kind {
            Kind::Map(_) => Some(Fields { node, what: what.to_string(), asked: Vec::new() }),
            _ => {
                reader.shape(node, what, "a mapping");
                None
            }
        }
    }

    /// Where it begins.
    pub(super) fn span(&self) -> Span {
        match &self.node.kind {
            Kind::Map(entries) => entries.first().map_or(self.node.span, |(key, _)| key.span),
            _ => self.node.span,
        }
    }

    /// All its keys, which are read with that.
    pub(super) fn keys(&self) -> Vec<String> {
        let Kind::Map(entries) = &self.node.kind else { return Vec::new() };
        entries.iter().map(|(key, _)| key.value.clone()).collect()
    }

    /// Where a key stands; the mapping's own place when it is not there.
    pub(super) fn at(&self, key: &str) -> Span {
        let Kind::Map(entries) = &self.node.kind else { return self.node.span };
        entries.iter().find(|(k, _)| k.value == key).map_or_else(|| self.span(), |(k, _)| k.span)
    }

    /// The value of a key, when something is written.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        self.node.get(key).filter(|n| n.kind != Kind::Null)
    }

    /// The value of the first of some spellings of a key.
    pub(super) fn either(&mut self, keys: &[&'static str]) -> Option<&'n Node> {
        let found: Vec<&Node> = keys.iter().filter_map(|key| self.get(key)).collect();
        found.into_iter().next()
    }

    /// A text, a number or a truth value.
    pub(super) fn text(&mut self, reader: &mut Reader, key: &'static str) -> Option<&'n Text> {
        let node = self.get(key)?;
        scalar(reader, node, key)
    }

    /// The same, which must be there.
    pub(super) fn need(&mut self, reader: &mut Reader, key: &'static str) -> Option<&'n Text> {
        let node = self.need_node(reader, key)?;
        scalar(reader, node, key)
    }

    /// Any value, which must be there.
    pub(super) fn need_node(&mut self, reader: &mut Reader, key: &'static str) -> Option<&'n Node> {
        let node = self.get(key);
        if node.is_none() {
            let message = format!("{} has no `{key}`", self.what);
            reader.report(Diagnostic::new(&codes::E0712, self.at(key), message).here("something is missing"));
        }
        node
    }

    /// A mapping below a key.
    pub(super) fn map(&mut self, reader: &mut Reader, key: &'static str) -> Option<Fields<'n>> {
        let node = self.get(key)?;
        Fields::of(reader, node, key)
    }

    /// The items of a list below a key; none when it is not there.
    pub(super) fn list(&mut self, reader: &mut Reader, key: &'static str) -> &'n [Node] {
        match self.get(key) {
            Some(Node { kind: Kind::List(items), .. }) => items,
            Some(other) => {
                reader.shape(other, key, "a list");
                &[]
            }
            None => &[],
        }
    }

    /// Names and texts below a key.
    pub(super) fn texts(&mut self, reader: &mut Reader, key: &'static str) -> Vec<(String, String)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let Kind::Map(entries) = &node.kind else {
            reader.shape(node, key, "a mapping of names to texts");
            return Vec::new();
        };
        let text = |(name, node): &(Text, Node)| match &node.kind {
            Kind::Null => Some((name.value.clone(), String::new())),
            _ => scalar(reader, node, &name.value).map(|t| (name.value.clone(), t.value.clone())),
        };
        entries.iter().filter_map(text).collect()
    }

    /// Labels or annotations below a key: those whose names begin with `prefix`, without it. What is no name is reported.
    pub(super) fn labels(&mut self, reader: &mut Reader, key: &'static str, prefix: &str) -> Vec<(String, String)> {
        let all = self.texts(reader, key);
        let mut labels: Vec<(String, String)> =
            all.into_iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_string(), value))).collect();
        let written = match self.node.get(key).map(|n| &n.kind) {
            Some(Kind::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        labels.retain(|(name, _)| {
            let fine = rules::is_label(name);
            if let Some((at, _)) = written.iter().find(|(k, _)| !fine && k.value.strip_prefix(prefix) == Some(name)) {
                let message = format!("`{name}` is not a name that Prometheus takes in `{key}`");
                reader.wrong(at.span, message, "letters, digits and `_`, no digit first");
            }
            fine
        });
        labels
    }

    /// `true` or `false`; `None` when nothing is written.
    pub(super) fn flag(&mut self, reader: &mut Reader, key: &'static str) -> Option<bool> {
        let text = self.text(reader, key)?;
        match text.value.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                reader.wrong(text.span, format!("`{key}` is `true` or `false`, found `{other}`"), "one of the two");
                None
            }
        }
    }

    /// Keys that are known, and say nothing that a spec could.
    pub(super) fn ignore(&mut self, keys: &[&'static str]) {
        self.asked.extend(keys);
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, reader: &mut Reader) {
        let Kind::Map(entries) = &self.node.kind else { return };
        for (key, _) in entries.iter().filter(|(key, _)| !self.asked.contains(&key.value.as_str())) {
            let message = format!("{} has no field `{}`", self.what, key.value);
            let known = self.asked.iter().copied();
            let help = did_you_mean(&key.value, known.clone())
                .unwrap_or_else(|| format!("the fields are {}", one_of(known).replace(" or ", " and ")));
            reader.report(Diagnostic::new(&codes::E0711, key.span, message).here("not read").help(help));
        }
    }
}

/// The text of a node; reports what is none.
pub(super) fn scalar<'n>(reader: &mut Reader, node: &'n Node, what: &str) -> Option<&'n Text> {
    if node.text().is_none() {
        reader.shape(node, what, "a text");
    }
    node.text()
}

/// A number as YAML writes one: `99.9`, `+.5`, `9.99e1`.
pub(super) fn number(text: &str) -> Option<Ratio> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let digits = digits.strip_prefix('+').unwrap_or(digits).trim_end_matches('.');
    let digits = if digits.starts_with('.') { format!("0{digits}") } else { digits.to_string() };
    let power = Ratio::whole(10i64.checked_pow(exponent.unsigned_abs())?);
    let number = Ratio::parse(&digits)?;
    if exponent < 0 { number.over(power) } else { number.times(power) }
}
