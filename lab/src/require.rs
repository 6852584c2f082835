//! `--require 'rust<=1.05*cpp'`: claims that a run proves, refutes or leaves open.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::report::Row;
use crate::stats::{Launches, holm};
use crate::verdict::{CONFIDENCE, Verdict};

/// `contestant <= limit * baseline`, in every workload that both of them do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    pub(crate) contestant: String,
    pub(crate) limit: f64,
    pub(crate) baseline: String,
}

impl Display for Requirement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}<={}*{}", self.contestant, self.limit, self.baseline)
    }
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("\"{text}\" is not of the form NAME<=NUMBER*NAME");
        let (left, right) = text.split_once("<=").ok_or_else(form)?;
        let (limit, baseline) = match right.split_once('*') {
            Some((limit, baseline)) => (limit.trim().parse().map_err(|_| form())?, baseline),
            None => (1.0, right),
        };
        let (contestant, baseline) = (left.trim(), baseline.trim());
        if contestant.is_empty() || baseline.is_empty() || contestant == baseline {
            return Err(form());
        }
        if !(0.001..=1000.0).contains(&limit) {
            return Err(format!("the limit in \"{text}\" is not between 0.001 and 1000"));
        }
        let (contestant, baseline) = (contestant.to_owned(), baseline.to_owned());
        Ok(Self { contestant, limit, baseline })
    }
}

/// What a run says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Proven,
    Refuted,
    Undecided,
}

/// A claim and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub(crate) require: String,
    pub(crate) outcome: Outcome,
    pub(crate) workloads: Vec<Part>,
}

/// One workload's share in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) outcome: Outcome,
    pub(crate) ratio: Option<f64>,
    /// The one-sided bounds at 97 %, widened by the margin: what is held against the limit.
    pub(crate) at_least: Option<f64>,
    pub(crate) at_most: Option<f64>,
    pub(crate) reason: Option<String>,
}

impl Judged {
    /// One line for each workload that is not proven, after one for all.
    pub(crate) fn lines(&self) -> String {
        let proven = self.workloads.iter().filter(|part| part.outcome == Outcome::Proven).count();
        let word = match self.outcome {
            Outcome::Proven => "proven",
            Outcome::Refuted => "refuted",
            Outcome::Undecided => "not decided",
        };
        let total = self.workloads.len();
        let mut text =
            format!("require {}: {word} ({proven} of {total} workloads proven)\n", self.require);
        for part in self.workloads.iter().filter(|part| part.outcome != Outcome::Proven) {
            let word = if part.outcome == Outcome::Refuted { "refuted" } else { "not decided" };
            let why = match (part.ratio, part.at_least, part.at_most, &part.reason) {
                (_, _, _, Some(reason)) => reason.clone(),
                (Some(ratio), Some(least), Some(most), None) => {
                    format!("{ratio:.3}, at least {least:.3} and at most {most:.3}")
                }
                _ => "not measured".to_owned(),
            };
            let Part { component, workload, n, .. } = part;
            text += &format!("  {component}/{workload}/{n}: {word}: {why}\n");
        }
        text
    }
}

