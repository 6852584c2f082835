//! No pool: everything is done at once by whoever asks for it. What a pool's overhead is held
//! against, and the digests of all pools. `cpp/workloads/thread_pool/serial.hpp` is the same thing.

use std::ops::Range;

use super::{Join, Loops, Outside, Pool, Scope, Sort};

/// Does everything itself.
pub struct Serial;

impl Pool for Serial {
    type Inside<'pool> = ();

    #[inline(always)]
    fn with<R: Send>(work: impl FnOnce(&mut ()) -> R + Send) -> R {
        work(&mut ())
    }
}

impl Join for Serial {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        inside: &mut (),
        a: impl FnOnce(&mut ()) -> A + Send,
        b: impl FnOnce(&mut ()) -> B + Send,
    ) -> (A, B) {
        (a(inside), b(inside))
    }
}

impl Scope for Serial {
    #[inline(always)]
    fn spawn_each(_: &mut (), tasks: usize, task: &(impl Fn(usize) + Sync)) {
        (0..tasks).for_each(task);
    }
}

impl Outside for Serial {
    #[inline(always)]
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        tasks.for_each(task);
    }
}

impl Loops for Serial {
    #[inline(always)]
    fn for_each(items: usize, body: &(impl Fn(usize) + Sync)) {
        (0..items).for_each(body);
    }

    #[inline(always)]
    fn sum(words: &[u64]) -> u64 {
        words.iter().copied().fold(0, u64::wrapping_add)
    }
}

impl Sort for Serial {
    #[inline(always)]
    fn sort(words: &mut [u64]) {
        words.sort_unstable();
    }
}
