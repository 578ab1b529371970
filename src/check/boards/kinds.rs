//! What each kind of panel takes: the languages of its queries, its styles and its own settings.

use crate::diag::{Diagnostic, codes, one_of};
use crate::model::board::{Alerts, Kind, Lines, Table};
use crate::source::Span;
use crate::syntax::ast::{self, Language};

use super::super::Checker;
use super::asks;

/// What a kind of panel takes.
pub(super) struct Takes {
    /// Its word.
    name: &'static str,
    /// The languages of its queries; none for what asks nothing.
    languages: &'static [Language],
    /// Words that say how its values are drawn.
    styles: &'static [&'static str],
    /// Whether it shows what is now, rather than what was over time.
    pub(super) latest: bool,
}

use Language::{Logql, Promql, Search, Sql, Trace, Traceql};

const KINDS: [Takes; 13] = [
    Takes {
        name: "timeseries",
        languages: &[Promql, Logql, Sql],
        styles: &["stacked", "bars", "log", "filled", "points", "detailed"],
        latest: false,
    },
    Takes { name: "stat", languages: &[Promql, Logql, Sql], styles: &["background"], latest: true },
    Takes { name: "gauge", languages: &[Promql, Logql, Sql], styles: &[], latest: true },
    Takes { name: "bars", languages: &[Promql, Logql, Sql], styles: &[], latest: true },
    Takes { name: "barchart", languages: &[Promql, Sql], styles: &["stacked"], latest: true },
    Takes { name: "table", languages: &[Promql, Logql, Sql, Traceql, Search], styles: &[], latest: true },
    Takes { name: "heatmap", languages: &[Promql], styles: &[], latest: false },
    Takes { name: "pie", languages: &[Promql, Logql, Sql], styles: &["donut"], latest: true },
    Takes { name: "state", languages: &[Promql, Sql], styles: &[], latest: false },
    Takes { name: "logs", languages: &[Logql], styles: &[], latest: false },
    Takes { name: "traces", languages: &[Traceql, Trace, Search], styles: &[], latest: false },
    Takes { name: "text", languages: &[], styles: &[], latest: false },
    Takes { name: "alerts", languages: &[], styles: &[], latest: false },
];

/// What a panel's kind takes.
pub(super) fn takes(p: &ast::Panel) -> &'static Takes {
    KINDS.iter().find(|k| k.name == p.kind.node).unwrap_or(&KINDS[0])
}

impl<'a> Checker<'a> {
    /// Reports what does not go with the kind of a panel.
    pub(super) fn fits_kind(&mut self, p: &'a ast::Panel) -> bool {
        let takes = takes(p);
        let mut fits = true;
        for style in p.styles.iter().filter(|s| !takes.styles.contains(&s.node.as_str())) {
            let with = KINDS.iter().filter(|k| k.styles.contains(&style.node.as_str())).map(|k| k.name);
            self.misfit(p, style.span, &style.node, &format!("`{}` goes with {}", style.node, one_of(with)));
        }
        for ask in p.asks.iter().filter(|a| !takes.languages.contains(&a.language)) {
            let words = takes.languages.iter().map(|l| asks::word(*l));
            let help = match takes.languages {
                [] => format!("a `{}` asks nothing", takes.name),
                _ => format!("a `{}` shows {}", takes.name, one_of(words)),
            };
            self.misfit(p, ask.keyword, asks::word(ask.language), &help);
            fits = false;
        }
        self.settings_fit(p);
        fits && self.has_content(p)
    }

    /// Settings that only one kind has.
    fn settings_fit(&mut self, p: &ast::Panel) {
        let own = [
            ("markdown", "text", p.markdown.as_ref().map(|m| m.span)),
            ("service", "alerts", p.services.first().map(|s| s.span)),
            ("column", "table", p.columns.first().map(|(label, _)| label.span)),
        ];
        for (setting, kind, span) in own {
            if let Some(span) = span.filter(|_| p.kind.node != kind) {
                self.misfit(p, span, setting, &format!("`{setting}` goes with `{kind}`"));
            }
        }
    }

    fn misfit(&mut self, p: &ast::Panel, span: Span, what: &str, help: &str) {
        let message = format!("`{what}` does not go with a `{}`", p.kind.node);
        let diagnostic = Diagnostic::new(&codes::E0447, span, message).here("not here");
        self.report(diagnostic.label(p.kind.span, "the kind of this panel").help(help));
    }

    /// A panel shows something.
    fn has_content(&mut self, p: &ast::Panel) -> bool {
        let (missing, help) = match p.kind.node.as_str() {
            "text" => (p.markdown.is_none(), "`markdown \"\"\" … \"\"\"` is what it says"),
            "alerts" => (false, ""),
            "logs" => (p.asks.is_empty(), "`logql {app=\"shop\"} |= \"error\"` asks for lines"),
            _ => (p.asks.is_empty(), "`query sum(rate(http_requests_total[$__rate_interval]))` asks for something"),
        };
        if missing && !p.broken {
            let message = format!("the panel \"{}\" shows nothing", p.title.node);
            self.report(Diagnostic::new(&codes::E0443, p.title.span, message).here("asks nothing").help(help));
        }
        !missing
    }
}

/// A panel's kind as it is drawn.
pub(super) fn kind(p: &ast::Panel, buckets: bool, table: Table) -> Kind {
    let style = |name: &str| p.styles.iter().any(|s| s.node == name);
    let one_trace = p.asks.iter().any(|a| a.language == Trace);
    match p.kind.node.as_str() {
        "stat" => Kind::Stat(style("background")),
        "gauge" => Kind::Gauge,
        "bars" => Kind::Bars,
        "barchart" => Kind::Columns(style("stacked")),
        "table" => Kind::Table(table),
        "heatmap" => Kind::Heat(!buckets),
        "pie" => Kind::Pie(style("donut")),
        "state" => Kind::State,
        "logs" => Kind::Logs,
        "traces" if one_trace => Kind::Trace,
        // What a search finds is a table of traces.
        "traces" => Kind::Table(table),
        "text" => Kind::Text(p.markdown.as_ref().map_or(String::new(), |m| m.node.clone())),
        "alerts" => Kind::Alerts(Alerts { services: p.services.iter().map(|s| s.node.clone()).collect() }),
        _ => Kind::Lines(Lines {
            stacked: style("stacked"),
            bars: style("bars"),
            fill: if style("filled") {
                25
            } else if style("stacked") {
                40
            } else if style("bars") {
                80
            } else {
                10
            },
            log: style("log"),
            limits: !p.steps.is_empty(),
            // What is stated is where the axis ends; what is not, may be passed.
            soft: p.min.is_none() && p.max.is_none(),
            detailed: style("detailed"),
            points: style("points"),
        }),
    }
}
