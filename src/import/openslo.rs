//! OpenSLO v1alpha, v1 and v2alpha: objects by kind and name, and objectives that may refer to them.

use std::collections::BTreeMap;

use super::block::Block;
use super::fields::{Fields, Reader, number, scalar};
use super::report::{Entry, Fate};
use super::sloth::{Draft, Pairs};
use super::spec::Part;
use super::{Document, From, Importer, openslo_sli as sli};
use crate::check::NamedTier;
use crate::diag::{Diagnostic, codes};
use crate::maps::IntoMap;
use crate::model::Urgency;
use crate::rules::yaml::{Node, Text};
use crate::units::{Duration, Ratio};

/// Objects by kind and name.
pub(super) type Objects = BTreeMap<(String, String), Node>;

/// What stands in a `metadata`.
#[derive(Clone, Default)]
pub(super) struct Meta<'n> {
    pub(super) name: Option<&'n Text>,
    title: Option<String>,
    /// The names of its labels, which a spec has no place for.
    labels: Vec<String>,
}

/// When the objectives of an SLO alert.
#[derive(PartialEq, Eq)]
enum Alerts {
    Off,
    /// By the policy that nobody has to name.
    Standard,
    Policy(String),
}

/// What all objectives of an SLO share.
struct Shared<'n> {
    name: &'n Text,
    service: usize,
    about: Option<String>,
    period: Duration,
    /// `calendar month`, where the period is one of the calendar that can be counted.
    calendar: Option<String>,
    /// `Occurrences`, `Timeslices` or `RatioTimeslices`.
    method: String,
    indicator: Option<Node>,
    alerts: Alerts,
    notes: Vec<String>,
}

/// An objective that is complete.
struct Objective {
    foreign: String,
    percent: String,
    lines: Vec<String>,
    notes: Vec<String>,
    comments: Vec<String>,
    place: String,
}

/// Kinds that are no SLO.
const OTHERS: [&str; 6] = ["Service", "SLI", "AlertPolicy", "AlertCondition", "DataSource", "AlertNotificationTarget"];

