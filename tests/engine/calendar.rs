//! Periods of the calendar against a plain computation: their numbers for every hour of three years in many zones, and
//! budgets over a leap day, ends of months and changed clocks, all asked of a real Prometheus.

use std::fs;

use sloc::check::zone;
use sloc::lower::calendar::{local, number};
use sloc::model::Calendar;
use sloc::model::calendar::Unit;

use super::common::Memory;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Samples, backfill, backfill_sums, recordings};

const DAY: i64 = 86_400;

/// Year, month and day of a day since 1970.
pub fn date(days: i64) -> (i64, i64, i64) {
    let leap = |y: i64| i64::from(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let (mut year, mut day) = (1970, days);
    while day >= 365 + leap(year) {
        day -= 365 + leap(year);
        year += 1;
    }
    let months = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= months[month] {
        day -= months[month];
        month += 1;
    }
    (year, month as i64 + 1, day + 1)
}

/// Seconds since 1970 of a full hour in UTC.
fn at(year: i64, month: i64, day: i64, hour: i64) -> i64 {
    let years = (1970..year).map(|y| 365 + i64::from(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))).sum::<i64>();
    // No month is over by so many days, and none has fewer than 28.
    let first = (month - 1) * 28;
    let days = (years + first..).find(|d| date(*d) == (year, month, day)).unwrap();
    days * DAY + hour * 3600
}

