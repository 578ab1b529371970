//! Where panels stand: shelves over the full 24 columns, without holes or overlaps.

use crate::model::board::{Kind, Panel, Row, Spot};

/// Columns of Grafana's grid.
pub(super) const COLUMNS: u32 = 24;

/// Places all rows below each other. A panel's wish stands in its spot as width and height.
pub(super) fn place(rows: &mut [Row]) {
    let mut y = 0;
    for row in rows {
        let mut top = y;
        if let Some(heading) = &mut row.heading {
            heading.at = Spot { x: 0, y, w: COLUMNS, h: 1 };
            top += 1;
        }
        let bottom = shelves(&mut row.panels, top);
        // A collapsed row takes one line; its panels stand where they will be seen once it is opened.
        y = if row.heading.as_ref().is_some_and(|h| h.collapsed) { top } else { bottom };
    }
}

/// Places panels from `top` on, in their order, and gives the line after the last.
fn shelves(panels: &mut [Panel], top: u32) -> u32 {
    let mut y = top;
    let mut rest = &mut panels[..];
    for length in lengths(rest) {
        let (shelf, others) = rest.split_at_mut(length);
        y += fill(shelf, y);
        rest = others;
    }
    y
}

/// How many panels stand on each shelf: of all ways to part them the one whose shelves are least stretched, squeezed
/// and uneven.
fn lengths(panels: &[Panel]) -> Vec<usize> {
    // For each number of panels the least cost of placing so many, and how many stand on the last shelf then.
    let mut best: Vec<(u64, usize)> = vec![(0, 0)];
    let mixed = panels.iter().any(|p| !p.firm);
    for end in 1..=panels.len() {
        let shelf = |start: usize| {
            let shelf = panels.get(start..end)?;
            let cost = cost(shelf)? + if mixed { overruled(shelf) } else { 0 };
            Some((best.get(start)?.0.saturating_add(cost), end - start))
        };
        // What does not fit does not fit with one more either.
        best.extend((0..end).rev().map_while(shelf).min());
    }
    let mut lengths = Vec::new();
    let mut end = panels.len();
    while let Some((_, length)) = best.get(end).filter(|_| end > 0) {
        lengths.push(*length);
        end = end.saturating_sub((*length).max(1));
    }
    lengths.reverse();
    lengths
}

/// How bad a shelf of these panels is, in thousandths; `None` when they do not fit.
fn cost(shelf: &[Panel]) -> Option<u64> {
    let wished: u32 = shelf.iter().map(|p| p.at.w.max(1)).sum();
    let least: u32 = shelf.iter().map(least).sum();
    if least > COLUMNS && shelf.len() > 1 {
        return None;
    }
    let (wished, columns) = (u64::from(wished), u64::from(COLUMNS));
    let square = |more: u64, less: u64, weight: u64| weight * (more - less) * (more - less) * 1000 / (less * less);
    let width = if wished > columns { square(wished, columns, 3) } else { square(columns, wished.max(1), 1) };
    let height = shelf.iter().map(|p| p.at.h).max().unwrap_or(1);
    let uneven: u32 = shelf.iter().map(|p| 150 * (height - p.at.h) / height.max(1)).sum();
    Some(width + u64::from(uneven))
}

/// How bad it is that widths somebody asked for are not kept on this shelf.
fn overruled(shelf: &[Panel]) -> u64 {
    const EACH: u64 = 3000;
    let firm: Vec<u32> = shelf.iter().filter(|p| p.firm).map(|p| p.at.w).collect();
    let kept = firm.len() < shelf.len() || firm.iter().sum::<u32>() == COLUMNS;
    if kept { 0 } else { EACH * firm.len() as u64 }
}

/// The least columns on which a panel can be read.
fn least(panel: &Panel) -> u32 {
    let wished = panel.at.w.max(1);
    let kind = match &panel.kind {
        Kind::Gauge => 5,
        Kind::Pie(_) => 6,
        Kind::Lines(_) | Kind::Bars | Kind::Columns(_) | Kind::Heat(_) | Kind::Alerts(_) => 8,
        _ => wished,
    };
    if panel.firm { wished } else { kind.min(wished) }
}

