//! What all passes share: workers that are ready for a workload, the vote on digests, work on
//! several cores, and the trouble they meet.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::process::{Failure, Limits, Under, Worker};
use crate::protocol::{Command, Hex, VERSION};
use crate::roster::{Entrant, Group};

/// Starts a worker for a workload and asks it to get ready, without waiting: several can do so
/// at once. [`settle`] waits.
pub(crate) fn start(
    entrant: &Entrant,
    group: &Group,
    under: &Under,
    limits: Limits,
) -> Result<Worker, Failure> {
    let mut worker = Worker::start(&entrant.program, under, limits)?;
    worker.send(&Command::Hello(VERSION))?;
    worker.send(&group.open(entrant))?;
    Ok(worker)
}

/// Waits until a started worker is ready.
pub(crate) fn settle(worker: &mut Worker) -> Result<(), Failure> {
    worker.greeted()?;
    worker.receive().map(drop)
}

/// A worker that is ready.
pub(crate) fn ready(
    entrant: &Entrant,
    group: &Group,
    under: &Under,
    limits: Limits,
) -> Result<Worker, Failure> {
    let mut worker = start(entrant, group, under, limits)?;
    settle(&mut worker)?;
    Ok(worker)
}

/// Something that went wrong with one contestant in one group.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// Index of the group.
    pub(crate) group: usize,
    /// Index of the entrant.
    pub(crate) entrant: usize,
    /// One line.
    pub(crate) message: String,
}

/// Who did other work than the rest: those against the strict majority; all, when there is none.
/// Each vote is (voter, digest); the answer holds voters with what to say of them.
pub(crate) fn dissenters(
    votes: &[(usize, u64)],
    name: impl Fn(usize) -> String,
) -> Vec<(usize, String)> {
    let count = |digest: u64| votes.iter().filter(|&&(_, other)| other == digest).count();
    let Some(&(_, first)) = votes.first() else {
        return Vec::new();
    };
    if count(first) == votes.len() {
        return Vec::new();
    }
    let majority = votes.iter().find(|&&(_, digest)| 2 * count(digest) > votes.len());
    let odd = votes.iter().filter(|&&(_, digest)| majority.is_none_or(|&(_, most)| digest != most));
    odd.map(|&(voter, digest)| {
        let other = majority.or_else(|| votes.iter().find(|&&(_, other)| other != digest));
        let &(other, theirs) = other.expect("not all are equal");
        let story =
            format!("its digest is {}, that of {} is {}", Hex(digest), name(other), Hex(theirs));
        (voter, Failure::Digest(story).to_string())
    })
    .collect()
}

/// Does all jobs on `threads` threads and answers their results in the order of the jobs.
/// `after` runs on the caller's behalf after each job, one at a time.
pub(crate) fn parallel<J: Sync, R: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J) -> R + Sync,
    after: impl Fn() + Send + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs.len()));
    // Children die with the thread that started them: every thread outlives its own.
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                loop {
                    // Relaxed: the number alone is shared; the lock below publishes results.
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    let result = work(job);
                    let mut results = results.lock().expect("no holder panics");
                    results.push((at, result));
                    after();
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no holder panics");
    results.sort_by_key(|&(at, _)| at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn voters(votes: &[u64]) -> Vec<usize> {
        let votes: Vec<_> = votes.iter().copied().enumerate().collect();
        dissenters(&votes, |at| at.to_string()).into_iter().map(|(voter, _)| voter).collect()
    }

    #[test]
    fn the_minority_dissents_and_without_a_majority_all_do() {
        assert_eq!(voters(&[]), [0; 0]);
        assert_eq!(voters(&[7, 7, 7]), [0; 0]);
        assert_eq!(voters(&[7, 8, 7]), [1]);
        assert_eq!(voters(&[9, 7, 7, 7, 8]), [0, 4]);
        assert_eq!(voters(&[1, 2]), [0, 1]);
        assert_eq!(voters(&[1, 2, 1, 2]), [0, 1, 2, 3]);
    }

    #[test]
    fn results_keep_the_order_of_jobs() {
        let jobs: Vec<u64> = (0..100).collect();
        assert_eq!(
            parallel(&jobs, 3, |job| job * 2, || ()),
            jobs.iter().map(|j| j * 2).collect::<Vec<_>>()
        );
        assert_eq!(parallel(&[0; 0], 3, |job: &i32| *job, || ()), [0; 0]);
    }
}
