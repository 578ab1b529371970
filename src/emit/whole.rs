//! `json/model.json`: the whole model, for other people's programs. `docs/model.schema.json` says what stands where.

use serde::Serialize;

use super::{Artifact, Emit, Target, json};
use crate::model::Model;

/// The model as it is.
pub(super) static TARGET: Target = Target { name: "json", boards: true, emit: Emit::Whole(emit) };

/// Goes up when a program that reads the file must change.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    #[serde(flatten)]
    model: &'a Model,
}

fn emit(model: &Model) -> Vec<Artifact> {
    if !model.project.outputs.json {
        return Vec::new();
    }
    let origin = model.services.first().map_or_else(|| "specs".to_string(), |s| s.origin.to_string());
    vec![Artifact { path: "json/model.json".into(), body: json::pretty(&Whole { version: VERSION, model }), origin }]
}