impl Importer<'_> {
    /// An object by itself: an SLO becomes objectives, others are read where an SLO refers to them.
    pub(super) fn openslo(&mut self, document: &Document, objects: &Objects) {
        match document.kind.as_str() {
            "SLO" if self.from == From::Sloth => self.openslo_of_sloth(document, objects),
            "SLO" => self.openslo_slo(document, objects),
            kind if OTHERS.contains(&kind) && self.from == From::OpenSlo => self.openslo_object(document),
            _ => self.stranger(document),
        }
    }

    /// OpenSLO as Sloth reads it: each objective under Sloth's names, without alerts.
    fn openslo_of_sloth(&mut self, document: &Document, objects: &Objects) {
        let Some((shared, objectives)) = self.openslo_shared(document, objects) else { return };
        for (index, node) in objectives.iter().enumerate() {
            let name = Text::unplaced(format!("{}-{index}", shared.name.value), node.span);
            let Some(mut fields) = Fields::of(&mut self.reader, node, "an objective") else { continue };
            let percent = self.openslo_target(&mut fields);
            let metrics = fields.map(&mut self.reader, "ratioMetrics");
            fields.ignore(&["displayName", "value", "op", "timeSliceTarget"]);
            fields.finish(&mut self.reader);
            let queries = metrics.and_then(|mut m| sli::good_and_total(&mut self.reader, &mut m));
            let (Some(percent), Some(queries)) = (percent, queries) else { continue };
            if self.once(shared.service, &name) {
                let about = shared.about.clone();
                let draft = Draft::silent(&name.value, percent, shared.period, about, queries);
                let comments = if index == 0 { self.comments_of(&document.node, None) } else { Vec::new() };
                self.write_slo(shared.service, draft, comments, node.span);
            }
        }
    }

    fn openslo_slo(&mut self, document: &Document, objects: &Objects) {
        let before = self.reader.errors();
        let Some((shared, objectives)) = self.openslo_shared(document, objects) else {
            return self.refused_object(document, before);
        };
        let mut members = Vec::new();
        for (index, node) in objectives.iter().enumerate() {
            let several = objectives.len() > 1;
            members.push(self.openslo_objective(&shared, node, several.then_some(index), document, objects));
        }
        if members.iter().flatten().any(|(_, weight, _)| weight.is_some()) {
            let members: Vec<_> = members.into_iter().flatten().collect();
            self.openslo_composite(&shared, &members);
        }
    }

    fn refused_object(&mut self, document: &Document, before: usize) {
        let name = document.node.get("metadata").and_then(|m| m.get("name")).and_then(Node::text);
        let what = format!("slo {}", name.map_or("without a name", |n| &n.value));
        let note = if self.reader.errors() > before { "see the messages" } else { "nothing in it is an objective" };
        let place = self.place(document.node.span);
        self.report.push(Entry::new(Fate::Missing, what, place, note));
    }

    pub(super) fn openslo_meta<'n>(&mut self, top: &mut Fields<'n>) -> Meta<'n> {
        let Some(mut fields) = top.map(&mut self.reader, "metadata") else {
            let message = "this object has no `metadata` with a name";
            self.reader.report(Diagnostic::new(&codes::E0712, top.span(), message).here("something is missing"));
            return Meta::default();
        };
        // Annotations are for programs.
        fields.ignore(&["annotations"]);
        let labels = fields.map(&mut self.reader, "labels").map(|l| l.keys()).unwrap_or_default();
        let name = fields.need(&mut self.reader, "name").filter(|name| self.openslo_name(name).is_some());
        let title = fields.text(&mut self.reader, "displayName").map(|t| t.value.clone());
        fields.finish(&mut self.reader);
        Meta { name, title, labels }
    }

    /// A name without blanks and signs.
    fn openslo_name(&mut self, name: &Text) -> Option<()> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.value.is_empty() && name.value.chars().all(plain) {
            return Some(());
        }
        let message = format!("`{}` is not a name of OpenSLO", name.value);
        self.reader.wrong(name.span, message, "letters, digits and `-`; `displayName` has what people call it");
        None
    }

    /// Everything but the objectives, and these.
    fn openslo_shared<'n>(&mut self, document: &'n Document, objects: &Objects) -> Option<(Shared<'n>, &'n [Node])> {
        let mut top = Fields::of(&mut self.reader, &document.node, "an SLO")?;
        top.ignore(&["apiVersion", "kind"]);
        let meta = self.openslo_meta(&mut top);
        let spec = top.need_node(&mut self.reader, "spec");
        top.finish(&mut self.reader);
        let mut spec = Fields::of(&mut self.reader, spec?, "spec")?;
        let about = spec.text(&mut self.reader, "description").map(|t| t.value.clone());
        let service = spec.need(&mut self.reader, "service").or_else(|| spec.text(&mut self.reader, "serviceRef"));
        let method =
            spec.text(&mut self.reader, "budgetingMethod").map_or("Occurrences".to_string(), |t| t.value.clone());
        if !["Occurrences", "Timeslices", "RatioTimeslices"].contains(&method.as_str()) {
            let at = spec.at("budgetingMethod");
            let message = format!("`{method}` is not a way to count a budget");
            self.reader.wrong(at, message, "`Occurrences`, `Timeslices` or `RatioTimeslices`");
        }
        let mut notes = Vec::new();
        if !meta.labels.is_empty() {
            let labels = meta.labels.join(", ");
            notes.push(format!(
                "its labels {labels} are none of its alerts' here: `page {{ … }}` and `ticket {{ … }}` add some"
            ));
        }
        let period = self.openslo_period(&mut spec, &mut notes);
        let (period, calendar) = period.map_or((None, None), |(period, calendar)| (Some(period), calendar));
        let indicator = sli::indicator(&mut self.reader, &mut spec, objects);
        let alerts = self.openslo_policies(&mut spec, objects, meta.name.map_or("", |n| &n.value), period);
        let objectives = spec.list(&mut self.reader, "objectives");
        if objectives.is_empty() {
            let at = spec.at("objectives");
            self.reader.report(Diagnostic::new(&codes::E0712, at, "an SLO has at least one objective").here("none"));
        }
        spec.finish(&mut self.reader);
        let (name, service, period) = (meta.name?, service?, period?);
        let service = self.openslo_service(&service.value, objects);
        let about = about.filter(|a| !a.trim().is_empty()).or(meta.title);
        Some((Shared { name, service, about, period, calendar, method, indicator, alerts, notes }, objectives))
    }

    /// The service, with what a `Service` object says of it.
    fn openslo_service(&mut self, name: &str, objects: &Objects) -> usize {
        if self.from == From::Sloth {
            return self.sloth_top(name, &Pairs::new(), ("cli-gen-openslo", "openslo/v1alpha"), Vec::new());
        }
        let object = objects.get(&("Service".to_string(), name.to_string()));
        let text = |path: [&str; 2]| object.and_then(|o| o.get(path[0])?.get(path[1])?.text()).map(|t| t.value.clone());
        let (title, about) = (text(["metadata", "displayName"]), text(["spec", "description"]));
        let comments = about.filter(|a| title.as_ref() != Some(a)).map(|a| vec![a]).unwrap_or_default();
        let labels = &self.options.labels;
        self.specs.service(name, comments, |here| {
            let mut top = Block::new(format!("service {here}"));
            top.maybe("title", title.as_deref());
            top.labels("labels", labels);
            top
        })
    }

    /// A target as a percentage.
    fn openslo_target(&mut self, fields: &mut Fields<'_>) -> Option<String> {
        let percent = fields.text(&mut self.reader, "targetPercent");
        let target = fields.text(&mut self.reader, "target");
        match (target, percent) {
            (Some(target), None) => {
                let ratio = number(&target.value).filter(|r| *r > Ratio::ZERO && *r < Ratio::ONE);
                let percent = ratio.and_then(|r| r.times(Ratio::whole(100))?.decimal()).filter(|p| p.len() <= 14);
                if percent.is_none() {
                    let message = format!("a target of {} is not possible", target.value);
                    self.reader.wrong(target.span, message, "a ratio over 0 and under 1: `0.999`");
                }
                percent
            }
            (None, Some(percent)) => self.percent(percent),
            (first, second) => {
                let at = first.or(second).map_or_else(|| fields.span(), |t| t.span);
                self.reader.wrong(at, "an objective has one target", "`target: 0.999` or `targetPercent: 99.9`");
                None
            }
        }
    }

    /// One objective. Gives its id, its weight in a composite, and its target.
    fn openslo_objective(
        &mut self,
        shared: &Shared<'_>,
        node: &Node,
        index: Option<usize>,
        document: &Document,
        objects: &Objects,
    ) -> Option<(String, Option<String>, Ratio)> {
        let mut fields = Fields::of(&mut self.reader, node, "an objective")?;
        let percent = self.openslo_target(&mut fields);
        let title = fields.text(&mut self.reader, "displayName").map(|t| t.value.clone());
        let weight = fields.text(&mut self.reader, "compositeWeight").map(|t| t.value.clone());
        let own = sli::indicator(&mut self.reader, &mut fields, objects);
        let bound = sli::bound(&mut self.reader, &mut fields);
        let old = fields.get("ratioMetrics").cloned();
        if let Some(labels) = fields.map(&mut self.reader, "labels").map(|l| l.keys().join(", ")) {
            let place = self.place(fields.at("labels"));
            let what = format!("slo {}", shared.name.value);
            self.report.push(Entry::new(Fate::Missing, what, place, format!("the labels {labels} of an objective")));
        }
        fields.finish(&mut self.reader);
        let indicator = own.or_else(|| shared.indicator.clone()).or(old);
        let Some(indicator) = indicator else {
            // One that is named and not there has been told.
            let named = |node: &Node| ["indicatorRef", "sliRef"].iter().any(|key| node.get(key).is_some());
            if !named(node) && !document.node.get("spec").is_some_and(named) {
                let message = "this objective has no indicator";
                self.reader.report(Diagnostic::new(&codes::E0712, node.span, message).here("something is missing"));
            }
            let what = format!("slo {}", shared.name.value);
            self.report.push(Entry::new(Fate::Missing, what, self.place(node.span), "see the messages"));
            return None;
        };
        let mut notes = shared.notes.clone();
        let lines = sli::lines(&mut self.reader, &indicator, &bound, &shared.method, &mut notes);
        notes.dedup();
        let (Some(percent), Some(lines)) = (percent, lines) else {
            let place = self.place(node.span);
            let what = format!("slo {}", shared.name.value);
            self.report.push(Entry::new(Fate::Missing, what, place, "see the messages"));
            return None;
        };
        let target = Ratio::parse(&percent)?.over(Ratio::whole(100))?;
        let suffix = title.filter(|_| index.is_some()).or(index.map(|i| i.to_string()));
        let own = |s: String| format!("{}-{}", shared.name.value, s.to_lowercase());
        let foreign = suffix.map_or(shared.name.value.clone(), own);
        if index.is_none() && !self.once(shared.service, &Text::unplaced(foreign.clone(), shared.name.span)) {
            return None;
        }
        let first = index.is_none_or(|i| i == 0);
        let comments = if first { self.comments_of(&document.node, None) } else { Vec::new() };
        let place = self.place(node.span);
        let id = self.write_objective(shared, Objective { foreign, percent, lines, notes, comments, place });
        Some((id, weight, target))
    }

    /// An objective that is complete; gives its id.
    fn write_objective(&mut self, shared: &Shared<'_>, objective: Objective) -> String {
        let Objective { foreign, percent, lines, mut notes, comments, place } = objective;
        let here = self.specs.free(shared.service, &foreign);
        let mut over = shared.period.to_string();
        match &shared.calendar {
            Some(_) if lines.iter().any(|l| l.starts_with("ratio ")) => {
                notes.push(format!(
                    "its window is one of the calendar, in which a ratio cannot be counted; here the last {over} count"
                ));
            }
            Some(calendar) => over = calendar.clone(),
            None => {}
        }
        let mut block = Block::new(format!("slo {here} {percent}% over {over}"));
        block.maybe("about", shared.about.as_deref());
        for line in &lines {
            block.line(line.clone());
            match line.split_once(' ') {
                Some(("errors" | "good" | "total" | "ratio", query)) => self.specs.events(query),
                Some((_, query)) => self.specs.query(query),
                None => {}
            }
        }
        match &shared.alerts {
            Alerts::Policy(policy) => block.line(format!("policy {policy}")),
            Alerts::Standard => {}
            Alerts::Off => ["page", "ticket"].into_iter().for_each(|word| block.line(format!("{word} off"))),
        }
        let id = format!("{}.{here}", self.specs.name_of(shared.service));
        let fate = match notes.is_empty() {
            true => Fate::Exact,
            false if notes.iter().any(|n| n.contains("calendar")) => Fate::Missing,
            false => Fate::Improved,
        };
        self.report.push(Entry::new(fate, format!("slo {id}"), place, notes.join("; ")));
        let policy = matches!(shared.alerts, Alerts::Policy(_));
        self.specs.add(shared.service, Part { name: here, comments, block, policy });
        id
    }

    /// The weighted mean of objectives that have weights.
    fn openslo_composite(&mut self, shared: &Shared<'_>, members: &[(String, Option<String>, Ratio)]) {
        let weights = || members.iter().map(|(_, w, _)| w.as_deref().and_then(number).unwrap_or(Ratio::ONE));
        let sum = weights().try_fold(Ratio::ZERO, Ratio::plus);
        let parts = weights().zip(members).try_fold(Ratio::ZERO, |sum, (w, (.., t))| sum.plus(w.times(*t)?));
        let target = sum.zip(parts).and_then(|(sum, parts)| parts.over(sum));
        let Some(target) = target.filter(|_| members.len() > 1) else { return };
        let here = self.specs.free(shared.service, &shared.name.value);
        let percent = target.percent().trim_start_matches('≈').to_string();
        let mut block = Block::new(format!("slo {here} {percent} over {}", shared.period));
        let mut weighted = Block::new("weighted");
        weights().zip(members).for_each(|(w, (id, ..))| weighted.line(format!("{id} {}", w.rounded(6))));
        block.block(weighted);
        ["page", "ticket"].into_iter().for_each(|word| block.line(format!("{word} off")));
        let id = format!("slo {}.{here}", self.specs.name_of(shared.service));
        let place = self.place(shared.name.span);
        let note = format!("the composite of its objectives, with the mean of their targets: {percent}");
        self.report.push(Entry::new(Fate::Improved, id, place, note));
        self.specs.add(shared.service, Part { name: here, comments: Vec::new(), block, policy: false });
    }

    /// The policy that the conditions of all alert policies become.
    fn openslo_policies(
        &mut self,
        spec: &mut Fields<'_>,
        objects: &Objects,
        slo: &str,
        period: Option<Duration>,
    ) -> Alerts {
        let mut tiers = Vec::new();
        let mut names = Vec::new();
        for node in spec.list(&mut self.reader, "alertPolicies") {
            let policy = self.referred(node, "AlertPolicy", "alertPolicyRef", objects);
            let name = policy.as_ref().and_then(|p| p.get("metadata")?.get("name")?.text());
            names.extend(name.map(|n| n.value.clone()));
            for condition in policy.iter().flat_map(conditions) {
                let condition = self.referred(condition, "AlertCondition", "conditionRef", objects);
                tiers.extend(condition.and_then(|c| tier(&mut self.reader, &c)));
            }
        }
        // What is urgent first, as the built-in policy has them.
        tiers.sort_by_key(|t| (t.urgency, std::cmp::Reverse(t.factor), t.long));
        tiers.dedup();
        if tiers.is_empty() {
            return Alerts::Off;
        }
        if period.is_some_and(|period| tiers == crate::check::standard_tiers(period)) {
            return Alerts::Standard;
        }
        let name = if let [one] = &names[..] { one.clone() } else { format!("{slo}-alerts") };
        Alerts::Policy(self.specs.policy(&name, |block| tiers.iter().for_each(|tier| block.line(line(tier)))))
    }

    /// An object that stands here, or that is named here.
    fn referred(&mut self, node: &Node, kind: &str, key: &str, objects: &Objects) -> Option<Node> {
        let name = node.text().or_else(|| node.get(key).and_then(Node::text));
        let Some(name) = name else { return Some(node.clone()) };
        let found = objects.get(&(kind.to_string(), name.value.clone())).cloned();
        if found.is_none() {
            sli::unknown(&mut self.reader, kind, name);
        }
        found
    }
}

