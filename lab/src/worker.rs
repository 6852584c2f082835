//! The worker: does the work of one contestant in a process of its own, on command.
//!
//! It speaks the protocol of `spec/lab-protocol.md` on standard input and output. While it
//! serves, the process's standard output is its standard error, so that work that prints does not
//! garble the protocol.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::fd::FromRawFd;
use std::process::ExitCode;
use std::time::Instant;

use crate::clock::Reading;
use crate::layout::{Field, Layout};
use crate::protocol::{Command, Heap, Hex, Memory, Sample, VERSION, field};
use crate::workload::{Batch, Contestant, Workload};

/// Serves commands until the coordinator says `quit` or goes away.
///
/// Answers success then, and failure when standard input or output cannot be used. A panic of the
/// work ends the process: the coordinator reports it with its message.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     let contestants = Vec::new();
///     diptych_lab::worker::serve(&contestants)
/// }
/// ```
pub fn serve(contestants: &[Contestant]) -> ExitCode {
    serve_with(contestants, &[])
}

/// As [`serve`], and tells how types are laid out when asked.
///
/// ```no_run
/// use diptych_lab::{layout, worker};
///
/// let layouts = [layout!("Option<Box<u64>>", Option<Box<u64>>)];
/// worker::serve_with(&[], &layouts);
/// ```
pub fn serve_with(contestants: &[Contestant], layouts: &[Layout]) -> ExitCode {
    let offer = Offer { contestants, layouts };
    match answers().and_then(|answers| listen(offer, io::stdin().lock(), answers)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes standard output away for the protocol and puts standard error in its place.
fn answers() -> io::Result<File> {
    // SAFETY: L1 - duplicates a descriptor number; no memory is touched.
    let taken = unsafe { libc::fcntl(1, libc::F_DUPFD_CLOEXEC, 3) };
    if taken < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: L1 - as above. Rust's own buffer of standard output is empty at this point.
    if unsafe { libc::dup2(2, 1) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: L1 - `taken` is open and nobody else has its number.
    Ok(unsafe { File::from_raw_fd(taken) })
}

/// What this worker can do and tell.
#[derive(Clone, Copy)]
struct Offer<'a> {
    contestants: &'a [Contestant],
    layouts: &'a [Layout],
}

/// What `open` chose.
struct Open<'a> {
    contestant: &'a Contestant,
    workload: &'a Workload,
}

impl Open<'_> {
    fn prepare(&self, seed: u64, calls: u64) -> Box<dyn Batch> {
        (self.workload.prepare)(self.workload.n, seed, calls)
    }
}

