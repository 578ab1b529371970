//! How dashboards and panels of Grafana look, as statements: widths, units, ends, colours by value, times, tags, links.
//! Whoever asks keeps those that stand.

use super::block::quoted;
use super::names;
use crate::rules::yaml::{Kind, Node, Text};

/// Units of Grafana and what says the same here.
const UNITS: [(&str, &str); 28] = [
    ("none", "none"),
    ("short", "count"),
    ("percentunit", "ratio"),
    ("percent", "percent"),
    ("ns", "ns"),
    ("µs", "us"),
    ("ms", "ms"),
    ("s", "s"),
    ("m", "min"),
    ("h", "h"),
    ("d", "d"),
    ("bytes", "B"),
    ("decbytes", "B"),
    ("kbytes", "KiB"),
    ("mbytes", "MiB"),
    ("gbytes", "GiB"),
    ("bits", "bits"),
    ("binBps", "B/s"),
    ("Bps", "B/s"),
    ("reqps", "\"req/s\""),
    ("ops", "\"ops/s\""),
    ("celsius", "celsius"),
    ("hertz", "Hz"),
    ("volt", "V"),
    ("watt", "W"),
    ("currencyUSD", "usd"),
    ("currencyEUR", "eur"),
    ("bool_yes_no", "yesno"),
];

/// Colours that have a name here, by the end of Grafana's names, and its own yellow.
const COLOURS: [(&str, &str); 7] = [
    ("green", "green"),
    ("yellow", "yellow"),
    ("#EAB839", "yellow"),
    ("orange", "orange"),
    ("red", "red"),
    ("blue", "blue"),
    ("purple", "purple"),
];

/// The word for a panel's part of the 24 columns; none for the width that its kind has by itself.
pub(super) fn width(panel: &Node) -> &'static str {
    let columns = panel.get("gridPos").map_or(String::new(), |place| word(place, "w"));
    match columns.as_str() {
        "24" => " wide",
        "12" => " half",
        "8" => " third",
        "6" => " quarter",
        _ => "",
    }
}

/// What a panel says of its values.
pub(super) fn looks(panel: &Node) -> Vec<String> {
    let Some(defaults) = panel.get("fieldConfig").and_then(|f| f.get("defaults")) else { return Vec::new() };
    let unit = word(defaults, "unit");
    let mut lines = Vec::new();
    if !unit.is_empty() {
        let known = UNITS.iter().find(|(theirs, _)| *theirs == unit);
        let behind = unit.strip_prefix("suffix:").map(|suffix| quoted(suffix.trim()));
        let stated = known.map(|(_, here)| here.to_string()).or(behind);
        lines.push(format!("unit {}", stated.unwrap_or_else(|| quoted(&unit))));
    }
    for key in ["min", "max", "decimals"] {
        let value = word(defaults, key);
        lines.extend((!value.is_empty()).then(|| format!("{key} {value}")));
    }
    lines.extend(colours(items(defaults.get("thresholds").and_then(|t| t.get("steps")))));
    lines.extend(words(items(defaults.get("mappings"))));
    let none = word(defaults, "noValue");
    lines.extend((!none.is_empty()).then(|| format!("none {}", quoted(&none))));
    lines
}

/// Values that are read as words; other mappings by their kind, which stands nowhere.
fn words(mappings: &[Node]) -> Vec<String> {
    let mut lines = Vec::new();
    for mapping in mappings {
        match mapping.get("options").map(|o| &o.kind) {
            Some(Kind::Map(entries)) if word(mapping, "type") == "value" => {
                let line =
                    |(value, shown): &(Text, Node)| format!("word {} {}", value.value, quoted(&word(shown, "text")));
                lines.extend(entries.iter().map(line));
            }
            _ => lines.push(format!("word for a {}", word(mapping, "type"))),
        }
    }
    lines
}

/// What a panel says of its time, its repetition and where it leads.
pub(super) fn leads(panel: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for (theirs, here) in [("timeFrom", "range"), ("interval", "step"), ("repeat", "repeat")] {
        let value = word(panel, theirs);
        lines.extend((!value.is_empty()).then(|| format!("{here} {}", value.trim_start_matches(['>', '$']))));
    }
    let own = panel.get("fieldConfig").and_then(|f| f.get("defaults")).and_then(|d| d.get("links"));
    let link = |l: &Node| format!("open {} {}", quoted(&word(l, "title")), quoted(&word(l, "url")));
    lines.extend(items(panel.get("links")).iter().chain(items(own)).map(link));
    lines
}

