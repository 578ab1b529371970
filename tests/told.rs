//! `sloc test`: what is written in the specs is shown on the real promtool, and what is not so is told at its place.
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use sandbox::{Sandbox, has};

/// A service, and a test of which the second half is as `expects`.
fn project(expects: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let text = r#"
service checkout {
  slo availability 99.9% over 30d {
    errors  http_requests_total{job="checkout", code=~"5.."}
    total   http_requests_total{job="checkout"}
  }

  alert pool-exhausted {
    value     pool_in_use / pool_size
    warning   above 80% for 10m
    critical  above 90% for 5m
    keep      5m
  }
}

test "half of the requests fail for ten minutes" {
  series  http_requests_total{job="checkout", code="200"}  +50/min for 40m
  series  http_requests_total{job="checkout", code="500"}  0/min for 10m, +50/min for 10m, 0/min for 20m
  series  pool_in_use{instance="a"}  20 for 10m, +4/min for 20m, 100 for 9m, gone for 1m
  series  pool_size{instance="a"}    100 for 40m
"#;
    sandbox.put("specs/main.slo", &format!("{text}{expects}}}\n"));
    sandbox
}

/// Whether there is a promtool; where there must be one, its absence fails.
fn engine() -> bool {
    let found = has("promtool");
    assert!(found || std::env::var_os("SLOC_REQUIRE_ENGINES").is_none(), "there is no promtool");
    found
}

#[test]
fn what_is_so_holds_and_the_proofs_of_every_alert_with_it() {
    let sandbox = project(
        "  expect page checkout.availability between 11m and 15m
  expect ticket availability
  expect warning checkout.pool-exhausted between 36m and 37m
  expect silent pool-exhausted between 1m and 30m
",
    );
    if !engine() {
        return;
    }
    let run = sandbox.run("test").exits(0);
    assert!(
        run.stderr.contains("ok      half of the requests fail for ten minutes (specs/main.slo:16)\n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.ends_with("4 test files: all hold\n"), "{}", run.stderr);
    sandbox.run("build").exits(0);
    sandbox.shell("promtool test rules out/prometheus/tests/*.yml").exits(0);
    assert!(!sandbox.path("out/prometheus/tests").join("..").join("sloc-test").exists());
}

#[test]
fn the_example_of_the_manual_holds() {
    let manual = include_str!("../docs/language.md");
    let example = manual.split("## Tests\n").nth(1).and_then(|rest| rest.split("```slo\n").nth(1)).unwrap();
    let sandbox = Sandbox::empty();
    sandbox.put("specs/main.slo", example.split("```").next().unwrap());
    if engine() {
        sandbox.run("test --written").exits(0).says("1 test file: all hold");
    }
}

/// Every form of indicator, several of them on the same metrics.
const FORMS: &str = r#"metrics {
  counter    req_total{job, region, code}
  counter    bad_total{job, region}
  histogram  lat_seconds{job, region}   buckets 50ms 100ms 300ms 1s
  histogram  natlat_seconds{job}  native
  gauge      probe_up{job, region}  in 0, 1
  gauge      queue{job}
  gauge      temp_ms{job}  milliseconds
  gauge      maint{job}
}
service s {
  slo e 99.9% over 30d by region {
    errors req_total{job="s", code=~"5.."}
    total  req_total{job="s"}
    at-least 100 events per 1h
    exclude when maint{job="s"} == 1
  }
  slo g 99% over 7d {
    good req_total{job="s", code!~"5.."}
    total req_total{job="s"}
    no-traffic bad
  }
  slo l3 99% over 30d {
    histogram lat_seconds{job="s"} within 300ms
  }
  slo l1 95% over 30d {
    histogram lat_seconds{job="s"} within 100ms
    no-traffic good
  }
  slo l1r 95% over 30d by region {
    histogram lat_seconds{job="s"} within 1s
  }
  slo n 99% over 30d {
    histogram natlat_seconds{job="s"} within 250ms
  }
  slo u 99.9% over 28d by region {
    up probe_up{job="s"}
  }
  slo ue 99.9% over 28d {
    up min(probe_up{job="s"})
  }
  slo v 99% over 30d {
    value max(queue{job="s"})
    good below 500 each 30s
  }
  slo vt 99% over 30d {
    value max by (job) (temp_ms{job="s"})
    good between 100ms and 1.5s
  }
  slo all 99% over 30d {
    all of s.g, s.l3
  }
  slo w 99% over 30d {
    weighted {
      s.g 3
      s.l3 1
    }
  }
  slo byall 99% over 30d by region {
    all of s.e, s.u
  }
  slo r 99% over 30d {
    ratio sum(rate(bad_total{job="s"}[$window])) / sum(rate(req_total{job="s"}[$window]))
  }
}
"#;

#[test]
fn every_form_of_indicator_is_proved_beside_the_others() {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/main.slo", FORMS);
    if engine() {
        sandbox.run("test").exits(0).says("2 test files: all hold");
    }
}

#[test]
fn what_is_not_so_is_told_at_its_place_with_what_happened() {
    let sandbox = project(
        "  expect page checkout.availability between 20m and 30m
  expect critical pool-exhausted between 1m and 20m
  expect silent checkout.availability
  expect silent checkout.pool-exhausted between 1m and 20m
",
    );
    if !engine() {
        return;
    }
    let run = sandbox.run("test --written --format short").exits(1).says("1 test file: 3 expectations not met");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.stdout);
    assert!(lines[0].starts_with("specs/main.slo:21:3: error[E0490]: it fired from 11m"), "{}", lines[0]);
    assert!(lines[0].ends_with("but this expects: page checkout.availability between 20m and 30m"), "{}", lines[0]);
    assert!(lines[1].starts_with("specs/main.slo:22:3: error[E0490]: it fired from 33m"), "{}", lines[1]);
    assert!(lines[2].starts_with("specs/main.slo:23:3: error[E0490]: it fired from 11m"), "{}", lines[2]);
}

#[test]
fn without_an_engine_and_without_such_a_test_the_command_says_so() {
    let sandbox = project("  expect silent checkout.availability\n");
    sandbox.run("test --promtool ./no-promtool").exits(3).says("cannot start ./no-promtool").says("--promtool PATH");
    sandbox.run("test nothing-of-that-name").exits(2).says("there is no such test");
    sandbox.put("promtool", "#!/bin/sh\necho '  unknown field in rules'\nexit 1\n");
    sandbox.shell("chmod +x promtool");
    sandbox.run("test --promtool ./promtool").exits(1).says("E0491").says("unknown field in rules");
}
