//! Whole programs against each other: `--commands`.
//!
//! A launch is a block of runs, each in a fresh process, in the order A B B A, and gives one
//! log-ratio. From there on whole programs are contestants like all others: the same intervals,
//! verdicts, requirements, and a first program against itself for the floor. Programs may have
//! several threads and go where the scheduler sends them; the layout of their code is as built.

mod field;
mod figures;
mod line;
mod means;
mod show;
mod starter;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::design::Scheduling;
use crate::process::Program;
use crate::require::Requirement;
use crate::roster::{Empty, Entrant, Group, Roster};

use line::{Line, by_shell, lines};

pub(crate) use field::{Blocks, Field, Task, Way, run};
pub(crate) use figures::Figures;
pub(crate) use means::{ALL, MEAN};
pub(crate) use show::{columns, legend};
pub(crate) use starter::{Job, Starter};

/// The component of whole programs.
pub(crate) const COMPONENT: &str = "programs";

/// The language of libraries that programs are run under.
pub(crate) const LIBRARY: &str = "library";

/// Its workload.
pub(crate) const RUN: &str = "run";

/// A run without `--timeout` may take as long as it takes.
const PATIENCE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whole programs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Whole {
    /// Compares whole programs, two or more: each a command line in quotes, with NAME= before it
    /// if need be. The first is what the others stand against. A launch is a block of runs, and
    /// there are fewer where they would take more than three minutes (or --seconds).
    #[arg(long, value_name = "[NAME=]COMMAND", num_args = 1..,
        conflicts_with_all = ["filter", "contestant", "worker", "cxx", "native", "xlto", "large",
            "paddings", "allocator", "instructions", "memory_detail"])]
    pub(crate) commands: Vec<String>,
    /// Runs commands through /bin/sh; what a shell takes for nothing is measured and taken off.
    #[arg(long)]
    shell: bool,
    /// Done by /bin/sh before each run, and not timed: one for all commands, or one for each.
    #[arg(long, value_name = "COMMAND")]
    prepare: Vec<String>,
    /// Runs of each command before anything is timed: 1, or 3 of short ones.
    #[arg(long, value_name = "K",
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    warmup: Option<u32>,
    /// Before anything is timed, what all commands write to standard output must be equal.
    #[arg(long)]
    same_output: bool,
    /// Judges by processor time, of all processes and threads, instead of wall time: much steadier
    /// beside busy neighbours, and blind to waiting.
    #[arg(long)]
    cpu: bool,
    /// Takes an exit status other than 0 for a result too.
    #[arg(long)]
    ignore_status: bool,
    /// A file for the standard input of commands, which is empty otherwise.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Reads what commands write, through a pipe: some do less when it goes to /dev/null.
    #[arg(long)]
    pipe: bool,
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Blocks, and whether that was asked for.
    pub(crate) launches: (usize, bool),
    /// Runs of each command in a block should take this long at least.
    pub(crate) launch: Duration,
    /// All blocks should take no longer.
    pub(crate) timing: Duration,
    /// The longest run.
    pub(crate) timeout: Option<Duration>,
    pub(crate) seed: u64,
    pub(crate) terminal: bool,
}

