//! The command line as scripts and people meet it: exit statuses, what goes where, what is overwritten.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod sandbox;

use std::fs;
use std::process::Stdio;

use sandbox::{CHECKOUT, Sandbox, has, outcome};
use sloc::diag::codes;

const MISTAKES: &str = "service checkout {\n  tittle \"x\"\n  slo availability 99.9% over 30\n}\n";

#[test]
fn a_new_project_builds_and_the_real_prometheus_takes_its_rules() {
    let sandbox = Sandbox::empty();
    let init = sandbox.run("init").exits(0);
    assert!(
        init.stdout.starts_with("wrote specs/project.slo\nwrote specs/metrics.slo\nwrote specs/checkout.slo\n\nnext:")
    );
    sandbox.run("check").exits(0).says("nothing wrong in 2 SLOs of 1 service\n");
    sandbox.run("build").exits(0).says("built 2 SLOs of 1 service into out: ");
    sandbox.run("build --check").exits(0).says("out is what the specs say\n");
    if has("promtool") {
        let checked = sandbox.shell("promtool check rules out/prometheus/*.rules.yml").exits(0);
        assert!(checked.stdout.contains("SUCCESS"), "{}", checked.stdout);
    }
}

#[test]
fn a_new_project_may_have_several_services_and_stand_elsewhere() {
    let sandbox = Sandbox::empty();
    let init = sandbox.run("init shop --service cart --service payments").exits(0);
    assert!(
        init.stdout.contains("wrote shop/specs/cart.slo\n") && init.stdout.contains("  cd shop\n"),
        "{}",
        init.stdout
    );
    sandbox.run("-C shop build").exits(0).says("built 4 SLOs of 2 services into out: ");
    assert!(sandbox.path("shop/out/prometheus/cart.rules.yml").exists());
    assert!(!sandbox.path("out").exists());
}

#[test]
fn init_asks_three_questions_on_a_terminal() {
    if !has("script") {
        return;
    }
    let sandbox = Sandbox::empty();
    let typed = |answers: &str| {
        sandbox.shell(&format!("printf '{answers}' | script -qec '$SLOC init' /dev/null")).stdout.replace('\r', "")
    };
    let said = typed("no name\\ncart\\nshop/cart\\n99.5\\n");
    for part in [
        "What is the service called? [checkout] ",
        "  a name is a letter, then letters",
        "What is its `job` in Prometheus? [cart] ",
        "succeed, over 30 days? [99.9%] ",
        "wrote specs/cart.slo\n",
        "\nnext:\n  sloc build --watch ",
    ] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
    let spec = sandbox.read("specs/cart.slo");
    assert!(spec.contains("99.5% over 30d") && spec.contains("0.5%, is the error budget"), "{spec}");
    assert!(spec.contains("http_requests_total{job=\"shop/cart\"}"), "{spec}");
    sandbox.run("build").exits(0).says("built 2 SLOs of 1 service");
    // Nothing is asked where nothing could be written.
    let again = typed("");
    assert!(again.contains("there is a project in . already") && !again.contains("called?"), "{again}");
}

#[test]
fn flags_answer_the_questions_of_init_and_every_answer_builds() {
    for objective in ["94%", "99", "99.999999999%"] {
        let sandbox = Sandbox::empty();
        sandbox.run(&format!("init --service JOB-NAME --job NAME --objective {objective}")).exits(0);
        sandbox.run("check").exits(0).says("nothing wrong in 2 SLOs");
        sandbox.run("fmt --check").exits(0);
        assert!(sandbox.read("specs/JOB-NAME.slo").contains("{job=\"NAME\"}"));
    }
    let sandbox = Sandbox::empty();
    for wrong in ["100%", "93.9%", "most", "-1%", "99.9999999999%", "1e2"] {
        sandbox.run(&format!("init --objective={wrong}")).exits(2);
    }
    sandbox.run("init --service a --service b --job c").exits(2).says("`--job` is for one service");
    assert!(!sandbox.path("specs").exists());
}

#[test]
fn init_overwrites_nothing() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/project.slo", "# mine\n");
    sandbox.run("init").exits(2).says("there is a project in . already\n  specs/project.slo\n");
    assert_eq!(sandbox.read("specs/project.slo"), "# mine\n");
    assert!(!sandbox.path("specs/checkout.slo").exists());
}

#[test]
fn init_takes_only_names_that_can_be_files() {
    let sandbox = Sandbox::empty();
    for name in ["../../etc/passwd", "a/b", "", "-x", "1x", "project", "a\nb", "ä"] {
        let argument = format!("--service={name}");
        outcome(&mut sandbox.command(&["init", &argument])).exits(2);
    }
    sandbox.run("init --service a --service A").exits(2).says("`--service A` is given twice");
    assert_eq!(fs::read_dir(sandbox.0.path()).unwrap().count(), 0);
}

