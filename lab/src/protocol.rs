//! The line protocol between coordinator and worker: `spec/lab-protocol.md`.
//!
//! One command or answer is one line of fields parted by tabs. This module is the only place that
//! knows how they are spelled.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::workload::Tracked;

/// The version of the protocol, in the handshake.
pub(crate) const VERSION: u32 = 1;

/// The argument that makes a program that holds both halves a worker.
#[cfg_attr(not(feature = "coordinator"), allow(dead_code))]
pub(crate) const WORKER_ARGUMENT: &str = "--diptych-worker";

/// What the coordinator asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Do you speak this version?
    Hello(u32),
    /// Who are you?
    List,
    /// Get ready for one workload of one contestant.
    Open { contestant: String, component: String, name: String, n: u64 },
    /// Do the work and answer the digest of all results.
    Check { seed: u64, calls: u64 },
    /// Do the work over and over, with the seeds from `seed` on, for this long.
    Warm { seed: u64, calls: u64, nanoseconds: u64 },
    /// Do the work once and measure it.
    Sample { seed: u64, calls: u64 },
    /// Measure nothing in the same way: what the measuring itself costs.
    Empty,
    /// Do the work of one call and count its memory.
    Memory { seed: u64 },
    /// Do the work in a forked child, inside the function whose instructions are counted.
    Instructions { seed: u64, calls: u64 },
    /// How are your types laid out?
    Layout,
    /// Go.
    Quit,
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello(version) => write!(f, "hello\t{version}"),
            Self::List => f.write_str("list"),
            Self::Open { contestant, component, name, n } => {
                write!(f, "open\t{contestant}\t{component}\t{name}\t{n}")
            }
            Self::Check { seed, calls } => write!(f, "check\t{seed}\t{calls}"),
            Self::Warm { seed, calls, nanoseconds } => {
                write!(f, "warm\t{seed}\t{calls}\t{nanoseconds}")
            }
            Self::Sample { seed, calls } => write!(f, "sample\t{seed}\t{calls}"),
            Self::Empty => f.write_str("empty"),
            Self::Memory { seed } => write!(f, "memory\t{seed}"),
            Self::Instructions { seed, calls } => write!(f, "instructions\t{seed}\t{calls}"),
            Self::Layout => f.write_str("layout"),
            Self::Quit => f.write_str("quit"),
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| {
            fields[at].parse::<u64>().map_err(|_| format!("not a number: {}", fields[at]))
        };
        match (fields[0], fields.len()) {
            ("hello", 2) => match fields[1].parse() {
                Ok(version) => Ok(Self::Hello(version)),
                Err(_) => Err(format!("not a version: {}", fields[1])),
            },
            ("list", 1) => Ok(Self::List),
            ("open", 5) => Ok(Self::Open {
                contestant: fields[1].into(),
                component: fields[2].into(),
                name: fields[3].into(),
                n: number(4)?,
            }),
            ("check", 3) => Ok(Self::Check { seed: number(1)?, calls: number(2)? }),
            ("warm", 4) => {
                Ok(Self::Warm { seed: number(1)?, calls: number(2)?, nanoseconds: number(3)? })
            }
            ("sample", 3) => Ok(Self::Sample { seed: number(1)?, calls: number(2)? }),
            ("empty", 1) => Ok(Self::Empty),
            ("memory", 2) => Ok(Self::Memory { seed: number(1)? }),
            ("instructions", 3) => Ok(Self::Instructions { seed: number(1)?, calls: number(2)? }),
            ("layout", 1) => Ok(Self::Layout),
            ("quit", 1) => Ok(Self::Quit),
            _ => Err(format!("unknown command: {line}")),
        }
    }
}

/// The answer to `sample`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) wall_ns: u64,
    /// Of the whole process: threads that the work starts count.
    pub(crate) cpu_ns: u64,
    pub(crate) minor_faults: u64,
    pub(crate) digest: u64,
}

/// What the heap counter saw during one run.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heap {
    pub(crate) allocs: u64,
    pub(crate) reallocs: u64,
    pub(crate) frees: u64,
    pub(crate) bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) live_at_end: i64,
}

/// The answer to `memory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) digest: u64,
    /// `None`: the worker runs without the heap counter, or the counter gave up.
    pub(crate) heap: Option<Heap>,
    pub(crate) tracked: Tracked,
}

/// A digest as the protocol and the reports spell it.
#[derive(Clone, Copy)]
pub(crate) struct Hex(pub(crate) u64);

impl Display for Hex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { wall_ns, cpu_ns, minor_faults, digest } = self;
        write!(f, "{wall_ns}\t{cpu_ns}\t{minor_faults}\t{}", Hex(*digest))
    }
}

impl Display for Memory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t", Hex(self.digest))?;
        match self.heap {
            Some(Heap { allocs, reallocs, frees, bytes, peak_bytes, live_at_end }) => {
                write!(f, "{allocs}\t{reallocs}\t{frees}\t{bytes}\t{peak_bytes}\t{live_at_end}")?;
            }
            None => f.write_str("-\t-\t-\t-\t-\t-")?,
        }
        let Tracked { copies, moves, destroys, copy_assigns, move_assigns, relocated_bytes } =
            self.tracked;
        for count in
            [Some(copies), moves, Some(destroys), copy_assigns, move_assigns, relocated_bytes]
        {
            match count {
                Some(count) => write!(f, "\t{count}")?,
                None => f.write_str("\t-")?,
            }
        }
        Ok(())
    }
}

