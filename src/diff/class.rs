//! What sort of thing a change is, and how dangerous: written once, for the words, the order and `--deny`.

/// How much a reviewer has to look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Danger {
    /// Somebody may not be woken, or a number may lie, after this change.
    High,
    /// Somebody should agree to it.
    Some,
    /// Nothing that wakes or counts is touched.
    None,
}

macro_rules! classes {
    ($($class:ident $name:literal $danger:ident $mirror:ident $meaning:literal)*) => {
        /// The sort of a change, the most dangerous first: the order in which changes are shown.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Class {
            $(#[doc = $meaning] $class,)*
        }

        impl Class {
            /// Every class, the most dangerous first.
            pub const ALL: &'static [Class] = &[$(Class::$class),*];

            /// Its name on the command line and in the output: `alert-gone`.
            pub fn name(self) -> &'static str {
                match self { $(Class::$class => $name,)* }
            }

            /// What it says of a change, in a sentence without full stop.
            pub fn meaning(self) -> &'static str {
                match self { $(Class::$class => $meaning,)* }
            }

            /// How dangerous it is.
            pub fn danger(self) -> Danger {
                match self { $(Class::$class => Danger::$danger,)* }
            }

            /// The class of the same change made backwards.
            pub fn mirror(self) -> Class {
                match self { $(Class::$class => Class::$mirror,)* }
            }
        }
    };
}

classes! {
    SloGone      "slo-gone"      High SloAdded    "an objective is measured no more, and its alerts are gone"
    AlertGone    "alert-gone"    High AlertAdded  "an alert exists no more"
    Loosened     "loosened"      High Tightened   "an objective allows more errors"
    Quieter      "quieter"       High Louder      "an alert fires later, at more errors, or wakes nobody"
    Route        "route"         High Route       "somebody else is told of an alert, or in another way"
    Query        "query"         High Query       "something else is measured under the same name"
    HistoryLoss  "history-loss"  High HistoryLoss "recorded series go on under another identity: what was recorded is not read any more"
    AlertChanged "alert-changed" Some AlertChanged "an alert fires otherwise, neither surely later nor surely earlier"
    Period       "period"        Some Period      "the time changes over which an objective counts"
    Labels       "labels"        Some Labels      "alerts carry other labels, by which they are routed and silenced"
    Renamed      "renamed"       Some Renamed     "the same thing has another name"
    SeriesGone   "series-gone"   Some SeriesAdded "a recorded series is written no more"
    Inhibition   "inhibition"    Some Inhibition  "other alerts than before are silenced while one fires"
    Access       "access"        Some Access      "other people may see or change a folder"
    Interval     "interval"      Some Interval    "rules are evaluated at another pace"
    Datasource   "datasource"    Some Datasource  "queries go elsewhere"
    Metric       "metric"        Some Metric      "the catalog says something else of a metric: its kind or its unit"
    Test         "test"          Some Test        "a test shows something else, or is gone"
    Tightened    "tightened"     Some Loosened    "an objective allows fewer errors"
    Louder       "louder"        Some Quieter     "an alert fires earlier, at fewer errors, or wakes somebody"
    SloAdded     "slo-added"     Some SloGone     "an objective is new"
    AlertAdded   "alert-added"   Some AlertGone   "an alert is new"
    SeriesAdded  "series-added"  None SeriesGone  "a recorded series is new"
    Dashboard    "dashboard"     None Dashboard   "people see something else"
    Runbook      "runbook"       None Runbook     "a page says something else to do"
    Links        "links"         None Links       "links in alerts and pages lead elsewhere"
    Cosmetic     "cosmetic"      None Cosmetic    "words for people"
    Rules        "rules"         None Rules       "generated rules are written otherwise"
}

impl Class {
    /// The class of a name.
    pub fn find(name: &str) -> Option<Class> {
        Class::ALL.iter().copied().find(|class| class.name() == name)
    }

    /// Whether a change of this class is one of `other`, too: an objective that is gone takes its alerts and its history
    /// with it, which are not told one by one.
    pub fn is(self, other: Class) -> bool {
        let taken = |class| matches!(class, Class::AlertGone | Class::HistoryLoss | Class::SeriesGone);
        self == other || (self == Class::SloGone && taken(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_made_backwards_twice_is_the_change() {
        for class in Class::ALL {
            assert_eq!(class.mirror().mirror(), *class, "{}", class.name());
            assert_eq!(Class::find(class.name()), Some(*class));
        }
    }

    #[test]
    fn the_order_is_that_of_the_danger() {
        assert!(Class::ALL.is_sorted_by_key(|class| class.danger()));
    }
}
