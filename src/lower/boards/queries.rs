//! The PromQL of the dashboards. Charts read recorded series; only the culprits are sought in the raw ones.

use crate::lower::{calendar, names};
use crate::model::{Alert, Measure, Service, Slo};
use crate::units::Duration;

/// One objective as the dashboard of its service asks about it.
pub(super) struct View<'a> {
    pub(super) service: &'a Service,
    pub(super) slo: &'a Slo,
}

impl View<'_> {
    /// `{slo_id="checkout.availability",region=~"$region"}`.
    fn selector(&self) -> String {
        let by = self.slo.by.iter().map(|label| format!(",{label}=~\"${}\"", variable(label)));
        format!("{{slo_id=\"{}\"{}}}", self.slo.id, by.collect::<String>())
    }

    fn series(&self, metric: &str) -> String {
        format!("{metric}{}", self.selector())
    }

    /// Of the splits of an objective the one with the smallest value; the value itself where there are none.
    pub(super) fn smallest(&self, expr: String) -> String {
        if self.slo.by.is_empty() { expr } else { format!("min({expr})") }
    }

    /// As [`View::smallest`], for the greatest value.
    pub(super) fn greatest(&self, expr: String) -> String {
        if self.slo.by.is_empty() { expr } else { format!("max({expr})") }
    }

    /// The key of a panel: `availability/burn`.
    pub(super) fn key(&self, what: &str) -> String {
        format!("{}/{what}", self.slo.name)
    }

    /// One line of a table per split: with the label `row`, which names it, and with its own labels where asked for.
    pub(super) fn row(&self, expr: &str, labelled: bool) -> String {
        let quoted: Vec<String> = self.slo.by.iter().map(|label| format!("\"{label}\"")).collect();
        let own = if labelled { format!(", {}", self.slo.by.join(", ")) } else { String::new() };
        format!("max by (row{own}) (label_join({expr}, \"row\", \" \", {}))", quoted.join(", "))
    }

    /// What the series of a chart are called: the labels that tell them apart, or a plain name.
    pub(super) fn legend(&self, plain: &str) -> String {
        if self.slo.by.is_empty() {
            return plain.to_string();
        }
        self.slo.by.iter().map(|label| format!("{{{{{label}}}}}")).collect::<Vec<_>>().join(" ")
    }

    /// The share of the period's budget that is left; negative when overspent.
    pub(super) fn left(&self) -> String {
        self.series(names::REMAINING)
    }

    /// The share of good events over a window.
    pub(super) fn sli(&self, window: Duration) -> String {
        format!("1 - {}", self.series(&names::ratio(window)))
    }

    /// The share of good events over the period.
    pub(super) fn good(&self) -> String {
        match self.slo.calendar {
            None => self.sli(self.slo.period),
            Some(_) => format!("1 - {}", self.series(names::CALENDAR_RATIO)),
        }
    }

    /// What people call that.
    pub(super) fn good_in(&self) -> String {
        match &self.slo.calendar {
            None => format!("Good, last {}", self.slo.period),
            Some(calendar) => format!("Good, this {}", calendar.unit.name()),
        }
    }

    /// How many times faster than allowed the budget goes, measured over a window.
    pub(super) fn burn(&self, window: Duration) -> String {
        format!("{} / {}", self.series(&names::ratio(window)), self.slo.budget.expr())
    }

    /// The budget that is left as time without any service, in seconds.
    pub(super) fn left_as_time(&self) -> Option<String> {
        let budget = self.slo.period.seconds().times(self.slo.budget)?;
        Some(format!("{} * {}", self.left(), budget.expr()))
    }

    /// How many more events may fail: b · total(P) − errors(P), which is the budget left of b · total(P).
    pub(super) fn left_as_events(&self) -> Option<String> {
        self.counts()?;
        if let Some(calendar) = &self.slo.calendar {
            let total = calendar::since(&self.series(names::CALENDAR_TOTAL), calendar);
            return Some(format!("{} * {} * {total}", self.left(), self.slo.budget.expr()));
        }
        let (total, errors) = (self.over_period(names::TOTAL, ""), self.over_period(names::ERRORS, ""));
        Some(format!("{} * {total} - {errors}", self.slo.budget.expr()))
    }

    /// Seconds until no budget is left if it goes on as over the given window: remaining · P / burn.
    pub(super) fn exhaustion(&self, window: Duration) -> String {
        let period = self.slo.period.seconds().expr();
        format!("clamp_min({}, 0) * {period} / ({} > 0)", self.left(), self.burn(window))
    }

    /// The sum of a recorded count over the period, in steps that tile, up to a moment.
    fn over_period(&self, metric: &str, moment: &str) -> String {
        format!("sum_over_time({}[{}:5m]{moment})", self.series(metric), self.slo.period)
    }

    /// The budget left at each moment of the period that ends at the right edge of the chart, had it been whole at
    /// its beginning; that of the calendar is recorded as it was. The last point is the budget left now: errors since the
    /// beginning over b · total(P).
    pub(super) fn burn_down(&self) -> Option<String> {
        self.counts().filter(|()| self.slo.calendar.is_none())?;
        let period = self.slo.period;
        let errors = self.series(names::ERRORS);
        let since = format!("(time() > bool {NOW} - {})", period.seconds().expr());
        let spent = format!("sum_over_time(({errors} * {since})[{period}:5m])");
        let allowed = format!("({} * {})", self.slo.budget.expr(), self.over_period(names::TOTAL, " @ end()"));
        Some(format!("1 - {spent} / ({allowed} > 0)"))
    }

    /// The straight way from the whole budget at the beginning of the period to none at its end.
    pub(super) fn even_pace(&self) -> String {
        format!("({NOW} - time()) / {}", self.slo.period.seconds().expr())
    }

    /// Good and bad events per second.
    pub(super) fn traffic(&self) -> Option<(String, String)> {
        self.counts()?;
        let (total, errors) = (self.series(names::TOTAL), self.series(names::ERRORS));
        Some((format!("sum({total} - {errors}) / 300"), format!("sum({errors}) / 300")))
    }

    /// Whether events are counted: `None` for a ratio that cannot be split.
    pub(super) fn counts(&self) -> Option<()> {
        matches!(self.slo.sli.measure, Measure::Events { .. }).then_some(())
    }

    /// Bad events over the time shown, by the given labels of the raw series; `None` when their selectors are not known.
    pub(super) fn culprits(&self, labels: &[String]) -> Option<String> {
        let Measure::Events { good, .. } = self.slo.sli.measure else { return None };
        let by = labels.join(", ");
        let count = |selector: &str| format!("sum by ({by}) (increase({selector}[$__range]))");
        let part = count(self.slo.sli.part_selector.as_deref()?);
        if !good {
            return Some(part);
        }
        let total = count(self.slo.sli.total_selector.as_deref()?);
        Some(format!("({total} - ({part} or {total} * 0))"))
    }

    /// How many bad events the budget allows for the traffic of the time shown.
    pub(super) fn allowed(&self) -> Option<String> {
        let total = self.slo.sli.total_selector.as_deref()?;
        Some(format!("{} * sum(increase({total}[$__range]))", self.slo.budget.expr()))
    }

    /// 0 all is well, 1 a ticket is open, 2 somebody is paged.
    pub(super) fn alert_level(&self) -> String {
        let firing = |severity| {
            format!("max(ALERTS{{slo_id=\"{}\",alertstate=\"firing\",severity=\"{severity}\"}})", self.slo.id)
        };
        format!("{} * 2 or {} or vector(0)", firing("page"), firing("ticket"))
    }

    /// 0 all is well, 1 the alert's condition holds but not yet for long enough, then `level` while it fires.
    pub(super) fn alert_state(&self, alert: &Alert, level: u32) -> String {
        let tier = alert.labels.get("slo_tier").map(|tier| format!(",slo_tier=\"{tier}\"")).unwrap_or_default();
        let of = |state| {
            format!(
                "max(ALERTS{{alertname=\"{}\",slo_id=\"{}\"{tier},alertstate=\"{state}\"}})",
                alert.name, self.slo.id
            )
        };
        format!("{} * {level} or {} or vector(0)", of("firing"), of("pending"))
    }
}

