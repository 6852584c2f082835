//! How a pool is to be.

use std::io;
use std::sync::Arc;
use std::thread;

use super::ThreadPool;
use super::job::Payload;
use super::pool::Pool;
use super::sync::{self, Fences};

pub(super) type Hook = Box<dyn Fn(usize) + Send + Sync>;
type Handler = Box<dyn Fn(Payload) + Send + Sync>;

/// What a user wants to be called.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) on_start: Option<Hook>,
    pub(super) on_stop: Option<Hook>,
    pub(super) panic_handler: Option<Handler>,
}

/// Makes a [`ThreadPool`] as one wants it.
///
/// ```
/// use diptych::thread_pool::Builder;
///
/// let pool = Builder::new().threads(2).name("render").build().expect("threads can be had");
/// assert_eq!(pool.threads(), 2);
/// assert_eq!(pool.install(|| std::thread::current().name().map(str::len)), Some(8)); // render-0
/// ```
pub struct Builder {
    threads: usize,
    name: String,
    stack_bytes: Option<usize>,
    pin: Option<Vec<usize>>,
    fences: Fences,
    hooks: Hooks,
}

// ---- Construction -------------------------------------------------------------------------------

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// As many threads as there are processors, and nothing else that is special.
    pub fn new() -> Self {
        Self {
            threads: 0,
            name: "worker".to_owned(),
            stack_bytes: None,
            pin: None,
            fences: Fences::Asymmetric,
            hooks: Hooks::default(),
        }
    }

    /// So many threads; 0 for as many as the process has processors.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What threads are called, before `-` and their number.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The bytes of each thread's stack.
    #[must_use]
    pub fn stack_bytes(mut self, bytes: usize) -> Self {
        self.stack_bytes = Some(bytes);
        self
    }

    /// Binds the threads to these processors, one after the other, and again from the first.
    #[must_use]
    pub fn pin(mut self, processors: impl Into<Vec<usize>>) -> Self {
        self.pin = Some(processors.into());
        self
    }

    /// Whose fences cost: the thief's alone, if nothing else is said. [`Fences::Asymmetric`] where
    /// the kernel has no `membarrier`, or forbids it, is taken for [`Fences::Symmetric`].
    #[must_use]
    pub fn fences(mut self, fences: Fences) -> Self {
        self.fences = fences;
        self
    }

    /// Called in each thread before its first job, with its number.
    #[must_use]
    pub fn on_start(mut self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.hooks.on_start = Some(Box::new(hook));
        self
    }

    /// Called in each thread after its last job.
    #[must_use]
    pub fn on_stop(mut self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.hooks.on_stop = Some(Box::new(hook));
        self
    }

    /// Called with what a spawned job panicked with, in the thread that executed it. Without it
    /// nothing happens: the standard library has printed the panic already.
    #[must_use]
    pub fn panic_handler(mut self, handler: impl Fn(Payload) + Send + Sync + 'static) -> Self {
        self.hooks.panic_handler = Some(Box::new(handler));
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// What the system says if it has no more threads, or a processor to pin to does not exist: then
    /// none is left.
    pub fn build(self) -> io::Result<ThreadPool> {
        let count = match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let fences = match self.fences {
            Fences::Asymmetric => Fences::best(),
            Fences::Symmetric => Fences::Symmetric,
        };
        let pool = Pool::new(count, fences, self.hooks);
        let mut threads = ThreadPool { pool, threads: Vec::with_capacity(count) };
        for index in 0..count {
            let mut builder = thread::Builder::new().name(format!("{}-{index}", self.name));
            if let Some(bytes) = self.stack_bytes {
                builder = builder.stack_size(bytes);
            }
            let pool = Arc::clone(&threads.pool);
            threads.threads.push(builder.spawn(move || pool.workers()[index].run())?);
        }
        let processors = self.pin.iter().flatten().cycle();
        for (thread, &processor) in threads.threads.iter().zip(processors) {
            sync::pin(thread, processor)?;
        }
        Ok(threads)
    }
}
