//! The statistics of launches: medians, the Hodges-Lehmann estimate with its exact signed-rank
//! interval, and Holm's correction over the table.
//!
//! A launch is one value. Everything inside a launch shares its luck (page placement, layout of
//! the address space), so no interval is ever drawn from within one.

use std::f64::consts::LN_2;

/// The middle of `values`; the mean of the two middle ones when their number is even.
/// `None` when there are none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    middle(&sorted)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(sorted[half - 1], sorted[half])),
        _ => Some(sorted[half]),
    }
}

/// How many values lie further from the median than three robust standard deviations
/// (1.4826 times the median absolute deviation).
pub(crate) fn outliers(values: &[f64]) -> usize {
    let Some(center) = median(values) else {
        return 0;
    };
    let far: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    let limit = 3.0 * 1.4826 * median(&far).unwrap_or(0.0);
    far.iter().filter(|&&distance| distance > limit).count()
}

/// The distribution of the signed-rank statistic of `n` values that are symmetric about 0:
/// the sum of the ranks of the positive ones.
pub(crate) struct SignedRank {
    /// `below[w]` is P(W <= w).
    below: Vec<f64>,
}

impl SignedRank {
    /// Counts the subsets of the ranks 1 to `n` by their sums: O(n^3) time, exact to rounding.
    pub(crate) fn new(n: usize) -> Self {
        let mut chance = vec![0.0; n * (n + 1) / 2 + 1];
        chance[0] = 1.0;
        for rank in 1..=n {
            for sum in (0..chance.len()).rev() {
                let with = if sum >= rank { chance[sum - rank] } else { 0.0 };
                // Halved at every step: probabilities rather than counts of up to 2^n.
                chance[sum] = f64::midpoint(chance[sum], with);
            }
        }
        let below = chance
            .iter()
            .scan(0.0, |sum, &p| {
                *sum += p;
                Some(*sum)
            })
            .collect();
        Self { below }
    }

    /// P(W <= `w`).
    pub(crate) fn below(&self, w: usize) -> f64 {
        self.below.get(w).map_or(1.0, |&p| p.min(1.0))
    }

    /// The largest `k` with P(W < k) <= `tail`: so many of the smallest pair means may be left out.
    fn cut(&self, tail: f64) -> usize {
        self.below.iter().take_while(|&&p| p <= tail).count()
    }
}

/// Where the common centre of some values lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Hodges-Lehmann: the median of the means of all pairs of values.
    pub(crate) center: f64,
    /// The interval that holds the centre with at least the confidence asked for;
    /// `None` with fewer values than that needs (6 for 95 %).
    pub(crate) interval: Option<(f64, f64)>,
}

/// The values of all launches of one pair, ready for questions.
pub(crate) struct Launches {
    /// The means of all pairs of values, each with itself too, in order.
    means: Vec<f64>,
    distribution: SignedRank,
}

impl Launches {
    /// Takes one value per launch.
    pub(crate) fn new(values: &[f64]) -> Self {
        let mut means: Vec<f64> = values
            .iter()
            .enumerate()
            .flat_map(|(i, &a)| values[i..].iter().map(move |&b| f64::midpoint(a, b)))
            .collect();
        means.sort_by(f64::total_cmp);
        Self { means, distribution: SignedRank::new(values.len()) }
    }

    /// The estimate with an interval of at least this confidence; `None` without values.
    pub(crate) fn estimate(&self, confidence: f64) -> Option<Estimate> {
        let center = middle(&self.means)?;
        let cut = self.distribution.cut((1.0 - confidence) / 2.0);
        let interval = (cut > 0).then(|| (self.means[cut - 1], self.means[self.means.len() - cut]));
        Some(Estimate { center, interval })
    }

    /// The two-sided p-value of "the centre is `at`": the smallest error rate at which the
    /// interval leaves `at` out.
    pub(crate) fn p(&self, at: f64) -> f64 {
        // The number of pair means above `at` is the signed-rank statistic of the values less `at`.
        // A tie counts against rejection.
        let above = self.means.iter().filter(|&&mean| mean >= at).count();
        let below = self.means.iter().filter(|&&mean| mean <= at).count();
        (2.0 * self.distribution.below(above.min(below))).min(1.0)
    }
}

/// Holm's step-down: which of the hypotheses may be rejected together, with this chance that
/// any is rejected wrongly.
pub(crate) fn holm(p: &[f64], chance: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut rejected = vec![false; p.len()];
    for (done, &at) in order.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let left = (p.len() - done) as f64;
        if p[at] > chance / left {
            break;
        }
        rejected[at] = true;
    }
    rejected
}