#[test]
fn a_second_build_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    sandbox.run("build").exits(0).says(", 0 changed\n");
}

#[test]
fn only_some_targets_are_built_when_they_are_named() {
    let sandbox = Sandbox::empty();
    sandbox.run("init").exits(0);
    sandbox.run("build").exits(0);
    let rules = sandbox.snapshot("out/prometheus");
    sandbox.run("build --only prometheus").exits(0).says(" deleted");
    let names = |tree: sandbox::Snapshot| -> Vec<_> { tree.into_keys().collect() };
    let left: Vec<String> = names(sandbox.snapshot("out")).iter().map(|p| p.display().to_string()).collect();
    assert_eq!(left, ["manifest.json", "prometheus/checkout.rules.yml"]);
    let now = sandbox.snapshot("out/prometheus");
    assert!(now.iter().all(|(path, bytes)| rules.get(path) == Some(bytes)));
    sandbox.run("build --only prometheus,runbooks --check").exits(1).says("is not what the specs say");
    sandbox.run("build --only grafana").exits(2).says("grafana-dashboards");
}

#[test]
fn mistakes_end_with_1_and_leave_every_file_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    let before = sandbox.snapshot("out");
    sandbox.put("specs/checkout.slo", MISTAKES);
    for command in ["build", "build --check", "build --force", "check"] {
        let result = sandbox.run(command).exits(1).says("2 errors");
        assert_eq!(result.stdout, "", "words to people go to standard error");
    }
    sandbox.run("build").exits(1).says("2 errors; out is as it was\n");
    assert_eq!(sandbox.snapshot("out"), before);
}

/// Each is answered with a code and a place, within the time of a usual run, and nothing is written.
#[test]
fn bad_input_of_every_kind_is_a_message_with_a_code_and_a_place() {
    let slo = |rest: &str| format!("service checkout {{\n  slo availability {rest}\n}}\n");
    let query = |query: &str| slo(&format!("99.9% over 30d {{\n    errors {query}\n    total {query}\n  }}"));
    let ten_thousand = |what: &str| what.repeat(10_000);
    let inputs: Vec<(&str, &str, Vec<u8>)> = vec![
        ("an unterminated string", "E0003", b"service checkout {\n  title \"x\n}\n".to_vec()),
        ("an unterminated text", "E0003", b"service checkout {\n  title \"\"\"x\n}\n".to_vec()),
        ("an unterminated block", "E0002", b"service checkout {\n".to_vec()),
        ("bytes that are not UTF-8", "E0007", b"service checkout {\n  title \"\xff\"\n}\n".to_vec()),
        ("a NUL", "E0001", b"service \0 {\n}\n".to_vec()),
        ("nested blocks", "E0002", ten_thousand("service a {\n").into_bytes()),
        ("nested brackets", "E0302", query(&format!("{}x{}", ten_thousand("("), ten_thousand(")"))).into_bytes()),
        ("open brackets", "E0302", query(&ten_thousand("sum((")).into_bytes()),
        ("a chain of operators", "E0302", query(&format!("x{}", ten_thousand(" + x"))).into_bytes()),
        ("a path as a name", "E0001", b"service ../../etc/passwd {\n}\n".to_vec()),
        ("a way out", "E0104", b"import \"../../../etc/passwd\"\n".to_vec()),
        ("an absolute path", "E0104", b"import \"/etc/passwd\"\n".to_vec()),
        ("a directory", "E0008", b"import \"../specs\"\n".to_vec()),
        ("an objective of 100 %", "E0402", slo("100% over 30d {\n  }").into_bytes()),
        ("an objective of 0 %", "E0402", slo("0% over 30d {\n  }").into_bytes()),
        ("an objective of 101 %", "E0402", slo("101% over 30d {\n  }").into_bytes()),
        (
            "an objective of a thousand digits",
            "E0202",
            slo(&format!("0.{}% over 30d {{\n  }}", "1".repeat(1000))).into_bytes(),
        ),
        ("a period without end", "E0201", slo("99.9% over 99999999999999999999d {\n  }").into_bytes()),
    ];
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    let before = sandbox.snapshot("out");
    for (what, code, bytes) in inputs {
        fs::write(sandbox.path("specs/checkout.slo"), bytes).unwrap();
        let result = sandbox.run("build --format short");
        assert_eq!(result.status, 1, "{what}: {}{}", result.stdout, result.stderr);
        let placed = |line: &str| line.starts_with("specs/checkout.slo:") && line.contains(&format!("error[{code}]"));
        assert!(result.stdout.lines().any(placed), "{what}: no {code} in\n{}", result.stdout);
        assert_eq!(sandbox.snapshot("out"), before, "{what}");
    }
}

