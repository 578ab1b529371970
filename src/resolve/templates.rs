//! Which template each `use` means, and whether it can be filled: every parameter given once, none unknown, no circles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Program, graph, names};
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Context, Hole, Item, Service, Template, Use};

/// The hole that the compiler fills itself; no parameter can be called so.
const WINDOW: &str = "window";

/// The templates of a program, and what is wrong with them and their uses.
pub(super) struct Templates<'a> {
    program: &'a Program,
    all: Vec<&'a Template>,
    /// The template of each sound `use`, by the place of the statement.
    leads: BTreeMap<Span, usize>,
    /// Templates whose text cannot take the place of a use: they use themselves, or have a hole for nothing.
    unfit: BTreeSet<usize>,
    /// The names of the templates that some `use` means, by their place.
    pub(super) used: BTreeSet<Span>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Templates<'a> {
    /// Collects all templates and checks every `use`, also those in templates that nobody uses.
    pub(super) fn collect(program: &'a Program) -> Templates<'a> {
        let items = || program.files.iter().flat_map(|f| &f.items);
        let all: Vec<&Template> =
            items().filter_map(|i| if let Item::Template(t) = i { Some(t) } else { None }).collect();
        let services = items().filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None });
        let (leads, unfit, used) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let mut known = Templates { program, all, leads, unfit, used, diagnostics: Vec::new() };
        known.follow(services);
        known.circles();
        known.holes();
        known
    }

    /// The template that a `use` means, with its number; `None` when the use or the template is wrong.
    pub(super) fn of(&self, u: &Use) -> Option<&'a Template> {
        let index = self.leads.get(&u.span).filter(|i| !self.unfit.contains(i))?;
        self.all.get(*index).copied()
    }

    pub(super) fn program(&self) -> &'a Program {
        self.program
    }

    /// Looks up what every `use` means.
    fn follow(&mut self, services: impl Iterator<Item = &'a Service>) {
        let mut by_file: BTreeMap<FileId, Vec<&Template>> = BTreeMap::new();
        let mut numbers = BTreeMap::new();
        for (number, t) in self.all.iter().enumerate() {
            by_file.entry(t.name.span.file).or_default().push(t);
            numbers.insert(t.name.span, number);
        }
        let bodies = self.all.iter().map(|t| &t.body);
        let uses: Vec<&Use> = services.chain(bodies).flat_map(|s| &s.uses).collect();
        for u in uses {
            match names::find(self.program, &by_file, &u.template, "template", |t| &t.name) {
                Err(diagnostic) => {
                    self.diagnostics.push(*diagnostic);
                    let meant = self.all.iter().filter(|t| t.name.node == u.template.node);
                    self.used.extend(meant.map(|t| t.name.span));
                }
                Ok(template) => {
                    self.used.insert(template.name.span);
                    if self.fits(u, template)
                        && let Some(number) = numbers.get(&template.name.span)
                    {
                        self.leads.insert(u.span, *number);
                    }
                }
            }
        }
    }

    /// Whether a `use` gives each parameter that needs a value, and nothing else.
    fn fits(&mut self, u: &Use, template: &Template) -> bool {
        let before = self.diagnostics.len();
        let name = &template.name.node;
        let params = || template.params.iter().map(|p| p.name.node.as_str());
        let given = |param: &str| u.args.iter().any(|a| a.name.node == param);
        let mut meant = BTreeSet::new();
        for (index, arg) in u.args.iter().enumerate() {
            let param = &arg.name.node;
            if let Some(first) = u.args[..index].iter().find(|a| a.name.node == *param) {
                let diagnostic = Diagnostic::new(&codes::E0005, arg.name.span, format!("`{param}` is given twice"));
                self.diagnostics.push(diagnostic.here("again here").label(first.name.span, "first here"));
            } else if !params().any(|p| p == param) {
                let free = || params().filter(|p| !given(p));
                meant.extend(crate::diag::nearest(param, free()));
                self.diagnostics.push(unknown(u, index, template, did_you_mean(param, free())));
            }
        }
        let missing: Vec<&_> = template.params.iter().filter(|p| p.default.is_none() && !given(&p.name.node)).collect();
        let missing: Vec<&_> = missing.into_iter().filter(|p| !meant.contains(p.name.node.as_str())).collect();
        if let Some(first) = missing.first() {
            let all: Vec<String> = missing.iter().map(|p| format!("`{}`", p.name.node)).collect();
            let message = format!("`{name}` is used without {}", all.join(", "));
            let help = missing.iter().map(|p| format!("{} = …", p.name.node)).collect::<Vec<_>>().join(", ");
            self.diagnostics.push(
                Diagnostic::new(&codes::E0141, u.span, message)
                    .here("no value is given")
                    .label(first.name.span, "declared here, without a default")
                    .help(format!("`use {name}({help})`")),
            );
        }
        self.diagnostics.len() == before
    }

    /// Reports templates that use themselves, once per circle, and what leads into one as unfit.
    fn circles(&mut self) {
        let lead = |u: &Use| self.leads.get(&u.span).map(|n| FileId(*n as u32));
        let edges: Vec<Vec<FileId>> = self.all.iter().map(|t| t.body.uses.iter().filter_map(lead).collect()).collect();
        self.unfit = graph::endless(&edges);
        let mut circular = BTreeSet::new();
        for start in self.unfit.clone() {
            if circular.contains(&FileId(start as u32)) {
                continue;
            }
            let Some(circle) = graph::cycle_from(start, &edges) else { continue };
            let diagnostic = self.circle(&circle);
            self.diagnostics.extend(diagnostic);
            circular.extend(circle);
        }
    }

    fn circle(&self, circle: &[FileId]) -> Option<Diagnostic> {
        let template = |id: &FileId| self.all.get(id.0 as usize);
        let first = template(circle.first()?)?;
        let next = circle.get(1).or(circle.first())?;
        let u = first.body.uses.iter().find(|u| self.leads.get(&u.span) == Some(&(next.0 as usize)))?;
        let chain: Vec<&str> =
            circle.iter().chain(circle.first()).filter_map(template).map(|t| t.name.node.as_str()).collect();
        let message = match chain[..] {
            [name, _] => format!("the template `{name}` uses itself"),
            _ => format!("templates use each other in a circle: {}", chain.join(" → ")),
        };
        let diagnostic = Diagnostic::new(&codes::E0140, u.span, message).here("leads back to this template");
        Some(
            diagnostic
                .label(first.name.span, "this one")
                .help("a template cannot hold itself: its text would never end"),
        )
    }

    /// Reports `$name` where no parameter is called so.
    fn holes(&mut self) {
        let mut found = Vec::new();
        for (number, template) in self.all.iter().enumerate() {
            let strangers: Vec<&Hole> = template.holes.iter().filter(|h| is_stranger(h, template)).collect();
            if strangers.is_empty() {
                continue;
            }
            found.extend(strangers.iter().map(|h| self.stranger(h, template)));
            self.unfit.insert(number);
        }
        self.diagnostics.extend(found);
    }

    fn stranger(&self, hole: &Hole, template: &Template) -> Diagnostic {
        let params = || template.params.iter().map(|p| p.name.node.as_str());
        let near = did_you_mean(&hole.name, params().chain([WINDOW])).map(|h| h.replace("mean `", "mean `$"));
        let help = near.unwrap_or_else(|| match params().map(|p| format!("`${p}`")).collect::<Vec<_>>() {
            none if none.is_empty() => "it has no parameters".to_string(),
            some => format!("its parameters are {}", some.join(", ")),
        });
        let message = format!("`{}` has no parameter `{}`", template.name.node, hole.name);
        let diagnostic = Diagnostic::new(&codes::E0143, hole.span, message).here("stands for nothing").help(help);
        let items = self.program.files.iter().flat_map(|f| &f.items);
        let services = items.filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None });
        let mut uses = services.flat_map(|s| &s.uses);
        let leads =
            |u: &&Use| self.leads.get(&u.span).and_then(|n| self.all.get(*n)).is_some_and(|t| t.name == template.name);
        match uses.find(leads) {
            Some(u) => diagnostic.label(u.span, "used here"),
            None => diagnostic,
        }
    }
}

fn unknown(u: &Use, index: usize, template: &Template, near: Option<String>) -> Diagnostic {
    let (name, arg) = (&template.name.node, &u.args[index].name);
    let message = format!("`{name}` has no parameter `{}`", arg.node);
    let params: Vec<String> = template.params.iter().map(|p| format!("`{}`", p.name.node)).collect();
    let known = if params.is_empty() { "it has none".to_string() } else { format!("it has {}", params.join(", ")) };
    let diagnostic = Diagnostic::new(&codes::E0142, arg.span, message).here("not declared");
    diagnostic.label(template.name.span, "the template").help(near.unwrap_or(known))
}

/// Whether a hole is for no parameter. In a long text it is then text: `$HOME` may stand in the steps of a runbook.
fn is_stranger(hole: &Hole, template: &Template) -> bool {
    let known = hole.name == WINDOW || template.params.iter().any(|p| p.name.node == hole.name);
    !known && hole.context != Context::Long
}
