//! Sloth's `AlertWindows`: the tiers for one period, which become a policy.

use super::Importer;
use super::fields::{Fields, Reader};
use super::report::{Entry, Fate};
use crate::diag::{Diagnostic, codes};
use crate::rules::yaml::Node;
use crate::units::{Duration, Ratio};

/// The tiers for a period, and the policy they became.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Windows {
    pub(super) period: Duration,
    pub(super) policy: String,
}

impl Importer<'_> {
    pub(super) fn alert_windows(&mut self, node: &Node) {
        let before = self.reader.errors();
        let Some((period, lines)) = read(&mut self.reader, node) else {
            let place = self.place(node.span);
            return self.report.push(Entry::new(Fate::Missing, "policy of AlertWindows", place, "see the messages"));
        };
        if self.windows.iter().any(|w| w.period == period) {
            let message = format!("the windows for {period} are given twice");
            self.reader.report(Diagnostic::new(&codes::E0714, node.span, message).here("again here"));
            return;
        }
        let policy =
            self.specs.policy(&format!("sloth-{period}"), |block| lines.into_iter().for_each(|line| block.line(line)));
        let what = format!("policy {policy}");
        let place = self.place(node.span);
        if self.reader.errors() == before {
            self.report.push(Entry::new(Fate::Exact, what, place, ""));
        }
        self.windows.push(Windows { period, policy });
    }
}

fn read(reader: &mut Reader, node: &Node) -> Option<(Duration, Vec<String>)> {
    let mut fields = Fields::of(reader, node, "an AlertWindows")?;
    fields.ignore(&["apiVersion", "kind", "metadata"]);
    let spec = fields.need_node(reader, "spec");
    fields.finish(reader);
    let mut spec = Fields::of(reader, spec?, "spec")?;
    let period = duration(reader, &mut spec, "sloPeriod");
    let mut lines = Vec::new();
    for urgency in ["page", "ticket"] {
        let tiers = spec.need_node(reader, urgency);
        let Some(mut tiers) = tiers.and_then(|n| Fields::of(reader, n, urgency)) else { continue };
        for speed in ["quick", "slow"] {
            let tier = tiers.need_node(reader, speed);
            lines.push(tier.and_then(|n| tier_line(reader, n, urgency, speed)));
        }
        tiers.finish(reader);
    }
    spec.finish(reader);
    let lines = lines.into_iter().collect::<Option<Vec<String>>>()?;
    (lines.len() == 4).then_some((period?, lines))
}

fn tier_line(reader: &mut Reader, node: &Node, urgency: &str, speed: &str) -> Option<String> {
    let mut tier = Fields::of(reader, node, speed)?;
    let percent = tier.need(reader, "errorBudgetPercent");
    let (short, long) = (duration(reader, &mut tier, "shortWindow"), duration(reader, &mut tier, "longWindow"));
    tier.finish(reader);
    let percent = percent?;
    let share = super::fields::number(&percent.value).filter(|r| *r > Ratio::ZERO);
    if share.is_none() {
        let message = format!("`{}` is not a share of the budget", percent.value);
        reader.wrong(percent.span, message, "a number of percent over 0");
    }
    Some(format!("{urgency} {}% of budget in {} confirmed over {}", share?.expr(), long?, short?))
}

/// A duration that must be there.
pub(super) fn duration(reader: &mut Reader, fields: &mut Fields<'_>, key: &'static str) -> Option<Duration> {
    let text = fields.need(reader, key)?;
    let duration = Duration::parse(&text.value).filter(|d| d.millis() > 0);
    if duration.is_none() {
        let message = format!("`{key}` is a duration, found `{}`", text.value);
        reader.wrong(text.span, message, "whole numbers with `w`, `d`, `h`, `m` or `s`: `1h30m`");
    }
    duration
}
