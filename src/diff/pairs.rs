//! What was and what is: finds for each thing of the old model the one it has become.

use std::collections::{BTreeMap, VecDeque};

use crate::maps::IntoMap;
use crate::model::{Alert, Burn, Level, Meaning, Measure, Model, Origin, Service, SliForm, Slo};

/// Two lists, paired.
#[derive(Debug)]
pub(super) struct Paired<T> {
    /// Those that are in both, in the order of the new list.
    pub(super) both: Vec<(T, T)>,
    /// Those that only the old list has.
    pub(super) gone: Vec<T>,
    /// Those that only the new list has.
    pub(super) added: Vec<T>,
}

/// What makes an old and a new thing the same; `None` when nothing of this kind can.
type Keys<'k, T> = (&'k dyn Fn(&T) -> Option<String>, &'k dyn Fn(&T) -> Option<String>);

/// Pairs things with the same first key, then of the rest those with the same second key, and so on; things with the
/// same key in the order of the lists. So pairing backwards gives the same pairs.
pub(super) fn pair<T: Copy>(mut gone: Vec<T>, new: Vec<T>, keys: &[Keys<'_, T>]) -> Paired<T> {
    let mut partners: Vec<Option<T>> = vec![None; new.len()];
    for (old_key, new_key) in keys {
        let mut free: BTreeMap<String, VecDeque<&mut Option<T>>> = BTreeMap::new();
        for (thing, partner) in new.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            if let Some(key) = new_key(thing) {
                free.entry(key).or_default().push_back(partner);
            }
        }
        gone.retain(|thing| {
            let place = old_key(thing).and_then(|key| free.get_mut(&key)?.pop_front());
            place.map(|place| *place = Some(*thing)).is_none()
        });
    }
    let both = new.iter().zip(&partners).filter_map(|(n, o)| o.map(|o| (o, *n))).collect();
    let added = new.iter().zip(&partners).filter(|(_, o)| o.is_none()).map(|(n, _)| *n).collect();
    Paired { both, gone, added }
}

/// Services by name; renamed ones by all they measure.
pub(super) fn services<'a>(old: &'a Model, new: &'a Model) -> Paired<&'a Service> {
    let name = |s: &&Service| Some(s.name.clone());
    let whole = |s: &&Service| {
        let mut slos: Vec<String> = s.slos.iter().map(measure).collect();
        slos.sort();
        (!slos.is_empty()).then(|| slos.join("\u{1}"))
    };
    pair(old.services.iter().collect(), new.services.iter().collect(), &[(&name, &name), (&whole, &whole)])
}

/// What some alerts belong to: an objective or a written alert.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) service: &'a Service,
    /// Its name within the service.
    pub(super) subject: &'a str,
    pub(super) origin: &'a Origin,
}

/// An objective and the service it belongs to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Located<'a> {
    pub(super) service: &'a Service,
    pub(super) slo: &'a Slo,
}

impl<'a> Located<'a> {
    /// Every objective of a model.
    pub(super) fn all(model: &'a Model) -> Vec<Located<'a>> {
        let of = |service: &'a Service| service.slos.iter().map(move |slo| Located { service, slo });
        model.services.iter().flat_map(of).collect()
    }

    /// As what alerts belong to.
    pub(super) fn at(&self) -> At<'a> {
        At { service: self.service, subject: &self.slo.name, origin: &self.slo.origin }
    }

    /// Its alerts.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &'a Alert> + use<'a> {
        self.service.alerts_of(self.slo)
    }
}

/// Objectives by their name in the same service, which may itself have been renamed; then by what they measure in the
/// same service, split as before or otherwise; then by what they measure anywhere.
pub(super) fn objectives<'a>(old: &'a Model, new: &'a Model, services: &Paired<&Service>) -> Paired<Located<'a>> {
    let become_: BTreeMap<&str, &str> =
        services.both.iter().map(|(o, n)| (o.name.as_str(), n.name.as_str())).into_map();
    // A service that is gone has a name that no service of the new model can have.
    let home = |l: &Located<'_>| become_.get(l.service.name.as_str()).map_or_else(|| "\u{2}".into(), |n| n.to_string());
    let own = |l: &Located<'_>| l.service.name.clone();
    let key = |home: String, what: String| Some(format!("{home}\u{2}{what}"));
    let (old_name, new_name) =
        (|l: &Located<'_>| key(home(l), l.slo.name.clone()), |l: &Located<'_>| key(own(l), l.slo.name.clone()));
    let (old_query, new_query) =
        (|l: &Located<'_>| key(home(l), measure(l.slo)), |l: &Located<'_>| key(own(l), measure(l.slo)));
    let query = |l: &Located<'_>| Some(measure(l.slo));
    let (old_events, new_events) =
        (|l: &Located<'_>| key(home(l), events(l.slo)?), |l: &Located<'_>| key(own(l), events(l.slo)?));
    pair(
        Located::all(old),
        Located::all(new),
        &[(&old_name, &new_name), (&old_query, &new_query), (&old_events, &new_events), (&query, &query)],
    )
}

