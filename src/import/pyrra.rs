//! Pyrra: `ServiceLevelObjective` with its four kinds of indicators.

use super::block::Block;
use super::fields::{Fields, Reader};
use super::report::{Entry, Fate};
use super::sloth::Pairs;
use super::spec::Part;
use super::{Document, Importer};

use crate::diag::{Diagnostic, codes};
use crate::promql::{self, Dialect, Query};
use crate::rules::is_label;
use crate::rules::yaml::{Node, Text};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// What labels and annotations begin with that Pyrra takes over.
const PREFIX: &str = "pyrra.dev/";

/// What is measured.
struct Indicator {
    /// Its statements.
    lines: Vec<String>,
    /// The labels that split it.
    by: Vec<String>,
    /// Its kind: `ratio`, `latency`, `latencyNative` or `bool_gauge`.
    kind: &'static str,
    /// The selectors it reads.
    reads: Vec<String>,
    /// A name for the service, from the matchers of all events.
    job: Option<String>,
}

/// A selector: its parts and its text on one line.
struct Selector {
    query: Query,
    text: String,
    /// Whether it looks at another time.
    shifted: bool,
}

/// What `alerting` says.
#[derive(Default)]
struct Alerting {
    off: bool,
    absent_off: bool,
    name: Option<String>,
    absent: Option<String>,
    severities: Pairs,
    /// Whether the increase over the period is summed from short ones.
    performance: bool,
}

/// What `metadata` says.
#[derive(Default)]
struct Meta<'n> {
    name: Option<&'n Text>,
    namespace: Option<String>,
    labels: Pairs,
    annotations: Pairs,
}

