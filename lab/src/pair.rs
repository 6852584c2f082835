//! Your own pair, in a few lines: an input, and the functions that are to be compared.

#[cfg(feature = "coordinator")]
use std::process::ExitCode;
use std::rc::Rc;

use crate::{Batch, Contestant, Digest, Digestible, Rng, Tracked, Workload};

/// What a pair is called, before anybody knows what its input is.
///
/// ```no_run
/// # fn cpp_sum(words: *const u64, len: usize) -> u64 { 0 } // Stands for an extern "C" function.
/// # #[cfg(feature = "coordinator")]
/// fn main() -> std::process::ExitCode {
///     diptych_lab::Pair::new("sum", 10_000)
///         .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>())
///         .cpp("c++", |words| cpp_sum(words.as_ptr(), words.len()))
///         .rust("rust", |words| words.iter().fold(0_u64, |sum, &word| sum.wrapping_add(word)))
///         .main()
/// }
/// # #[cfg(not(feature = "coordinator"))]
/// # fn main() {}
/// ```
///
/// As `benches/pair.rs` of a crate, with
///
/// ```toml
/// [dev-dependencies]
/// diptych-lab = "0.1"
///
/// [[bench]]
/// name = "pair"
/// harness = false
/// ```
///
/// `cargo bench --bench pair` compares the two, and with `-- --require 'rust<=1.05*c++'` behind it is
/// a gate: all options of `diptych compare` go there. `cargo test --benches` compares results only.
#[derive(Clone, Debug)]
pub struct Pair {
    name: String,
    sizes: Vec<u64>,
    threads: u32,
}

impl Pair {
    /// Work of this name on inputs of size `n`. Figures per element divide by it.
    ///
    /// ```
    /// let pair = diptych_lab::Pair::new("parse", 1000);
    /// # drop(pair);
    /// ```
    pub fn new(name: impl Into<String>, n: u64) -> Self {
        Self { name: name.into(), sizes: vec![n], threads: 1 }
    }

    /// On inputs of a further size, too.
    ///
    /// ```
    /// let pair = diptych_lab::Pair::new("parse", 1000).also(1_000_000);
    /// # drop(pair);
    /// ```
    #[must_use]
    pub fn also(mut self, n: u64) -> Self {
        self.sizes.push(n);
        self
    }

    /// One call keeps so many threads busy: judged by the CPU time of all, and not bound to one
    /// processor.
    ///
    /// ```
    /// let pair = diptych_lab::Pair::new("render", 64).threads(4);
    /// # drop(pair);
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: u32) -> Self {
        self.threads = threads;
        self
    }

    /// Makes one input of size `n`: not timed, anew for every call, from random numbers that are
    /// the same for all contestants.
    ///
    /// ```
    /// use diptych_lab::Pair;
    ///
    /// let pair = Pair::new("sort", 1000)
    ///     .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>());
    /// # drop(pair);
    /// ```
    pub fn input<I: 'static>(self, make: impl Fn(&mut Rng, u64) -> I + 'static) -> Sides<I> {
        Sides { pair: self, make: Rc::new(make), contestants: Vec::new() }
    }
}

/// Makes an input.
type Make<I> = dyn Fn(&mut Rng, u64) -> I;

/// A pair whose input is known: add the sides, then run [`main`](Self::main).
///
/// The first side is what the others are compared with.
pub struct Sides<I> {
    pair: Pair,
    make: Rc<Make<I>>,
    contestants: Vec<Contestant>,
}

