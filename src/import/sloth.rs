//! Sloth: `prometheus/v1` and `PrometheusServiceLevel`.

use super::block::Block;
use super::fields::Fields;
use super::labels::{merge, renamed_labels, reserved};
use super::query::{self, Trust};
use super::report::{Entry, Fate};
use super::spec::Part;
use super::{Document, Importer, comments};
use crate::diag::{Diagnostic, codes};
use crate::rules::yaml::{Node, Text};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// Which of the two spellings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dialect {
    /// `prometheus/v1`.
    Plain,
    /// The Kubernetes resource.
    Resource,
}

/// Labels or annotations in their order.
pub(super) type Pairs = Vec<(String, String)>;

/// The period of Sloth when nothing else is said.
const PERIOD: Duration = Duration::from_mins(30 * 1440);

/// Plugins that do what Sloth does anyway.
const CORE: &str = "sloth.dev/core/";

/// The plugin that says that the queries are MetricsQL.
const METRICSQL: &str = "sloth.dev/contrib/validate_victoria_metrics/";

/// What all objectives of a document share.
struct Shared<'n> {
    service: usize,
    dialect: Dialect,
    trust: Trust,
    /// Whether the chain of plugins makes alerts.
    alerts: bool,
    slos: &'n [Node],
}

/// What the alerts of an objective are.
#[derive(Default)]
struct Alerting {
    name: Option<String>,
    annotations: Pairs,
    /// Labels of pages and of tickets; `None` when off.
    labels: [Option<Pairs>; 2],
    /// Annotations of pages and of tickets alone.
    own: [Pairs; 2],
}

