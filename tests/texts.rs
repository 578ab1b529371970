//! Texts of authors arrive where they belong, as they were written: in rules, in Grafana's files, in Terraform.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::Memory;
use proptest::prelude::*;
use sloc::driver;
use sloc::emit::Artifact;

/// Text that may do harm in some output.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{1,30}",
        prop::sample::select(vec![
            "${HOME}",
            "$$",
            "$A",
            "%{x}",
            "%%{",
            "$${x}",
            "---",
            "yes",
            "1.0",
            "a: b",
            "# c",
            "- d",
            "<script>",
            "|",
            "`",
            "\u{2028}",
            "'",
            "\"",
            "\\",
            "\\n",
            "line\nline",
            "\u{1b}[31m",
            "!tag",
            "null",
            "~",
            "{\"a\"}",
            "}}",
        ])
        .prop_map(String::from),
    ]
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

fn build(text: &str) -> Vec<Artifact> {
    let analysis = driver::analyze(&Memory::one(text.as_bytes())).unwrap();
    driver::emit(&analysis.model.unwrap_or_else(|| panic!("{:#?}\n{text}", analysis.diagnostics)))
}

fn yaml(files: &[Artifact], path: &str) -> serde_yaml::Value {
    serde_yaml::from_str(&files.iter().find(|f| f.path == path).unwrap().body).unwrap()
}

/// What Grafana makes of a text in which it expands variables.
fn expanded(value: &serde_yaml::Value) -> String {
    value.as_str().unwrap().replace("$$", "$")
}

/// A template with every `{{"$$"}}` as what it prints.
fn dollars(template: &str) -> String {
    let mut text = template.to_string();
    for count in (1..40).rev() {
        let row = "$".repeat(count);
        text = text.replace(&format!("{{{{\"{row}\"}}}}"), &row);
    }
    text
}

/// A title that a folder of Grafana may have.
fn is_title(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 190 && !text.contains(['/', '\n']) && !text.eq_ignore_ascii_case("general")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn titles_arrive_in_terraform(folder in text(), team in text()) {
        prop_assume!(is_title(&folder) && !team.is_empty());
        let spec = format!("team t {}\nfolder {} {{ view t }}\n", quoted(&team), quoted(&folder));
        let files = build(&spec);
        let body = &files.iter().find(|f| f.path == "terraform/access.tf.json").unwrap().body;
        let json: serde_json::Value = serde_json::from_str(body).unwrap();
        let read = |v: &serde_json::Value| v.as_str().unwrap().replace("$${", "${").replace("%%{", "%{");
        prop_assert_eq!(read(&json["resource"]["grafana_team"]["t"]["name"]), team);
        let folders = json["data"]["grafana_folder"].as_object().unwrap();
        prop_assert_eq!(folders.len(), 1);
        prop_assert_eq!(read(&folders.values().next().unwrap()["title"]), folder);
        // Nothing in the whole file is left for Terraform to fill in but our own references.
        for place in body.replace("$${", "").replace("%%{", "").split("${").skip(1) {
            prop_assert!(place.starts_with("data.grafana_folder.") || place.starts_with("grafana_team."), "{}", place);
        }
    }

    #[test]
    fn summaries_arrive_in_prometheus_and_in_grafana(before in text(), after in text(), channel in text()) {
        let plain = |t: &str| t.replace(['{', '}'], "");
        let (before, after) = (plain(&before), plain(&after));
        prop_assume!(!channel.is_empty());
        let spec = format!(
            "service a {{\n  alert b {{\n    when up == 0\n    critical for 1m\n    summary {}\n    labels {{ channel = {} }}\n  }}\n}}\n",
            quoted(&format!("{before}{{instance}}{after}")), quoted(&channel),
        );
        let files = build(&spec);
        let rule = &yaml(&files, "prometheus/a.rules.yml")["groups"][0]["rules"][0];
        let want = format!("{before}{{{{ $labels.instance }}}}{after}");
        prop_assert_eq!(rule["annotations"]["summary"].as_str().unwrap(), &want);
        let printed = |t: &str| t.replace("{{\"{\"}}", "{");
        prop_assert_eq!(printed(rule["labels"]["channel"].as_str().unwrap()), channel.clone());
        let rule = &yaml(&files, "grafana/provisioning/alerting/a.yaml")["groups"][0]["rules"][0];
        let summary = rule["annotations"]["summary"].as_str().unwrap();
        prop_assert!(!summary.contains("${"), "{}", summary);
        prop_assert_eq!(dollars(summary), want);
        prop_assert_eq!(printed(&expanded(&rule["labels"]["channel"])), channel);
    }

    #[test]
    fn users_and_patterns_arrive_in_data_sources(user in text(), database in text(), pattern in text()) {
        let pattern = format!("{}(x)", pattern.replace(['(', ')', '\\'], ""));
        prop_assume!(!user.contains("://") && !database.contains("://") && !user.is_empty() && user.len() < 32);
        prop_assume!(!database.is_empty() && database.len() < 32 && !["xox", "gl", "gh", "AKIA", "sk-", "---"].iter().any(|b| user.starts_with(b)));
        let spec = format!(
            "datasource prom prometheus \"http://p:9090\"\ndatasource db postgres \"db:5432\" user {} password env(P) database {}\n\
             datasource tempo tempo \"http://t:3200\"\ndatasource loki loki \"http://l:3100\" {{ field id matching {} -> tempo }}\n\
             service a {{\n  alert b {{\n    when up == 0\n    critical for 1m\n  }}\n}}\n",
            quoted(&user), quoted(&database), quoted(&pattern),
        );
        let files = build(&spec);
        let sources = &yaml(&files, "grafana/provisioning/datasources/sloc.yaml")["datasources"];
        let by = |name: &str| sources.as_sequence().unwrap().iter().find(|d| d["name"] == name).unwrap().clone();
        prop_assert_eq!(expanded(&by("db")["user"]), user);
        prop_assert_eq!(expanded(&by("db")["jsonData"]["database"]), database);
        prop_assert_eq!(expanded(&by("loki")["jsonData"]["derivedFields"][0]["matcherRegex"]), pattern);
        let db = by("db");
        prop_assert_eq!(db["secureJsonData"]["password"].as_str(), Some("$P"));
    }
}
