//! Work of known size, by which the laboratory itself is judged.
//!
//! Four kernels of component `calibration`, the same in C++ (`diptych/lab/kernels.hpp`), each run
//! by contestants that do exactly 0, 0.5, 1, 2 and 5 % more of it: `rust`, `rust +0.5 %` and so
//! on. A method that is worth its figures calls two of the same equal, and finds the others.
//!
//! | workload | one call | the extra work |
//! |---|---|---|
//! | `hash/u64` | hashes an array that fits the cache six times, word after word | more words |
//! | `push/u64` | pushes `n` words into a vector that grows, and frees it | longer vectors |
//! | `map/u64` | inserts `n` words into a hash map with room for them, and frees it | more inserts |
//! | `threads/u64` | two threads begin, sum an array that fits the cache forty times each, and end | more words |
//!
//! The extra work is a number in the batch: all contestants of a language run the same machine
//! code. What it computes is hidden from the optimiser and left out of the digest, so all digests
//! are equal. Every part that costs grows by the share: a vector begins with room for 1/16 of its
//! words and doubles four times, so that what it asks for, copies and touches grows too. Each vector
//! has a length of its own, up to 1/16 above `n`: one length alone might lie before a border of
//! pages, or of what the kernel hands out at once, and a share more behind it. A map has room for
//! the largest share from the start, because its table could only double. Beginning two threads
//! costs what it costs, so the time of `threads/u64` grows by a little less than its work.
//!
//! ```
//! let contestants = diptych_lab::kernels::contestants();
//! assert_eq!(contestants[1].name, "rust +0.5 %");
//! let [plain, more] = [0, 1].map(|at| &contestants[at].workloads[0]);
//! assert_eq!((plain.prepare)(8, 1, 2).check(), (more.prepare)(8, 1, 2).check());
//! ```

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::thread;

use crate::{Batch, Contestant, Digest, Rng, Tracked, Workload};

/// How often `hash/u64` goes over its array.
const PASSES: u64 = 6;

/// How often each thread of `threads/u64` goes over the array.
const SWEEPS: u64 = 40;

/// How often the vector of `push/u64` doubles.
const DOUBLINGS: u32 = 4;

/// Shares of extra work in thousandths, and what they add to a contestant's name.
const SHARES: [(u64, &str); 5] =
    [(0, ""), (5, " +0.5 %"), (10, " +1 %"), (20, " +2 %"), (50, " +5 %")];

/// The shares of extra work, in percent, that a calibration tries with this kernel: about what
/// launches of such work can tell. None for a kernel that is not of this module.
///
/// ```
/// assert_eq!(diptych_lab::kernels::shares("hash/u64"), [0.5, 1.0]);
/// ```
pub fn shares(kernel: &str) -> &'static [f64] {
    match kernel {
        "hash/u64" => &[0.5, 1.0],
        "push/u64" | "map/u64" => &[1.0, 2.0],
        "threads/u64" => &[2.0, 5.0],
        _ => &[],
    }
}

/// The contestants `rust`, `rust +0.5 %`, `rust +1 %`, `rust +2 %` and `rust +5 %`, each of the
/// others with the first one as its baseline.
pub fn contestants() -> Vec<Contestant> {
    let of = |(share, suffix): (u64, &str)| Contestant {
        name: format!("rust{suffix}"),
        language: "rust".into(),
        compiler: "rustc".into(),
        flags: "unknown".into(),
        baselines: if share == 0 { Vec::new() } else { vec!["rust".into()] },
        workloads: workloads(share),
        tracked: Tracked::default,
    };
    SHARES.map(of).into()
}

fn workloads(share: u64) -> Vec<Workload> {
    vec![
        workload::<Hash>("hash/u64", 8_000, share),
        workload::<Push>("push/u64", 100_000, share),
        workload::<Map>("map/u64", 9_600, share),
        workload::<Threads>("threads/u64", 50_000, share),
    ]
}