impl Importer<'_> {
    pub(super) fn pyrra(&mut self, document: &Document) {
        let Some(mut top) = Fields::of(&mut self.reader, &document.node, "a ServiceLevelObjective") else { return };
        top.ignore(&["apiVersion", "kind", "status"]);
        let meta = self.pyrra_meta(&mut top);
        let spec = top.need_node(&mut self.reader, "spec");
        top.finish(&mut self.reader);
        let Some(mut spec) = spec.and_then(|n| Fields::of(&mut self.reader, n, "spec")) else { return };
        let target = spec.need(&mut self.reader, "target");
        let percent = target.and_then(|t| self.pyrra_target(t));
        let period = self.pyrra_window(&mut spec);
        let about = spec.text(&mut self.reader, "description").map(|t| t.value.clone());
        let indicator = spec.need_node(&mut self.reader, "indicator");
        let indicator = indicator.and_then(|n| self.indicator(n));
        let mut alerting = self.pyrra_alerting(&mut spec);
        // Pyrra has no such rules of native histograms.
        let sums = indicator.as_ref().is_some_and(|i| i.kind != "latencyNative");
        alerting.performance = spec.flag(&mut self.reader, "performanceOverAccuracy") == Some(true) && sums;
        self.without_counterpart(&mut spec);
        spec.finish(&mut self.reader);
        let (Some(name), Some(percent), Some(period), Some(indicator)) = (meta.name, percent, period, indicator) else {
            let name = meta.name.map_or("without a name", |n| &n.value);
            let place = self.place(document.node.span);
            return self.report.push(Entry::new(Fate::Missing, format!("slo {name}"), place, "see the messages"));
        };
        let service = self.pyrra_service(&meta, &indicator, &name.value);
        if !self.once(service, name) {
            return;
        }
        self.remember(&indicator);
        let head = |here: &str| {
            let by = if indicator.by.is_empty() { String::new() } else { format!(" by {}", indicator.by.join(", ")) };
            format!("slo {here} {percent}% over {period}{by}")
        };
        let here = self.specs.free(service, &name.value);
        let mut block = Block::new(head(&here));
        block.maybe("about", about.as_deref());
        indicator.lines.iter().for_each(|line| block.line(line.clone()));
        if alerting.off {
            ["page", "ticket"].into_iter().for_each(|word| block.line(format!("{word} off")));
        }
        let rename = self.options.rename;
        if !rename {
            named(&mut block, &meta, &alerting, (name.value != here).then_some(&name.value));
        }
        let id = format!("slo {}.{here}", self.specs.name_of(service));
        let place = self.place(name.span);
        let mut note =
            "windows and factors are those of the standard policy, and no traffic gives no ratio".to_string();
        if alerting.performance {
            note += "; `performanceOverAccuracy` is Pyrra's own way to count the period";
        }
        let entry =
            if rename { Entry::new(Fate::Improved, id, place, note) } else { Entry::new(Fate::Exact, id, place, "") };
        self.report.push(entry);
        let comments = self.comments_of(&document.node, None);
        self.specs.add(service, Part { name: here, comments, block, policy: false });
    }

    /// Keeps what an indicator says of metrics.
    fn remember(&mut self, indicator: &Indicator) {
        for query in &indicator.reads {
            match indicator.kind {
                "latencyNative" => self.specs.native(query),
                "bool_gauge" => self.specs.query(query),
                _ => self.specs.events(query),
            }
        }
    }

    fn pyrra_meta<'n>(&mut self, top: &mut Fields<'n>) -> Meta<'n> {
        let Some(mut fields) = top.map(&mut self.reader, "metadata") else {
            let message = "this objective has no `metadata` with a name";
            self.reader.report(Diagnostic::new(&codes::E0712, top.span(), message).here("something is missing"));
            return Meta::default();
        };
        // Kubernetes fills in more than Pyrra reads.
        Meta {
            name: fields.need(&mut self.reader, "name"),
            namespace: fields.text(&mut self.reader, "namespace").map(|t| t.value.clone()),
            labels: fields.labels(&mut self.reader, "labels", PREFIX),
            annotations: fields.labels(&mut self.reader, "annotations", PREFIX),
        }
    }

    fn pyrra_target(&mut self, text: &Text) -> Option<String> {
        let small = super::fields::number(&text.value).filter(|t| *t > Ratio::ZERO && *t < Ratio::ONE);
        if let Some(small) = small {
            let message = format!("a target of {} is less than one percent", text.value);
            let meant = small.times(Ratio::whole(100)).and_then(Ratio::decimal).unwrap_or_default();
            self.reader.wrong(text.span, message, format!("targets are percent: `{meant}` may be meant"));
            return None;
        }
        self.percent(text)
    }

    fn pyrra_window(&mut self, spec: &mut Fields<'_>) -> Option<Duration> {
        let window = super::windows::duration(&mut self.reader, spec, "window")?;
        // The shortest of Pyrra's windows is this part of it, rounded to whole minutes.
        let shortest = window.millis() / (28 * 24 * 12);
        if !self.options.rename && shortest < 30_000 {
            let message = format!("Pyrra's windows for {window} are too short: one of them is 0s");
            self.reader.wrong(
                spec.at("window"),
                message,
                "from 3d on they work; `--naming sloc` has windows for any period",
            );
            return None;
        }
        Some(window)
    }

    /// What of an objective nothing here can say.
    fn without_counterpart(&mut self, spec: &mut Fields<'_>) {
        for (key, note) in [
            ("ruleOutput", "who loads which rules is said once for all, and the description is no label"),
            ("partial_response_strategy", "groups for Thanos are a target of their own"),
        ] {
            if let Some(node) = spec.get(key).filter(|n| n.text().is_none_or(|t| t.value != "false")) {
                let place = self.place(node.span);
                self.report.push(Entry::new(Fate::Missing, key, place, note));
            }
        }
    }

    fn indicator(&mut self, node: &Node) -> Option<Indicator> {
        let reader = &mut self.reader;
        let mut fields = Fields::of(reader, node, "indicator")?;
        let kinds = ["ratio", "latency", "latencyNative", "bool_gauge"];
        let found: Vec<(&'static str, Fields<'_>)> =
            kinds.into_iter().filter_map(|kind| Some((kind, fields.map(reader, kind)?))).collect();
        fields.finish(reader);
        let Ok([(kind, mut own)]) = <[_; 1]>::try_from(found) else {
            let message = "an objective has one indicator";
            let help = "one of `ratio`, `latency`, `latencyNative` and `bool_gauge`";
            reader.wrong(node.span, message, help);
            return None;
        };
        let mut by: Vec<String> = Vec::new();
        for node in own.list(reader, "grouping") {
            let Some(label) = super::fields::scalar(reader, node, "grouping") else { continue };
            if !is_label(&label.value) {
                reader.wrong(node.span, format!("`{}` is no label", label.value), "objectives are grouped by labels");
                return None;
            }
            by.push(label.value.clone());
        }
        let rename = self.options.rename;
        let lines = match kind {
            "ratio" => ratio(reader, &mut own, &by, rename),
            "latency" => latency(reader, &mut own, rename),
            "latencyNative" => native(reader, &mut own),
            _ => selector(reader, &mut own, "metric").map(|s| Measured::of(vec![format!("up {}", s.text)], s)),
        };
        own.finish(reader);
        let Measured { lines, total, part } = lines?;
        let all: Vec<&Selector> = [&total].into_iter().chain(&part).collect();
        if all.iter().any(|s| s.shifted) {
            let note = "Pyrra leaves `offset` and `@` out of its rules, and so does this";
            self.report.push(Entry::new(Fate::Missing, "offset", self.sources.place(node.span), note));
        }
        let reads = all.iter().map(|s| s.text.clone()).collect();
        let selected = total.query.bare_selector();
        let job = selected.and_then(|s| s.matchers.iter().find(|m| m.name.node == "job" && m.op.node.symbol() == "="));
        Some(Indicator { lines, by, kind, reads, job: job.map(|m| m.value.node.clone()) })
    }

    fn pyrra_alerting(&mut self, spec: &mut Fields<'_>) -> Alerting {
        let reader = &mut self.reader;
        let Some(mut fields) = spec.map(reader, "alerting") else { return Alerting::default() };
        let off = fields.flag(reader, "disabled") == Some(true);
        let burns = fields.flag(reader, "burnrates") != Some(false);
        let mut alerting = Alerting {
            off: off || !burns,
            absent_off: fields.flag(reader, "absent") == Some(false),
            name: fields.text(reader, "name").map(|t| t.value.clone()),
            absent: fields.text(reader, "absentName").map(|t| t.value.clone()),
            ..Alerting::default()
        };
        if let Some(mut own) = fields.map(reader, "severities") {
            let keys = [
                ("absent", "absent"),
                ("fastBurn", "fast"),
                ("mediumBurn", "medium"),
                ("slowBurn", "slow"),
                ("longTermBurn", "long"),
            ];
            for (key, word) in keys {
                let text = own.text(reader, key).filter(|t| !t.value.is_empty());
                alerting.severities.extend(text.map(|t| (word.to_string(), t.value.clone())));
            }
            own.finish(reader);
        }
        fields.finish(reader);
        alerting
    }

    /// The service an objective belongs to, which Pyrra does not know: the job it reads, else its namespace.
    fn pyrra_service(&mut self, meta: &Meta<'_>, indicator: &Indicator, name: &str) -> usize {
        let service = indicator.job.as_deref().or(meta.namespace.as_deref()).unwrap_or(name);
        let options = self.options;
        self.specs.service(service, Vec::new(), |here| {
            let mut top = Block::new(format!("service {here}"));
            top.labels("labels", &options.labels);
            if !options.rename {
                let settings = [(options.generic, "generic"), (options.prometheus3, "prometheus3")];
                let words: Vec<&str> = settings.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
                match words[..] {
                    [] => top.line("naming pyrra"),
                    [word] => top.line(format!("naming pyrra {{ {word} }}")),
                    _ => {
                        let mut naming = Block::new("naming pyrra");
                        words.iter().for_each(|word| naming.line(*word));
                        top.block(naming);
                    }
                }
            }
            top
        })
    }
}