/// The right edge of a chart, in seconds.
const NOW: &str = "scalar(last_over_time(vector(time())[1s:1s] @ end()))";

/// The dashboard variable of a label; `datasource` is taken.
pub(super) fn variable(label: &str) -> String {
    if label == "datasource" { "by_datasource".into() } else { label.into() }
}

/// All objectives of the chosen services, as the overview asks about them. Every result has the one label `row`,
/// which names an objective and its split.
pub(super) struct All<'a> {
    /// Labels that some objective is split by.
    pub(super) by: &'a [String],
}

/// Of the services chosen above the panels.
const CHOSEN: &str = "{slo_service=~\"$service\"}";

impl All<'_> {
    /// `row="checkout.availability eu"`.
    fn row(&self, expr: &str) -> String {
        format!("max by (row) ({})", self.joined(expr, "row", "\"slo_id\""))
    }

    /// A label made of a first one and the labels that objectives are split by.
    fn joined(&self, expr: &str, label: &str, first: &str) -> String {
        let by = self.by.iter().map(|label| format!("\"{label}\""));
        let sources: Vec<String> = Some(first.to_string()).filter(|f| !f.is_empty()).into_iter().chain(by).collect();
        format!("label_join({expr}, \"{label}\", \" \", {})", sources.join(", "))
    }

    /// 1 for each, with the labels a table shows: `row`, `service`, `slo`, `split`, `owner`, and the uid of its `board`.
    pub(super) fn labelled(&self, services: &[&Service]) -> String {
        let info = format!("max by (slo_service, slo_name, slo_id, owner) ({}{CHOSEN})", names::INFO);
        let mut expr = self.joined(&each("owner", &info), "row", "\"slo_id\"");
        if !self.by.is_empty() {
            expr = self.joined(&expr, "split", "");
        }
        for (label, source) in [("service", "slo_service"), ("slo", "slo_name")] {
            expr = format!("label_join({expr}, \"{label}\", \"\", \"{source}\")");
        }
        for Service { board_uid, name, .. } in services {
            expr = format!("label_replace({expr}, \"board\", \"{board_uid}\", \"slo_service\", \"{name}\")");
        }
        format!("max by (row, service, slo, split, owner, board) ({expr})")
    }

    /// The promised share of good events.
    pub(super) fn objective(&self) -> String {
        let objective = format!("max by (slo_service, slo_name, slo_id) ({}{CHOSEN})", names::OBJECTIVE);
        self.row(&format!("({})", each("", &objective)))
    }

    /// The share of the budget that is left.
    pub(super) fn left(&self) -> String {
        self.row(&left())
    }

    /// The share of good events over each objective's own period: 1 − (1 − left) · b.
    pub(super) fn sli(&self) -> String {
        self.row(&format!("(1 - (1 - {}) * {})", left(), known(names::BUDGET)))
    }

    /// Burn rate over a window.
    pub(super) fn burn(&self, window: Duration) -> String {
        self.row(&format!("({})", burn(window)))
    }

    /// 0 all is well, 1 a ticket is open, 2 somebody is paged.
    pub(super) fn alert_level(&self) -> String {
        let firing = |severity| {
            self.row(&format!("ALERTS{{slo_service=~\"$service\",alertstate=\"firing\",severity=\"{severity}\"}}"))
        };
        // An alert about all splits at once, such as that of absence, has no row of its own.
        let rows = format!("{} * 0", self.left());
        format!("{} * 2 and {rows} or {} and {rows} or {rows}", firing("page"), firing("ticket"))
    }

    /// Seconds until no budget is left if it goes on as over the given window.
    pub(super) fn exhaustion(&self, window: Duration) -> String {
        let days = known(names::PERIOD_DAYS);
        self.row(&format!("(clamp_min({}, 0) * 86400 * {days} / ({} > 0))", left(), burn(window)))
    }
}

