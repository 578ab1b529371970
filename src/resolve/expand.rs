//! `use` to text: a service that uses templates is read anew, with their text and the values in it. Every byte of that
//! text knows where it was written.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Program;
use super::templates::Templates;
use crate::diag::{Diagnostic, codes};
use crate::source::{self, Expansion, FileId, Given, SourceFile, Sources, Span};
use crate::syntax;
use crate::syntax::ast::{Context, Hole, Item, ParamValue, Service, Template, Use, ValueKind};

/// What one `use` may become: statements, bytes, templates in templates.
const STATEMENTS: usize = 10_000;
const BYTES: usize = 4 << 20;
const DEPTH: usize = 64;

/// What all of a program may become, in bytes: so many, and so many for each that was written. What is read in a second
/// cannot become what takes a minute.
const ALL: usize = 4 << 20;
const EACH: usize = 100;

/// Puts the text of templates in the place of every `use`.
pub(super) fn templates(program: &mut Program) {
    let known = Templates::collect(program);
    let bytes: usize = program.sources.iter().map(|(_, file)| file.text.len()).sum();
    let mut made = written(&known, program, ALL.saturating_add(bytes.saturating_mul(EACH)));
    if let Some(diagnostic) = made.iter_mut().find_map(|m| m.beyond.take()) {
        // Nothing of it is read then: what is too much to write is too much to check.
        made = written(&known, program, 0);
        made.iter_mut().take(1).for_each(|m| m.diagnostics.push(diagnostic.clone()));
    }
    let (used, diagnostics) = (known.used, known.diagnostics);
    program.templates.used = used;
    program.diagnostics.extend(diagnostics);
    program.read_made(made);
}

/// The text of every service, as long as all are at most so many bytes.
fn written(known: &Templates<'_>, program: &Program, mut most: usize) -> Vec<Made> {
    let one = |(place, s): ((usize, usize), &Service)| {
        let made = Writer::service(known, place, s, most);
        most = most.saturating_sub(made.text.len());
        made
    };
    services(program).map(one).collect()
}

/// The services with a `use`, each with the numbers of its file and of its item.
fn services(program: &Program) -> impl Iterator<Item = ((usize, usize), &Service)> {
    let items = program
        .files
        .iter()
        .enumerate()
        .flat_map(|(f, file)| file.items.iter().enumerate().map(move |(i, item)| ((f, i), item)));
    items.filter_map(|(at, item)| match item {
        Item::Service(s) if !s.uses.is_empty() => Some((at, s)),
        _ => None,
    })
}

/// The text that a service became.
struct Made {
    /// The numbers of its file and of its item there.
    place: (usize, usize),
    text: String,
    expansion: Expansion,
    /// The templates whose text is in it, by the place of their names.
    templates: BTreeSet<Span>,
    /// Whether something could not be put in.
    failed: bool,
    /// What is said when all services together became too large in this one.
    beyond: Option<Diagnostic>,
    diagnostics: Vec<Diagnostic>,
}

impl Program {
    /// Reads the new texts, and puts what is read in the place of the services.
    fn read_made(&mut self, made: Vec<Made>) {
        let mut places = Vec::new();
        for m in made {
            self.diagnostics.extend(m.diagnostics);
            self.visible.push(self.seen_by(m.place.0, &m.templates));
            self.files.push(Default::default());
            self.templates.expanded.extend(m.templates);
            let path = self.sources.get(FileId(m.place.0 as u32)).path.clone();
            places.push((m.place, m.failed, self.sources.add(SourceFile::expanded(path, m.text, m.expansion))));
        }
        let sources = &self.sources;
        let read: Vec<_> = places.par_iter().map(|(.., id)| syntax::service(*id, &sources.get(*id).text)).collect();
        for (((file, item), failed, _), (service, mistakes)) in places.into_iter().zip(read) {
            self.diagnostics.extend(mistakes.into_iter().map(|d| misfit(d, &self.sources)));
            let old = self.files.get_mut(file).and_then(|f| Arc::make_mut(f).items.get_mut(item));
            if let (Some(old), Some(new)) = (old, service) {
                let new = Item::Service(Service { broken: new.broken || failed, uses: Vec::new(), ..new });
                if let Item::Service(written) = std::mem::replace(old, new) {
                    self.templates.written.push(written);
                }
            }
        }
    }

