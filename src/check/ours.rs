//! What is known of the series that our own rules record: queries of specs may read them.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Kind, LabelFacts, Labels, Metric, Rest, Values};
use crate::maps::IntoMap;
use crate::model::series;
use crate::promql::types::{Checker, Expected, Records};
use crate::promql::{self, Dialect};
use crate::resolve::Names;
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// Windows for which every objective has an error ratio, in minutes.
const WINDOWS: [u64; 3] = [5, 60, 360];

/// The series of all objectives of a program, by their names; none without objectives.
pub(super) fn records(names: &Names<'_>) -> Records {
    let services = names.services.values().filter(|s| !s.slos.is_empty());
    let slos = || services.clone().flat_map(|s| s.slos.iter().map(move |slo| (&s.name, slo)));
    let Some(origin) = slos().next().map(|(_, slo)| slo.name.span) else { return Records::new() };
    let all = |f: &dyn Fn(&str, &str) -> String| {
        let values: BTreeSet<String> = slos().map(|(service, slo)| f(&service.node, &slo.name.node)).collect();
        LabelFacts { values, complete: true, ..LabelFacts::default() }
    };
    let identity = [
        (series::SERVICE, all(&|service, _| service.to_string())),
        (series::NAME, all(&|_, slo| slo.to_string())),
        (series::ID, all(&series::id)),
    ];
    let by = slos()
        .flat_map(|(_, slo)| &slo.by)
        .map(|label| (label.node.as_str(), LabelFacts { optional: true, ..LabelFacts::default() }));
    let known = identity.into_iter().chain(by).map(|(name, facts)| (name.to_string(), facts)).into_map();
    let labels = Labels { known, rest: Rest::Closed };
    let mut catalog = Catalog::default();
    for (name, kind, values) in metrics() {
        let rest = if kind == Kind::Info { Rest::Open } else { Rest::Closed };
        let labels = Labels { rest, ..labels.clone() };
        // Each name once: nothing to contradict.
        let _ = catalog.insert(Metric { labels, values, ..Metric::new(name, kind, origin) });
    }
    typed(&catalog, origin)
}

/// Every name with the values it can have.
fn metrics() -> Vec<(String, Kind, Option<Values>)> {
    let share = || Some(Values::Between(Ratio::ZERO, Ratio::ONE));
    let gauge = |name: &str, values| (name.to_string(), Kind::Gauge, values);
    let mut all = vec![
        gauge(series::TOTAL, None),
        gauge(series::ERRORS, None),
        gauge(series::OBJECTIVE, share()),
        gauge(series::BUDGET, share()),
        gauge(series::PERIOD_DAYS, None),
        gauge(series::CURRENT_BURN, None),
        gauge(series::PERIOD_BURN, None),
        gauge(series::REMAINING, None),
        (series::INFO.to_string(), Kind::Info, None),
    ];
    all.extend(WINDOWS.map(|minutes| gauge(&series::ratio(Duration::from_mins(minutes)), share())));
    all
}

/// What a selector of each metric reads.
fn typed(catalog: &Catalog, origin: Span) -> Records {
    let checker = Checker::new(catalog);
    let record = |m: &Metric| {
        let (query, _) = promql::parse(&m.name, origin, Dialect::Rule);
        query.map(|query| (m.name.clone(), checker.check(&query, Expected::Anything).0))
    };
    catalog.iter().filter_map(record).into_map()
}
