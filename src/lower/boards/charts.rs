//! The charts of one objective: its budget, its burn rates, its traffic, its alerts, and who spends the budget.

use std::collections::BTreeMap;

use super::draft::{column, latest, lines, panel, scale};
use super::queries::View;
use super::{HOUR, SIX_HOURS, alert_words, budget_colours, burn_panel, digits};
use crate::model::board::{Cell, Column, Content, Hue, Kind, Lines, Panel, Query, Scale, Table, Unit};
use crate::model::{Alert, Burn, Urgency};
use crate::units::{Duration, Ratio};

/// How many labels tell culprits apart in one chart.
const DIMENSIONS: usize = 3;

/// The budget over the period, beside the even pace at which it would last; where events are not counted, the budget
/// of the period that ends at each moment; that of the calendar as it was at each moment.
pub(super) fn budget(view: &View<'_>) -> Panel {
    let kind = Kind::Lines(Lines { fill: 10, soft: true, ..Lines::default() });
    let read = scale(Unit::Share).digits(1).between(0, 1).none("no data");
    let period = view.slo.period;
    let Some(burn_down) = view.burn_down() else {
        let query = series(view, "budget left", view.left());
        let left = |about: String| panel(&view.key("budget"), "Budget left", &about, kind).scale(read).query(query);
        let Some(calendar) = &view.slo.calendar else {
            return left(format!("The budget left in the {period} before each moment."));
        };
        let unit = calendar.unit.name();
        let about =
            format!("The budget left at each moment of its {unit}: it is whole at the first moment of each {unit}.");
        return left(about).over(period, step_for(period));
    };
    let about = "The budget left at each moment of the period that ends now, had it been whole at its beginning. The \
                 dashed line is the pace at which it lasts just so long.";
    panel(&view.key("budget"), "Budget over the period", about, kind)
        .scale(read)
        .over(period, step_for(period))
        .query(series(view, "budget left", burn_down))
        .query(lines("even pace", view.even_pace()).hue(Hue::Grey).dashed())
}

/// A series in one colour, or one per split in Grafana's.
fn series(view: &View<'_>, plain: &str, expr: String) -> Query {
    let query = lines(&view.legend(plain), expr);
    if view.slo.by.is_empty() { query.hue(Hue::Sky) } else { query }
}

/// A step that gives a chart about 700 points, and at least the 5 minutes that the sums are of.
fn step_for(period: Duration) -> Duration {
    let second = period.millis() / 720_000;
    Duration::from_secs((second - second % 300).max(300))
}

/// The tiers of an objective.
pub(super) fn tiers<'a>(view: &View<'a>) -> Vec<(&'a Alert, &'a Burn)> {
    let alerts = view.service.alerts_of(view.slo);
    alerts.filter_map(|a| Some((a, a.burn()?))).collect()
}

/// The colours of the tiers' windows, in order: those that limits and alerts do not use.
const PAIRS: [Hue; 4] = [Hue::Sky, Hue::Yellow, Hue::Green, Hue::Purple];

/// Burn rates over the windows of the tiers, against the tiers' own limits.
pub(super) fn burns(view: &View<'_>) -> Panel {
    let worst = if view.slo.by.is_empty() { "" } else { " Of the splits the worst is shown." };
    let about = format!(
        "How many times faster than allowed the budget goes. A tier fires when both of its windows, which have one colour and the \
         short one dashes, are over its limit, the dashed line across. At 1× the budget lasts just the period.{worst}"
    );
    let kind = Kind::Lines(Lines { log: true, limits: true, detailed: true, ..Lines::default() });
    let windows = windows(view).into_iter();
    panel(&burn_panel(&view.slo.name), "Burn rates", &about, kind)
        .scale(scale(Unit::Times).digits(2).from(0).colours(Hue::Text, &limits(view)).none("no traffic"))
        .queries(windows.map(|(window, query)| Query { expr: view.greatest(view.burn(window)), ..query }))
}

/// The windows of the tiers, shortest first, each as its line is drawn: long ones solid, short ones dashed.
fn windows(view: &View<'_>) -> BTreeMap<Duration, Query> {
    let mut windows = BTreeMap::new();
    let line = |window: Duration, hue| lines(&window.to_string(), String::new()).hue(hue);
    let mut hues = PAIRS.into_iter().chain(std::iter::repeat(Hue::Text));
    for (_, burn) in tiers(view) {
        let hue = hues.next().unwrap_or(Hue::Text);
        windows.entry(burn.long).or_insert_with(|| line(burn.long, hue));
        windows.entry(burn.short).or_insert_with(|| line(burn.short, hue).dashed());
    }
    windows.entry(HOUR.min(view.slo.period)).or_insert_with(|| line(HOUR.min(view.slo.period), Hue::Text));
    windows
}

/// The limits of the tiers in the colour of their urgency; the more urgent where two are the same.
fn limits(view: &View<'_>) -> Vec<(Ratio, Hue)> {
    let mut limits: BTreeMap<Ratio, Urgency> = BTreeMap::new();
    for (alert, burn) in tiers(view) {
        let urgency = limits.entry(burn.factor).or_insert(alert.urgency);
        *urgency = alert.urgency.min(*urgency);
    }
    let hue = |urgency| if urgency == Urgency::Page { Hue::Vermillion } else { Hue::Orange };
    limits.into_iter().map(|(factor, urgency)| (factor, hue(urgency))).collect()
}