    /// The files whose metrics the text of a service may name: those it sees itself, and those its templates see.
    fn seen_by(&self, file: usize, templates: &BTreeSet<Span>) -> Vec<FileId> {
        let files = templates.iter().map(|t| t.file.0 as usize).chain([file]);
        let seen: BTreeSet<FileId> = files.filter_map(|f| self.visible.get(f)).flatten().copied().collect();
        seen.into_iter().collect()
    }
}

/// A parameter with its value.
struct Bound {
    given: Given,
    /// Where the value was written.
    span: Span,
}

/// Writes the text of one service.
struct Writer<'a> {
    known: &'a Templates<'a>,
    made: Made,
    /// Statements and bytes of the `use` being written that are left.
    left: (usize, usize),
    /// Bytes of the whole program that are left.
    all: usize,
    /// Whether it turned out too large.
    full: bool,
}

/// The surroundings of a stretch of text.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The holes of its template, and the values for them.
    holes: &'a [Hole],
    values: &'a [Bound],
    by: Option<u32>,
    depth: usize,
}

impl<'a> Writer<'a> {
    fn service(known: &'a Templates<'a>, place: (usize, usize), s: &Service, all: usize) -> Made {
        let (text, expansion, templates) = (String::new(), Expansion::default(), BTreeSet::new());
        let (beyond, diagnostics) = (None, Vec::new());
        let made = Made { place, text, expansion, templates, failed: false, beyond, diagnostics };
        let mut writer = Writer { known, made, left: (0, 0), all, full: false };
        writer.stretch(s.span, &s.uses, Around { holes: &[], values: &[], by: None, depth: 0 });
        writer.made
    }

    /// Copies what is written at `span`, with values in its holes and templates in place of its `use`s.
    fn stretch(&mut self, span: Span, uses: &[Use], around: Around<'_>) {
        let mut at = span.start;
        let mut holes = around.holes.iter().peekable();
        for next in uses.iter().map(Some).chain([None]) {
            let (until, end) = next.map_or((span.end, span.end), |u| (u.replaced.start, u.replaced.end));
            while let Some(hole) = holes.next_if(|h| h.span.start < end) {
                let value = around.values.iter().find(|v| v.given.name == hole.name);
                if let Some(value) = value.filter(|_| hole.span.start < until) {
                    self.copy(Span { start: at, end: hole.span.start, ..span }, around.by);
                    self.fill(hole, value, around.by);
                    at = hole.span.end;
                }
            }
            self.copy(Span { start: at, end: until, ..span }, around.by);
            if let Some(u) = next {
                self.use_(u, around);
            }
            at = end;
        }
    }

    fn push(&mut self, text: &str, origin: Span, given: Option<Span>, by: Option<u32>) {
        if by.is_some() {
            self.full |= text.len() > self.left.1;
            self.left.1 = self.left.1.saturating_sub(text.len());
        }
        if !self.full {
            self.made.text.push_str(text);
            self.made.expansion.push(text.len(), origin, given, by);
        }
    }

    fn copy(&mut self, span: Span, by: Option<u32>) {
        let sources = &self.known.program().sources;
        self.push(sources.text(span), span, None, by);
    }

    /// Puts a value into a hole.
    fn fill(&mut self, hole: &Hole, value: &Bound, by: Option<u32>) {
        match filled(hole, value, &self.known.program().sources) {
            Ok(text) => self.push(&text, hole.span, Some(value.span), by),
            Err(what) => self.unquotable(hole, value, what),
        }
    }

    /// Reports a value that the quotes around its place cannot hold.
    fn unquotable(&mut self, hole: &Hole, value: &Bound, what: &str) {
        let message = format!("the value of `${}` holds {what}, which would end the text around it", hole.name);
        let diagnostic = Diagnostic::new(&codes::E0144, hole.span, message).here("a text that ends there");
        self.made.diagnostics.push(diagnostic.label(value.span, "the value comes from here"));
        self.made.failed = true;
    }

