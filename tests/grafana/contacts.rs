//! Grafana's rules for contact points, notification policies and the settings of a rule's messages.

use serde_json::Value;

use super::alerts::{duration, expanded, is_variable};
use super::output::{Output, Report, items, text};

const POINT: &[&str] = &["orgId", "name", "receivers"];
const RECEIVER: &[&str] = &["uid", "type", "disableResolveMessage", "settings"];
const POLICY: &[&str] = &["orgId", "receiver", "group_by", "group_wait", "group_interval", "repeat_interval", "routes"];
const ROUTE: &[&str] = &["receiver", "object_matchers"];

/// Settings of each kind of receiver, and the one it cannot be without.
const KINDS: [(&str, &[&str], &[&str]); 4] = [
    ("email", &["addresses"], &["addresses"]),
    ("slack", &["url", "token", "recipient"], &["url", "token"]),
    ("pagerduty", &["integrationKey", "severity"], &["integrationKey"]),
    (
        "webhook",
        &["url", "httpMethod", "authorization_scheme", "authorization_credentials", "username", "password"],
        &["url"],
    ),
];

/// Settings that are nobody's to read.
const SECRETS: &[&str] = &["token", "integrationKey", "authorization_credentials", "password"];

pub fn file(report: &mut Report, output: &Output, file: &Value) {
    let receivers = || items(&file["contactPoints"]).flat_map(|p| items(&p["receivers"]));
    report.unique("the contact point", items(&file["contactPoints"]).map(|p| text(&p["name"])));
    report.unique("the uid", receivers().map(|r| text(&r["uid"])));
    for point in items(&file["contactPoints"]) {
        report.only(point, POINT);
        report.title("contact point", text(&point["name"]));
        expanded(report, "contact point", text(&point["name"]));
        report.expect(items(&point["receivers"]).next().is_some(), "a contact point tells nobody");
    }
    receivers().for_each(|r| receiver(report, r));
    report.expect(items(&file["policies"]).count() < 2, "there are two trees of policies");
    items(&file["policies"]).for_each(|p| policy(report, output, p));
}

fn receiver(report: &mut Report, receiver: &Value) {
    report.only(receiver, RECEIVER);
    report.uid(text(&receiver["uid"]));
    let Some((_, settings, needed)) = KINDS.iter().find(|(kind, ..)| receiver["type"] == *kind) else {
        return report.expect(false, format!("there are no receivers of kind {}", receiver["type"]));
    };
    report.only(&receiver["settings"], settings);
    let given = |key: &&str| !text(&receiver["settings"][key]).is_empty();
    report.expect(needed.iter().any(given), format!("a receiver has none of {needed:?}"));
    for (key, value) in receiver["settings"].as_object().into_iter().flatten() {
        let value = text(value);
        let variable = value.strip_prefix('$').is_some_and(is_variable);
        report.expect(variable || !SECRETS.contains(&key.as_str()), format!("{key} is no secret of the environment"));
        if !variable {
            expanded(report, key, value);
        }
    }
}

fn policy(report: &mut Report, output: &Output, policy: &Value) {
    report.only(policy, POLICY);
    for key in ["group_wait", "group_interval", "repeat_interval"] {
        report.expect(duration(&policy[key]) > Some(0), format!("{key} is no duration"));
    }
    exists(report, output, &policy["receiver"]);
    for route in items(&policy["routes"]) {
        report.only(route, ROUTE);
        exists(report, output, &route["receiver"]);
        for matcher in items(&route["object_matchers"]) {
            let sign = ["=", "!=", "=~", "!~"].contains(&text(&matcher[1]));
            let three = matcher.as_array().is_some_and(|m| m.len() == 3 && m.iter().all(Value::is_string));
            report.expect(sign && three, format!("{matcher} is no matcher"));
        }
    }
}

/// What a rule says about its messages.
pub fn notification(report: &mut Report, output: &Output, settings: &Value) {
    if !settings.is_null() {
        report.only(settings, &["receiver"]);
        exists(report, output, &settings["receiver"]);
    }
}

fn exists(report: &mut Report, output: &Output, name: &Value) {
    let known = output.contact_points().any(|p| p["name"] == *name);
    report.expect(known, format!("there is no contact point {name}"));
}
