//! The pages of one thread, or of a heap that a program made for itself.
//!
//! ```text
//!  Heap
//!  +-----------------------+      +------+   +------+   +------+
//!  | direct[0..64]         |----->| page |<->| page |<->| page |   each has room, but for the first
//!  | queues[80] first last |--+-->+------+   +------+   +------+
//!  +-----------------------+
//! ```
//!
//! Full pages are in no queue. A thread's have no owner either: whoever frees one of their blocks
//! takes them over (A4, A5).

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use super::config::{DIRECT_MAX, LARGE_MAX, OS_PAGE_BYTES, SIZE_MAX, SLICE_BYTES};
use super::fault::{Fault, fail};
use super::huge::{huge_allocate, huge_free, huge_purge};
use super::os::{self, set_thread_heap, thread_heap};
use super::page::{Kind, Page, pointer_to};
use super::segment::{
    Guarded, Locked, NO_PAGE, REGION, Segment, commit, extend_slices, give_slices, purge,
    take_slices, trim_slices,
};
use super::size_class::{CLASSES, bytes_of, slices_of};

#[repr(C)]
pub(super) struct Queue {
    pub(super) first: Cell<&'static Page>,
    last: Cell<&'static Page>,
}

const DIRECT: usize = DIRECT_MAX / 16 + 1;

#[repr(C)]
pub(super) struct Heap {
    /// The first page for requests of `(w - 1) * 16 < size <= w * 16`.
    direct: [Cell<&'static Page>; DIRECT],
    queues: [Queue; CLASSES],
    /// Of its pages: the thread's number, or `Page::NOBODY` for a heap that is no thread's.
    tid: Cell<usize>,
    chance: Cell<u64>,
    /// Full pages and single blocks of a heap that is no thread's.
    pub(super) aside: Cell<Option<&'static Page>>,
    /// Among spare heaps.
    next: Cell<Option<&'static Heap>>,
}

// SAFETY: A3 - a heap is used by one thread at a time; `NO_HEAP` is never written to.
unsafe impl Sync for Heap {}

/// The heap of a thread that has none yet: every request finds `NO_PAGE` and takes the slow path.
pub(super) static NO_HEAP: Heap = Heap::new();
/// The same of a thread that is about to end, and has given its heap back. If it allocates all the
/// same it gets another one, which is never given back.
static ENDED_HEAP: Heap = Heap::new();

impl Heap {
    const fn new() -> Self {
        let direct = [&NO_PAGE; DIRECT];
        let queues = [[&NO_PAGE; 2]; CLASSES];
        Self {
            // SAFETY: A6 - a cell is its contents; an array of those cannot be repeated.
            direct: unsafe { mem::transmute::<[&Page; DIRECT], [Cell<&Page>; DIRECT]>(direct) },
            // SAFETY: A6 - a queue is two of them.
            queues: unsafe { mem::transmute::<[[&Page; 2]; CLASSES], [Queue; CLASSES]>(queues) },
            tid: Cell::new(Page::NOBODY),
            chance: Cell::new(0),
            aside: Cell::new(None),
            next: Cell::new(None),
        }
    }

    /// Whether it is neither of the two above.
    pub(super) fn has_pages(&self) -> bool {
        !ptr::eq(self, &NO_HEAP) && !ptr::eq(self, &ENDED_HEAP)
    }

    pub(super) fn is_apart(&self) -> bool {
        self.tid.get() == Page::NOBODY
    }
}

impl Heap {
    /// The first page for blocks of `16 * word` bytes, `word <= 64`.
    #[inline(always)]
    pub(super) fn direct(&self, word: usize) -> &'static Page {
        debug_assert!(word < DIRECT);
        // SAFETY: A6 - the caller's promise.
        unsafe { self.direct.get_unchecked(word) }.get()
    }

    /// The pages for blocks of a class.
    #[inline(always)]
    pub(super) fn queue(&self, class: usize) -> &Queue {
        debug_assert!(class < CLASSES);
        // SAFETY: A6 - there is no other class.
        unsafe { self.queues.get_unchecked(class) }
    }

