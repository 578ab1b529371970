//! A catalog for tests, one metric a line: `tests/promql/catalog.txt`.

use sloc::catalog::{Catalog, Kind, LabelFacts, Labels, Metric, Values};
use sloc::source::{FileId, Span};
use sloc::units::Ratio;

/// A line: kind, name, labels with their values, and what follows.
fn metric(line: &str, origin: Span) -> Metric {
    let (head, rest) = line.split_once('}').unwrap_or((line, ""));
    let (kind, name) = head.split('{').next().unwrap().split_once(' ').unwrap();
    let numbers = rest.split_whitespace().filter_map(Ratio::parse).collect::<Vec<_>>();
    let values = rest.contains(" in ").then(|| Values::OneOf(numbers.clone()));
    let kind = match kind {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram(numbers),
        "native" => Kind::NativeHistogram,
        "summary" => Kind::Summary(numbers),
        "info" => Kind::Info,
        "stateset" => Kind::StateSet,
        other => panic!("{other}"),
    };
    let listed: Vec<&str> = head.split('{').nth(1).unwrap_or("").split(',').map(str::trim).collect();
    let mut labels = Labels::declared(listed.iter().map(|l| l.split('=').next().unwrap()));
    for (label, texts) in listed.iter().filter_map(|l| l.split_once('=')) {
        let values = texts.split('|').map(str::to_string).collect();
        labels.known.insert(label.into(), LabelFacts { values, complete: true, ..LabelFacts::default() });
    }
    Metric { labels, values, ..Metric::new(name, kind, origin) }
}

/// The catalog; each metric stands in the line of `file` that its number says.
pub fn catalog(file: FileId) -> Catalog {
    let mut catalog = Catalog::default();
    let mut offset = 0;
    for line in TEXT.split_inclusive('\n') {
        if !line.starts_with('#') {
            let origin = Span::new(file, offset..offset + line.trim_end().len());
            assert_eq!(catalog.insert(metric(line.trim_end(), origin)), None);
        }
        offset += line.len();
    }
    catalog
}

/// The catalog's text.
pub const TEXT: &str = include_str!("../promql/catalog.txt");