#[cfg(feature = "coordinator")]
pub(crate) use read::{digest, whole};

/// How the coordinator reads answers. `None` is rubbish.
#[cfg(feature = "coordinator")]
mod read {
    use super::{Heap, Memory, Sample, Tracked};

    /// Sixteen hexadecimal digits.
    pub(crate) fn digest(field: &str) -> Option<u64> {
        (field.len() == 16).then(|| u64::from_str_radix(field, 16).ok())?
    }

    /// A number of any integer type.
    pub(crate) fn whole<T: std::str::FromStr>(field: &str) -> Option<T> {
        field.parse().ok()
    }

    impl Sample {
        pub(crate) fn read(fields: &[String]) -> Option<Self> {
            let [wall, cpu, faults, hex] = fields else {
                return None;
            };
            Some(Self {
                wall_ns: whole(wall)?,
                cpu_ns: whole(cpu)?,
                minor_faults: whole(faults)?,
                digest: digest(hex)?,
            })
        }
    }

    impl Memory {
        pub(crate) fn read(fields: &[String]) -> Option<Self> {
            // What was added later may be missing.
            let (first, more) = fields.split_at(fields.len().min(10));
            let [hex, heap @ .., copies, moves, destroys] = first else {
                return None;
            };
            let heap = match heap {
                [allocs, reallocs, frees, bytes, peak, live] if allocs != "-" => Some(Heap {
                    allocs: whole(allocs)?,
                    reallocs: whole(reallocs)?,
                    frees: whole(frees)?,
                    bytes: whole(bytes)?,
                    peak_bytes: whole(peak)?,
                    live_at_end: whole(live)?,
                }),
                [_, _, _, _, _, _] => None,
                _ => return None,
            };
            let count = |field: &String| match field.as_str() {
                "-" => Some(None),
                number => whole(number).map(Some),
            };
            let [copy_assigns, move_assigns, relocated_bytes] = match more {
                [] => [None; 3],
                [copies, moves, bytes] => [count(copies)?, count(moves)?, count(bytes)?],
                _ => return None,
            };
            let tracked = Tracked {
                copies: whole(copies)?,
                moves: count(moves)?,
                destroys: whole(destroys)?,
                copy_assigns,
                move_assigns,
                relocated_bytes,
            };
            Some(Self { digest: digest(hex)?, heap, tracked })
        }
    }
}

/// A field must not hold what parts fields and lines.
pub(crate) fn field(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

#[cfg(all(test, feature = "coordinator"))]
mod tests {
    use super::*;

    fn fields(line: &dyn Display) -> Vec<String> {
        line.to_string().split('\t').map(str::to_owned).collect()
    }

    #[test]
    fn every_command_survives_the_line() {
        let all = [
            Command::Hello(7),
            Command::List,
            Command::Open {
                contestant: "std::vec::Vec".into(),
                component: "vector".into(),
                name: "push growing/u64".into(),
                n: u64::MAX,
            },
            Command::Check { seed: 1, calls: 2 },
            Command::Warm { seed: 1, calls: 2, nanoseconds: 3 },
            Command::Sample { seed: u64::MAX, calls: 0 },
            Command::Empty,
            Command::Memory { seed: 9 },
            Command::Instructions { seed: 4, calls: 5 },
            Command::Layout,
            Command::Quit,
        ];
        for command in all {
            assert_eq!(command.to_string().parse(), Ok(command));
        }
    }

    #[test]
    fn a_line_that_is_no_command_is_refused() {
        for line in
            ["", "hello", "hello\tx", "sample\t1", "sample\t1\t2\t3", "sample\t-1\t2", "LIST"]
        {
            assert!(line.parse::<Command>().is_err(), "{line:?}");
        }
    }

    #[test]
    fn every_answer_survives_the_line() {
        let sample = Sample { wall_ns: 1, cpu_ns: 2, minor_faults: 3, digest: u64::MAX };
        assert_eq!(Sample::read(&fields(&sample)), Some(sample));
        let heap =
            Heap { allocs: 1, reallocs: 2, frees: 3, bytes: 4, peak_bytes: 5, live_at_end: -6 };
        for heap in [None, Some(heap)] {
            for moves in [None, Some(8)] {
                let tracked = Tracked {
                    copies: 7,
                    moves,
                    destroys: 9,
                    copy_assigns: Some(10),
                    move_assigns: moves,
                    relocated_bytes: Some(11),
                };
                let memory = Memory { digest: 0, heap, tracked };
                assert_eq!(Memory::read(&fields(&memory)), Some(memory));
                // As workers answered before assignments were counted by themselves.
                let older = Tracked {
                    copy_assigns: None,
                    move_assigns: None,
                    relocated_bytes: None,
                    ..tracked
                };
                let short = &fields(&memory)[..10];
                assert_eq!(Memory::read(short), Some(Memory { tracked: older, ..memory }));
            }
        }
    }

    #[test]
    fn rubbish_is_no_answer() {
        let lines = ["", "1\t2\t3", "1\t2\t3\tzz", "1\t2\t3\t12", "-1\t2\t3\t0000000000000000"];
        for line in lines {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            assert_eq!(Sample::read(&fields), None, "{line:?}");
            assert_eq!(Memory::read(&fields), None, "{line:?}");
        }
    }
}
