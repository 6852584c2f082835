//! `diptych pools`: thread pools while there is little to do, which no timed loop shows. How soon a
//! task begins that comes to an idle pool, and what the process burns with a thousand empty tasks
//! per second, and with none.
//!
//! Each pool is measured in a process of its own, round by round, one after the other: a process is
//! a launch, and intervals are over launches. What is measured is in `pools/probe.rs`. `diptych
//! pools workers` builds the pools that are programs of their own for the laboratory and prints
//! where they are, ready for its command line.

mod figures;
mod forte;
#[cfg(feature = "pools")]
mod latch;
mod probe;
mod programs;
#[cfg(feature = "pools")]
mod rivals;
#[cfg(any(feature = "pools", test))]
mod serial;
mod table;
mod twins;

use std::{
    env, fs, io,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use diptych::workloads::thread_pool::Serial;
use diptych_lab::environment::Environment;
use figures::Figures;
use probe::{Entry, Order, submits};
use serde_json::json;
use table::Outcome;

/// What this program is called with.
pub const NAME: &str = "pools";

/// What it and the programs in C++ are called with to measure one: then its name, samples for each
/// gap, and milliseconds.
pub const PROBE: &str = "--pool-probe";

const USAGE: &str = "usage: diptych pools [NAME...] [--rounds N] [--samples N] [--seconds N] \
                     [--json FILE]\n       diptych pools workers";

/// Those that this program has: twins first.
fn entries() -> Vec<Entry> {
    #[allow(unused_mut, reason = "others come with a feature")]
    let mut all: Vec<_> = twins::entries().into();
    all.push(submits::<Serial>("nothing", ""));
    #[cfg(feature = "pools")]
    all.extend(rivals::entries());
    all
}

/// Adds what runs the loops besides the twins, and compares both twins with all that there may be.
#[cfg(any(feature = "pools", test))]
pub fn join(all: &mut Vec<diptych_lab::Contestant>) {
    #[allow(unused_mut, reason = "others come with a feature")]
    let mut others: Vec<_> = serial::contestants().into();
    #[cfg(feature = "pools")]
    others.extend(rivals::contestants());
    let programs = programs::PROGRAMS.iter().map(|program| program.name).chain([forte::NAME]);
    let programs = programs.map(str::to_owned);
    let names: Vec<_> = others.iter().map(|other| other.name.clone()).chain(programs).collect();
    for twin in all.iter_mut().filter(|one| ["rust", "cpp"].contains(&one.name.as_str())) {
        twin.baselines.extend(names.iter().cloned());
    }
    all.extend(others);
}

/// Measures one here.
pub fn probed() -> ExitCode {
    let words: Vec<String> = env::args().skip(2).collect();
    let asked = || {
        let [name, samples, milliseconds] = &words[..] else { return None };
        let entry = entries().into_iter().find(|entry| entry.name == name)?;
        let time = Duration::from_millis(milliseconds.parse().ok()?);
        Some((entry, Order { samples: samples.parse().ok()?, time }))
    };
    let Some((entry, order)) = asked() else { return ExitCode::from(2) };
    println!("about\t{}", entry.about);
    (entry.probe)(order);
    ExitCode::SUCCESS
}

/// A pool, and the program that measures it.
struct Measured {
    name: &'static str,
    program: PathBuf,
    figures: Figures,
}

/// What is asked for on the command line.
struct Asked {
    names: Vec<String>,
    rounds: usize,
    order: Order,
    json: Option<PathBuf>,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let order = Order { samples: 400, time: Duration::from_secs(1) };
        let mut asked = Self { names: Vec::new(), rounds: 6, order, json: None };
        while let Some(word) = words.next() {
            let mut number =
                || words.next()?.parse::<u32>().ok().filter(|number| (1..100_000).contains(number));
            match word.as_str() {
                "--rounds" => asked.rounds = number()? as usize,
                "--samples" => asked.order.samples = number()? as usize,
                "--seconds" => asked.order.time = Duration::from_secs(number()?.into()),
                "--json" => asked.json = Some(words.next()?.into()),
                option if option.starts_with('-') => return None,
                _ => asked.names.push(word),
            }
        }
        Some(asked)
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// A process that takes longer than this has stopped.
    fn limit(&self) -> Duration {
        let gaps: Duration = probe::GAPS.iter().sum();
        (gaps * self.order.samples as u32 + self.order.time * 2) * 5 + Duration::from_secs(10)
    }
}

/// Builds, measures and prints.
pub fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(2).collect();
    let done = match &words[..] {
        [word] if word == "workers" => workers(),
        _ => match Asked::read(words.into_iter()) {
            Some(asked) => measure(&asked),
            None => Err(USAGE.to_owned()),
        },
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(line) => {
            eprintln!("{line}");
            ExitCode::from(2)
        }
    }
}

