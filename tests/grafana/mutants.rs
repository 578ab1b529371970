//! Every rule finds what it is there to find: a right output is broken in one place, and the finding names it.

use serde_json::{Value, json};

use super::common::Memory;
use super::output::Output;
use super::{demo, findings};

/// What is broken, where in the output, how, and a part of what must be found.
struct Mutant {
    file: &'static str,
    pointer: &'static str,
    change: Change,
    found: &'static str,
}

enum Change {
    /// Another value stands there.
    Set(fn() -> Value),
    /// One more key stands there.
    Key(&'static str),
    /// It is gone.
    Drop,
    /// The last element is there twice.
    Twice,
}

use Change::{Drop, Key, Set, Twice};

const ALERTS: &str = "provisioning/alerting/checkout.yaml";
const OTHERS: &str = "provisioning/alerting/search.yaml";
const OVERVIEW: &str = "dashboards/slo/slo-overview.json";
const PAGE: &str = "dashboards/slo/slo-checkout-";
const SOURCES: &str = "provisioning/datasources/sloc.yaml";
const TRAFFIC: &str = "dashboards/shop/shop-traffic.json";
const DETAILS: &str = "dashboards/shop/shop-details.json";
const PROVIDERS: &str = "provisioning/dashboards/sloc.yaml";

const fn mutant(file: &'static str, pointer: &'static str, change: Change, found: &'static str) -> Mutant {
    Mutant { file, pointer, change, found }
}

/// The rules of alerting.
#[rustfmt::skip]
fn of_alerts() -> Vec<Mutant> {
    vec![
        mutant(ALERTS, "/apiVersion", Drop, "no apiVersion"),
        mutant(ALERTS, "", Key("rules"), "the key rules is not known"),
        mutant(ALERTS, "/groups/0", Key("folderUid"), "the key folderUid is not known"),
        mutant(ALERTS, "/groups/0/rules/0", Key("keep_firing_for"), "the key keep_firing_for is not known"),
        mutant(ALERTS, "/groups/0/rules/0/data/0", Key("queryTyp"), "the key queryTyp is not known"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model", Key("query"), "the key query is not known"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model", Key("reducer"), "the key reducer is not known"),
        mutant(ALERTS, "/groups/0/name", Set(|| json!("  ")), "the group"),
        mutant(ALERTS, "/groups/0/name", Set(|| "x".repeat(191).into()), "longer than 190 bytes"),
        mutant(ALERTS, "/groups/0/folder", Set(|| json!("Other")), "no dashboards are in the folder"),
        mutant(ALERTS, "/groups/0/folder", Set(|| json!("A/B")), "would be two"),
        mutant(ALERTS, "/groups/0/folder", Set(|| json!("General")), "cannot be called General"),
        mutant(ALERTS, "/groups/0/interval", Set(|| json!("15s")), "is not a multiple of 10s"),
        mutant(ALERTS, "/groups/0/interval", Set(|| json!("0s")), "is not a multiple of 10s"),
        mutant(ALERTS, "/groups/0/interval", Set(|| json!(30)), "is not a multiple of 10s"),
        mutant(ALERTS, "/groups", Twice, "the group"),
        mutant(ALERTS, "/groups/0/rules", Twice, "the uid"),
        mutant(ALERTS, "/groups/0/rules", Twice, "the title"),
        mutant(OTHERS, "/groups/0/rules/0/uid", Set(|| "u".repeat(41).into()), "not 1 to 40 characters"),
        mutant(OTHERS, "/groups/0/rules/0/uid", Set(|| json!("a.b")), "characters of other kinds"),
        mutant(ALERTS, "/groups/0/rules/0/title", Set(|| json!("")), "the title"),
        mutant(ALERTS, "/groups/0/rules/0/title", Set(|| json!("Costs $HOME")), "names a variable of the environment"),
        mutant(ALERTS, "/groups/0/rules/0/noDataState", Set(|| json!("Ok")), "noDataState"),
        mutant(ALERTS, "/groups/0/rules/0/execErrState", Set(|| json!("NoData")), "execErrState"),
        mutant(ALERTS, "/groups/0/rules/0/for", Set(|| json!("1.5m")), "no duration"),
        mutant(ALERTS, "/groups/0/rules/0/condition", Set(|| json!("D")), "is no expression of the rule"),
        mutant(ALERTS, "/groups/0/rules/0/condition", Set(|| json!("A")), "is no expression of the rule"),
        mutant(ALERTS, "/groups/0/rules/0/data/1/refId", Set(|| json!("A")), "the refId \"A\" is there twice"),
        mutant(ALERTS, "/groups/0/rules/0/data/1/model/refId", Set(|| json!("A")), "another refId than its node"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/type", Set(|| json!("maths")), "of no known type"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/datasource/uid", Set(|| json!("prometheus")), "has a data source"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/expression", Set(|| json!("$A > 1 && $D > 1")), "reads D"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/expression", Set(|| json!("$A > 1 && $C > 1")), "reads C"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/expression", Set(|| json!("$A > 1")), "nothing reads B"),
        mutant(ALERTS, "/groups/0/rules/0/data/2/model/expression", Set(|| json!("$A > 1 and $B > 1; x")), "is no expression"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/datasourceUid", Set(|| json!("prom2")), "there is no data source"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model/datasource/uid", Set(|| json!("prom2")), "another data source than its node"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model/datasource/type", Set(|| json!("loki")), "goes to no Prometheus"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/relativeTimeRange", Drop, "no range of time"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/relativeTimeRange/from", Set(|| json!("10m")), "no range of time"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/relativeTimeRange/from", Set(|| json!(0)), "no range of time"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model/instant", Set(|| json!(false)), "is not instant"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model/expr", Set(|| json!("up{")), "`up{`"),
        mutant(ALERTS, "/groups/0/rules/0/data/0/model/expr", Set(|| json!("(up == 0)")), "no value while all is well"),
        mutant(ALERTS, "/groups/0/rules/0/panelId", Drop, "another than in the annotations"),
        mutant(ALERTS, "/groups/0/rules/0/panelId", Set(|| json!(1)), "there is no panel 1"),
        mutant(ALERTS, "/groups/0/rules/0/dashboardUid", Set(|| json!("gone")), "on a dashboard \"gone\""),
        mutant(ALERTS, "/groups/0/rules/0/annotations/__panelId__", Set(|| json!("7")), "another than in the annotations"),
        mutant(ALERTS, "/groups/0/rules/0/annotations/summary", Set(|| json!("Costs ${HOME}")), "which newer Grafanas expand"),
        mutant(ALERTS, "/groups/0/rules/0/annotations/summary", Set(|| json!("{{ $$labels.a }}")), "which is two"),
        mutant(ALERTS, "/groups/0/rules/0/annotations/summary", Set(|| json!(7)), "is no text"),
        mutant(ALERTS, "/groups/0/rules/0/annotations/summary", Set(|| json!("{{ $labels.a")), "does not close it"),
        mutant(ALERTS, "/groups/0/rules/0/annotations/summary", Set(|| json!("{{ $value }}")), "of no known kind"),
        mutant(ALERTS, "/groups/0/rules/0/labels/severity", Set(|| json!("$HOME")), "names a variable of the environment"),
        mutant(ALERTS, "/groups/0/rules/0/labels", Key("__grafana_receiver__"), "is Grafana's own"),
        mutant(SOURCES, "/datasources/0/uid", Set(|| json!("a b")), "characters of other kinds"),
        mutant(SOURCES, "/datasources/0/url", Set(|| json!("$PROM_URL")), "names a variable of the environment"),
        mutant(SOURCES, "/datasources/0", Key("uidd"), "the key uidd is not known"),
        mutant(SOURCES, "/datasources/0/isDefault", Set(|| json!(false)), "not one default"),
        mutant(SOURCES, "/datasources", Twice, "is there twice"),
        mutant(PROVIDERS, "/providers", Twice, "the provider"),
        mutant(PROVIDERS, "/providers/0", Key("folderUid"), "the key folderUid is not known"),
        mutant(PROVIDERS, "/providers/0/folder", Set(|| json!("")), "the folder"),
        mutant(PROVIDERS, "/providers/0/type", Set(|| json!("disk")), "reads no files"),
        mutant(PROVIDERS, "/providers/0/options/path", Drop, "has no path with dashboards"),
        mutant(PROVIDERS, "/providers/0/options/path", Set(|| json!("/var/lib/grafana")), "has no path with dashboards"),
        mutant(PROVIDERS, "/providers", Drop, "nothing loads the dashboards"),
    ]
}

/// The rules of what only written dashboards have. Panels of the traffic: 0 a number, 3 a gauge, 10 a heatmap, 16 a table; of
/// the details: 1 is repeated, 2 a closed row with 0 mixed, 1 a log, 2 rows of a database, 3 traces, 4 a search.
#[rustfmt::skip]
fn of_written_boards() -> Vec<Mutant> {
    vec![
        mutant(TRAFFIC, "/templating/list/1/type", Set(|| json!("list")), "is of no known type"),
        mutant(TRAFFIC, "/templating/list/2/query", Set(|| json!("label_values(up{a=~\"$step\"}, b)")), "stands below it"),
        mutant(TRAFFIC, "/templating/list/1/query", Set(|| json!("regions")), "no label's values"),
        mutant(TRAFFIC, "/templating/list/3/name", Set(|| json!("q")), "nothing uses the variable q"),
        mutant(TRAFFIC, "/annotations/list/1/datasource/uid", Set(|| json!("gone")), "no variable of the dashboard"),
        mutant(TRAFFIC, "/timepicker/quick_ranges/0/from", Set(|| json!("1h")), "no range of time"),
        mutant(TRAFFIC, "/panels/0/datasource/type", Set(|| json!("loki")), "another data source than its queries"),
        mutant(TRAFFIC, "/panels/10/targets/0/format", Set(|| json!("time_series")), "not asked as heatmap"),
        mutant(TRAFFIC, "/panels/3/fieldConfig/defaults/thresholds/steps/0/value", Set(|| json!(0)), "first threshold has a value"),
        mutant(TRAFFIC, "/panels/16/fieldConfig/overrides/3/matcher/options", Set(|| json!("Value #Z")), "which is not there"),
        mutant(TRAFFIC, "/panels/16/options/sortBy/0/displayName", Set(|| json!("Size")), "no column \"Size\""),
        mutant(TRAFFIC, "/panels/6/fieldConfig/defaults/links/0/url", Set(|| json!("/d/gone")), "leads nowhere"),
        mutant(TRAFFIC, "/links/1/url", Set(|| json!("/d/gone?from=${__from}")), "leads nowhere"),
        mutant(DETAILS, "/panels/1/repeat", Set(|| json!("word")), "cannot be several"),
        mutant(DETAILS, "/panels/2/panels/0/datasource/uid", Set(|| json!("loki")), "is not mixed"),
        mutant(DETAILS, "/panels/2/panels/0/targets/1/refId", Set(|| json!("A")), "the refId"),
        mutant(DETAILS, "/panels/2/panels/1/targets/0/datasource/uid", Set(|| json!("lokki")), "no variable of the dashboard"),
        mutant(DETAILS, "/panels/2/panels/1/targets/0/datasource/type", Set(|| json!("tempo")), "no variable of the dashboard"),
        mutant(DETAILS, "/panels/2/panels/1/targets/0/expr", Set(|| json!(" ")), "asks Loki nothing"),
        mutant(DETAILS, "/panels/2/panels/1/targets/0/expr", Set(|| json!("{a=\"$app\"}")), "uses the variable app"),
        mutant(DETAILS, "/panels/2/panels/2/targets/0/rawQuery", Set(|| json!(false)), "asks the database nothing"),
        mutant(DETAILS, "/panels/2/panels/2/targets/0/format", Set(|| json!("time_series")), "not asked as table"),
        mutant(DETAILS, "/panels/2/panels/2/fieldConfig/defaults/mappings/0/options", Set(|| json!({"x": {"text": "x"}})), "is no number"),
        mutant(DETAILS, "/panels/2/panels/3/targets/0/queryType", Set(|| json!("search")), "asks Tempo nothing"),
        mutant(DETAILS, "/panels/2/panels/4/targets/0/service", Drop, "asks Jaeger nothing"),
        mutant(DETAILS, "/uid", Set(|| json!("shop-traffic")), "is there twice"),
        mutant(DETAILS, "/title", Set(|| json!("Shop traffic")), "the title"),
    ]
}

/// The rules of dashboards. On the page, panel 0 is the first row, 1 a number, 7 the burn-down, 13 a text.
#[rustfmt::skip]
fn of_boards() -> Vec<Mutant> {
    vec![
        mutant(PAGE, "/uid", Set(|| "u".repeat(41).into()), "not 1 to 40 characters"),
        mutant(PAGE, "/uid", Set(|| json!("slo checkout")), "characters of other kinds"),
        mutant(PAGE, "/uid", Set(|| json!("slo-overview")), "the uid \"slo-overview\" is there twice"),
        mutant(PAGE, "/uid", Set(|| json!("other")), "not called as its uid"),
        mutant(PAGE, "/title", Set(|| json!("acme overview")), "the title"),
        mutant(PAGE, "/title", Set(|| json!(" ")), "the title"),
        mutant(PAGE, "/editable", Set(|| json!(true)), "is editable"),
        mutant(PAGE, "/schemaVersion", Set(|| json!(2)), "of a version"),
        mutant(PAGE, "/refresh", Set(|| json!("1s")), "more often than Grafana allows"),
        mutant(PAGE, "/time/from", Set(|| json!("1d")), "no range of time"),
        mutant(PAGE, "/panels/1/id", Drop, "a panel has no id"),
        mutant(PAGE, "/panels", Twice, "the panel id"),
        mutant(PAGE, "/panels", Twice, "overlaps"),
        mutant(PAGE, "/panels/1/gridPos/x", Set(|| json!(23)), "is not on the grid"),
        mutant(PAGE, "/panels/1/gridPos/w", Set(|| json!(0)), "is not on the grid"),
        mutant(PAGE, "/panels/1/gridPos/w", Set(|| json!(5)), "overlaps"),
        mutant(PAGE, "/panels/1/gridPos/h", Set(|| json!(3)), "there is a hole"),
        mutant(PAGE, "/panels/0/gridPos/h", Set(|| json!(2)), "not one line over all columns"),
        mutant(PAGE, "/panels/0/collapsed", Set(|| json!(true)), "a row is closed and empty"),
        mutant(PAGE, "/panels/1/type", Set(|| json!("singlestat")), "no panels of kind"),
        mutant(PAGE, "/panels/1/title", Set(|| json!("")), "has no title"),
        mutant(PAGE, "/panels/1/description", Drop, "has no description"),
        mutant(PAGE, "/panels/1/datasource/uid", Set(|| json!("prometheus")), "another data source than its queries"),
        mutant(PAGE, "/panels/1/targets/0/datasource/uid", Set(|| json!("${ds}")), "no variable of the dashboard"),
        mutant(PAGE, "/panels/1/targets", Set(|| json!([])), "asks nothing"),
        mutant(PAGE, "/panels/1/targets/0/refId", Drop, "no refId"),
        mutant(PAGE, "/panels/1/targets", Twice, "the refId"),
        mutant(PAGE, "/panels/1/targets/0/format", Set(|| json!("table")), "not asked as time_series"),
        mutant(PAGE, "/panels/1/targets/0/instant", Set(|| json!(true)), "or both"),
        mutant(PAGE, "/panels/1/targets/0/expr", Set(|| json!("sum(")), "`sum(`"),
        mutant(PAGE, "/panels/1/targets/0/expr", Set(|| json!("up{a=\"$cluster\"}")), "uses the variable cluster"),
        mutant(PAGE, "/panels/1/targets/0/expr", Set(|| json!("rate(a_total[1h])")), "has a window of its own"),
        mutant(PAGE, "/panels/1/targets/0/expr", Set(|| json!("up{a=\"$region\"}")), "matched with ="),
        mutant(PAGE, "/panels/7/timeFrom", Set(|| json!("month")), "no duration"),
        mutant(PAGE, "/panels/1/fieldConfig/defaults/unit", Set(|| json!("percents")), "no unit"),
        mutant(PAGE, "/panels/1/fieldConfig/defaults/thresholds/steps/0/value", Set(|| json!(0)), "first threshold has a value"),
        mutant(PAGE, "/panels/1/fieldConfig/defaults/thresholds/steps/1/value", Set(|| json!(9)), "do not ascend"),
        mutant(PAGE, "/panels/1/fieldConfig/defaults/thresholds/steps/1/value", Set(|| json!(null)), "do not ascend"),
        mutant(PAGE, "/panels/1/fieldConfig/defaults/thresholds/steps/1/color", Set(|| json!("reddish")), "is no colour"),
        mutant(PAGE, "/panels/7/fieldConfig/overrides/0/matcher/options", Set(|| json!("Z")), "an override is for \"Z\""),
        mutant(PAGE, "/templating/list/0/type", Set(|| json!("custom")), "the first variable is no data source"),
        mutant(PAGE, "/templating/list/1/name", Set(|| json!("my region")), "no proper name"),
        mutant(PAGE, "/templating/list/1/name", Set(|| json!("zone")), "uses the variable region"),
        mutant(PAGE, "/templating/list/1/name", Set(|| json!("zone")), "nothing uses the variable zone"),
        mutant(PAGE, "/templating/list/1/label", Set(|| json!("")), "has no label"),
        mutant(PAGE, "/templating/list/1/refresh", Set(|| json!(1)), "not asked again"),
        mutant(PAGE, "/templating/list/1/datasource/uid", Set(|| json!("x")), "no variable of the dashboard"),
        mutant(PAGE, "/templating/list/1/query", Set(|| json!("up")), "no label's values"),
        mutant(PAGE, "/templating/list", Twice, "the variable"),
        mutant(PAGE, "/annotations/list/0/builtIn", Set(|| json!(0)), "Grafana's own annotations"),
        mutant(PAGE, "/annotations/list/1/expr", Set(|| json!("up{")), "`up{`"),
        mutant(PAGE, "/links/1/url", Set(|| json!("/d/gone")), "leads nowhere"),
        mutant(PAGE, "/links/1/url", Set(|| json!("javascript:x")), "leads nowhere"),
        mutant(OVERVIEW, "/panels/6/transformations/0/options/byField", Set(|| json!("line")), "has no label line"),
        mutant(OVERVIEW, "/panels/6/transformations/1/options/include/names", Set(|| json!(["row"])), "which is not there"),
        mutant(OVERVIEW, "/panels/6/options/sortBy/0/displayName", Set(|| json!("Size")), "no column \"Size\""),
        mutant(OVERVIEW, "/panels/7/fieldConfig/defaults/links/0/url", Set(|| json!("/d/slo-overview?a=${__field.labels.zone}")), "reads the label zone"),
        mutant(OVERVIEW, "/panels/7/fieldConfig/defaults/mappings/0/options", Set(|| json!({"x": {"text": "x", "color": "#000000"}})), "is no number"),
    ]
}

const POINTS: &str = "provisioning/alerting/_contact-points.yaml";
const POLICIES: &str = "provisioning/alerting/_policies.yaml";
const WRITTEN: &str = "provisioning/alerting/search.yaml";

/// The rules of contact points and policies, broken in the golden case of routes, with policies.
#[rustfmt::skip]
fn of_contacts() -> Vec<Mutant> {
    vec![
        mutant(POINTS, "/contactPoints/0", Key("uid"), "the key uid is not known"),
        mutant(POINTS, "/contactPoints/0/name", Set(|| json!(" ")), "the contact point"),
        mutant(POINTS, "/contactPoints/0/name", Set(|| json!("$TEAM")), "names a variable of the environment"),
        mutant(POINTS, "/contactPoints/0/receivers", Set(|| json!([])), "tells nobody"),
        mutant(POINTS, "/contactPoints", Twice, "the contact point"),
        mutant(POINTS, "/contactPoints/0/receivers", Twice, "the uid"),
        mutant(POINTS, "/contactPoints/0/receivers/0", Key("secureSettings"), "the key secureSettings is not known"),
        mutant(POINTS, "/contactPoints/0/receivers/0/uid", Set(|| json!("a b")), "characters of other kinds"),
        mutant(POINTS, "/contactPoints/0/receivers/0/type", Set(|| json!("pager")), "no receivers of kind"),
        mutant(POINTS, "/contactPoints/0/receivers/0/settings", Key("address"), "the key address is not known"),
        mutant(POINTS, "/contactPoints/0/receivers/0/settings", Set(|| json!({})), "a receiver has none of"),
        mutant(POLICIES, "/policies", Twice, "two trees of policies"),
        mutant(POLICIES, "/policies/0", Key("matchers"), "the key matchers is not known"),
        mutant(POLICIES, "/policies/0/group_wait", Set(|| json!("")), "group_wait is no duration"),
        mutant(POLICIES, "/policies/0/receiver", Set(|| json!("nobody")), "no contact point \"nobody\""),
        mutant(POLICIES, "/policies/0/routes/0/receiver", Drop, "no contact point"),
        mutant(POLICIES, "/policies/0/routes/0", Key("match"), "the key match is not known"),
        mutant(POLICIES, "/policies/0/routes/0/object_matchers/0/1", Set(|| json!("==")), "is no matcher"),
        mutant(POLICIES, "/policies/0/routes/0/object_matchers/0", Twice, "is no matcher"),
        mutant(WRITTEN, "/groups/0/rules/0", Key("missing_series_evals_to_resolve"), "never resolved"),
        mutant(WRITTEN, "/groups/0/rules/0", Key("keepFiringFor"), "no duration"),
        mutant(WRITTEN, "/groups/0/rules/0/data/1/model/expression", Set(|| json!("is_nun($A) == 0")), "is no expression"),
    ]
}

/// A key of a receiver that is nobody's to read, without a place in the environment; a rule that tells nobody.
#[rustfmt::skip]
fn of_messages() -> Vec<Mutant> {
    vec![
        mutant(WRITTEN, "/groups/0/rules/0/notification_settings/receiver", Set(|| json!("nobody")), "no contact point \"nobody\""),
        mutant(WRITTEN, "/groups/0/rules/0/notification_settings", Key("group_wait"), "the key group_wait is not known"),
    ]
}

/// The rules of data sources, broken in their golden case.
#[rustfmt::skip]
fn of_sources() -> Vec<Mutant> {
    vec![
        mutant(SOURCES, "/datasources/0/type", Set(|| json!("prom")), "no data sources of kind"),
        mutant(SOURCES, "/datasources/0/jsonData", Key("timeIntervall"), "the key timeIntervall is not known"),
        mutant(SOURCES, "/datasources/0/secureJsonData/basicAuthPassword", Set(|| json!("hunter2")), "no secret of the environment"),
        mutant(SOURCES, "/datasources/0/jsonData/exemplarTraceIdDestinations/0/datasourceUid", Set(|| json!("gone")), "no data source \"gone\""),
        mutant("provisioning/alerting/checkout.yaml", "/groups/0/rules/0/data/0/datasourceUid", Set(|| json!("loki")), "is no Prometheus"),
    ]
}

/// The file whose name begins so; uids end in a digest.
fn file<'a>(output: &'a mut Output, start: &str) -> &'a mut Value {
    output.0.iter_mut().find(|(path, _)| path.starts_with(start)).unwrap().1
}

