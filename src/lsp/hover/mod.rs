//! What is known of what stands at a place: of a part of a query its type, of a name what it is, of an objective or a
//! tier its numbers.

mod metric;
mod numbers;
mod query;

use std::sync::Arc;

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::symbols::Symbol;
use super::words;
use super::world::{Document, World};
use crate::diag::codes;
use crate::resolve::NameKind;
use crate::source::Span;
use crate::syntax;
use crate::syntax::ast::{Contact, Datasource, Item, Service, Slo, Team, Template};

/// Markdown, and what it speaks of.
type Told = (String, Span);

pub(super) fn hover(world: &mut World, params: HoverParams) -> Option<Hover> {
    let at = params.text_document_position_params;
    let document = world.document(&at.text_document.uri)?;
    let place = document.place(at.position);
    let told = query::hover(&document, place).or_else(|| named(&document, place)).or_else(|| stands(&document, place));
    let (value, span) = told?;
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(document.range(span)) })
}

/// What a name is of.
fn named(document: &Document, place: Span) -> Option<Told> {
    let symbol = Symbol::at(document, place)?;
    let head = format!("{} **{}**", words::name(symbol.kind), symbol.name);
    let text = match symbol.kind {
        NameKind::Metric => metric::entry(document, symbol.declaration?, &symbol.name)?,
        NameKind::Slo => numbers::objectives(document, symbol.declaration?).unwrap_or(head),
        NameKind::Policy => numbers::policy(document, &symbol.name),
        NameKind::Code => codes::ALL.iter().find(|c| c.id == symbol.name || c.name == symbol.name)?.page.to_string(),
        NameKind::Parameter => format!("{head}{}", given(document, &symbol)),
        _ => format!("{head}{}", details(document, &symbol).unwrap_or_default()),
    };
    Some((text, symbol.here))
}

/// What the declaration of a name says beside it.
fn details(document: &Document, symbol: &Symbol) -> Option<String> {
    let declaration = symbol.declaration?;
    let snapshot = &document.snapshot;
    let file = syntax::parse(declaration.file, snapshot.text(declaration.file)).file;
    let item = file.items.iter().find(|item| declares(item, declaration));
    let of_item = item.and_then(|item| match item {
        Item::Service(s) => Some(service(s)),
        Item::Dashboard(d) => d.title.as_ref().map(|t| t.node.clone()),
        Item::Team(Team { title, .. }) => title.as_ref().map(|t| t.node.clone()),
        Item::Contact(Contact { kind, .. }) => Some(format!("by {}", kind.node)),
        Item::Datasource(Datasource { kind, url, .. }) => Some(format!("{} at `{}`", kind.node, url.node)),
        Item::Template(t) => Some(format!("`{}`", template(t, snapshot.text(declaration.file)))),
        _ => None,
    });
    let place = snapshot.program.sources.place(declaration);
    Some(format!("{}\n\ndeclared at {place}", of_item.map_or_else(String::new, |text| format!(": {text}"))))
}

fn declares(item: &Item, at: Span) -> bool {
    match item {
        Item::Service(Service { name, .. })
        | Item::Team(Team { name, .. })
        | Item::Contact(Contact { name, .. })
        | Item::Datasource(Datasource { name, .. })
        | Item::Template(Template { name, .. }) => name.span == at,
        Item::Dashboard(d) => d.name.span == at,
        _ => false,
    }
}

fn service(s: &Service) -> String {
    let title = s.title.as_ref().map_or(&s.name.node, |t| &t.node);
    let owner = s.owner.as_ref().map_or_else(String::new, |o| format!(", of {}", o.node));
    let slo = |slo: &Arc<Slo>| format!("\n- {} {}", slo.name.node, words::promise(slo).unwrap_or_default());
    format!("{title}{owner}\n{}", s.slos.iter().map(slo).collect::<String>())
}

/// `http(job, target = 99.9%)`.
fn template(t: &Template, text: &str) -> String {
    let param = |p: &syntax::ast::Param| match &p.default {
        Some(value) => format!("{} = {}", p.name.node, text.get(value.span.range()).unwrap_or("")),
        None => p.name.node.clone(),
    };
    format!("{}({})", t.name.node, t.params.iter().map(param).collect::<Vec<_>>().join(", "))
}

/// The values of a parameter: its own, and those that uses give it.
fn given(document: &Document, symbol: &Symbol) -> String {
    let program = &document.snapshot.program;
    let sources = &program.sources;
    let items = program.files.iter().flat_map(|f| &f.items);
    let params = items.flat_map(|i| if let Item::Template(t) = i { t.params.as_slice() } else { &[] });
    let own = params.filter(|p| Some(p.name.span) == symbol.declaration).find_map(|p| p.default.as_ref());
    let default = own.map_or_else(String::new, |d| format!(", `{}` when not given", sources.text(d.span)));
    let uses = program.templates.written.iter().flat_map(|s| &s.uses);
    let arguments = uses.filter(|u| u.template.node == symbol.within).flat_map(|u| &u.args);
    let values = arguments.filter(|a| a.name.node == symbol.name).map(|a| a.value.span);
    let lines = values.map(|v| format!("- `{}` at {}", sources.text(v), sources.place(v))).collect();
    format!(" of `{}`{default}\n\n{}", symbol.within, listed(lines))
}

/// So many lines of one kind are shown at most.
const MOST: usize = 20;

/// The objective or the tier that a place stands in the head of.
fn stands(document: &Document, place: Span) -> Option<Told> {
    let inside = |span: Span| span.start <= place.start && place.end <= span.end;
    let file = syntax::parse(document.file, document.text()).file;
    file.items.iter().find_map(|item| match item {
        Item::Service(service) | Item::Template(Template { body: service, .. }) => {
            let slo = service.slos.iter().find(|slo| inside(slo.header))?;
            Some((numbers::objectives(document, slo.name.span)?, slo.header))
        }
        Item::Policy(policy) => {
            let tier = policy.tiers.iter().find(|tier| inside(tier.span))?;
            Some((numbers::tier(document, tier.span)?, tier.span))
        }
        _ => None,
    })
}

/// Lines of a list, and how many more there are.
fn listed(lines: Vec<String>) -> String {
    let more = lines.len().saturating_sub(MOST);
    let rest = if more > 0 { format!("\nand {more} more") } else { String::new() };
    lines.into_iter().take(MOST).collect::<Vec<_>>().join("\n") + &rest
}
