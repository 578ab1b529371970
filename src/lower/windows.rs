//! Which windows an objective has ratios for, and what each reads.

use std::collections::BTreeMap;

use super::names;
use crate::check::{Checked, Slo};
use crate::maps::IntoMap;
use crate::model::{Measure, Window, WindowSource};
use crate::units::Duration;

/// Tiers that look back this long at most read raw series: what wakes people sees trouble at once.
const RAW: Duration = Duration::from_mins(60);

/// Windows up to this length read recorded sums at every evaluation; longer ones every five minutes.
pub(super) const FINE: Duration = Duration::from_mins(12 * 60);

/// The length of the recorded sums, and the step in which long windows read them, so that they tile.
pub(super) const BASE: Duration = Duration::from_mins(5);

/// Windows every objective has, whatever its policy: the base, and what dashboards compare.
const ALWAYS: [Duration; 3] = [BASE, Duration::from_mins(60), Duration::from_mins(360)];

/// The windows of each objective, by its id, shortest first.
pub(super) type Windows = BTreeMap<String, Vec<Window>>;

/// Lengths of windows, and whether what wakes people looks at them.
type Lengths = BTreeMap<Duration, bool>;

/// The windows of all objectives: those of their tiers, those all have, their period, and those a composite asks of them.
pub(super) fn all(checked: &Checked) -> Windows {
    let slos = || checked.services.iter().flat_map(|s| s.slos.iter().map(|slo| (names::id(&s.name, &slo.name), slo)));
    let mut lengths: BTreeMap<String, Lengths> = slos().map(|(id, slo)| (id, own(slo))).into_map();
    for (_, slo) in slos() {
        let Measure::Composite { members, .. } = &slo.sli.measure else { continue };
        for (member, _) in members {
            add(lengths.entry(member.clone()).or_default(), own(slo));
        }
    }
    let every = checked.project.every;
    let windows = |id: &str, slo: &Slo| {
        lengths.get(id).into_iter().flatten().map(|(length, at_once)| window(*length, *at_once, slo, every)).collect()
    };
    slos().map(|(id, slo)| (id.clone(), windows(&id, slo))).into_map()
}

/// The windows an objective needs for itself. A window that confirms one of sums need not be faster than that is.
fn own(slo: &Slo) -> Lengths {
    let tiers = slo.tiers.iter().flat_map(|t| [t.burn.short, t.burn.long].map(|w| (w, t.burn.long <= RAW)));
    let shared = ALWAYS.into_iter().chain([slo.period]).map(|w| (w, false));
    let mut lengths = Lengths::from([(slo.period, false)]);
    add(&mut lengths, tiers.chain(shared).filter(|(w, _)| *w < slo.period));
    lengths
}

fn add(lengths: &mut Lengths, more: impl IntoIterator<Item = (Duration, bool)>) {
    more.into_iter().for_each(|(length, at_once)| *lengths.entry(length).or_default() |= at_once);
}

fn window(length: Duration, at_once: bool, slo: &Slo, every: Duration) -> Window {
    let source = match (&slo.sli.measure, length) {
        (Measure::Composite { .. }, _) => WindowSource::Members,
        (Measure::Ratio(_), _) | (_, BASE) => WindowSource::Raw,
        _ if at_once && !slo.sli.sums_only() => WindowSource::Raw,
        (_, middle) if middle <= FINE => WindowSource::Sums(every),
        _ => WindowSource::Sums(BASE),
    };
    Window { length, source }
}
