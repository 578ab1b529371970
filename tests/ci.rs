//! What runs elsewhere: the hooks of pre-commit and the action of GitHub call commands that exist and do what they say.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod sandbox;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use sandbox::{CHECKOUT, Outcome, Sandbox, cache, has, outcome};
use serde_yaml::Value;

fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn every_hook_calls_a_command_that_finds_what_it_is_for() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().unwrap();
    let ids: Vec<&str> = hooks.iter().map(|h| h["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["sloc-check", "sloc-fmt", "sloc-build"]);
    for hook in hooks {
        let sandbox = Sandbox::new();
        let entry = hook["entry"].as_str().unwrap().strip_prefix("sloc ").unwrap();
        let names = hook["pass_filenames"].as_bool().unwrap_or(true);
        let files = if names { " specs/checkout.slo" } else { "" };
        sandbox.run(&format!("{entry}{files}")).exits(0);
        sandbox.put("specs/checkout.slo", "service checkout {\n  slo a 99.9 over 30d {\n");
        sandbox.run(&format!("{entry}{files}")).exits(1);
    }
}

#[test]
fn every_input_of_the_action_is_used() {
    let action = yaml(".github/actions/sloc-diff/action.yml");
    let text = serde_yaml::to_string(&action["runs"]).unwrap();
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        assert!(input["description"].is_string() && !input["default"].is_null(), "{name:?}");
        assert!(text.contains(&format!("inputs.{}", name.as_str().unwrap())), "{name:?} is used nowhere");
    }
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
}

/// A pull request: a repository whose second commit loosens an objective, and a `gh` that writes down what it is asked.
struct Pull(Sandbox);

impl Pull {
    fn new() -> Pull {
        let sandbox = Sandbox::new();
        let pull = Pull(sandbox);
        pull.0.run("build").exits(0);
        pull.git("init --quiet --initial-branch=main");
        pull.commit();
        pull.git("checkout --quiet -b pull");
        pull.0.put("specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.5%"));
        pull.0.run("build").exits(0);
        pull.commit();
        pull.0.put("bin/gh", "#!/bin/sh\necho \"$*\" >> \"$RUNNER_TEMP/asked\"\ncase \"$*\" in *--paginate*) cat \"$RUNNER_TEMP/mine\" 2>/dev/null;; esac\nexit 0\n");
        fs::set_permissions(pull.0.path("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
        pull
    }

    fn git(&self, arguments: &str) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments.split(' '));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(command.current_dir(self.0.0.path()).status().unwrap().success(), "git {arguments}");
    }

    fn commit(&self) {
        self.git("add specs out");
        self.git("commit --quiet --message change");
    }

    /// Runs the action's last step; gives back what `gh` was asked.
    fn compare(&self, deny: &str) -> (Outcome, String) {
        let temp = self.0.path("temp");
        fs::create_dir_all(&temp).unwrap();
        let _ = fs::remove_file(temp.join("asked"));
        let mut command = Command::new("bash");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/actions/sloc-diff/compare.sh");
        let path = format!("{}:{}", self.0.path("bin").display(), std::env::var("PATH").unwrap());
        command.arg(script).current_dir(self.0.0.path()).env("PATH", path);
        command.env("SLOC", env!("CARGO_BIN_EXE_sloc")).env("PROJECT", ".").env("BASE", "main").env("DENY", deny);
        command.env("BUILD_CHECK", "true").env("COMMENT", "true").env("NUMBER", "7").envs([cache()]);
        command
            .env("RUNNER_TEMP", &temp)
            .env("GITHUB_STEP_SUMMARY", temp.join("summary"))
            .env("GITHUB_REPOSITORY", "a/b");
        let outcome = outcome(&mut command);
        (outcome, fs::read_to_string(temp.join("asked")).unwrap_or_default())
    }
}

#[test]
fn the_action_comments_once_and_replaces_its_comment() {
    let pull = Pull::new();
    let (done, asked) = pull.compare("");
    done.exits(0);
    assert!(asked.contains("--method POST repos/a/b/issues/7/comments --field body=@"), "{asked}");
    assert!(pull.0.read("temp/sloc-diff.md").contains("🔴 **loosened**"));
    assert_eq!(pull.0.read("temp/summary"), pull.0.read("temp/sloc-diff.md"));
    pull.0.put("temp/mine", "42\n");
    let (done, asked) = pull.compare("");
    done.exits(0);
    assert!(asked.contains("--method PATCH repos/a/b/issues/comments/42 ") && !asked.contains("POST"), "{asked}");
}

