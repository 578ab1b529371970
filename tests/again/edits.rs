//! Any edits of specs and output, one after the other: each build leaves what it leaves without a record.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::sandbox::{Sandbox, snapshot};
use super::{Place, flip, rewrite};

/// What somebody does between two builds. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Objective(usize, usize),
    Add(usize),
    Delete(usize),
    Rename(usize, usize),
    Uses(usize, usize),
    Shared(usize),
    Revert,
    EditOutput(usize),
    FlipOutput(usize),
    DeleteOutput(usize),
    EditManifest(usize),
    Foreign,
    Nothing,
}

fn steps() -> impl Strategy<Value = Vec<(Step, usize)>> {
    let n = || 0..8usize;
    let step = prop_oneof![
        3 => (n(), n()).prop_map(|(a, b)| Step::Objective(a, b)),
        2 => n().prop_map(Step::Add),
        1 => n().prop_map(Step::Delete),
        1 => (n(), n()).prop_map(|(a, b)| Step::Rename(a, b)),
        2 => (n(), 0..USES.len()).prop_map(|(a, b)| Step::Uses(a, b)),
        1 => n().prop_map(Step::Shared),
        1 => Just(Step::Revert),
        1 => n().prop_map(Step::EditOutput),
        1 => n().prop_map(Step::FlipOutput),
        1 => n().prop_map(Step::DeleteOutput),
        1 => n().prop_map(Step::EditManifest),
        1 => Just(Step::Foreign),
        3 => Just(Step::Nothing),
    ];
    prop::collection::vec((step, 0..12usize), 1..10)
}

/// What else a service may hold or stand beside, which leads to other files, services, tests and boards.
const USES: &[&str] = &[
    "",
    "  policy  quiet\n",
    "  owner  payments\n",
    "  use  web(job = \"a\")\n",
    "  slo both 99% over 30d {\n    all  s0.up, s1.up\n  }\n",
    "  alert odd {\n    when  slo:error_ratio:rate1h > 0.5\n    warning  for 5m\n  }\n",
    "  alert gone {\n    when  misspelt{job=\"a\"} > 0.5\n    warning  for 5m\n  }\n",
    "  slo up 9% over 30d {\n    up  up{job=\"b\"}\n  }\n",
    "  title  \"s0\"\n",
    "  alert down {\n    when  up{job=\"a\"} < 1\n    warning  for 5m\n    open  dashboard d \"One\"\n  }\n",
];

/// Shared files, one after the other.
const SHARED: &[&str] = &[
    "policy quiet {\n  page    2% of budget in 1h confirmed over 5m\n  ticket  1x burn over 3d confirmed over 6h for 1h\n}\n",
    "policy quiet {\n  page    5% of budget in 1h confirmed over 5m\n}\nteam payments {\n}\n",
    "metrics {\n  gauge  up{job, instance}  in 0, 1\n}\ntemplate web(job) {\n  slo web 99% over 30d {\n    up  up{job=\"$job\"}\n  }\n}\n",
    "project p {\n  every 1m\n}\nenvironment staging {\n  s0.up  90% over 7d { page off }\n}\n",
    "dashboard d {\n  stat \"One\" {\n    query  up{job=\"a\"}\n  }\n}\n",
    "test \"it fires\" {\n  series  up{job=\"a\"}  0x100\n  expect  s0.up  page\n}\n",
    "",
    "project p {\n  grafana \"https://g.example.com\"\n}\n",
];

/// The specs of a project as somebody has left them.
#[derive(Clone, Default)]
struct Specs {
    /// By file: the name of the service, its objective, what else it holds.
    services: BTreeMap<usize, (usize, usize, usize)>,
    shared: usize,
}

impl Specs {
    fn write(&self, project: &Sandbox) {
        let _ = fs::remove_dir_all(project.path("specs"));
        project.put("specs/shared.slo", SHARED[self.shared]);
        for (file, (name, objective, uses)) in &self.services {
            let text = format!(
                "import \"shared.slo\"\n\nservice s{name} {{\n{}  slo up 99.{objective}% over 30d {{\n    up  up{{job=\"a\"}}\n  }}\n}}\n",
                USES[*uses]
            );
            project.put(&format!("specs/f{file}.slo"), &text);
        }
    }

    fn step(&mut self, before: &Specs, step: &Step) {
        let nth = |n: usize, all: &BTreeMap<usize, _>| all.keys().nth(n % all.len().max(1)).copied();
        let file = |n: &usize| nth(*n, &self.services).unwrap_or(0);
        match step {
            Step::Objective(n, to) => self.services.entry(file(n)).or_default().1 = *to,
            Step::Add(n) => drop(self.services.insert(*n, (*n, 0, 0))),
            Step::Delete(n) => drop(self.services.remove(&file(n))),
            Step::Rename(n, to) => self.services.entry(file(n)).or_default().0 = *to,
            Step::Uses(n, to) => self.services.entry(file(n)).or_default().2 = *to,
            Step::Shared(to) => self.shared = *to,
            Step::Revert => *self = before.clone(),
            _ => {}
        }
    }
}

/// What somebody does to the output.
fn meddle(project: &Sandbox, step: &Step) {
    let files: Vec<PathBuf> =
        if project.path("out").exists() { snapshot(&project.path("out")).into_keys().collect() } else { Vec::new() };
    let file = |n: &usize| files.get(n % files.len().max(1)).map(|path| project.path("out").join(path));
    match step {
        Step::EditOutput(n) => drop(file(n).map(|path| rewrite(&path, |bytes| bytes.push(b'\n')))),
        Step::FlipOutput(n) => drop(file(n).map(|path| flip(&path))),
        Step::DeleteOutput(n) => drop(file(n).map(fs::remove_file)),
        Step::EditManifest(n) if project.path("out/manifest.json").exists() => {
            rewrite(&project.path("out/manifest.json"), |bytes| {
                let line = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(*n).map_or(0, |(at, _)| at);
                bytes.truncate(line + 1);
            });
        }
        Step::Foreign => {
            let rules = "groups:\n  - rules:\n      - uid: foreign\n";
            project.put("out/grafana/provisioning/alerting/foreign.yaml", rules);
        }
        _ => {}
    }
}

const COMMANDS: &[&str] = &[
    "build",
    "build",
    "build --only prometheus",
    "build --only prometheus",
    "build --only prometheus",
    "build --format short",
    "build --force",
    "build --env staging",
    "build --all-envs",
    "build --only prometheus,runbooks",
    "build --check",
    "build --only prometheus --force",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_lead_to_what_they_lead_to_without_a_record(steps in steps()) {
        let (place, plain) = (Place::new(), Place::new());
        let mut specs = Specs::default();
        specs.services.extend((0..4).map(|n| (n, (n, 0, 0))));
        let first = specs.clone();
        for (step, command) in [(Step::Nothing, 2)].iter().chain(&steps) {
            specs.step(&first, step);
            let command = COMMANDS[*command];
            let ends = [(&place, ""), (&plain, " --no-cache")].map(|(place, more)| {
                specs.write(&place.project);
                meddle(&place.project, step);
                place.everything(&format!("{command}{more}"))
            });
            prop_assert_eq!(&ends[0], &ends[1], "after {:?}: {}", step, command);
        }
    }
}
