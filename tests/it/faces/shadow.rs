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
    /// What more it has depends on where it lies.
    is_aligned: bool,
}

/// The allocator of all threads, or one heap, with its blocks under names.
pub struct Shadow {
    face: Face,
    memory: Box<dyn Memory>,
    is_heap: bool,
    blocks: BTreeMap<String, Block>,
    next_fill: u8,
}

/// What an operation answered, or why it did not happen.
pub type Answer = Result<String, String>;

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
        Self { face, memory, is_heap, blocks: BTreeMap::new(), next_fill: 1 }
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.blocks.keys()
    }

    pub fn allocate(&mut self, name: &str, size: usize) -> Answer {
        let start = self.memory.allocate(size);
        self.keep(name, start, size, 16)
    }

    pub fn allocate_zeroed(&mut self, name: &str, size: usize) -> Answer {
        let start = self.memory.allocate_zeroed(size);
        for at in 0..if start.is_null() { 0 } else { size } {
            // SAFETY: A2 - the block has `size` bytes, all of them written.
            let byte = unsafe { start.wrapping_add(at).read() };
            assert_eq!(byte, 0, "{name}: byte {at} of {size}");
        }
        self.keep(name, start, size, 16)
    }

    pub fn allocate_aligned(&mut self, name: &str, size: usize, align: usize) -> Answer {
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
        let end = start.addr() + usable;
        for (other, block) in &self.blocks {
            let apart =
                end <= block.start.addr() || block.start.addr() + block.usable <= start.addr();
            assert!(apart, "{name} at {start:?} overlaps {other} at {:?}", block.start);
        }
        let fill = self.next_fill;
        self.next_fill = self.next_fill.wrapping_add(1);
        // SAFETY: A2 - the block has so many bytes.
        unsafe { start.write_bytes(fill, usable) };
        let old = self
            .blocks
            .insert(name.to_string(), Block { start, usable, fill, is_aligned: align > 16 });
        assert!(old.is_none(), "{name} is a block already");
        Ok(if align > 16 { format!("{name}: aligned") } else { format!("{name}: usable {usable}") })
    }

    /// Asserts that the first bytes of a block are as they were written.
    fn expect_intact(name: &str, block: Block, bytes: usize) {
        // SAFETY: A2 - the block is in use, and has so many bytes.
        let bytes = unsafe { std::slice::from_raw_parts(block.start, bytes) };
        let changed = bytes.iter().position(|byte| *byte != block.fill);
        assert_eq!(changed, None, "{name}: a byte has changed");
    }

    fn found(&self, name: &str) -> Result<Block, String> {
        self.blocks.get(name).copied().ok_or_else(|| format!("no block {name}"))
    }

    pub fn reallocate(&mut self, name: &str, size: usize) -> Answer {
        let old = self.found(name)?;
        Self::expect_intact(name, old, old.usable);
        // SAFETY: A2 - in use, of this memory.
        let start = unsafe { self.memory.reallocate(old.start, size) };
        if start.is_null() && size != 0 {
            Self::expect_intact(name, old, old.usable);
            return Err(NO_MEMORY.to_string());
        }
        self.blocks.remove(name);
        if size == 0 {
            assert!(start.is_null(), "{name}: a size of 0 gives back");
            return Ok(format!("{name}: gone"));
        }
        Self::expect_intact(name, Block { start, ..old }, old.usable.min(size));
        let answer = self.keep(name, start, size, 16)?;
        if old.is_aligned {
            self.blocks.get_mut(name).expect("just kept").is_aligned = true;
            return Ok(format!("{name}: resized"));
        }
        // Above size classes it is a matter of what is free beside the block.
        let is_ruled = old.usable <= 1 << 16 && size <= 1 << 16;
        let place = if start == old.start { ", here" } else { ", elsewhere" };
        Ok(answer + if is_ruled { place } else { "" })
    }

    pub fn deallocate(&mut self, name: &str) -> Answer {
        let block = self.found(name)?;
        Self::expect_intact(name, block, block.usable);
        self.blocks.remove(name);
        // SAFETY: A2 - in use, of this memory.
        unsafe { self.memory.deallocate(block.start) };
        Ok(String::new())
    }

    /// As `deallocate`, by another thread; only of the allocator of all threads.
    pub fn deallocate_elsewhere(&mut self, name: &str) -> Answer {
        assert!(!self.is_heap, "a heap belongs to one thread");
        let block = self.found(name)?;
        Self::expect_intact(name, block, block.usable);
        self.blocks.remove(name);
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
        let told = self.blocks.values().filter(|block| !block.is_aligned);
        let bytes: usize = told.map(|block| block.usable).sum();
        Ok(format!("{} blocks, {bytes} bytes, but for the aligned", seen.len()))
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
