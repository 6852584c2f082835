//! Programs that take turns: in each group some entrants, each with a command of its own. What
//! `--commands` measures is one group; `programs` has one for each program, with libraries for
//! entrants.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::contest::Trouble;
use crate::design::{Design, Scheduling};
use crate::environment::Environment;
use crate::interrupt;
use crate::plan::Plan;
use crate::process::Failure;
use crate::progress::Progress;
use crate::report::{About, Found, Method, Report, SCHEMA, failures, rows};
use crate::require::{self, Requirement};
use crate::roster::Roster;
use crate::timing::{Seat, judge, shuffle};
use crate::variants::Variants;
use crate::workload::Rng;

use super::Wish;
use super::figures::{counts, figures, middle, sample};
use super::means::means;
use super::starter::{Job, Ran, Starter};

/// Runs of an empty program that say what starting one costs.
const EMPTY: usize = 21;
/// So many blocks are not given up to keep a time that was not asked for.
const FEWEST_BLOCKS: usize = 10;
/// Runs beyond this add nothing to a block's median.
const MOST_RUNS: usize = 400;

/// What one entrant does in one group.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) job: Job,
    /// Done before each run.
    pub(crate) prepare: Option<Job>,
    /// The command as a result shows it.
    pub(crate) line: String,
}

/// How a group is run.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Before anything is timed, all must write the same.
    pub(crate) same_output: bool,
    /// The longest run.
    pub(crate) limit: Duration,
    /// An entrant that could be seen to do nothing of use here, and why: then nobody runs.
    pub(crate) refused: Option<(usize, String)>,
}

/// What a launch is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocks {
    /// As many runs as fill the time that is wished for.
    Filling(Wish),
    /// One run of each, in so many launches; every other one goes the way of the last one back.
    Rounds(usize),
}

/// Everything that a comparison of programs needs.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) roster: Roster,
    /// By group and entrant.
    pub(crate) tasks: Vec<Vec<Task>>,
    /// By group.
    pub(crate) ways: Vec<Way>,
    pub(crate) blocks: Blocks,
    /// What a shell is given to do nothing, where commands are its.
    pub(crate) shell: Option<Vec<String>>,
    /// Runs of each entrant before anything is timed, where that was asked for.
    pub(crate) warmup: Option<u32>,
    pub(crate) ignore_status: bool,
    /// Entrants are libraries that programs are run under.
    pub(crate) libraries: bool,
    pub(crate) seed: u64,
    pub(crate) terminal: bool,
    pub(crate) requirements: Vec<(String, Requirement)>,
}

/// What is known of a group.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) found: Found,
    pub(crate) plan: Plan,
    /// Timed runs, by entrant; those of the second side of the floor are not among them.
    pub(crate) runs: BTreeMap<usize, Vec<Ran>>,
    /// The fastest run of each entrant before that, with its preparation.
    turns: BTreeMap<usize, Duration>,
    /// Of what each wrote, where that is looked at.
    digests: BTreeMap<usize, u64>,
    /// The latest launch.
    last: Vec<Seat>,
}

/// What starting a program costs here.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    pub(crate) empty_ns: Option<f64>,
    /// What is taken off each run.
    pub(crate) shell: Option<Ran>,
}

/// A field on its way.
struct Race<'a> {
    field: &'a Field,
    roster: Roster,
    courses: Vec<Course>,
    costs: Costs,
}

/// Runs everything. `say` gets the plan before the first launch.
pub(crate) fn run(field: &Field, say: impl FnOnce(&str)) -> Report {
    let begin = Instant::now();
    let environment = Environment::read(None);
    let mut race = Race::new(field);
    race.prove();
    let launches = race.plan();
    if !interrupt::asked() && race.on() {
        say(&race.announcement(launches));
    }
    race.time(launches);

    let Race { roster, mut courses, costs, .. } = race;
    for course in &mut courses {
        course.found.plan = Some(course.plan);
        for (&member, ran) in &course.runs {
            course.found.counts.insert(member, counts(ran));
        }
    }
    let means = if field.libraries { means(&courses) } else { Vec::new() };
    let variants = Variants::default();
    let groups = courses.iter().map(|course| &course.found);
    let groups: Vec<&Found> = groups.chain(means.iter().map(|mean| &mean.found)).collect();
    let mut rows = rows(&roster.entrants, &groups, &variants);
    for row in &mut rows {
        row.command = figures(field, &courses, &means, &costs, row);
        row.threads = 1;
    }
    let judged = |(text, claim): &(String, Requirement)| require::judge(claim, text, &rows);
    let requirements = field.requirements.iter().filter_map(judged).collect();
    let design = Design { paddings: 1, second_opinion: false, both_policies: false };
    let scheduling = Scheduling { roam: true, ..Scheduling::default() };
    let failures = failures(&roster.entrants, courses.iter().map(|course| &course.found));
    Report {
        schema: "diptych-lab".into(),
        version: SCHEMA,
        complete: !interrupt::asked(),
        seconds: begin.elapsed().as_secs_f64(),
        environment,
        method: Method::new(launches, design, scheduling, field.seed),
        cores: None,
        contestants: roster.entrants.iter().map(|one| About::new(one, &variants)).collect(),
        rows,
        requirements,
        effects: Vec::new(),
        heaps: Vec::new(),
        layouts: Vec::new(),
        failures,
    }
}

