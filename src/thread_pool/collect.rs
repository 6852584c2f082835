//! Vectors made of slices, by many threads at the same time.
//!
//! Each thread writes into its piece of the result's memory and owns what it has written there;
//! neighbours are put together. If somebody panics, all pieces are dropped.
// TWIN: in C++ results are assigned to objects that are there before, as a vector has no other
// places.

use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};
use core::ptr;

use super::config::CHUNK_ITEMS;
use super::parallel::{Chunks, Grain, Items, Plan, in_worker, share};
use super::worker::Worker;
use super::{ThreadPool, join};

// ---- Pieces -------------------------------------------------------------------------------------

/// Where results are to be written.
type Places<'a, T> = &'a mut [MaybeUninit<T>];

/// Results that were written one behind the other.
struct Piece<'a, T> {
    start: *mut T,
    len: usize,
    places: PhantomData<Places<'a, T>>,
}

// SAFETY: T10 - it owns its results, and nothing else knows them.
unsafe impl<T: Send> Send for Piece<'_, T> {}

impl<'a, T> Piece<'a, T> {
    fn new() -> Self {
        Self { start: ptr::dangling_mut(), len: 0, places: PhantomData }
    }

    /// The place behind the last one.
    fn end(&self) -> *mut T {
        self.start.wrapping_add(self.len)
    }

    /// Writes a result into each place, as long as there are any.
    fn fill(&mut self, places: Places<'a, T>, results: impl Iterator<Item = T>) {
        let next = places.as_mut_ptr().cast();
        if self.len == 0 {
            self.start = next;
        }
        assert!(ptr::eq(self.end(), next), "places are behind each other");
        for (place, result) in places.iter_mut().zip(results) {
            place.write(result);
            self.len += 1; // T10: from now on it is dropped with the others
        }
    }

    /// This one and the one behind it.
    fn and(mut self, other: Self) -> Self {
        if self.len == 0 {
            return other;
        }
        assert!(other.len == 0 || ptr::eq(self.end(), other.start), "pieces are neighbours");
        self.len += other.len;
        mem::forget(other); // T10: these are its results now
        self
    }
}

impl<T> Drop for Piece<'_, T> {
    fn drop(&mut self) {
        // SAFETY: T10 - written, and nobody else's.
        unsafe { ptr::slice_from_raw_parts_mut(self.start, self.len).drop_in_place() };
    }
}

/// A vector of so many results, all of which `write` writes.
fn collect<T>(count: usize, write: impl for<'a> FnOnce(Places<'a, T>) -> Piece<'a, T>) -> Vec<T> {
    let mut results = Vec::with_capacity(count);
    let piece = write(&mut results.spare_capacity_mut()[..count]);
    assert_eq!(piece.len, count, "each place has its result");
    mem::forget(piece);
    // SAFETY: T10 - a piece is within the places; so many results fill them all.
    unsafe { results.set_len(count) };
    results
}

/// Goes through the items and the places; `go` fills some of these for some of those.
fn fill<'a, I: Items, T: Send>(
    worker: &Worker,
    items: I,
    go: impl Fn(&mut Piece<'a, T>, I) + Sync,
) -> Piece<'a, T> {
    let plan = Plan {
        grain: Grain::usual(worker, items.len()),
        token: None,
        begin: Piece::new,
        go: |mut piece, items| {
            go(&mut piece, items);
            piece
        },
        combine: Piece::and,
    };
    share(worker, items, &plan)
}

// ---- Map ----------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_map`] in this pool.
    pub fn parallel_map<I: Items, R: Send>(
        &self,
        items: I,
        map: impl Fn(I::Item) -> R + Sync,
    ) -> Vec<R> {
        join::install(&self.pool, |worker| map_in(worker, items, &map))
    }
}

/// What comes of each item, in their order. If calls panic, one of the panics goes on, and what was
/// made is dropped; so for the two functions below.
///
/// ```
/// let lengths = diptych::thread_pool::parallel_map(&["a", "bc"][..], |word| word.len());
/// assert_eq!(lengths, [1, 2]);
/// ```
pub fn parallel_map<I: Items, R: Send>(items: I, map: impl Fn(I::Item) -> R + Sync) -> Vec<R> {
    in_worker(|worker| map_in(worker, items, &map))
}

fn map_in<I: Items, R: Send>(
    worker: &Worker,
    items: I,
    map: &(impl Fn(I::Item) -> R + Sync),
) -> Vec<R> {
    collect(items.len(), |places| {
        fill(worker, (items, places), |piece, (items, places)| {
            piece.fill(places, items.each().map(map));
        })
    })
}

// ---- Filter -------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_filter`] in this pool.
    pub fn parallel_filter<T: Clone + Send + Sync>(
        &self,
        items: &[T],
        is_wanted: impl Fn(&T) -> bool + Sync,
    ) -> Vec<T> {
        join::install(&self.pool, |worker| filter_in(worker, items, &is_wanted))
    }
}

/// Those items that are wanted, in their order. Each is asked about once.
///
/// ```
/// let even = diptych::thread_pool::parallel_filter(&[1, 2, 3, 4], |n| n % 2 == 0);
/// assert_eq!(even, [2, 4]);
/// ```
pub fn parallel_filter<T: Clone + Send + Sync>(
    items: &[T],
    is_wanted: impl Fn(&T) -> bool + Sync,
) -> Vec<T> {
    in_worker(|worker| filter_in(worker, items, &is_wanted))
}

