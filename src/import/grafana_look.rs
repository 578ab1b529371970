//! How a panel of Grafana shows its values, as lines of ours: unit, ends, colours, words, time, links.

use super::block::quoted;
use super::grafana_board::{items, node_text, word};
use crate::rules::yaml::{Kind, Node};
use crate::units::Ratio;

/// Grafana's names of units, and ours.
const UNITS: [(&str, &str); 20] = [
    ("percentunit", "%"),
    ("percent", "percent"),
    ("ns", "nanoseconds"),
    ("µs", "microseconds"),
    ("ms", "milliseconds"),
    ("s", "seconds"),
    ("m", "minutes"),
    ("h", "hours"),
    ("d", "days"),
    ("bytes", "bytes"),
    ("decbytes", "bytes"),
    ("kbytes", "KiB"),
    ("mbytes", "MiB"),
    ("gbytes", "GiB"),
    ("Bps", "B/s"),
    ("binBps", "B/s"),
    ("celsius", "celsius"),
    ("short", "count"),
    ("none", "none"),
    ("bool_yes_no", "yesno"),
];

/// Grafana's colours that we have, whatever shade.
const COLOURS: [&str; 6] = ["green", "yellow", "orange", "red", "blue", "purple"];

/// Columns of Grafana's grid, and our word for that width.
const SIZES: [(&str, &str); 4] = [("24", "wide"), ("12", "half"), ("8", "third"), ("6", "quarter")];

/// What else a panel can say, and no line of ours does.
const REST: [&str; 5] = ["transformations", "timeShift", "alert", "libraryPanel", "maxDataPoints"];

/// The lines with what each is about.
pub(super) fn lines(panel: &Node) -> Vec<(&'static str, String)> {
    let defaults = panel.get("fieldConfig").and_then(|f| f.get("defaults"));
    let mut lines = Vec::new();
    if let Some(defaults) = defaults {
        let unit = node_text(defaults, "unit");
        if !unit.is_empty() {
            let known = UNITS.iter().find(|(theirs, _)| *theirs == unit).map(|(_, ours)| ours.to_string());
            lines.push(("unit", format!("unit {}", known.unwrap_or_else(|| quoted(&behind(unit))))));
        }
        for (key, name) in [("min", "least value"), ("max", "greatest value"), ("decimals", "number of digits")] {
            let number = Ratio::parse(node_text(defaults, key)).and_then(Ratio::decimal);
            lines.extend(number.map(|n| (name, format!("{key} {n}"))));
        }
        lines.extend(thresholds(defaults).into_iter().map(|line| ("threshold", line)));
        lines.extend(mappings(defaults).into_iter().map(|line| ("value mapping", line)));
        let none = node_text(defaults, "noValue");
        lines.extend((!none.is_empty()).then(|| ("text for no value", format!("none {}", quoted(none)))));
    }
    for (key, name, ours) in
        [("timeFrom", "own time", "range"), ("interval", "smallest step", "step"), ("repeat", "repetition", "repeat")]
    {
        let given = word(panel, key);
        lines.extend((!given.is_empty()).then(|| (name, format!("{ours} {}", given.trim_start_matches('>')))));
    }
    let own = defaults.and_then(|d| d.get("links"));
    for link in items(panel.get("links")).iter().chain(items(own)) {
        lines.push(("link", format!("open {} {}", quoted(node_text(link, "title")), quoted(node_text(link, "url")))));
    }
    lines
}

/// A unit that Grafana would write behind the number: `suffix:req`.
fn behind(unit: &str) -> String {
    unit.strip_prefix("suffix:").unwrap_or(unit).trim().to_string()
}

/// `red above 80`; where the smallest values have a colour, those below the first limit: `red below 0.9`.
fn thresholds(defaults: &Node) -> Vec<String> {
    let steps: Vec<(Option<String>, String)> = items(defaults.get("thresholds").and_then(|t| t.get("steps")))
        .iter()
        .map(|s| (Ratio::parse(node_text(s, "value")).and_then(Ratio::decimal), word(s, "color")))
        .collect();
    let hue =
        |c: &str| COLOURS.iter().find(|known| c.ends_with(*known)).map_or_else(|| c.to_string(), |c| c.to_string());
    let falling =
        steps.first().is_some_and(|(_, c)| !["green", "transparent", "text", "blue"].contains(&hue(c).as_str()));
    let upper = steps.iter().skip(1).filter_map(|(value, c)| Some(format!("{} above {}", hue(c), value.as_ref()?)));
    let below = steps.windows(2).filter_map(|pair| {
        let line = format!("{} below {}", hue(&pair[0].1), pair[1].0.as_ref()?);
        (hue(&pair[0].1) != "green").then_some(line)
    });
    if falling { below.collect() } else { upper.collect() }
}

/// `word 1 "open" red`.
fn mappings(defaults: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for mapping in items(defaults.get("mappings")) {
        let Some(Kind::Map(entries)) = mapping.get("options").map(|o| &o.kind) else { continue };
        if word(mapping, "type") != "value" {
            lines.push(format!("word {}", word(mapping, "type")));
            continue;
        }
        for (value, shown) in entries {
            lines.push(format!("word {} {}", value.value, quoted(node_text(shown, "text"))));
        }
    }
    lines
}

/// The word for its width; `None` where no word means it.
pub(super) fn size(panel: &Node) -> Option<&'static str> {
    let width = panel.get("gridPos").map(|g| word(g, "w"))?;
    SIZES.iter().find(|(columns, _)| *columns == width).map(|(_, word)| *word)
}

/// Keys with something in them that no line says.
pub(super) fn rest(panel: &Node) -> Vec<&'static str> {
    let filled = |node: &Node| match &node.kind {
        Kind::List(items) => !items.is_empty(),
        Kind::Map(entries) => !entries.is_empty(),
        Kind::Null => false,
        Kind::Scalar(text) => !text.value.is_empty(),
    };
    let overrides = panel.get("fieldConfig").and_then(|f| f.get("overrides")).is_some_and(filled);
    let keys = REST.into_iter().filter(|key| panel.get(key).is_some_and(filled));
    keys.chain(overrides.then_some("overrides")).collect()
}
