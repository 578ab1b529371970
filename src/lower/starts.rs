//! The queries a responder starts from.

use crate::check;
use crate::model::{Measure, SliForm, Start};

/// How many of the labels that tell events apart are shown at once.
const DIMENSIONS: usize = 3;

/// Queries for one objective, each with what it answers. All run as they are.
pub(super) fn starts(id: &str, slo: &check::Slo) -> Vec<Start> {
    let mut starts = vec![
        start("Error ratio, last five minutes", format!("slo:sli_error:ratio_rate5m{{slo_id=\"{id}\"}}")),
        start("Error budget left", format!("slo:period_error_budget_remaining:ratio{{slo_id=\"{id}\"}}")),
    ];
    let grouped = |selector: &str| {
        let labels: Vec<&str> =
            slo.by.iter().chain(slo.sli.dimensions.iter().take(DIMENSIONS)).map(String::as_str).collect();
        if labels.is_empty() {
            format!("rate({selector}[5m])")
        } else {
            format!("sum by ({}) (rate({selector}[5m]))", labels.join(", "))
        }
    };
    let (part, total) = (slo.sli.part_selector.as_deref(), slo.sli.total_selector.as_deref());
    if let Measure::Events { good, .. } = &slo.sli.measure {
        match (part, total) {
            (Some(part), _) if !good => {
                starts.push(start("Errors per second, the most first", format!("topk(10, {})", grouped(part))))
            }
            (Some(part), Some(total)) => {
                starts.push(start(
                    "Bad events per second, the most first",
                    format!("topk(10, {} - {})", grouped(total), grouped(part)),
                ));
            }
            _ => {}
        }
    }
    if let Measure::Composite { members, .. } = &slo.sli.measure {
        let ids: Vec<String> = members.iter().map(|(id, _)| id.replace('.', "[.]")).collect();
        let parts = format!("sort_desc(slo:sli_error:ratio_rate5m{{slo_id=~\"{}\"}})", ids.join("|"));
        starts.insert(0, start("Error ratios of its parts, the worst first", parts));
    }
    if let SliForm::Slices { value, bound, .. } = &slo.sli.form {
        starts.push(start(&format!("The value, which is good {bound}"), value.clone()));
    }
    if let SliForm::Up { query } = &slo.sli.form {
        starts.push(start("What is down", format!("({query}) == 0")));
    } else if let Some(total) = total {
        starts.push(start("Events per second", format!("sum(rate({total}[5m]))")));
    }
    starts
}

fn start(title: &str, expr: String) -> Start {
    Start { title: title.to_string(), expr }
}
