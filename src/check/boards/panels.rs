//! One panel: its queries typed, their units and colours in one scale, what a click opens.

use crate::diag::{Diagnostic, codes, one_of};
use crate::model::board::{Ask, Query, Scale, Unit};
use crate::promql::ValueType;
use crate::promql::types::{Expected, Type, Why};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Language};

use super::super::Checker;
use super::super::limits::Measured;
use super::kinds::{self, takes};
use super::scope::Scope;
use super::shown::{self, Stated};
use super::{Lead, Panel};

/// A query with what is known of its result; nothing of one that is passed through.
pub(super) struct Asked<'a> {
    pub(super) written: &'a ast::Ask,
    pub(super) query: Query,
    pub(super) found: Option<Type>,
    /// The metrics it reads, as the author wrote them.
    metrics: Vec<String>,
}

impl Asked<'_> {
    /// The value for messages about limits.
    pub(super) fn measured<'t>(&self, of: &'t Type) -> Measured<'t> {
        Measured { of, query: self.written.span }
    }
}

impl<'a> Checker<'a> {
    /// A panel; `None` when what it should show could not be understood.
    pub(super) fn panel(&mut self, p: &'a ast::Panel, d: &'a ast::Dashboard, scope: &mut Scope<'a>) -> Option<Panel> {
        self.names_in(&p.title, scope);
        p.about.iter().chain(&p.markdown).for_each(|text| self.names_in(text, scope));
        self.same_title(p, d);
        if let Some(variable) = &p.repeat {
            self.repeated(variable, scope);
        }
        self.listed_services(p);
        let opens: Vec<Lead> = p.opens.iter().filter_map(|l| self.lead(l, scope)).collect();
        if !self.fits_kind(p) {
            p.asks.iter().for_each(|a| self.names_at(a.span, scope));
            return None;
        }
        let stated = match &p.unit {
            Some(unit) => Some(self.stated(unit)?),
            None => None,
        };
        let mut asked: Vec<Asked<'a>> = p.asks.iter().filter_map(|a| self.asked(a, p, &stated, scope)).collect();
        if asked.len() < p.asks.len() {
            return None;
        }
        let buckets = p.kind.node == "heatmap" && bucketed(&mut asked);
        let scale = self.scale(p, &asked, &stated, buckets);
        let table = self.table(p, &asked, &stated);
        let kind = kinds::kind(p, buckets, table);
        Some(Panel {
            title: p.title.node.clone(),
            about: self.described(p, &asked),
            width: self.width(p),
            tall: p.sizes.iter().any(|s| s.node == "tall"),
            scale,
            opens,
            labels: shared_labels(&asked),
            range: p.range.map(|r| r.node),
            step: p.step.map(|s| s.node),
            repeat: p.repeat.as_ref().map(|r| r.node.clone()),
            origin: self.origin(p.title.span),
            queries: asked.into_iter().map(|a| a.query).collect(),
            kind,
        })
    }

    /// Links and alerts name a panel by its title.
    fn same_title(&mut self, p: &ast::Panel, d: &ast::Dashboard) {
        let panels = d.rows.iter().flat_map(|r| &r.panels);
        let before = panels.take_while(|other| other.title.span != p.title.span);
        if let Some(first) = before.filter(|other| other.title.node == p.title.node).last() {
            let message = format!("two panels of this dashboard are called \"{}\"", p.title.node);
            let diagnostic = Diagnostic::new(&codes::E0101, p.title.span, message).here("again here");
            let help = "links and alerts find a panel by its title";
            self.report(diagnostic.label(first.title.span, "first here").help(help));
        }
    }

    fn listed_services(&mut self, p: &ast::Panel) {
        for service in p
            .services
            .iter()
            .filter(|s| !self.names.services.contains_key(s.node.as_str()))
            .cloned()
            .collect::<Vec<_>>()
        {
            let help = crate::diag::did_you_mean(&service.node, self.names.services.keys().copied());
            let message = format!("there is no service `{}`", service.node);
            self.report(Diagnostic::new(&codes::E0103, service.span, message).here("not declared").maybe_help(help));
        }
    }

