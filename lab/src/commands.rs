//! Whole programs against each other: `--commands`.
//!
//! A launch is a block of runs, each in a fresh process, in the order A B B A, and gives one
//! log-ratio. From there on whole programs are contestants like all others: the same intervals,
//! verdicts, requirements, and a first program against itself for the floor. Programs may have
//! several threads and go where the scheduler sends them; the layout of their code is as built.

mod line;
mod show;
mod starter;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::contest::Trouble;
use crate::design::{Design, Scheduling};
use crate::environment::Environment;
use crate::interrupt;
use crate::memory::Counts;
use crate::plan::Plan;
use crate::process::{Failure, Program};
use crate::progress::Progress;
use crate::protocol::Sample;
use crate::report::{About, Found, Method, Report, Row, SCHEMA, failures, rows};
use crate::require::{self, Requirement};
use crate::roster::{Empty, Entrant, Group, Roster};
use crate::stats::median;
use crate::timing::{Seat, judge, shuffle};
use crate::variants::Variants;
use crate::workload::Rng;

use line::{Line, by_shell, lines};
use starter::{Job, Ran, Starter};

pub(crate) use show::{COLUMNS, legend};

/// The component of whole programs.
pub(crate) const COMPONENT: &str = "programs";

/// Runs of an empty program that say what starting one costs.
const EMPTY: usize = 21;
/// So many blocks are not given up to keep a time that was not asked for.
const FEWEST_BLOCKS: usize = 10;
/// Runs beyond this add nothing to a block's median.
const MOST_RUNS: usize = 400;
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

/// What a whole program took, beside what all contestants have: `command` of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// As it was given.
    line: String,
    /// Timed ones.
    runs: usize,
    minimum_ns: f64,
    user_ns: f64,
    system_ns: f64,
    /// Most memory of its largest process, at the median over runs, against the baseline's.
    memory_ratio: Option<f64>,
    major_faults: f64,
    /// What an empty program takes, from fork to exit.
    empty_ns: Option<f64>,
    /// What was taken off each run: the shell's own time.
    shell_ns: Option<f64>,
}

/// Everything a comparison of whole programs needs.
#[derive(Debug)]
pub(crate) struct Order {
    lines: Vec<Line>,
    jobs: Vec<Job>,
    prepare: Vec<Option<Job>>,
    whole: Whole,
    wish: Wish,
    requirements: Vec<(String, Requirement)>,
}

impl Whole {
    /// `None` where none are asked for.
    pub(crate) fn order(
        &self,
        wish: Wish,
        scheduling: Scheduling,
        requirements: Vec<(String, Requirement)>,
    ) -> Result<Option<Order>, String> {
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
        let jobs = lines
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
        Ok(Some(Order { lines, jobs, prepare, whole: self.clone(), wish, requirements }))
    }
}

/// The starter, where this process is to be it.
pub(crate) fn starter(first: Option<&std::ffi::OsString>) -> Option<ExitCode> {
    first.is_some_and(|first| first == starter::ARGUMENT).then(starter::serve)
}

impl Order {
    fn limit(&self) -> Duration {
        self.wish.timeout.unwrap_or(PATIENCE)
    }

    /// One run, with what goes before it.
    fn run(&self, starter: &mut Starter, at: usize) -> Result<Ran, Failure> {
        if let Some(prepare) = &self.prepare[at]
            && let Some(failure) = starter.run(prepare)?.failure()
        {
            return Err(Failure::Prepare(failure.to_string()));
        }
        let ran = starter.run(&self.jobs[at])?;
        match ran.failure() {
            Some(failure) if !self.whole.ignore_status => Err(failure),
            _ => Ok(ran),
        }
    }

    fn roster(&self) -> Roster {
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
        let all = self.lines.len();
        let mut roster = Roster {
            entrants: self.lines.iter().enumerate().map(entrant).collect(),
            groups: vec![Group {
                component: COMPONENT.into(),
                workload: "run".into(),
                n: 1,
                tracked: false,
                large: false,
                // Work of several threads is judged by the time of them all.
                threads: if self.whole.cpu { 2 } else { 1 },
                members: (0..all).collect(),
                pairs: (1..all).map(|at| (at, 0)).collect(),
                links: Vec::new(),
            }],
            layouts: Vec::new(),
        };
        for (_, claim) in &self.requirements {
            roster.pair_up(&claim.contestant, &claim.baseline);
        }
        roster
    }
}

