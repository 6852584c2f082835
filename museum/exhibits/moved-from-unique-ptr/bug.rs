//! A queue owns the jobs that are handed to it. The line after the hand-over says which job it
//! was.
#![forbid(unsafe_code)]

struct Job {
    id: u32,
    what: &'static str,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
}

impl Queue {
    fn submit(&mut self, job: Job) {
        #[cfg(not(fixed))]
        {
            self.jobs.push(job);
            println!("queued job {}", job.id);
        }
        #[cfg(fixed)]
        {
            println!("queued job {}", job.id);
            self.jobs.push(job);
        }
    }

    fn run(&self) {
        for job in &self.jobs {
            println!("{}: {}", job.id, job.what);
        }
    }
}

fn main() {
    let mut queue = Queue::default();
    queue.submit(Job { id: 7, what: "resize image" });
    queue.run();
}