/// The fewest launches with which Holm's correction over `pairs` pairs can reject anything.
pub(crate) fn fewest_launches(pairs: usize, chance: f64) -> usize {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // 2 * 2^-k <= chance / pairs
    let needed = ((2.0 * pairs.max(1) as f64 / chance).ln() / LN_2).ceil() as usize;
    needed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::workload::Rng;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// A standard normal value.
    fn normal(rng: &mut Rng) -> f64 {
        let uniform = (rng.next() >> 11) as f64 / (1u64 << 53) as f64 + f64::MIN_POSITIVE;
        Normal::standard().inverse_cdf(uniform.min(1.0 - 1e-16))
    }

    #[test]
    fn signed_rank_is_what_enumerating_all_signs_gives() {
        for n in 1..=12_usize {
            let exact = SignedRank::new(n);
            let top = n * (n + 1) / 2;
            for w in 0..=top {
                let hits = (0..1u32 << n)
                    .filter(|signs| {
                        (0..n)
                            .filter(|rank| signs >> rank & 1 == 1)
                            .map(|rank| rank + 1)
                            .sum::<usize>()
                            <= w
                    })
                    .count();
                let expected = hits as f64 / f64::from(1u32 << n);
                assert!((exact.below(w) - expected).abs() < 1e-12, "n {n}, w {w}");
            }
        }
    }

    #[test]
    fn signed_rank_of_many_values_is_nearly_normal() {
        let n = 80_usize;
        let mean = (n * (n + 1)) as f64 / 4.0;
        let variance = mean * (2 * n + 1) as f64 / 6.0;
        let exact = SignedRank::new(n);
        let normal = Normal::new(mean, variance.sqrt()).unwrap();
        for w in (0..n * (n + 1) / 2).step_by(37) {
            assert!((exact.below(w) - normal.cdf(w as f64 + 0.5)).abs() < 2e-3, "w {w}");
        }
    }

    #[test]
    fn published_critical_values_come_out() {
        // Two-sided 5 %: the largest rank sum that rejects, from the usual printed table.
        for (n, critical) in [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (15, 25), (20, 52), (25, 89)]
        {
            assert_eq!(SignedRank::new(n).cut(0.025), critical + 1, "n {n}");
        }
        assert_eq!(SignedRank::new(5).cut(0.025), 0);
    }

    #[test]
    fn hodges_lehmann_is_the_median_of_all_pair_means() {
        let mut rng = Rng::new(1);
        for n in 1..=25 {
            let values: Vec<f64> = (0..n).map(|_| normal(&mut rng)).collect();
            let mut means = Vec::new();
            for i in 0..n {
                for j in 0..n {
                    if i <= j {
                        means.push((values[i] + values[j]) / 2.0);
                    }
                }
            }
            let estimate = Launches::new(&values).estimate(0.95).unwrap();
            assert!((estimate.center - median(&means).unwrap()).abs() < 1e-12);
            assert_eq!(estimate.interval.is_some(), n >= 6);
        }
    }

    #[test]
    fn the_interval_is_the_set_of_centres_the_test_does_not_reject() {
        let mut rng = Rng::new(2);
        for n in [6, 9, 20] {
            let values: Vec<f64> = (0..n).map(|_| normal(&mut rng)).collect();
            let launches = Launches::new(&values);
            let (low, high) = launches.estimate(0.95).unwrap().interval.unwrap();
            assert!(launches.p(low - 1e-9) <= 0.05 && launches.p(high + 1e-9) <= 0.05);
            assert!(launches.p(low + 1e-9) > 0.05 && launches.p(high - 1e-9) > 0.05);
        }
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        // 4000 simulated runs: the share that holds the truth has a standard error of 0.35 %.
        let mut rng = Rng::new(3);
        for (n, exact) in [(6, 0.96875), (20, 0.9516)] {
            let held = (0..4000)
                .filter(|_| {
                    let values: Vec<f64> = (0..n).map(|_| 0.3 + normal(&mut rng)).collect();
                    let (low, high) =
                        Launches::new(&values).estimate(0.95).unwrap().interval.unwrap();
                    low <= 0.3 && 0.3 <= high
                })
                .count();
            assert!((held as f64 / 4000.0 - exact).abs() < 0.014, "n {n}: {held} of 4000");
        }
    }

    #[test]
    fn one_wild_launch_in_twenty_hardly_moves_estimate_and_interval() {
        let mut rng = Rng::new(4);
        let mut values: Vec<f64> = (0..20).map(|_| 0.01 * normal(&mut rng)).collect();
        let before = Launches::new(&values).estimate(0.95).unwrap();
        assert_eq!(outliers(&values), 0);
        values[7] = 5.0;
        let after = Launches::new(&values).estimate(0.95).unwrap();
        assert!((before.center - after.center).abs() < 0.004);
        let width = |e: Estimate| e.interval.map(|(low, high)| high - low).unwrap();
        assert!(width(after) < 1.7 * width(before));
        assert_eq!(outliers(&values), 1);
    }

    #[test]
    fn medians_are_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
    }

    #[test]
    fn holm_rejects_stepwise() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[0.05], 0.05), [true]);
        assert_eq!(holm(&[], 0.05), [false; 0]);
    }

    #[test]
    fn fewest_launches_is_the_first_number_that_can_reject() {
        for pairs in [1, 7, 60] {
            let k = fewest_launches(pairs, 0.05);
            let best = |k: usize| holm(&vec![2.0 * 0.5_f64.powi(k as i32); pairs], 0.05)[0];
            assert!(best(k) && !best(k - 1), "{pairs} pairs, {k} launches");
        }
    }
}
