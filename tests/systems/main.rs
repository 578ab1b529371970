//! The five systems of `specs/` under load: a healthy day and one with an incident of each kind.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod ai_platform;
mod assistant;
#[path = "../common/mod.rs"]
mod common;
mod gateway;
mod llm;
mod load;
#[path = "../engine/programs.rs"]
mod programs;
#[path = "../engine/project.rs"]
mod project;
mod timeline;
mod tunnel;

use load::Load;
use sloc::driver;

/// Compiles the specs and runs a system's load through its rules.
fn prove(services: &[&str], load: Load) {
    if !programs::have("promtool") {
        return;
    }
    let program = project::own();
    let model = driver::analyze(&program).unwrap().model.unwrap();
    let out = project::build(&program);
    timeline::prove(&model, out.path(), services, &load);
}

#[test]
fn the_alerts_of_the_inference_gateway_tell_of_its_incidents() {
    prove(&["inference-gateway"], gateway::load());
}

#[test]
fn the_alerts_of_the_tunnel_tell_of_its_incidents() {
    prove(&["tunnel"], tunnel::load());
}

#[test]
fn the_alerts_of_the_llm_server_tell_of_its_incidents() {
    prove(&["llm-server", "llm-dashboards"], llm::load());
}

#[test]
fn the_alerts_of_the_assistant_tell_of_its_incidents() {
    prove(&["assistant", "assistant-sms", "assistant-oauth", "assistant-tasks"], assistant::load());
}

#[test]
fn the_alerts_of_the_ai_platform_tell_of_its_incidents() {
    prove(&["ai-platform", "learning-engine", "mcp"], ai_platform::load());
}