/// What is known before the first block.
#[derive(Debug, Default)]
struct Known {
    /// The fastest run of each entrant so far, with its preparation.
    turns: BTreeMap<usize, Duration>,
    digests: BTreeMap<usize, u64>,
    empty_ns: Option<f64>,
    /// What is taken off each run.
    shell: Option<Ran>,
}

/// Runs everything. `say` gets the plan before the first block.
pub(crate) fn run(order: &Order, say: impl FnOnce(&str)) -> Report {
    let begin = Instant::now();
    let environment = Environment::read(None);
    let mut roster = order.roster();
    let mut found = Found::new(roster.groups[0].clone(), &[]);
    found.whole = true;
    let progress = Progress::new("warm-up", order.lines.len(), order.wish.terminal);
    let known = prove(order, &mut roster, &mut found, &progress);
    drop(progress);
    found.digest = known.digests.values().next().copied().filter(|_| order.whole.same_output);

    let (plan, launches) = plan(order, &roster, &known);
    if !interrupt::asked() && roster.groups[0].members.len() > 1 {
        say(&announcement(order, &plan, launches));
    }
    let mut runs = BTreeMap::new();
    time(order, &mut roster, &mut found, &plan, launches, &known, &mut runs);

    for (&member, ran) in &runs {
        found.counts.insert(member, counts(ran));
    }
    let variants = Variants::default();
    let mut rows = rows(&roster.entrants, std::slice::from_ref(&found), &variants);
    for row in &mut rows {
        row.command = figures(order, &roster, &runs, &known, row);
        row.threads = 1;
    }
    let judged = |(text, claim): &(String, Requirement)| require::judge(claim, text, &rows);
    let requirements = order.requirements.iter().filter_map(judged).collect();
    let design = Design { paddings: 1, second_opinion: false, both_policies: false };
    let scheduling = Scheduling { roam: true, ..Scheduling::default() };
    Report {
        schema: "diptych-lab".into(),
        version: SCHEMA,
        complete: !interrupt::asked(),
        seconds: begin.elapsed().as_secs_f64(),
        environment,
        method: Method::new(launches, design, scheduling, order.wish.seed),
        cores: None,
        contestants: roster.entrants.iter().map(|one| About::new(one, &variants)).collect(),
        rows,
        requirements,
        effects: Vec::new(),
        heaps: Vec::new(),
        layouts: Vec::new(),
        failures: failures(&roster.entrants, std::slice::from_ref(&found)),
    }
}

/// Takes out an entrant that failed, and says so.
fn leave_out(
    roster: &mut Roster,
    found: &mut Found,
    entrant: usize,
    message: String,
    progress: &Progress,
) {
    if interrupt::asked() || found.troubles.iter().any(|trouble| trouble.entrant == entrant) {
        return;
    }
    progress.say(&format!("diptych: {} {message}", roster.entrants[entrant].name));
    found.troubles.push(Trouble { group: 0, entrant, message });
    let before = roster.groups[0].main_baseline();
    roster.groups[0].remove(entrant);
    if roster.groups[0].main_baseline() != before {
        // The floor must be one program's.
        found.launches.iter_mut().for_each(|launch| launch.same = None);
    }
}

/// The runs before anything is timed: each program starts, ends well, and writes what it should.
fn prove(order: &Order, roster: &mut Roster, found: &mut Found, progress: &Progress) -> Known {
    let mut known = Known::default();
    let mut outputs = BTreeMap::new();
    for entrant in roster.groups[0].members.clone() {
        match warm_up(order, entrant) {
            Ok((turn, first)) => {
                known.turns.insert(entrant, turn);
                known.digests.insert(entrant, first.digest);
                outputs.insert(entrant, first);
            }
            Err(failure) => leave_out(roster, found, entrant, failure.to_string(), progress),
        }
        progress.step();
    }
    if order.whole.same_output {
        let mut written = outputs.iter();
        let mut others = Vec::new();
        if let Some((&one, ran)) = written.next() {
            let name = roster.entrants[one].name.clone();
            for (&at, other) in written {
                let (bytes, length) = (other.output_bytes, ran.output_bytes);
                let story = match bytes == length {
                    true if other.digest == ran.digest => continue,
                    true => format!("{bytes} bytes, as {name}, but not the same"),
                    false => format!("{bytes} bytes where {name} wrote {length}"),
                };
                others.push((at, format!("wrote other output: {story}")));
            }
        }
        for (entrant, message) in others {
            leave_out(roster, found, entrant, message, progress);
        }
    }
    if let Ok(mut starter) = Starter::new(order.limit()) {
        let mut empty = |words: Vec<String>| -> Option<Vec<Ran>> {
            let bind = order.jobs[0].bind.clone();
            let job = Job { words, bind, ..Job::default() };
            (0..EMPTY).map(|_| starter.run(&job).ok().filter(|ran| ran.status == 0)).collect()
        };
        known.empty_ns = empty(vec!["true".into()]).and_then(|ran| middle(&ran, |ran| ran.wall_ns));
        if order.whole.shell {
            known.shell = empty(by_shell("")).map(|ran| {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let of = |figure| middle(&ran, figure).unwrap_or(0.0) as u64;
                Ran {
                    wall_ns: of(|ran| ran.wall_ns),
                    user_ns: of(|ran| ran.user_ns),
                    system_ns: of(|ran| ran.system_ns),
                    ..Ran::default()
                }
            });
        }
    }
    known
}

