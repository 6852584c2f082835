//! The instruction pass: each run in a forked child of a worker under valgrind's callgrind, which
//! collects inside the worker's `diptych_lab_run` and nowhere else.
//!
//! One valgrind process per contestant serves all its workloads (starting one takes longer than
//! most runs), but every run has a child of its own: its heap is as fresh as the first one's, so
//! a count does not depend on what else is counted. The number of calls depends on `n` alone:
//! the same question has the same answer, to the instruction.
//!
//! A second valgrind process counts the shorter runs once more and simulates caches and branch
//! predictors meanwhile, which takes more than twice as long and does not change a count. That the
//! two processes agree is the proof that a count depends on the seed alone: a hash table that is
//! seeded by the system, for one, makes it vary by some thousandths.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Duration;

use crate::interrupt;
use crate::process::{Failure, Limits, Under, Worker};
use crate::protocol::{Command, VERSION, whole};
use crate::roster::{Entrant, Group};

/// How much longer work takes under valgrind.
const SLOWDOWN: u32 = 50;

/// And how much longer with caches and branch predictors.
const SLOWDOWN_SIMULATED: u32 = 120;

/// The function that workers run batches in.
const FUNCTION: &str = "diptych_lab_run";

/// Runs that take longer than this outside valgrind are left out unless asked for: inside they
/// take [`SLOWDOWN`] times as long.
const LONGEST: Duration = Duration::from_millis(150);

/// And runs that take longer than this are counted only once, without simulation, unless asked
/// for: with it the default run would not stay within its minutes.
const LONGEST_SIMULATED: Duration = Duration::from_millis(4);

/// The simulated machine: size, ways and line of each cache. Fixed, because what valgrind takes
/// from the machine it runs on differs from host to host, and is unreal on a virtual one.
const MACHINE: [&str; 5] = [
    "--cache-sim=yes",
    "--branch-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=8388608,16,64",
];

/// Where valgrind is, or why there is none.
#[derive(Clone, Debug)]
pub(crate) struct Callgrind {
    version: String,
    directory: PathBuf,
    /// Whether long runs are counted too.
    all: bool,
}

/// What was counted of one workload, per call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) instructions: f64,
    /// How far apart two counts were; or why there are not two.
    pub(crate) spread: Result<f64, String>,
    /// Or why nothing was simulated.
    pub(crate) simulated: Result<Simulated, String>,
}

/// What a simulated machine met, per call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Simulated {
    /// Reads and writes that missed the first-level data cache.
    pub(crate) d1_misses: f64,
    /// And the last-level cache.
    pub(crate) ll_misses: f64,
    pub(crate) branch_misses: f64,
}

/// One workload to count.
pub(crate) struct Job<'a> {
    pub(crate) group: &'a Group,
    /// What one call takes with its preparation.
    pub(crate) turn: Duration,
}

impl Job<'_> {
    /// What the run takes outside valgrind.
    fn run(&self) -> Duration {
        self.turn * (calls(self.group.n) + 1)
    }

    /// Whether it is counted unless asked for.
    fn is_short(&self) -> bool {
        self.run() <= LONGEST
    }

    /// Whether it is also simulated unless asked for.
    fn is_very_short(&self) -> bool {
        self.run() <= LONGEST_SIMULATED
    }

    /// What counting it should take.
    pub(crate) fn expected(&self, tool: &Callgrind) -> Duration {
        let count = if tool.all || self.is_short() { SLOWDOWN } else { 0 };
        let simulate = if tool.all || self.is_very_short() { SLOWDOWN_SIMULATED } else { 0 };
        self.run() * (count + simulate)
    }
}

impl Callgrind {
    /// Looks for valgrind and makes a directory for its counts.
    pub(crate) fn find(all: bool) -> Result<Self, String> {
        let asked = Process::new("valgrind").arg("--version").output();
        let version = match asked {
            Ok(answer) if answer.status.success() => {
                String::from_utf8_lossy(&answer.stdout).trim().to_owned()
            }
            Ok(answer) => return Err(format!("valgrind does not run: {}", answer.status)),
            Err(_) => return Err("valgrind is not installed".to_owned()),
        };
        let directory = private_directory()
            .map_err(|error| format!("no directory for valgrind's counts can be made: {error}"))?;
        Ok(Self { version, directory, all })
    }