    /// Writes a template in place of a `use`.
    fn use_(&mut self, u: &Use, around: Around<'_>) {
        if around.depth == 0 {
            (self.left, self.full) = ((STATEMENTS, BYTES.min(self.all)), false);
        }
        let Some(template) = self.known.of(u) else {
            self.made.failed = true;
            return;
        };
        self.full |= around.depth >= DEPTH || template.statements > self.left.0;
        self.left.0 = self.left.0.saturating_sub(template.statements);
        let before = self.made.text.len();
        if !self.full {
            self.write(u, template, around);
        }
        if self.full && around.depth == 0 {
            self.full = false;
            self.made.text.truncate(before);
            self.made.expansion.truncate(before);
            self.too_large(u);
        } else if around.depth == 0 {
            self.all = self.all.saturating_sub(self.made.text.len() - before);
        }
    }

    fn write(&mut self, u: &Use, template: &'a Template, around: Around<'_>) {
        let Some(values) = self.values(u, template, around) else {
            self.made.failed = true;
            return;
        };
        let given = values.iter().map(|v| v.given.clone()).collect();
        let used = source::Use { template: template.name.node.clone(), at: u.span, within: around.by, values: given };
        let by = Some(self.made.expansion.enter(used));
        self.made.templates.insert(template.name.span);
        let inner = Around { holes: &template.holes, values: &values, by, depth: around.depth + 1 };
        self.stretch(template.inside, &template.body.uses, inner);
        self.push("\n", u.span.after(), None, around.by);
    }

    fn too_large(&mut self, u: &Use) {
        self.made.failed = true;
        if self.all < BYTES {
            let message = format!(
                "with this `use` the templates of the program become more than {} MiB and {EACH} times what is written",
                ALL >> 20
            );
            let diagnostic = Diagnostic::new(&codes::E0145, u.span, message).here("too much in all");
            self.made.beyond.get_or_insert(diagnostic.help("what is so large is a matter for several programs"));
            return;
        }
        let message = format!("`use {}` becomes more than {STATEMENTS} statements", u.template.node);
        let diagnostic = Diagnostic::new(&codes::E0145, u.span, message).here("too much for one `use`");
        let help = format!(
            "at most {STATEMENTS} statements, {} MiB and {DEPTH} templates in each other; templates that use others twice double",
            BYTES >> 20
        );
        self.made.diagnostics.push(diagnostic.help(help));
    }

    /// Each parameter with the value given to it, or its default.
    fn values(&mut self, u: &Use, template: &Template, around: Around<'_>) -> Option<Vec<Bound>> {
        let mut values = Vec::new();
        for param in &template.params {
            let arg = u.args.iter().find(|a| a.name.node == param.name.node);
            let bound = match (arg, &param.default) {
                (Some(arg), _) => self.argument(&arg.value, around)?,
                (None, Some(default)) => self.as_written(default),
                (None, None) => return None,
            };
            let given = Given { name: param.name.node.clone(), explicit: arg.is_some(), ..bound.given };
            values.push(Bound { given, ..bound });
        }
        Some(values)
    }

    /// A value without a name yet.
    fn as_written(&self, value: &ParamValue) -> Bound {
        let written = self.known.program().sources.text(value.span).to_string();
        let given = Given { name: String::new(), written, content: value.content.clone(), explicit: false };
        Bound { given, span: value.span }
    }

