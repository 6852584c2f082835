//! Contestants whose work is known: `much` does 5 % more of it than `plain`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use std::sync::atomic::{AtomicBool, Ordering};

use diptych_lab::{Batch, Contestant, Digest, Prepare, Rng, Tracked, Workload};

/// Set for a process that is the toy program.
pub const MARK: &str = "DIPTYCH_TOY";

/// The mark's value for a toy that panics, catches it, and says where its function is on a page.
pub const PANIC: &str = "panic";

struct Spin {
    seeds: Vec<u64>,
    steps: u64,
    /// Also steps, but they do not change the result.
    extra: u64,
}

impl Batch for Spin {
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        for &seed in &self.seeds {
            let mut rng = Rng::new(seed);
            let last = (0..self.steps).fold(0, |_, _| rng.next());
            let mut more = Rng::new(last);
            std::hint::black_box((0..self.extra).fold(0, |_, _| more.next()));
            digest.add(last);
        }
        digest.value()
    }

    fn check(&mut self) -> u64 {
        !self.run()
    }
}

struct Fill {
    n: u64,
    seeds: Vec<u64>,
    kept: Vec<u64>,
}

impl Batch for Fill {
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        for &seed in &self.seeds {
            let mut rng = Rng::new(seed);
            let mut words = Vec::new();
            (0..self.n).for_each(|_| words.push(rng.next()));
            digest.add(words[words.len() / 2]);
        }
        // One block stays alive after the window.
        self.kept = vec![1; 100];
        digest.value()
    }

    fn check(&mut self) -> u64 {
        self.run()
    }
}

/// Replaces blocks of random sizes at random: what a heap counter must follow.
struct Churn {
    seed: u64,
    slots: Vec<Vec<u8>>,
}

/// The steps of a churn: which slot gets a block of which size.
pub fn churn(n: u64, seed: u64) -> impl Iterator<Item = (usize, usize)> {
    let mut rng = Rng::new(seed);
    (0..2 * n).map(move |_| {
        let (slot, size) = (rng.next() % n, 1 + rng.next() % 64);
        (usize::try_from(slot).expect("small"), usize::try_from(size).expect("small"))
    })
}

impl Batch for Churn {
    fn run(&mut self) -> u64 {
        let n = u64::try_from(self.slots.len()).expect("small");
        for (slot, size) in churn(n, self.seed) {
            self.slots[slot] = Vec::with_capacity(size);
        }
        self.slots.iter().map(|slot| u64::try_from(slot.capacity()).expect("small")).sum()
    }

    fn check(&mut self) -> u64 {
        self.run()
    }
}

fn seeds(seed: u64, calls: u64) -> Vec<u64> {
    let mut rng = Rng::new(seed);
    (0..calls).map(|_| rng.next()).collect()
}

/// Takes three times as long for a contestant of less work once one of more has run in its process.
struct Stateful {
    spin: Spin,
    heavy: bool,
}

static HEAVY: AtomicBool = AtomicBool::new(false);

impl Batch for Stateful {
    fn run(&mut self) -> u64 {
        HEAVY.fetch_or(self.heavy, Ordering::Relaxed);
        if !self.heavy && HEAVY.load(Ordering::Relaxed) {
            self.spin.extra = 2 * self.spin.steps;
        }
        self.spin.run()
    }

    fn check(&mut self) -> u64 {
        self.spin.run()
    }
}

fn workload(component: &str, name: &str, n: u64, tracked: bool, prepare: Prepare) -> Workload {
    Workload {
        component: component.into(),
        name: name.into(),
        n,
        tracked,
        large: name.starts_with("huge"),
        threads: if name.starts_with("both") { 2 } else { 1 },
        prepare,
    }
}

fn spin(steps: u64, seed: u64, calls: u64, extra: u64) -> Spin {
    Spin { seeds: seeds(seed, calls), steps, extra: extra * steps / 100 }
}

fn workloads(extra: u64) -> Vec<Workload> {
    let of = |name: &str, n, tracked, prepare| workload("toy", name, n, tracked, prepare);
    let spin = move |steps: u64, seed, calls| -> Box<dyn Batch> {
        Box::new(self::spin(steps, seed, calls, extra))
    };
    let stateful = move |steps: u64, seed, calls| -> Box<dyn Batch> {
        Box::new(Stateful { spin: self::spin(steps, seed, calls, 0), heavy: extra > 0 })
    };
    let fill = |n, seed, calls| -> Box<dyn Batch> {
        Box::new(Fill { n, seeds: seeds(seed, calls), kept: Vec::new() })
    };
    let churn = |n, seed, _| -> Box<dyn Batch> {
        let slots = usize::try_from(n).expect("small");
        Box::new(Churn { seed, slots: vec![Vec::new(); slots] })
    };
    vec![
        of("churn/bytes", 5_000, true, Box::new(churn)),
        of("spin/u64", 10_000, false, Box::new(spin)),
        of("fill/u64", 1000, false, Box::new(fill)),
        of("count/tracked", 10, true, Box::new(fill)),
        of("huge/u64", 20_000, false, Box::new(spin)),
        of("stateful/u64", 9_000, false, Box::new(stateful)),
        of("both/u64", 9_000, false, Box::new(spin)),
    ]
}

/// `plain`, `much` and `aside`, which nobody is compared with; and kernels.
pub fn contestants() -> Vec<Contestant> {
    let of = |name: &str, baselines: &[&str], workloads| Contestant {
        name: name.into(),
        language: "rust".into(),
        compiler: "rustc".into(),
        flags: "as the tests".into(),
        baselines: baselines.iter().map(|&name| name.into()).collect(),
        workloads,
        tracked: || Tracked { copies: 3, moves: None, destroys: 4 },
    };
    vec![
        of("much", &["plain"], workloads(5)),
        of("plain", &[], workloads(0)),
        of("aside", &[], workloads(0)),
        of("kernel", &[], vec![kernel(0)]),
        of("kernel +100 %", &[], vec![kernel(100)]),
    ]
}

/// For `calibrate` alone.
fn kernel(extra: u64) -> Workload {
    let prepare =
        move |steps, seed, calls| -> Box<dyn Batch> { Box::new(spin(steps, seed, calls, extra)) };
    workload("calibration", "toy", 10_000, false, Box::new(prepare))
}

/// Where this program is.
pub fn path() -> PathBuf {
    std::env::current_exe().expect("it runs")
}

/// The toy program with this command line.
pub fn command(arguments: &[&str]) -> Command {
    command_of(&path(), arguments)
}

/// The same for a copy of the toy program.
pub fn command_of(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env(MARK, "1").env("NO_COLOR", "1").env_remove("COLUMNS").args(arguments);
    command
}

/// Panics inside and answers outside.
#[inline(never)]
pub fn panic() {
    let caught = std::panic::catch_unwind(|| panic!("on purpose")).expect_err("it panics");
    let message = caught.downcast_ref::<&str>().expect("a text");
    println!("caught: {message} {}", (panic as fn() as usize) % 4096);
}

/// Runs the toy program to its end.
pub fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("it starts")
}

/// Standard output and standard error as text.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
