//! Axes: of ratios about 1, of powers of ten, of bytes.

/// A logarithmic axis of ratios with 1 in its middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratios {
    /// The ratio at its right end; the left end is the reciprocal.
    limit: f64,
}

/// Right ends, and what is marked between 1 and them.
const LIMITS: &[(f64, &[f64])] = &[
    (1.1, &[1.05, 1.1]),
    (1.25, &[1.1, 1.25]),
    (1.5, &[1.2, 1.5]),
    (2.0, &[1.25, 1.5, 2.0]),
    (3.0, &[1.5, 2.0, 3.0]),
    (4.0, &[2.0, 4.0]),
    (8.0, &[2.0, 4.0, 8.0]),
];

impl Ratios {
    /// The narrowest one that three in four of these fit in: a few far ones do not squeeze the
    /// rest.
    pub(super) fn of(ratios: &[f64]) -> Self {
        let mut far: Vec<f64> = ratios.iter().map(|ratio| ratio.ln().abs()).collect();
        far.sort_by(f64::total_cmp);
        let most = far.get(far.len() * 3 / 4).or(far.last()).copied().unwrap_or(0.0).exp();
        let fits = LIMITS.iter().map(|&(limit, _)| limit).find(|&limit| most <= limit);
        Self { limit: fits.unwrap_or(8.0) }
    }

    /// Where a ratio is, in percent of the width; what lies outside is at 0 or 100.
    pub(super) fn place(self, ratio: f64) -> f64 {
        // Both ends keep room for a mark.
        50.0 + (ratio.ln() / self.limit.ln() * 47.0).clamp(-50.0, 50.0)
    }

    /// Whether a ratio is beyond the ends.
    pub(super) fn beyond(self, ratio: f64) -> bool {
        ratio.ln().abs() > self.limit.ln() * 1.06
    }

    /// Marks: the ratio and what is written there.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        #[allow(clippy::float_cmp)]
        let marks = LIMITS.iter().find(|(limit, _)| *limit == self.limit).map_or(&[][..], |l| l.1);
        let below = marks.iter().rev().map(|mark| 1.0 / mark);
        let all = below.chain([1.0]).chain(marks.iter().copied());
        let spelled = |ratio: f64| {
            let text = format!("{ratio:.3}");
            let text = if ratio < 0.2 { text } else { format!("{ratio:.2}") };
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        all.map(|ratio| (ratio, spelled(ratio))).collect()
    }
}

/// Round values of a logarithmic axis from `low` to `high`: powers of ten, and between them where
/// there are few.
pub(super) fn decades(low: f64, high: f64) -> Vec<f64> {
    let few = (high / low).log10() < 1.6;
    let steps: &[f64] = if few { &[1.0, 2.0, 5.0] } else { &[1.0] };
    #[allow(clippy::cast_possible_truncation)]
    let range = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = range.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
    let mut marks: Vec<f64> = all.filter(|&mark| mark >= low && mark <= high).collect();
    let step = marks.len().div_ceil(6).max(1);
    marks = marks.into_iter().step_by(step).collect();
    marks
}

/// Round values of an axis from 0 to `high` bytes: halves of powers of two.
pub(super) fn sizes(high: u64) -> Vec<u64> {
    let unit = (high / 4).max(1);
    let unit = unit.checked_next_power_of_two().unwrap_or(unit);
    let unit = if high / unit < 2 { (unit / 2).max(1) } else { unit };
    (0..=high / unit).map(|at| at * unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_four_fit_and_one_is_in_the_middle() {
        let axis = Ratios::of(&[0.9, 1.0, 1.1, 1.2, 0.95, 1.0, 1.0, 1.0, 1.0, 1.0, 60.0]);
        assert!((axis.place(1.0) - 50.0).abs() < 1e-9);
        assert!(axis.beyond(60.0) && !axis.beyond(1.1));
        assert!((axis.place(60.0) - 100.0).abs() < 1e-9);
        assert_eq!(axis.ticks()[1].1, "0.91");
        assert!(Ratios::of(&[]).ticks().iter().any(|(_, text)| text == "1"));
        assert!(Ratios::of(&[f64::INFINITY, 1e300]).beyond(1e9));
    }

    #[test]
    fn axes_have_some_marks_inside_them() {
        assert_eq!(decades(90.0, 2.1e5), [100.0, 1e3, 1e4, 1e5]);
        assert_eq!(decades(90.0, 300.0), [100.0, 200.0]);
        assert!(decades(1.0, 1e14).len() <= 8);
        assert_eq!(sizes(16_320), [0, 4096, 8192, 12288]);
        assert_eq!(sizes(1), [0, 1]);
        assert_eq!(sizes(0), [0]);
        assert!(sizes(u64::MAX).len() <= 9);
    }
}