fn apply(output: &mut Output, mutant: &Mutant) {
    let root = file(output, mutant.file);
    let (parent, key) = mutant.pointer.rsplit_once('/').unwrap_or(("", ""));
    let there =
        root.pointer_mut(mutant.pointer).unwrap_or_else(|| panic!("{} is not in {}", mutant.pointer, mutant.file));
    match &mutant.change {
        Set(value) => *there = value(),
        Key(name) => drop(there.as_object_mut().unwrap().insert(name.to_string(), json!("x"))),
        Twice => {
            let list = there.as_array_mut().unwrap();
            list.push(list.last().unwrap().clone());
        }
        Drop => drop(root.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap()),
    }
}

#[test]
fn every_rule_of_alerts_and_dashboards_finds_what_it_is_there_to_find() {
    bite(&demo(), of_alerts());
    bite(&demo(), of_boards());
    bite(&demo(), of_written_boards());
}

#[test]
fn every_rule_of_contacts_and_data_sources_finds_what_it_is_there_to_find() {
    let routes = include_str!("../golden/routes.slo");
    bite(&Memory::one(routes.replace("  repeat 12h\n}", "  repeat 12h\n} policies").as_bytes()), of_contacts());
    bite(&Memory::one(routes.as_bytes()), of_messages());
    bite(&Memory::one(include_bytes!("../golden/datasources.slo")), of_sources());
}

fn bite(program: &Memory, mutants: Vec<Mutant>) {
    let right = Output::of(program);
    assert_eq!(findings(&right), [""; 0]);
    let mut missed = Vec::new();
    for mutant in mutants {
        let mut output = right.clone();
        apply(&mut output, &mutant);
        let found = findings(&output);
        if !found.iter().any(|f| f.contains(mutant.found)) {
            missed.push(format!("{}{}: {:?} is not in {found:#?}", mutant.file, mutant.pointer, mutant.found));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