#[test]
fn a_file_of_100_mb_is_not_read_and_one_that_cannot_be_read_is_named() {
    let sandbox = Sandbox::new();
    let big = fs::File::create(sandbox.path("specs/big.slo")).unwrap();
    big.set_len(100 << 20).unwrap();
    let result = sandbox.run("check --format short").exits(1);
    assert!(result.stdout.starts_with("specs/big.slo:1:1: error[E0006]: "), "{}", result.stdout);
    fs::remove_file(sandbox.path("specs/big.slo")).unwrap();
    sandbox.shell("mkfifo specs/pipe.slo").exits(0);
    sandbox.put("specs/checkout.slo", &format!("import \"pipe.slo\"\n{CHECKOUT}"));
    let result = sandbox.run("check --format short").exits(1);
    assert!(result.stdout.contains("specs/checkout.slo:1:8: error[E0008]: "), "{}", result.stdout);
}

#[test]
fn programs_get_one_line_or_one_object_per_mistake_on_standard_output() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/checkout.slo", MISTAKES);
    let short = sandbox.run("check --format short").exits(1);
    let places: Vec<&str> = short.stdout.lines().map(|l| l.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["specs/checkout.slo:2:3", "specs/checkout.slo:3:31"]);
    let json = sandbox.run("build --format json").exits(1);
    let lines: Vec<serde_json::Value> = json.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["primary"]["line"], 2);
}

#[test]
fn check_reads_only_what_is_named() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/more/broken.slo", MISTAKES);
    sandbox.run("check specs/checkout.slo").exits(0).says("nothing wrong in 1 SLO of 1 service");
    sandbox.run("check specs/more").exits(1);
    sandbox.run("check").exits(1);
    sandbox.run("build --specs specs/checkout.slo").exits(0);
}

#[test]
fn build_check_tells_each_difference_and_the_line_it_comes_from() {
    let sandbox = Sandbox::new();
    sandbox
        .run("build --check")
        .exits(1)
        .says("missing   prometheus/checkout.rules.yml  (from specs/checkout.slo:1)\n");
    assert!(!sandbox.path("out").exists(), "it writes nothing");
    sandbox.run("build").exits(0);
    sandbox.put("specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.5%"));
    let result = sandbox.run("build --check").exits(1).says("outdated  prometheus/checkout.rules.yml");
    assert!(result.stderr.ends_with("differ; `sloc build` writes them\n"), "{}", result.stderr);
    let result = result.says(
        "\n            specs/checkout.slo:2: recording rule slo:info, recording rule slo:objective:ratio, recording rule ",
    );
    assert!(!result.stderr.contains("have moved"), "{}", result.stderr);
    let short = sandbox.run("build --check --format short").exits(1);
    assert!(short.stdout.contains("out/prometheus/checkout.rules.yml: outdated (from specs/checkout.slo:2)\n"));
    let json = sandbox.run("build --check --format json").exits(1);
    for line in json.stdout.lines() {
        let difference: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(difference["path"].is_string() && difference["state"] == "outdated", "{line}");
    }
    sandbox.put("specs/checkout.slo", &format!("# A comment moves every line.\n{CHECKOUT}"));
    let moved = sandbox.run("build --check").exits(1).says(" files in which only the spec lines named have moved\n");
    assert!(!moved.stderr.contains("rules.yml"), "{}", moved.stderr);
}

#[test]
fn an_edited_file_is_told_and_kept_until_force() {
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    let rules = "out/prometheus/checkout.rules.yml";
    let generated = sandbox.read(rules);
    sandbox.put(rules, "groups: []\n");
    sandbox.run("build").exits(1).says("  edited    prometheus/checkout.rules.yml  (from specs/checkout.slo:1)\n");
    assert_eq!(sandbox.read(rules), "groups: []\n");
    sandbox.run("build --force").exits(0).says(", 1 changed");
    assert_eq!(sandbox.read(rules), generated);
}

#[test]
fn what_a_service_left_behind_is_deleted_and_what_others_put_there_is_not() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/cart.slo", &CHECKOUT.replace("checkout", "cart"));
    sandbox.put("out/README.md", "mine\n");
    sandbox.run("build").exits(0).says("2 SLOs of 2 services");
    fs::remove_file(sandbox.path("specs/cart.slo")).unwrap();
    sandbox.run("build").exits(0).says(" deleted\n");
    assert!(!sandbox.path("out/prometheus/cart.rules.yml").exists());
    assert!(!sandbox.path("out/runbooks/cart").exists());
    assert_eq!(sandbox.read("out/README.md"), "mine\n");
}

