//! The page of a service: a row per objective, from "is it kept" down to "who spends the budget".

use super::draft::{heading, latest, lines, panel, scale};
use super::queries::{View, variable};
use super::{HOUR, REFRESH, SIX_HOURS, TAG, alert_words, budget_colours, datasource, digits, folder, overview};
use crate::model::board::{Board, Choice, Hue, Kind, Lines, Link, Panel, Row, Scale, Unit, Variable};
use crate::model::{Alert, Burn, Meaning, Model, Service, Slo, Urgency};
use crate::units::{Duration, Ratio};

/// Rows beyond this many are closed at first, so that a page of many objectives asks little.
const OPEN: usize = 3;

/// How many labels tell culprits apart in one chart.
const DIMENSIONS: usize = 3;

/// The page of a service.
pub(super) fn board(service: &Service, model: &Model) -> Board {
    let rows = service.slos.iter().enumerate().map(|(index, slo)| row(service, slo, index >= OPEN, model));
    Board {
        uid: service.board_uid.clone(),
        title: format!("{} objectives", service.title),
        about: format!("The service-level objectives of {}, their budgets and their alerts.", service.title),
        tags: vec![TAG.into(), service.name.clone()],
        folder: folder(&model.project),
        range: Duration::from_mins(24 * 60),
        refresh: REFRESH,
        variables: std::iter::once(datasource(&model.datasources)).chain(splits(service)).collect(),
        marks: Vec::new(),
        menu: Some(TAG.into()),
        links: vec![Link { title: "All objectives".into(), url: format!("/d/{}", overview(&model.project)) }],
        rows: rows.collect(),
        origin: service.origin.clone(),
    }
}

/// The key of the panel that an objective's alerts lead to.
pub(in crate::lower) fn burn_panel(slo: &str) -> String {
    format!("{slo}/burn")
}

/// A choice for every label that some objective is split by.
fn splits(service: &Service) -> Vec<Variable> {
    let mut labels: Vec<&String> = service.slos.iter().flat_map(|s| &s.by).collect();
    labels.sort();
    labels.dedup();
    let choice = |label: &str| Choice::Values {
        series: format!("slo:current_burn_rate:ratio{{slo_service=\"{}\"}}", service.name),
        of: label.into(),
    };
    labels.into_iter().map(|l| Variable { name: variable(l), label: l.clone(), choice: choice(l) }).collect()
}

fn row(service: &Service, slo: &Slo, collapsed: bool, model: &Model) -> Row {
    let view = View { service, slo };
    let title = format!("{}: {} over {}", slo.name, slo.objective.percent(), slo.period);
    let mut panels = numbers(&view);
    panels.extend(burn_down(&view));
    panels.push(burns(&view));
    panels.push(against_objective(&view));
    panels.extend(traffic(&view));
    panels.push(timeline(&view));
    panels.extend(culprits(&view));
    panels.push(words(&view, model));
    Row { heading: Some(heading(&slo.name, &title, collapsed)), panels }
}

fn key(view: &View<'_>, what: &str) -> String {
    format!("{}/{what}", view.slo.name)
}

/// The numbers of the objective, each in one cell.
fn numbers(view: &View<'_>) -> Vec<Panel> {
    let slo = view.slo;
    let precise = digits(slo.objective);
    let stat = |what: &str, title: &str, about: &str, scale: Scale, expr: String| {
        panel(&key(view, what), title, about, Kind::Stat).scale(scale).query(latest("", expr))
    };
    let kept =
        scale(Unit::Share).digits(precise).colours(Hue::Vermillion, &[(slo.objective, Hue::Blue)]).none("no data");
    let left = scale(Unit::Share).digits(1).colours(Hue::Vermillion, &budget_colours()).none("no data");
    let mut stats = vec![
        stat(
            "left",
            "Budget left",
            "The share of the failures this objective may have in its period that are still to be had. Below zero it is broken.",
            left,
            view.smallest(view.left()),
        ),
        stat(
            "sli",
            &format!("Good, last {}", slo.period),
            "The share of good events over the whole period: good events by all events, not a mean of ratios.",
            kept,
            view.smallest(view.sli(slo.period)),
        ),
        stat(
            "objective",
            "Promised",
            "The objective.",
            scale(Unit::Share).digits(precise - 1).colours(Hue::Text, &[]),
            format!("vector({})", slo.objective.expr()),
        ),
    ];
    if let Some(time) = view.left_as_time() {
        let about =
            format!("The budget left as time of full outage. The whole of it is {}.", slo.budget_time().human());
        stats.push(stat(
            "time",
            "Outage left",
            &about,
            scale(Unit::Seconds).digits(1).colours(Hue::Vermillion, &[(Ratio::ZERO, Hue::Blue)]).none("no data"),
            view.smallest(time),
        ));
    }
    if let Some(events) = view.left_as_events() {
        stats.push(stat(
            "events",
            "Failures left",
            "How many more events may fail, at the traffic of the last period.",
            scale(Unit::Count).digits(1).colours(Hue::Vermillion, &[(Ratio::ZERO, Hue::Blue)]).none("no data"),
            view.smallest(events),
        ));
    }
    let gone = scale(Unit::Seconds).digits(1).colours(Hue::Blue, &[]).none("not burning");
    stats.push(stat(
        "gone",
        "Gone in",
        "When no budget is left if errors go on as over the last six hours.",
        gone,
        view.smallest(view.exhaustion(SIX_HOURS)),
    ));
    stats
}

