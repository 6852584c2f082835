//! How far the values of one run lie from those of another: the Hodges-Lehmann estimate of the
//! shift, with the exact interval of Wilcoxon's rank-sum test.

use statrs::distribution::{ContinuousCDF, Normal};

/// Up to so many pairs of values the distribution is counted; above, it is as good as normal.
const COUNTED: usize = 6400;

/// The distribution of the number of pairs (one old, one new) whose new value is the smaller one,
/// when both come from one distribution.
#[derive(Clone, Debug)]
pub(crate) enum RankSum {
    /// `below[u]` is P(U <= u).
    Counted { below: Vec<f64> },
    /// Mean and standard deviation.
    Normal { mean: f64, deviation: f64 },
}

impl RankSum {
    /// Of so many old and new values. O(old^2 new^2) time while that is counted.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn new(old: usize, new: usize) -> Self {
        let pairs = old * new;
        if pairs > COUNTED {
            let mean = pairs as f64 / 2.0;
            let deviation = (pairs as f64 * (old + new + 1) as f64 / 12.0).sqrt();
            return Self::Normal { mean, deviation };
        }
        // ways[i][u]: orders of i old values and those new ones so far with U = u. The largest
        // value is old, and above all new ones; or it is new. Numbers below 2^1024, only added.
        let mut ways = vec![vec![0.0; pairs + 1]; old + 1];
        ways.iter_mut().for_each(|ways| ways[0] = 1.0);
        for news in 1..=new {
            for olds in 1..=old {
                let (before, this) = ways.split_at_mut(olds);
                let most = olds * news;
                for u in (news..=most).rev() {
                    this[0][u] += before[olds - 1][u - news];
                }
            }
        }
        let total: f64 = ways[old].iter().sum();
        let sum = |sum: &mut f64, &ways: &f64| {
            *sum += ways / total;
            Some(*sum)
        };
        Self::Counted { below: ways[old].iter().scan(0.0, sum).collect() }
    }

    /// P(U <= `u`).
    #[allow(clippy::cast_precision_loss)]
    fn below(&self, u: usize) -> f64 {
        match self {
            Self::Counted { below } => below.get(u).map_or(1.0, |&p| p.min(1.0)),
            Self::Normal { mean, deviation } => {
                Normal::standard().cdf((u as f64 + 0.5 - mean) / deviation)
            }
        }
    }

    /// The largest `k` of at most `most` with P(U < k) <= `tail`.
    fn cut(&self, tail: f64, most: usize) -> usize {
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if self.below(middle - 1) <= tail { low = middle } else { high = middle - 1 }
        }
        low
    }
}

/// All differences between two runs' values.
#[derive(Clone, Debug)]
pub(crate) struct Shift<'a> {
    /// Of each new value and each old one, in order.
    differences: Vec<f64>,
    distribution: &'a RankSum,
}

impl<'a> Shift<'a> {
    /// `distribution` is of as many values.
    pub(crate) fn new(old: &[f64], new: &[f64], distribution: &'a RankSum) -> Self {
        let mut differences: Vec<f64> =
            new.iter().flat_map(|new| old.iter().map(move |old| new - old)).collect();
        differences.sort_by(f64::total_cmp);
        Self { differences, distribution }
    }

    /// The median difference; `None` without values.
    pub(crate) fn center(&self) -> Option<f64> {
        crate::stats::median(&self.differences)
    }

    /// Where the shift lies with at least this confidence; `None` with fewer values than that
    /// needs.
    pub(crate) fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        let most = self.differences.len() / 2;
        let cut = self.distribution.cut((1.0 - confidence) / 2.0, most);
        (cut > 0)
            .then(|| (self.differences[cut - 1], self.differences[self.differences.len() - cut]))
    }

    /// The two-sided p-value of "the shift is `at`". A tie counts against rejection.
    pub(crate) fn p(&self, at: f64) -> f64 {
        let above = self.differences.iter().filter(|&&difference| difference >= at).count();
        let below = self.differences.iter().filter(|&&difference| difference <= at).count();
        (2.0 * self.distribution.below(above.min(below))).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Rng;

    #[test]
    fn the_distribution_is_what_enumerating_all_orders_gives() {
        for (old, new) in [(1, 1), (2, 5), (4, 3), (5, 5)] {
            let exact = RankSum::new(old, new);
            let (mut orders, mut counts) = (0, vec![0; old * new + 1]);
            for set in (0..1u32 << (old + new)).filter(|set| set.count_ones() as usize == old) {
                orders += 1;
                // A set bit is an old value; those unset below it are smaller new ones.
                let olds = (0..old + new).filter(|at| set >> at & 1 == 1);
                counts[olds
                    .map(|at| at - (set & ((1 << at) - 1)).count_ones() as usize)
                    .sum::<usize>()] += 1;
            }
            let mut sum = 0;
            for (u, count) in counts.into_iter().enumerate() {
                sum += count;
                let expected = f64::from(sum) / f64::from(orders);
                assert!((exact.below(u) - expected).abs() < 1e-12, "{old} and {new}, {u}");
            }
        }
    }

    #[test]
    fn published_critical_values_come_out() {
        // Two-sided 5 %: the largest U that rejects, from the usual printed table.
        for (old, new, critical) in
            [(4, 4, 0), (5, 8, 6), (10, 10, 23), (12, 20, 69), (20, 20, 127)]
        {
            let cut = RankSum::new(old, new).cut(0.025, old * new);
            assert_eq!(cut, critical + 1, "{old} and {new}");
        }
        assert_eq!(RankSum::new(3, 3).cut(0.025, 9), 0);
    }

    #[test]
    fn many_values_are_nearly_normal() {
        let (mean, deviation) = (3200.0, (6400.0f64 * 161.0 / 12.0).sqrt());
        let (exact, normal) = (RankSum::new(80, 80), RankSum::Normal { mean, deviation });
        for u in (0..6400).step_by(97) {
            assert!((exact.below(u) - normal.below(u)).abs() < 2e-3, "{u}");
        }
        assert!(matches!(RankSum::new(81, 80), RankSum::Normal { .. }));
    }

    #[test]
    fn the_interval_holds_the_shift_as_often_as_it_promises() {
        let mut rng = Rng::new(5);
        #[allow(clippy::cast_precision_loss)]
        let mut value = move || (rng.next() >> 11) as f64 / (1u64 << 53) as f64;
        let distribution = RankSum::new(20, 15);
        let held = (0..2000)
            .filter(|_| {
                let old: Vec<f64> = (0..20).map(|_| value()).collect();
                let new: Vec<f64> = (0..15).map(|_| value() + 0.3).collect();
                let shift = Shift::new(&old, &new, &distribution);
                let (low, high) = shift.interval(0.95).expect("enough of them");
                // The same question, asked as a test.
                assert_eq!(shift.p(0.3) > 0.05, low <= 0.3 && 0.3 <= high);
                low <= 0.3 && 0.3 <= high
            })
            .count();
        assert!((1880..=1925).contains(&held), "{held} of 2000");
    }

    #[test]
    fn few_values_have_a_centre_and_no_interval() {
        let distribution = RankSum::new(2, 2);
        let shift = Shift::new(&[1.0, 2.0], &[4.0, 3.0], &distribution);
        assert_eq!((shift.center(), shift.interval(0.95)), (Some(2.0), None));
        let none = RankSum::new(0, 2);
        assert_eq!(Shift::new(&[], &[4.0, 3.0], &none).center(), None);
    }
}