    pub(super) fn queues(&self) -> &[Queue; CLASSES] {
        &self.queues
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }
}

/// How many threads have a heap.
pub(super) fn thread_count() -> usize {
    THREADS.load(Ordering::Relaxed)
}

// ---- What threads share, under the region lock --------------------------------------------------

static SPARE_HEAPS: Guarded<Cell<Option<&'static Heap>>> = Guarded::new(Cell::new(None));
static THREADS: AtomicUsize = AtomicUsize::new(0);
/// Pages that threads left behind, by class. Atomic to be looked at without the lock.
static LEFT: [AtomicPtr<Page>; CLASSES] = [const { AtomicPtr::new(ptr::null_mut()) }; CLASSES];

fn left(class: usize) -> Option<&'static Page> {
    let page = LEFT.get(class)?.load(Ordering::Relaxed);
    // SAFETY: A1 - null, or a record, which stays.
    unsafe { page.as_ref() }
}

fn set_left(class: usize, page: Option<&'static Page>) {
    if let Some(place) = LEFT.get(class) {
        let page = page.map_or(ptr::null(), ptr::from_ref);
        place.store(page.cast_mut(), Ordering::Relaxed);
    }
}

fn list_left(_: &Locked, page: &'static Page) {
    let next = left(page.class());
    page.prev.set(None);
    page.next.set(next);
    if let Some(next) = next {
        next.prev.set(Some(page));
    }
    set_left(page.class(), Some(page));
    page.listed.store(true, Ordering::Relaxed);
}

fn unlist_left(_: &Locked, page: &'static Page) {
    match page.prev.get() {
        None => set_left(page.class(), page.next.get()),
        Some(prev) => prev.next.set(page.next.get()),
    }
    if let Some(next) = page.next.get() {
        next.prev.set(page.prev.get());
    }
    page.next.set(None);
    page.prev.set(None);
    page.listed.store(false, Ordering::Release); // with adopt
}

/// What was to be purged by now is.
fn tick(locked: &Locked) {
    if locked.purge_at.get() != u64::MAX {
        let now = os::now();
        if now >= locked.purge_at.get() {
            purge(locked, now, false);
            huge_purge(locked, now, false);
        }
    }
}

const fn slices_in(bytes: usize) -> usize {
    bytes.div_ceil(SLICE_BYTES)
}

/// The block of a run for a request, but for the word behind it.
const fn run_bytes(size: usize) -> usize {
    (size + 15) & !15
}

fn release(page: &'static Page) {
    let slices = match page.kind.get() {
        Kind::Many => slices_of(page.class()),
        _ => page.slices_of_run(),
    };
    let locked = Locked::new();
    page.set_owner(Page::NOBODY);
    give_slices(&locked, page, slices);
    tick(&locked);
}

/// To whoever wants it; back to the region if all of its blocks came back.
fn leave_page(page: &'static Page) {
    loop {
        page.collect();
        if page.used() == 0 {
            return release(page);
        }
        // A block that comes now has not made anybody the owner, and may have been the last.
        let locked = Locked::new();
        list_left(&locked, page);
        if page.remote.give_up() {
            return;
        }
        unlist_left(&locked, page);
    }
}

// ---- Threads that end, and forks ----------------------------------------------------------------

/// No key is the largest number, so that nothing is set where none could be made.
static EXIT_KEY: AtomicU32 = AtomicU32::new(libc::pthread_key_t::MAX);

struct Once(UnsafeCell<libc::pthread_once_t>);

// SAFETY: A9 - what it is made for.
unsafe impl Sync for Once {}

static WATCHED: Once = Once(UnsafeCell::new(libc::PTHREAD_ONCE_INIT));

unsafe extern "C" {
    fn pthread_once(once: *mut libc::pthread_once_t, run: extern "C" fn()) -> c_int;
    fn pthread_atfork(
        prepare: extern "C" fn(),
        parent: extern "C" fn(),
        child: extern "C" fn(),
    ) -> c_int;
}