impl Whole {
    /// `None` where none are asked for.
    pub(crate) fn order(
        &self,
        wish: Wish,
        scheduling: Scheduling,
        requirements: Vec<(String, Requirement)>,
    ) -> Result<Option<Field>, String> {
        if self.commands.is_empty() {
            let given = [
                ("--shell", self.shell),
                ("--prepare", !self.prepare.is_empty()),
                ("--warmup", self.warmup.is_some()),
                ("--same-output", self.same_output),
                ("--ignore-status", self.ignore_status),
                ("--cpu", self.cpu),
                ("--input", self.input.is_some()),
                ("--pipe", self.pipe),
            ];
            return match given.iter().find(|(_, given)| *given) {
                Some((option, _)) => Err(format!("{option} is for whole programs: --commands")),
                None => Ok(None),
            };
        }
        if (Scheduling { roam: false, ..scheduling }) != Scheduling::default() {
            return Err("--pin, --fifo and --autogroup are not for --commands, which run as \
                        users run them; write taskset, chrt or nice into the commands"
                .to_owned());
        }
        let lines = lines(&self.commands, self.shell)?;
        let input = match &self.input {
            Some(path) if !path.is_file() => {
                return Err(format!("--input {} is no file", path.display()));
            }
            path => path.as_ref().map(|path| path.to_string_lossy().into_owned()),
        };
        let bind = std::env::var("LD_BIND_NOW").ok();
        let job = |words: Vec<String>| Job { words, bind: bind.clone(), ..Job::default() };
        let prepare = match &self.prepare[..] {
            [] => vec![None; lines.len()],
            [one] => vec![Some(job(by_shell(one))); lines.len()],
            all if all.len() == lines.len() => {
                all.iter().map(|text| Some(job(by_shell(text)))).collect()
            }
            all => {
                let (given, wanted) = (all.len(), lines.len());
                return Err(format!("--prepare is given {given} times for {wanted} commands"));
            }
        };
        let jobs: Vec<Job> = lines
            .iter()
            .map(|line| Job { input: input.clone(), read: self.pipe, ..job(line.words.clone()) })
            .collect();
        for (text, claim) in &requirements {
            let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
            for name in [&claim.contestant, &claim.baseline] {
                if !names.contains(&name.as_str()) {
                    let hint = crate::mistakes::nearest(name, names.iter().copied());
                    return Err(format!("\"{text}\": no command is named \"{name}\"{hint}"));
                }
            }
        }
        let tasks: Vec<Task> = (lines.iter().zip(jobs).zip(prepare))
            .map(|((line, job), prepare)| Task { job, prepare, line: line.text.clone() })
            .collect();
        Ok(Some(Field {
            roster: self.roster(&lines, &requirements),
            tasks: vec![tasks],
            ways: vec![Way {
                same_output: self.same_output,
                limit: wish.timeout.unwrap_or(PATIENCE),
                refused: None,
            }],
            blocks: Blocks::Filling(wish),
            shell: self.shell.then(|| by_shell("")),
            warmup: self.warmup,
            ignore_status: self.ignore_status,
            libraries: false,
            seed: wish.seed,
            terminal: wish.terminal,
            requirements,
        }))
    }

    fn roster(&self, lines: &[Line], requirements: &[(String, Requirement)]) -> Roster {
        let entrant = |(worker, line): (usize, &Line)| Entrant {
            program: Program { path: PathBuf::from(&line.words[0]), own: false },
            registered: line.name.clone(),
            name: line.name.clone(),
            language: "program".into(),
            compiler: "as built".into(),
            flags: line.text.clone(),
            baselines: Vec::new(),
            empty: Empty::default(),
            worker,
        };
        let all = lines.len();
        let mut roster = Roster {
            entrants: lines.iter().enumerate().map(entrant).collect(),
            groups: vec![Group {
                component: COMPONENT.into(),
                workload: RUN.into(),
                n: 1,
                tracked: false,
                large: false,
                // Work of several threads is judged by the time of them all.
                threads: if self.cpu { 2 } else { 1 },
                members: (0..all).collect(),
                pairs: (1..all).map(|at| (at, 0)).collect(),
                links: Vec::new(),
            }],
            layouts: Vec::new(),
        };
        for (_, claim) in requirements {
            roster.pair_up(&claim.contestant, &claim.baseline);
        }
        roster
    }
}

/// The starter, where this process is to be it.
pub(crate) fn starter(first: Option<&std::ffi::OsString>) -> Option<ExitCode> {
    first.is_some_and(|first| first == starter::ARGUMENT).then(starter::serve)
}