/// The first run, with its output read where that is to be compared, and the turn to plan from.
fn warm_up(order: &Order, entrant: usize) -> Result<(Duration, Ran), Failure> {
    let mut starter = Starter::new(order.limit())?;
    let begin = Instant::now();
    if let Some(prepare) = &order.prepare[entrant]
        && let Some(failure) = starter.run(prepare)?.failure()
    {
        return Err(Failure::Prepare(failure.to_string()));
    }
    let read = order.whole.same_output || order.whole.pipe;
    let first = starter.run(&Job { read, ..order.jobs[entrant].clone() })?;
    if let Some(failure) = first.failure().filter(|_| !order.whole.ignore_status) {
        return Err(failure);
    }
    let mut turn = begin.elapsed();
    // More are no loss where they are short, and the first is never typical.
    let usual = if turn < Duration::from_secs(1) { 3 } else { 1 };
    for _ in 1..order.whole.warmup.unwrap_or(usual) {
        let begin = Instant::now();
        order.run(&mut starter, entrant)?;
        turn = turn.min(begin.elapsed());
    }
    Ok((turn, first))
}

/// How many runs make a block, and how many blocks there are.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn plan(order: &Order, roster: &Roster, known: &Known) -> (Plan, usize) {
    let group = &roster.groups[0];
    let of = |member: &usize| known.turns.get(member).copied().unwrap_or_default();
    let second = group.main_baseline().map(|member| of(&member)).unwrap_or_default();
    let round = group.members.iter().map(of).sum::<Duration>() + second;
    let seats = group.members.len() as f64 + 1.0;
    let sampling = order.wish.launch.as_secs_f64() * seats;
    // Two rounds are one ABBA.
    let samples = ((sampling / round.as_secs_f64().max(1e-9) / 2.0).ceil() * 2.0) as usize;
    let samples = samples.clamp(2, MOST_RUNS);
    let launch = round * u32::try_from(samples).unwrap_or(2);
    let fits = (order.wish.timing.as_secs_f64() / launch.as_secs_f64().max(1e-9)) as usize;
    let launches = match order.wish.launches {
        (asked, true) => asked,
        (usual, false) => usual.min(fits.max(FEWEST_BLOCKS)),
    };
    (Plan { calls: 1, samples, warm: Duration::ZERO, launch }, launches)
}

fn announcement(order: &Order, plan: &Plan, launches: usize) -> String {
    let time = plan.launch * u32::try_from(launches).unwrap_or(u32::MAX);
    format!(
        "plan: {} commands, {launches} blocks of {} runs of each: about {} s",
        order.lines.len(),
        plan.samples,
        time.as_secs_f64().ceil()
    )
}