/// Judges a claim by the rows of a run. `None`: no workload has both of them.
///
/// It is proven when in every workload the upper bound, moved up by the row's margin (noise floor,
/// code layout), keeps the limit: each at 97 % by itself, which for all together is at least 97 %.
/// It is refuted when in some workload the lower bound, moved down, is above the limit, with Holm's
/// correction over the workloads.
pub(crate) fn judge(requirement: &Requirement, text: &str, rows: &[Row]) -> Option<Judged> {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| {
            row.contestant == requirement.contestant
                && row.baseline.as_ref() == Some(&requirement.baseline)
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let limit = requirement.limit.ln();
    let p: Vec<f64> = rows.iter().map(|row| too_slow(row, limit)).collect();
    let refuted = holm(&p, 1.0 - CONFIDENCE);
    let part = |(row, refuted): (&&Row, bool)| {
        let margin = row.margin.unwrap_or(f64::INFINITY).ln_1p();
        let bounds = Launches::new(&row.log_ratios)
            .estimate(2.0 * CONFIDENCE - 1.0)
            .and_then(|estimate| estimate.interval)
            .map(|(low, high)| (low - margin, high + margin));
        let reason = match row.verdict {
            Verdict::Failed => row.reason.clone().or_else(|| Some("a worker failed".to_owned())),
            Verdict::DependsOnState => Some("it depends on state".to_owned()),
            _ if bounds.is_none() => Some("too few launches".to_owned()),
            _ => None,
        };
        let outcome = match bounds {
            _ if reason.is_some() => Outcome::Undecided,
            Some((_, high)) if high <= limit => Outcome::Proven,
            _ if refuted => Outcome::Refuted,
            _ => Outcome::Undecided,
        };
        Part {
            component: row.component.clone(),
            workload: row.workload.clone(),
            n: row.n,
            outcome,
            ratio: row.ratio,
            at_least: bounds.map(|(low, _)| low.exp()),
            at_most: bounds.map(|(_, high)| high.exp()).filter(|high| high.is_finite()),
            reason,
        }
    };
    let workloads: Vec<Part> = rows.iter().zip(refuted).map(part).collect();
    let any = |outcome| workloads.iter().any(|part| part.outcome == outcome);
    let outcome = if any(Outcome::Refuted) {
        Outcome::Refuted
    } else if any(Outcome::Undecided) {
        Outcome::Undecided
    } else {
        Outcome::Proven
    };
    Some(Judged { require: text.to_owned(), outcome, workloads })
}

/// The p-value of "the contestant keeps the limit", one-sided, with the margin in its favour.
fn too_slow(row: &Row, limit: f64) -> f64 {
    let edge = limit + row.margin.unwrap_or(f64::INFINITY).ln_1p();
    let launches = Launches::new(&row.log_ratios);
    match launches.estimate(CONFIDENCE) {
        Some(estimate) if estimate.center > edge => launches.p(edge) / 2.0,
        _ => 1.0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::workload::Rng;

    fn row(center: f64, spread: f64, k: usize) -> Row {
        let mut rng = Rng::new(9);
        let uniform = |r: &mut Rng| (r.next() >> 11) as f64 / (1u64 << 53) as f64;
        Row {
            contestant: "rust".into(),
            baseline: Some("cpp".into()),
            log_ratios: (0..k).map(|_| center + spread * (uniform(&mut rng) - 0.5)).collect(),
            margin: Some(0.01),
            ..Row::default()
        }
    }

    fn outcome(limit: &str, rows: &[Row]) -> Outcome {
        let requirement: Requirement = format!("rust <= {limit} * cpp").parse().unwrap();
        judge(&requirement, "", rows).unwrap().outcome
    }

    #[test]
    fn a_claim_is_proven_refuted_or_left_open() {
        assert_eq!(outcome("1.05", &[row(0.0, 0.02, 40)]), Outcome::Proven);
        assert_eq!(outcome("1.05", &[row(0.2, 0.02, 40)]), Outcome::Refuted);
        assert_eq!(outcome("1.05", &[row(0.05, 0.02, 40)]), Outcome::Undecided);
        assert_eq!(outcome("1.05", &[row(0.0, 1.0, 40)]), Outcome::Undecided);
        assert_eq!(outcome("1.05", &[row(0.0, 0.0, 3)]), Outcome::Undecided);
    }

    #[test]
    fn all_workloads_must_keep_it_and_one_is_enough_to_refute_it() {
        let (good, bad, open) = (row(0.0, 0.02, 40), row(0.3, 0.02, 40), row(0.05, 0.02, 40));
        assert_eq!(outcome("1.05", &[good.clone(), good.clone()]), Outcome::Proven);
        assert_eq!(outcome("1.05", &[good.clone(), open.clone()]), Outcome::Undecided);
        assert_eq!(outcome("1.05", &[good, open, bad]), Outcome::Refuted);
    }

    #[test]
    fn the_margin_counts_against_proof_and_against_refutation() {
        let mut near = row(0.03, 0.001, 40);
        assert_eq!(outcome("1.05", &[near.clone()]), Outcome::Proven);
        near.margin = Some(0.03);
        assert_eq!(outcome("1.05", &[near.clone()]), Outcome::Undecided);
        assert_eq!(outcome("1.01", &[near.clone()]), Outcome::Undecided);
        near.margin = Some(0.005);
        assert_eq!(outcome("1.01", &[near]), Outcome::Refuted);
    }

    #[test]
    fn nothing_is_proven_of_rows_that_failed_or_depend_on_state() {
        for verdict in [Verdict::Failed, Verdict::DependsOnState] {
            let row = Row { verdict, ..row(0.0, 0.0, 40) };
            assert_eq!(outcome("1.05", &[row]), Outcome::Undecided);
        }
        let requirement: Requirement = "rust<=cpp".parse().unwrap();
        assert!(judge(&requirement, "", &[]).is_none());
    }

    #[test]
    fn the_form_is_checked() {
        let parsed: Requirement = " new side <= 1.03 * old ".parse().unwrap();
        assert_eq!(
            (&*parsed.contestant, parsed.limit, &*parsed.baseline),
            ("new side", 1.03, "old")
        );
        for text in [
            "", "a", "a<=", "<=b", "a<=x*b", "a<=-1*b", "a<=0*b", "a<=1e9*b", "a<b", "a<=a",
            "a<=nan*b",
        ] {
            assert!(text.parse::<Requirement>().is_err(), "{text}");
        }
    }
}
