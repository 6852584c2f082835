//! What a workload is: work that can be repeated, on fresh input each time.
//!
//! The laboratory asks it to prepare a batch of `calls` inputs from a seed (not timed), runs the
//! batch (timed, in one go, so that the border between languages is crossed once per sample), and
//! lets it go (not timed). C++'s `diptych::lab::{Workload, Batch}` is the same thing.

/// One prepared batch: `calls` inputs, all made from one seed.
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
pub type Prepare = Box<dyn Fn(u64, u64, u64) -> Box<dyn Batch>>;

/// What the laboratory knows of a workload.
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
