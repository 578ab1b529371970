//! Every code, once. Its page is `explain/<id>.md`, without which this file does not compile.
//!
//! Numbers go by step and are never reused: 00xx text, 01xx names, 02xx values and units, 03xx PromQL,
//! 04xx objectives and alerts, 05xx what a target cannot say,
//! 06xx rule files and dashboards that were never specs, 07xx what comes from other tools and has their names. `E` is an error by nature, `W` a warning.

use super::Severity;

/// A stable code and its page.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// `E0101`.
    pub id: &'static str,
    /// `unknown-name`: the same in words, for settings and searches.
    pub name: &'static str,
    /// The level it is reported at unless a setting changes it.
    pub severity: Severity,
    /// Whether its level may be changed although it is an error: what is generated would still be sound PromQL.
    pub lint: bool,
    /// The page in Markdown: what is wrong, an example, how to mend it.
    pub page: &'static str,
}

/// Whether a code's line ends with `lint`.
const fn is_lint(words: &[&str]) -> bool {
    !words.is_empty()
}

macro_rules! codes {
    ($($id:ident $severity:ident $name:literal $(, $lint:ident)?)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $id: Code = Code {
                id: stringify!($id),
                name: $name,
                severity: Severity::$severity,
                lint: is_lint(&[$(stringify!($lint))?]),
                page: include_str!(concat!("explain/", stringify!($id), ".md")),
            };
        )*
        /// Every code in the order of its id.
        pub static ALL: &[&Code] = &[$(&$id),*];
    };
}

