//! What the timed vectors hold. `cpp/workloads/vector/elements.hpp` is the same thing.

use core::{
    cell::Cell,
    hint::black_box,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
};

use diptych_lab::{Digest, Rng};

use super::Family;

/// An element type and how it is made and read.
pub trait Element: 'static {
    /// The type.
    type Item: 'static;

    /// The item that belongs to a word.
    fn make(word: u64) -> Self::Item;

    /// A cheap word of an item.
    fn word(item: &Self::Item) -> u64;

    /// Every byte of an item.
    fn digest(item: &Self::Item, digest: &mut Digest);

    /// Looks at the items after a step; nothing but for items that are tracked.
    #[inline(always)]
    fn look<F: Family>(_: &F::Of<Self::Item>) {}
}

/// Eight bytes, made by nothing but an addition.
pub struct U64;

impl Element for U64 {
    type Item = u64;

    #[inline]
    fn make(word: u64) -> u64 {
        word
    }
    #[inline]
    fn word(item: &u64) -> u64 {
        *item
    }
    fn digest(item: &u64, digest: &mut Digest) {
        digest.add(*item);
    }
}

/// One cache line without a constructor.
pub struct Pod64;

impl Element for Pod64 {
    type Item = [u64; 8];

    #[inline]
    fn make(word: u64) -> [u64; 8] {
        core::array::from_fn(|i| word.wrapping_add(i as u64))
    }
    #[inline]
    fn word(item: &[u64; 8]) -> u64 {
        item[7]
    }
    fn digest(item: &[u64; 8], digest: &mut Digest) {
        for part in item {
            digest.add(*part);
        }
    }
}

/// Sixteen words of eight letters.
const WORDS: [&str; 16] = [
    "aardvark", "bobolink", "capybara", "dormouse", "elephant", "flamingo", "grayling", "hedgehog",
    "inchworm", "jackdaws", "kingbird", "lacewing", "mandrill", "nuthatch", "ovenbird", "pangolin",
];

/// Strings as bytes.
mod letters {
    use super::Digest;

    #[inline]
    pub fn word(item: &str) -> u64 {
        item.len() as u64 ^ u64::from(item.as_bytes()[0])
    }
    pub fn digest(item: &str, digest: &mut Digest) {
        digest.add(item.len() as u64);
        for letter in item.bytes() {
            digest.add(u64::from(letter));
        }
    }
}

/// 24 letters: on the heap in both languages, since libstdc++ keeps up to 15 inside the object.
pub struct String24;

impl Element for String24 {
    type Item = String;

    fn make(word: u64) -> String {
        let mut item = String::with_capacity(24);
        for shift in (0..=60).rev().step_by(4) {
            item.push(char::from(b"0123456789abcdef"[(word >> shift & 15) as usize]));
        }
        item.push_str(WORDS[(word & 15) as usize]);
        item
    }
    #[inline]
    fn word(item: &String) -> u64 {
        letters::word(item)
    }
    fn digest(item: &String, digest: &mut Digest) {
        letters::digest(item, digest);
    }
}

/// Eight letters: inside the object in C++, on the heap in Rust.
pub struct ShortString;

impl Element for ShortString {
    type Item = String;

    #[inline]
    fn make(word: u64) -> String {
        WORDS[(word & 15) as usize].to_owned()
    }
    #[inline]
    fn word(item: &String) -> u64 {
        letters::word(item)
    }
    fn digest(item: &String, digest: &mut Digest) {
        letters::digest(item, digest);
    }
}

/// A number of its own on the heap.
pub struct Boxed;

impl Element for Boxed {
    type Item = Box<u64>;

    fn make(word: u64) -> Box<u64> {
        Box::new(word)
    }
    #[inline]
    fn word(item: &Box<u64>) -> u64 {
        **item
    }
    fn digest(item: &Box<u64>, digest: &mut Digest) {
        digest.add(**item);
    }
}

/// A vector of up to three numbers, of the family that is timed.
pub struct Nested<F>(PhantomData<F>);

impl<F: Family> Element for Nested<F> {
    type Item = F::Of<u64>;

