//! Every code, once. Its page is `explain/<id>.md`, without which this file does not compile.
//!
//! Numbers go by step and are never reused: 00xx text, 01xx names, 02xx values and units, 03xx PromQL,
//! 04xx objectives and alerts, 05xx what a target cannot say. `E` is an error by nature, `W` a warning.

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
    /// The page in Markdown: what is wrong, an example, how to mend it.
    pub page: &'static str,
}

macro_rules! codes {
    ($($id:ident $severity:ident $name:literal)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $id: Code = Code {
                id: stringify!($id),
                name: $name,
                severity: Severity::$severity,
                page: include_str!(concat!("explain/", stringify!($id), ".md")),
            };
        )*
        /// Every code in the order of its id.
        pub static ALL: &[&Code] = &[$(&$id),*];
    };
}

codes! {
    E0001 Error "unexpected-text"
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
    E0391 Error "metric-conflict"
    E0392 Error "wrong-exposition"
    E0393 Error "wrong-saved-catalog"
    W0391 Warning "unknown-unit"
}

/// Finds a code by its id or by its name, in any case.
pub fn find(word: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|c| c.id.eq_ignore_ascii_case(word) || c.name.eq_ignore_ascii_case(word))
}