impl Importer<'_> {
    /// A document of Sloth's.
    pub(super) fn sloth(&mut self, document: &Document, dialect: Dialect) {
        let Some(shared) = self.sloth_service(document, dialect) else { return };
        if shared.slos.is_empty() {
            let message = "there are no objectives in this document";
            let diagnostic = Diagnostic::new(&codes::E0712, document.node.span, message).here("no `slos`");
            return self.reader.report(diagnostic);
        }
        for (index, node) in shared.slos.iter().enumerate() {
            let end = shared.slos.get(index + 1).map(|n| n.span.start as usize);
            self.sloth_slo(&shared, node, end);
        }
    }

    fn sloth_service<'n>(&mut self, document: &'n Document, dialect: Dialect) -> Option<Shared<'n>> {
        let mut top = Fields::of(&mut self.reader, &document.node, "a spec of Sloth")?;
        let mut spec = match dialect {
            Dialect::Plain => {
                top.ignore(&["version"]);
                top
            }
            Dialect::Resource => {
                top.ignore(&["apiVersion", "kind", "metadata", "status"]);
                let spec = top.need_node(&mut self.reader, "spec");
                top.finish(&mut self.reader);
                Fields::of(&mut self.reader, spec?, "spec")?
            }
        };
        let name = spec.need(&mut self.reader, "service");
        let labels = spec.labels(&mut self.reader, "labels", "");
        let (trust, alerts) = self.plugins(&mut spec);
        let slos = spec.list(&mut self.reader, "slos");
        spec.finish(&mut self.reader);
        let name = name?;
        self.sloth_name(name, "a service")?;
        let origin = match dialect {
            Dialect::Plain => ("cli-gen-prom", "prometheus/v1"),
            Dialect::Resource => ("cli-gen-k8s", "sloth.slok.dev/v1"),
        };
        let text = self.sources.get(document.node.span.file).text.clone();
        let comments = comments::above(&text, document.node.span.start as usize);
        let service = self.sloth_top(&name.value, &labels, origin, comments);
        Some(Shared { service, dialect, trust, alerts, slos })
    }

    /// The service with the settings that all its objectives share.
    pub(super) fn sloth_top(
        &mut self,
        name: &str,
        labels: &Pairs,
        (mode, spec): (&str, &str),
        comments: Vec<String>,
    ) -> usize {
        let options = self.options;
        let mut all = labels.clone();
        merge(&mut all, &options.labels);
        self.specs.service(name, comments, |here| {
            let mut top = Block::new(format!("service {here}"));
            if options.rename {
                renamed_labels(&mut top, &all);
                return top;
            }
            top.labels("labels", &all);
            let mut naming = Block::new("naming sloth");
            naming.maybe("name", (here != name).then_some(name));
            if options.events {
                naming.line("period events");
            }
            naming.maybe("version", options.version.as_deref());
            naming.text("mode", mode);
            naming.text("spec", spec);
            top.block(naming);
            top
        })
    }

    /// A name that Sloth takes.
    fn sloth_name(&mut self, text: &Text, what: &str) -> Option<()> {
        let name = &text.value;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let ends = |c: char| c.is_ascii_alphanumeric();
        if name.starts_with(ends) && name.ends_with(ends) && name.chars().all(plain) {
            return Some(());
        }
        let message = format!("`{name}` is not a name for {what} of Sloth");
        self.reader.wrong(text.span, message, "letters, digits, `-`, `_` and `.`, the first and the last no mark");
        None
    }

    /// What the chain of plugins means: how queries are to be read, and whether there are alerts.
    fn plugins(&mut self, spec: &mut Fields<'_>) -> (Trust, bool) {
        let Some(node) = spec.either(&["slo_plugins", "sloPlugins", "plugins"]) else { return (Trust::PromQl, true) };
        let Some(mut fields) = Fields::of(&mut self.reader, node, "slo_plugins") else { return (Trust::PromQl, true) };
        let mut whole = fields.flag(&mut self.reader, "overridePrevious") == Some(true);
        let mut ids = Vec::new();
        for plugin in fields.list(&mut self.reader, "chain") {
            let Some(mut plugin) = Fields::of(&mut self.reader, plugin, "a plugin") else { continue };
            let id = plugin.need(&mut self.reader, "id");
            plugin.ignore(&["priority"]);
            if let (Some(config), Some(id)) = (plugin.get("config"), id.filter(|id| id.value.starts_with(CORE))) {
                let place = self.sources.place(config.span);
                let note = "its configuration is not followed";
                self.report.push(Entry::new(Fate::Missing, format!("plugin {}", id.value), place, note));
            }
            plugin.finish(&mut self.reader);
            ids.extend(id);
        }
        fields.finish(&mut self.reader);
        for id in ids.iter().filter(|id| !id.value.starts_with(CORE) && !id.value.starts_with(METRICSQL)) {
            let note = "what this plugin of Sloth adds or changes is not made";
            let place = self.place(id.span);
            self.report.push(Entry::new(Fate::Missing, format!("plugin {}", id.value), place, note));
        }
        let has = |start: &str| ids.iter().any(|id| id.value.starts_with(start));
        if whole && ids.is_empty() {
            let message = "without a chain there is nothing in place of the plugins before";
            self.reader.wrong(node.span, message, "`chain:` with plugins, or no `overridePrevious`");
            whole = false;
        }
        for core in
            ["sloth.dev/core/sli_rules/", "sloth.dev/core/metadata_rules/"].into_iter().filter(|c| whole && !has(c))
        {
            let note = "the chain leaves it out; its rules are made all the same";
            self.report.push(Entry::new(
                Fate::Missing,
                format!("plugin {}", core.trim_end_matches('/')),
                self.sources.place(node.span),
                note,
            ));
        }
        // Under sloc's own names every query has to be understood.
        let trust = if has(METRICSQL) && !self.options.rename { Trust::Anything } else { Trust::PromQl };
        (trust, !whole || has("sloth.dev/core/alert_rules/"))
    }

    /// One objective: all of it or nothing.
    fn sloth_slo(&mut self, shared: &Shared<'_>, node: &Node, end: Option<usize>) {
        let before = self.reader.errors();
        let Some(mut fields) = Fields::of(&mut self.reader, node, "an objective of Sloth") else { return };
        let name = fields.need(&mut self.reader, "name");
        let objective = fields.need(&mut self.reader, "objective");
        let percent = objective.and_then(|text| self.percent(text));
        let about = fields.text(&mut self.reader, "description").map(|t| t.value.clone());
        let labels = fields.labels(&mut self.reader, "labels", "");
        let (trust, alerts) = self.plugins(&mut fields);
        let trust = if trust == Trust::Anything { trust } else { shared.trust };
        let sli = fields.need_node(&mut self.reader, "sli");
        let queries = sli.and_then(|node| self.sloth_sli(node, trust));
        let alerting = self.alerting(&mut fields, shared.dialect);
        fields.finish(&mut self.reader);
        let Some(name) = name.filter(|name| self.sloth_name(name, "an objective").is_some()) else { return };
        let (Some(percent), Some(queries), Some(mut alerting)) = (percent, queries, alerting) else {
            return self.refused(before, name);
        };
        if !shared.alerts || !alerts {
            alerting.labels = [None, None];
        }
        if !self.once(shared.service, name) {
            return;
        }
        let comments = self.comments_of(node, end);
        let draft = Draft { name: &name.value, percent, period: self.period(), about, labels, queries, alerting };
        self.write_slo(shared.service, draft, comments, name.span);
    }

    /// Says that an objective was not taken over, where no error says why.
    fn refused(&mut self, before: usize, name: &Text) {
        let place = self.place(name.span);
        let note = if self.reader.errors() > before { "see the messages" } else { "it has no queries" };
        self.report.push(Entry::new(Fate::Missing, format!("slo {}", name.value), place, note));
    }

    /// Whether an objective is there for the first time.
    pub(super) fn once(&mut self, service: usize, name: &Text) -> bool {
        let key = format!("{}/{}", self.specs.foreign_of(service), name.value);
        if let Some(first) = self.specs.seen(key, name.span) {
            let message = format!("`{}` is an objective of this service already", name.value);
            let diagnostic = Diagnostic::new(&codes::E0714, name.span, message).here("again here");
            self.reader
                .report(diagnostic.label(first, "first here").help("two objectives of one name have the same series"));
            return false;
        }
        true
    }

    /// Comments above something and within it.
    pub(super) fn comments_of(&self, node: &Node, end: Option<usize>) -> Vec<String> {
        let text = &self.sources.get(node.span.file).text;
        let mut found = comments::above(text, node.span.start as usize);
        if let Some(next) = end {
            // What stands right above the next one is its own.
            let own = text.get(..next).and_then(|t| t.rfind(['-'])).unwrap_or(next);
            let stop = own.saturating_sub(comments::height(text, own));
            found.extend(comments::within(text, node.span.start as usize, stop));
        } else {
            let rest = text.get(node.span.start as usize..).unwrap_or("");
            let length = rest.find("\n---").unwrap_or(rest.len());
            found.extend(comments::within(text, node.span.start as usize, node.span.start as usize + length));
        }
        found
    }

    /// An objective in percent, over 0 and under 100.
    pub(super) fn percent(&mut self, text: &Text) -> Option<String> {
        let number = super::fields::number(&text.value);
        let (message, help) = match number {
            Some(n) if n <= Ratio::ZERO || n > Ratio::whole(100) => {
                (format!("an objective of {} is not possible", text.value), "percent over 0 and under 100: `99.9`")
            }
            Some(n) if n == Ratio::whole(100) => {
                let message = "an objective of 100 leaves no budget, so that every alert fires at the first error";
                (message.to_string(), "`99.99` leaves 4m19s in 30 days")
            }
            Some(n) => match n.decimal().filter(|d| d.len() <= 14) {
                Some(decimal) => return Some(decimal),
                None => {
                    (format!("`{}` has more digits than an objective can have", text.value), "at most nine decimals")
                }
            },
            None => (format!("`{}` is not an objective", text.value), "a number of percent: `99.9`"),
        };
        self.reader.wrong(text.span, message, help);
        None
    }

    pub(super) fn period(&self) -> Duration {
        let only = if let [one] = &self.windows[..] { Some(one.period) } else { None };
        self.options.period.or(only).unwrap_or(PERIOD)
    }

    /// `errors` and `total`, or `ratio`, or comments about what has to be written there.
    fn sloth_sli(&mut self, node: &Node, trust: Trust) -> Option<Vec<(&'static str, String)>> {
        let mut sli = Fields::of(&mut self.reader, node, "sli")?;
        let (events, raw) = (sli.map(&mut self.reader, "events"), sli.map(&mut self.reader, "raw"));
        let plugin = sli.map(&mut self.reader, "plugin");
        sli.finish(&mut self.reader);
        let mut read = |fields: &mut Fields<'_>, word, keys: &[&'static str]| {
            let text = fields.either(keys).and_then(|n| super::fields::scalar(&mut self.reader, n, keys[0]));
            if text.is_none() {
                let message = format!("the query `{}` is missing", keys[0]);
                self.reader.report(Diagnostic::new(&codes::E0712, fields.span(), message).here("something is missing"));
            }
            Some((word, query::templated(&mut self.reader, text?, trust)?))
        };
        let queries = match (events, raw, plugin) {
            (Some(mut events), None, None) => {
                let errors = read(&mut events, "errors", &["error_query", "errorQuery"]);
                let total = read(&mut events, "total", &["total_query", "totalQuery"]);
                events.finish(&mut self.reader);
                vec![errors?, total?]
            }
            (None, Some(mut raw), None) => {
                let ratio = read(&mut raw, "ratio", &["error_ratio_query", "errorRatioQuery"]);
                raw.finish(&mut self.reader);
                vec![ratio?]
            }
            (None, None, Some(plugin)) => return self.sli_plugin(plugin),
            (None, None, None) => {
                let message = "this objective measures nothing";
                self.reader
                    .report(Diagnostic::new(&codes::E0712, node.span, message).here("no `events`, `raw` or `plugin`"));
                return None;
            }
            _ => {
                self.reader.wrong(
                    node.span,
                    "this objective has two indicators",
                    "one of `events`, `raw` and `plugin`",
                );
                return None;
            }
        };
        if let [(_, errors), (_, total)] = &queries[..]
            && errors == total
        {
            self.reader.wrong(node.span, "errors and total are the same query", "all would be errors, at all times");
            return None;
        }
        Some(queries)
    }

    /// A query that a plugin makes when Sloth runs: a hole, which is noted.
    fn sli_plugin(&mut self, mut plugin: Fields<'_>) -> Option<Vec<(&'static str, String)>> {
        let id = plugin.need(&mut self.reader, "id");
        let options = plugin.texts(&mut self.reader, "options");
        plugin.finish(&mut self.reader);
        let options: Vec<String> = options.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let options = if options.is_empty() { String::new() } else { format!(" with {}", options.join(", ")) };
        Some(vec![("hole", format!("the plugin {}{options}", id?.value))])
    }

    fn alerting(&mut self, slo: &mut Fields<'_>, dialect: Dialect) -> Option<Alerting> {
        let node = slo.need_node(&mut self.reader, "alerting")?;
        let mut fields = Fields::of(&mut self.reader, node, "alerting")?;
        let name = fields.text(&mut self.reader, "name").filter(|n| !n.value.is_empty()).map(|n| n.value.clone());
        let labels = fields.labels(&mut self.reader, "labels", "");
        let mut alerting =
            Alerting { annotations: fields.labels(&mut self.reader, "annotations", ""), ..Alerting::default() };
        let keys =
            if dialect == Dialect::Plain { ["page_alert", "ticket_alert"] } else { ["pageAlert", "ticketAlert"] };
        for (index, key) in keys.into_iter().enumerate() {
            let mut all = labels.clone();
            let mut off = false;
            if let Some(mut own) = fields.map(&mut self.reader, key) {
                off = own.flag(&mut self.reader, "disable") == Some(true);
                let labels = own.labels(&mut self.reader, "labels", "");
                merge(&mut all, &labels);
                alerting.own[index] = own.labels(&mut self.reader, "annotations", "");
                own.finish(&mut self.reader);
            }
            alerting.labels[index] = (!off).then_some(all);
        }
        let span = fields.span();
        fields.finish(&mut self.reader);
        if name.is_none() && alerting.labels.iter().any(Option::is_some) {
            let message = "the alerts of this objective have no name";
            let diagnostic = Diagnostic::new(&codes::E0712, span, message).here("no `name`");
            self.reader.report(diagnostic.help("`name:` in `alerting`, or both alerts disabled"));
            return None;
        }
        alerting.name = name;
        Some(alerting)
    }
}