impl<I: 'static> Sides<I> {
    /// A side in Rust, compiled as this crate is.
    ///
    /// `work` is timed with nothing around it but keeping its result. What it returns is let go
    /// outside the timed part, and must be equal for all sides. Work in place returns what it
    /// made: `|words| { words.sort(); std::mem::take(words) }`.
    ///
    /// ```
    /// use diptych_lab::Pair;
    ///
    /// let pair = Pair::new("sort", 1000)
    ///     .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>())
    ///     .rust("stable", |words| { words.sort(); std::mem::take(words) })
    ///     .rust("unstable", |words| { words.sort_unstable(); std::mem::take(words) });
    /// let [stable, unstable] = &pair.contestants()[..] else { unreachable!() };
    /// let batch = |side: &diptych_lab::Contestant| (side.workloads[0].prepare)(1000, 1, 2);
    /// assert_eq!(batch(stable).check(), batch(unstable).check());
    /// ```
    #[must_use]
    pub fn rust<R: Digestible + 'static>(
        self,
        name: impl Into<String>,
        work: impl Fn(&mut I) -> R + 'static,
    ) -> Self {
        let flags = concat!("opt-level=", env!("DIPTYCH_LAB_OPT_LEVEL"));
        self.side(name.into(), "rust", env!("DIPTYCH_LAB_RUSTC"), flags, work)
    }

    /// A side in C++, called across the border once per call: the C++ compiler is not known here,
    /// [`built_by`](Self::built_by) may name it.
    ///
    /// ```
    /// use diptych_lab::Pair;
    /// # fn cpp_sum(words: *const u64, len: usize) -> u64 { 0 } // Stands for an extern "C" function.
    ///
    /// let pair = Pair::new("sum", 1000)
    ///     .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>())
    ///     .cpp("c++", |words| cpp_sum(words.as_ptr(), words.len()))
    ///     .built_by("g++ 12.2.0", "-O3");
    /// # drop(pair);
    /// ```
    #[must_use]
    pub fn cpp<R: Digestible + 'static>(
        self,
        name: impl Into<String>,
        work: impl Fn(&mut I) -> R + 'static,
    ) -> Self {
        self.side(name.into(), "c++", "unknown", "unknown", work)
    }

    /// Says what compiled the side that was added last: its compiler with version, and the flags
    /// that decide its code.
    ///
    /// ```
    /// use diptych_lab::Pair;
    ///
    /// let pair = Pair::new("one", 1).input(|_, n| n).rust("rust", |n| *n).built_by("rustc", "-O");
    /// assert_eq!(pair.contestants()[0].flags, "-O");
    /// ```
    #[must_use]
    pub fn built_by(mut self, compiler: &str, flags: &str) -> Self {
        if let Some(last) = self.contestants.last_mut() {
            compiler.clone_into(&mut last.compiler);
            flags.clone_into(&mut last.flags);
        }
        self
    }

    fn side<R: Digestible + 'static>(
        mut self,
        name: String,
        language: &str,
        compiler: &str,
        flags: &str,
        work: impl Fn(&mut I) -> R + 'static,
    ) -> Self {
        let work = Rc::new(work);
        let workload = |&n: &u64| {
            let (make, work) = (Rc::clone(&self.make), Rc::clone(&work));
            Workload {
                component: "pair".into(),
                name: self.pair.name.clone(),
                n,
                tracked: false,
                large: false,
                threads: self.pair.threads,
                prepare: Box::new(move |n, seed, calls| {
                    let mut seeds = Rng::new(seed);
                    let input = |_| make(&mut Rng::new(seeds.next()), n);
                    let inputs: Vec<I> = (0..calls).map(input).collect();
                    let results = Vec::with_capacity(inputs.len());
                    Box::new(Calls { inputs, results, work: Rc::clone(&work) })
                }),
            }
        };
        let workloads = self.pair.sizes.iter().map(workload).collect();
        let baseline = self.contestants.first().map(|first| first.name.clone());
        self.contestants.push(Contestant {
            name,
            language: language.into(),
            compiler: compiler.into(),
            flags: flags.into(),
            baselines: baseline.into_iter().collect(),
            workloads,
            tracked: Tracked::default,
        });
        self
    }

    /// What [`cli::Program`](crate::cli::Program) takes: to run several pairs in one program,
    /// [`merge`] theirs.
    ///
    /// ```
    /// use diptych_lab::Pair;
    ///
    /// let pair = Pair::new("one", 1).also(2).input(|_, n| n).rust("rust", |n| *n);
    /// assert_eq!(pair.contestants()[0].workloads.len(), 2);
    /// ```
    pub fn contestants(self) -> Vec<Contestant> {
        self.contestants
    }

    /// Does what the command line says: `diptych compare` without further words.
    ///
    /// Under `cargo test` nothing is timed: all sides do the same work once, and a side that does
    /// other work is named, with exit status 2.
    #[cfg(feature = "coordinator")]
    pub fn main(self) -> ExitCode {
        crate::cli::Program::new(self.contestants()).bench()
    }
}

