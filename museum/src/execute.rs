//! Runs jobs, on all processors, and keeps what came out by the content of what went in.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::plan::{HANGS, Job};
use crate::process::{Ended, How, Order, run};

/// What the steps of a job did. A step that could not be reached did nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// By step, by run.
    pub steps: Vec<Vec<Ended>>,
    /// Where it ran: what reports call its files.
    pub folder: String,
}

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct Workshop {
    /// Holds the cache and folders for programs.
    pub folder: PathBuf,
    /// Whether what was done before counts.
    pub cached: bool,
    /// How many jobs go on at a time.
    pub workers: usize,
}

/// One job done.
#[derive(Debug)]
pub struct Result {
    /// Which.
    pub job: Job,
    /// What came out.
    pub done: Done,
    /// Whether it was known before.
    pub known: bool,
}

impl Workshop {
    /// Does all jobs; `told` hears of each that is done.
    pub fn all(&self, jobs: Vec<Job>, told: &(dyn Fn() + Sync)) -> io::Result<Vec<Result>> {
        fs::create_dir_all(self.folder.join("cache"))?;
        fs::create_dir_all(self.folder.join("tmp"))?;
        let (waiting, busy): (Vec<usize>, Vec<usize>) =
            (0..jobs.len()).partition(|&at| jobs[at].waits);
        let (next_waiting, next_busy) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results: Mutex<Vec<(usize, io::Result<Result>)>> = Mutex::default();
        let drain = |queue: &[usize], next: &AtomicUsize| {
            // Relaxed: a number by itself; the jobs were there before the threads.
            while let Some(&at) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = self.one(&jobs[at]);
                results.lock().expect("nobody panics with it").push((at, result));
                told();
            }
        };
        thread::scope(|scope| {
            let workers = self.workers.max(1);
            for _ in 0..workers {
                scope.spawn(|| {
                    drain(&busy, &next_busy);
                    drain(&waiting, &next_waiting);
                });
            }
            // Who waits for what hangs needs no processor, and must not keep one from the others.
            for _ in 0..workers {
                scope.spawn(|| drain(&waiting, &next_waiting));
            }
        });
        let mut results = results.into_inner().expect("nobody panics with it");
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn one(&self, job: &Job) -> io::Result<Result> {
        let path = self.folder.join("cache").join(format!("{}.json", job.key));
        if self.cached
            && let Ok(text) = fs::read_to_string(&path)
            && let Ok(done) = serde_json::from_str(&text)
        {
            return Ok(Result { job: job.clone(), done, known: true });
        }
        let folder = tempfile::tempdir_in(self.folder.join("tmp"))?;
        for (name, text) in &job.files {
            fs::write(folder.path().join(name), text)?;
        }
        let mut done = Done { steps: Vec::new(), folder: folder.path().display().to_string() };
        let mut broken = false;
        for step in &job.steps {
            let mut runs: Vec<Ended> = Vec::new();
            while !broken && runs.len() < step.times as usize {
                let ended = run(Order {
                    words: &step.words,
                    folder: folder.path(),
                    environment: &step.environment,
                    limit: step.limit,
                    memory: step.memory,
                })?;
                broken = step.needed && ended.how != How::Exit(0);
                runs.push(ended);
                if runs.iter().filter(|run| run.how == How::Limit).count() == HANGS {
                    break;
                }
            }
            done.steps.push(runs);
        }
        let text = serde_json::to_string(&done)?;
        // Under another name first: who is stopped in between leaves no half of a file.
        let half = path.with_extension(format!("{}.half", std::process::id()));
        fs::write(&half, text)?;
        fs::rename(&half, &path)?;
        Ok(Result { job: job.clone(), done, known: false })
    }
}