/// When clocks were changed in these years, as the time zone database has it: from when to when there is summer time.
fn summers(zone: &str) -> Vec<(i64, i64)> {
    let days = |days: [(i64, i64, i64); 6], from: i64, to: i64| {
        let hours = [from, to, from, to, from, to];
        let times: Vec<i64> = days.iter().zip(hours).map(|((y, m, d), h)| at(*y, *m, *d, h)).collect();
        times.chunks(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let europe = [(2024, 3, 31), (2024, 10, 27), (2025, 3, 30), (2025, 10, 26), (2026, 3, 29), (2026, 10, 25)];
    let america = [(2024, 3, 10), (2024, 11, 3), (2025, 3, 9), (2025, 11, 2), (2026, 3, 8), (2026, 11, 1)];
    let australia = [(2023, 9, 30), (2024, 4, 6), (2024, 10, 5), (2025, 4, 5), (2025, 10, 4), (2026, 4, 4)];
    let zealand = [(2023, 9, 23), (2024, 4, 6), (2024, 9, 28), (2025, 4, 5), (2025, 9, 27), (2026, 4, 4)];
    match zone {
        "Europe/Berlin" | "Europe/London" | "Europe/Helsinki" => days(europe, 1, 1),
        "America/New_York" => days(america, 7, 6),
        "America/Los_Angeles" => days(america, 10, 9),
        "Australia/Sydney" => days(australia, 16, 16).into_iter().chain([(at(2026, 10, 3, 16), i64::MAX)]).collect(),
        "Pacific/Auckland" => days(zealand, 14, 14).into_iter().chain([(at(2026, 9, 26, 14), i64::MAX)]).collect(),
        _ => Vec::new(),
    }
}

/// Zones with the seconds of their standard time.
const ZONES: [(&str, i64); 10] = [
    ("UTC", 0),
    ("Europe/Berlin", 3600),
    ("Europe/London", 0),
    ("Europe/Helsinki", 7200),
    ("America/New_York", -18_000),
    ("America/Los_Angeles", -28_800),
    ("Australia/Sydney", 36_000),
    ("Pacific/Auckland", 43_200),
    ("Asia/Kolkata", 19_800),
    ("-02:30", -9000),
];

/// The first day of the period that a moment is in, which tells periods apart.
fn first_day(unit: Unit, (offset, summers): (i64, &[(i64, i64)]), time: i64) -> i64 {
    let summer = summers.iter().any(|(from, to)| (*from..*to).contains(&time));
    let day = (time + offset + if summer { 3600 } else { 0 }).div_euclid(DAY);
    let (_, month, _) = date(day);
    match unit {
        Unit::Week => day - (day + 3).rem_euclid(7),
        Unit::Month => first_of(day),
        Unit::Quarter => {
            let months_before = (month - 1) % 3;
            let first = |day: i64, _| first_day(Unit::Month, (0, &[]), (first_of(day) - 1) * DAY);
            (0..months_before).fold(first_of(day), first)
        }
    }
}

/// The first day of the month that a day is in.
fn first_of(day: i64) -> i64 {
    day - (date(day).2 - 1)
}

/// The number as PromQL makes it.
fn expected(unit: Unit, first: i64) -> i64 {
    let (year, month, _) = date(first);
    match unit {
        Unit::Week => (first + 3) / 7,
        Unit::Month => year * 100 + month,
        Unit::Quarter => year * 10 + (month + 2) / 3,
    }
}

#[test]
fn every_hour_of_three_years_is_in_its_period() {
    if !have("prometheus") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Prometheus::start(data.path(), &[]);
    let (from, to) = (at(2024, 1, 1, 0), at(2026, 12, 31, 0));
    for zone in ZONES {
        // Days begin at full hours of UTC, or at half ones.
        let step = if zone.1 % 3600 == 0 { 3600 } else { 1800 };
        let summers = summers(zone.0);
        for unit in Unit::ALL {
            let query = number(&Calendar { unit, zone: super::calendar::zone(zone.0).unwrap() });
            let mut start = from;
            while start <= to {
                let end = to.min(start + 10_000 * step);
                let series = server.range(&query, start, end, step).unwrap();
                assert_eq!(series.len(), 1, "{query}");
                for sample in series[0]["values"].as_array().unwrap() {
                    let time = sample[0].as_i64().unwrap();
                    let found: f64 = sample[1].as_str().unwrap().parse().unwrap();
                    // What ends as a period begins belongs to the one before.
                    let right = expected(unit, first_day(unit, (zone.1, &summers), time - 1));
                    assert_eq!(found as i64, right, "{} {unit:?} at {time}: {:?}", zone.0, date(time.div_euclid(DAY)));
                }
                start = end + step;
            }
        }
    }
}

/// The day of a month's first, second, … or, by a large number, last Sunday.
fn sunday(year: i64, month: i64, nth: usize) -> i64 {
    let first = at(year, month, 1, 0) / DAY;
    let all: Vec<i64> = (first..first + 31).filter(|d| date(*d).1 == month && (d + 4) % 7 == 0).collect();
    *all.get(nth - 1).or(all.last()).unwrap()
}

/// From when to when there is summer time that begins in a year, by the rule of today.
fn by_rule((zone, offset): (&str, i64), year: i64) -> Option<(i64, i64)> {
    const LAST: usize = 9;
    // Clocks are changed at an hour of standard time, or of UTC.
    let at = |day: i64, hour: i64| day * DAY + hour * 3600 - offset;
    let utc = |day: i64| day * DAY + 3600;
    match zone {
        "Europe/Berlin" | "Europe/London" | "Europe/Helsinki" => {
            Some((utc(sunday(year, 3, LAST)), utc(sunday(year, 10, LAST))))
        }
        "America/New_York" | "America/Los_Angeles" => Some((at(sunday(year, 3, 2), 2), at(sunday(year, 11, 1), 1))),
        "Australia/Sydney" => Some((at(sunday(year, 10, 1), 2), at(sunday(year + 1, 4, 1), 2))),
        "Pacific/Auckland" => Some((at(sunday(year, 9, LAST), 2), at(sunday(year + 1, 4, 1), 2))),
        _ => None,
    }
}

/// Local time and the numbers of all periods, each quarter of an hour around New Year and wherever clocks are changed, in years
/// from 1971 to 2098, leap years and 2000 among them.
#[test]
fn local_time_is_exact_in_any_year() {
    if !have("prometheus") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let server = Prometheus::start(data.path(), &[]);
    for (index, zone) in ZONES.into_iter().enumerate() {
        let known = super::calendar::zone(zone.0).unwrap();
        for year in (0..4).map(|n| 1971 + (29 + n * 37 + index as i64 * 11) % 128) {
            let summers: Vec<(i64, i64)> = (year - 1..=year + 1).filter_map(|y| by_rule(zone, y)).collect();
            let changes = summers.iter().flat_map(|(from, to)| [*from, *to]);
            let marks = changes.filter(|t| date(t / DAY).0 == year).chain([at(year, 1, 1, 0), at(year, 3, 1, 0)]);
            for mark in marks {
                let ask = |query: &str| server.range(query, mark - 20 * 3600, mark + 20 * 3600, 900).unwrap();
                let check = |query: &str, right: &dyn Fn(i64) -> i64| {
                    let series = ask(query);
                    assert_eq!(series.len(), 1, "{query}");
                    for sample in series[0]["values"].as_array().unwrap() {
                        let time = sample[0].as_i64().unwrap();
                        let found: f64 = sample[1].as_str().unwrap().parse().unwrap();
                        assert_eq!(found as i64, right(time), "{} at {time}, {year}: {query}", zone.0);
                    }
                };
                check(&local(&known), &|time| {
                    let summer = summers.iter().any(|(from, to)| (*from..*to).contains(&(time - 1)));
                    time - 1 + zone.1 + if summer { 3600 } else { 0 }
                });
                for unit in Unit::ALL {
                    let query = number(&Calendar { unit, zone: known.clone() });
                    check(&query, &|time| expected(unit, first_day(unit, (zone.1, &summers), time - 1)));
                }
            }
        }
    }
}

const PROGRAM: &str = r#"
service shop {
  slo month 99% over calendar month in "Europe/Berlin" {
    errors requests_total{code="500"}
    total  requests_total
  }
  slo week 99% over calendar week in "America/New_York" {
    errors requests_total{code="500"}
    total  requests_total
  }
  slo quarter 99% over calendar quarter {
    good  requests_total{code="200"}
    total requests_total
  }
}
"#;

/// Five minutes, in which the rate of a counter does not change.
const TILE: i64 = 300;

/// Good and bad events of the tile that ends at a time: by chance, but always the same.
fn events(end: i64) -> (i64, i64) {
    let mut z = (end / TILE) as u64;
    z = (z ^ (z >> 15)).wrapping_mul(0x2c1b_3c6d_1234_5677);
    z = (z ^ (z >> 12)).wrapping_mul(0x297a_2d39_8765_4321);
    z ^= z >> 15;
    (3 * (z % 200) as i64, 3 * (z >> 32 & 15) as i64)
}

fn counters(from: i64, to: i64) -> Samples {
    let mut samples = Samples::new();
    let (mut good, mut bad) = (1000.0, 1000.0);
    for start in (from..to).step_by(TILE as usize) {
        let (more_good, more_bad) = events(start + TILE);
        for third in 1..=3 {
            good += more_good as f64 / 3.0;
            bad += more_bad as f64 / 3.0;
            for (code, value) in [("200", good), ("500", bad)] {
                let series = format!("requests_total{{code=\"{code}\"}}");
                samples.entry(series).or_default().push((start + third * TILE / 3, value));
            }
        }
    }
    samples
}

#[test]
fn budgets_of_the_calendar_are_the_counted_ones() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    let out = project::build(&Memory::one(PROGRAM.as_bytes()));
    let text = fs::read_to_string(out.path().join("prometheus/shop.rules.yml")).unwrap();
    let (from, to) = (at(2023, 12, 30, 0), at(2024, 4, 3, 0));
    let data = tempfile::tempdir().unwrap();
    backfill(data.path(), &counters(from, to));
    backfill_sums(data.path(), std::slice::from_ref(&text), (from + TILE, to, TILE));
    let server = Prometheus::start(data.path(), &[]);
    let rules = recordings(&text).into_iter().filter(|r| r.metric == "slo:sli_error:ratio_calendar");
    // Objectives may share a rule, in which each has its part.
    // And what counts until the first tile of a period is none of its own.
    let counted = |part: &&str| !part.starts_with("0 * ");
    let ratios: Vec<String> =
        rules.flat_map(|r| r.query.split(" or ").filter(counted).map(String::from).collect::<Vec<_>>()).collect();
    assert_eq!(ratios.len(), 3);
    let units = [
        ("shop.month", Unit::Month, (3600, summers("Europe/Berlin"))),
        ("shop.week", Unit::Week, (-18_000, summers("America/New_York"))),
        ("shop.quarter", Unit::Quarter, (0, summers("UTC"))),
    ];
    // Beginnings of periods, the leap day, changed clocks, and moments between them.
    let marks = [
        at(2024, 1, 31, 23),
        at(2024, 2, 29, 0),
        at(2024, 2, 29, 23),
        at(2024, 3, 4, 5),
        at(2024, 3, 11, 4),
        at(2024, 3, 31, 1),
        at(2024, 3, 31, 22),
        at(2024, 4, 1, 0),
        at(2024, 4, 1, 4),
    ];
    let near = marks.iter().flat_map(|m| [m - TILE, *m, m + TILE, m + 7 * TILE]);
    let between = (0..40).map(|n| at(2024, 1, 2, 0) + n * 191 * 1000 / TILE * TILE);
    let mut seen = 0;
    for time in near.chain(between).filter(|t| *t < to) {
        for (id, unit, (offset, summers)) in &units {
            let (unit, zone) = (*unit, (*offset, &summers[..]));
            let ratio = ratios.iter().find(|ratio| ratio.contains(*id)).unwrap();
            let first = first_day(unit, zone, time - 1);
            // No period begins more than an hour and a day away from where its first day does in UTC.
            let tiles = (from.max((first - 2) * DAY) + TILE..=time).step_by(TILE as usize);
            let own = tiles.filter(|end| first_day(unit, zone, end - 1) == first);
            let (good, bad) = own.map(events).fold((0, 0), |(g, b), (good, bad)| (g + good, b + bad));
            if first * DAY < from + DAY || good + bad == 0 {
                continue; // what was before is not in the data
            }
            let counted = bad as f64 / (good + bad) as f64;
            let shown = server.number(ratio, time).unwrap_or_else(|| panic!("{id} at {time} has no value"));
            assert!((shown - counted).abs() < 1e-9, "{id} at {time}: shown {shown}, counted {counted}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}