fn listen(offer: Offer<'_>, commands: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut open = None;
    for line in commands.lines() {
        let line = line?;
        let command = line.parse();
        if command == Ok(Command::Quit) {
            break;
        }
        // One write per answer, so that the coordinator wakes once.
        let answer = match command.and_then(|command| answer(offer, &mut open, command)) {
            Ok(answer) => answer + "\n",
            Err(reason) => format!("error\t{}\n", field(&reason)),
        };
        answers.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn answer<'a>(
    offer: Offer<'a>,
    open: &mut Option<Open<'a>>,
    command: Command,
) -> Result<String, String> {
    let opened = || open.as_ref().ok_or_else(|| "nothing is open".to_owned());
    match command {
        Command::Hello(VERSION) => Ok(format!("ok\tdiptych-worker\t{VERSION}")),
        Command::Hello(other) => Err(format!("version {other} is not spoken here, only {VERSION}")),
        Command::List => Ok(list(offer.contestants)),
        Command::Layout if offer.layouts.is_empty() => Err("no layouts are known here".to_owned()),
        Command::Layout => Ok(layouts(offer.layouts)),
        Command::Open { contestant, component, name, n } => {
            let asked = |w: &&Workload| {
                field(&w.component) == component && field(&w.name) == name && w.n == n
            };
            // A name may stand for several, as long as their workloads differ.
            let named = offer.contestants.iter().filter(|c| field(&c.name) == contestant);
            let mut found = named.filter_map(|contestant| {
                let workload = contestant.workloads.iter().find(asked)?;
                Some(Open { contestant, workload })
            });
            *open = Some(found.next().ok_or_else(|| {
                format!("no contestant {contestant} with workload {component}/{name}/{n}")
            })?);
            Ok("ok".into())
        }
        Command::Check { seed, calls } => {
            Ok(format!("ok\t{}", Hex(opened()?.prepare(seed, calls).check())))
        }
        Command::Warm { seed, calls, nanoseconds } => {
            let (open, start, mut batches) = (opened()?, Instant::now(), 0);
            while u128::from(nanoseconds) > start.elapsed().as_nanos() || batches == 0 {
                open.prepare(seed.wrapping_add(batches), calls).run();
                batches += 1;
            }
            Ok(format!("ok\t{batches}"))
        }
        Command::Sample { seed, calls } => {
            let open = opened()?;
            let reading = reading(open.workload.threads);
            Ok(format!("ok\t{}", sample(&mut *open.prepare(seed, calls), reading)))
        }
        Command::Empty => {
            let Sample { wall_ns, cpu_ns, .. } = empty();
            Ok(format!("ok\t{wall_ns}\t{cpu_ns}"))
        }
        Command::Memory { seed } => Ok(format!("ok\t{}", memory(opened()?, seed))),
        Command::Instructions { seed, calls } => {
            instructions(opened()?, seed, calls).map(|child| format!("ok\t{child}"))
        }
        Command::Quit => Ok("ok".into()),
    }
}

fn list(contestants: &[Contestant]) -> String {
    let mut lines = String::new();
    for contestant in contestants {
        let Contestant { name, language, compiler, flags, baselines, workloads, .. } = contestant;
        lines += "contestant";
        let flags = &as_built(language, flags);
        for text in [name, language, compiler, flags].into_iter().chain(baselines) {
            lines += "\t";
            lines += &field(text);
        }
        lines += "\n";
        for Workload { component, name, n, tracked, large, threads, .. } in workloads {
            let (component, name) = (field(component), field(name));
            let (tracked, large) = (u8::from(*tracked), u8::from(*large));
            lines +=
                &format!("workload\t{component}\t{name}\t{n}\t{tracked}\t{large}\t{threads}\n");
        }
    }
    lines + "ok"
}

/// The flags, with a word for builds that nobody should measure: those with debug assertions, as
/// far as this crate's build tells of the program's. What another compiler says it was told to
/// optimise is believed.
fn as_built(language: &str, flags: &str) -> String {
    let levels = ["-O1", "-O2", "-O3", "-Os", "-Oz", "-Ofast"];
    let optimised = || flags.split_whitespace().any(|flag| levels.contains(&flag));
    if !cfg!(debug_assertions) || (language != "rust" && optimised()) {
        return flags.to_owned();
    }
    format!("{flags} debug-build").trim_start().to_owned()
}

fn layouts(layouts: &[Layout]) -> String {
    let mut lines = String::new();
    for Layout { name, language, size, align, niche, fields } in layouts {
        let (name, language, niche) = (field(name), field(language), u8::from(*niche));
        lines += &format!("type\t{name}\t{language}\t{size}\t{align}\t{niche}\n");
        for Field { name, offset, size } in fields {
            lines += &format!("field\t{}\t{offset}\t{size}\n", field(name));
        }
    }
    lines + "ok"
}

/// The function that callgrind looks for: it collects inside it and nowhere else.
#[unsafe(no_mangle)]
#[inline(never)]
fn diptych_lab_run(batch: &mut dyn Batch) -> u64 {
    batch.run()
}

/// How processor time is read around work that keeps so many threads busy.
fn reading(threads: u32) -> fn() -> Reading {
    if threads > 1 { Reading::of_all_threads } else { Reading::of_one_thread }
}

fn sample(batch: &mut dyn Batch, reading: fn() -> Reading) -> Sample {
    // The clocks of the process are system calls: they stay outside the wall clock.
    let (faults, before) = (minor_faults(), reading());
    let start = Instant::now();
    let digest = diptych_lab_run(batch);
    let wall = start.elapsed();
    Sample {
        wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
        cpu_ns: reading().since(before),
        minor_faults: minor_faults().saturating_sub(faults),
        digest,
    }
}

/// No work at all.
struct Nothing;

impl Batch for Nothing {
    fn run(&mut self) -> u64 {
        0
    }

    fn check(&mut self) -> u64 {
        0
    }
}

/// The median of many samples of nothing: the clocks and the call.
fn empty() -> Sample {
    // The optimiser must not see that there is nothing.
    let mut nothing: Box<dyn Batch> = std::hint::black_box(Box::new(Nothing));
    let mut samples: Vec<Sample> =
        (0..501).map(|_| sample(&mut *nothing, Reading::of_one_thread)).collect();
    let mut middle = |clock: fn(&Sample) -> u64| {
        samples.sort_unstable_by_key(clock);
        clock(&samples[samples.len() / 2])
    };
    let (wall_ns, cpu_ns) = (middle(|sample| sample.wall_ns), middle(|sample| sample.cpu_ns));
    Sample { wall_ns, cpu_ns, minor_faults: 0, digest: 0 }
}

fn minor_faults() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: L2 - `usage` is valid for a write.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    // SAFETY: L2 - zero bytes are a valid `rusage`, and the call wrote one or left the zeros.
    let usage = unsafe { usage.assume_init() };
    u64::try_from(usage.ru_minflt).unwrap_or(0)
}

