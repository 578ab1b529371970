//! Which ruler evaluates which groups: those that read each other stay together, and each ruler reads about as many samples in an
//! hour as the next. Whoever adds a ruler moves no more groups than that one gets.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::catalog::Catalog;
use crate::cost::{self, Grounds, Load};
use crate::maps::IntoMap;
use crate::model::{Carried, Labels, Model, Service, series};
use crate::promql::Read;

/// Groups that stay together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unit {
    /// Of its name: the same as long as that is.
    pub hash: u64,
    /// The samples its evaluation reads in an hour.
    pub cost: u64,
    /// How many groups it is.
    pub groups: usize,
}

/// Spreads the groups of a model over the rulers its project has, if these are several.
pub(super) fn place(model: &mut Model, catalog: &Catalog) {
    let Some(shards) = model.project.outputs.shards else { return };
    let loads = cost::groups(model, Grounds { series: cost::VALUES, catalog });
    let keys = keys(model);
    let leaders = Kinship::of(model, &keys, &loads).leaders;
    let mut units: BTreeMap<&str, Unit> = BTreeMap::new();
    for (key, load) in keys.iter().zip(&loads) {
        let name = leader(&leaders, key);
        let unit = units.entry(name).or_insert_with(|| Unit { hash: hash(name), cost: 0, groups: 0 });
        unit.cost = unit.cost.saturating_add(load.hourly);
        unit.groups += 1;
    }
    let all: Vec<Unit> = units.values().copied().collect();
    let at: BTreeMap<&str, u32> = units.keys().copied().zip(spread(&all, shards)).collect();
    let mut places = keys.iter().map(|key| at.get(leader(&leaders, key)).copied());
    for service in &mut model.services {
        service.groups.iter_mut().zip(&mut places).for_each(|(group, place)| group.shard = place);
        service.carried.iter_mut().zip(&mut places).for_each(|(group, place)| group.shard = place);
    }
}

/// What each group has in common with those that are about the same, in the order they are printed: `checkout.availability` for
/// the short windows and the long ones.
fn keys(model: &Model) -> Vec<String> {
    let own = |name: &str| name.rsplit_once(':').map_or(name, |(lead, _)| lead).to_string();
    let carried = |service: &Service, group: &Carried| match &group.of {
        Some(promise) => format!("{}.{}", service.name, promise.name),
        None => format!("{}\0{}", service.name, group.name),
    };
    let of = |s| -> Vec<String> {
        let s: &Service = s;
        s.groups.iter().map(|g| own(&g.name)).chain(s.carried.iter().map(|g| carried(s, g))).collect()
    };
    model.services.iter().flat_map(of).collect()
}

/// The labels that a recording rule sets, and what it stays with.
type Made<'a> = (&'a Labels, &'a str);

/// Who stays with whom.
#[derive(Default)]
struct Kinship<'a> {
    /// What is recorded, by metric and objective; what says of none under `None`.
    made: BTreeMap<&'a str, BTreeMap<Option<&'a str>, Vec<Made<'a>>>>,
    /// Who leads whom.
    leaders: BTreeMap<String, String>,
}

