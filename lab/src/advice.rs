//! What would change a row's verdict, in words.

use crate::verdict::{
    Case, EQUIVALENCE, LEAST_EFFECT, Ratio, Verdict, contradicts, fewest_for_interval, ratio,
};

/// A short phrase for the table, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) short: String,
    pub(crate) long: String,
}

impl Advice {
    fn new(short: impl Into<String>, long: impl Into<String>) -> Option<Self> {
        Some(Self { short: short.into(), long: long.into() })
    }
}

/// How much wider an interval may be by luck when launches are added.
const RESERVE: f64 = 1.3;
/// More launches than this are not proposed.
const MOST_LAUNCHES: f64 = 2000.0;

/// For a row with this verdict; `None` where there is nothing to compare.
pub(crate) fn advice(case: &Case<'_>, verdict: Verdict) -> Option<Advice> {
    let launches = case.log_ratios.len();
    let found = ratio(case.log_ratios)?;
    let (Some(low), Some(high)) = (found.low, found.high) else {
        let fewest = fewest_for_interval();
        return Advice::new(
            format!("{fewest} launches"),
            format!("fewer than {fewest} launches give no interval"),
        );
    };
    let margin = case.margin();
    match verdict {
        Verdict::Reference | Verdict::Failed => None,
        Verdict::DependsOnState => depends(case, &found, margin),
        Verdict::Faster | Verdict::Slower => {
            let near = if verdict == Verdict::Faster { 1.0 / high } else { low };
            let spare = percent(near / (1.0 + margin) - 1.0);
            Advice::new(
                format!("{spare} more noise"),
                format!("a noise floor or an effect of code layout larger by {spare} would"),
            )
        }
        Verdict::Equivalent => Advice::new(
            format!("{} margin", percent(low.ln().abs().max(high.ln().abs()))),
            format!(
                "the whole interval lies within {} of 1: a margin below that would",
                percent(low.ln().abs().max(high.ln().abs()))
            ),
        ),
        Verdict::NotDistinguishable => undecided(case, &found, (low, high), margin, launches),
    }
}

fn depends(case: &Case<'_>, found: &Ratio, margin: f64) -> Option<Advice> {
    let other = case.others.iter().find(|other| contradicts(found, other, margin))?;
    Advice::new(
        "same state",
        format!(
            "measured in another way it is {:.3} instead of {:.3}: work that does not depend on \
             the state of heap and caches would",
            other.ratio, found.ratio
        ),
    )
}

fn undecided(
    case: &Case<'_>,
    found: &Ratio,
    (low, high): (f64, f64),
    margin: f64,
    launches: usize,
) -> Option<Advice> {
    let effect = found.ratio.ln().abs().exp_m1();
    let Some(floor) = case.floor else {
        let fewest = fewest_for_interval();
        return Advice::new(
            format!("{fewest} launches"),
            format!("no noise floor is known: at least {fewest} launches would"),
        );
    };
    let layout = case.layout.unwrap_or(0.0);
    // What stands between the row and each of the decided verdicts.
    let half = (high / low).ln() / 2.0;
    if margin <= LEAST_EFFECT && effect <= LEAST_EFFECT || effect + half <= 2.0 * EQUIVALENCE {
        let spare = EQUIVALENCE - effect;
        if spare > 0.0 && margin <= EQUIVALENCE {
            return more(launches, half, spare, "show that the two are equivalent");
        }
    }
    if effect <= margin {
        return if floor >= layout {
            Advice::new(
                "quieter machine",
                format!(
                    "the noise floor of {} is wider than the difference of {}: a quieter machine, \
                     or more launches, would",
                    percent(floor),
                    percent(effect)
                ),
            )
        } else {
            Advice::new(
                "more paddings",
                format!(
                    "code layout alone may account for {}, more than the difference of {}: more \
                     paddings (--claim) would",
                    percent(layout),
                    percent(effect)
                ),
            )
        };
    }
    more(launches, half, effect - margin, "tell the difference from none")
}

/// How many launches narrow the interval's half width to `wanted`.
#[allow(clippy::cast_precision_loss)]
fn more(launches: usize, half: f64, wanted: f64, what: &str) -> Option<Advice> {
    let factor = RESERVE * (half / wanted).powi(2);
    let needed = launches as f64 * factor.max(1.1);
    if needed > MOST_LAUNCHES || !needed.is_finite() {
        return Advice::new(
            "other workload",
            format!("no reasonable number of launches would {what}: a longer or steadier workload"),
        );
    }
    let needed = (needed / 10.0).ceil() * 10.0;
    Advice::new(
        format!("{needed:.0} launches"),
        format!("about {needed:.0} launches would {what}, if there is one"),
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::verdict::judge;
    use crate::workload::Rng;

    fn launches(k: usize, center: f64, spread: f64) -> Vec<f64> {
        let mut rng = Rng::new(5);
        let uniform = |r: &mut Rng| (r.next() >> 11) as f64 / (1u64 << 53) as f64;
        (0..k).map(|_| center + spread * (uniform(&mut rng) - 0.5)).collect()
    }

    fn short(values: &[f64], floor: Option<f64>, layout: Option<f64>) -> String {
        let case = Case { log_ratios: values, floor, layout, others: Vec::new() };
        let verdict = judge(std::slice::from_ref(&case))[0];
        advice(&case, verdict).unwrap().short
    }

    #[test]
    fn what_hides_a_difference_is_named() {
        let values = launches(40, 0.03, 0.01);
        assert_eq!(short(&values, Some(0.08), Some(0.01)), "quieter machine");
        assert_eq!(short(&values, Some(0.01), Some(0.08)), "more paddings");
    }

    #[test]
    fn a_wide_interval_asks_for_launches_that_then_suffice() {
        let values = launches(20, 0.05, 0.5);
        let said = short(&values, Some(0.005), None);
        let needed: usize = said.strip_suffix(" launches").unwrap().parse().unwrap();
        assert!((30..2000).contains(&needed), "{said}");
        let case = |values| Case { log_ratios: values, floor: Some(0.005), ..Case::default() };
        assert_eq!(judge(&[case(&values)]), [Verdict::NotDistinguishable]);
        assert_eq!(judge(&[case(&launches(needed, 0.05, 0.5))]), [Verdict::Slower]);
    }

    #[test]
    fn every_verdict_of_a_pair_has_advice() {
        for center in [0.0, 0.004, 0.015, 0.03, 0.3, -0.3] {
            for spread in [0.0, 0.01, 0.1, 1.0] {
                for floor in [None, Some(0.0), Some(0.02), Some(0.5)] {
                    for layout in [None, Some(0.04)] {
                        let values = launches(40, center, spread);
                        assert!(!short(&values, floor, layout).is_empty());
                    }
                }
            }
        }
    }
}
