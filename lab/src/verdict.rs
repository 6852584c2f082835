//! From the launches of a pair to words.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

use crate::stats::{Estimate, Launches, fewest_launches, holm, median, outliers};

/// The confidence of every interval. It is meant to hold nineteen times in twenty, and is asked for
/// more than that because launches of one hour are not quite independent: what disturbs one often
/// disturbs its neighbours. `diptych calibrate` counts how often it fails.
pub(crate) const CONFIDENCE: f64 = 0.97;

/// With fewer launches than this there is no interval of that confidence.
pub(crate) fn fewest_for_interval() -> usize {
    fewest_launches(1, 1.0 - CONFIDENCE)
}

/// A difference below this is never called one.
pub(crate) const LEAST_EFFECT: f64 = 0.01;

/// Two contestants are equivalent when the whole interval is within this of 1.
pub(crate) const EQUIVALENCE: f64 = 0.02;

/// What code layout alone may do to a contestant that runs with one layout only. One layout cannot
/// tell: this is set wide, as layouts of short loops are seen to differ by several percent.
pub(crate) const ONE_LAYOUT: f64 = 0.06;

/// What the figures say of a contestant against its baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Less time, beyond the margin, and after the correction for many rows.
    Faster,
    /// More time, beyond the margin, and after the correction for many rows.
    Slower,
    /// The interval is within [`EQUIVALENCE`] of 1, and so is the margin.
    Equivalent,
    /// None of the others can be said.
    NotDistinguishable,
    /// Measured in another way, in one process or with the allocator pinned, the answer is
    /// another: no winner is named.
    DependsOnState,
    /// Nothing to compare: a baseline by itself, or a tracked workload, which is never timed.
    #[default]
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
            Self::DependsOnState => "depends on state",
            Self::Reference => "",
            Self::Failed => "failed",
        }
    }
}

/// A pair's ratio of times, contestant to baseline, as its launches give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) ratio: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) outliers: usize,
}

/// The ratio of log-ratios, one per launch. `None` without launches.
pub(crate) fn ratio(log_ratios: &[f64]) -> Option<Ratio> {
    let estimate = Launches::new(log_ratios).estimate(CONFIDENCE)?;
    Some(Ratio {
        ratio: estimate.center.exp(),
        low: estimate.interval.map(|(low, _)| low.exp()),
        high: estimate.interval.map(|(_, high)| high.exp()),
        outliers: outliers(log_ratios),
    })
}

/// How far a contestant seemed to be from itself: the farther end of the interval of its A/A
/// pair, as a share. `None` with too few launches for an interval.
pub(crate) fn floor(log_ratios: &[f64]) -> Option<f64> {
    let (low, high) = Launches::new(log_ratios).estimate(CONFIDENCE)?.interval?;
    Some(low.abs().max(high.abs()).exp_m1())
}

/// One launch of a pair, with the paddings that both sides ran with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Padded {
    pub(crate) log_ratio: f64,
    /// Of the contestant and of the baseline.
    pub(crate) paddings: [usize; 2],
}

/// How far code layout may have moved a pair's centre, as a share: half the width of an
/// interval from the spread between paddings that launches within a padding do not explain; 0
/// where paddings do not differ by more than chance (Kruskal and Wallis), as the intervals over
/// launches then hold their spread. `counts`: how many paddings each side has.
pub(crate) fn layout_margin(launches: &[Padded], counts: [usize; 2]) -> f64 {
    let of_side = |side: usize| {
        let count = counts[side];
        if count < 2 {
            return ONE_LAYOUT.ln_1p();
        }
        let groups: Vec<Vec<f64>> = (0..count)
            .map(|padding| {
                let there = launches.iter().filter(|launch| launch.paddings[side] == padding);
                there.map(|launch| launch.log_ratio).collect()
            })
            .collect();
        spread(&groups)
    };
    of_side(0).hypot(of_side(1)).exp_m1()
}

/// Of one side. A padding's centre is the median of its launches, whose own error
/// (pi/2 times the variance of one, over their number) is taken off.
#[allow(clippy::cast_precision_loss)]
fn spread(groups: &[Vec<f64>]) -> f64 {
    let mut centres = Vec::new();
    let mut rest = Vec::new();
    let mut launches = 0;
    for group in groups {
        let Some(centre) = median(group) else { continue };
        centres.push(centre);
        launches += group.len();
        rest.extend(group.iter().map(|value| (value - centre).abs()));
    }
    if centres.len() < 2 {
        return ONE_LAYOUT.ln_1p();
    }
    if chance_of_ranks(groups) > 1.0 - CONFIDENCE {
        return 0.0;
    }
    let number = centres.len() as f64;
    let mean = centres.iter().sum::<f64>() / number;
    let between = centres.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (number - 1.0);
    let within = (1.4826 * median(&rest).unwrap_or(0.0)).powi(2);
    let error = std::f64::consts::FRAC_PI_2 * within * number / launches as f64;
    let student = StudentsT::new(0.0, 1.0, number - 1.0).expect("there are two centres or more");
    student.inverse_cdf(f64::midpoint(1.0, CONFIDENCE))
        * ((between - error).max(0.0) / number).sqrt()
}