/// Counts one run of one call. One call before it pays what is paid once per process.
fn memory(open: &Open<'_>, seed: u64) -> Memory {
    drop({
        let mut first = open.prepare(seed.wrapping_add(1), 1);
        first.run();
        first
    });
    let mut batch = open.prepare(seed, 1);
    let counter = Counter::find();
    (open.contestant.tracked)();
    if let Some(counter) = &counter {
        (counter.start)();
    }
    let digest = batch.run();
    let heap = counter.and_then(|counter| counter.stop());
    Memory { digest, heap, tracked: (open.contestant.tracked)() }
}

/// The preloaded heap counter, where there is one.
struct Counter {
    start: extern "C" fn(),
    stop: unsafe extern "C" fn(*mut Heap) -> libc::c_int,
}

impl Counter {
    fn find() -> Option<Self> {
        // SAFETY: L3 - the name ends in a zero byte.
        let start = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"diptych_lab_heap_start".as_ptr()) };
        // SAFETY: L3 - as above.
        let stop = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"diptych_lab_heap_stop".as_ptr()) };
        if start.is_null() || stop.is_null() {
            return None;
        }
        Some(Self {
            // SAFETY: L3 - the function of this name has this type.
            start: unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn()>(start) },
            // SAFETY: L3 - as above.
            stop: unsafe {
                std::mem::transmute::<
                    *mut libc::c_void,
                    unsafe extern "C" fn(*mut Heap) -> libc::c_int,
                >(stop)
            },
        })
    }

    fn stop(&self) -> Option<Heap> {
        let mut heap = Heap::default();
        // SAFETY: L3 - `heap` is valid for a write.
        let complete = unsafe { (self.stop)(&raw mut heap) };
        (complete != 0).then_some(heap)
    }
}