fn workload<K: Kernel + 'static>(name: &str, n: u64, share: u64) -> Workload {
    Workload {
        component: "calibration".into(),
        name: name.into(),
        n,
        tracked: false,
        large: false,
        threads: if name.starts_with("threads") { 2 } else { 1 },
        prepare: Box::new(move |n, seed, calls| {
            let mut rng = Rng::new(seed);
            let seeds: Vec<u64> = (0..calls).map(|_| rng.next()).collect();
            Box::new(Calls { kernel: K::prepare(n, &seeds), seeds, n, share })
        }),
    }
}

/// Steps that are `share` thousandths of `steps`.
const fn extra(steps: u64, share: u64) -> u64 {
    steps * share / 1000
}

/// The most steps that any contestant does.
fn longest(n: u64) -> u64 {
    SHARES.iter().map(|&(share, _)| n + extra(n, share)).max().unwrap_or(n)
}

fn index(steps: u64) -> usize {
    usize::try_from(steps).unwrap_or(usize::MAX)
}

/// What differs between workloads.
trait Kernel {
    /// All that is not timed.
    fn prepare(n: u64, seeds: &[u64]) -> Self;

    /// One call: `n` steps and `share` thousandths more. `results` gets words of the result,
    /// all of them or, when they are many, one.
    fn call(&self, at: usize, seed: u64, n: u64, share: u64, all: bool, results: &mut Digest);
}

struct Calls<K> {
    kernel: K,
    seeds: Vec<u64>,
    n: u64,
    share: u64,
}

impl<K: Kernel> Calls<K> {
    fn digest(&self, all: bool) -> u64 {
        let mut digest = Digest::new();
        for (at, &seed) in self.seeds.iter().enumerate() {
            self.kernel.call(at, seed, self.n, self.share, all, &mut digest);
        }
        digest.value()
    }
}

impl<K: Kernel> Batch for Calls<K> {
    fn run(&mut self) -> u64 {
        self.digest(false)
    }

    fn check(&mut self) -> u64 {
        self.digest(true)
    }
}

/// Computing alone.
struct Hash {
    arrays: Vec<Vec<u64>>,
}

/// Hashes `count` words, from the start of the array again after its end. Each step waits for the
/// one before.
#[inline(never)]
fn hash(words: &[u64], count: u64) -> u64 {
    let mut digest = Digest::new();
    let mut left = if words.is_empty() { 0 } else { index(count) };
    while left > 0 {
        let part = &words[..left.min(words.len())];
        part.iter().for_each(|&word| digest.add(word));
        left -= part.len();
    }
    digest.value()
}

impl Kernel for Hash {
    fn prepare(n: u64, seeds: &[u64]) -> Self {
        let array = |&seed: &u64| {
            let mut rng = Rng::new(seed);
            (0..n).map(|_| rng.next()).collect()
        };
        Self { arrays: seeds.iter().map(array).collect() }
    }

    fn call(&self, at: usize, _: u64, n: u64, share: u64, _: bool, results: &mut Digest) {
        let words = &self.arrays[at];
        results.add(hash(words, PASSES * n));
        black_box(hash(words, extra(PASSES * n, share)));
    }
}

/// The allocator, and memory written for the first time.
struct Push;

/// Of one vector: of its own, up to 1/16 above `n`, and the share more.
const fn length(n: u64, seed: u64, share: u64) -> u64 {
    let usual = n + seed % (n / 16 + 1);
    usual + extra(usual, share)
}

impl Kernel for Push {
    fn prepare(_: u64, _: &[u64]) -> Self {
        Self
    }

    fn call(&self, _: usize, seed: u64, n: u64, share: u64, all: bool, results: &mut Digest) {
        let steps = length(n, seed, share);
        let mut words = Vec::with_capacity(index(steps.div_ceil(1 << DOUBLINGS)));
        for i in 0..steps {
            words.push(seed ^ i);
        }
        let words = black_box(words);
        if all {
            words[..index(n)].iter().for_each(|&word| results.add(word));
        } else {
            results.add(words.get(index(n / 2)).copied().unwrap_or(0));
        }
    }
}

