//! What a launch is made under: the allocator's policy, the scheduler's, and how often each
//! question is put in another way.

use std::fmt::{self, Display, Formatter};

use clap::Args;
use serde::{Deserialize, Serialize};

/// How the C library's allocator gets memory from the kernel and gives it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Policy {
    /// As the environment says, which is as users have it.
    #[default]
    Default,
    /// Both thresholds so high that blocks are neither mapped singly nor given back: what is left
    /// is the work itself, without the kernel's part.
    Pinned,
}

/// Above any block that a workload asks for.
const THRESHOLD: &str = "1073741824";

impl Policy {
    /// What it sets in a worker's environment: glibc's names, which other allocators ignore.
    pub(crate) fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Default => &[],
            Self::Pinned => {
                &[("MALLOC_MMAP_THRESHOLD_", THRESHOLD), ("MALLOC_TRIM_THRESHOLD_", THRESHOLD)]
            }
        }
    }
}

impl Display for Policy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Pinned => "pinned",
        })
    }
}

/// How many ways the same question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Design {
    /// Layouts of each worker's code that launches rotate through.
    pub(crate) paddings: usize,
    /// Whether pairs that share a worker are sampled in one process too.
    pub(crate) second_opinion: bool,
    /// Whether rows that allocate are measured under [`Policy::Pinned`] too.
    pub(crate) both_policies: bool,
}

impl Default for Design {
    /// What a result says that does not say it.
    fn default() -> Self {
        Self { paddings: 1, second_opinion: false, both_policies: false }
    }
}

impl Design {
    /// One answer as soon as may be.
    pub(crate) const QUICK: Self =
        Self { paddings: 4, second_opinion: false, both_policies: false };
    /// The measured defaults (docs/method.md).
    pub(crate) const FULL: Self = Self { paddings: 4, second_opinion: true, both_policies: true };
    /// For results to be quoted.
    pub(crate) const CLAIM: Self = Self { paddings: 8, ..Self::FULL };
}

/// Which padding each process of a group runs with, in one launch.
///
/// In every block of as many launches as there are paddings, each process runs once with each, in
/// an order of its own: over whole blocks no process has a better lot than another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// Of the group: the same for all its launches.
    pub(crate) seed: u64,
    /// Which launch it is.
    pub(crate) turn: usize,
}

impl Rotation {
    /// The padding of process number `process` among `paddings`.
    pub(crate) fn padding(self, process: usize, paddings: usize) -> usize {
        let paddings = paddings.max(1);
        let (block, place) = (self.turn / paddings, self.turn % paddings);
        let mix = (process as u64).wrapping_mul(0x9e37_79b9).wrapping_add(block as u64);
        let mut rng =
            crate::workload::Rng::new(self.seed ^ mix.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let mut order: Vec<usize> = (0..paddings).collect();
        crate::timing::shuffle(&mut order, &mut rng);
        order[place]
    }

    /// Another one than `first`, for the second process of an A/A pair: each of the others equally
    /// often.
    pub(crate) fn other(self, first: usize, paddings: usize) -> usize {
        match paddings {
            0 | 1 => 0,
            _ => (first + 1 + self.turn / paddings % (paddings - 1)) % paddings,
        }
    }
}

/// How workers are scheduled: never assumed, always recorded.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Scheduling {
    /// Binds work of one thread to this processor.
    #[arg(long, value_name = "CPU", value_parser = clap::value_parser!(u32).range(0..1024))]
    pub(crate) pin: Option<u32>,
    /// Lets every process of a launch run on any processor, instead of all of them on one.
    #[arg(long, conflicts_with = "pin")]
    pub(crate) roam: bool,
    /// Runs workers first in, first out, at this real-time priority; needs the privilege.
    #[arg(long, value_name = "PRIORITY", value_parser = clap::value_parser!(u8).range(1..100))]
    pub(crate) fifo: Option<u8>,
    /// Runs each worker in a session of its own, whose group of tasks has this nice value; less
    /// than 0 needs the privilege.
    #[arg(long, value_name = "NICE", allow_negative_numbers = true,
        value_parser = clap::value_parser!(i8).range(-20..20))]
    pub(crate) autogroup: Option<i8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_each_block_every_process_runs_once_with_each_padding() {
        for paddings in [1, 2, 4, 8] {
            for process in 0..6 {
                for block in 0..5 {
                    let mut seen: Vec<usize> = (0..paddings)
                        .map(|place| {
                            Rotation { seed: 7, turn: block * paddings + place }
                                .padding(process, paddings)
                        })
                        .collect();
                    seen.sort_unstable();
                    assert_eq!(seen, (0..paddings).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn processes_rotate_apart() {
        let lot = |process: usize| -> Vec<usize> {
            (0..40).map(|turn| Rotation { seed: 3, turn }.padding(process, 4)).collect()
        };
        let equal = lot(0).iter().zip(lot(1)).filter(|&(a, b)| *a == b).count();
        assert!((3..=20).contains(&equal), "{equal} of 40");
    }

    #[test]
    fn the_second_process_has_another_padding_each_equally_often() {
        for paddings in [2, 4, 8] {
            let mut counts = vec![0; paddings];
            let turns = paddings * (paddings - 1);
            for turn in 0..turns {
                let rotation = Rotation { seed: 11, turn };
                let first = rotation.padding(0, paddings);
                let second = rotation.other(first, paddings);
                assert_ne!(first, second);
                counts[second] += 1;
            }
            assert_eq!(counts, vec![paddings - 1; paddings]);
        }
        assert_eq!(Rotation { seed: 1, turn: 5 }.other(0, 1), 0);
    }
}