/// Good events over short windows, against the promise.
pub(super) fn promise(view: &View<'_>) -> Panel {
    let about = "The share of good events over the last five minutes and the last hour. The dashed line is the promise; \
                 being under it for a while is what the budget is for.";
    let kind = Kind::Lines(Lines::default());
    let promised = lines("promised", format!("vector({})", view.slo.objective.expr())).hue(Hue::Text).dashed();
    let mut windows = vec![series(view, "1h", view.sli(HOUR.min(view.slo.period)))];
    if view.slo.by.is_empty() {
        windows.insert(0, lines("5m", view.sli(Duration::from_mins(5))).hue(Hue::Grey));
    }
    panel(&view.key("promise"), "Good events against the promise", about, kind)
        .sized(8, 8)
        .scale(scale(Unit::Share).digits(digits(view.slo.objective)).none("no traffic"))
        .queries(windows)
        .query(promised)
}

/// Events per second, the bad ones upon the good ones.
pub(super) fn traffic(view: &View<'_>) -> Option<Panel> {
    let (good, bad) = view.traffic()?;
    let about = "Events per second over the last five minutes, the bad ones upon the good ones.";
    let kind = Kind::Lines(Lines { stacked: true, fill: 40, ..Lines::default() });
    Some(
        panel(&view.key("traffic"), "Traffic", about, kind)
            .sized(8, 8)
            .scale(scale(Unit::PerSecond).digits(2).from(0).none("no traffic"))
            .query(lines("good", good).hue(Hue::Blue))
            .query(lines("bad", bad).hue(Hue::Vermillion)),
    )
}

/// What is firing, and was.
pub(super) fn timeline(view: &View<'_>) -> Panel {
    let about = "Each alert of this objective over time, from Prometheus's own record of its alerts.";
    let level = |a: &Alert| if a.urgency == Urgency::Page { 3 } else { 2 };
    let alerts: Vec<&Alert> = view.service.alerts_of(view.slo).collect();
    let read = Scale::default()
        .word(0, "fine", Hue::Blue)
        .word(1, "pending", Hue::Yellow)
        .word(2, "ticket", Hue::Orange)
        .word(3, "page", Hue::Vermillion);
    let tier = |a: &Alert| a.labels.get("slo_tier").cloned().unwrap_or_else(|| a.id.clone());
    let timeline = panel(&view.key("alerts"), "Alerts", about, Kind::State).sized(8, 8);
    if alerts.is_empty() {
        return timeline.scale(alert_words(Scale::default())).query(lines("no alerts", view.alert_level()));
    }
    timeline.scale(read).queries(alerts.into_iter().map(|a| lines(&tier(a), view.alert_state(a, level(a)))))
}

/// Which labels the bad events have.
pub(super) fn culprits(view: &View<'_>) -> Option<Panel> {
    let own = view.slo.sli.dimensions.iter().take(DIMENSIONS);
    let labels: Vec<String> = view.slo.by.iter().chain(own).cloned().collect();
    let bad = view.culprits(&labels).filter(|_| !labels.is_empty())?;
    let legend = labels.iter().map(|l| format!("{{{{{l}}}}}")).collect::<Vec<_>>().join(" ");
    let (expr, read, about) = match view.allowed() {
        Some(allowed) => (
            format!("topk(10, {bad} / scalar({allowed} > 0) > 0)"),
            scale(Unit::Share).digits(1),
            "Bad events in the time shown by their labels, as shares of what the budget allows for the traffic of that time. \
             100 % together is the budget's pace.",
        ),
        None => {
            let about = "Bad events in the time shown, by their labels.";
            (format!("topk(10, {bad} > 0)"), scale(Unit::Count).digits(1), about)
        }
    };
    let read = read.from(0).colours(Hue::Sky, &[]).none("no bad events");
    let panel = panel(&view.key("culprits"), "Who spends the budget", about, Kind::Bars);
    Some(panel.scale(read).query(latest(&legend, expr)))
}

/// A line for every split of an objective, the one in the most danger first.
pub(super) fn splits(view: &View<'_>) -> Option<Panel> {
    if view.slo.by.is_empty() {
        return None;
    }
    let slo = view.slo;
    let exprs = [view.left(), view.good(), view.burn(HOUR), view.burn(SIX_HOURS), view.exhaustion(SIX_HOURS)];
    let queries = exprs.iter().enumerate().map(|(index, expr)| latest("", view.row(expr, index == 0)));
    let labels = slo.by.iter().map(|l| column(l, Content::Label(l.clone()), Scale::default()));
    let columns = labels.chain(split_columns(view)).collect();
    let table = Table { key: Some("row".into()), open: false, columns, sort: Some(("Budget left".into(), false)) };
    let about = "Each split of this objective for itself.";
    let title = format!("By {}", slo.by.join(", "));
    Some(panel(&view.key("splits"), &title, about, Kind::Table(table)).sized(24, 6).queries(queries))
}

fn split_columns(view: &View<'_>) -> [Column; 5] {
    let good = scale(Unit::Share).digits(digits(view.slo.objective)).none("no data");
    let good = good.colours(Hue::Vermillion, &[(view.slo.objective, Hue::Sky)]);
    let left = scale(Unit::Share).digits(1).colours(Hue::Vermillion, &budget_colours()).between(0, 1).none("no data");
    let burn =
        || scale(Unit::Times).digits(2).colours(Hue::Blue, &super::burn_colours(limits(view))).none("no traffic");
    let gone = scale(Unit::Seconds).digits(1).none("not burning");
    let value = |title: &str, query, scale| column(title, Content::Value(query), scale);
    [
        value("Budget left", 0, left).cell(Cell::Gauge).wide(300),
        value(&view.good_in(), 1, good).wide(160),
        value("Burn 1h", 2, burn()).cell(Cell::Coloured).wide(110),
        value("Burn 6h", 3, burn()).cell(Cell::Coloured).wide(110),
        value("Gone in", 4, gone).wide(140),
    ]
}