    /// A value that a `use` gives, with the values of the template around put into its own holes.
    fn argument(&mut self, value: &ParamValue, around: Around<'_>) -> Option<Bound> {
        let inside = |h: &&Hole| value.span.start <= h.span.start && h.span.end <= value.span.end;
        let of = |h: &Hole| around.values.iter().find(|v| v.given.name == h.name);
        let holes: Vec<(&Hole, &Bound)> =
            around.holes.iter().filter(inside).filter_map(|h| Some((h, of(h)?))).collect();
        match holes[..] {
            [] => return Some(self.as_written(value)),
            [(hole, outer)] if hole.span == value.span => {
                return Some(Bound { given: outer.given.clone(), span: outer.span });
            }
            _ => {}
        }
        let sources = &self.known.program().sources;
        let (mut text, mut at) = (String::new(), value.span.start);
        for (hole, outer) in holes {
            text += sources.text(Span { start: at, end: hole.span.start, ..value.span });
            match filled(hole, outer, sources) {
                Ok(filled) => text += &filled,
                Err(what) => {
                    self.unquotable(hole, outer, what);
                    return None;
                }
            }
            at = hole.span.end;
        }
        text += sources.text(Span { start: at, ..value.span });
        self.full |= text.len() > self.left.1;
        let Some(read) = syntax::value(&text) else {
            let diagnostic = Diagnostic::new(&codes::E0144, value.span, format!("`{text}` is no value"));
            self.made.diagnostics.push(diagnostic.here("with its values put in"));
            return None;
        };
        let given = Given { name: String::new(), written: text, content: read.content, explicit: true };
        Some(Bound { given, span: value.span })
    }
}

/// A value as the text around a hole needs it; or what in it would end that text.
fn filled(hole: &Hole, value: &Bound, sources: &Sources) -> Result<String, &'static str> {
    let content = &value.given.content;
    match hole.context {
        Context::Bare => Ok(value.given.written.clone()),
        Context::Quoted('`') if content.contains('`') => Err("a backtick"),
        Context::Quoted('`') => Ok(content.clone()),
        Context::Quoted(quote) => Ok(escaped(content, quote)),
        Context::Long if content.contains("\"\"\"") => Err("`\"\"\"`"),
        Context::Long => Ok(content.replace('\n', &format!("\n{}", indentation(sources, hole.span)))),
    }
}

/// A mistake of the text at a value: the value does not fit where its hole stands.
fn misfit(d: Diagnostic, sources: &Sources) -> Diagnostic {
    let at = d.primary.span;
    let uses = sources.uses(at);
    let hole = sources.text(sources.origin(at)).trim_matches(['$', '{', '}']);
    let value = uses.first().and_then(|u| u.values.iter().find(|v| v.name == hole));
    let Some(value) = value.filter(|_| sources.given(at).is_some()) else { return d };
    let is_text = value.written.starts_with('"');
    let kind = match value.written.chars().next() {
        Some('"') => "text",
        Some(c) if c.is_ascii_alphabetic() || matches!(c, '_' | ':') => "word",
        _ => "number",
    };
    let wanted = d.message.split(", found ").next().unwrap_or(&d.message);
    let found = if wanted == d.message { String::new() } else { format!(", found the {kind} `{}`", value.written) };
    let message = format!("the value of `${hole}` does not fit here: {wanted}{found}");
    let unquoted = syntax::value(&value.content).filter(|v| is_text && v.kind != ValueKind::Text);
    let help = unquoted.map(|v| format!("a word or a number has no quotes: `{hole} = {}`", v.content));
    let quoted = (!is_text && wanted.contains("in quotes"))
        .then(|| format!("a text has quotes: `{hole} = \"{}\"`", value.content));
    let help = help.or(quoted).or(d.help);
    Diagnostic::new(&codes::E0144, at, message).here(format!("`{}`", value.written)).maybe_help(help)
}

/// A value's content as it stands between quotes.
fn escaped(content: &str, quote: char) -> String {
    let mut text = String::with_capacity(content.len());
    for c in content.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\\' => text.push_str("\\\\"),
            c if c == quote => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}

/// The white space at the start of the line that a span begins in.
fn indentation(sources: &Sources, span: Span) -> String {
    let file = sources.get(span.file);
    let line = file.line_start(file.line_index(span.start as usize));
    let before = file.text.get(line..span.start as usize).unwrap_or("");
    before.chars().take_while(|c| *c == ' ' || *c == '\t').collect()
}
