//! What a panel of a dashboard shows, asks and says, in words; and which panels are new, gone or otherwise.

use super::boards::without_lines;
use super::pairs::pair;
use super::{Fact, Words};
use crate::model::board::{Board, Choice, Kind, Link, Panel, Pick, Scale, Spot};
use crate::units::Ratio;

/// What is different in the panels: values, and the titles of those that are otherwise in what no value tells.
pub(super) fn changes(old: &Board, new: &Board) -> (Vec<Fact>, Vec<String>) {
    let key = |p: &&Panel| Some(p.key.clone());
    let paired = pair(old.panels().collect(), new.panels().collect(), &[(&key, &key)]);
    let lone = |panel: &Panel| format!("{}: {}", kind(&panel.kind), queries(panel));
    let mut facts: Vec<Fact> = paired
        .gone
        .iter()
        .map(|p| Fact::new(name(p, " is gone"), Some(lone(p)), None).at(p.origin.as_ref(), None))
        .collect();
    facts.extend(
        paired.added.iter().map(|p| Fact::new(name(p, " is new"), None, Some(lone(p))).at(None, p.origin.as_ref())),
    );
    let mut otherwise = Vec::new();
    for (o, n) in paired.both {
        let own = panel(o, n);
        if own.is_empty() && bare(o) != bare(n) {
            otherwise.push(n.title.clone());
        }
        facts.extend(own);
    }
    (facts, otherwise)
}

fn name(panel: &Panel, what: &str) -> Words {
    Words::new("panel ").code(&*panel.title).text(what)
}

/// One panel that is in both.
fn panel(old: &Panel, new: &Panel) -> Vec<Fact> {
    let fact = |what: &str, of: &dyn Fn(&Panel) -> String| {
        let value = |panel: &Panel| Some(of(panel)).filter(|text| !text.is_empty());
        Fact::new(name(new, what), value(old), value(new)).at(old.origin.as_ref(), new.origin.as_ref())
    };
    let facts = [
        fact(": title", &|p| p.title.clone()),
        fact(": query", &queries).query(),
        fact(": asked of", &sources),
        fact(": series", &|p| list(p.queries.iter().map(|q| q.name.clone()))),
        fact(" is drawn as", &|p| kind(&p.kind).to_string()),
        fact(": unit", &|p| format!("{:?}", p.scale.unit).to_lowercase()),
        fact(": colours", &|p| colours(&p.scale)),
        fact(": axis", &|p| axis(&p.scale)),
        fact(": words", &|p| list(p.scale.words.iter().map(|w| format!("{} is {}", w.value, w.text)))),
        fact(": time", &|p| p.range.map_or(String::new(), |range| range.to_string())),
        fact(": leads to", &|p| links(&p.drill)),
        fact(": what it says of itself", &|p| without_lines(&p.about)),
    ];
    facts.into_iter().filter(|fact| fact.old != fact.new).collect()
}

/// A panel without its place and its spec line.
fn bare(panel: &Panel) -> Panel {
    let about = without_lines(&panel.about);
    let kind = match &panel.kind {
        Kind::Text(text) => Kind::Text(without_lines(text)),
        kind => kind.clone(),
    };
    Panel { id: 0, at: Spot::default(), about, kind, origin: None, ..panel.clone() }
}

/// Its queries, one a line.
fn queries(panel: &Panel) -> String {
    panel.queries.iter().map(|q| q.expr.as_str()).collect::<Vec<_>>().join("\n")
}

fn sources(panel: &Panel) -> String {
    let mut names: Vec<String> = panel.queries.iter().filter_map(|q| Some(q.source.as_ref()?.uid.clone())).collect();
    names.dedup();
    list(names)
}

/// `green, yellow from 70, red from 95`.
fn colours(scale: &Scale) -> String {
    let base = scale.base.map(|hue| format!("{hue:?}").to_lowercase());
    let steps =
        scale.steps.iter().map(|(from, hue)| format!("{} from {}", format!("{hue:?}").to_lowercase(), number(*from)));
    list(base.into_iter().chain(steps))
}

/// `from 0 to 100`.
fn axis(scale: &Scale) -> String {
    let end = |word: &str, end: Option<Ratio>| end.map(|end| format!("{word} {}", number(end)));
    let ends = [end("from", scale.min), end("to", scale.max)];
    ends.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn number(ratio: Ratio) -> String {
    ratio.expr()
}

/// `Handbook (https://…)`.
pub(super) fn links(links: &[Link]) -> String {
    list(links.iter().map(|link| format!("{} ({})", link.title, link.url)))
}

/// What a variable offers: its query or its values, and how many of them may be chosen.
pub(super) fn choice(choice: &Choice) -> String {
    let picked = |what: String, pick: &Pick| {
        let first = pick.first.as_ref().map(|first| format!("first {first}"));
        let words = [pick.many.then(|| "many".into()), pick.all.then(|| "all".into()), first];
        list([what].into_iter().chain(words.into_iter().flatten()))
    };
    match choice {
        Choice::Datasource { plugin, name } => format!("data sources {plugin}, first {name}"),
        Choice::Answers { query, matching, pick, .. } => {
            let matching = matching.as_ref().map_or(String::new(), |matching| format!(" matching {matching}"));
            picked(format!("{query}{matching}"), pick)
        }
        Choice::Values(values, pick) => picked(list(values.clone()), pick),
        Choice::Every { steps, auto } => {
            let auto = auto.then(|| "auto".to_string());
            list(steps.iter().map(ToString::to_string).chain(auto))
        }
        Choice::Text(text) => format!("any text, first {text}"),
    }
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Lines(lines) if lines.bars => "bars over time",
        Kind::Lines(lines) if lines.stacked => "stacked time series",
        other => other.name(),
    }
}