/// The budget left, of every split of every objective.
fn left() -> String {
    format!("{}{CHOSEN}", names::REMAINING)
}

/// A fact of each objective as the right side of a product with its splits.
fn known(metric: &str) -> String {
    format!("on (slo_id) group_left () max by (slo_id) ({metric}{CHOSEN})")
}

/// A fact for every split of every objective, also of those without data.
fn each(labels: &str, fact: &str) -> String {
    format!("{} * 0 + on (slo_id) group_left ({labels}) {fact} or on (slo_id) {fact}", left())
}

fn burn(window: Duration) -> String {
    format!("{}{CHOSEN} / {}", names::ratio(window), known(names::BUDGET))
}

/// The objectives whose budget goes fastest, by `slo_id` and split.
pub(super) fn fastest(count: usize, window: Duration) -> String {
    format!("topk({count}, {})", burn(window))
}

/// How many objectives there are.
pub(super) fn objectives() -> String {
    format!("count(max by (slo_id) ({}{CHOSEN})) or vector(0)", names::OBJECTIVE)
}

/// How many objectives have a budget left that compares so; of a split objective the worst counts.
pub(super) fn with_budget(compare: &str) -> String {
    format!("count(min by (slo_id) ({}) {compare}) or vector(0)", left())
}

/// How many alerts of a severity are firing.
pub(super) fn firing(severity: &str) -> String {
    format!("count(ALERTS{{slo_service=~\"$service\",alertstate=\"firing\",severity=\"{severity}\"}}) or vector(0)")
}

/// The pages of a service that are firing.
pub(super) fn paged(service: &str) -> String {
    format!("ALERTS{{slo_service=\"{service}\",alertstate=\"firing\",severity=\"page\"}}")
}

/// For every objective: 0 all is well, 1 a ticket is open, 2 somebody is paged.
pub(super) fn alert_levels() -> String {
    let firing = |severity| {
        format!(
            "max by (slo_id, slo_service) (ALERTS{{slo_service=~\"$service\",alertstate=\"firing\",severity=\"{severity}\"}})"
        )
    };
    format!(
        "{} * 2 or {} or max by (slo_id, slo_service) ({}{CHOSEN}) * 0",
        firing("page"),
        firing("ticket"),
        names::OBJECTIVE
    )
}
