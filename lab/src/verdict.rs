//! From the launches of a pair to words.

use serde::Serialize;

use crate::stats::{Launches, holm, outliers};

/// The confidence of every interval.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// A difference below this is never called one: code layout alone moves more
/// (1.1 % at the median, see the README).
pub(crate) const LEAST_EFFECT: f64 = 0.01;

/// Two contestants are equivalent when the whole interval is within this of 1.
pub(crate) const EQUIVALENCE: f64 = 0.02;

/// What the figures say of a contestant against its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Less time, beyond the floor, and after the correction for many rows.
    Faster,
    /// More time, beyond the floor, and after the correction for many rows.
    Slower,
    /// The interval is within [`EQUIVALENCE`] of 1, and so is the floor.
    Equivalent,
    /// None of the above can be said.
    NotDistinguishable,
    /// Nothing to compare: a baseline by itself, or a tracked workload, which is never timed.
    Reference,
    /// A worker failed; the row's reason says how.
    Failed,
}

impl Verdict {
    /// The word in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Equivalent => "equivalent",
            Self::NotDistinguishable => "not distinguishable",
            Self::Reference => "",
            Self::Failed => "failed",
        }
    }
}

/// A pair's ratio of times, contestant to baseline, as its launches give it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) ratio: f64,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) outliers: usize,
}

/// The ratio of log-ratios, one per launch. `None` without launches.
pub(crate) fn ratio(log_ratios: &[f64]) -> Option<Ratio> {
    let estimate = Launches::new(log_ratios).estimate(CONFIDENCE)?;
    Some(Ratio {
        ratio: estimate.center.exp(),
        interval: estimate.interval.map(|(low, high)| (low.exp(), high.exp())),
        outliers: outliers(log_ratios),
    })
}

/// How far a contestant seemed to be from itself: the farther end of the interval of its A/A
/// pair, as a share. `None` with too few launches for an interval.
pub(crate) fn floor(log_ratios: &[f64]) -> Option<f64> {
    let (low, high) = Launches::new(log_ratios).estimate(CONFIDENCE)?.interval?;
    Some(low.abs().max(high.abs()).exp_m1())
}

/// One pair that asks for a verdict.
#[derive(Clone, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) log_ratios: &'a [f64],
    pub(crate) floor: Option<f64>,
}

/// The verdicts of all pairs of a table together: the chance that any faster or slower among them
/// is wrong is 5 % (Holm), as far as launches are independent.
pub(crate) fn judge(cases: &[Case<'_>]) -> Vec<Verdict> {
    let margins: Vec<f64> =
        cases.iter().map(|case| case.floor.unwrap_or(f64::INFINITY).max(LEAST_EFFECT)).collect();
    let p: Vec<f64> = cases
        .iter()
        .zip(&margins)
        .map(|(case, margin)| {
            let launches = Launches::new(case.log_ratios);
            match launches.estimate(CONFIDENCE) {
                Some(estimate) if margin.is_finite() => {
                    // The nearest ratio that would not count as a difference.
                    let edge = margin.ln_1p();
                    let edge = if estimate.center > 0.0 { edge } else { -edge };
                    if estimate.center.abs() > edge.abs() { launches.p(edge) } else { 1.0 }
                }
                _ => 1.0,
            }
        })
        .collect();
    let different = holm(&p, 1.0 - CONFIDENCE);
    let verdict = |at: usize| {
        let Some(Ratio { ratio, interval: Some((low, high)), .. }) = ratio(cases[at].log_ratios)
        else {
            return Verdict::NotDistinguishable;
        };
        let inside = |edge: f64| edge.ln().abs() <= EQUIVALENCE.ln_1p();
        match different[at] {
            true if ratio < 1.0 => Verdict::Faster,
            true => Verdict::Slower,
            false if inside(low) && inside(high) && margins[at] <= EQUIVALENCE => {
                Verdict::Equivalent
            }
            false => Verdict::NotDistinguishable,
        }
    };
    (0..cases.len()).map(verdict).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::workload::Rng;

    /// `k` launches about `center`, with a spread of `spread` (uniform, which is symmetric).
    fn launches(seed: u64, k: usize, center: f64, spread: f64) -> Vec<f64> {
        let mut rng = Rng::new(seed);
        let uniform = |r: &mut Rng| (r.next() >> 11) as f64 / (1u64 << 53) as f64;
        (0..k).map(|_| center + spread * (uniform(&mut rng) - 0.5)).collect()
    }

    fn one(log_ratios: &[f64], floor: Option<f64>) -> Verdict {
        judge(&[Case { log_ratios, floor }])[0]
    }

    #[test]
    fn five_percent_more_work_is_slower_and_less_work_faster() {
        let more = 1.05_f64.ln();
        for seed in 0..50 {
            assert_eq!(one(&launches(seed, 20, more, 0.02), Some(0.004)), Verdict::Slower);
            assert_eq!(one(&launches(seed, 20, -more, 0.02), Some(0.004)), Verdict::Faster);
        }
    }

    #[test]
    fn the_same_contestant_twice_is_never_slower_or_faster() {
        for seed in 0..200 {
            let floor = floor(&launches(seed + 1000, 20, 0.0, 0.02));
            let verdict = one(&launches(seed, 20, 0.0, 0.02), floor);
            assert!(matches!(verdict, Verdict::Equivalent), "{seed}: {verdict:?}");
        }
    }

    #[test]
    fn no_difference_within_the_floor_is_named() {
        let values = launches(1, 20, 1.05_f64.ln(), 0.01);
        assert_eq!(one(&values, Some(0.06)), Verdict::NotDistinguishable);
        assert_eq!(one(&values, Some(0.03)), Verdict::Slower);
        // No floor measured: nothing can be told from nothing.
        assert_eq!(one(&values, None), Verdict::NotDistinguishable);
    }

    #[test]
    fn few_launches_decide_nothing() {
        assert_eq!(one(&launches(1, 5, 1.0, 0.001), Some(0.0)), Verdict::NotDistinguishable);
        assert_eq!(one(&[], Some(0.0)), Verdict::NotDistinguishable);
    }

    #[test]
    fn many_rows_need_more_evidence_than_one() {
        // 6 launches: p is 1/32 at best, enough for one row and not for two.
        let values = launches(1, 6, 0.5, 0.001);
        let case = Case { log_ratios: &values, floor: Some(0.0) };
        assert_eq!(judge(std::slice::from_ref(&case)), [Verdict::Slower]);
        assert_eq!(judge(&[case.clone(), case]), [Verdict::NotDistinguishable; 2]);
    }

    #[test]
    fn a_wide_interval_around_one_is_not_equivalence() {
        assert_eq!(one(&launches(3, 20, 0.0, 0.3), Some(0.001)), Verdict::NotDistinguishable);
    }
}
