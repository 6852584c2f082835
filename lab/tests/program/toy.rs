//! Contestants whose work is known: `much` does 5 % more of it than `plain`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use std::sync::atomic::{AtomicBool, Ordering};

use diptych_lab::{Batch, Contestant, Digest, Layout, Prepare, Rng, Tracked, Workload, layout};

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

/// Takes blocks that nobody gives back.
struct Leak;

impl Batch for Leak {
    fn run(&mut self) -> u64 {
        [33, 700, 33, 33, 700, 33, 33].into_iter().map(takes_and_forgets).sum()
    }

    fn check(&mut self) -> u64 {
        self.run()
    }
}

/// The function that the heap report must name.
#[inline(never)]
fn takes_and_forgets(size: usize) -> u64 {
    // SAFETY: L7 - asks for bytes, and nothing more.
    let block = unsafe { libc::malloc(size) };
    u64::from(!std::hint::black_box(block).is_null())
}

/// Writes to every page of its input, which is made anew for each call.
struct Touch(Vec<u8>);

impl Batch for Touch {
    fn run(&mut self) -> u64 {
        self.0.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        self.0.iter().step_by(4096).map(|&byte| u64::from(byte)).sum()
    }

    fn check(&mut self) -> u64 {
        self.run()
    }
}

/// Fills a map whose order the system decides: the same result by another way each time.
struct Seeded(u64);

impl Batch for Seeded {
    fn run(&mut self) -> u64 {
        let map: std::collections::HashMap<u64, u64> = (0..self.0).map(|key| (key, key)).collect();
        map.values().sum()
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
    let leak = |_, _, _| -> Box<dyn Batch> { Box::new(Leak) };
    let touch = |n, _, _| -> Box<dyn Batch> {
        Box::new(Touch(vec![0; usize::try_from(n).expect("small")]))
    };
    vec![
        of("churn/bytes", 5_000, true, Box::new(churn)),
        of("leak/bytes", 7, true, Box::new(leak)),
        of("touch/bytes", 8 << 20, true, Box::new(touch)),
        of("seeded/map", 3000, true, Box::new(|n, _, _| Box::new(Seeded(n)))),
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
        tracked: || Tracked { copies: 3, destroys: 4, ..Tracked::default() },
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

/// A type with padding.
#[repr(C)]
struct Padded {
    tag: u8,
    word: u64,
}

/// Two types of this program.
pub fn layouts() -> Vec<Layout> {
    vec![layout!("Padded", Padded { tag, word }), layout!("Vec<u8>", Vec<u8>)]
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
