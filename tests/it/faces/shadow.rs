//! What an allocator has given out, and what was written there: finds blocks that overlap, that are
//! not aligned, that change behind their owner's back, or that a heap forgets.

use std::collections::BTreeMap;
use std::thread;

use super::memory::{Face, Memory};

/// A block in use, and what it holds.
#[derive(Clone, Copy)]
struct Block {
    start: *mut u8,
    usable: usize,
    fill: u8,
    /// How many bytes it has follows from how many were asked for.
    is_ruled: bool,
}

/// The allocator of all threads, or one heap, with its blocks under names.
pub struct Shadow {
    face: Face,
    memory: Box<dyn Memory>,
    is_heap: bool,
    blocks: BTreeMap<String, Block>,
    /// Where they begin and end.
    places: BTreeMap<usize, usize>,
    next_fill: u8,
}

/// What may be done with a block.
#[derive(Clone, Debug)]
pub enum Op {
    Allocate(usize),
    AllocateZeroed(usize),
    /// Size and alignment.
    AllocateAligned(usize, usize),
    Reallocate(usize),
    Deallocate,
    /// By another thread; only of the allocator of all threads.
    DeallocateElsewhere,
}

/// What an operation answered, or why it did not happen.
pub type Answer = Result<String, String>;

/// The largest blocks that have a size class.
const CLASSED: usize = (20 << 10) - 8;

/// A word that is the whole truth about a failure.
const NO_MEMORY: &str = "no memory";

impl Shadow {
    pub fn of_threads(face: Face) -> Self {
        Self::over(face, (face.threads)(), false)
    }

    pub fn of_heap(face: Face) -> Self {
        Self::over(face, (face.heap)(), true)
    }

    fn over(face: Face, memory: Box<dyn Memory>, is_heap: bool) -> Self {
        let (blocks, places) = (BTreeMap::new(), BTreeMap::new());
        Self { face, memory, is_heap, blocks, places, next_fill: 1 }
    }