/// What only Pyrra's rules have.
fn named(block: &mut Block, meta: &Meta<'_>, alerting: &Alerting, name: Option<&String>) {
    let mut named = Block::new("named");
    named.maybe("name", name.map(String::as_str));
    named.maybe("alert", alerting.name.as_deref());
    match alerting.absent_off {
        true => named.line("absent off"),
        false => named.maybe("absent", alerting.absent.as_deref()),
    }
    if alerting.performance {
        named.line("performance");
    }
    named.labels("severity", &alerting.severities);
    named.labels("labels", &meta.labels);
    named.labels("annotations", &meta.annotations);
    if !named.is_empty() {
        block.block(named);
    }
}

/// What is measured, as statements, and the selectors in them.
struct Measured {
    lines: Vec<String>,
    /// All events, or the gauge.
    total: Selector,
    /// The bad or the fast ones.
    part: Option<Selector>,
}

impl Measured {
    fn of(lines: Vec<String>, total: Selector) -> Measured {
        Measured { lines, total, part: None }
    }
}

/// Two of errors, good events and total; the third is what is left.
fn ratio(reader: &mut Reader, fields: &mut Fields<'_>, by: &[String], rename: bool) -> Option<Measured> {
    let good = fields.get("success").and_then(|_| metric(reader, fields, "success"));
    let errors = fields.get("errors").and_then(|_| metric(reader, fields, "errors"));
    let (word, part, total) = match (errors, good) {
        (Some(errors), None) => ("errors", errors, metric(reader, fields, "total")?),
        (None, Some(good)) => ("good", good, metric(reader, fields, "total")?),
        (Some(errors), Some(good)) => return sum(reader, fields, (errors, good), by, rename),
        (None, None) => {
            let _ = metric(reader, fields, "errors").and(metric(reader, fields, "total"));
            return None;
        }
    };
    if part.text == total.text {
        let message = format!("{word} and total are the same metric");
        let all = if word == "errors" { "all would be errors, at all times" } else { "nothing would ever be an error" };
        reader.wrong(fields.span(), message, all);
        return None;
    }
    let lines = vec![format!("{word} {}", part.text), format!("total {}", total.text)];
    Some(Measured { lines, total, part: Some(part) })
}

