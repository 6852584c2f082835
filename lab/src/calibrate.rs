//! Before any clock: do all contestants do the same work? And what does a call cost?

use std::time::{Duration, Instant};

use crate::contest::{self, Trouble, dissenters, parallel};
use crate::interrupt;
use crate::plan::{Cost, MOST_CALLS};
use crate::process::{Failure, Limits, Under, Worker};
use crate::protocol::{Command, Hex, digest};
use crate::roster::Roster;

/// What one contestant answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    pub(crate) digest: u64,
    /// `None` for tracked workloads, which are never timed.
    pub(crate) cost: Option<Cost>,
}

/// A batch that takes this long is long enough to plan from.
const ENOUGH: Duration = Duration::from_micros(200);
/// So many of those are enough.
const BATCHES: u32 = 5;
/// And no more than this is spent on it, once there are two.
const LONG: Duration = Duration::from_millis(25);

/// Probes every member of every group; takes those out that fail or do other work than the rest.
/// Answers the probes by group, in the order of the remaining members.
pub(crate) fn calibrate(
    roster: &mut Roster,
    seed: u64,
    limits: Limits,
    threads: usize,
    after: impl Fn() + Send + Sync,
) -> (Vec<Vec<Probe>>, Vec<Trouble>) {
    let jobs: Vec<(usize, usize)> = (0..roster.groups.len())
        .flat_map(|group| roster.groups[group].members.iter().map(move |&entrant| (group, entrant)))
        .collect();
    let shared = &*roster;
    let results = parallel(
        &jobs,
        threads,
        |&(group, entrant)| probe(shared, group, entrant, seed, limits),
        after,
    );
    let mut troubles = Vec::new();
    let mut probes: Vec<Vec<(usize, Probe)>> = vec![Vec::new(); roster.groups.len()];
    for (&(group, entrant), result) in jobs.iter().zip(results) {
        match result {
            Ok(probe) => probes[group].push((entrant, probe)),
            Err(failure) => {
                troubles.push(Trouble { group, entrant, message: failure.to_string() });
            }
        }
    }
    for (group, probes) in probes.iter_mut().enumerate() {
        let votes: Vec<_> =
            probes.iter().map(|&(entrant, probe)| (entrant, probe.digest)).collect();
        for (entrant, mut message) in dissenters(&votes, |at| roster.entrants[at].name.clone()) {
            // What is usually behind it before anything was timed.
            message +=
                " (from one seed all must make one input, and digest the same of the result)";
            troubles.push(Trouble { group, entrant, message });
        }
        probes.retain(|&(at, _)| !troubles.iter().any(|t| t.group == group && t.entrant == at));
    }
    for trouble in &troubles {
        roster.groups[trouble.group].remove(trouble.entrant);
    }
    let probes = probes
        .into_iter()
        .map(|group| group.into_iter().map(|(_, probe)| probe).collect())
        .collect();
    (probes, troubles)
}

fn probe(
    roster: &Roster,
    group: usize,
    entrant: usize,
    seed: u64,
    limits: Limits,
) -> Result<Probe, Failure> {
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    let (group, entrant) = (&roster.groups[group], &roster.entrants[entrant]);
    let mut worker = contest::ready(entrant, group, &Under::default(), limits)?;
    // Two calls where that is cheap: a batch must keep its inputs apart.
    let calls = if group.n <= 100_000 { 2 } else { 1 };
    let answer = worker.ask(&Command::Check { seed, calls })?;
    let digest = match &answer[..] {
        [hex] => digest(hex),
        _ => None,
    };
    let digest = digest.ok_or_else(|| Failure::Rubbish(answer.join("\t")))?;
    if group.tracked {
        return Ok(Probe { digest, cost: None });
    }
    cost(&mut worker, seed).map(|cost| Probe { digest, cost: Some(cost) })
}

/// The least that a call costs: what a busy machine adds is no property of the work.
#[allow(clippy::cast_precision_loss)]
fn cost(worker: &mut Worker, seed: u64) -> Result<Cost, Failure> {
    let (mut calls, mut least) = (1, Cost { call: f64::INFINITY, turn: f64::INFINITY });
    let begin = Instant::now();
    let mut typical = 0;
    for batch in 0.. {
        let start = Instant::now();
        let sample = worker.sample(seed.wrapping_add(batch), calls)?;
        let turn = start.elapsed();
        let wall = Duration::from_nanos(sample.wall_ns);
        let per_call = |time: Duration| time.as_secs_f64() / calls as f64;
        least.call = least.call.min(per_call(wall));
        least.turn = least.turn.min(per_call(turn));
        if wall >= ENOUGH || calls == MOST_CALLS {
            typical += 1;
        } else {
            let factor = ENOUGH.as_nanos() / wall.as_nanos().max(1) + 1;
            let factor = u64::try_from(factor).unwrap_or(64).clamp(1, 64);
            calls = (calls * factor).min(MOST_CALLS);
        }
        // The first batch of a process is never typical.
        if typical >= BATCHES || (batch > 0 && begin.elapsed() > LONG) {
            break;
        }
    }
    Ok(least)
}

/// The digest as the reports spell it.
pub(crate) fn spelled(digest: u64) -> String {
    Hex(digest).to_string()
}