/// Places one shelf: widths grow in proportion until they fill it, those that were asked for only where there are no
/// others. All are as high as the highest.
fn fill(shelf: &mut [Panel], y: u32) -> u32 {
    let height = shelf.iter().map(|p| p.at.h).max().unwrap_or(0).max(1);
    let sum = |firm: bool| shelf.iter().filter(|p| p.firm == firm).map(|p| p.at.w.max(1)).sum::<u32>();
    let (firm, others) = (sum(true), sum(false));
    let keeps = others > 0 && firm < COLUMNS;
    let (room, wished) = if keeps { (COLUMNS - firm, others) } else { (COLUMNS, firm + others) };
    let (mut x, mut seen) = (0, 0);
    for panel in shelf {
        let own = panel.at.w.max(1);
        let before = seen * room / wished;
        let w = if keeps && panel.firm {
            own
        } else {
            seen += own;
            seen * room / wished - before
        };
        panel.at = Spot { x, y, w, h: height };
        x += w;
    }
    height
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::boards::draft::{heading, panel};
    use crate::model::board::Kind;
    use proptest::prelude::*;

    fn rows(sizes: &[Vec<(u32, u32)>], collapsed: &[bool]) -> Vec<Row> {
        let draft = |&(w, h): &(u32, u32)| panel("p", "P", "A panel.", Kind::Stat(false)).sized(w, h);
        let row = |(sizes, &collapsed): (&Vec<_>, &bool)| Row {
            heading: Some(heading("r", "R", collapsed)),
            panels: sizes.iter().map(draft).collect(),
        };
        sizes.iter().zip(collapsed).map(row).collect()
    }

    /// The cells each spot covers.
    fn cells(spots: impl Iterator<Item = Spot>) -> Vec<(u32, u32)> {
        let mut cells: Vec<_> =
            spots.flat_map(|s| (s.y..s.y + s.h).flat_map(move |y| (s.x..s.x + s.w).map(move |x| (y, x)))).collect();
        cells.sort_unstable();
        cells
    }

    /// Every cell of the lines `from..to`.
    fn all(from: u32, to: u32) -> Vec<(u32, u32)> {
        (from..to).flat_map(|y| (0..COLUMNS).map(move |x| (y, x))).collect()
    }

    fn sizes() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((1u32..=24, 1u32..=12), 0..9)
    }

    proptest! {
        #[test]
        fn every_cell_is_covered_once(sizes in prop::collection::vec(sizes(), 1..6)) {
            let mut rows = rows(&sizes, &[false; 6]);
            place(&mut rows);
            let spots = rows.iter().flat_map(|r| r.heading.iter().map(|h| h.at).chain(r.panels.iter().map(|p| p.at)));
            let bottom = rows.iter().flat_map(|r| r.panels.iter().map(|p| p.at.y + p.at.h).chain(r.heading.iter().map(|h| h.at.y + 1)));
            prop_assert_eq!(cells(spots), all(0, bottom.max().unwrap_or(0)));
        }

        #[test]
        fn a_collapsed_row_takes_one_line_and_covers_its_own_when_open(sizes in prop::collection::vec(sizes(), 1..6)) {
            let mut rows = rows(&sizes, &[true; 6]);
            place(&mut rows);
            for (line, row) in rows.iter().enumerate() {
                let at = row.heading.as_ref().expect("given").at;
                prop_assert_eq!(at, Spot { x: 0, y: line as u32, w: COLUMNS, h: 1 });
                let bottom = row.panels.iter().map(|p| p.at.y + p.at.h).max().unwrap_or(at.y + 1);
                prop_assert_eq!(cells(row.panels.iter().map(|p| p.at)), all(at.y + 1, bottom));
            }
        }
    }

    #[test]
    fn what_almost_fills_a_shelf_is_stretched() {
        let mut rows = rows(&[vec![(5, 4), (5, 4), (5, 6), (12, 8), (12, 8)]], &[false]);
        place(&mut rows);
        let spots: Vec<_> = rows[0].panels.iter().map(|p| (p.at.x, p.at.y, p.at.w, p.at.h)).collect();
        assert_eq!(spots, [(0, 1, 8, 6), (8, 1, 8, 6), (16, 1, 8, 6), (0, 7, 12, 8), (12, 7, 12, 8)]);
    }

    #[test]
    fn a_width_that_was_asked_for_is_kept_beside_others() {
        let mut rows = rows(&[vec![(12, 8), (12, 8), (4, 4), (4, 4)], vec![(12, 8), (4, 4)]], &[false; 2]);
        for panel in rows.iter_mut().flat_map(|r| &mut r.panels).filter(|p| p.at.w == 4) {
            panel.firm = false;
        }
        place(&mut rows);
        let widths: Vec<Vec<u32>> = rows.iter().map(|r| r.panels.iter().map(|p| p.at.w).collect()).collect();
        assert_eq!(widths, [vec![12, 12, 12, 12], vec![12, 12]]);
    }
}