/// Runs in a forked child, so that each count starts from the same heap whatever was counted
/// before, and answers the child's process id, by which the coordinator finds its counts.
fn instructions(open: &Open<'_>, seed: u64, calls: u64) -> Result<i32, String> {
    // SAFETY: L4 - the worker has one thread while no work runs, so the child may do anything.
    let child = unsafe { libc::fork() };
    if child < 0 {
        return Err(format!("cannot fork: {}", io::Error::last_os_error()));
    }
    if child == 0 {
        // SAFETY: L5 - a plain system call: the child does not outlive a worker that is killed.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        // A panic must not unwind into the command loop of the parent's copy.
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            open.prepare(seed.wrapping_add(1), 1).run();
            diptych_lab_run(&mut *open.prepare(seed, calls));
        }));
        // SAFETY: L4 - ends the child without running the parent's exit handlers in it.
        unsafe { libc::_exit(i32::from(ran.is_err())) };
    }
    let mut status = 0;
    loop {
        // SAFETY: L2 - `status` is valid for a write.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        if waited == child {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(format!("cannot wait: {error}"));
        }
    }
    if status == 0 { Ok(child) } else { Err(format!("the work failed, status {status:#x}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Rng, Tracked};

    struct Sum(Vec<u64>);

    impl Batch for Sum {
        fn run(&mut self) -> u64 {
            self.0.iter().fold(0, |sum, &word| sum.wrapping_add(word))
        }
        fn check(&mut self) -> u64 {
            !self.run()
        }
    }

    fn toy() -> Vec<Contestant> {
        let workload = Workload {
            component: "toy".into(),
            name: "sum\tof all".into(),
            n: 10,
            tracked: true,
            large: false,
            threads: 2,
            prepare: Box::new(|n, seed, calls| {
                let mut rng = Rng::new(seed);
                Box::new(Sum((0..n * calls).map(|_| rng.next()).collect()))
            }),
        };
        vec![Contestant {
            name: "a".into(),
            language: "rust".into(),
            compiler: "rustc".into(),
            flags: String::new(),
            baselines: vec!["b".into(), "c".into()],
            workloads: vec![workload],
            tracked: || Tracked { copies: 1, destroys: 3, ..Tracked::default() },
        }]
    }

    fn talk(commands: &str) -> Vec<String> {
        let mut answers = Vec::new();
        let layouts = [Layout::of::<u64>("a\tnumber").field("all", 0, 8)];
        let offer = Offer { contestants: &toy(), layouts: &layouts };
        listen(offer, commands.as_bytes(), &mut answers).expect("memory does not fail");
        String::from_utf8(answers).expect("text").lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_list_names_contestants_and_workloads_in_plain_fields() {
        let built = if cfg!(debug_assertions) { "debug-build" } else { "" };
        let contestant = &*format!("contestant\ta\trust\trustc\t{built}\tb\tc");
        assert_eq!(talk("list\n"), [contestant, "workload\ttoy\tsum of all\t10\t1\t0\t2", "ok"]);
    }

    #[test]
    fn a_debug_build_says_so_unless_another_compiler_was_told_to_optimise() {
        let debug = |text: &str| match cfg!(debug_assertions) {
            true => format!("{text} debug-build").trim_start().to_owned(),
            false => text.to_owned(),
        };
        assert_eq!(as_built("rust", "opt-level=3"), debug("opt-level=3"));
        assert_eq!(as_built("c++", ""), debug(""));
        assert_eq!(as_built("c++", "-O0 -g"), debug("-O0 -g"));
        assert_eq!(as_built("c++", "-O3 -DNDEBUG"), "-O3 -DNDEBUG");
    }

    #[test]
    fn layouts_are_told_in_plain_fields() {
        let expected = ["type\ta number\trust\t8\t8\t0", "field\tall\t0\t8", "ok"];
        assert_eq!(talk("layout\n"), expected);
    }

    #[test]
    fn nothing_works_before_something_is_open() {
        for command in ["check\t1\t1", "warm\t1\t1\t1", "sample\t1\t1", "memory\t1"] {
            assert_eq!(talk(&format!("{command}\n")), ["error\tnothing is open"]);
        }
    }

    #[test]
    fn equal_seeds_give_equal_digests_and_other_seeds_others() {
        let open = "open\ta\ttoy\tsum of all\t10\n";
        let answers = talk(&format!("{open}sample\t1\t4\nsample\t1\t4\nsample\t2\t4\n"));
        let digest = |at: usize| answers[at].rsplit('\t').next().map(str::to_owned);
        assert_eq!(digest(1), digest(2));
        assert_ne!(digest(1), digest(3));
    }

    #[test]
    fn a_refused_command_does_not_end_the_worker() {
        let answers = talk("nonsense\nhello\t999\nopen\tb\tx\ty\t1\nhello\t1\nquit\nhello\t1\n");
        assert!(answers[..3].iter().all(|answer| answer.starts_with("error\t")), "{answers:?}");
        assert_eq!(answers[3..], ["ok\tdiptych-worker\t1"]);
    }
}