    /// The columns of 24 that a panel asks for.
    fn width(&mut self, p: &ast::Panel) -> Option<u32> {
        let widths = p.sizes.iter().filter_map(|s| {
            let columns = match s.node.as_str() {
                "wide" => 24,
                "half" => 12,
                "third" => 8,
                "quarter" => 6,
                _ => return None,
            };
            Some((s, columns))
        });
        let widths: Vec<_> = widths.collect();
        if let [(first, _), (second, _), ..] = widths[..] {
            let message = format!("`{}` and `{}` are two widths", first.node, second.node);
            let diagnostic = Diagnostic::new(&codes::E0005, second.span, message).here("again here");
            self.report(diagnostic.label(first.span, "first here").help("one of them is enough"));
        }
        widths.first().map(|(_, columns)| *columns)
    }

    /// A query of a panel.
    fn asked(
        &mut self,
        ask: &'a ast::Ask,
        p: &'a ast::Panel,
        stated: &Option<Stated>,
        scope: &mut Scope<'a>,
    ) -> Option<Asked<'a>> {
        // What is wrong with where it goes says nothing of the query itself.
        let source = self.source(ask, p.from.as_ref(), scope);
        let latest = takes(p).latest;
        if ask.language != Language::Promql {
            self.passed_through(ask, scope);
            let name = ask.name.as_ref().map_or(String::new(), |n| self.legend(n, None, ask.span, scope));
            let (expr, asked) = passed(ask, p)?;
            let query = Query { expr, ask: asked, source: source?, name, instant: latest, hue: None, dashed: false };
            return Some(Asked { written: ask, query, found: None, metrics: Vec::new() });
        }
        let unit = stated.as_ref().and_then(|s| s.is).filter(|_| !share_in_percent(stated));
        let expected = if latest { Expected::Latest(unit) } else { Expected::Panel(unit) };
        let (query, found) = self.promql(ask.span, expected, scope)?;
        self.rates_fit(&query);
        let name = ask.name.as_ref().map_or(String::new(), |n| self.legend(n, Some(&found), query.span(), scope));
        // The numbers of a panel are drawn small over time, unless they are of the whole time shown.
        let whole = query.variables().iter().any(|v| v.node.starts_with("__range"));
        let trend = p.kind.node == "stat" && !whole && query.value_type() == ValueType::Vector;
        let (instant, hue, dashed) = (latest && !trend, None, false);
        let metrics = metrics(&query);
        let query = Query { expr: query.compact(None), ask: Ask::Metrics, source: source?, name, instant, hue, dashed };
        Some(Asked { written: ask, query, found: Some(found), metrics })
    }

    /// How the values of a panel are read.
    fn scale(&mut self, p: &'a ast::Panel, asked: &[Asked<'a>], stated: &Option<Stated>, buckets: bool) -> Scale {
        self.one_unit(p, asked, stated);
        let typed = asked.iter().find(|a| a.found.as_ref().is_some_and(|f| shown::unit_of(f).is_some()));
        let first = typed.or(asked.first());
        let place = first.map_or(p.title.span, |a| a.written.span);
        let found = first.and_then(|a| a.found.clone()).unwrap_or_else(|| Type::unknown(ValueType::Vector, place));
        let found = shown::as_stated(found, stated, Why::new(place, "the panel states its unit"));
        let shown = unit(&found, stated, buckets, in_percent(p, p.steps.iter()));
        let mut scale = Scale { unit: shown, ..Scale::default() };
        self.has_unit(p, first, &found);
        let measured = Measured { of: &found, query: place };
        let is_table = p.kind.node == "table";
        self.read_scale(p, measured, &mut scale);
        if is_table {
            return scale;
        }
        self.step_names(p, asked);
        let steps: Vec<&ast::Step> = p.steps.iter().collect();
        self.steps(&steps, measured, &mut scale);
        if p.kind.node == "timeseries" && p.max.is_none() {
            scale.min = scale.min.or(shown::floor(&scale.unit, &found));
        }
        if p.kind.node == "gauge" {
            shown::ends(&found, &mut scale);
            self.gauge_ends(p, &scale);
        }
        if matches!(p.kind.node.as_str(), "stat" | "gauge" | "bars" | "state")
            && scale.base.is_none()
            && scale.words.is_empty()
        {
            scale.base = Some(crate::model::board::Hue::Sky);
        }
        scale
    }

    /// A number whose unit nobody knows is read wrongly sooner or later.
    fn has_unit(&mut self, p: &ast::Panel, asked: Option<&Asked<'a>>, found: &Type) {
        let drawn = matches!(p.kind.node.as_str(), "timeseries" | "stat" | "gauge" | "bars" | "barchart" | "pie");
        let Some(asked) = asked.filter(|a| drawn && a.found.is_some() && p.unit.is_none() && p.words.is_empty()) else {
            return;
        };
        if shown::unit_of(found).is_none() && !in_percent(p, p.steps.iter()) && !self.is_wrong(asked.written.span) {
            let message = format!("nobody says what \"{}\" is measured in", p.title.node);
            let help = "the catalog can, for every panel at once: `gauge queue_length count`; or `unit none` here";
            let diagnostic = Diagnostic::new(&codes::W0444, asked.written.span, message).here("its unit is not known");
            self.report(diagnostic.help(help));
        }
    }

    /// Whether `in "…"` of a step names a query.
    pub(super) fn step_names(&mut self, p: &'a ast::Panel, asked: &[Asked<'a>]) {
        let names: Vec<&str> = asked.iter().filter_map(|a| a.written.name.as_ref()).map(|n| n.node.as_str()).collect();
        for of in p.steps.iter().filter_map(|s| s.of.as_ref()).filter(|of| !names.contains(&of.node.as_str())) {
            let message = format!("this panel has no query \"{}\"", of.node);
            let help = if names.is_empty() {
                None
            } else {
                Some(format!("its queries are {}", one_of(names.iter().copied())))
            };
            self.report(Diagnostic::new(&codes::E0450, of.span, message).here("not there").maybe_help(help));
        }
    }

    /// All queries on one axis measure the same.
    fn one_unit(&mut self, p: &ast::Panel, asked: &[Asked<'a>], stated: &Option<Stated>) {
        if stated.is_some() || matches!(p.kind.node.as_str(), "table" | "stat" | "bars") {
            return;
        }
        let units = asked.iter().filter_map(|a| Some((a, super::super::limits::unit(a.found.as_ref()?)?)));
        let units: Vec<_> = units.collect();
        let Some((first, unit)) = units.first() else { return };
        let Some((other, second)) = units.iter().find(|(_, u)| u != unit) else { return };
        let message = format!("one axis cannot show {unit} and {second}");
        let diagnostic = Diagnostic::new(&codes::E0448, other.written.span, message).here(second.to_string());
        let help = "each goes into a panel of its own, or both are brought to one unit and `unit` states it";
        self.report(diagnostic.label(first.written.span, unit.to_string()).help(help));
    }

    fn gauge_ends(&mut self, p: &ast::Panel, scale: &Scale) {
        if scale.max.is_none() && !p.broken {
            let message = "nothing says where this gauge ends, so its needle says nothing";
            let help = "`max 100` says it; a limit such as `bad above 95%` says it, too";
            self.report(Diagnostic::new(&codes::W0445, p.title.span, message).here("no end").help(help));
        }
    }

    /// What is said of the panel, or what the catalog says of the metrics it reads.
    fn described(&mut self, p: &'a ast::Panel, asked: &[Asked<'a>]) -> String {
        if let Some(about) = &p.about {
            return about.node.clone();
        }
        let catalog = self.catalog(p.title.span.file);
        let mut lines: Vec<String> = Vec::new();
        for name in asked.iter().flat_map(|a| &a.metrics) {
            let help = catalog.find(name).and_then(|(metric, _)| metric.help.clone());
            let line = help.map(|h| format!("`{name}`: {h}."));
            lines.extend(line.filter(|l| !lines.contains(l)));
        }
        let lines: Vec<String> = lines.into_iter().map(|l| l.replace("..", ".")).collect();
        if lines.is_empty() && !matches!(p.kind.node.as_str(), "text" | "alerts") {
            let message = format!("nobody says how to read \"{}\"", p.title.node);
            let help = "`about \"…\"` says it; what the catalog says of the metrics is shown without it";
            self.report(Diagnostic::new(&codes::W0443, p.title.span, message).here("not described").help(help));
        }
        lines.join("\n\n")
    }
}