/// Many blocks (in C++), and places in memory that cannot be foreseen.
struct Map;

/// The word itself: the keys are random already, and every run must do the same.
#[derive(Default)]
struct Identity(u64);

type ByIdentity = BuildHasherDefault<Identity>;

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0 << 8 | u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Kernel for Map {
    fn prepare(_: u64, _: &[u64]) -> Self {
        Self
    }

    fn call(&self, _: usize, seed: u64, n: u64, share: u64, all: bool, results: &mut Digest) {
        let room = index(longest(n));
        let mut map = HashMap::with_capacity_and_hasher(room, ByIdentity::default());
        let mut keys = Rng::new(seed);
        for i in 0..n + extra(n, share) {
            map.insert(keys.next(), seed ^ i);
        }
        let mut keys = Rng::new(seed);
        for _ in 0..if all { n } else { n.min(1) } {
            results.add(map.get(&keys.next()).copied().unwrap_or(0));
        }
    }
}

/// Two threads, for which the machine may have one core.
struct Threads {
    /// Read by all.
    words: Vec<u64>,
}

/// Sums `count` words, from the start of the array again after its end.
#[inline(never)]
fn sum(words: &[u64], count: u64, key: u64) -> u64 {
    let (mut sum, mut left) = (0_u64, if words.is_empty() { 0 } else { index(count) });
    while left > 0 {
        let part = &words[..left.min(words.len())];
        sum = part.iter().fold(sum, |sum, word| sum.wrapping_add(word ^ key));
        left -= part.len();
    }
    sum
}

impl Kernel for Threads {
    fn prepare(n: u64, seeds: &[u64]) -> Self {
        let mut rng = Rng::new(seeds.first().copied().unwrap_or(0));
        Self { words: (0..n).map(|_| rng.next()).collect() }
    }

    fn call(&self, _: usize, seed: u64, n: u64, share: u64, _: bool, results: &mut Digest) {
        let work = |key: u64| {
            let result = sum(&self.words, SWEEPS * n, key);
            black_box(sum(&self.words, extra(SWEEPS * n, share), key));
            result
        };
        let sums = thread::scope(|scope| {
            [seed, !seed]
                .map(|key| scope.spawn(move || work(key)))
                .map(thread::ScopedJoinHandle::join)
        });
        sums.into_iter().for_each(|sum| results.add(sum.expect("it does not panic")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_work_grows_by_the_share() {
        for Workload { name, n, .. } in workloads(0) {
            for (share, _) in SHARES {
                assert_eq!(extra(n, share) * 1000, n * share, "{name}");
                // The last doubling is just enough, whatever the length.
                for seed in (0..n / 16).step_by(97).filter(|_| name.starts_with("push")) {
                    let steps = length(n, seed, share);
                    assert!(steps >= n + extra(n, share) && steps - n <= n / 16 + n / 18);
                    let mut words = Vec::with_capacity(index(steps.div_ceil(1 << DOUBLINGS)));
                    (0..steps).for_each(|word| words.push(word));
                    assert!(words.capacity() - words.len() < 1 << DOUBLINGS);
                }
            }
        }
    }

    #[test]
    fn all_shares_give_the_same_digests_that_depend_on_the_seed() {
        let all = contestants();
        for (at, workload) in all[0].workloads.iter().enumerate() {
            for (n, calls) in [(0, 1), (1, 2), (200, 3), (1001, 1)] {
                let of = |workload: &Workload, seed| {
                    let prepare = || (workload.prepare)(n, seed, calls);
                    (prepare().run(), prepare().check())
                };
                let expected = of(workload, 1);
                assert!(n == 0 || expected != of(workload, 2), "{}", workload.name);
                for contestant in &all {
                    assert_eq!(of(&contestant.workloads[at], 1), expected, "{}", workload.name);
                }
            }
        }
    }
}
