//! Templates as such: nobody uses one, nothing uses a parameter, and the queries of those whose text is in no service.

use crate::diag::{Diagnostic, codes, nearest};
use crate::promql::{self, Dialect};
use crate::resolve::{self, Program};
use crate::syntax::ast::{Item, Param, Query, Template};

/// What is wrong with templates themselves.
pub(super) fn check(program: &Program) -> Vec<Diagnostic> {
    let items = program.files.iter().flat_map(|f| &f.items);
    let templates = items.filter_map(|i| if let Item::Template(t) = i { Some(t) } else { None });
    templates.flat_map(|t| one(program, t)).collect()
}

fn one(program: &Program, template: &Template) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &template.name;
    if !program.templates.used.contains(&name.span) {
        let message = format!("nothing uses the template `{}`", name.node);
        let diagnostic = Diagnostic::new(&codes::W0140, name.span, message).here("unused");
        found.push(diagnostic.help(format!("`use {}` in a service puts its text there", name.node)));
    }
    if !program.templates.expanded.contains(&name.span) {
        found.extend(resolve::queries(&template.body).flat_map(|(q, _)| query(program, q)));
    }
    // A hole whose name is nearly that of a parameter is reported as such.
    let used = |param: &str| template.holes.iter().any(|h| nearest(&h.name, [param]).is_some());
    let may_be_used = |p: &Param| !template.body.broken && !p.name.node.contains(['-', '.']);
    for param in template.params.iter().filter(|p| may_be_used(p) && !used(&p.name.node)) {
        let message = format!("the parameter `{}` of `{}` is never used", param.name.node, name.node);
        let diagnostic = Diagnostic::new(&codes::W0141, param.name.span, message).here("unused");
        found.push(diagnostic.help(format!("`${}` stands for it", param.name.node)));
    }
    found
}

/// What is wrong with a query whatever stands in its holes: on dashboards they may stand in the same places.
fn query(program: &Program, query: &Query) -> Vec<Diagnostic> {
    promql::parse(program.sources.text(query.span), query.span, Dialect::Grafana).1
}