/// Which items of a chunk are wanted, and how many are in those before it.
struct Choice {
    before: usize,
    bits: [u64; CHUNK_ITEMS / 64],
}

/// Chunks, and the places for what is wanted of them.
struct Chosen<'a, 'p, T> {
    choices: &'a [Choice],
    chunks: Chunks<&'a [T]>,
    places: Places<'p, T>,
}

impl<'a, T: Send + Sync> Items for Chosen<'a, '_, T> {
    type Item = (&'a Choice, &'a [T]);

    fn len(&self) -> usize {
        self.choices.len()
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let (choices, more) = self.choices.split_at(at);
        let (chunks, more_chunks) = self.chunks.split_at(at);
        let middle = match (choices, more) {
            ([first, ..], [next, ..]) => next.before - first.before,
            ([], _) => 0,
            (_, []) => self.places.len(),
        };
        let (places, more_places) = self.places.split_at_mut(middle);
        let more = Self { choices: more, chunks: more_chunks, places: more_places };
        (Self { choices, chunks, places }, more)
    }

    fn each(self) -> impl Iterator<Item = Self::Item> {
        self.choices.iter().zip(self.chunks.each())
    }
}

fn filter_in<T: Clone + Send + Sync>(
    worker: &Worker,
    items: &[T],
    is_wanted: &(impl Fn(&T) -> bool + Sync),
) -> Vec<T> {
    let chunks = || Chunks { items, size: CHUNK_ITEMS };
    let mut choices = map_in(worker, chunks(), &|chunk: &[T]| {
        let mut bits = [0; _];
        for (word, items) in bits.iter_mut().zip(chunk.chunks(64)) {
            for (at, item) in items.iter().enumerate() {
                *word |= u64::from(is_wanted(item)) << at;
            }
        }
        Choice { before: 0, bits }
    });
    let mut count = 0;
    for choice in &mut choices {
        choice.before = count;
        count += choice.bits.iter().map(|word| word.count_ones() as usize).sum::<usize>();
    }
    collect(count, |places| {
        let chosen = Chosen { choices: &choices, chunks: chunks(), places };
        fill(worker, chosen, |piece, Chosen { choices, chunks, places }| {
            let pairs = choices.iter().zip(chunks.each());
            piece.fill(places, pairs.flat_map(|(choice, chunk)| choice.of(chunk)).cloned());
        })
    })
}

impl Choice {
    /// Those that are wanted of its chunk.
    fn of<'a, T>(&self, chunk: &'a [T]) -> impl Iterator<Item = &'a T> {
        self.bits.iter().zip(chunk.chunks(64)).flat_map(|(&word, items)| {
            let mut word = word;
            core::iter::from_fn(move || {
                let at = word.trailing_zeros() as usize;
                word &= word.wrapping_sub(1);
                items.get(at)
            })
        })
    }
}

// ---- Scan ---------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_scan`] in this pool.
    pub fn parallel_scan<T: Clone + Send + Sync>(
        &self,
        items: &[T],
        combine: impl Fn(&T, &T) -> T + Sync,
    ) -> Vec<T> {
        join::install(&self.pool, |worker| scan_in(worker, items, &combine))
    }
}

/// What comes of each item combined with all before it: `combine` is to be associative. The same to
/// the last bit, however many threads there are.
///
/// ```
/// let sums = diptych::thread_pool::parallel_scan(&[1, 2, 3, 4], |a, b| a + b);
/// assert_eq!(sums, [1, 3, 6, 10]);
/// ```
pub fn parallel_scan<T: Clone + Send + Sync>(
    items: &[T],
    combine: impl Fn(&T, &T) -> T + Sync,
) -> Vec<T> {
    in_worker(|worker| scan_in(worker, items, &combine))
}

/// First what comes of each chunk alone, then of all before it, then of each item.
fn scan_in<T: Clone + Send + Sync>(
    worker: &Worker,
    items: &[T],
    combine: &(impl Fn(&T, &T) -> T + Sync),
) -> Vec<T> {
    let chunks = |items| Chunks { items, size: CHUNK_ITEMS };
    let all_but_last = items.len().saturating_sub(1) / CHUNK_ITEMS * CHUNK_ITEMS;
    let mut totals = map_in(worker, chunks(&items[..all_but_last]), &|chunk: &[T]| {
        let (first, rest) = chunk.split_first().expect("chunks are not empty");
        rest.iter().fold(first.clone(), |total, item| combine(&total, item))
    });
    for at in 1..totals.len() {
        totals[at] = combine(&totals[at - 1], &totals[at]);
    }
    collect(items.len(), |places| {
        let chunked = Chunks { items: (items, places), size: CHUNK_ITEMS };
        let numbers = 0..chunked.len();
        fill(worker, (numbers, chunked), |piece, items| {
            for (number, (items, places)) in items.each() {
                let mut total = number.checked_sub(1).map(|before| totals[before].clone());
                let sums = items.iter().map(|item| {
                    let sum = match &total {
                        Some(total) => combine(total, item),
                        None => item.clone(),
                    };
                    total.insert(sum).clone()
                });
                piece.fill(places, sums);
            }
        })
    })
}