#[test]
fn wrong_use_ends_with_2() {
    let sandbox = Sandbox::new();
    for arguments in [
        "",
        "compile",
        "build --frobnicate",
        "build --format xml",
        "build --threads 0",
        "build --check --force",
        "build --out .",
        "build --out specs",
        "build --specs ../elsewhere",
        "build --specs /etc",
        "check nowhere",
        "explain",
        "explain E9999",
    ] {
        let result = sandbox.run(arguments).exits(2);
        assert!(!result.stderr.is_empty(), "`sloc {arguments}` says nothing");
    }
    assert!(!sandbox.path("out").exists());
    Sandbox::empty().run("build").exits(2).says("`sloc init` makes a first spec");
    let sandbox = Sandbox::empty();
    sandbox.put("specs/notes.txt", "");
    sandbox.run("build").exits(2).says("there is no `.slo` file in ");
}

#[test]
fn a_failing_machine_ends_with_3() {
    let sandbox = Sandbox::new();
    sandbox.put("taken", "mine\n");
    sandbox.run("build --out taken").exits(3).says("taken is a file, not a directory");
    sandbox.run("build --out taken/below").exits(3);
    assert_eq!(sandbox.read("taken"), "mine\n");
    if fs::exists("/dev/full").unwrap() {
        sandbox
            .shell("exec $SLOC explain --list > /dev/full")
            .exits(3)
            .says("cannot write to standard output: No space");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::new();
    for arguments in [&["explain", "--list"][..], &["--help"], &["explain", "E0001"]] {
        let mut child = sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    }
}

#[test]
fn every_code_has_a_page_and_a_near_miss_is_offered() {
    let sandbox = Sandbox::empty();
    let list = sandbox.run("explain --list").exits(0).stdout;
    assert_eq!(list.lines().count(), codes::ALL.len());
    for code in codes::ALL {
        let page = sandbox.run(&format!("explain {}", code.id)).exits(0).stdout;
        assert!(page.contains(code.page.trim_end()), "{}", code.id);
    }
    sandbox.run("explain e0001").exits(0);
    sandbox.run("explain unknwon-name").exits(2).says("did you mean `unknown-name`?");
}

#[test]
fn help_teaches_with_an_example_and_fits_the_screen() {
    let sandbox = Sandbox::empty();
    for arguments in ["--help", "build --help", "check --help", "explain --help", "init --help"] {
        let help = sandbox.run(arguments).exits(0).stdout;
        assert!(help.contains("Example:\n  sloc "), "{arguments}:\n{help}");
        let long: Vec<&str> = help.lines().filter(|l| l.chars().count() > 100).collect();
        assert!(long.is_empty(), "{arguments}: {long:?}");
    }
    assert!(sandbox.run("--version").exits(0).stdout.starts_with("sloc "));
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let sandbox = Sandbox::new();
    sandbox.put("specs/checkout.slo", MISTAKES);
    assert!(!sandbox.run("check").exits(1).stderr.contains('\x1b'), "a pipe is no terminal");
    if !has("script") {
        return;
    }
    let on_a_terminal = |environment: &str| {
        sandbox
            .shell(&format!("env -u NO_COLOR {environment} script -qec '$SLOC check' /dev/null </dev/null || true"))
            .stdout
    };
    assert!(on_a_terminal("TERM=xterm").contains("\x1b["), "a terminal shows colours");
    for quiet in ["TERM=xterm NO_COLOR=1", "TERM=dumb"] {
        assert!(!on_a_terminal(quiet).contains("\x1b["), "{quiet}");
    }
}

#[test]
fn a_directory_elsewhere_is_worked_on_as_if_it_were_here() {
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    let here = sandbox.snapshot("out");
    fs::remove_dir_all(sandbox.path("out")).unwrap();
    let elsewhere = Sandbox::empty();
    let project = sandbox.0.path().to_str().unwrap().to_string();
    outcome(&mut elsewhere.command(&["-C", &project, "build"])).exits(0);
    assert_eq!(sandbox.snapshot("out"), here);
    outcome(&mut elsewhere.command(&["build", "--project", &project, "--check"])).exits(0);
}

#[test]
fn what_is_given_in_the_place_of_something_else_is_told_by_what_it_is() {
    let sandbox = Sandbox::new();
    let file = sandbox.run("-C specs/checkout.slo check").exits(2);
    assert!(file.stderr.contains("is a file, and a project is a directory"), "{}", file.stderr);
    sandbox.run("build").exits(0);
    let manifest = sandbox.run("why out/manifest.json:5").exits(2);
    assert!(manifest.stderr.contains("lists all that a build wrote"), "{}", manifest.stderr);
    let spec = sandbox.run("import sloth specs/checkout.slo").exits(2);
    assert!(spec.stderr.contains("is a spec already"), "{}", spec.stderr);
    let nothing = sandbox.run("import sloth specs").exits(2);
    assert!(nothing.stderr.contains("there is no file to import"), "{}", nothing.stderr);
    let ratio = sandbox.run("init new --service cart --objective 0.999").exits(2);
    assert!(ratio.stderr.contains("`0.999` as a share of all is `99.9%`"), "{}", ratio.stderr);
}
