//! What a workload is: work that can be repeated, on fresh input each time.
//!
//! The laboratory asks it to prepare a batch of `calls` inputs from a seed (not timed), runs the
//! batch (timed, in one go, so that the border between languages is crossed once per sample), and
//! lets it go (not timed). C++'s `diptych::lab::{Workload, Batch}` is the same thing.

/// One prepared batch: `calls` inputs, all made from one seed.
///
/// ```
/// use diptych_lab::{Batch, Digest};
///
/// struct Reverse(Vec<Vec<u64>>);
///
/// impl Batch for Reverse {
///     fn run(&mut self) -> u64 {
///         let mut digest = Digest::new();
///         for words in &mut self.0 {
///             words.reverse();
///             digest.add(words[0]);
///         }
///         digest.value()
///     }
///
///     fn check(&mut self) -> u64 {
///         self.run();
///         let mut digest = Digest::new();
///         self.0.iter().flatten().for_each(|&word| digest.add(word));
///         digest.value()
///     }
/// }
///
/// let batch = || Reverse(vec![vec![1, 2, 3], vec![4, 5]]);
/// assert_eq!(batch().check(), batch().check());
/// ```
pub trait Batch {
    /// Does the work on every input, once. Timed. Answers a cheap digest of the results, the same
    /// for every contestant that did the same work. Called at most once per batch.
    fn run(&mut self) -> u64;

    /// Does the same work on every input, once, and answers a digest of every byte of the results.
    /// Not timed: it proves before any clock starts that all contestants do the same.
    /// Called at most once per batch, and never together with `run`.
    fn check(&mut self) -> u64;
}

/// Makes a batch of `calls` inputs of size `n` from `seed`: `prepare(n, seed, calls)`.
///
/// ```
/// use diptych_lab::{Batch, Prepare, Rng};
///
/// struct Sum(Vec<u64>);
///
/// impl Batch for Sum {
///     fn run(&mut self) -> u64 {
///         self.0.iter().fold(0, |sum, &word| sum.wrapping_add(word))
///     }
///     fn check(&mut self) -> u64 {
///         self.run() // The sum is all there is.
///     }
/// }
///
/// let prepare: Prepare = Box::new(|n, seed, calls| {
///     let mut rng = Rng::new(seed);
///     Box::new(Sum((0..n * calls).map(|_| rng.next()).collect()))
/// });
/// assert_eq!(prepare(10, 7, 2).run(), prepare(10, 7, 2).run());
/// assert_ne!(prepare(10, 7, 2).run(), prepare(10, 8, 2).run());
/// ```
pub type Prepare = Box<dyn Fn(u64, u64, u64) -> Box<dyn Batch>>;

/// What the laboratory knows of a workload.
///
/// ```
/// use diptych_lab::{Batch, Workload};
/// # struct Nothing;
/// # impl Batch for Nothing {
/// #     fn run(&mut self) -> u64 { 0 }
/// #     fn check(&mut self) -> u64 { 0 }
/// # }
///
/// let workload = Workload {
///     component: "vector".into(),
///     name: "push/u64".into(),
///     n: 1000,
///     tracked: false,
///     large: false,
///     threads: 1,
///     prepare: Box::new(|_n, _seed, _calls| Box::new(Nothing)),
/// };
/// assert_eq!((workload.prepare)(workload.n, 1, 4).run(), 0);
/// ```
pub struct Workload {
    /// The component it exercises: `vector`.
    pub component: String,
    /// Operation and element: `push_growing/u64`.
    pub name: String,
    /// Size of one call's input; figures per element divide by it.
    pub n: u64,
    /// Its elements count their copies and moves: memory pass only, never timed.
    pub tracked: bool,
    /// Needs gigabytes: only when asked for.
    pub large: bool,
    /// How many threads one call keeps busy at once. Work of more than one is judged by the CPU
    /// time of them all, as their wall time hangs on the scheduler, and is never pinned.
    pub threads: u32,
    /// Makes its batches.
    pub prepare: Prepare,
}

/// What a tracked element type has counted in this process so far.
///
/// ```
/// use diptych_lab::Tracked;
///
/// // A type of Rust's cannot see its moves, and this one does not look where it is.
/// let seen = Tracked { copies: 3, destroys: 4, ..Tracked::default() };
/// assert_eq!((seen.moves, seen.relocated_bytes), (None, None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// Copy constructions (C++), clones (Rust); with copy assignments where `copy_assigns` is
    /// `None`.
    pub copies: u64,
    /// Move constructions; with move assignments where `move_assigns` is `None`. `None` where
    /// moves are plain copies of bytes that no code can observe (Rust).
    pub moves: Option<u64>,
    /// Destructions.
    pub destroys: u64,
    /// Copy assignments (C++), `clone_from` (Rust); `None` where they are not counted.
    pub copy_assigns: Option<u64>,
    /// Move assignments; `None` where they are not counted or cannot be observed.
    pub move_assigns: Option<u64>,
    /// Bytes of elements that were found at another address than when they were last looked at,
    /// by whatever means they came there; `None` where nobody looks. The workload looks at every
    /// element after every step.
    pub relocated_bytes: Option<u64>,
}

/// One implementation with its workloads, as registered in a worker.
///
/// ```
/// use diptych_lab::{Contestant, Tracked};
///
/// let contestant = Contestant {
///     name: "new".into(),
///     language: "rust".into(),
///     compiler: "rustc 1.95.0".into(),
///     flags: "opt-level=3".into(),
///     baselines: vec!["old".into()],
///     workloads: Vec::new(),
///     tracked: Tracked::default,
/// };
/// assert_eq!((contestant.tracked)(), Tracked::default());
/// ```
pub struct Contestant {
    /// `rust`, `cpp`, `std::vec::Vec`, `std::vector`, ...
    pub name: String,
    /// `rust` or `c++`.
    pub language: String,
    /// Compiler with version: `rustc 1.95.0 (LLVM 22.1.2)`, `g++ 12.2.0`.
    pub compiler: String,
    /// The flags that decide its code: `-O3 -DNDEBUG`, `opt-level=3 codegen-units=1 lto=fat`.
    pub flags: String,
    /// Contestants it is compared with, each where it is present: `["cpp", "std::vec::Vec"]`.
    pub baselines: Vec<String>,
    /// What it can do.
    pub workloads: Vec<Workload>,
    /// Reads and resets the counts of the tracked element type of its language.
    pub tracked: fn() -> Tracked,
}

/// The random numbers of all workloads: SplitMix64 (Steele, Lea, Flood 2014), the same in every
/// language.
///
/// ```
/// let mut rng = diptych_lab::Rng::new(0);
/// assert_eq!(rng.next(), 0xe220_a839_7b1d_cdaf);
/// ```
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Starts the sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of the sequence.
    #[inline]
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The digest of all workloads: FNV-1a over 64-bit words.
///
/// ```
/// use diptych_lab::Digest;
///
/// let of = |words: [u64; 2]| {
///     let mut digest = Digest::new();
///     words.iter().for_each(|&word| digest.add(word));
///     digest.value()
/// };
/// assert_ne!(of([1, 2]), of([2, 1]));
/// ```
#[derive(Clone, Debug)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds one word.
    #[inline]
    pub const fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x100_0000_01b3);
    }

    /// The digest of all words so far.
    pub const fn value(&self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}
