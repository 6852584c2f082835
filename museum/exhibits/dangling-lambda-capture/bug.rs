//! Queues work for later. The callback borrows the locals of the function that queues it.
#![forbid(unsafe_code)]

#[derive(Default)]
struct Scheduler {
    tasks: Vec<Box<dyn Fn()>>,
}

impl Scheduler {
    fn later(&mut self, task: impl Fn() + 'static) {
        self.tasks.push(Box::new(task));
    }

    fn run(&self) {
        for task in &self.tasks {
            task();
        }
    }
}

fn retry_later(scheduler: &mut Scheduler, job: i32) {
    let delay = 100 << job;
    #[cfg(not(fixed))]
    scheduler.later(|| println!("job {job} after {delay} ms"));
    #[cfg(fixed)]
    scheduler.later(move || println!("job {job} after {delay} ms"));
}

fn main() {
    let mut scheduler = Scheduler::default();
    retry_later(&mut scheduler, 1);
    retry_later(&mut scheduler, 2);
    scheduler.run();
}