/// All that an objective measures, as a key.
fn measure(slo: &Slo) -> String {
    match &slo.sli.measure {
        Measure::Events { total, part, good } => format!("{}\0{}\0{good}", total.text, part.text),
        Measure::Ratio(ratio) => ratio.text.clone(),
        Measure::Composite { members, weighted } => {
            let members: Vec<String> = members.iter().map(|(id, weight)| format!("{id}\0{}", weight.expr())).collect();
            format!("{weighted}\0{}", members.join("\0"))
        }
    }
}

/// The events that an objective counts, whatever it is split by; `None` where they are no bare selectors.
fn events(slo: &Slo) -> Option<String> {
    let total = slo.sli.total_selector.as_ref()?;
    let part = match &slo.sli.form {
        SliForm::Histogram { within, .. } => within,
        _ => slo.sli.part_selector.as_ref()?,
    };
    Some(format!("{total}\0{part}"))
}

/// Alerts of one objective: by their tier, then by their long window (the urgency changed), then by their urgency in order
/// (the window changed).
pub(super) fn alerts<'a>(old: &Located<'a>, new: &Located<'a>) -> Paired<&'a Alert> {
    let tier = |a: &&Alert| a.labels.get("slo_tier").cloned();
    let of_burn = |a: &Alert, key: &dyn Fn(&Burn) -> String| a.burn().map(key);
    let long = |a: &&Alert| of_burn(a, &|burn| burn.long.to_string());
    let urgency = |a: &&Alert| of_burn(a, &|_| a.urgency.name().to_string());
    pair(old.alerts().collect(), new.alerts().collect(), &[(&tier, &tier), (&long, &long), (&urgency, &urgency)])
}

/// An alert that was written, with its levels.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    pub(super) service: &'a Service,
    pub(super) name: &'a str,
    pub(super) levels: Vec<(&'a Alert, &'a Level)>,
}

impl<'a> Written<'a> {
    /// Every alert that was written for a service.
    pub(super) fn all(service: &'a Service) -> Vec<Written<'a>> {
        let levels: Vec<(&Alert, &Level)> = service.levels().collect();
        let chunks = levels.chunk_by(|(a, _), (b, _)| a.subject == b.subject);
        let one = |chunk: &[(&'a Alert, &'a Level)]| {
            let (first, _) = chunk.first()?;
            Some(Written { service, name: &first.subject, levels: chunk.to_vec() })
        };
        chunks.filter_map(one).collect()
    }

    /// What is watched.
    pub(super) fn query(&self) -> &'a str {
        self.levels.first().map_or("", |(_, level)| &level.query)
    }
}

/// Written alerts of a service by their names; renamed ones by what they watch.
pub(super) fn written<'b, 'a>(old: &'b [Written<'a>], new: &'b [Written<'a>]) -> Paired<&'b Written<'a>> {
    let name = |w: &&Written<'_>| Some(w.name.to_string());
    let query = |w: &&Written<'_>| Some(w.query().to_string());
    pair(old.iter().collect(), new.iter().collect(), &[(&name, &name), (&query, &query)])
}

/// Levels of a written alert by their severity; those of another severity by their limit.
pub(super) fn levels<'a>(old: &Written<'a>, new: &Written<'a>) -> Paired<&'a Alert> {
    let urgency = |a: &&Alert| Some(a.urgency.name().to_string());
    let limit = |a: &&Alert| match &a.meaning {
        Meaning::Level(level) => Some(format!("{:?} {}", level.limit, a.hold)),
        Meaning::Burn(_) | Meaning::Absence => None,
    };
    let alerts = |w: &Written<'a>| w.levels.iter().map(|(alert, _)| *alert).collect();
    pair(alerts(old), alerts(new), &[(&urgency, &urgency), (&limit, &limit)])
}

/// An alert that is in both, with its services.
pub(super) type Same<'a> = [(&'a Service, &'a Alert); 2];

/// Every alert that is in both, of objectives and written ones, wherever they went.
pub(super) fn all_alerts<'a>(services: &Paired<&'a Service>, slos: &Paired<Located<'a>>) -> Vec<Same<'a>> {
    let mut all = Vec::new();
    for (o, n) in &slos.both {
        all.extend(alerts(o, n).both.into_iter().map(|(a, b)| [(o.service, a), (n.service, b)]));
    }
    for (o, n) in &services.both {
        let (before, now) = (Written::all(o), Written::all(n));
        let both = written(&before, &now).both.into_iter().flat_map(|(a, b)| levels(a, b).both);
        all.extend(both.map(|(a, b)| [(*o, a), (*n, b)]));
    }
    all
}
