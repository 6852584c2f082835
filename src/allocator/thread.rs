//! What a thread has: a number, and a heap; and the pages that threads leave behind.
//!
//! ```text
//!              allocates                   ends, or the heap's page is full
//!   NO_HEAP --------------> its own heap ------------------------------------> pages without an owner
//!                                 ^                                                      |
//!                                 +------------------------------------------------------+
//!                                    frees a block of one, or needs one of its class
//! ```

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::heap::{Heap, make_heap, release, spare_heap};
use super::huge::huge_purge;
use super::page::Page;
use super::page_list::PageList;
use super::segment::{Locked, REGION, purge};
use super::size_class::CLASSES;

// ---- The calling thread -------------------------------------------------------------------------

/// The heap of a thread that has none yet: every request finds `NO_PAGE` and takes the slow path.
pub(super) static NO_HEAP: Heap = Heap::new();
/// The same of a thread that is about to end, and has given its heap back. If it allocates all the
/// same it gets another one, which is never given back. It is made when the first thread ends: a
/// constant would be as many addresses again for the loader to fill in before a program begins.
static ENDED_HEAP: Later = Later(UnsafeCell::new(MaybeUninit::zeroed()));

struct Later(UnsafeCell<MaybeUninit<Heap>>);

// SAFETY: A3 - written once, before anybody has its address.
unsafe impl Sync for Later {}

impl Heap {
    /// Whether it is neither of them.
    pub(super) fn has_pages(&self) -> bool {
        !ptr::eq(self, &NO_HEAP) && !ptr::eq(self, ENDED_HEAP.0.get().cast())
    }
}

// TWIN: assembly, where C++ has a built-in function and an attribute: the thread pointer for a
// number, and a variable of the initial-exec model, two instructions away. What stable Rust has for
// either costs a call in a shared library; the last of the three below makes do with it.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
core::arch::global_asm!(
    ".pushsection .tdata.diptych_rust_thread_heap,\"awT\",@progbits",
    ".balign 8",
    ".globl diptych_rust_thread_heap",
    ".hidden diptych_rust_thread_heap",
    ".type diptych_rust_thread_heap, @object",
    ".size diptych_rust_thread_heap, 8",
    "diptych_rust_thread_heap: .8byte {}",
    ".popsection",
    sym NO_HEAP,
);

#[cfg(target_arch = "x86_64")]
mod this_thread {
    use super::Heap;

    #[inline(always)]
    pub fn xor_number(value: usize) -> usize {
        let joined: usize;
        // SAFETY: A3 - the thread pointer's first word is its own address.
        unsafe {
            core::arch::asm!(
                "xor {}, qword ptr fs:[0]",
                inlateout(reg) value => joined,
                options(pure, readonly, nostack),
            );
        }
        joined
    }