    /// `valgrind-3.19.0`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Counts each job of one contestant, or answers why not.
    pub(crate) fn count(
        &self,
        entrant: &Entrant,
        jobs: &[Job<'_>],
        seed: u64,
        limits: Limits,
        after: impl Fn(),
    ) -> Vec<Result<Counted, String>> {
        let once = |wanted: &dyn Fn(&Job<'_>) -> Result<(), String>, simulate, after: &dyn Fn()| {
            let mut worker = None;
            let mut one = |job: &Job<'_>| {
                wanted(job)?;
                let counted = self.run(&mut worker, entrant, job.group, seed, simulate, limits);
                if !matches!(counted, Ok(_) | Err(Failure::Refused(_))) {
                    // The next job gets a new one.
                    worker = None;
                }
                counted.map_err(|failure| format!("under valgrind the worker {failure}"))
            };
            let counted = jobs.iter().map(|job| {
                let counted = one(job);
                after();
                counted
            });
            counted.collect::<Vec<_>>()
        };
        let short = |job: &Job<'_>| match self.all || job.is_short() {
            true => Ok(()),
            false => Err("the run is long; --instructions counts it too".to_owned()),
        };
        let very_short = |job: &Job<'_>| match self.all || job.is_very_short() {
            true => Ok(()),
            false => Err("the run is long; --instructions simulates it too".to_owned()),
        };
        let first = once(&short, false, &after);
        let second = once(&very_short, true, &|| ());
        let both = jobs.iter().zip(first).zip(second);
        both.map(|((job, first), second)| combined(calls(job.group.n), &first?, second)).collect()
    }

    /// All events of one run.
    fn run(
        &self,
        worker: &mut Option<Worker>,
        entrant: &Entrant,
        group: &Group,
        seed: u64,
        simulate: bool,
        limits: Limits,
    ) -> Result<Events, Failure> {
        if interrupt::asked() {
            return Err(Failure::Interrupted);
        }
        let worker = match worker {
            Some(worker) => worker,
            None => worker.insert(self.start(entrant, simulate, limits)?),
        };
        worker.ask(&group.open(entrant))?;
        let calls = u64::from(calls(group.n));
        let answer = worker.ask(&Command::Instructions { seed, calls })?;
        let child: u32 = match &answer[..] {
            [child] => whole(child),
            _ => None,
        }
        .ok_or_else(|| Failure::Rubbish(answer.join("\t")))?;
        let file = self.directory.join(child.to_string());
        let text = fs::read_to_string(&file).map_err(Failure::Pipe)?;
        // The directory goes at the end in any case.
        let _ = fs::remove_file(&file);
        Events::read(&text)
            .ok_or_else(|| Failure::Rubbish("callgrind's file has no total".to_owned()))
    }

    fn start(&self, entrant: &Entrant, simulate: bool, limits: Limits) -> Result<Worker, Failure> {
        let mut wrapper = vec![
            "valgrind".into(),
            "--tool=callgrind".into(),
            "--quiet".into(),
            format!("--toggle-collect={FUNCTION}").into(),
            format!("--callgrind-out-file={}/%p", self.directory.display()).into(),
        ];
        if simulate {
            wrapper.extend(MACHINE.map(Into::into));
        }
        let under = Under { wrapper, ..Under::default() };
        let mut worker = Worker::start(&entrant.program, &under, limits)?;
        worker.send(&Command::Hello(VERSION))?;
        worker.greeted()?;
        Ok(worker)
    }
}