/// The sides of several pairs as one program's contestants: those of one name are one contestant.
///
/// ```
/// use diptych_lab::{Pair, pair::merge};
///
/// let pair = |name| Pair::new(name, 1).input(|_, n| n).rust("old", |n| *n).rust("new", |n| *n);
/// let all = merge([pair("one").contestants(), pair("two").contestants()]);
/// assert_eq!((all.len(), all[0].workloads.len()), (2, 2));
/// ```
pub fn merge(pairs: impl IntoIterator<Item = Vec<Contestant>>) -> Vec<Contestant> {
    let mut all: Vec<Contestant> = Vec::new();
    for contestant in pairs.into_iter().flatten() {
        match all.iter_mut().find(|known| known.name == contestant.name) {
            None => all.push(contestant),
            Some(known) => {
                known.workloads.extend(contestant.workloads);
                for baseline in contestant.baselines {
                    if !known.baselines.contains(&baseline) {
                        known.baselines.push(baseline);
                    }
                }
            }
        }
    }
    all
}

/// One prepared batch.
struct Calls<I, R, F> {
    inputs: Vec<I>,
    /// Kept until the batch goes: letting them go is not timed. Has room for all.
    results: Vec<R>,
    work: Rc<F>,
}

impl<I, R: Digestible, F: Fn(&mut I) -> R> Calls<I, R, F> {
    #[inline]
    fn work(&mut self) {
        let (work, results) = (&*self.work, &mut self.results);
        self.inputs.iter_mut().for_each(|input| results.push(work(input)));
    }
}

impl<I, R: Digestible, F: Fn(&mut I) -> R> Batch for Calls<I, R, F> {
    fn run(&mut self) -> u64 {
        self.work();
        let mut digest = Digest::new();
        self.results.iter().for_each(|result| result.glance(&mut digest));
        digest.value()
    }

    fn check(&mut self) -> u64 {
        self.work();
        let mut digest = Digest::new();
        self.results.iter().for_each(|result| result.digest(&mut digest));
        digest.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(contestant: &Contestant, seed: u64) -> [u64; 2] {
        let batch = || (contestant.workloads[0].prepare)(100, seed, 3);
        [batch().run(), batch().check()]
    }

    #[test]
    fn sides_that_do_the_same_are_told_from_one_that_does_not() {
        let [sum, fold, short] = &Pair::new("sum", 100)
            .input(|rng, n| (0..n).map(|_| rng.next() >> 32).collect::<Vec<u64>>())
            .rust("sum", |words| words.iter().sum::<u64>())
            .cpp("fold", |words| words.iter().rev().sum::<u64>())
            .rust("short", |words| words[1..].iter().sum::<u64>())
            .contestants()[..]
        else {
            unreachable!()
        };
        for seed in 0..10 {
            assert_eq!(digests(sum, seed), digests(fold, seed));
            assert_ne!(digests(sum, seed), digests(short, seed));
            assert_ne!(digests(sum, seed), digests(sum, seed + 1));
        }
        assert_eq!((&sum.baselines, &fold.baselines), (&vec![], &vec!["sum".to_owned()]));
    }

    #[test]
    fn inputs_are_made_once_and_results_are_not_dropped_in_a_run() {
        use std::cell::Cell;
        thread_local!(static DROPPED: Cell<u32> = const { Cell::new(0) });
        struct Counted;
        impl Drop for Counted {
            fn drop(&mut self) {
                DROPPED.set(DROPPED.get() + 1);
            }
        }
        impl Digestible for Counted {
            fn digest(&self, _: &mut Digest) {}
        }
        let made = Rc::new(Cell::new(0));
        let counter = Rc::clone(&made);
        let all = Pair::new("drop", 1)
            .input(move |_, _| counter.set(counter.get() + 1))
            .rust("rust", |()| Counted)
            .contestants();
        let mut batch = (all[0].workloads[0].prepare)(1, 1, 5);
        assert_eq!(made.get(), 5);
        batch.run();
        assert_eq!((made.get(), DROPPED.get()), (5, 0));
        drop(batch);
        assert_eq!(DROPPED.get(), 5);
    }
}