    #[inline(always)]
    pub fn heap() -> *const Heap {
        let heap: *const Heap;
        // SAFETY: A3 - reads the variable above.
        unsafe {
            core::arch::asm!(
                "mov {0}, qword ptr [rip + diptych_rust_thread_heap@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0}]",
                out(reg) heap,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        heap
    }

    pub fn set_heap(heap: *const Heap) {
        // SAFETY: A3 - writes the variable above.
        unsafe {
            core::arch::asm!(
                "mov {0}, qword ptr [rip + diptych_rust_thread_heap@GOTTPOFF]",
                "mov qword ptr fs:[{0}], {1}",
                out(reg) _,
                in(reg) heap,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod this_thread {
    use super::Heap;

    #[inline(always)]
    pub fn xor_number(value: usize) -> usize {
        let number: usize;
        // SAFETY: A3 - the thread pointer may always be read.
        unsafe {
            core::arch::asm!("mrs {}, tpidr_el0", out(reg) number,
                options(pure, nomem, nostack, preserves_flags));
        }
        value ^ number
    }

    #[inline(always)]
    fn place() -> *mut *const Heap {
        let place: *mut *const Heap;
        // SAFETY: A3 - computes the address of the variable above.
        unsafe {
            core::arch::asm!(
                "mrs {0}, tpidr_el0",
                "adrp {1}, :gottprel:diptych_rust_thread_heap",
                "ldr {1}, [{1}, :gottprel_lo12:diptych_rust_thread_heap]",
                "add {0}, {0}, {1}",
                out(reg) place,
                out(reg) _,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        place
    }

    #[inline(always)]
    pub fn heap() -> *const Heap {
        // SAFETY: A3 - this thread's own variable.
        unsafe { place().read() }
    }

    pub fn set_heap(heap: *const Heap) {
        // SAFETY: A3 - this thread's own variable.
        unsafe { place().write(heap) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod this_thread {
    use core::cell::Cell;

    use super::{Heap, NO_HEAP};

    std::thread_local! {
        static HEAP: Cell<*const Heap> = const { Cell::new(&raw const NO_HEAP) };
    }

    #[inline(always)]
    pub fn xor_number(value: usize) -> usize {
        value ^ HEAP.with(|place| core::ptr::from_ref(place).addr())
    }

    #[inline(always)]
    pub fn heap() -> *const Heap {
        HEAP.get()
    }

    pub fn set_heap(heap: *const Heap) {
        HEAP.set(heap);
    }
}

/// Unlike any other living thread's, and never 0 or 1.
pub(super) fn thread_number() -> usize {
    xor_thread_number(0)
}

/// The same, joined with `value`: for x86 one instruction.
#[inline(always)]
pub(super) fn xor_thread_number(value: usize) -> usize {
    this_thread::xor_number(value)
}

/// The heap of the calling thread.
#[inline(always)]
pub(super) fn thread_heap() -> &'static Heap {
    // SAFETY: A3 - it is always a heap, and heaps stay.
    unsafe { &*this_thread::heap() }
}

pub(super) fn set_thread_heap(heap: &'static Heap) {
    this_thread::set_heap(heap);
}

// ---- Pages that nobody owns, under the region lock ----------------------------------------------

static LEFT: [PageList; CLASSES] = [const { PageList::new() }; CLASSES];

fn left(class: usize) -> &'static PageList {
    debug_assert!(class < CLASSES);
    // SAFETY: A6 - there is no other class.
    unsafe { LEFT.get_unchecked(class) }
}

/// To whoever wants it; back to the region if all of its blocks came back.
fn leave_page(page: &'static Page) {
    loop {
        page.collect();
        if page.used() == 0 {
            return release(page);
        }
        if page.is_full() {
            if page.remote.give_up() {
                return; // to whoever frees one of its blocks
            }
            continue;
        }
        // A block that comes now has not made anybody the owner, and may have been the last.
        let _locked = Locked::new();
        left(page.class()).add(page);
        if page.remote.give_up() {
            return;
        }
        left(page.class()).remove(page);
    }
}

/// All pages of a thread that ends go: back, or, if they have blocks in use, to whoever wants them.
fn leave_pages(heap: &'static Heap) {
    heap.shrink();
    for queue in heap.queues() {
        while !queue.is_empty() {
            let page = queue.first.get();
            heap.unlink(page);
            page.set_owner(Page::NOBODY);
            page.heap.set(ptr::null());
            leave_page(page);
        }
    }
    heap.tid.set(Page::NOBODY);
}

/// A page that nobody owns, with room, is this heap's from now on.
pub(super) fn left_page(heap: &'static Heap, class: usize) -> Option<&'static Page> {
    let left = left(class);
    while left.first().is_some() {
        // Under the lock up to the claim: a page in the list has slices of its own.
        let _locked = Locked::new();
        let page = left.first()?;
        left.remove(page);
        // Whoever freed a block of it a moment ago has it instead.
        if page.remote.claim() {
            page.heap.set(heap);
            page.set_owner(heap.tid.get());
            return Some(page);
        }
    }
    None
}

/// The caller became the owner of a page by freeing a block of it.
pub(super) fn adopt(page: &'static Page) {
    // Who left it listed it before it could be taken over: false is true.
    // Acquire: with PageList::remove, which wrote the links before.
    if page.listed.load(Ordering::Acquire) {
        let _locked = Locked::new();
        if page.listed.load(Ordering::Relaxed) {
            left(page.class()).remove(page);
        }
    }
    page.collect();
    if page.used() == 0 {
        return release(page);
    }
    let heap = match thread_heap() {
        // A thread that only frees: it will free more of this page.
        heap if ptr::eq(heap, &NO_HEAP) => make_thread_heap(),
        heap => heap.has_pages().then_some(heap),
    };
    let Some(heap) = heap else { return leave_page(page) };
    if !ptr::eq(page.heap.get(), heap) {
        heap.tend(page.class());
    }
    heap.welcome(page);
}

// ---- Threads that end, and forks ----------------------------------------------------------------

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// No key is the largest number, so that nothing is set where none could be made.
static EXIT_KEY: AtomicU32 = AtomicU32::new(libc::pthread_key_t::MAX);

struct Once(UnsafeCell<libc::pthread_once_t>);

// SAFETY: A9 - what it is made for.
unsafe impl Sync for Once {}

static WATCHED: Once = Once(UnsafeCell::new(libc::PTHREAD_ONCE_INIT));
static ENDED: Once = Once(UnsafeCell::new(libc::PTHREAD_ONCE_INIT));

unsafe extern "C" {
    fn pthread_once(once: *mut libc::pthread_once_t, run: extern "C" fn()) -> c_int;
    fn pthread_atfork(
        prepare: extern "C" fn(),
        parent: extern "C" fn(),
        child: extern "C" fn(),
    ) -> c_int;
}

extern "C" fn make_ended_heap() {
    // SAFETY: A3 - nobody else has it yet.
    unsafe { ENDED_HEAP.0.get().cast::<Heap>().write(Heap::new()) };
}

extern "C" fn thread_ends(heap: *mut c_void) {
    // SAFETY: A9 - makes a heap, and nothing else.
    unsafe { pthread_once(ENDED.0.get(), make_ended_heap) };
    // SAFETY: A3 - made, and it stays.
    set_thread_heap(unsafe { &*ENDED_HEAP.0.get().cast::<Heap>() });
    // SAFETY: A3 - what the key was set to: this thread's heap.
    let heap: &'static Heap = unsafe { &*heap.cast() };
    leave_pages(heap);
    spare_heap(heap);
    THREADS.fetch_sub(1, Ordering::Relaxed);
}

extern "C" fn before_fork() {
    REGION.lock.lock();
    REGION.forking.store(thread_number(), Ordering::Relaxed);
}

extern "C" fn after_fork_in_parent() {
    REGION.forking.store(0, Ordering::Relaxed);
    REGION.lock.unlock();
}

extern "C" fn after_fork_in_child() {
    lose_pages_of_others(&Locked::new());
    after_fork_in_parent();
}

/// In a child there is one thread. Another may get the number of one that was left behind, and must
/// not take its pages, which nobody will ever put in order, for its own.
fn lose_pages_of_others(locked: &Locked) {
    for page in locked.pages() {
        if page.owner() != Page::NOBODY && page.owner() != thread_number() {
            page.set_owner(Page::LOST);
        }
    }
    THREADS.store(thread_heap().has_pages().into(), Ordering::Relaxed);
}

extern "C" fn watch() {
    let mut key = libc::pthread_key_t::MAX;
    // SAFETY: A9 - the key may be written.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(thread_ends)) } == 0 {
        EXIT_KEY.store(key, Ordering::Relaxed);
    }
    // SAFETY: A9 - the functions are always there.
    unsafe { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) };
}

fn watch_threads_and_forks() {
    // SAFETY: A9 - what `watch` allocates comes from this thread's heap, which is there already.
    unsafe { pthread_once(WATCHED.0.get(), watch) };
}

/// How many threads have a heap.
pub(super) fn thread_count() -> usize {
    THREADS.load(Ordering::Relaxed)
}

// ---- Construction -------------------------------------------------------------------------------

/// Makes the calling thread's, at its first request; none: no memory.
pub(super) fn make_thread_heap() -> Option<&'static Heap> {
    let heap = make_heap()?;
    heap.tid.set(thread_number());
    // First this: what follows may allocate.
    set_thread_heap(heap);
    THREADS.fetch_add(1, Ordering::Relaxed);
    watch_threads_and_forks();
    let key = EXIT_KEY.load(Ordering::Relaxed);
    // SAFETY: A9 - a key, or none.
    unsafe { libc::pthread_setspecific(key, ptr::from_ref(heap).cast()) };
    Some(heap)
}

// ---- Mutation -----------------------------------------------------------------------------------

/// What the calling thread keeps for itself, and what nobody uses, goes back to the kernel.
pub(super) fn trim() -> bool {
    let heap = thread_heap();
    if heap.has_pages() {
        heap.shrink();
    }
    let locked = Locked::new();
    let slices = purge(&locked, 0, true);
    huge_purge(&locked, 0, true) || slices
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn threads_that_live_at_once_have_different_numbers() {
        let all_live = Barrier::new(4);
        let mut numbers = thread::scope(|scope| {
            let number = || {
                let number = thread_number();
                all_live.wait();
                number
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(number)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        numbers.push(thread_number());
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 5);
        assert!(numbers.iter().all(|&number| number > 1));
        assert_eq!(thread_number(), thread_number());
    }
}
