//! Rows of values: as columns for people, as CSV and JSON for programs.

use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::diag;

/// The formats of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Shape {
    /// For people: columns
    Table,
    /// One JSON array of objects
    Json,
    /// Comma-separated values, as RFC 4180 has them
    Csv,
}

/// A value as people read it, and as programs do.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Cell {
    text: String,
    raw: Value,
}

impl Cell {
    /// Text, the same for both.
    pub(super) fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        Cell { raw: Value::from(text.clone()), text }
    }

    /// A value that people read in other words.
    pub(super) fn value(text: impl Into<String>, raw: impl Into<Value>) -> Cell {
        Cell { text: text.into(), raw: raw.into() }
    }
}

/// Named columns and their rows.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Table {
    /// What people read above each column, and its name for programs.
    pub(super) columns: &'static [(&'static str, &'static str)],
    /// Rows of as many cells.
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Prints it; ends with a newline.
    pub(super) fn print(&self, shape: Shape) -> String {
        match shape {
            Shape::Table => self.aligned(""),
            Shape::Json => format!("{:#}\n", Value::from_iter(self.rows.iter().map(|row| self.object(row)))),
            Shape::Csv => self.csv(),
        }
    }

    /// One JSON object a line.
    pub(super) fn lines(&self) -> String {
        self.rows.iter().map(|row| format!("{}\n", self.object(row))).collect()
    }

    /// Columns of equal width, each line after `indent`.
    pub(super) fn aligned(&self, indent: &str) -> String {
        let head: Vec<String> = self.columns.iter().map(|(head, _)| head.to_string()).collect();
        let body = self.rows.iter().map(|row| row.iter().map(|cell| visible(&cell.text)).collect());
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
        let width = |column: usize| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count().min(*width))));
            format!("{indent}{}", padded.collect::<Vec<_>>().join("  ")).trim_end().to_string() + "\n"
        };
        lines.iter().map(line).collect()
    }

    fn object(&self, row: &[Cell]) -> Value {
        let pairs = self.columns.iter().zip(row).map(|((_, name), cell)| (name.to_string(), cell.raw.clone()));
        Value::Object(Map::from_iter(pairs))
    }

    fn csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\r\n";
        let head = line(self.columns.iter().map(|(_, name)| name.to_string()).collect());
        let raw = |cell: &Cell| match &cell.raw {
            Value::String(text) => field(text),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => field(&cell.text),
            other => field(&other.to_string()),
        };
        self.rows.iter().fold(head, |text, row| text + &line(row.iter().map(raw).collect()))
    }
}

/// A field of CSV: in quotes where it holds what separates.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}

/// On one line, with nothing in it that a terminal would obey.
pub(super) fn visible(text: &str) -> String {
    diag::visible(text).replace('\n', "\\n").replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |text: &str, number: i64| vec![Cell::text(text), Cell::value(format!("{number}%"), number)];
        Table {
            columns: &[("name", "name"), ("full share", "full_share")],
            rows: vec![row("a, \"b\"\n", 5), row("ümlaut", 100)],
        }
    }

    #[test]
    fn people_read_columns_and_programs_read_values() {
        assert_eq!(table().print(Shape::Table), "name      full share\na, \"b\"\\n  5%\nümlaut    100%\n");
        assert_eq!(table().print(Shape::Csv), "name,full_share\r\n\"a, \"\"b\"\"\n\",5\r\nümlaut,100\r\n");
        let back: Value = serde_json::from_str(&table().print(Shape::Json)).expect("JSON");
        assert_eq!(back[0]["name"], "a, \"b\"\n");
        assert_eq!(back[1]["full_share"], 100);
    }
}