/// Whether percents are stated: a share of 1 is shown in percent, too.
fn share_in_percent(stated: &Option<Stated>) -> bool {
    stated.as_ref().is_some_and(|s| s.shown == Unit::Percent)
}

/// Whether limits or the ends of the scale are written in percent.
pub(super) fn in_percent<'s>(p: &ast::Panel, mut steps: impl Iterator<Item = &'s ast::Step>) -> bool {
    let percent = |q: &Spanned<ast::Quantity>| q.node.unit == "%";
    let limit = |s: &ast::Step| match &s.limit.bound {
        ast::Bound::Above(q) | ast::Bound::Below(q) => percent(q),
        ast::Bound::Outside(low, high) => percent(low) || percent(high),
    };
    p.min.iter().chain(&p.max).any(percent) || steps.any(limit)
}

/// The unit of a scale: as stated, else as the query's type says. A plain number that is compared with percents is a share.
pub(super) fn unit(found: &Type, stated: &Option<Stated>, buckets: bool, in_percent: bool) -> Unit {
    let by_type = if buckets {
        let unit = found.buckets.as_ref().and_then(|b| b.unit.as_ref());
        unit.map(|u| shown::in_unit(u.is))
    } else {
        shown::unit_of(found)
    };
    match stated {
        Some(s)
            if share_in_percent(stated)
                && by_type.as_ref().is_some_and(|u| matches!(u, Unit::Share | Unit::Count))
                && s.is.is_some() =>
        {
            Unit::Share
        }
        Some(s) => s.shown.clone(),
        None if in_percent && matches!(by_type, None | Some(Unit::Count)) => Unit::Share,
        None => by_type.unwrap_or(Unit::Count),
    }
}

