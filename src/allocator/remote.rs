//! The blocks of a page that others freed, and whether the page has an owner.
//!
//! One word: the address of the block that was freed last, and bit 0, owned. Everything that
//! several threads do to a page goes through it.
//!
//! ```text
//!            push              give_up
//!   owned ----------> owned  ---------------> not owned
//!     ^                                            |
//!     +------------- push, claim ------------------+
//!                (whoever does it is the owner)
//! ```

use core::sync::atomic::{AtomicUsize, Ordering};

const OWNED: usize = 1;

/// The word is a parameter so that a model of all interleavings can stand in for the machine's.
pub(super) trait Word {
    fn load(&self, order: Ordering) -> usize;
    fn store(&self, value: usize, order: Ordering);
    fn swap(&self, value: usize, order: Ordering) -> usize;
    fn compare_exchange(&self, old: usize, new: usize, done: Ordering) -> Result<usize, usize>;
    fn compare_exchange_weak(&self, old: usize, new: usize, done: Ordering)
    -> Result<usize, usize>;
}

impl Word for AtomicUsize {
    #[inline(always)]
    fn load(&self, order: Ordering) -> usize {
        self.load(order)
    }

    #[inline(always)]
    fn store(&self, value: usize, order: Ordering) {
        self.store(value, order);
    }

    #[inline(always)]
    fn swap(&self, value: usize, order: Ordering) -> usize {
        self.swap(value, order)
    }

    #[inline(always)]
    fn compare_exchange(&self, old: usize, new: usize, done: Ordering) -> Result<usize, usize> {
        self.compare_exchange(old, new, done, Ordering::Relaxed)
    }

    #[inline(always)]
    fn compare_exchange_weak(
        &self,
        old: usize,
        new: usize,
        done: Ordering,
    ) -> Result<usize, usize> {
        self.compare_exchange_weak(old, new, done, Ordering::Relaxed)
    }
}

pub(super) struct Remote<W: Word = AtomicUsize> {
    word: W,
}

impl Remote {
    pub(super) const fn new() -> Self {
        Self { word: AtomicUsize::new(0) }
    }
}

// ---- Anybody ------------------------------------------------------------------------------------

impl<W: Word> Remote<W> {
    /// Puts a block in front; `link` is told what is behind it, 0 for nothing. True when the page
    /// had no owner: the caller is the owner now.
    #[inline]
    pub(super) fn push(&self, block: usize, link: impl Fn(usize)) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            link(word & !OWNED);
            // R1: release, so that whoever takes the list sees links and contents; acquire, with
            // R3, so that a new owner sees what the last one left.
            match self.word.compare_exchange_weak(word, block | OWNED, Ordering::AcqRel) {
                Ok(_) => return word & OWNED == 0,
                Err(changed) => word = changed,
            }
        }
    }

    /// Makes the caller the owner, unless there is one.
    pub(super) fn claim(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & OWNED == 0 {
            // Acquire: with R3.
            match self.word.compare_exchange_weak(word, word | OWNED, Ordering::Acquire) {
                Ok(_) => return true,
                Err(changed) => word = changed,
            }
        }
        false
    }
}

// ---- The owner ----------------------------------------------------------------------------------

impl<W: Word> Remote<W> {
    /// Takes all blocks; the first, or 0.
    #[inline]
    pub(super) fn take(&self) -> usize {
        if self.word.load(Ordering::Relaxed) == OWNED {
            return 0;
        }
        self.word.swap(OWNED, Ordering::Acquire) & !OWNED // R2: with R1
    }

    /// No owner any more, unless blocks have come.
    pub(super) fn give_up(&self) -> bool {
        self.word.compare_exchange(OWNED, 0, Ordering::Release).is_ok() // R3
    }

    /// Before the page is anybody's.
    pub(super) fn reset(&self) {
        self.word.store(OWNED, Ordering::Relaxed);
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::Remote;

    #[test]
    fn blocks_come_back_last_first() {
        let (remote, behind) = (Remote::new(), Cell::new(77));
        remote.reset();
        assert_eq!(remote.take(), 0);
        assert!(!remote.push(16, |next| behind.set(next)));
        assert_eq!(behind.get(), 0);
        assert!(!remote.push(32, |next| behind.set(next)));
        assert_eq!(behind.get(), 16);
        assert_eq!(remote.take(), 32);
        assert_eq!(remote.take(), 0);
    }

    #[test]
    fn whoever_frees_into_a_page_that_nobody_owns_is_its_owner() {
        let remote = Remote::new();
        assert!(remote.push(16, |_| ()));
        assert!(!remote.push(32, |_| ()));
        assert!(!remote.claim());
        assert_eq!(remote.take(), 32);
        assert!(remote.give_up());
        assert!(remote.claim());
    }

    #[test]
    fn a_page_that_got_blocks_is_not_given_up() {
        let remote = Remote::new();
        assert!(remote.claim());
        remote.push(16, |_| ());
        assert!(!remote.give_up());
        assert_eq!(remote.take(), 16);
        assert!(remote.give_up());
        assert!(remote.claim());
    }
}

/// All interleavings of two threads that free and one that owns, as far as no thread is interrupted
/// more than three times. Each test but the first has one defect, and must fail.
/// `RUSTFLAGS='--cfg loom' cargo test -p diptych-models --release remote::model`.
#[cfg(all(test, loom))]
mod model {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicUsize;
    use loom::thread;

    use super::{Ordering, Remote, Word};

