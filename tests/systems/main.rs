//! The five systems of `specs/` under load: a healthy day and one with an incident of each kind. Their alerts tell of each
//! incident, and their panels have data.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod ai_platform;
#[path = "../pictures/answers.rs"]
mod answers;
mod assistant;
mod boards;
#[path = "../common/mod.rs"]
mod common;
mod coverage;
mod documents;
#[path = "../pictures/draw.rs"]
mod draw;
mod environments;
mod gateway;
mod llm;
mod load;
mod panels;
#[path = "../engine/programs.rs"]
mod programs;
#[path = "../engine/project.rs"]
mod project;
#[path = "../engine/prometheus.rs"]
mod prometheus;
#[path = "../engine/questions.rs"]
mod questions;
#[path = "../pictures/replay.rs"]
mod replay;
mod timeline;
mod tunnel;

use load::Load;
use sloc::driver;

/// A system: its services, the folders of its dashboards, its load.
struct System {
    services: &'static [&'static str],
    folders: &'static [&'static str],
    load: fn() -> Load,
}

const LLM: System = System {
    services: &["llm-server", "llm-dashboards"],
    folders: &["llm-operations", "llm-business"],
    load: llm::load,
};
const ASSISTANT: System = System {
    services: &["assistant", "assistant-sms", "assistant-oauth", "assistant-tasks"],
    folders: &["personal-assistant"],
    load: assistant::load,
};
const AI_PLATFORM: System =
    System { services: &["ai-platform", "learning-engine", "mcp"], folders: &["ai-platform"], load: ai_platform::load };
const GATEWAY: System =
    System { services: &["inference-gateway"], folders: &["ml-platform", "infrastructure"], load: gateway::load };
const TUNNEL: System = System { services: &["tunnel"], folders: &["tunnel"], load: tunnel::load };

/// Compiles the specs and runs a system's load through its rules.
fn tells(system: &System) {
    if !programs::have("promtool") {
        return;
    }
    let program = project::own();
    let model = driver::analyze(&program).unwrap().model.unwrap();
    let out = project::build(&program);
    timeline::prove(&model, out.path(), system.services, &(system.load)());
}

/// Compiles the specs and asks what a system's dashboards ask.
fn has_data(system: &System) {
    if !programs::have("promtool") || !programs::have("prometheus") {
        return;
    }
    let out = project::build(&project::own());
    panels::prove(out.path(), system.services, system.folders, &(system.load)());
}

#[test]
fn the_alerts_of_the_llm_server_tell_of_its_incidents() {
    tells(&LLM);
}

#[test]
fn the_alerts_of_the_assistant_tell_of_its_incidents() {
    tells(&ASSISTANT);
}

#[test]
fn the_alerts_of_the_ai_platform_tell_of_its_incidents() {
    tells(&AI_PLATFORM);
}

#[test]
fn the_alerts_of_the_inference_gateway_tell_of_its_incidents() {
    tells(&GATEWAY);
}

#[test]
fn the_alerts_of_the_tunnel_tell_of_its_incidents() {
    tells(&TUNNEL);
}

#[test]
fn the_panels_of_the_llm_server_have_data() {
    has_data(&LLM);
}

#[test]
fn the_panels_of_the_assistant_have_data() {
    has_data(&ASSISTANT);
}

#[test]
fn the_panels_of_the_ai_platform_have_data() {
    has_data(&AI_PLATFORM);
}

#[test]
fn the_panels_of_the_inference_gateway_have_data() {
    has_data(&GATEWAY);
}

#[test]
fn the_panels_of_the_tunnel_have_data() {
    has_data(&TUNNEL);
}