impl Field {
    /// One run, with what goes before it.
    fn run(&self, starter: &mut Starter, group: usize, entrant: usize) -> Result<Ran, Failure> {
        let Task { job, prepare, .. } = &self.tasks[group][entrant];
        if let Some(prepare) = prepare
            && let Some(failure) = starter.run(prepare)?.failure()
        {
            return Err(Failure::Prepare(failure.to_string()));
        }
        self.accept(job, starter.run(job)?)
    }

    /// A run, if it ended well and told what it was to tell.
    fn accept(&self, job: &Job, ran: Ran) -> Result<Ran, Failure> {
        if let Some(failure) = ran.failure().filter(|_| !self.ignore_status) {
            return Err(failure);
        }
        match &job.figure {
            Some((before, behind)) if ran.figure.is_none_or(|figure| figure <= 0.0) => {
                Err(Failure::Untold(format!("{before}{{}}{behind}")))
            }
            _ => Ok(ran),
        }
    }

    /// Runs before anything is timed, where one of the first takes so long.
    fn warmup(&self, turn: Duration, entrant: usize) -> u32 {
        // More are no loss where they are short, and the first is never typical. Of many libraries
        // it is the first that has to say whether a program repeats itself.
        let usual = match self.libraries {
            true if entrant == 0 => 2,
            false if turn < Duration::from_secs(1) => 3,
            _ => 1,
        };
        self.warmup.unwrap_or(usual)
    }
}

impl<'a> Race<'a> {
    fn new(field: &'a Field) -> Self {
        let course = |group: &crate::roster::Group| {
            let mut found = Found::new(group.clone(), &[]);
            found.whole = true;
            Course {
                found,
                plan: Plan { calls: 1, samples: 1, warm: Duration::ZERO, launch: Duration::ZERO },
                runs: BTreeMap::new(),
                turns: BTreeMap::new(),
                digests: BTreeMap::new(),
                last: Vec::new(),
            }
        };
        let roster = field.roster.clone();
        let courses = roster.groups.iter().map(course).collect();
        Self { field, roster, courses, costs: Costs::default() }
    }

    /// Whether anything can be compared.
    fn on(&self) -> bool {
        (0..self.courses.len()).any(|group| self.goes_on(group))
    }

    fn goes_on(&self, group: usize) -> bool {
        let group = &self.roster.groups[group];
        group.members.len() > 1 && !(self.field.libraries && group.pairs.is_empty())
    }

    /// Who failed at what.
    fn who(&self, group: usize, entrant: usize) -> String {
        let name = &self.roster.entrants[entrant].name;
        match self.field.libraries {
            true => format!("{} under {name}", self.roster.groups[group].workload),
            false => name.clone(),
        }
    }

    /// Takes out an entrant that failed, and says so.
    fn leave_out(&mut self, group: usize, entrant: usize, message: String, progress: &Progress) {
        let found = &self.courses[group].found;
        if interrupt::asked() || found.troubles.iter().any(|trouble| trouble.entrant == entrant) {
            return;
        }
        progress.say(&format!("diptych: {} {message}", self.who(group, entrant)));
        let found = &mut self.courses[group].found;
        found.troubles.push(Trouble { group, entrant, message });
        let members = &mut self.roster.groups[group];
        let before = members.main_baseline();
        members.remove(entrant);
        if members.main_baseline() != before {
            // The floor must be one program's.
            found.launches.iter_mut().for_each(|launch| launch.same = None);
        }
    }

