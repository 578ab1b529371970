//! What is measured: another query, another bound, other times that do not count.

use super::pairs::Located;
use super::{Change, Class, Fact, Words};
use crate::model::{Kept, Measure, Sli, SliForm};
use crate::units::Ratio;

/// A part of an indicator: the language's word, what stands behind it, and whether that is a query.
type Part = (&'static str, String, bool);

/// What is different in what one objective measures.
pub(super) fn changes(old: &Located<'_>, new: &Located<'_>) -> Vec<Change> {
    [measured(old, new), excluded(old, new), silence(old, new)].into_iter().flatten().collect()
}

fn change(class: Class, old: &Located<'_>, new: &Located<'_>, what: &str) -> Change {
    let what = Words::default().code(&*new.slo.name).text(what);
    Change::new(class, &new.service.name, what, Some(&old.slo.origin), Some(&new.slo.origin))
}

/// The queries.
fn measured(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (&old.slo.sli, &new.slo.sli);
    if o.measure == n.measure && o.form == n.form {
        return None;
    }
    let (before, now) = (queries(o), queries(n));
    let (class, what) = match (bounds(o, n), good(o, n)) {
        (Some((before, now)), _) if before < now => (Class::Loosened, ": a slower answer is good enough"),
        (Some(_), _) => (Class::Tightened, ": only a faster answer is good enough"),
        (_, Some(Good::More)) => (Class::Loosened, ": more values are good enough"),
        (_, Some(Good::Fewer)) => (Class::Tightened, ": fewer values are good enough"),
        _ => (Class::Query, ": something else is measured"),
    };
    let change = change(class, old, new, what).facts(facts(&before, &now)).notes(mixture(old, new));
    if !change.facts.is_empty() {
        return Some(change);
    }
    // The words are the same: what the catalog says of the metric is not, unless it is only split otherwise.
    let whole = |sli: &Sli| format!("{:?}", sli.measure);
    let generated = |sli: &Sli| texts(&sli.measure).unwrap_or_else(|| whole(sli));
    (old.slo.by == new.slo.by).then(|| change.fact("generated query", generated(o), generated(n)))
}

/// Parts under the same name that differ, and those that only one side has.
fn facts(old: &[Part], new: &[Part]) -> Vec<Fact> {
    let find = |list: &[Part], name: &str| list.iter().find(|part| part.0 == name).map(|part| part.1.clone());
    let names = old.iter().chain(new.iter().filter(|part| find(old, part.0).is_none()));
    let fact =
        |(name, _, is_query): &Part| Fact { is_query: *is_query, ..Fact::new(*name, find(old, name), find(new, name)) };
    names.map(fact).filter(|fact| fact.old != fact.new).collect()
}

/// The queries as they are generated; `None` when they are those of other objectives.
fn texts(measure: &Measure) -> Option<String> {
    match measure {
        Measure::Events { total, part, .. } => Some(format!("{}\n/\n{}", part.text, total.text)),
        Measure::Ratio(ratio) => Some(ratio.text.clone()),
        Measure::Composite { .. } => None,
    }
}

/// The bounds of two histograms that differ in nothing else.
fn bounds(old: &Sli, new: &Sli) -> Option<(Ratio, Ratio)> {
    let (SliForm::Histogram { metric: a, bound: before, .. }, SliForm::Histogram { metric: b, bound: now, .. }) =
        (&old.form, &new.form)
    else {
        return None;
    };
    let selects = |sli: &Sli| sli.total_selector.clone();
    (a == b && before != now && selects(old) == selects(new)).then_some((*before, *now))
}

/// How many values are good, compared with before.
enum Good {
    More,
    Fewer,
}

/// What another bound means for slices of the same value; `None` when it is neither wider nor narrower.
fn good(old: &Sli, new: &Sli) -> Option<Good> {
    let (SliForm::Slices { value: a, good: before, each: s, .. }, SliForm::Slices { value: b, good: now, each: t, .. }) =
        (&old.form, &new.form)
    else {
        return None;
    };
    let wider = |wide: &Kept, narrow: &Kept| match (wide, narrow) {
        (Kept::Below(w), Kept::Below(n)) => w > n,
        (Kept::Above(w), Kept::Above(n)) => w < n,
        (Kept::Between(wl, wh), Kept::Between(nl, nh)) => wl <= nl && wh >= nh,
        _ => false,
    };
    match () {
        () if a != b || s != t || before == now => None,
        () if wider(now, before) => Some(Good::More),
        () => wider(before, now).then_some(Good::Fewer),
    }
}

/// The parts of an indicator under the words of the language.
pub(super) fn queries(sli: &Sli) -> Vec<Part> {
    match &sli.form {
        SliForm::Histogram { metric, within, native, .. } => {
            let kind = if *native { "native" } else { "buckets" };
            let selector = sli.total_selector.clone().unwrap_or_else(|| metric.clone());
            return vec![
                ("histogram", selector, true),
                ("kind", kind.into(), false),
                ("within", within.clone(), false),
            ];
        }
        SliForm::Up { query } => return vec![("up", query.clone(), true)],
        SliForm::Slices { value, bound, each, .. } => {
            return vec![("value", value.clone(), true), ("good", format!("{bound} each {each}"), false)];
        }
        SliForm::Events | SliForm::Ratio | SliForm::Composite => {}
    }
    match &sli.measure {
        Measure::Events { total, part, good } => {
            let part_text = sli.part_selector.clone().unwrap_or_else(|| part.text.clone());
            let total_text = sli.total_selector.clone().unwrap_or_else(|| total.text.clone());
            vec![(if *good { "good" } else { "errors" }, part_text, true), ("total", total_text, true)]
        }
        Measure::Ratio(ratio) => vec![("ratio", ratio.text.clone(), true)],
        Measure::Composite { members, weighted } => {
            let one = |(id, weight): &(String, Ratio)| {
                if *weighted { format!("{id} {}", weight.expr()) } else { id.clone() }
            };
            let list = members.iter().map(one).collect::<Vec<_>>().join(", ");
            vec![(if *weighted { "weighted" } else { "all of" }, list, false)]
        }
    }
}

/// What recorded sums hold after the queries behind them have changed.
fn mixture(old: &Located<'_>, new: &Located<'_>) -> Option<Words> {
    let same_series = old.slo.id == new.slo.id && old.slo.by == new.slo.by;
    let sums = |at: &Located<'_>| matches!(at.slo.sli.measure, Measure::Events { .. });
    (same_series && sums(old) && sums(new)).then(|| {
        Words::new("Recorded sums keep what the old query counted: for ")
            .code(new.slo.a_period())
            .text(" after the deployment the budget mixes both")
    })
}

/// Times that do not count.
fn excluded(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (&old.slo.sli.exclude, &new.slo.sli.exclude);
    let (class, what) = match (o, n) {
        (o, n) if o == n => return None,
        (None, _) => (Class::Loosened, ": some times do not count any more"),
        (_, None) => (Class::Tightened, ": all times count again"),
        _ => (Class::Query, ": other times do not count"),
    };
    Some(change(class, old, new, what).maybe_fact("exclude when", o.clone(), n.clone()))
}

/// What five minutes without traffic are.
fn silence(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (old.slo.sli.silence_is_bad, new.slo.sli.silence_is_bad);
    let class = if n { Class::Tightened } else { Class::Loosened };
    let word = |bad| if bad { "one bad event" } else { "nothing" };
    let change = || {
        change(class, old, new, ": silence counts otherwise").fact(
            "five minutes without traffic count as",
            word(o),
            word(n),
        )
    };
    (o != n).then(change)
}
