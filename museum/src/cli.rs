//! The command line.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::assemble::cells;
use crate::check;
use crate::execute::{Result as Made, Workshop};
use crate::exhibit::{self, Exhibit, Part};
use crate::headers;
use crate::judge::{Difference, differences};
use crate::pages;
use crate::plan::{self, Job, Scope};
use crate::results::{Record, Results};
use crate::table::table;
use crate::template;
use crate::tools::programs::{Program, Toolbox};

/// Runs exhibits, all of them or those that are named, prints what each tool says, and compares it
/// with what each exhibit expects.
#[derive(Parser, Debug)]
#[command(name = "museum", args_conflicts_with_subcommands = true)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
    /// The museum: a folder with `exhibits` and `results.json`. That of this tree, unless given.
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Lists the exhibits.
    List,
    /// Writes an exhibit to begin with, which passes as it is.
    New {
        /// The name of its folder, words with hyphens.
        name: String,
    },
    /// Writes the museum as pages that need nothing else.
    Pages {
        /// Where; `target/museum/pages` unless given.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Compares the committed results with the exhibits, without running anything.
    Check,
}

#[derive(clap::Args, Debug)]
struct Run {
    /// Names of exhibits; all if there are none.
    exhibits: Vec<String>,
    /// Does not use what was run before.
    #[arg(long)]
    cold: bool,
    /// Writes down what is seen now, also where what was seen before says the same.
    #[arg(long)]
    anew: bool,
    /// Says what each tool said in full, of the bug and of the fix.
    #[arg(long)]
    verbose: bool,
    /// Says how much processor time each command took.
    #[arg(long)]
    times: bool,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The workspace.
    pub root: PathBuf,
    /// The exhibits.
    pub exhibits: PathBuf,
    /// The results.
    pub results: PathBuf,
    /// What may be thrown away.
    pub target: PathBuf,
}

impl Places {
    /// Those of the tree that this was built from.
    #[must_use]
    pub fn here() -> Self {
        let museum = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = museum.parent().unwrap_or(museum).to_owned();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Self {
            exhibits: museum.join("exhibits"),
            results: museum.join("results.json"),
            target: root.join(target).join("museum"),
            root,
        }
    }
}

/// Does what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let mut places = Places::here();
    if let Some(folder) = line.folder {
        places.exhibits = folder.join("exhibits");
        places.results = folder.join("results.json");
    }
    let done = match line.command {
        None => run(&places, &line.run),
        Some(Command::List) => list(&places),
        Some(Command::New { name }) => new(&places, &name),
        Some(Command::Pages { out }) => write_pages(&places, out),
        Some(Command::Check) => check(&places),
    };
    match done {
        Ok(code) => code,
        Err(words) => {
            eprintln!("museum: {words}");
            ExitCode::from(2)
        }
    }
}