/// The pools that are programs of their own.
struct Programs {
    built: Vec<(&'static str, PathBuf)>,
    /// Those that cannot be built, and why.
    absent: Vec<(String, String)>,
}

/// Builds those that are programs of their own, and names those that cannot be.
fn programs(wanted: impl Fn(&str) -> bool) -> Result<Programs, String> {
    let compiler = programs::compiler()?;
    let mut all = Programs { built: Vec::new(), absent: Vec::new() };
    let mut add = |name, built: Result<PathBuf, String>| match built {
        Ok(path) => all.built.push((name, path)),
        Err(reason) => {
            eprintln!("without {name}: {reason}");
            all.absent.push((name.to_owned(), reason));
        }
    };
    if wanted(forte::NAME) {
        add(forte::NAME, forte::build());
    }
    for program in programs::PROGRAMS.iter().filter(|program| wanted(program.name)) {
        add(program.name, program.build(&compiler));
    }
    Ok(all)
}

fn workers() -> Result<bool, String> {
    for (_, path) in programs(|_| true)?.built {
        println!("--worker {}", path.display());
    }
    Ok(true)
}

fn measure(asked: &Asked) -> Result<bool, String> {
    let this = env::current_exe().map_err(|error| format!("the program is not found: {error}"))?;
    let own = entries().into_iter().filter(|entry| asked.wants(entry.name));
    let own = own.map(|entry| (entry.name, this.clone()));
    let Programs { built, absent: mut failures } = programs(|name| asked.wants(name))?;
    let mut all: Vec<Measured> = (own.chain(built))
        .map(|(name, program)| Measured { name, program, figures: Figures::default() })
        .collect();
    if !cfg!(feature = "pools") {
        eprintln!("without those in Rust: cargo run --release --features diptych-peers/pools");
    }
    if all.is_empty() {
        return Err("no pool is called so".to_owned());
    }
    let mut complete = true;
    let environment = Environment::read(None);
    for round in 0..asked.rounds {
        for at in 0..all.len() {
            // What one pool leaves behind in the machine is not always the same one's trouble.
            let at = if round % 2 == 0 { at } else { all.len() - 1 - at };
            let Measured { name, program, figures } = &mut all[at];
            let (samples, time) = (asked.order.samples, asked.order.time.as_millis());
            let mut command = Command::new(program);
            command.args([PROBE, name, &samples.to_string(), &time.to_string()]);
            let told = output(&mut command, asked.limit()).and_then(|text| figures.read(&text));
            if let Err(reason) = told {
                eprintln!("{name}: {reason}");
                failures.push(((*name).to_owned(), reason));
                complete = false;
            }
        }
    }
    let outcome = Outcome {
        rows: all.iter().map(|one| (one.name, &one.figures)).collect(),
        failures,
        order: asked.order,
        rounds: asked.rounds,
        environment: json!(environment),
        load_after: load(),
    };
    print!("{}", outcome.table());
    if let Some(path) = &asked.json {
        fs::write(path, outcome.json())
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(complete)
}

/// The load of the last minute.
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// What a process prints that ends well and in time.
fn output(command: &mut Command, limit: Duration) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let mut pipe = child.stdout.take().expect("it was asked for");
    let reader = thread::spawn(move || io::read_to_string(&mut pipe));
    let end = Instant::now() + limit;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            _ => {
                // It may have ended in between.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("took longer than {} s", limit.as_secs()));
            }
        }
    };
    let text = reader.join().expect("reading does not panic");
    match status.success() {
        true => text.map_err(|error| format!("cannot be read: {error}")),
        false => Err(status.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Option<Asked> {
        Asked::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_and_names_are_told_apart() {
        let asked_for = asked("rayon --samples 20 --rounds 2 tokio").expect("it is well formed");
        assert_eq!((asked_for.rounds, asked_for.order.samples), (2, 20));
        assert!(asked_for.wants("rayon") && asked_for.wants("tokio") && !asked_for.wants("chili"));
        assert!(asked("").expect("nothing is all").wants("chili"));
        for wrong in ["--rounds", "--rounds 0", "--samples many", "--what"] {
            assert!(asked(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_process_that_does_not_end_is_ended() {
        let reason = output(Command::new("sleep").arg("100"), Duration::ZERO);
        assert_eq!(reason, Err("took longer than 0 s".to_owned()));
    }

    #[test]
    fn a_process_that_fails_is_not_believed() {
        let failed = output(Command::new("sh").args(["-c", "echo 1; exit 3"]), Duration::MAX / 4);
        assert_eq!(failed, Err("exit status: 3".to_owned()));
    }
}