/// The budget over the period, beside the even pace at which it would last.
fn burn_down(view: &View<'_>) -> Option<Panel> {
    let about = "The budget left at each moment of the period that ends now, had it been whole at its beginning. The dashed line is \
                 the pace at which it lasts just so long.";
    let share = scale(Unit::Share).digits(1).between(0, 1);
    let kind = Kind::Lines(Lines { fill: 10, ..Lines::default() });
    Some(
        panel(&key(view, "burn-down"), "Budget over the period", about, kind)
            .scale(share.none("no data"))
            .over(view.slo.period, step_for(view.slo.period))
            .query(lines(&view.legend("budget left"), view.burn_down()?))
            .query(lines("even pace", view.even_pace()).hue(Hue::Grey).dashed()),
    )
}

/// A step that gives a chart about 300 points, and at least the 5 minutes that the sums are of.
fn step_for(period: Duration) -> Duration {
    Duration::from_secs((period.millis() / 300_000).max(300))
}

/// The tiers of an objective.
fn tiers<'a>(view: &View<'a>) -> Vec<(&'a Alert, &'a Burn)> {
    let alerts = view.service.alerts_of(view.slo);
    alerts.filter_map(|a| if let Meaning::Burn(burn) = &a.meaning { Some((a, burn)) } else { None }).collect()
}

/// Burn rates over the windows of the tiers, against the tiers' own limits.
fn burns(view: &View<'_>) -> Panel {
    let tiers = tiers(view);
    let mut windows: Vec<Duration> = tiers.iter().flat_map(|(_, b)| [b.short, b.long]).chain([HOUR]).collect();
    windows.retain(|w| view.slo.windows.iter().any(|known| known.length == *w));
    windows.sort();
    windows.dedup();
    let hue = |a: &Alert| if a.urgency == Urgency::Page { Hue::Vermillion } else { Hue::Orange };
    let mut limits: Vec<(Ratio, Hue)> = tiers.iter().map(|(a, b)| (b.factor, hue(a))).collect();
    limits.sort_by_key(|(factor, _)| *factor);
    limits.dedup_by_key(|(factor, _)| *factor);
    let about = "How many times faster than allowed the budget goes, over each window. A tier fires when both its windows are over its \
                 limit, which is dashed. At 1× the budget lasts just the period.";
    let name = |w: Duration| if view.slo.by.is_empty() { w.to_string() } else { format!("{w} {}", view.legend("")) };
    panel(
        &burn_panel(&view.slo.name),
        "Burn rates",
        about,
        Kind::Lines(Lines { log: true, limits: true, ..Lines::default() }),
    )
    .scale(scale(Unit::Times).digits(2).from(0).colours(Hue::Text, &limits).none("no traffic"))
    .queries(windows.into_iter().map(|w| lines(&name(w), view.burn(w))))
}

/// Good events over short windows, against the promise.
fn against_objective(view: &View<'_>) -> Panel {
    let about = "The share of good events over the last five minutes and the last hour. The dashed line is the promise; being under it \
                 for a while is what the budget is for.";
    let name = |w: &str| if view.slo.by.is_empty() { w.to_string() } else { format!("{w} {}", view.legend("")) };
    panel(&key(view, "good"), "Good events against the promise", about, Kind::Lines(Lines::default()))
        .scale(scale(Unit::Share).digits(digits(view.slo.objective)).none("no traffic"))
        .query(lines(&name("5m"), view.sli(Duration::from_mins(5))))
        .query(lines(&name("1h"), view.sli(HOUR)))
        .query(lines("promised", format!("vector({})", view.slo.objective.expr())).hue(Hue::Orange).dashed())
}