fn list(places: &Places) -> Result<ExitCode, String> {
    let mut out = io::stdout().lock();
    for exhibit in exhibit::all(&places.exhibits, &[])? {
        let Exhibit { name, title, .. } = &exhibit;
        writeln!(out, "{name:32} {:14} {title}", exhibit.topic.name())
            .map_err(|error| error.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn new(places: &Places, name: &str) -> Result<ExitCode, String> {
    let folder = template::write(&places.exhibits, name)?;
    println!("{}: change it, then: cargo run -p museum -- {name}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn write_pages(places: &Places, out: Option<PathBuf>) -> Result<ExitCode, String> {
    let exhibits = exhibit::all(&places.exhibits, &[])?;
    let results = Results::read(&places.results)?.unwrap_or_default();
    let out = out.unwrap_or_else(|| places.target.join("pages"));
    let count = pages::write(&out, &exhibits, &results)?;
    println!("{count} pages: {}", out.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}

fn check(places: &Places) -> Result<ExitCode, String> {
    let exhibits = exhibit::all(&places.exhibits, &[])?;
    let results = Results::read(&places.results)?.unwrap_or_default();
    tell(&check::complaints(&exhibits, &results))
}

/// Prints differences, and ends in their number.
fn tell(all: &[Difference]) -> Result<ExitCode, String> {
    let mut out = io::stdout().lock();
    let mut text: String = all.iter().map(|difference| format!("{difference}\n")).collect();
    text.push_str(&match all.len() {
        0 => "Every cell is as expected.\n".to_owned(),
        1 => "1 difference.\n".to_owned(),
        n => format!("{n} differences.\n"),
    });
    out.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(if all.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a run of some exhibits has to be done with.
pub fn wanted(exhibits: &[Exhibit], scope: Scope) -> Vec<Program> {
    let loom = exhibits.iter().any(|exhibit| exhibit.sections.contains_key(&Part::Loom));
    let all = Program::ALL.into_iter();
    match scope {
        Scope::All => all.filter(|program| *program != Program::Loom || loom).collect(),
        Scope::Cheap => vec![Program::Gxx, Program::Rustc],
    }
}

/// Runs what an exhibit takes and makes cells of it.
pub fn see(
    exhibits: &[Exhibit],
    toolbox: &Toolbox,
    scope: Scope,
    workshop: &Workshop,
    bar: &ProgressBar,
) -> Result<(BTreeMap<String, Record>, Vec<Made>), String> {
    let jobs: Vec<Job> = (exhibits.iter().enumerate())
        .flat_map(|(at, exhibit)| plan::jobs(exhibit, at, toolbox, scope))
        .collect();
    bar.set_length(u64::try_from(jobs.len()).unwrap_or(0));
    let made = workshop.all(jobs, &|| bar.inc(1)).map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    let mut records = BTreeMap::new();
    for (at, exhibit) in exhibits.iter().enumerate() {
        let own: Vec<&Made> = made.iter().filter(|made| made.job.exhibit == at).collect();
        let cells = cells(exhibit, &own, toolbox, scope);
        records.insert(exhibit.name.clone(), Record { hash: exhibit.hash.clone(), cells });
    }
    Ok((records, made))
}

fn run(places: &Places, run: &Run) -> Result<ExitCode, String> {
    let exhibits = exhibit::all(&places.exhibits, &run.exhibits)?;
    let wanted = wanted(&exhibits, Scope::All);
    let mut toolbox = Toolbox::look(&wanted, &places.root, &places.target);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    headers::keep(&mut toolbox, &plan::RUN_ONLY, &places.target, run.cold, workers)
        .map_err(|error| error.to_string())?;
    let workshop = Workshop { folder: places.target.clone(), cached: !run.cold, workers };
    let terminal = io::stderr().is_terminal();
    let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    let style = ProgressStyle::with_template("[{bar:40}] {pos} of {len}  {eta} left");
    bar.set_style(style.expect("a constant template").progress_chars("=> "));
    let (records, made) = see(&exhibits, &toolbox, Scope::All, &workshop, &bar)?;

    let old = Results::read(&places.results)?;
    let partial = !run.exhibits.is_empty();
    let mut all: Vec<Difference> = Vec::new();
    let stranger =
        old.as_ref().filter(|_| partial).and_then(|old| old.goes_with(&toolbox.versions()).err());
    let shown = if let Some(why) = stranger {
        eprintln!("museum: not written: {why}; run all exhibits");
        records
    } else {
        let mut merged = Results::merge(old, records, &exhibits, toolbox.versions(), run.anew);
        if !partial {
            merged.exhibits.retain(|name, _| exhibits.iter().any(|exhibit| exhibit.name == *name));
        }
        merged.write(&places.results)?;
        merged.exhibits
    };
    for exhibit in &exhibits {
        all.extend(differences(exhibit, &shown[&exhibit.name].cells));
    }
    let mut out = io::stdout().lock();
    let print = |out: &mut io::StdoutLock<'_>, text: &str| {
        out.write_all(text.as_bytes()).map_err(|error| error.to_string())
    };
    print(&mut out, &table(&exhibits, &shown, console::colors_enabled()))?;
    if run.verbose {
        for exhibit in &exhibits {
            print(&mut out, &crate::table::full(exhibit, &shown[&exhibit.name]))?;
        }
    }
    if run.times {
        print(&mut out, &crate::table::times(&exhibits, &made))?;
    }
    let missing = wanted.iter().filter(|program| toolbox.get(**program).is_none());
    let missing: Vec<&str> = missing.map(|program| program.name()).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        print(
            &mut out,
            &format!("Not installed here: {missing}. Their cells are as last seen.\n"),
        )?;
    }
    drop(out);
    tell(&all)
}