/// The conditions of an alert policy.
fn conditions(policy: &Node) -> &[Node] {
    match policy.get("spec").and_then(|s| s.get("conditions")).map(|c| &c.kind) {
        Some(crate::rules::yaml::Kind::List(items)) => items,
        _ => &[],
    }
}

/// A line of a policy.
fn line(tier: &NamedTier) -> String {
    let hold = if tier.hold.millis() == 0 { String::new() } else { format!(" for {}", tier.hold) };
    let word = if tier.urgency == Urgency::Page { "page" } else { "ticket" };
    format!("{word} {}x burn over {} confirmed over {}{hold}", tier.factor.expr(), tier.long, tier.short)
}

/// A tier: a burn rate over a window.
pub(super) fn tier(reader: &mut Reader, node: &Node) -> Option<NamedTier> {
    let mut top = Fields::of(reader, node, "an AlertCondition")?;
    top.ignore(&["apiVersion", "kind", "metadata"]);
    let spec = top.need_node(reader, "spec");
    top.finish(reader);
    let mut spec = Fields::of(reader, spec?, "spec")?;
    spec.ignore(&["description"]);
    let severity = spec.need(reader, "severity").map_or(String::new(), |t| t.value.to_lowercase());
    let condition = spec.need_node(reader, "condition");
    spec.finish(reader);
    let mut condition = Fields::of(reader, condition?, "condition")?;
    let kind = condition.text(reader, "kind");
    if let Some(kind) = kind.filter(|k| !k.value.eq_ignore_ascii_case("burnrate")) {
        reader.wrong(kind.span, format!("`{}` is not a kind of condition", kind.value), "`burnrate` is the one kind");
    }
    condition.ignore(&["op"]);
    let factor = condition.need(reader, "threshold");
    let long = condition.need(reader, "lookbackWindow");
    let hold = condition.text(reader, "alertAfter");
    condition.finish(reader);
    let (factor, long) = (factor?, long?);
    let time = |reader: &mut Reader, text: &Text| {
        let time = sli::duration(&text.value);
        if time.is_none() {
            reader.wrong(text.span, format!("`{}` is not a duration", text.value), "`1h`, `5m`");
        }
        time
    };
    let rate = number(&factor.value).filter(|f| *f > Ratio::ZERO);
    if rate.is_none() {
        reader.wrong(factor.span, format!("`{}` is not a burn rate", factor.value), "a number over 0");
    }
    let minute = Duration::from_mins(1);
    let (written, long) = (long, time(reader, long)?);
    if long <= minute {
        let message = format!("`{}` is too short a time for a burn rate", written.value);
        reader.wrong(written.span, message, "a time over a minute, such as `1h`: a twelfth of it is looked at, too");
        return None;
    }
    let hold = hold.and_then(|h| time(reader, h)).filter(|h| h.millis() > 0);
    let twelfth = Ratio::new(1, 12).and_then(|t| long.scaled(t)).unwrap_or(minute).max(minute);
    let urgent = ["page", "critical", "high"].iter().any(|w| severity.contains(w));
    let urgency = if urgent { Urgency::Page } else { Urgency::Ticket };
    Some(NamedTier { urgency, share: None, factor: rate?, long, short: twelfth, hold: hold.unwrap_or_default() })
}

/// All objects of some documents, by kind and name.
pub(super) fn objects(documents: &[Document]) -> Objects {
    let name = |d: &Document| d.node.get("metadata")?.get("name")?.text().map(|t| t.value.clone());
    let own = documents.iter().filter(|d| d.version.starts_with("openslo"));
    own.filter_map(|d| Some(((d.kind.clone(), name(d)?), d.node.clone()))).into_map()
}

/// A text, for messages about what is no text.
pub(super) fn text<'n>(reader: &mut Reader, node: &'n Node, what: &str) -> Option<&'n Text> {
    scalar(reader, node, what)
}
