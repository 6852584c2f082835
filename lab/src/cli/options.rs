//! What may be asked on the command line.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::{Build, cores};
use crate::commands::{self, Whole};
use crate::design::{Design, Scheduling};
use crate::output::{Again, Formats};
use crate::plan::Wish;
use crate::process::{Limits, Program as Executable};
use crate::programs::Programs;
use crate::require::Requirement;
use crate::roster::Source;
use crate::skeleton::New;

/// How much is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Quick,
    Full,
    Claim,
}

/// Compares implementations of the same work: time, with an interval on the ratio, and memory.
///
/// Without a command: compare --quick.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) compare: Compare,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Measures and compares.
    Compare(Box<Compare>),
    /// Names the contestants and the workloads.
    List(Selection),
    /// Draws how compilers lay out the types of all workers, byte by byte.
    Layout(Selection),
    /// Says how far comparisons on this machine can be believed: how often they find a difference
    /// between a kernel and itself, and how often known added work.
    Calibrate(Calibrate),
    /// Compares malloc libraries on whole programs, by LD_PRELOAD: time and memory.
    Programs(Box<Programs>),
    /// Writes a pair of your own to begin with: Rust, C++, workers, builds and a gate for CI.
    New(New),
    /// Shows a result file again or in other formats; compares two; or lists all of a folder.
    Report(Again),
}

#[derive(Args, Clone)]
pub(super) struct Selection {
    /// Only workloads whose name (component/operation/element/n) has this in it, or matches it
    /// as a whole when it has * or ?. NAME=PATH is a worker as with --worker; then only workers
    /// that are given take part (others with --contestant), against the first.
    #[arg(value_name = "FILTER|NAME=PATH")]
    pub(super) filter: Vec<String>,
    /// Only the contestant of this name, or those whose name has this in it, or matches it.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) contestant: Vec<String>,
    /// Adds the contestants of another executable that speaks the worker protocol.
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(super) worker: Vec<OsString>,
    /// Adds the C++ contestants as built by these compilers: g++, clang++-19, clang++-19:libc++,
    /// clang-22 (on the path or in the ziglang wheel).
    #[arg(long, value_name = "COMPILER", value_delimiter = ',')]
    pub(super) cxx: Vec<String>,
    /// Adds all contestants as built for this processor; builds those of --cxx for it.
    #[arg(long)]
    pub(super) native: bool,
    /// Adds all contestants as built by clang and optimised across the border between languages.
    #[arg(long)]
    pub(super) xlto: bool,
    /// Workloads that need gigabytes, too.
    #[arg(long)]
    pub(super) large: bool,
    /// How long a worker may take for one answer.
    /// [default: 30; with --commands a run may take as long as it takes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<f64>,
}

#[derive(Args)]
pub(super) struct Compare {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) whole: Whole,
    /// A first look in --seconds: 20 launches, one design, one allocator policy.
    #[arg(long, group = "mode")]
    pub(super) quick: bool,
    /// 40 launches of 75 ms, the second opinion of one process, both allocator policies: the
    /// default of `compare`.
    #[arg(long, group = "mode")]
    pub(super) full: bool,
    /// 80 launches, 8 paddings: for a result to be quoted.
    #[arg(long, group = "mode")]
    pub(super) claim: bool,
    /// Fresh processes of every contestant: 20, 40 or 80 by the mode.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) launches: Option<u32>,
    /// Sampling in each of them, in milliseconds: 75, or in a quick run chosen to keep --seconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(super) launch_ms: Option<u32>,
    /// Time for all launches together: 110 in a quick run, otherwise as long as it takes.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) seconds: Option<f64>,
    /// Layouts of the code of each contestant that launches rotate through: 4, or 8 for a claim.
    #[arg(long, value_name = "Q", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(super) paddings: Option<u8>,
    /// Does not sample pairs in one process too.
    #[arg(long)]
    pub(super) no_second_opinion: bool,
    /// Under which policies of the C library's allocator work that allocates is timed: as it is,
    /// or with its thresholds pinned too.
    #[arg(long, value_name = "WHICH", value_enum)]
    pub(super) allocator: Option<Allocator>,
    /// A claim to be proven: 'rust<=1.05*cpp'. The exit status is 0 when all are, 1 when one is
    /// refuted, 2 when one is not decided.
    #[arg(long, value_name = "CLAIM")]
    pub(super) require: Vec<String>,
    /// Compares debug builds with release builds too.
    #[arg(long)]
    pub(super) allow_debug: bool,
    /// Says under each row what would change its verdict.
    #[arg(long)]
    pub(super) why: bool,
    #[command(flatten)]
    pub(super) scheduling: Scheduling,
    /// Where all inputs start from.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Writes the whole result (spec/lab-json.md).
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) formats: Formats,
    /// Counts the instructions of every workload, however long it takes; needs valgrind.
    #[arg(long, conflicts_with = "no_instructions")]
    pub(super) instructions: bool,
    /// Does not count instructions.
    #[arg(long)]
    pub(super) no_instructions: bool,
    /// Does not count memory.
    #[arg(long)]
    pub(super) no_memory: bool,
    /// Shows who asked for memory, the heap over the call, and what stayed alive after it.
    #[arg(long, conflicts_with = "no_memory")]
    pub(super) memory_detail: bool,
}