impl<'a> Kinship<'a> {
    fn of(model: &'a Model, keys: &'a [String], loads: &[Load]) -> Kinship<'a> {
        let mut all = Kinship::default();
        let mut at = keys.iter();
        for service in &model.services {
            let identity: BTreeMap<&str, &Labels> = service.slos.iter().map(|slo| (&*slo.id, &slo.identity)).into_map();
            for (group, key) in service.groups.iter().zip(&mut at) {
                for record in &group.records {
                    // The rest of their labels is that of what they read.
                    let kept = record.of.first().and_then(|id| identity.get(id.as_str())).filter(|_| record.carried);
                    all.makes(&record.metric, kept.copied().unwrap_or(&record.labels), key);
                }
            }
            for (group, key) in service.carried.iter().zip(&mut at) {
                group.rules.iter().filter(|r| !r.is_alert).for_each(|r| all.makes(&r.name, &r.labels, key));
            }
        }
        for (key, load) in keys.iter().zip(loads) {
            load.reads.iter().for_each(|read| all.reads(key, read));
        }
        all
    }

    fn makes(&mut self, metric: &'a str, labels: &'a Labels, key: &'a str) {
        let id = series::IDS.iter().find_map(|id| labels.get(id)).map(String::as_str);
        self.made.entry(metric).or_default().entry(id).or_default().push((labels, key));
    }

    /// A group stays with what it reads: a composite with its members, an alert with its objective. What reads a series of all
    /// objectives stays where it is, of which `check` tells.
    fn reads(&mut self, key: &str, read: &Read) {
        let Some((metric, made)) = read.metric().and_then(|m| Some((m, self.made.get(m)?))) else { return };
        let ours = series::is_ours(metric);
        if ours && made.len() > 1 && !read.chooses(&series::IDENTITY) {
            return;
        }
        let certain: &[&str] = if ours { &series::IDENTITY } else { &[] };
        let id = series::IDS.iter().find_map(|id| read.value(id));
        // Many objectives have a series of this name, and most reads are about one of them.
        let near: Vec<&Made<'_>> = match id {
            Some(_) => [id, None].into_iter().filter_map(|of| made.get(&of)).flatten().collect(),
            None => made.values().flatten().collect(),
        };
        let others: Vec<&str> = near
            .into_iter()
            .filter(|(labels, _)| read.may_be(metric, |name| labels.get(name), certain))
            .map(|(_, key)| *key)
            .collect();
        others.into_iter().for_each(|other| self.join(key, other));
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (leader(&self.leaders, a), leader(&self.leaders, b));
        if a != b {
            let (first, second) = (a.min(b).to_string(), a.max(b).to_string());
            self.leaders.insert(second, first);
        }
    }
}

/// The first of those that stay together.
fn leader<'a>(leaders: &'a BTreeMap<String, String>, key: &'a str) -> &'a str {
    let mut at = key;
    while let Some(next) = leaders.get(at) {
        at = next;
    }
    at
}

fn hash(name: &str) -> u64 {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// The shard of each unit: as if there had been one shard, then two, and so on. Each new one takes from those that have more
/// than their part, in an order of its own, until it has its part of the load or of the groups.
pub fn spread(units: &[Unit], shards: u32) -> Vec<u32> {
    let mut at = vec![0; units.len()];
    (1..shards).for_each(|new| join(units, &mut at, new));
    at
}

fn join(units: &[Unit], at: &mut [u32], new: u32) {
    let mut move_in = MoveIn::new(units, at, u64::from(new) + 1);
    // Small ones fit in between large ones, and not the other way round.
    let large = move_in.cost / 8;
    let turn = |(i, u): (usize, &Unit)| (u.cost < large, mixed(u.hash, new), i);
    let mut order: Vec<(bool, u64, usize)> = units.iter().enumerate().map(turn).collect();
    order.sort_unstable();
    let (mut taken, rest): (Vec<usize>, Vec<usize>) =
        order.into_iter().map(|(.., i)| i).partition(|i| move_in.take(*i));
    // Where the groups were used up before the load was: dearer ones in place of the cheapest.
    taken.sort_by_key(|i| units[*i].cost);
    let mut cheapest = 0;
    for other in rest {
        let Some(own) = taken.get_mut(cheapest) else { break };
        if move_in.exchange(*own, other) {
            *own = other;
            cheapest += 1;
        }
    }
    taken.into_iter().for_each(|i| at[i] = new);
}

/// What a new shard may take yet.
struct MoveIn<'a> {
    units: &'a [Unit],
    at: &'a [u32],
    /// What each of the others has beyond its part.
    surplus: Vec<u64>,
    /// What is left of the new one's part.
    cost: u64,
    /// How many groups may move yet.
    groups: usize,
}

