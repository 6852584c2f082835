//! Malloc libraries on whole programs: `diptych programs`.
//!
//! Libraries are the contestants, programs the workloads. In every launch each program runs once
//! under each library, put before the C library's malloc by `LD_PRELOAD`, and under the baseline a
//! second time, for the floor. The loader runs a program without a library that it cannot load, and
//! hardly says so: that each is taken in is seen to before.

mod list;
mod preload;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::commands::{Blocks, Field, Job, LIBRARY, Task, Way};
use crate::mistakes::nearest;
use crate::output::Formats;
use crate::process::Program as Executable;
use crate::require::Requirement;
use crate::roster::{Empty, Entrant, Group, Roster, matches};

use list::Program;
use preload::{Library, Preload};

/// Who takes part without being asked for: no library, which leaves the C library's malloc.
const SYSTEM: &str = "system";

/// The command line of `programs`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Programs {
    /// The programs: docs/allocator.md has an example, spec/lab-programs.md all that it may say.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// A library that takes part. Programs without any take part as "system".
    #[arg(long, value_name = "NAME=PATH", required = true)]
    malloc: Vec<String>,
    /// What the result says of a library, or of "system": its version. No path is in the result.
    #[arg(long, value_name = "NAME=TEXT")]
    malloc_note: Vec<String>,
    /// Whom all others stand against.
    #[arg(long, value_name = "NAME", default_value = SYSTEM)]
    baseline: String,
    /// Only programs whose name or group/name has this in it, or matches it.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Runs of each program under each library.
    #[arg(long, value_name = "K", default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    launches: u32,
    /// How long a run may take, unless the list says otherwise.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = crate::cli::seconds)]
    timeout: f64,
    /// A claim to be proven of every program and of every mean: 'mine<=1.1*theirs'. The exit
    /// status is 0 when all are, 1 when one is refuted, 2 when one is not decided.
    #[arg(long, value_name = "CLAIM")]
    require: Vec<String>,
    /// Says under each row what would change its verdict.
    #[arg(long)]
    pub(crate) why: bool,
    /// What the order of runs starts from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the whole result (spec/lab-json.md).
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) formats: Formats,
}

impl Programs {
    /// Reads the list, and sees to it that every library is taken in by every program.
    pub(crate) fn order(&self) -> Result<Field, String> {
        let limit = Duration::from_secs_f64(self.timeout);
        let mut libraries = vec![Library::system()];
        for text in &self.malloc {
            let library = Library::read(text)?;
            if libraries.iter().any(|other| other.name == library.name) {
                return Err(format!("two libraries are named {}", library.name));
            }
            libraries.push(library);
        }
        for text in &self.malloc_note {
            let form = || format!("--malloc-note \"{text}\" is not of the form NAME=TEXT");
            let (name, note) = text.split_once('=').ok_or_else(form)?;
            let at = named(&libraries, name)?;
            note.clone_into(&mut libraries[at].note);
        }
        let baseline = named(&libraries, &self.baseline)?;
        let programs = self.programs()?;
        let preload = Preload::new(limit);
        libraries.iter().try_for_each(|library| preload.works(library))?;

        let mut requirements: Vec<(String, Requirement)> = Vec::new();
        for text in &self.require {
            let claim: Requirement = text.parse()?;
            named(&libraries, &claim.contestant)?;
            named(&libraries, &claim.baseline)?;
            requirements.push((text.clone(), claim));
        }
        let mut roster = roster(&libraries, &programs, baseline);
        for (_, claim) in &requirements {
            roster.pair_up(&claim.contestant, &claim.baseline);
        }
        let task = |program: &Program, library: &Library| Task {
            job: library.over(&program.job),
            prepare: None,
            line: program.line.clone(),
        };
        let tasks = |program: &Program| libraries.iter().map(|one| task(program, one)).collect();
        let way = |program: &Program| Way {
            same_output: program.same_output,
            limit: program.limit.unwrap_or(limit),
            refused: preload.refused(&program.job, &libraries),
        };
        Ok(Field {
            tasks: programs.iter().map(tasks).collect(),
            ways: programs.iter().map(way).collect(),
            roster,
            blocks: Blocks::Rounds(usize::try_from(self.launches).unwrap_or(1)),
            shell: None,
            warmup: None,
            ignore_status: false,
            libraries: true,
            seed: self.seed,
            terminal: io::stderr().is_terminal(),
            requirements,
        })
    }

    fn programs(&self) -> Result<Vec<Program>, String> {
        let name = self.list.display();
        let text = std::fs::read_to_string(&self.list)
            .map_err(|error| format!("{name} cannot be read: {error}"))?;
        let folder = self.list.parent().unwrap_or(Path::new(""));
        let folder =
            std::path::absolute(if folder == Path::new("") { Path::new(".") } else { folder })
                .map_err(|error| format!("{name}: {error}"))?;
        let mut programs =
            list::read(&text, &folder).map_err(|(line, what)| format!("{name}:{line}: {what}"))?;
        let id = |program: &Program| format!("{}/{}", program.group, program.name);
        for filter in &self.only {
            if !programs.iter().any(|program| matches(filter, &id(program))) {
                let hint = nearest(filter, programs.iter().map(|one| one.name.as_str()));
                return Err(format!("no program is named like \"{filter}\"{hint}"));
            }
        }
        programs.retain(|program| {
            self.only.is_empty() || self.only.iter().any(|filter| matches(filter, &id(program)))
        });
        if programs.is_empty() {
            return Err(format!("{name} names no program"));
        }
        Ok(programs)
    }
}

fn named(libraries: &[Library], name: &str) -> Result<usize, String> {
    libraries.iter().position(|library| library.name == name).ok_or_else(|| {
        let hint = nearest(name, libraries.iter().map(|library| library.name.as_str()));
        format!("no library is named \"{name}\"{hint}")
    })
}

fn roster(libraries: &[Library], programs: &[Program], baseline: usize) -> Roster {
    let entrant = |(worker, library): (usize, &Library)| Entrant {
        program: Executable { path: library.path.clone().unwrap_or_default(), own: false },
        registered: library.name.clone(),
        name: library.name.clone(),
        language: LIBRARY.into(),
        compiler: library.compiler(),
        flags: library.note.clone(),
        baselines: Vec::new(),
        empty: Empty::default(),
        worker,
    };
    let all = libraries.len();
    let group = |program: &Program| Group {
        component: program.group.clone(),
        workload: program.name.clone(),
        n: 1,
        tracked: false,
        large: false,
        // Work of several threads is judged by the time of them all.
        threads: if program.by_cpu { 2 } else { 1 },
        members: (0..all).collect(),
        pairs: (0..all).filter(|&at| at != baseline).map(|at| (at, baseline)).collect(),
        links: Vec::new(),
    };
    Roster {
        entrants: libraries.iter().enumerate().map(entrant).collect(),
        groups: programs.iter().map(group).collect(),
        layouts: Vec::new(),
    }
}

impl Library {
    /// The same job under this library.
    fn over(&self, job: &Job) -> Job {
        let path = self.path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let mut job = job.clone();
        job.environment.push((preload::VARIABLE.to_owned(), path));
        job
    }
}
