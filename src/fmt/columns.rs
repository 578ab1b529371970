//! Where the cells of neighbouring statements begin: in one column, as far as the statements are alike.
//!
//! In a block the first value after the word stands in one column for all statements of a group. Further columns, and
//! all columns at the top of a file, are shared by neighbours that have the same words of the language before them.

use super::WIDTH;
use super::cells::{self, Cell, Kind};

/// The statements of a group that stand on one line each, or begin one.
pub(super) struct Table<'r, 's, 'a> {
    pub(super) rows: &'r [Vec<Cell<'s, 'a>>],
    pub(super) indent: usize,
}

impl<'s, 'a> Table<'_, 's, 'a> {
    /// The column in which each cell of each row begins, if nothing before it takes several lines.
    pub(super) fn starts(&self) -> Vec<Vec<usize>> {
        let mut starts: Vec<Vec<usize>> = self.rows.iter().map(|_| vec![self.indent]).collect();
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        for column in 1..widest {
            for run in self.runs(column) {
                let natural = |row: &usize| self.natural(&starts, *row, column);
                let shared = run.iter().map(natural).max().unwrap_or(0);
                let aligned = column == 1 || run.iter().all(|row| self.fits(*row, column, natural(row), shared));
                let targets: Vec<usize> = run.iter().map(|row| if aligned { shared } else { natural(row) }).collect();
                for (row, target) in run.into_iter().zip(targets) {
                    starts.get_mut(row).into_iter().for_each(|s| s.push(target));
                }
            }
        }
        self.align_arrows(&mut starts);
        starts
    }

    /// Moves the arrows of a group to one column, whatever stands before them, and what follows along with them.
    fn align_arrows(&self, starts: &mut [Vec<usize>]) {
        let is_arrow = |cell: &Cell<'_, '_>| cell.kind == Kind::Mark("->");
        let arrow = |row: usize| {
            let at = self.rows.get(row)?.iter().position(is_arrow)?;
            (0..at).all(|column| self.cell(row, column).is_some_and(|cell| cell.flat.is_some())).then_some((row, at))
        };
        let arrows: Vec<(usize, usize)> = (0..self.rows.len()).filter_map(arrow).collect();
        let start = |starts: &[Vec<usize>], (row, at): (usize, usize)| starts.get(row)?.get(at).copied();
        let shared = arrows.iter().filter_map(|arrow| start(starts, *arrow)).max().unwrap_or(0);
        let natural = |arrow| start(starts, arrow).unwrap_or(shared);
        if !arrows.iter().all(|(row, at)| self.fits(*row, *at, natural((*row, *at)), shared)) {
            return;
        }
        for (row, at) in arrows {
            let cells = starts.get_mut(row).and_then(|starts| starts.get_mut(at..)).unwrap_or_default();
            let shift = cells.first().map_or(0, |first| shared.saturating_sub(*first));
            cells.iter_mut().for_each(|start| *start += shift);
        }
    }

    fn cell(&self, row: usize, column: usize) -> Option<&Cell<'s, 'a>> {
        self.rows.get(row)?.get(column)
    }

    fn is_nested(&self) -> bool {
        self.indent > 0
    }

    /// Where the cell would begin without regard to other rows.
    fn natural(&self, starts: &[Vec<usize>], row: usize, column: usize) -> usize {
        let before = starts.get(row).and_then(|s| s.get(column - 1)).copied().unwrap_or(0);
        let width = self.cell(row, column - 1).map_or(0, Cell::width);
        before + width + self.gutter(row, column)
    }

    /// The space before a cell: two behind the word of a setting, so that words and values are told apart at a glance.
    fn gutter(&self, row: usize, column: usize) -> usize {
        let (Some(last), Some(cell)) = (self.cell(row, column - 1), self.cell(row, column)) else { return 1 };
        let opens = cell.is_long_text() || matches!(cell.kind, Kind::Mark("=" | "->") | Kind::Block);
        if column == 1 && self.is_nested() && !opens { 2 } else { cells::gutter(last, cell) }
    }

    /// Whether a row that fits in its natural place still fits when this cell begins at `shared`.
    fn fits(&self, row: usize, column: usize, natural: usize, shared: usize) -> bool {
        let rest = self.rows.get(row).and_then(|cells| cells.get(column..)).unwrap_or(&[]);
        let width = rest.iter().map(|cell| cell.width() + 1).sum::<usize>() - 1;
        natural + width > WIDTH || shared + width <= WIDTH
    }

    /// Rows that share a column, by index. Every row that has the cell is in one run; shorter rows that are alike as far
    /// as they go do not end a run.
    fn runs(&self, column: usize) -> Vec<Vec<usize>> {
        let mut runs: Vec<Vec<usize>> = Vec::new();
        let mut open = false;
        for row in 0..self.rows.len() {
            let length = self.rows.get(row).map_or(0, Vec::len);
            let last = runs.last().and_then(|run| run.last()).copied().filter(|_| open);
            let alike = last.is_some_and(|last| {
                self.alike(last, row, column.min(length)) && (length <= column || self.same_mark(last, row, column))
            });
            if length <= column {
                open &= alike;
            } else if !self.takes_part(row, column) {
                runs.push(vec![row]);
                open = false;
            } else if let Some(run) = runs.last_mut().filter(|_| alike) {
                run.push(row);
            } else {
                runs.push(vec![row]);
                open = true;
            }
        }
        runs
    }

    fn takes_part(&self, row: usize, column: usize) -> bool {
        (0..column).all(|c| self.cell(row, c).is_some_and(|cell| cell.flat.is_some()))
    }

    /// Whether a mark stands in the column in both rows or in neither: arrows stand below arrows.
    fn same_mark(&self, a: usize, b: usize, column: usize) -> bool {
        let mark = |row| self.cell(row, column).map(|cell| cell.kind).filter(|kind| matches!(kind, Kind::Mark(_)));
        column == 1 || mark(a) == mark(b)
    }

    /// Whether two rows are alike in the cells before `column`.
    fn alike(&self, a: usize, b: usize, column: usize) -> bool {
        let kinds = |column| Some((self.cell(a, column)?.kind, self.cell(b, column)?.kind));
        let same_head = kinds(0).is_some_and(|(a, b)| a == b);
        let alike = |column: usize| match kinds(column) {
            Some((Kind::Name(a, _), Kind::Name(b, _))) => column == 1 || same_head || a == b,
            Some((a, b)) => a == b,
            None => false,
        };
        (same_head || self.is_nested()) && (1..column).all(alike)
    }
}
