//! Colours, units and scales in Grafana's terms.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::json::{Color, DataLink, Defaults, Mapped, Mapping, Step, Thresholds};
use crate::maps::IntoMap;
use crate::model::board::{Hue, Kind, Link, Scale, Unit, Word};

/// Neither good nor bad.
pub(super) const GREY: &str = "#8e8e8e";

/// The colours of Okabe and Ito.
pub(in crate::emit) fn color(hue: Hue) -> &'static str {
    match hue {
        Hue::Blue => "#0072B2",
        Hue::Sky => "#56B4E9",
        Hue::Green => "#009E73",
        Hue::Yellow => "#F0E442",
        Hue::Orange => "#E69F00",
        Hue::Vermillion => "#D55E00",
        Hue::Purple => "#CC79A7",
        Hue::Grey => GREY,
        Hue::Text => "text",
    }
}

/// Grafana's name of a unit.
pub(super) fn unit(unit: &Unit) -> Cow<'_, str> {
    let id = match unit {
        Unit::Number => "none",
        Unit::Count => "short",
        Unit::Share => "percentunit",
        Unit::Percent => "percent",
        Unit::Nanoseconds => "ns",
        Unit::Microseconds => "µs",
        Unit::Milliseconds => "ms",
        Unit::Seconds => "s",
        Unit::Minutes => "m",
        Unit::Hours => "h",
        Unit::Days => "d",
        Unit::PerSecond => "eps",
        Unit::PerMinute => "cpm",
        Unit::Times => "suffix:×",
        Unit::Bytes => "bytes",
        Unit::Kibibytes => "kbytes",
        Unit::Mebibytes => "mbytes",
        Unit::Gibibytes => "gbytes",
        Unit::BytesPerSecond => "binBps",
        Unit::Bits => "bits",
        Unit::BitsPerSecond => "bps",
        Unit::Celsius => "celsius",
        Unit::Hertz => "hertz",
        Unit::Volts => "volt",
        Unit::Amperes => "amp",
        Unit::Watts => "watt",
        Unit::Joules => "joule",
        Unit::Meters => "lengthm",
        Unit::Dollars => "currencyUSD",
        Unit::Euros => "currencyEUR",
        Unit::YesNo => "bool_yes_no",
        Unit::Moment => "dateTimeAsIso",
        Unit::Behind(text) => return Cow::Owned(format!("suffix: {text}")),
    };
    Cow::Borrowed(id)
}

/// How all values of a panel are read.
pub(super) fn defaults<'a>(scale: &'a Scale, kind: &Kind, drill: &'a [Link]) -> Defaults<'a> {
    let by_scale = !matches!(kind, Kind::Lines(_)) && scale.base.is_some() || !scale.words.is_empty();
    // Soft ends stand with what lines have of their own.
    let soft = matches!(kind, Kind::Lines(l) if l.soft);
    Defaults {
        unit: unit(&scale.unit),
        decimals: scale.decimals,
        min: scale.min.filter(|_| !soft).map(|r| r.to_f64()),
        max: scale.max.filter(|_| !soft).map(|r| r.to_f64()),
        no_value: scale.none.as_deref(),
        color: Color { mode: if by_scale { "thresholds" } else { "palette-classic-by-name" }, fixed_color: None },
        thresholds: thresholds(scale),
        mappings: words(&scale.words).into_iter().collect(),
        links: links(drill),
        custom: None,
    }
}

/// The steps of a scale. Positions of colours, not limits of alerts: doubles are exact enough.
pub(super) fn thresholds(scale: &Scale) -> Thresholds {
    let base = Step { color: scale.base.map_or("text", color), value: None };
    let steps = scale.steps.iter().map(|(value, hue)| Step { color: color(*hue), value: Some(value.to_f64()) });
    Thresholds { mode: "absolute", steps: std::iter::once(base).chain(steps).collect() }
}

/// Values that are read as words.
pub(super) fn words<'a>(words: &'a [Word]) -> Option<Mapping<'a>> {
    let mapped =
        |(index, w): (usize, &'a Word)| (w.value.as_str(), Mapped { text: &w.text, color: w.hue.map(color), index });
    let options: BTreeMap<&str, Mapped<'_>> = words.iter().enumerate().map(mapped).into_map();
    (!options.is_empty()).then_some(Mapping { kind: "value", options })
}

/// Where a click leads.
pub(super) fn links(links: &[Link]) -> Vec<DataLink<'_>> {
    links.iter().map(|l| DataLink { title: &l.title, url: &l.url, target_blank: false }).collect()
}
