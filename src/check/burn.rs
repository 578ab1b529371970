//! The arithmetic of burn rates, exact. Formulas of the SRE workbook, chapter 5, as in `docs/semantics.md`:
//! o objective, b = 1 − o budget, P period, L long window, S short window, f factor, e error ratio, F `for`.

use std::sync::Arc;

use crate::model::{Burn, Step};
use crate::syntax::ast::Spend;
use crate::units::{Duration, Ratio};

/// The error ratios a reader wants to know the effect of: 1 %, 10 % and 100 %, as parts of a hundred.
const STEPS: [i64; 3] = [1, 10, 100];

/// All that a tier's numbers for an objective depend on.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Burning {
    pub(super) spend: Spend,
    /// L and S.
    pub(super) windows: (Duration, Duration),
    /// F.
    pub(super) hold: Duration,
    /// b.
    pub(super) budget: Ratio,
    /// P.
    pub(super) period: Duration,
}

/// The numbers asked for last: most objectives of a service promise the same by the same policy.
#[derive(Default)]
pub(super) struct Burns(Vec<(Burning, Option<Arc<Burn>>)>);

/// How many are kept: those of a few policies.
const MOST: usize = 16;

impl Burns {
    /// A tier's numbers for an objective. `None` when they leave 127 bits, which limits on input rule out.
    pub(super) fn burn(&mut self, asked: Burning) -> Option<Arc<Burn>> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| *known == asked) {
            return known.clone();
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let found = burn(asked).map(Arc::new);
        self.0.push((asked, found.clone()));
        found
    }
}

fn burn(Burning { spend, windows, hold, budget, period }: Burning) -> Option<Burn> {
    let (long, short) = windows;
    let periods = period.over(long)?;
    let factor = match spend {
        Spend::Share(share) => share.node.times(periods)?,
        Spend::Burn(factor) => factor.node,
    };
    let threshold = factor.times(budget)?;
    let steps = STEPS.map(|e| step(Ratio::new(e.into(), 100)?, windows, hold, threshold, (budget, period)));
    Some(Burn {
        long,
        short,
        factor,
        share: factor.over(periods)?,
        threshold,
        exhaustion: period.scaled(Ratio::ONE.over(factor)?).unwrap_or(Duration::MAX),
        steps: steps.into_iter().collect::<Option<Vec<Step>>>()?,
        lone_failure: Ratio::ONE.over(threshold)?,
    })
}

/// What happens when the error ratio steps from 0 to `errors`: detection after max(L,S)·f·b/e + F,
/// reset S·(1 − f·b/e) after full recovery, and 1 − e·T/(b·P) of the budget left at detection after T.
fn step(
    errors: Ratio,
    windows: (Duration, Duration),
    hold: Duration,
    threshold: Ratio,
    budget: (Ratio, Duration),
) -> Option<Step> {
    if errors <= threshold {
        return Some(Step { errors, detect: None, reset: None, left: None });
    }
    let (long, short) = windows;
    let part = threshold.over(errors)?;
    let detect = Duration::from_millis(long.max(short).scaled(part)?.millis() + hold.millis());
    let reset = short.scaled(Ratio::ONE.minus(part)?)?;
    let spent = errors.times(detect.over(budget.1)?)?.over(budget.0)?;
    Some(Step { errors, detect: Some(detect), reset: Some(reset), left: Ratio::ONE.minus(spent) })
}

/// The smallest objective, in whole hundredths of a percent, for which a tier of this factor can fire: o > 1 − 1/f.
pub(super) fn smallest_objective(factor: Ratio) -> Option<Ratio> {
    let bound = Ratio::ONE.minus(Ratio::ONE.over(factor)?)?.times(Ratio::whole(10_000))?;
    Ratio::new(bound.num().div_euclid(bound.den()) + 1, 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};

    fn tier(percent: &str, long: u64, short: u64, budget: &str, period: u64) -> Burn {
        let share = Ratio::parse(percent).and_then(|r| r.over(Ratio::whole(100))).expect("share");
        let spend = Spend::Share(Spanned::new(share, Span::default()));
        let windows = (Duration::from_mins(long), Duration::from_mins(short));
        let (hold, budget) = (Duration::default(), Ratio::parse(budget).expect("budget"));
        burn(Burning { spend, windows, hold, budget, period: Duration::from_mins(period * 1440) }).expect("in range")
    }

    #[test]
    fn the_workbook_table_comes_out() {
        let factors = [("2", 60, 5), ("5", 360, 30), ("10", 1440, 120), ("10", 4320, 360)];
        let found = factors.map(|(share, l, s)| tier(share, l, s, "0.001", 30).factor.expr());
        assert_eq!(found, ["14.4", "6", "3", "1"]);
        assert_eq!(tier("2", 60, 5, "0.001", 28).factor.expr(), "13.44");
    }

    #[test]
    fn a_full_outage_is_found_and_reset_as_the_formulas_say() {
        let burn = tier("2", 60, 5, "0.001", 30);
        let full = &burn.steps[2];
        assert_eq!(full.detect.expect("fires").human(), "52s");
        assert_eq!(full.reset.expect("fires").human(), "4m56s");
        assert_eq!(full.left.expect("fires").percent(), "98%");
        assert_eq!(burn.steps[0].detect, None);
        assert_eq!(burn.exhaustion.human(), "2d2h");
    }

    #[test]
    fn the_smallest_objective_is_over_the_bound() {
        let smallest = smallest_objective(Ratio::parse("14.4").expect("a number")).expect("in range");
        assert_eq!(smallest.percent(), "93.06%");
    }
}