/// All blocks. Timed runs go to `runs`, by entrant; those of the second side of the floor do not.
fn time(
    order: &Order,
    roster: &mut Roster,
    found: &mut Found,
    plan: &Plan,
    launches: usize,
    known: &Known,
    runs: &mut BTreeMap<usize, Vec<Ran>>,
) {
    let progress = Progress::new("timing", launches, order.wish.terminal);
    found.plan = Some(*plan);
    let mut rng = Rng::new(order.wish.seed);
    for _ in 0..launches {
        while !interrupt::asked() && roster.groups[0].members.len() > 1 {
            let group = roster.groups[0].clone();
            let mut seats: Vec<Seat> = (group.members.iter())
                .map(|&entrant| Seat { entrant, second: false, padding: 0 })
                .chain(group.main_baseline().map(|at| Seat {
                    entrant: at,
                    second: true,
                    padding: 0,
                }))
                .collect();
            shuffle(&mut seats, &mut rng);
            match block(order, plan, &seats) {
                Ok(ran) => {
                    let samples: Vec<Vec<Sample>> = ran
                        .iter()
                        .map(|ran| ran.iter().map(|ran| sample(ran, known)).collect())
                        .collect();
                    found.launches.push(judge(&group, plan, &seats, &samples));
                    for (seat, ran) in seats.iter().zip(ran).filter(|(seat, _)| !seat.second) {
                        runs.entry(seat.entrant).or_default().extend(ran);
                    }
                    break;
                }
                Err((entrant, failure)) => {
                    leave_out(roster, found, entrant, failure.to_string(), &progress);
                }
            }
        }
        progress.step();
    }
}

/// The runs of all seats in one block; or who failed, and how.
fn block(order: &Order, plan: &Plan, seats: &[Seat]) -> Result<Vec<Vec<Ran>>, (usize, Failure)> {
    let mut starter = Starter::new(order.limit()).map_err(|failure| (seats[0].entrant, failure))?;
    let mut ran = vec![Vec::with_capacity(plan.samples); seats.len()];
    for round in 0..plan.samples {
        for step in 0..seats.len() {
            let at = if round % 2 == 0 { step } else { seats.len() - 1 - step };
            let entrant = seats[at].entrant;
            ran[at].push(order.run(&mut starter, entrant).map_err(|failure| (entrant, failure))?);
        }
    }
    Ok(ran)
}

/// As the rest of the laboratory knows it.
fn sample(ran: &Ran, known: &Known) -> Sample {
    let shell = known.shell.clone().unwrap_or_default();
    let cpu = (ran.user_ns + ran.system_ns).saturating_sub(shell.user_ns + shell.system_ns);
    Sample {
        wall_ns: ran.wall_ns.saturating_sub(shell.wall_ns),
        cpu_ns: cpu,
        minor_faults: ran.minor_faults,
        digest: 0,
    }
}

#[allow(clippy::cast_precision_loss)]
fn middle(ran: &[Ran], figure: fn(&Ran) -> u64) -> Option<f64> {
    median(&ran.iter().map(|ran| figure(ran) as f64).collect::<Vec<_>>())
}

fn peak(ran: &[Ran]) -> Option<f64> {
    middle(ran, |ran| ran.peak_rss_bytes).filter(|&bytes| bytes > 0.0)
}

fn counts(ran: &[Ran]) -> Counts {
    let none = || "whole programs are seen from outside".to_owned();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let peak_rss = peak(ran).map(|bytes| bytes as u64).ok_or_else(|| "not one run".to_owned());
    Counts {
        heap: Err(none()),
        detail: Err(none()),
        tracked: Err(none()),
        peak_rss,
        hardware: Err(none()),
    }
}

#[allow(clippy::cast_precision_loss)]
fn figures(
    order: &Order,
    roster: &Roster,
    runs: &BTreeMap<usize, Vec<Ran>>,
    known: &Known,
    row: &Row,
) -> Option<Figures> {
    let named = |name: &str| roster.entrants.iter().position(|entrant| entrant.name == name);
    let at = named(&row.contestant)?;
    let line = order.lines[at].text.clone();
    let shell_ns = known.shell.as_ref().map(|shell| shell.wall_ns as f64);
    let Some(ran) = runs.get(&at) else {
        return Some(Figures { line, empty_ns: known.empty_ns, shell_ns, ..Figures::default() });
    };
    let baseline = row.baseline.as_deref().and_then(named).and_then(|at| runs.get(&at));
    let least = ran.iter().map(|ran| sample(ran, known).wall_ns).min();
    Some(Figures {
        line,
        runs: ran.len(),
        minimum_ns: least.unwrap_or(0) as f64,
        user_ns: middle(ran, |ran| ran.user_ns).unwrap_or(0.0),
        system_ns: middle(ran, |ran| ran.system_ns).unwrap_or(0.0),
        memory_ratio: baseline.and_then(|base| Some(peak(ran)? / peak(base)?)),
        major_faults: middle(ran, |ran| ran.major_faults).unwrap_or(0.0),
        empty_ns: known.empty_ns,
        shell_ns,
    })
}