/// What else a panel can say, and no statement here does.
const REST: [&str; 6] = ["transformations", "timeShift", "alert", "libraryPanel", "maxDataPoints", "overrides"];

/// Those of them that say something.
pub(super) fn rest(panel: &Node) -> Vec<&'static str> {
    let filled = |node: &Node| match &node.kind {
        Kind::List(items) => !items.is_empty(),
        Kind::Map(entries) => !entries.is_empty(),
        Kind::Scalar(text) => !text.value.is_empty(),
        Kind::Null => false,
    };
    let said = |key: &&str| panel.get(key).or_else(|| panel.get("fieldConfig")?.get(key)).is_some_and(filled);
    REST.into_iter().filter(said).collect()
}

/// Steps of colours: what no limit names is green here, and yellow where `green` is named.
fn colours(steps: &[Node]) -> Vec<String> {
    let colour = |step: &Node| {
        let theirs = word(step, "color");
        COLOURS.iter().find(|(end, _)| theirs.ends_with(end)).map_or(quoted(&theirs), |(_, here)| here.to_string())
    };
    let [base, rest @ ..] = steps else { return Vec::new() };
    let Some(first) = rest.first() else { return Vec::new() };
    let limit = |step: &Node, side: &str| format!("{} {side} {}", colour(step), word(step, "value"));
    if colour(base) == "green" {
        return rest.iter().map(|step| limit(step, "above")).collect();
    }
    let is_between = |step: &Node| colour(step) == "yellow" && rest.iter().any(|s| colour(s) == "green");
    let starts_green = colour(first) == "green";
    let above = rest.iter().skip(usize::from(starts_green)).filter(|step| !is_between(step));
    let below = format!("{} below {}", colour(base), word(first, "value"));
    std::iter::once(below).chain(above.map(|step| limit(step, "above"))).collect()
}

/// What a dashboard says of itself.
pub(super) fn heads(board: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    let tags: Vec<&str> = items(board.get("tags")).iter().filter_map(|t| Some(t.text()?.value.as_str())).collect();
    let (words, others): (Vec<&str>, Vec<&str>) = tags.into_iter().partition(|tag| names::name(tag) == *tag);
    if !words.is_empty() {
        lines.push(format!("tags {}", words.join(", ")));
    }
    lines.extend(others.iter().map(|tag| format!("tags {}", quoted(tag))));
    // An empty text is never.
    if board.get("refresh").and_then(Node::text).is_some() {
        let refresh = word(board, "refresh");
        lines.push(format!("refresh {}", if matches!(refresh.as_str(), "" | "false") { "off" } else { &refresh }));
    }
    let from = board.get("time").map_or(String::new(), |time| word(time, "from"));
    if !from.is_empty() {
        lines.push(format!("range {}", from.strip_prefix("now-").unwrap_or(&from)));
    }
    for link in items(board.get("links")) {
        let (title, tag) = (word(link, "title"), items(link.get("tags")).first().and_then(Node::text));
        lines.push(match tag.filter(|_| word(link, "type") == "dashboards") {
            Some(tag) => format!("link tag {} {}", tag.value, quoted(&title)),
            None => format!("link {} {}", quoted(&title), quoted(&word(link, "url"))),
        });
    }
    let annotations = board.get("annotations").and_then(|a| a.get("list"));
    // Grafana's own, which every dashboard has.
    let written = items(annotations).iter().filter(|a| word(a, "builtIn") != "1");
    lines.extend(written.map(mark));
    lines
}

/// Events as vertical lines.
fn mark(annotation: &Node) -> String {
    let text = ["titleFormat", "textFormat"].map(|key| word(annotation, key)).into_iter().find(|t| !t.is_empty());
    let text = text.map_or(String::new(), |t| format!(" {}", quoted(&places(&t))));
    format!("mark {}{text} from {}", names::name(&word(annotation, "name")), word(annotation, "expr"))
}

/// `{{label}}` as it is written here.
pub(super) fn places(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

/// The items of a list; none when it is none.
pub(super) fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|n| &n.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

/// The text of a key; empty when there is none.
pub(super) fn word(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::text).map_or(String::new(), |t| t.value.clone())
}