    /// Does it with the block of this name.
    pub fn run(&mut self, name: &str, op: &Op) -> Answer {
        match *op {
            Op::Allocate(size) => self.allocate(name, size),
            Op::AllocateZeroed(size) => self.allocate_zeroed(name, size),
            Op::AllocateAligned(size, align) => self.allocate_aligned(name, size, align),
            Op::Reallocate(size) => self.reallocate(name, size),
            Op::Deallocate => self.deallocate(name),
            Op::DeallocateElsewhere => self.deallocate_elsewhere(name),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.blocks.keys()
    }

    fn allocate(&mut self, name: &str, size: usize) -> Answer {
        let start = self.memory.allocate(size);
        self.keep(name, start, size, 16)
    }

    fn allocate_zeroed(&mut self, name: &str, size: usize) -> Answer {
        let start = self.memory.allocate_zeroed(size);
        if !start.is_null() {
            Self::expect_bytes(name, start, size, 0);
        }
        self.keep(name, start, size, 16)
    }

    fn allocate_aligned(&mut self, name: &str, size: usize, align: usize) -> Answer {
        let start = self.memory.allocate_aligned(size, align);
        self.keep(name, start, size, align)
    }

    /// Writes down a new block, and fills it.
    fn keep(&mut self, name: &str, start: *mut u8, size: usize, align: usize) -> Answer {
        if start.is_null() {
            return Err(NO_MEMORY.to_string());
        }
        // SAFETY: A2 - just allocated.
        let usable = unsafe { self.memory.usable_size(start) };
        assert!(usable >= size, "{name}: {usable} usable bytes of {size}");
        let whole = align.max(16);
        assert_eq!(start.addr() % whole, 0, "{name}: {start:?} is not aligned to {whole}");
        let (from, end) = (start.addr(), start.addr() + usable);
        let before = self.places.range(..end).next_back();
        if let Some((other, other_end)) = before {
            assert!(*other_end <= from, "{name} at {start:?} overlaps the block at {other:#x}");
        }
        self.places.insert(from, end);
        let fill = self.next_fill;
        self.next_fill = self.next_fill.wrapping_add(1);
        // SAFETY: A2 - the block has so many bytes.
        unsafe { start.write_bytes(fill, usable) };
        // An aligned block lies in a larger one; a huge one may be a larger one that was kept.
        let is_ruled = align <= 16 && size <= CLASSED;
        let block = Block { start, usable, fill, is_ruled };
        let old = self.blocks.insert(name.to_string(), block);
        assert!(old.is_none(), "{name} is a block already");
        Ok(if is_ruled { format!("{name}: usable {usable}") } else { format!("{name}: there") })
    }

    /// Asserts that the first bytes of a block are as they were written.
    fn expect_intact(name: &str, block: Block, bytes: usize) {
        Self::expect_bytes(name, block.start, bytes, block.fill);
    }

    /// Asserts what bytes hold: by pages, as tests are compiled without optimisation.
    fn expect_bytes(name: &str, start: *mut u8, bytes: usize, value: u8) {
        // SAFETY: A2 - the block is in use, and has so many bytes, all of them written.
        let bytes = unsafe { std::slice::from_raw_parts(start, bytes) };
        let page = [value; 4096];
        for (index, chunk) in bytes.chunks(page.len()).enumerate() {
            assert!(
                chunk == &page[..chunk.len()],
                "{name}: not {value} in bytes {index} * 4096 .."
            );
        }
    }

    /// The block is no longer in use.
    fn forget(&mut self, name: &str) {
        if let Some(block) = self.blocks.remove(name) {
            self.places.remove(&block.start.addr());
        }
    }

    fn found(&self, name: &str) -> Result<Block, String> {
        self.blocks.get(name).copied().ok_or_else(|| format!("no block {name}"))
    }

    fn reallocate(&mut self, name: &str, size: usize) -> Answer {
        let old = self.found(name)?;
        Self::expect_intact(name, old, old.usable);
        // SAFETY: A2 - in use, of this memory.
        let start = unsafe { self.memory.reallocate(old.start, size) };
        if start.is_null() && size != 0 {
            Self::expect_intact(name, old, old.usable);
            return Err(NO_MEMORY.to_string());
        }
        self.forget(name);
        if size == 0 {
            assert!(start.is_null(), "{name}: a size of 0 gives back");
            return Ok(format!("{name}: gone"));
        }
        Self::expect_intact(name, Block { start, ..old }, old.usable.min(size));
        let answer = self.keep(name, start, size, 16)?;
        // What grows by little gets more than it asked for, if that is easy.
        if !old.is_ruled || (size > old.usable && size - old.usable < old.usable / 2) {
            self.blocks.get_mut(name).expect("just kept").is_ruled = false;
            return Ok(format!("{name}: resized"));
        }
        // Above size classes it is a matter of what is free beside the block.
        let is_small = old.usable <= CLASSED && size <= CLASSED;
        let place = if start == old.start { ", here" } else { ", elsewhere" };
        Ok(answer + if is_small { place } else { "" })
    }

    fn deallocate(&mut self, name: &str) -> Answer {
        let block = self.found(name)?;
        Self::expect_intact(name, block, block.usable);
        self.forget(name);
        // SAFETY: A2 - in use, of this memory.
        unsafe { self.memory.deallocate(block.start) };
        Ok(String::new())
    }

    fn deallocate_elsewhere(&mut self, name: &str) -> Answer {
        assert!(!self.is_heap, "a heap belongs to one thread");
        let block = self.found(name)?;
        Self::expect_intact(name, block, block.usable);
        self.forget(name);
        let (address, threads) = (block.start.expose_provenance(), self.face.threads);
        let free = move || {
            let start = std::ptr::with_exposed_provenance_mut(address);
            // SAFETY: A4 - in use; any thread may free it.
            unsafe { threads().deallocate(start) };
        };
        thread::spawn(free).join().expect("it does not panic");
        Ok(String::new())
    }

    /// What the heap itself says it holds; it must be what was written down.
    pub fn held(&self) -> Answer {
        let mut seen = self.memory.visit();
        let mut known: Vec<(usize, usize)> =
            self.blocks.values().map(|block| (block.start.addr(), block.usable)).collect();
        seen.sort_unstable();
        known.sort_unstable();
        assert_eq!(seen, known, "what a heap shows is what it has given out");
        let told = self.blocks.values().filter(|block| block.is_ruled);
        let bytes: usize = told.clone().map(|block| block.usable).sum();
        Ok(format!("{} blocks; {bytes} bytes in {}", seen.len(), told.count()))
    }

    /// Looks at every block that is in use, and gives back those of the allocator of all threads.
    /// Those of a heap go with it.
    pub fn end(mut self) {
        for (name, block) in std::mem::take(&mut self.blocks) {
            Self::expect_intact(&name, block, block.usable);
            if !self.is_heap {
                // SAFETY: A2 - in use, of this memory.
                unsafe { self.memory.deallocate(block.start) };
            }
        }
    }
}