impl Selection {
    pub(super) fn builds(&self) -> impl Iterator<Item = Build> {
        let native = self.native;
        let cxx =
            self.cxx.iter().map(move |compiler| Build::Cxx { compiler: compiler.clone(), native });
        cxx.chain(native.then_some(Build::Native))
            .chain(self.xlto.then_some(Build::CrossLanguage { native }))
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout.unwrap_or(30.0))
    }

    /// The workers that are given, those of `--worker` last, and what is left of the filters.
    pub(super) fn workers(&self) -> Result<(Vec<Source>, Vec<String>), String> {
        let (named, filters): (Vec<&String>, Vec<&String>) =
            self.filter.iter().partition(|text| is_worker(text));
        let named = named.into_iter().map(|text| source(&OsString::from(text)));
        let workers: Vec<Source> = named.chain(self.worker.iter().map(source)).collect();
        for (at, Source { label, program }) in workers.iter().enumerate() {
            let path = program.path.display();
            for earlier in &workers[..at] {
                match label {
                    Some(name) if earlier.label.as_ref() == Some(name) => {
                        return Err(format!("two workers are named {name}"));
                    }
                    None if earlier.label.is_none() && earlier.program == *program => {
                        return Err(format!(
                            "worker {path} is given twice; to compare it with itself, name it \
                             twice: a={path} b={path}"
                        ));
                    }
                    _ => {}
                }
            }
        }
        Ok((workers, filters.into_iter().cloned().collect()))
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { answer: self.timeout(), life: self.timeout() * 20 }
    }
}

#[derive(Args)]
pub(super) struct Calibrate {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Comparisons of each kernel with itself, and with each of those that do more.
    #[arg(long, value_name = "N", default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) comparisons: u32,
    /// In how many of these those that do more take part, which is what takes most time: all.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(super) tries: Option<u32>,
    /// Launches in each comparison.
    #[arg(long, value_name = "K", default_value_t = 40,
        value_parser = clap::value_parser!(u32).range(6..=1000))]
    pub(super) launches: u32,
    /// Sampling in each launch, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 75,
        value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(super) launch_ms: u32,
    /// Layouts of code that launches rotate through.
    #[arg(long, value_name = "Q", default_value_t = 4,
        value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(super) paddings: u8,
    /// Runs without the noisy neighbour.
    #[arg(long)]
    pub(super) no_neighbour: bool,
    /// Where all inputs start from.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Writes the whole result (spec/lab-json.md).
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) scheduling: Scheduling,
}

/// `--allocator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Allocator {
    Default,
    Both,
}

impl Compare {
    pub(super) fn mode(&self, usual: Mode) -> Mode {
        match (self.quick, self.full, self.claim) {
            (true, _, _) => Mode::Quick,
            (_, true, _) => Mode::Full,
            (_, _, true) => Mode::Claim,
            _ => usual,
        }
    }

    pub(super) fn wish(&self, mode: Mode) -> Wish {
        let launches = self.launches.unwrap_or(match mode {
            Mode::Quick => 20,
            Mode::Full => 40,
            Mode::Claim => 80,
        });
        // A time that is asked for goes before the usual length.
        let usual = (mode != Mode::Quick && self.seconds.is_none()).then_some(75);
        Wish {
            launches: usize::try_from(launches).unwrap_or(20),
            launch: self.launch_ms.or(usual).map(|ms| Duration::from_millis(u64::from(ms))),
            timing: Duration::from_secs_f64(self.seconds.unwrap_or(110.0)),
            cores: cores(),
        }
    }

    pub(super) fn design(&self, mode: Mode) -> Design {
        let usual = match mode {
            Mode::Quick => Design::QUICK,
            Mode::Full => Design::FULL,
            Mode::Claim => Design::CLAIM,
        };
        Design {
            paddings: self.paddings.map_or(usual.paddings, usize::from),
            second_opinion: usual.second_opinion && !self.no_second_opinion,
            both_policies: match self.allocator {
                None => usual.both_policies,
                Some(which) => which == Allocator::Both,
            },
        }
    }

    pub(super) fn whole_wish(&self, mode: Mode) -> commands::Wish {
        let wish = self.wish(mode);
        // Without a word from the user, a run is over in minutes.
        let timing = self.seconds.unwrap_or(match mode {
            Mode::Quick => 60.0,
            Mode::Full => 180.0,
            Mode::Claim => 900.0,
        });
        commands::Wish {
            launches: (wish.launches, self.launches.is_some()),
            launch: wish.launch.unwrap_or(Duration::from_millis(75)),
            timing: Duration::from_secs_f64(timing),
            timeout: self.selection.timeout.map(Duration::from_secs_f64),
            seed: self.seed,
            terminal: io::stderr().is_terminal(),
        }
    }

    pub(super) fn requirements(&self) -> Result<Vec<(String, Requirement)>, String> {
        self.require.iter().map(|text| Ok((text.clone(), text.parse()?))).collect()
    }
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("from 0.01 to 1000000".to_owned()),
    }
}

/// `NAME=PATH` or `PATH`. A path that has `=` in it is written `./a=b` or `NAME=a=b`.
pub(super) fn source(text: &OsString) -> Source {
    let whole = || Executable { path: PathBuf::from(text), own: false };
    let parts = text.to_str().and_then(|text| text.split_once('='));
    match parts {
        Some((label, path)) if !label.is_empty() && !label.contains('/') => {
            let program = Executable { path: PathBuf::from(path), own: false };
            Source { label: Some(label.to_owned()), program }
        }
        _ => Source { label: None, program: whole() },
    }
}

/// Whether an argument is a worker and no filter: `NAME=PATH`, where a glob is no name.
pub(super) fn is_worker(text: &str) -> bool {
    let name = text.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '*', '?']))
}