extern "C" fn thread_ends(heap: *mut c_void) {
    set_thread_heap(&ENDED_HEAP);
    // SAFETY: A3 - what the key was set to: this thread's heap.
    let heap: &'static Heap = unsafe { &*heap.cast() };
    heap.leave();
    spare_heap(heap);
    THREADS.fetch_sub(1, Ordering::Relaxed);
}

extern "C" fn before_fork() {
    REGION.lock.lock();
    REGION.forking.store(os::thread_number(), Ordering::Relaxed);
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
    for page in locked.segments().flat_map(Segment::pages) {
        if page.owner() != Page::NOBODY && page.owner() != os::thread_number() {
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

// ---- Construction -------------------------------------------------------------------------------

/// For a program's own use; none: no memory.
pub(super) fn make_heap() -> Option<&'static Heap> {
    {
        let locked = Locked::new();
        let spare = SPARE_HEAPS.under(&locked);
        if let Some(heap) = spare.get() {
            spare.set(heap.next.get());
            return Some(heap);
        }
    }
    const BYTES: usize = (size_of::<Heap>() + OS_PAGE_BYTES - 1) & !(OS_PAGE_BYTES - 1);
    let memory: *mut Heap = os::map(BYTES, OS_PAGE_BYTES).cast();
    if memory.is_null() {
        return None;
    }
    commit(BYTES);
    // SAFETY: A3 - new memory, large enough.
    unsafe { memory.write(Heap::new()) };
    // SAFETY: A3 - a heap, and never unmapped.
    let heap = unsafe { &*memory };
    heap.chance.set(os::random() | 1);
    Some(heap)
}

/// Makes the calling thread's, at its first request; none: no memory.
pub(super) fn make_thread_heap() -> Option<&'static Heap> {
    let heap = make_heap()?;
    heap.tid.set(os::thread_number());
    // First this: what follows may allocate.
    set_thread_heap(heap);
    THREADS.fetch_add(1, Ordering::Relaxed);
    watch_threads_and_forks();
    let key = EXIT_KEY.load(Ordering::Relaxed);
    // SAFETY: A9 - a key, or none.
    unsafe { libc::pthread_setspecific(key, ptr::from_ref(heap).cast()) };
    Some(heap)
}

pub(super) fn delete_heap(heap: &'static Heap) {
    heap.destroy();
    spare_heap(heap);
}

fn spare_heap(heap: &'static Heap) {
    let locked = Locked::new();
    let spare = SPARE_HEAPS.under(&locked);
    heap.next.set(spare.get());
    spare.set(Some(heap));
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Heap {
    /// A block of the class; null: no memory.
    pub(super) fn take(&'static self, class: usize) -> *mut u8 {
        let queue = self.queue(class);
        loop {
            let page = queue.first.get();
            if page.has_free() {
                let p = page.pop();
                if p.is_null() {
                    fail(Fault::CorruptedBlock, page.free());
                }
                return p;
            }
            if !page.is_none() {
                page.collect();
                if page.has_free() {
                    continue;
                }
                if page.has_raw() {
                    page.carve();
                    continue;
                }
                if !self.retire(page) || !queue.is_empty() {
                    continue;
                }
            }
            let Some(page) = self.left_page(class).or_else(|| self.new_page(class)) else {
                return ptr::null_mut();
            };
            self.prepend(page);
        }
    }

    /// A block of whole slices, or a huge one, and whether it reads as zero; null: no memory.
    pub(super) fn take_single(&'static self, size: usize, align: usize) -> (*mut u8, bool) {
        const NONE: (*mut u8, bool) = (ptr::null_mut(), false);
        let (page, zeroed) = if size > LARGE_MAX || align > LARGE_MAX {
            if size > SIZE_MAX {
                return NONE;
            }
            let Some(made) = huge_allocate(size.max(1), align) else { return NONE };
            made
        } else {
            let bytes = run_bytes(size);
            let before = if align <= Page::RUN_BLOCK { Page::RUN_BLOCK } else { 0 };
            let slices = slices_in(before + bytes + Page::WORD_BYTES);
            let locked = Locked::new();
            tick(&locked);
            let Some(made) = take_slices(&locked, slices, align) else { return NONE };
            drop(locked);
            made.0.set_key(self.random());
            made.0.init_single(made.0.start.get() + before, bytes, Kind::Run);
            made.0.close_run();
            made
        };
        if self.is_apart() {
            self.set_aside(page);
        }
        (pointer_to(page.start.get()), zeroed)
    }

    /// A page of this heap has lost its last block.
    #[cold]
    #[inline(never)]
    pub(super) fn emptied(&'static self, page: &'static Page) {
        self.unlink(page); // not the first: that one counts itself
        release(page);
    }

    /// A page that was full has a free block again.
    pub(super) fn welcome(&'static self, page: &'static Page) {
        page.heap.set(self);
        page.set_owner(self.tid.get());
        self.append(page);
    }

    /// Pages without blocks in use go back.
    fn shrink(&'static self) {
        for queue in &self.queues {
            let mut page = queue.first.get();
            while !page.is_none() {
                let next = page.next.get().unwrap_or(&NO_PAGE);
                page.collect();
                if (if page.is_first() { page.count() } else { page.used() }) == 0 {
                    self.unlink(page);
                    release(page);
                }
                page = next;
            }
        }
    }

    /// All pages go: back, or, if they have blocks in use, to whoever wants them.
    fn leave(&'static self) {
        self.shrink();
        for queue in &self.queues {
            while !queue.is_empty() {
                let page = queue.first.get();
                self.unlink(page);
                page.set_owner(Page::NOBODY);
                page.heap.set(ptr::null());
                leave_page(page);
            }
        }
        self.tid.set(Page::NOBODY);
    }

    /// All pages go back, whatever is in use.
    fn destroy(&'static self) {
        for queue in &self.queues {
            while !queue.is_empty() {
                let page = queue.first.get();
                self.unlink(page);
                release(page);
            }
        }
        while let Some(page) = self.aside.get() {
            self.take_back(page);
            if page.kind.get() == Kind::Huge {
                huge_free(page);
            } else {
                release(page);
            }
        }
    }
}

/// The caller became the owner of a page by freeing a block of it.
pub(super) fn adopt(page: &'static Page) {
    // Who left it listed it before it could be taken over: false is true.
    // Acquire: with unlist_left, which wrote the links before.
    if page.listed.load(Ordering::Acquire) {
        let locked = Locked::new();
        if page.listed.load(Ordering::Relaxed) {
            unlist_left(&locked, page);
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
    if let Some(heap) = heap {
        if !ptr::eq(page.heap.get(), heap) {
            heap.tend(page.class());
        }
        return heap.welcome(page);
    }
    leave_page(page);
}

/// A run of slices is given back.
pub(super) fn free_run(page: &'static Page) {
    release(page);
}

/// A run with another size that fits its place: true.
pub(super) fn resize_run(page: &'static Page, size: usize) -> bool {
    let bytes = run_bytes(size);
    let old = page.slices_of_run();
    let before = page.start.get() % SLICE_BYTES;
    let wanted = slices_in(before + bytes + Page::WORD_BYTES);
    if wanted != old {
        let locked = Locked::new();
        if wanted < old {
            trim_slices(&locked, page, old, wanted);
        } else if !extend_slices(&locked, page, old, wanted) {
            return false;
        }
    }
    page.bytes.set(bytes);
    page.close_run();
    true
}

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

// ---- Slow path ----------------------------------------------------------------------------------

impl Heap {
    fn set_first(&self, class: usize, page: &'static Page) {
        let queue = self.queue(class);
        if !queue.is_empty() {
            queue.first.get().end_queue();
        }
        if !page.is_none() {
            page.begin_queue();
        }
        queue.first.set(page);
        let words = bytes_of(class) / 16;
        if words < DIRECT {
            let word = if class == 0 { 0 } else { bytes_of(class - 1) / 16 + 1 };
            for place in self.direct.iter().take(words + 1).skip(word) {
                place.set(page);
            }
        }
    }

    fn append(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        page.next.set(None);
        if queue.is_empty() {
            page.prev.set(None);
            self.set_first(page.class(), page);
        } else {
            page.prev.set(Some(queue.last.get()));
            queue.last.get().next.set(Some(page));
        }
        queue.last.set(page);
    }

    fn prepend(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        page.prev.set(None);
        if queue.is_empty() {
            page.next.set(None);
            queue.last.set(page);
        } else {
            page.next.set(Some(queue.first.get()));
            queue.first.get().prev.set(Some(page));
        }
        self.set_first(page.class(), page);
    }

    fn unlink(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        match page.next.get() {
            None => queue.last.set(page.prev.get().unwrap_or(&NO_PAGE)),
            Some(next) => next.prev.set(page.prev.get()),
        }
        match page.prev.get() {
            None => self.set_first(page.class(), page.next.get().unwrap_or(&NO_PAGE)),
            Some(prev) => prev.next.set(page.next.get()),
        }
        page.next.set(None);
        page.prev.set(None);
    }

    fn set_aside(&'static self, page: &'static Page) {
        page.heap.set(self);
        page.apart.set(true);
        page.listed.store(true, Ordering::Relaxed);
        page.prev.set(None);
        page.next.set(self.aside.get());
        if let Some(next) = self.aside.get() {
            next.prev.set(Some(page));
        }
        self.aside.set(Some(page));
    }

    pub(super) fn take_back(&self, page: &'static Page) {
        match page.prev.get() {
            None => self.aside.set(page.next.get()),
            Some(prev) => prev.next.set(page.next.get()),
        }
        if let Some(next) = page.next.get() {
            next.prev.set(page.prev.get());
        }
        page.next.set(None);
        page.prev.set(None);
        page.listed.store(false, Ordering::Relaxed);
    }

    /// A thread that only frees does not come across its pages' remote blocks: with each page that
    /// it gets it looks at two others of the class.
    fn tend(&'static self, class: usize) {
        for _ in 0..2 {
            // `NO_PAGE` has none behind it.
            let Some(page) = self.queue(class).first.get().next.get() else { return };
            page.collect();
            self.unlink(page);
            if page.used() == 0 {
                release(page);
            } else {
                self.append(page);
            }
        }
    }

    /// A full page goes; false when somebody gave a block back meanwhile.
    fn retire(&'static self, page: &'static Page) -> bool {
        self.unlink(page);
        if self.is_apart() {
            self.set_aside(page);
            return true;
        }
        // A4, A5: without a number before it is anybody's.
        page.set_owner(Page::NOBODY);
        if page.remote.give_up() {
            return true;
        }
        page.set_owner(self.tid.get());
        self.prepend(page);
        page.collect();
        false
    }

    /// A page that an ended thread left, with room.
    fn left_page(&'static self, class: usize) -> Option<&'static Page> {
        if self.is_apart() {
            return None;
        }
        while left(class).is_some() {
            // Under the lock up to the claim: a page in the list has slices of its own.
            let locked = Locked::new();
            let page = left(class)?;
            unlist_left(&locked, page);
            // Whoever freed a block of it a moment ago has it instead.
            if page.remote.claim() {
                page.heap.set(self);
                page.set_owner(self.tid.get());
                return Some(page);
            }
        }
        None
    }

    fn new_page(&'static self, class: usize) -> Option<&'static Page> {
        let slices = slices_of(class);
        let locked = Locked::new();
        tick(&locked);
        let (page, _) = take_slices(&locked, slices, SLICE_BYTES)?;
        drop(locked);
        page.init(slices, class, self.random());
        page.heap.set(self);
        page.apart.set(self.is_apart());
        page.set_owner(self.tid.get());
        Some(page)
    }

    fn random(&self) -> u64 {
        let mut chance = self.chance.get();
        chance ^= chance << 13; // Marsaglia's xorshift
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        chance.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