    /// The runs before anything is timed: each program starts, ends well, and writes what it should.
    fn prove(&mut self) {
        let tasks = self.field.tasks.iter().map(Vec::len).sum();
        let progress = Progress::new("warm-up", tasks, self.field.terminal);
        for group in 0..self.courses.len() {
            self.prove_group(group, &progress);
        }
        drop(progress);
        if let Ok(mut starter) = Starter::new(self.field.ways[0].limit) {
            let bind = self.field.tasks[0][0].job.bind.clone();
            let mut empty = |words: Vec<String>| -> Option<Vec<Ran>> {
                let job = Job { words, bind: bind.clone(), ..Job::default() };
                (0..EMPTY).map(|_| starter.run(&job).ok().filter(|ran| ran.status == 0)).collect()
            };
            self.costs.empty_ns =
                empty(vec!["true".into()]).and_then(|ran| middle(&ran, |ran| ran.wall_ns));
            let shell = self.field.shell.clone().and_then(empty);
            self.costs.shell = shell.map(|ran| {
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

    fn prove_group(&mut self, group: usize, progress: &Progress) {
        if let Some((entrant, message)) = self.field.ways[group].refused.clone() {
            self.leave_out(group, entrant, message, progress);
            self.roster.groups[group].members.clear();
            self.roster.groups[group].pairs.clear();
        }
        let same_output = self.field.ways[group].same_output;
        let mut first: Option<(usize, Ran)> = None;
        for entrant in self.roster.groups[group].members.clone() {
            if !self.goes_on(group) && self.field.libraries {
                break;
            }
            match self.warm_up(group, entrant) {
                Ok((turn, ran)) => {
                    let course = &mut self.courses[group];
                    course.turns.insert(entrant, turn);
                    course.digests.insert(entrant, ran.digest);
                    match &first {
                        Some((one, as_it)) if same_output => {
                            let name = &self.roster.entrants[*one].name;
                            if let Some(message) = other_output(&ran, as_it, name) {
                                self.leave_out(group, entrant, message, progress);
                            }
                        }
                        Some(_) => {}
                        None => first = Some((entrant, ran)),
                    }
                }
                Err(failure) => self.leave_out(group, entrant, failure.to_string(), progress),
            }
            progress.step();
        }
        let digest = first.map(|(_, ran)| ran.digest);
        self.courses[group].found.digest = digest.filter(|_| same_output);
    }

    /// The first run, with its output read where that is to be compared, and the turn to plan from.
    fn warm_up(&mut self, group: usize, entrant: usize) -> Result<(Duration, Ran), Failure> {
        let field = self.field;
        let Task { job, prepare, .. } = &field.tasks[group][entrant];
        let mut starter = Starter::new(field.ways[group].limit)?;
        let begin = Instant::now();
        if let Some(prepare) = prepare
            && let Some(failure) = starter.run(prepare)?.failure()
        {
            return Err(Failure::Prepare(failure.to_string()));
        }
        let read = field.ways[group].same_output || job.read;
        let first = field.accept(job, starter.run(&Job { read, ..job.clone() })?)?;
        let mut turn = begin.elapsed();
        for _ in 1..field.warmup(turn, entrant) {
            let begin = Instant::now();
            let ran = field.run(&mut starter, group, entrant)?;
            self.repeats(group, entrant, &ran, first.digest)?;
            turn = turn.min(begin.elapsed());
        }
        Ok((turn, first))
    }

    /// Whether it wrote what it wrote before, where that is read and looked at.
    fn repeats(&self, group: usize, entrant: usize, ran: &Ran, digest: u64) -> Result<(), Failure> {
        let read = self.field.tasks[group][entrant].job.read;
        if read && self.field.ways[group].same_output && ran.digest != digest {
            return Err(Failure::Digest("it wrote other output than at first".into()));
        }
        Ok(())
    }

    /// How many runs make a launch, and how many launches there are.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn plan(&mut self) -> usize {
        let rounds: Vec<Duration> = (0..self.courses.len()).map(|at| self.round(at)).collect();
        for (course, &round) in self.courses.iter_mut().zip(&rounds) {
            course.plan.launch = round;
        }
        let wish = match self.field.blocks {
            Blocks::Rounds(launches) => return launches,
            Blocks::Filling(wish) => wish,
        };
        let mut all = Duration::ZERO;
        for (group, round) in rounds.into_iter().enumerate() {
            let seats = self.roster.groups[group].members.len() as f64 + 1.0;
            let sampling = wish.launch.as_secs_f64() * seats;
            // Two rounds are one ABBA.
            let samples = ((sampling / round.as_secs_f64().max(1e-9) / 2.0).ceil() * 2.0) as usize;
            let plan = &mut self.courses[group].plan;
            plan.samples = samples.clamp(2, MOST_RUNS);
            plan.launch = round * u32::try_from(plan.samples).unwrap_or(2);
            all += plan.launch;
        }
        let fits = (wish.timing.as_secs_f64() / all.as_secs_f64().max(1e-9)) as usize;
        match wish.launches {
            (asked, true) => asked,
            (usual, false) => usual.min(fits.max(FEWEST_BLOCKS)),
        }
    }

    /// One run of each, and of the main baseline another.
    fn round(&self, group: usize) -> Duration {
        let turns = &self.courses[group].turns;
        let group = &self.roster.groups[group];
        let of = |member: &usize| turns.get(member).copied().unwrap_or_default();
        let second = group.main_baseline().map(|member| of(&member)).unwrap_or_default();
        group.members.iter().map(of).sum::<Duration>() + second
    }

    fn announcement(&self, launches: usize) -> String {
        let launch: Duration = self.courses.iter().map(|course| course.plan.launch).sum();
        let time = launch * u32::try_from(launches).unwrap_or(u32::MAX);
        let all = self.roster.entrants.len();
        let what = match self.field.blocks {
            Blocks::Filling(_) => {
                let runs = self.courses[0].plan.samples;
                format!("{all} commands, {launches} blocks of {runs} runs of each")
            }
            Blocks::Rounds(_) => {
                let programs = self.courses.len();
                format!("{programs} programs under {all} libraries, {launches} launches of each")
            }
        };
        format!("plan: {what}: about {} s", time.as_secs_f64().ceil())
    }

    /// All launches.
    fn time(&mut self, launches: usize) {
        let steps = launches * self.courses.len();
        let progress = Progress::new("timing", steps, self.field.terminal);
        let mut rng = Rng::new(self.field.seed);
        for turn in 0..launches {
            for group in 0..self.courses.len() {
                while !interrupt::asked() && self.goes_on(group) {
                    let seats = self.seats(group, turn, &mut rng);
                    match self.launch(group, &seats) {
                        Ok(()) => break,
                        Err((entrant, failure)) => {
                            self.leave_out(group, entrant, failure.to_string(), &progress);
                        }
                    }
                }
                progress.step();
            }
        }
    }

    /// Who goes after whom: nobody always follows the same neighbour, or is always the first.
    fn seats(&self, group: usize, turn: usize, rng: &mut Rng) -> Vec<Seat> {
        let back = matches!(self.field.blocks, Blocks::Rounds(_)) && turn % 2 == 1;
        let (last, group) = (&self.courses[group].last, &self.roster.groups[group]);
        let seat = |entrant, second| Seat { entrant, second, padding: 0 };
        let mut seats: Vec<Seat> = (group.members.iter().map(|&entrant| seat(entrant, false)))
            .chain(group.main_baseline().map(|entrant| seat(entrant, true)))
            .collect();
        let place = |seat: &Seat| last.iter().position(|other| other == seat);
        match back && seats.iter().all(|seat| place(seat).is_some()) {
            true => seats.sort_by_key(|seat| std::cmp::Reverse(place(seat))),
            false => shuffle(&mut seats, rng),
        }
        seats
    }

    /// The runs of all seats in one launch; or who failed, and how.
    fn launch(&mut self, group: usize, seats: &[Seat]) -> Result<(), (usize, Failure)> {
        let samples = self.courses[group].plan.samples;
        let mut starter = Starter::new(self.field.ways[group].limit)
            .map_err(|failure| (seats[0].entrant, failure))?;
        let mut ran = vec![Vec::with_capacity(samples); seats.len()];
        for round in 0..samples {
            for step in 0..seats.len() {
                let at = if round % 2 == 0 { step } else { seats.len() - 1 - step };
                let entrant = seats[at].entrant;
                let blame = |failure| (entrant, failure);
                let one = self.field.run(&mut starter, group, entrant).map_err(blame)?;
                let digest = self.courses[group].digests.get(&entrant).copied().unwrap_or(0);
                self.repeats(group, entrant, &one, digest).map_err(blame)?;
                ran[at].push(one);
            }
        }
        let course = &mut self.courses[group];
        let samples: Vec<_> = (ran.iter())
            .map(|ran| ran.iter().map(|ran| sample(ran, &self.costs)).collect())
            .collect();
        let members = &self.roster.groups[group];
        course.found.launches.push(judge(members, &course.plan, seats, &samples));
        for (seat, ran) in seats.iter().zip(ran).filter(|(seat, _)| !seat.second) {
            course.runs.entry(seat.entrant).or_default().extend(ran);
        }
        course.last = seats.to_vec();
        Ok(())
    }
}

/// What one wrote that another did not.
fn other_output(ran: &Ran, first: &Ran, name: &str) -> Option<String> {
    let (bytes, length) = (ran.output_bytes, first.output_bytes);
    let story = match bytes == length {
        true if ran.digest == first.digest => return None,
        true => format!("{bytes} bytes, as {name}, but not the same"),
        false => format!("{bytes} bytes where {name} wrote {length}"),
    };
    Some(format!("wrote other output: {story}"))
}