/// An objective that is complete.
pub(super) struct Draft<'n> {
    name: &'n str,
    percent: String,
    period: Duration,
    about: Option<String>,
    labels: Pairs,
    queries: Vec<(&'static str, String)>,
    alerting: Alerting,
}

impl<'n> Draft<'n> {
    /// An objective without alerts and labels.
    pub(super) fn silent(
        name: &'n str,
        percent: String,
        period: Duration,
        about: Option<String>,
        queries: Vec<(&'static str, String)>,
    ) -> Draft<'n> {
        Draft { name, percent, period, about, labels: Vec::new(), queries, alerting: Alerting::default() }
    }
}

impl Importer<'_> {
    pub(super) fn write_slo(&mut self, service: usize, draft: Draft<'_>, comments: Vec<String>, span: Span) {
        let here = self.specs.free(service, draft.name);
        let id = format!("slo {}.{here}", self.specs.name_of(service));
        let place = self.place(span);
        let mut block = Block::new(format!("slo {here} {}% over {}", draft.percent, draft.period));
        block.maybe("about", draft.about.as_deref());
        let hole = if let [("hole", what)] = &draft.queries[..] { Some(what) } else { None };
        for (word, query) in draft.queries.iter().filter(|_| hole.is_none()) {
            block.line(format!("{word} {query}"));
            self.specs.events(query);
        }
        let policy = self.windows.iter().find(|w| w.period == draft.period).map(|w| w.policy.clone());
        if let Some(policy) = &policy {
            block.line(format!("policy {policy}"));
        }
        let (fate, note) = if self.options.rename {
            self.own_alerts(&mut block, &draft)
        } else {
            sloth_alerts(&mut block, &draft, &here);
            let unchecked = draft.queries.iter().any(|(_, q)| q.starts_with("unchecked "));
            (
                Fate::Exact,
                if unchecked {
                    "its queries are no PromQL and are passed on unchecked".to_string()
                } else {
                    String::new()
                },
            )
        };
        if let Some(what) = hole {
            let note = format!("its query was made by {what}; write it where the comment stands");
            self.report.push(Entry::new(Fate::Missing, id, place, note));
            let mut comments = comments;
            comments.push(format!("Its query was made by {what}. With `ratio`, or `errors` and `total`, this is it:"));
            comments.extend(block.as_comments());
            let part = Part { name: here, comments, block: Block::default(), policy: false };
            return self.specs.add(service, part);
        }
        self.report.push(Entry::new(fate, id, place, note));
        self.specs.add(service, Part { name: here, comments, block, policy: policy.is_some() });
    }

    /// Alerts under the names of sloc.
    fn own_alerts(&self, block: &mut Block, draft: &Draft<'_>) -> (Fate, String) {
        for (word, labels) in ["page", "ticket"].into_iter().zip(&draft.alerting.labels) {
            match labels {
                None => block.line(format!("{word} off")),
                Some(labels) => {
                    let mut all = draft.labels.clone();
                    merge(&mut all, labels);
                    all.retain(|(name, _)| !reserved(name));
                    block.labels(word, &all);
                }
            }
        }
        let mut notes =
            vec!["the budget is Σerrors / Σtotal, not a mean of ratios; each tier is an alert of its own".to_string()];
        if !draft.alerting.annotations.is_empty() || draft.alerting.own.iter().any(|a| !a.is_empty()) {
            notes.push("annotations are written by sloc".into());
        }
        (Fate::Improved, notes.join("; "))
    }
}

/// What only Sloth's rules have.
fn sloth_alerts(block: &mut Block, draft: &Draft<'_>, here: &str) {
    let alerting = &draft.alerting;
    for (word, labels) in ["page", "ticket"].into_iter().zip(&alerting.labels) {
        match labels {
            None => block.line(format!("{word} off")),
            Some(labels) => block.labels(word, labels),
        }
    }
    let mut named = Block::new("named");
    named.maybe("name", (here != draft.name).then_some(draft.name));
    named.maybe("alert", alerting.name.as_deref());
    named.labels("labels", &draft.labels);
    named.labels("annotations", &alerting.annotations);
    named.labels("page", &alerting.own[0]);
    named.labels("ticket", &alerting.own[1]);
    if !named.is_empty() {
        block.block(named);
    }
}
