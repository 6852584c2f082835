//! The instruction pass: each run in a forked child of a worker under valgrind's callgrind, which
//! collects inside the worker's `diptych_lab_run` and nowhere else.
//!
//! One valgrind process per contestant serves all its workloads (starting one takes longer than
//! most runs), but every run has a child of its own: its heap is as fresh as the first one's, so
//! a count does not depend on what else is counted. The number of calls depends on `n` alone:
//! the same question has the same answer, to the instruction.

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

/// The function that workers run batches in.
const FUNCTION: &str = "diptych_lab_run";

/// Runs that take longer than this outside valgrind are left out unless asked for: inside they
/// take [`SLOWDOWN`] times as long.
const LONGEST: Duration = Duration::from_millis(150);

/// Where valgrind is, or why there is none.
#[derive(Clone, Debug)]
pub(crate) struct Callgrind {
    version: String,
    directory: PathBuf,
    /// Whether long runs are counted too.
    all: bool,
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

    /// What counting it should take.
    pub(crate) fn expected(&self, tool: &Callgrind) -> Duration {
        if tool.all || self.is_short() { self.run() * SLOWDOWN } else { Duration::ZERO }
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

    /// Instructions per call of each job of one contestant, or why there are none.
    pub(crate) fn count(
        &self,
        entrant: &Entrant,
        jobs: &[Job<'_>],
        seed: u64,
        limits: Limits,
        after: impl Fn(),
    ) -> Vec<Result<f64, String>> {
        let mut worker = None;
        let mut one = |job: &Job<'_>| {
            let calls = calls(job.group.n);
            if !self.all && !job.is_short() {
                let reason = "the run is long; --instructions counts it too";
                return Err(reason.to_owned());
            }
            let counted = self.run(&mut worker, entrant, job.group, seed, calls, limits);
            if !matches!(counted, Ok(_) | Err(Failure::Refused(_))) {
                // The next job gets a new one.
                worker = None;
            }
            let total =
                counted.map_err(|failure| format!("under valgrind the worker {failure}"))?;
            match total {
                0 => Err(format!(
                    "valgrind does not find {FUNCTION} in the worker: its symbols are stripped"
                )),
                #[allow(clippy::cast_precision_loss)]
                total => Ok(total as f64 / f64::from(calls)),
            }
        };
        jobs.iter()
            .map(|job| {
                let counted = one(job);
                after();
                counted
            })
            .collect()
    }

    /// All instructions of one run.
    fn run(
        &self,
        worker: &mut Option<Worker>,
        entrant: &Entrant,
        group: &Group,
        seed: u64,
        calls: u32,
        limits: Limits,
    ) -> Result<u64, Failure> {
        if interrupt::asked() {
            return Err(Failure::Interrupted);
        }
        let worker = match worker {
            Some(worker) => worker,
            None => worker.insert(self.start(entrant, limits)?),
        };
        worker.ask(&group.open(entrant))?;
        let answer = worker.ask(&Command::Instructions { seed, calls: u64::from(calls) })?;
        let child: u32 = match &answer[..] {
            [child] => whole(child),
            _ => None,
        }
        .ok_or_else(|| Failure::Rubbish(answer.join("\t")))?;
        let file = self.directory.join(child.to_string());
        let text = fs::read_to_string(&file).map_err(Failure::Pipe)?;
        // The directory goes at the end in any case.
        let _ = fs::remove_file(&file);
        total(&text).ok_or_else(|| Failure::Rubbish("callgrind's file has no total".to_owned()))
    }

    fn start(&self, entrant: &Entrant, limits: Limits) -> Result<Worker, Failure> {
        let wrapper = [
            "valgrind".into(),
            "--tool=callgrind".into(),
            "--quiet".into(),
            format!("--toggle-collect={FUNCTION}").into(),
            format!("--callgrind-out-file={}/%p", self.directory.display()).into(),
        ];
        let under = Under { wrapper: wrapper.into(), ..Under::default() };
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

/// The sum of all functions' counts in a file of callgrind's.
fn total(text: &str) -> Option<u64> {
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|numbers| whole(numbers.split_whitespace().next()?))
    };
    of("totals:").or_else(|| of("summary:"))
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
    fn the_total_is_read_from_callgrinds_file() {
        assert_eq!(total("events: Ir\nsummary: 12\n\ntotals: 345\n"), Some(345));
        assert_eq!(total("events: Ir\nsummary: 12\n"), Some(12));
        assert_eq!(total("events: Ir\n"), None);
    }
}
