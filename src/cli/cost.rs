//! `sloc build --cost`: what the rules cost the server that evaluates them.

use super::project::{self, Messages};
use super::table::{Cell, Table};
use super::terminal;
use crate::cost::{self, Grounds, SAMPLE, Sum};
use crate::driver::Known;
use crate::io::Failure;
use crate::model::Model;
use crate::source::Loader;

/// Prints an estimate by objective and alert, and of all together.
pub(super) fn print(model: &Model, loader: &dyn Loader, series: u64, format: Messages) -> Result<(), Failure> {
    let catalog = Known::from_specs(loader).map_err(project::unlisted)?.catalog;
    let rules = cost::rules(model, Grounds { series, catalog: &catalog });
    let sums = cost::by_subject(&rules);
    let mut all = Sum::default();
    sums.values().for_each(|sum| all.add(sum));
    let columns = &[
        ("of", "of"),
        ("rules", "rules"),
        ("series", "recorded_series"),
        ("samples an hour", "samples_per_hour"),
        ("memory", "bytes"),
    ];
    let mut rows: Vec<Vec<Cell>> = sums.iter().map(|(of, sum)| row(of, sum)).collect();
    if format == Messages::Json {
        return terminal::out(&Table { columns, rows }.lines());
    }
    rows.push(row("all", &all));
    terminal::out(&Table { columns, rows }.print(super::table::Shape::Table))?;
    terminal::say(&format!(
        "estimated for {series} series of each metric, {} values of each label that the catalog does not list; memory is that of\n\
         the largest evaluation\n",
        cost::VALUES
    ));
    Ok(())
}

fn row(of: &str, sum: &Sum) -> Vec<Cell> {
    let bytes = sum.peak.saturating_mul(SAMPLE);
    vec![
        Cell::text(of),
        Cell::value(sum.rules.to_string(), sum.rules),
        Cell::value(sum.series.to_string(), sum.series),
        Cell::value(grouped(sum.hourly), sum.hourly),
        Cell::value(format!("{} KiB", grouped(bytes.div_ceil(1024))), bytes),
    ]
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}