impl<'a> MoveIn<'a> {
    fn new(units: &'a [Unit], at: &'a [u32], count: u64) -> MoveIn<'a> {
        let mut loads = vec![0_u64; count as usize - 1];
        units.iter().zip(at).for_each(|(unit, shard)| loads[*shard as usize] += unit.cost);
        let part = loads.iter().sum::<u64>() / count;
        let surplus = loads.into_iter().map(|load| load.saturating_sub(part)).collect();
        let groups = units.iter().map(|u| u.groups).sum::<usize>() / count as usize;
        MoveIn { units, at, surplus, cost: part, groups }
    }

    /// Takes a unit if it may.
    fn take(&mut self, index: usize) -> bool {
        let (unit, from) = (self.units[index], self.at[index] as usize);
        let may = unit.cost <= self.surplus[from] && unit.cost <= self.cost && unit.groups <= self.groups;
        if may {
            self.surplus[from] -= unit.cost;
            (self.cost, self.groups) = (self.cost - unit.cost, self.groups - unit.groups);
        }
        may
    }

    /// Gives a unit back.
    fn give(&mut self, index: usize) {
        let unit = self.units[index];
        self.surplus[self.at[index] as usize] += unit.cost;
        (self.cost, self.groups) = (self.cost + unit.cost, self.groups + unit.groups);
    }

    /// Takes a unit in place of a cheaper one, if it may.
    fn exchange(&mut self, own: usize, other: usize) -> bool {
        if self.units[other].cost <= self.units[own].cost {
            return false;
        }
        self.give(own);
        let taken = self.take(other);
        // What was taken before fits again.
        taken || !self.take(own)
    }
}

/// The hash of a unit for one shard: splitmix64's finish.
fn mixed(hash: u64, shard: u32) -> u64 {
    let mut z = hash ^ u64::from(shard).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Objectives as they are: two groups each; most cost about the same, a few a hundred times as much.
    fn objectives(count: u64) -> Vec<Unit> {
        let cost = |n: u64| {
            let often = 1 + mixed(n, 2) % 1000;
            4_000_000 + 400_000_000 / (often * often)
        };
        (0..count).map(|n| Unit { hash: mixed(n, 1), cost: cost(n), groups: 2 }).collect()
    }

    fn loads(units: &[Unit], at: &[u32], shards: u32) -> Vec<u64> {
        let mut loads = vec![0; shards as usize];
        units.iter().zip(at).for_each(|(u, s)| loads[*s as usize] += u.cost);
        loads
    }

    /// The largest load for the smallest one.
    fn unevenness(units: &[Unit], at: &[u32], shards: u32) -> f64 {
        let loads = loads(units, at, shards);
        let (least, most) = (loads.iter().min().unwrap_or(&0), loads.iter().max().unwrap_or(&0));
        *most as f64 / *least as f64
    }

    #[test]
    fn a_million_objectives_are_balanced_and_stay() {
        let units = objectives(1_000_000);
        let before = spread(&units, 16);
        assert!(unevenness(&units, &before, 16) < 1.001, "{:?}", loads(&units, &before, 16));
        let mut after = before.clone();
        join(&units, &mut after, 16);
        assert!(unevenness(&units, &after, 17) < 1.001, "{:?}", loads(&units, &after, 17));
        let moved = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert!(moved <= units.len() / 17, "{moved}");
        assert!(before.iter().zip(&after).all(|(a, b)| a == b || *b == 16));
    }

    #[test]
    fn few_objectives_are_balanced_too() {
        let units = objectives(400);
        let at = spread(&units, 4);
        assert!(unevenness(&units, &at, 4) < 1.1, "{:?}", loads(&units, &at, 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn a_new_shard_takes_only_its_part(
            given in prop::collection::vec((any::<u64>(), 1..100_000_u64, 1..4_usize), 0..300),
            shards in 1..12_u32,
        ) {
            let units: Vec<Unit> = given.into_iter().map(|(hash, cost, groups)| Unit { hash, cost, groups }).collect();
            let (before, after) = (spread(&units, shards), spread(&units, shards + 1));
            let moves = |(_, (a, b)): &(&Unit, (&u32, &u32))| a != b;
            let moved: usize = units.iter().zip(before.iter().zip(&after)).filter(moves).map(|(u, _)| u.groups).sum();
            let groups: usize = units.iter().map(|u| u.groups).sum();
            prop_assert!(moved <= groups / (shards as usize + 1));
            prop_assert!(before.iter().zip(&after).all(|(a, b)| a == b || *b == shards));
            let (most, part) = (loads(&units, &after, shards + 1), units.iter().map(|u| u.cost).sum::<u64>() / u64::from(shards + 1));
            prop_assert!(most[shards as usize] <= part);
        }
    }
}