codes! {
    E0001 Error "unexpected-text"
    E0002 Error "unclosed-block"
    E0003 Error "broken-string"
    E0004 Error "unknown-setting"
    E0005 Error "given-twice"
    E0006 Error "file-too-large"
    E0007 Error "not-utf8"
    E0008 Error "file-unreadable"
    E0010 Error "output-differs"
    E0101 Error "duplicate-name"
    E0102 Error "not-a-name"
    E0103 Error "unknown-name"
    E0104 Error "outside-project"
    E0105 Error "no-such-file"
    E0106 Error "import-cycle"
    E0107 Error "not-a-label"
    E0108 Error "fixed-level"
    E0109 Error "silence-without-reason"
    W0101 Warning "unused-silence"
    E0120 Error "unknown-kind"
    W0120 Warning "contact-not-used"
    E0121 Error "same-name"
    E0122 Error "wrong-link"
    E0123 Error "default-not-prometheus"
    E0140 Error "template-circle"
    E0141 Error "missing-parameter"
    E0142 Error "unknown-parameter"
    E0143 Error "undeclared-parameter"
    E0144 Error "value-does-not-fit"
    E0145 Error "expansion-too-large"
    W0140 Warning "unused-template"
    W0141 Warning "unused-parameter"
    E0150 Error "nothing-to-override"
    W0150 Warning "environments-alike"
    E0151 Error "too-many-environments"
    E0201 Error "not-a-duration"
    E0202 Error "not-a-percentage"
    E0203 Error "not-a-burn-rate"
    E0204 Error "interval-not-possible"
    E0205 Error "not-an-address"
    E0206 Error "not-a-tier"
    E0207 Error "bounds-turned-around"
    E0208 Error "not-a-unit"
    E0220 Error "literal-secret"
    E0221 Error "not-a-variable"
    E0222 Error "limit-of-another-unit"
    E0224 Error "nothing-to-find"
    E0225 Error "setting-missing"
    E0226 Error "not-a-mail-address"
    E0227 Error "not-a-channel"
    E0228 Error "wrong-template"
    E0229 Error "not-a-count"
    E0301 Error "query-syntax"
    E0302 Error "query-too-large"
    E0303 Error "query-literal"
    E0304 Error "unknown-function"
    E0305 Error "wrong-argument"
    E0306 Error "wrong-modifier"
    E0307 Error "wrong-selector"
    E0308 Error "wrong-regex"
    E0309 Error "readers-disagree"
    E0310 Error "unknown-variable"
    E0311 Error "wrong-time-modifier"
    W0301 Warning "experimental-query"
    E0320 Error "growth-of-gauge", lint
    W0320 Warning "mean-of-counter"
    E0321 Error "growth-of-sum", lint
    W0321 Warning "mean-of-quantiles"
    E0322 Error "growth-of-growth", lint
    W0322 Warning "mean-of-ratios"
    E0323 Error "change-of-counter", lint
    W0323 Warning "info-as-value"
    E0324 Error "raw-counter", lint
    W0324 Warning "every-state"
    E0325 Error "growth-of-signed-sum", lint
    E0330 Error "units-differ", lint
    W0330 Warning "stated-unit-differs"
    E0331 Error "scales-differ", lint
    W0331 Warning "rate-and-increase"
    E0332 Error "ratio-as-percentage", lint
    E0333 Error "time-as-duration", lint
    E0340 Error "no-such-label", lint
    W0340 Warning "label-not-known"
    E0341 Error "no-such-value", lint
    W0341 Warning "value-not-known"
    E0342 Error "label-gone", lint
    W0342 Warning "matcher-without-use"
    E0343 Error "never-meet", lint
    W0343 Warning "nothing-to-copy"
    E0344 Error "several-meet", lint
    W0344 Warning "joined-and-dropped"
    E0345 Error "wrong-relabelling", lint
    W0345 Warning "no-source-label"
    E0346 Error "contradictory-matchers", lint
    W0346 Warning "default-without-labels"
    W0347 Warning "needless-pattern"
    W0348 Warning "no-metric"
    W0349 Warning "pattern-as-text"
    E0350 Error "not-a-quantile", lint
    W0350 Warning "misleading-pattern"
    E0351 Error "buckets-without-le", lint
    W0351 Warning "raw-buckets"
    E0352 Error "no-such-bucket", lint
    W0352 Warning "le-of-native"
    E0353 Error "beyond-buckets", lint
    W0353 Warning "old-bound"
    W0354 Warning "names-lost"
    E0354 Error "other-histogram", lint
    E0355 Error "sum-of-buckets", lint
    E0360 Error "never-true", lint
    W0360 Warning "spreading-nan"
    E0361 Error "always-true", lint
    W0361 Warning "exact-comparison"
    E0362 Error "part-outside-total", lint
    W0362 Warning "part-is-total"
    E0370 Error "window-too-short", lint
    W0370 Warning "costly-subquery"
    E0371 Error "beyond-retention", lint
    E0372 Error "not-now", lint
    E0373 Error "subquery-too-short", lint
    E0380 Error "not-a-condition"
    W0380 Warning "hasty-absence"
    E0381 Error "bool-condition", lint
    W0381 Warning "flapping-choice"
    W0382 Warning "no-condition"
    W0383 Warning "hasty-quotient"
    E0390 Error "no-such-metric", lint
    W0390 Warning "metric-not-known"
    E0391 Error "metric-conflict"
    E0392 Error "wrong-exposition"
    E0393 Error "wrong-saved-catalog"
    W0391 Warning "unknown-unit"
    E0401 Error "unreachable-tier", lint
    W0401 Warning "nothing-promised"
    E0402 Error "not-an-objective"
    W0402 Warning "fires-within-budget"
    E0403 Error "windows-do-not-fit"
    W0403 Warning "ratio-in-one-piece"
    E0404 Error "duplicate-tier"
    W0404 Warning "page-slower-than-ticket"
    E0405 Error "period-not-possible"
    W0405 Warning "one-failure-trips"
    E0406 Error "incomplete-sli"
    E0407 Error "two-slis"
    E0408 Error "not-a-vector"
    E0409 Error "no-window"
    E0410 Error "bound-not-a-bucket"
    E0411 Error "bound-of-another-unit"
    E0412 Error "not-a-histogram"
    E0413 Error "nothing-to-count"
    E0414 Error "not-a-member"
    E0415 Error "not-for-calendar"
    E0416 Error "unknown-zone"
    E0420 Error "alert-without-condition"
    E0421 Error "two-conditions"
    E0422 Error "no-level"
    W0423 Warning "route-never-reached"
    E0424 Error "levels-in-wrong-order", lint
    E0425 Error "limit-does-not-fit"
    E0426 Error "label-not-in-result", lint
    W0426 Warning "label-perhaps-not-there"
    W0427 Warning "brace-never-closed"
    E0428 Error "levels-in-different-directions"
    E0430 Error "value-is-a-comparison"
    E0431 Error "routes-lead-nowhere"
    E0433 Error "unknown-severity"
    E0434 Error "limit-out-of-reach", lint
    E0435 Error "alerts-become-one"
    W0435 Warning "alerts-may-become-one"
    E0440 Error "variable-not-declared"
    W0440 Warning "variable-not-used"
    E0441 Error "source-of-another-kind"
    E0442 Error "colours-in-wrong-order"
    W0442 Note "rate-of-fixed-time"
    E0443 Error "nothing-shown"
    W0443 Note "not-described"
    E0444 Error "label-not-in-series", lint
    W0444 Note "unit-not-known"
    E0445 Error "same-uid"
    W0445 Warning "gauge-without-end"
    E0446 Error "not-closed"
    E0447 Error "does-not-fit-panel"
    E0448 Error "units-on-one-axis"
    E0449 Error "no-values"
    E0450 Error "no-such-panel"
    E0451 Error "choice-not-possible"
    E0452 Error "several-matched-as-one", lint
    E0453 Error "not-this-grafana"
    W0453 Warning "not-in-this-version"
    E0480 Error "test-without-expectation"
    E0481 Error "not-a-series"
    E0482 Error "no-such-severity"
    E0483 Error "ambiguous-name"
    E0484 Error "after-the-test"
    E0485 Error "between-evaluations"
    E0486 Error "series-fed-twice"
    W0486 Warning "fed-for-nothing"
    E0490 Error "expectation-not-met"
    E0491 Error "proof-not-confirmed"
    E0501 Error "not-a-folder-title"
    E0510 Error "not-for-kubernetes"
    E0511 Error "beyond-limit"
    E0512 Error "output-not-possible"
    E0513 Error "replica-label"
    E0515 Error "template-in-label"
    W0510 Note "not-in-openslo"
    W0511 Note "not-in-perses"
    W0514 Warning "reads-all-shards"
    W0520 Warning "not-in-grafana"
    E0601 Error "not-yaml"
    W0601 Warning "ignored-document"
    E0602 Error "not-a-rule-file"
    W0602 Warning "foreign-key"
    E0603 Error "unknown-rule-key"
    W0603 Warning "name-of-prometheus-3"
    E0604 Error "incomplete-rule"
    W0604 Warning "duplicate-rule"
    E0605 Error "not-a-rule-name"
    W0605 Warning "value-in-label"
    E0606 Error "not-for-a-record"
    W0606 Warning "not-template-data"
    E0607 Error "duplicate-group"
    W0607 Warning "odd-interval"
    E0608 Error "not-a-rule-duration"
    W0608 Warning "empty-label"
    E0609 Error "template-syntax"
    W0609 Warning "short-hold"
    E0610 Error "template-name"
    W0610 Warning "label-overwritten"
    E0611 Error "not-json"
    E0612 Error "not-a-dashboard"
    W0612 Warning "source-not-filled"
    E0701 Error "no-counterpart"
    W0701 Note "unchecked-query"
    E0710 Error "not-imported"
    E0711 Error "unknown-field"
    E0712 Error "missing-field"
    E0713 Error "value-not-possible"
    E0714 Error "imported-twice"
    E0715 Error "query-not-imported"
}

/// Finds a code by its id or by its name, in any case.
pub fn find(word: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|c| c.id.eq_ignore_ascii_case(word) || c.name.eq_ignore_ascii_case(word))
}
