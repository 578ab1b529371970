//! What texts are written on: each thread keeps sheets that have grown, and a text is copied off one at its size, so that
//! memory is neither grown over and over nor left half empty.

use std::cell::RefCell;

thread_local! {
    static SPARE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// An empty text with room.
pub(super) fn sheet() -> String {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
}

/// Moves to the right by so many columns.
pub(super) fn pad(mut width: usize, out: &mut String) {
    const COLUMNS: &str = "                                ";
    while let Some(rest) = width.checked_sub(COLUMNS.len()) {
        out.push_str(COLUMNS);
        width = rest;
    }
    out.push_str(&COLUMNS[..width]);
}

/// The text of a sheet, which is used again.
pub(super) fn copied(sheet: String) -> String {
    let text = sheet.as_str().to_owned();
    back(sheet);
    text
}

/// Gives a sheet back whose text is needed no more.
pub(super) fn back(mut sheet: String) {
    sheet.clear();
    SPARE.with_borrow_mut(|spare| spare.push(sheet));
}