/// Errors and good events, whose sum is the total.
fn sum(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    (errors, good): (Selector, Selector),
    by: &[String],
    rename: bool,
) -> Option<Measured> {
    if fields.get("total").is_some() {
        let message = "a ratio has two of `errors`, `success` and `total`";
        reader.wrong(fields.at("total"), message, "the third follows from the others");
        return None;
    }
    if !rename {
        let message = "a total that is errors and successes together has no counterpart under Pyrra's names";
        reader.wrong(fields.at("success"), message, "`--naming sloc` adds them; or `total` names a metric of both");
        return None;
    }
    let split = if by.is_empty() { "sum".to_string() } else { format!("sum by ({})", by.join(", ")) };
    let grown = |s: &Selector| format!("{split} (increase({}[$window]))", s.text).replace("sum (", "sum(");
    let lines = vec![format!("errors {}", grown(&errors)), format!("total {} + {}", grown(&errors), grown(&good))];
    Some(Measured { lines, total: errors, part: Some(good) })
}

fn latency(reader: &mut Reader, fields: &mut Fields<'_>, rename: bool) -> Option<Measured> {
    let (fast, total) = (metric(reader, fields, "success"), metric(reader, fields, "total"));
    let (fast, total) = (fast?, total?);
    let bound = fast.query.bare_selector()?.matchers.iter().find(|m| m.name.node == "le");
    if bound.is_none_or(|m| m.value.node.parse::<f64>().is_err()) {
        let at = fields.at("success");
        let pattern = bound.is_some_and(|m| m.op.node.symbol() != "=");
        let (message, help) = match pattern {
            true => ("the fast events are in no one bucket", "`le=\"1\"`; `--prometheus3` reads both spellings of it"),
            false => ("the fast events are in no bucket", "`le=\"0.3\"` in `success` chooses the bucket"),
        };
        reader.wrong(at, message, help);
        return None;
    }
    let lines = match histogram(&fast, &total).filter(|_| rename) {
        Some(histogram) => vec![histogram],
        None => vec![format!("good {}", fast.text), format!("total {}", total.text)],
    };
    Some(Measured { lines, total, part: Some(fast) })
}

/// `histogram H within 0.3` where both selectors read the same histogram by the same matchers.
fn histogram(fast: &Selector, total: &Selector) -> Option<String> {
    let (fast, total) = (fast.query.bare_selector()?, total.query.bare_selector()?);
    let base = fast.metric()?.node.strip_suffix("_bucket")?;
    if total.metric()?.node.strip_suffix("_count") != Some(base) {
        return None;
    }
    let text =
        |m: &promql::Matcher| format!("{}{}{}", m.name.node, m.op.node.symbol(), super::block::quoted(&m.value.node));
    let own = |s: &promql::Selector| {
        let mut all: Vec<String> = s.matchers.iter().filter(|m| m.name.node != "le").map(text).collect();
        all.sort();
        all
    };
    let bound = fast.matchers.iter().find(|m| m.name.node == "le")?;
    let bound = super::fields::number(&bound.value.node)?.decimal()?;
    let braces = own(total).join(", ");
    let braces = if braces.is_empty() { braces } else { format!("{{{braces}}}") };
    (own(fast) == own(total)).then(|| format!("histogram {base}{braces} within {bound}s"))
}

fn native(reader: &mut Reader, fields: &mut Fields<'_>) -> Option<Measured> {
    let total = metric(reader, fields, "total");
    let bound = super::windows::duration(reader, fields, "latency");
    let (total, bound) = (total?, bound?);
    Some(Measured::of(vec![format!("histogram {} within {bound}", total.text)], total))
}

/// `key: {metric: …}`.
fn metric(reader: &mut Reader, fields: &mut Fields<'_>, key: &'static str) -> Option<Selector> {
    let node = fields.need_node(reader, key)?;
    let mut own = Fields::of(reader, node, key)?;
    let found = selector(reader, &mut own, "metric");
    own.finish(reader);
    found
}

/// A bare selector, which is all that Pyrra takes.
fn selector(reader: &mut Reader, fields: &mut Fields<'_>, key: &'static str) -> Option<Selector> {
    let text = fields.need(reader, key)?;
    let line = super::query::plain(reader, text, Dialect::Rule)?;
    let query = promql::parse(&line, Span::new(text.span.file, 0..line.len()), Dialect::Rule).0?;
    let core = match &query.expr().bare().kind {
        promql::Kind::Selector(s) if s.range.is_none() => line.get(s.core.range()).map(str::to_string),
        _ => None,
    };
    let Some(core) = core else {
        let message = "an indicator of Pyrra is a selector, without functions and ranges";
        let diagnostic = Diagnostic::new(&codes::E0715, text.span, message).here("an expression");
        reader.report(diagnostic.help("`http_requests_total{job=\"api\"}`"));
        return None;
    };
    let shifted = query.bare_selector().is_none();
    let query = promql::parse(&core, Span::new(text.span.file, 0..core.len()), Dialect::Rule).0?;
    Some(Selector { query, text: core, shifted })
}