/// The p-value of "all groups scatter about one centre", by the ranks of their values (Kruskal and
/// Wallis, with the chi-squared approximation): no wild launch sways it.
#[allow(clippy::cast_precision_loss)]
fn chance_of_ranks(groups: &[Vec<f64>]) -> f64 {
    let mut all: Vec<(f64, usize)> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        all.extend(group.iter().map(|&value| (value, at)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sums = vec![0.0; groups.len()];
    for (rank, &(_, at)) in all.iter().enumerate() {
        sums[at] += (rank + 1) as f64;
    }
    let total = all.len() as f64;
    let filled = groups.iter().zip(&sums).filter(|(group, _)| !group.is_empty());
    let squares: f64 = filled.clone().map(|(group, sum)| sum * sum / group.len() as f64).sum();
    let statistic = 12.0 / (total * (total + 1.0)) * squares - 3.0 * (total + 1.0);
    let freedom = filled.count() as f64 - 1.0;
    ChiSquared::new(freedom).map_or(1.0, |chi| 1.0 - chi.cdf(statistic.max(0.0)))
}

/// One pair that asks for a verdict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case<'a> {
    pub(crate) log_ratios: &'a [f64],
    pub(crate) floor: Option<f64>,
    pub(crate) layout: Option<f64>,
    /// The same pair measured in other ways.
    pub(crate) others: Vec<Ratio>,
}

impl Case<'_> {
    /// A centre nearer to 1 than this is no difference; infinite where nothing was measured.
    pub(crate) fn margin(&self) -> f64 {
        let floor = self.floor.unwrap_or(f64::INFINITY);
        floor.max(self.layout.unwrap_or(0.0)).max(LEAST_EFFECT)
    }
}

/// Whether another way of measuring contradicts the first: the intervals lie apart by more than
/// `margin`, and the two name different winners, or one of them no winner, or the smaller effect
/// is less than half the larger.
pub(crate) fn contradicts(one: &Ratio, other: &Ratio, margin: f64) -> bool {
    let (Some(low), Some(high), Some(other_low), Some(other_high)) =
        (one.low, one.high, other.low, other.high)
    else {
        return false;
    };
    let edge = 1.0 + margin;
    let apart = other_low > high * edge || low > other_high * edge;
    let (effect, other_effect) = (one.ratio.ln(), other.ratio.ln());
    let small = effect.abs().min(other_effect.abs());
    let large = effect.abs().max(other_effect.abs());
    apart && (effect.signum() != other_effect.signum() || small < large / 2.0)
}