    /// What is wrong with a word.
    #[derive(Clone, Copy, PartialEq)]
    enum Defect {
        None,
        PushDoesNotRelease,
        PushDoesNotAcquire,
        ClaimDoesNotAcquire,
        ClaimDoesNotLook,
        TakeDoesNotAcquire,
        GiveUpDoesNotRelease,
        GiveUpDoesNotLook,
    }

    struct Flawed {
        word: AtomicUsize,
        defect: Defect,
    }

    impl Flawed {
        fn weakened(&self, defect: Defect, order: Ordering, weaker: Ordering) -> Ordering {
            if self.defect == defect { weaker } else { order }
        }
    }

    impl Word for Flawed {
        fn load(&self, order: Ordering) -> usize {
            self.word.load(order)
        }

        fn store(&self, value: usize, order: Ordering) {
            self.word.store(value, order);
        }

        fn swap(&self, value: usize, order: Ordering) -> usize {
            let order = self.weakened(Defect::TakeDoesNotAcquire, order, Ordering::Relaxed);
            self.word.swap(value, order)
        }

        fn compare_exchange(&self, old: usize, new: usize, done: Ordering) -> Result<usize, usize> {
            if self.defect == Defect::GiveUpDoesNotLook {
                return Ok(self.word.swap(new, done));
            }
            let done = self.weakened(Defect::GiveUpDoesNotRelease, done, Ordering::Relaxed);
            self.word.compare_exchange(old, new, done, Ordering::Relaxed)
        }

        fn compare_exchange_weak(
            &self,
            old: usize,
            new: usize,
            done: Ordering,
        ) -> Result<usize, usize> {
            // `push` releases, `claim` does not.
            let done = if done == Ordering::AcqRel {
                let done = self.weakened(Defect::PushDoesNotRelease, done, Ordering::Acquire);
                self.weakened(Defect::PushDoesNotAcquire, done, Ordering::Release)
            } else if self.defect == Defect::ClaimDoesNotLook {
                return Ok(self.word.swap(new, done));
            } else {
                self.weakened(Defect::ClaimDoesNotAcquire, done, Ordering::Relaxed)
            };
            self.word.compare_exchange_weak(old, new, done, Ordering::Relaxed)
        }
    }

    const BLOCKS: usize = 2;

    struct Page {
        remote: Remote<Flawed>,
        /// What is behind each block; block `i` is at address `16 * (i + 1)`.
        links: [UnsafeCell<usize>; BLOCKS],
        /// The owner's: how often each block came back. Loom refuses two who touch it at once, and
        /// one who does not see what the other did.
        came_back: UnsafeCell<[u32; BLOCKS]>,
    }

    impl Page {
        fn owned(defect: Defect) -> Self {
            let page = Self {
                remote: Remote { word: Flawed { word: AtomicUsize::new(0), defect } },
                links: [UnsafeCell::new(0), UnsafeCell::new(0)],
                came_back: UnsafeCell::new([0; BLOCKS]),
            };
            page.remote.reset();
            page
        }

        fn free(&self, index: usize) {
            let link = |next| {
                // SAFETY: A2 - the block is this thread's until it is pushed.
                self.links[index].with_mut(|link| unsafe { *link = next });
            };
            if self.remote.push(16 * (index + 1), link) {
                self.collect();
                self.give_up();
            }
        }

        /// As the owner.
        fn collect(&self) {
            self.came_back.with_mut(|count| {
                let mut block = self.remote.take();
                while block != 0 {
                    let index = block / 16 - 1;
                    // SAFETY: A3 - the caller is the owner.
                    unsafe { (*count)[index] += 1 };
                    // SAFETY: A3 - taken blocks are the owner's.
                    block = self.links[index].with(|link| unsafe { *link });
                }
            });
        }

        /// As the owner.
        fn give_up(&self) {
            while !self.remote.give_up() {
                self.collect();
            }
        }
    }

    fn explore(defect: Defect) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            let page = Arc::new(Page::owned(defect));
            let free = |index| {
                let page = Arc::clone(&page);
                thread::spawn(move || page.free(index))
            };
            let threads = [free(0), free(1)];
            page.collect();
            page.give_up();
            if page.remote.claim() {
                page.collect();
                page.give_up();
            }
            for thread in threads {
                thread.join().unwrap();
            }
            // Whoever owned it has given it up, and all blocks are back.
            assert!(page.remote.claim(), "no owner is left behind");
            assert_eq!(page.remote.take(), 0, "no block is left behind");
            // SAFETY: A3 - nobody else lives.
            assert_eq!(page.came_back.with(|count| unsafe { *count }), [1; BLOCKS]);
        });
    }

    #[test]
    fn no_block_is_lost_and_nobody_is_owner_beside_another() {
        explore(Defect::None);
    }

    macro_rules! must_fail {
        ($($name:ident: $defect:ident;)*) => {$(
            #[test]
            #[should_panic]
            fn $name() {
                explore(Defect::$defect);
            }
        )*};
    }

    must_fail! {
        a_push_that_does_not_release_is_seen: PushDoesNotRelease;
        a_push_that_does_not_acquire_is_seen: PushDoesNotAcquire;
        a_claim_that_does_not_acquire_is_seen: ClaimDoesNotAcquire;
        a_claim_that_does_not_look_is_seen: ClaimDoesNotLook;
        a_take_that_does_not_acquire_is_seen: TakeDoesNotAcquire;
        a_page_given_up_without_release_is_seen: GiveUpDoesNotRelease;
        a_page_given_up_without_a_look_is_seen: GiveUpDoesNotLook;
    }
}