/// Whether the queries give buckets of a histogram, which then are asked for as such.
fn bucketed(asked: &mut [Asked<'_>]) -> bool {
    let all = !asked.is_empty() && asked.iter().all(|a| a.found.as_ref().is_some_and(|f| f.buckets.is_some()));
    if all {
        for a in asked {
            a.query.ask = Ask::Buckets;
            a.query.name = "{{le}}".into();
        }
    }
    all
}

/// A query that is passed through, as the model keeps it.
fn passed(ask: &ast::Ask, p: &ast::Panel) -> Option<(String, Ask)> {
    let over_time = matches!(p.kind.node.as_str(), "timeseries" | "state");
    let text = ask.text.first()?.clone();
    let kept = match ask.language {
        Language::Sql => Ask::Rows(over_time),
        Language::Traceql => Ask::Traces,
        Language::Trace => Ask::Trace,
        Language::Search => Ask::Search(ask.text.get(1).cloned()),
        Language::Logql | Language::Promql => Ask::Logs,
    };
    Some((text, kept))
}

/// The metrics a query reads.
fn metrics(query: &crate::promql::Query) -> Vec<String> {
    let mut names = Vec::new();
    query.expr().walk(&mut |e| {
        if let crate::promql::Kind::Selector(s) = &e.kind {
            names.extend(s.metric().map(|m| m.node.to_string()));
        }
    });
    names
}

/// Labels that the results of all queries surely have.
fn shared_labels(asked: &[Asked<'_>]) -> Vec<String> {
    let Some(first) = asked.first().and_then(|a| a.found.as_ref()) else { return Vec::new() };
    let in_all =
        |name: &&str| asked.iter().all(|a| a.found.as_ref().is_some_and(|f| f.row.sure_names().any(|n| n == *name)));
    first.row.sure_names().filter(|n| *n != "__name__" && *n != "le").filter(in_all).map(str::to_string).collect()
}

/// Where a rate over a fixed time stands.
pub(super) fn fixed_rate(query: &crate::promql::Query) -> Option<Span> {
    use crate::promql::{Kind, Length};
    let mut found = None;
    query.expr().walk(&mut |e| {
        if let Kind::Call(call) = &e.kind
            && matches!(call.name.node.as_str(), "rate" | "irate")
            && let Some(Kind::Selector(s)) = call.args.first().map(|a| &a.bare().kind)
            && let Some(range) = s.range.as_ref().filter(|r| matches!(r.length, Length::Fixed(_)))
        {
            found = found.or(Some(range.length_span));
        }
    });
    found
}

impl Checker<'_> {
    /// A rate over a fixed time shows nothing where the chart's step is longer, and lies where it is shorter.
    fn rates_fit(&mut self, query: &crate::promql::Query) {
        if let Some(span) = fixed_rate(query) {
            let message = "this rate is of a fixed time, however much the chart shows";
            let help =
                "`[$__rate_interval]` fits the step of the chart, and is never too short for the scrape interval";
            let diagnostic = Diagnostic::new(&codes::W0442, span, message).here("always this long");
            self.report(diagnostic.help(help));
        }
    }
}