/// The verdicts of all pairs of a table together: the chance that any faster or slower among them
/// is wrong is 3 % (Holm), as far as launches are independent.
pub(crate) fn judge(cases: &[Case<'_>]) -> Vec<Verdict> {
    let margins: Vec<f64> = cases.iter().map(Case::margin).collect();
    let p: Vec<f64> = cases
        .iter()
        .zip(&margins)
        .map(|(case, margin)| {
            let launches = Launches::new(case.log_ratios);
            match launches.estimate(CONFIDENCE) {
                Some(Estimate { center, .. }) if margin.is_finite() => {
                    // The nearest ratio that would not count as a difference.
                    let edge = margin.ln_1p().copysign(center);
                    if center.abs() > edge.abs() { launches.p(edge) } else { 1.0 }
                }
                _ => 1.0,
            }
        })
        .collect();
    let different = holm(&p, 1.0 - CONFIDENCE);
    let verdict = |at: usize| {
        let Some(found) = ratio(cases[at].log_ratios) else {
            return Verdict::NotDistinguishable;
        };
        let Ratio { ratio, low: Some(low), high: Some(high), .. } = found else {
            return Verdict::NotDistinguishable;
        };
        let margin = margins[at];
        if margin.is_finite() && cases[at].others.iter().any(|o| contradicts(&found, o, margin)) {
            return Verdict::DependsOnState;
        }
        let inside = |edge: f64| edge.ln().abs() <= EQUIVALENCE.ln_1p();
        match different[at] {
            true if ratio < 1.0 => Verdict::Faster,
            true => Verdict::Slower,
            false if inside(low) && inside(high) && margin <= EQUIVALENCE => Verdict::Equivalent,
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
        judge(&[Case { log_ratios, floor, ..Case::default() }])[0]
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
        // The best p of so many is enough for one row and not for two.
        let values = launches(1, fewest_for_interval(), 0.5, 0.001);
        let case = Case { log_ratios: &values, floor: Some(0.0), ..Case::default() };
        assert_eq!(judge(std::slice::from_ref(&case)), [Verdict::Slower]);
        assert_eq!(judge(&[case.clone(), case]), [Verdict::NotDistinguishable; 2]);
    }

    #[test]
    fn a_wide_interval_around_one_is_not_equivalence() {
        assert_eq!(one(&launches(3, 20, 0.0, 0.3), Some(0.001)), Verdict::NotDistinguishable);
    }

    fn other(ratio: f64, half: f64) -> Ratio {
        Ratio {
            ratio,
            low: Some(ratio / (1.0 + half)),
            high: Some(ratio * (1.0 + half)),
            outliers: 0,
        }
    }

    #[test]
    fn a_winner_that_changes_or_shrinks_with_the_design_depends_on_state() {
        let cases = [
            // In processes of their own, in one process, and what follows.
            (7.58, 2.49, Verdict::DependsOnState),
            (0.97, 1.34, Verdict::DependsOnState),
            (7.58, 0.97, Verdict::DependsOnState),
            (3.38, 3.46, Verdict::Slower),
            (0.66, 0.70, Verdict::Faster),
        ];
        for (own, one_process, expected) in cases {
            let values = launches(1, 40, f64::ln(own), 0.004);
            let others = vec![other(one_process, 0.003)];
            let case = Case { log_ratios: &values, floor: Some(0.004), layout: None, others };
            assert_eq!(judge(&[case]), [expected], "{own} {one_process}");
        }
    }

    #[test]
    fn a_wide_second_opinion_contradicts_nobody() {
        assert!(!contradicts(&other(1.10, 0.01), &other(0.95, 0.2), 0.01));
        assert!(contradicts(&other(1.10, 0.01), &other(0.95, 0.02), 0.01));
        let unknown = Ratio { low: None, high: None, ..other(0.5, 0.0) };
        assert!(!contradicts(&other(1.10, 0.01), &unknown, 0.01));
    }

    /// `k` launches that rotate through paddings of which number `p` adds `effects[p]`.
    fn rotated(seed: u64, k: usize, noise: f64, effects: &[f64]) -> Vec<Padded> {
        let spread = launches(seed, k, 0.0, noise);
        (0..k)
            .map(|at| Padded {
                log_ratio: spread[at] + effects[at % effects.len()],
                paddings: [at % effects.len(), at / effects.len() % 4],
            })
            .collect()
    }

    #[test]
    fn the_layout_margin_is_what_paddings_do_and_not_what_launches_do() {
        let (mut quiet, mut moved) = (Vec::new(), Vec::new());
        for seed in 0..100 {
            let counts = [4, 4];
            quiet.push(layout_margin(&rotated(seed, 40, 0.01, &[0.0; 4]), counts));
            moved.push(layout_margin(&rotated(seed, 40, 0.01, &[0.0, 0.0, 0.05, 0.0]), counts));
        }
        // A standard deviation of 2.5 % over 4 paddings: 3.9 * 0.025 / 2 = 4.9 % at the most.
        // Where there is nothing, chance shows something in one of twenty: 3 % on each side.
        let seen = quiet.iter().filter(|&&margin| margin > 0.0).count();
        assert!(seen <= 20, "{seen} of 100");
        let moved = median(&moved).unwrap();
        assert!((0.03..0.05).contains(&moved), "{moved}");
    }

    #[test]
    fn groups_of_one_kind_differ_by_chance_in_one_of_twenty() {
        let mut rejected = 0;
        for seed in 0..400 {
            let values = launches(seed, 40, 0.0, 1.0);
            let groups: Vec<Vec<f64>> = values.chunks(10).map(<[f64]>::to_vec).collect();
            rejected += usize::from(chance_of_ranks(&groups) < 0.05);
        }
        // 20 are expected; 35 or more would come with a chance below one in a thousand.
        assert!((6..35).contains(&rejected), "{rejected} of 400");
        // The example of any textbook: ranks 1..5, 6..10 and 11..15 give 12.5 with 2 degrees.
        let apart: Vec<Vec<f64>> =
            (0..3).map(|g| (0..5).map(|i| f64::from(5 * g + i)).collect()).collect();
        assert!((chance_of_ranks(&apart) - (-6.25_f64).exp()).abs() < 1e-9);
    }

    #[test]
    fn one_layout_leaves_the_usual_doubt() {
        let launches = rotated(1, 40, 0.0, &[0.0]);
        assert!(layout_margin(&launches, [1, 4]) >= ONE_LAYOUT);
        assert!(layout_margin(&launches, [1, 1]) > 1.4 * ONE_LAYOUT);
        assert!(layout_margin(&[], [4, 4]) >= ONE_LAYOUT);
    }

    #[test]
    fn a_difference_within_the_layout_margin_is_none() {
        let values = launches(1, 40, 1.05_f64.ln(), 0.01);
        let with = |layout| Case {
            log_ratios: &values,
            floor: Some(0.001),
            layout: Some(layout),
            others: Vec::new(),
        };
        assert_eq!(judge(&[with(0.06)]), [Verdict::NotDistinguishable]);
        assert_eq!(judge(&[with(0.02)]), [Verdict::Slower]);
    }
}