#[test]
fn the_action_fails_on_what_is_denied_broken_or_not_built_after_it_has_said_so() {
    let pull = Pull::new();
    pull.compare("slo-gone").0.exits(0);
    let (done, asked) = pull.compare("loosened");
    assert!(done.exits(1).stdout.contains("::error::") && asked.contains("POST"), "{asked}");
    pull.0.put("specs/checkout.slo", CHECKOUT);
    pull.compare("").0.exits(1).says("out is not what the specs say");
    pull.0.put("specs/checkout.slo", "service checkout {\n");
    pull.compare("").0.exits(1).says("error");
    pull.git("checkout --quiet main -- specs out");
    pull.commit();
    let (done, asked) = pull.compare("loosened");
    done.exits(0);
    assert!(!asked.contains("POST"), "there is nothing to say: {asked}");
}

/// The commands of the job for GitLab, as the documentation has it.
fn gitlab() -> Vec<String> {
    let page = include_str!("../docs/ci.md");
    let block = page.split("## GitLab").nth(1).unwrap().split("```yaml\n").nth(1).unwrap();
    let job: Value = serde_yaml::from_str(block.split("\n```").next().unwrap()).unwrap();
    job["sloc"]["script"].as_sequence().unwrap().iter().map(|l| l.as_str().unwrap().to_string()).collect()
}

#[test]
fn the_job_for_gitlab_comments_once_and_replaces_its_comment() {
    if !has("jq") {
        return;
    }
    let pull = Pull::new();
    pull.0.put(
        "bin/curl",
        "#!/bin/sh\necho \"$*\" >> asked\ncase \"$*\" in *per_page*) cat mine 2>/dev/null || echo '[]';; esac\n",
    );
    fs::set_permissions(pull.0.path("bin/curl"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sloc"), pull.0.path("bin/sloc")).unwrap();
    // Installing aside.
    let script: Vec<String> = gitlab().into_iter().skip_while(|line| line != "sloc check").collect();
    let run = || {
        let _ = fs::remove_file(pull.0.path("asked"));
        let path = format!("{}:{}", pull.0.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-eo", "pipefail", "-c", &script.join("\n")]).current_dir(pull.0.0.path()).env("PATH", path);
        command.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main").env("CI_API_V4_URL", "https://gitlab.example.com/api/v4");
        command.envs([cache()]).env("CI_PROJECT_ID", "5").env("CI_MERGE_REQUEST_IID", "7").env("SLOC_TOKEN", "secret");
        (outcome(&mut command), pull.0.read("asked"))
    };
    let (done, asked) = run();
    done.exits(0);
    let notes = "https://gitlab.example.com/api/v4/projects/5/merge_requests/7/notes";
    assert!(asked.contains(&format!("--request POST --form body=<diff.md {notes}\n")), "{asked}");
    assert!(pull.0.read("diff.md").contains("🔴 **loosened**"));
    pull.0.put("mine", r#"[{"id": 3, "body": "else"}, {"id": 42, "body": "<!-- sloc diff -->\n…"}]"#);
    let (done, asked) = run();
    done.exits(0);
    assert!(asked.contains(&format!("--request PUT --form body=<diff.md {notes}/42\n")), "{asked}");
    // What is denied fails, after it has been said.
    pull.0.put("specs/checkout.slo", &CHECKOUT.replace("slo availability", "slo other"));
    pull.0.run("build").exits(0);
    pull.commit();
    let (done, asked) = run();
    done.exits(1);
    assert!(asked.contains("PUT"), "{asked}");
}

#[test]
fn the_examples_of_the_documentation_are_yaml_and_shell() {
    let page = include_str!("../docs/ci.md");
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert_eq!(blocks.len(), 3);
    for block in &blocks {
        serde_yaml::from_str::<Value>(block).unwrap();
    }
    let hooks = yaml(".pre-commit-hooks.yaml");
    let known: Vec<&str> = hooks.as_sequence().unwrap().iter().map(|h| h["id"].as_str().unwrap()).collect();
    let example: Value = serde_yaml::from_str(blocks[0]).unwrap();
    let used: Vec<&str> =
        example["repos"][0]["hooks"].as_sequence().unwrap().iter().map(|h| h["id"].as_str().unwrap()).collect();
    assert!(used.iter().all(|id| known.contains(id)) && used.len() == known.len(), "{used:?}");
    let checked = Command::new("bash").args(["-n", "-c", &gitlab().join("\n")]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
