//! How panels are put together: drafts with a wished size, which `layout` places and `finish` numbers.

use std::collections::BTreeSet;

use crate::model::board::{
    Ask, Board, Cell, Column, Content, Heading, Hue, Kind, Link, Panel, Query, Scale, Spot, Unit, Word,
};
use crate::units::{Duration, Ratio};

use super::layout;

/// A panel of the usual size of its kind.
pub(super) fn panel(key: &str, title: &str, about: &str, kind: Kind) -> Panel {
    let (w, h) = match kind {
        Kind::Stat(_) => (4, 4),
        Kind::Gauge => (6, 7),
        Kind::Lines(_) | Kind::Bars | Kind::Columns(_) | Kind::Heat(_) | Kind::Alerts(_) => (12, 8),
        Kind::Pie(_) => (8, 8),
        Kind::State => (12, 7),
        Kind::Table(_) => (24, 8),
        Kind::Logs | Kind::Trace => (24, 10),
        Kind::Text(_) => (24, 6),
    };
    Panel {
        id: 0,
        key: key.into(),
        title: title.into(),
        about: about.into(),
        kind,
        at: Spot { x: 0, y: 0, w, h },
        firm: true,
        queries: Vec::new(),
        scale: Scale::default(),
        drill: Vec::new(),
        range: None,
        step: None,
        repeat: None,
        origin: None,
    }
}

impl Panel {
    /// Wishes for another size than its kind's.
    pub(super) fn sized(mut self, w: u32, h: u32) -> Panel {
        self.at = Spot { w, h, ..self.at };
        self
    }

    /// Reads its values so.
    pub(super) fn scale(mut self, scale: Scale) -> Panel {
        self.scale = scale;
        self
    }

    /// Asks this, too.
    pub(super) fn query(mut self, query: Query) -> Panel {
        self.queries.push(query);
        self
    }

    /// Asks all of these, too.
    pub(super) fn queries(mut self, queries: impl IntoIterator<Item = Query>) -> Panel {
        self.queries.extend(queries);
        self
    }

    /// Leads there on a click.
    pub(super) fn drill(mut self, link: Link) -> Panel {
        self.drill.push(link);
        self
    }

    /// Shows this time until now, in steps of this length at least.
    pub(super) fn over(mut self, range: Duration, step: Duration) -> Panel {
        self.range = Some(range);
        self.step = Some(step);
        self
    }
}

/// A query over time.
pub(super) fn lines(name: &str, expr: String) -> Query {
    Query { expr, ask: Ask::Metrics, source: None, name: name.into(), instant: false, hue: None, dashed: false }
}

/// A query for the latest value.
pub(super) fn latest(name: &str, expr: String) -> Query {
    Query { instant: true, ..lines(name, expr) }
}

impl Query {
    /// Draws its series in this colour.
    pub(super) fn hue(self, hue: Hue) -> Query {
        Query { hue: Some(hue), ..self }
    }

    /// Draws its series dashed.
    pub(super) fn dashed(self) -> Query {
        Query { dashed: true, ..self }
    }
}

/// Values of a unit.
pub(super) fn scale(unit: Unit) -> Scale {
    Scale { unit, ..Scale::default() }
}

impl Scale {
    /// Shows this many digits after the point.
    pub(super) fn digits(self, decimals: u32) -> Scale {
        Scale { decimals: Some(decimals), ..self }
    }

    /// Colours the smallest values so, and those from each step on in the step's colour.
    pub(super) fn colours(self, base: Hue, steps: &[(Ratio, Hue)]) -> Scale {
        Scale { base: Some(base), steps: steps.to_vec(), ..self }
    }

    /// Reads a value as a word.
    pub(super) fn word(mut self, value: i64, text: &str, hue: Hue) -> Scale {
        self.words.push(Word { value: value.to_string(), text: text.into(), hue: Some(hue) });
        self
    }

    /// Begins and ends the axis or gauge so.
    pub(super) fn between(self, min: i64, max: i64) -> Scale {
        Scale { min: Some(Ratio::whole(min)), max: Some(Ratio::whole(max)), ..self }
    }

    /// Begins the axis or gauge so.
    pub(super) fn from(self, min: i64) -> Scale {
        Scale { min: Some(Ratio::whole(min)), ..self }
    }

    /// Says this where there is no value.
    pub(super) fn none(self, text: &str) -> Scale {
        Scale { none: Some(text.into()), ..self }
    }
}

/// A column of a table.
pub(super) fn column(title: &str, content: Content, scale: Scale) -> Column {
    Column { title: title.into(), content, scale, cell: Cell::Plain, links: Vec::new(), width: None }
}

impl Column {
    /// Shows cells so.
    pub(super) fn cell(self, cell: Cell) -> Column {
        Column { cell, ..self }
    }

    /// Leads there on a click.
    pub(super) fn link(mut self, title: &str, url: String) -> Column {
        self.links.push(Link { title: title.into(), url });
        self
    }

    /// Has this width in pixels.
    pub(super) fn wide(self, pixels: u32) -> Column {
        Column { width: Some(pixels), ..self }
    }
}

/// The heading of a row.
pub(super) fn heading(key: &str, title: &str, collapsed: bool) -> Heading {
    Heading { id: 0, key: key.into(), title: title.into(), collapsed, repeat: None, at: Spot::default() }
}

/// Places and numbers everything.
pub(super) fn finish(board: &mut Board) {
    layout::place(&mut board.rows);
    let mut taken = BTreeSet::new();
    for row in &mut board.rows {
        if let Some(heading) = &mut row.heading {
            heading.id = id(&heading.key, &mut taken);
        }
        for panel in &mut row.panels {
            panel.id = id(&panel.key, &mut taken);
        }
    }
}

/// An id under ten million that depends on the key alone, but for the rare clash: FNV-1a.
fn id(key: &str, taken: &mut BTreeSet<u32>) -> u32 {
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut id = 1 + hash % 9_999_998;
    while !taken.insert(id) {
        id += 1;
    }
    id
}