    fn make(word: u64) -> F::Of<u64> {
        let mut item = F::Of::default();
        for i in 0..word & 3 {
            F::push(&mut item, word.wrapping_add(i));
        }
        item
    }
    #[inline]
    fn word(item: &F::Of<u64>) -> u64 {
        item.len() as u64
    }
    fn digest(item: &F::Of<u64>, digest: &mut Digest) {
        digest.add(item.len() as u64);
        for part in item.iter() {
            digest.add(*part);
        }
    }
}

static COPIES: AtomicU64 = AtomicU64::new(0);
static COPY_ASSIGNS: AtomicU64 = AtomicU64::new(0);
static DESTROYS: AtomicU64 = AtomicU64::new(0);
static RELOCATED: AtomicU64 = AtomicU64::new(0);

/// A number that counts what happens to it. Its moves cannot be seen by any code, but whoever
/// looks at it sees whether it is where it was at the last look.
pub struct TrackedItem {
    value: u64,
    /// The address at the last look; 0 before the first. A move takes it along, in both languages.
    home: Cell<usize>,
}

impl TrackedItem {
    fn new(value: u64) -> Self {
        Self { value, home: Cell::new(0) }
    }

    fn look(&self) {
        let here = core::ptr::from_ref(self).addr();
        let before = self.home.replace(here);
        if before != 0 && before != here {
            RELOCATED.fetch_add(size_of::<Self>() as u64, Ordering::Relaxed);
        }
    }
}

impl Clone for TrackedItem {
    fn clone(&self) -> Self {
        COPIES.fetch_add(1, Ordering::Relaxed);
        Self::new(self.value)
    }

    fn clone_from(&mut self, source: &Self) {
        COPY_ASSIGNS.fetch_add(1, Ordering::Relaxed);
        (self.value, self.home) = (source.value, Cell::new(0));
    }
}

impl Drop for TrackedItem {
    fn drop(&mut self) {
        DESTROYS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads and resets the counts of all tracked elements in Rust.
pub fn take_tracked() -> diptych_lab::Tracked {
    diptych_lab::Tracked {
        copies: COPIES.swap(0, Ordering::Relaxed),
        moves: None,
        destroys: DESTROYS.swap(0, Ordering::Relaxed),
        copy_assigns: Some(COPY_ASSIGNS.swap(0, Ordering::Relaxed)),
        move_assigns: None,
        relocated_bytes: Some(RELOCATED.swap(0, Ordering::Relaxed)),
    }
}

/// Elements that count.
pub struct Tracked;

impl Element for Tracked {
    type Item = TrackedItem;

    fn make(word: u64) -> TrackedItem {
        TrackedItem::new(word)
    }
    fn word(item: &TrackedItem) -> u64 {
        item.value
    }
    fn digest(item: &TrackedItem, digest: &mut Digest) {
        digest.add(item.value);
    }
    fn look<F: Family>(items: &F::Of<TrackedItem>) {
        items.iter().for_each(TrackedItem::look);
    }
}

/// `n` items made from random words.
pub fn make_items<E: Element>(n: u64, rng: &mut Rng) -> Vec<E::Item> {
    (0..n).map(|_| E::make(rng.next())).collect()
}

/// The length of a vector, its first and last element. Hands the address of the elements, not of
/// the vector, to the unknown: the elements must have been written, the vector may stay in
/// registers.
#[inline(always)]
pub fn mark<E: Element>(items: &[E::Item]) -> u64 {
    black_box(items.as_ptr());
    match items {
        [] => 0,
        [only] => 1 ^ E::word(only) ^ (E::word(only) << 1),
        [first, .., last] => items.len() as u64 ^ E::word(first) ^ (E::word(last) << 1),
    }
}

/// Every byte of a vector.
pub fn digest<E: Element>(items: &[E::Item], digest: &mut Digest) {
    digest.add(items.len() as u64);
    for item in items {
        E::digest(item, digest);
    }
}

/// A vector of `n` items made from random words, with room for `spare` more.
pub fn make_vector<F: Family, E: Element>(n: u64, spare: u64, rng: &mut Rng) -> F::Of<E::Item> {
    let mut made = F::with_capacity((n + spare) as usize);
    for _ in 0..n {
        F::push(&mut made, E::make(rng.next()));
    }
    made
}