/// Events per second, the bad ones upon the good ones.
fn traffic(view: &View<'_>) -> Option<Panel> {
    let (good, bad) = view.traffic()?;
    let about = "Events per second over the last five minutes, the bad ones upon the good ones.";
    let kind = Kind::Lines(Lines { stacked: true, fill: 40, ..Lines::default() });
    Some(
        panel(&key(view, "traffic"), "Traffic", about, kind)
            .scale(scale(Unit::PerSecond).digits(2).from(0).none("no traffic"))
            .query(lines("good", good).hue(Hue::Sky))
            .query(lines("bad", bad).hue(Hue::Vermillion)),
    )
}

/// What is firing, and was.
fn timeline(view: &View<'_>) -> Panel {
    let about = "Each alert of this objective over time, from Prometheus's own record of its alerts.";
    let level = |a: &Alert| if a.urgency == Urgency::Page { 3 } else { 2 };
    let alerts: Vec<&Alert> = view.service.alerts_of(view.slo).collect();
    let read = Scale::default()
        .word(0, "fine", Hue::Blue)
        .word(1, "pending", Hue::Yellow)
        .word(2, "ticket", Hue::Orange)
        .word(3, "page", Hue::Vermillion);
    let tier = |a: &Alert| a.labels.get("slo_tier").cloned().unwrap_or_else(|| a.id.clone());
    let timeline = panel(&key(view, "alerts"), "Alerts", about, Kind::State);
    if alerts.is_empty() {
        return timeline.scale(alert_words(Scale::default())).query(lines("no alerts", view.alert_level()));
    }
    timeline.scale(read).queries(alerts.into_iter().map(|a| lines(&tier(a), view.alert_state(a, level(a)))))
}

/// Which labels the bad events have.
fn culprits(view: &View<'_>) -> Option<Panel> {
    let labels: Vec<String> = view.slo.sli.dimensions.iter().take(DIMENSIONS).cloned().collect();
    let bad = view.culprits(&labels).filter(|_| !labels.is_empty())?;
    let legend = labels.iter().map(|l| format!("{{{{{l}}}}}")).collect::<Vec<_>>().join(" ");
    let (expr, read, about) = match view.allowed() {
        Some(allowed) => (
            format!("topk(10, {bad} / scalar({allowed} > 0))"),
            scale(Unit::Share).digits(1),
            "Bad events in the time shown by their labels, as shares of what the budget allows for the traffic of that time. \
             100 % together is the budget's pace.",
        ),
        None => {
            (format!("topk(10, {bad})"), scale(Unit::Count).digits(1), "Bad events in the time shown, by their labels.")
        }
    };
    let read = read.from(0).colours(Hue::Sky, &[]).none("no bad events");
    Some(
        panel(&key(view, "culprits"), "Who spends the budget", about, Kind::Bars)
            .scale(read)
            .query(latest(&legend, expr)),
    )
}

/// The promise in words, the policy in numbers, and where to read on.
fn words(view: &View<'_>, model: &Model) -> Panel {
    let (service, slo) = (view.service, view.slo);
    let about = slo.about.as_deref().map_or(String::new(), |a| format!("{}\n\n", escape(a)));
    let owner = service.owner.as_deref().map_or(String::new(), |o| format!("**{}** answers for it. ", escape(o)));
    let mut text = format!(
        "{about}{owner}From `{}`.\n\n| alert | fires over | burn | budget spent then | full outage found in |\n|---|---|---|---|---|\n",
        slo.origin
    );
    for (alert, burn) in tiers(view) {
        let found = burn.steps.last().and_then(|s| s.detect).map_or("never".to_string(), Duration::human);
        text += &format!(
            "| {} | {} in {} | {}× | {} | {found} |\n",
            runbook(alert, model),
            burn.threshold.percent(),
            burn.long,
            burn.factor.rounded(4),
            burn.share.percent()
        );
    }
    panel(
        &key(view, "about"),
        "About this objective",
        "The promise in words, and when its alerts fire.",
        Kind::Text(text),
    )
}

/// The alert's name as a link to its page, where pages are served.
fn runbook(alert: &Alert, model: &Model) -> String {
    let base = model.project.runbooks.as_ref();
    base.map_or_else(|| alert.id.clone(), |base| format!("[{}]({base}/{})", alert.id, alert.page))
}

/// Somebody's words as Markdown that shows just them.
fn escape(words: &str) -> String {
    let special =
        |c: char| matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' | '$');
    words
        .chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([if c == '\n' { ' ' } else { c }]))
        .collect()
}