impl Drop for Callgrind {
    fn drop(&mut self) {
        // What stays behind is a few kilobytes in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Calls in one counted run: many for small inputs, so that the run's own few instructions do not
/// show.
fn calls(n: u64) -> u32 {
    u32::try_from(1000 / n.max(1)).unwrap_or(64).clamp(1, 64)
}

/// The sums of all functions' events in a file of callgrind's, by callgrind's names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Events(Vec<(String, u64)>);

impl Events {
    fn read(text: &str) -> Option<Self> {
        let of = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let names = of("events:")?.split_whitespace().map(str::to_owned);
        let numbers = of("totals:").or_else(|| of("summary:"))?.split_whitespace();
        let numbers: Vec<u64> = numbers.map(whole).collect::<Option<_>>()?;
        let events: Vec<_> = names.zip(numbers).collect();
        (!events.is_empty()).then_some(Self(events))
    }

    /// The sum of these events. `None` when one of them was not counted.
    fn sum(&self, names: &[&str]) -> Option<u64> {
        names.iter().try_fold(0_u64, |sum, name| {
            let (_, number) = self.0.iter().find(|(known, _)| known == name)?;
            sum.checked_add(*number)
        })
    }
}

/// What a count and perhaps a second one with simulation say of one call.
#[allow(clippy::cast_precision_loss)]
fn combined(calls: u32, first: &Events, second: Result<Events, String>) -> Result<Counted, String> {
    let per_call = |number: u64| number as f64 / f64::from(calls);
    let instructions = match first.sum(&["Ir"]) {
        None => return Err("valgrind counted no instructions".to_owned()),
        Some(0) => {
            return Err(format!(
                "valgrind does not find {FUNCTION} in the worker: its symbols are stripped"
            ));
        }
        Some(number) => number,
    };
    let again = second.as_ref().ok().and_then(|second| second.sum(&["Ir"]));
    let spread = again.map(|again| per_call(instructions.abs_diff(again)));
    let middle = again.map_or(per_call(instructions), |again| {
        f64::midpoint(per_call(instructions), per_call(again))
    });
    let simulated = second.clone().and_then(|events| {
        let of = |names: &[&str]| events.sum(names).map(per_call);
        let simulated = || {
            Some(Simulated {
                d1_misses: of(&["D1mr", "D1mw"])?,
                ll_misses: of(&["DLmr", "DLmw"])?,
                branch_misses: of(&["Bcm", "Bim"])?,
            })
        };
        simulated().ok_or_else(|| "valgrind does not simulate caches here".to_owned())
    });
    let why = || second.err().unwrap_or_else(|| "valgrind counted no instructions".to_owned());
    Ok(Counted { instructions: middle, spread: spread.ok_or_else(why), simulated })
}

fn private_directory() -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let parent = std::env::temp_dir();
    let mut last = None;
    for attempt in 0..100 {
        let path: &Path = &parent.join(format!("diptych-{}-{attempt}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => return Ok(path.to_owned()),
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("a hundred attempts failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_calls_depends_on_n_alone_and_is_never_zero() {
        assert_eq!([0, 1, 8, 1000, 1_000_000, u64::MAX].map(calls), [64, 64, 64, 1, 1, 1]);
    }

    #[test]
    fn the_totals_are_read_from_callgrinds_file() {
        let sum = |text: &str, names: &[&str]| Events::read(text)?.sum(names);
        assert_eq!(sum("events: Ir\nsummary: 12\n\ntotals: 345\n", &["Ir"]), Some(345));
        assert_eq!(sum("events: Ir\nsummary: 12\n", &["Ir"]), Some(12));
        assert_eq!(sum("events: Ir D1mr D1mw\ntotals: 1 2 3\n", &["D1mr", "D1mw"]), Some(5));
        for rubbish in ["", "events: Ir\n", "events: Ir\ntotals: x\n", "totals: 1\n", "events:"] {
            assert_eq!(sum(rubbish, &["Ir"]), None, "{rubbish:?}");
        }
    }

    fn events(numbers: [u64; 7]) -> Events {
        let names = ["Ir", "D1mr", "D1mw", "DLmr", "DLmw", "Bcm", "Bim"].map(str::to_owned);
        Events(names.into_iter().zip(numbers).collect())
    }

    #[test]
    fn two_counts_that_agree_have_no_spread_and_two_that_do_not_have_one() {
        let first = Events(vec![("Ir".to_owned(), 100)]);
        let same = combined(2, &first, Ok(events([100, 1, 2, 3, 4, 5, 6]))).expect("counted");
        assert_eq!((same.instructions, same.spread), (50.0, Ok(0.0)));
        let simulated = Simulated { d1_misses: 1.5, ll_misses: 3.5, branch_misses: 5.5 };
        assert_eq!(same.simulated, Ok(simulated));
        let other = combined(2, &first, Ok(events([104, 0, 0, 0, 0, 0, 0]))).expect("counted");
        assert_eq!((other.instructions, other.spread), (51.0, Ok(2.0)));
        let alone = combined(2, &first, Err("long".to_owned())).expect("counted");
        assert_eq!((alone.instructions, alone.spread), (50.0, Err("long".to_owned())));
        assert!(combined(2, &Events::default(), Err(String::new())).is_err());
    }
}
