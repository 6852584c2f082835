//! The sizes of live blocks by address: open addressing over a slice whose length is a power of 2.

/// One place of a table; a block of 0 is none.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) block: usize,
    pub(crate) size: usize,
}

/// Blocks with their sizes.
pub(crate) struct Table<'a> {
    slots: &'a mut [Slot],
    used: usize,
}

impl<'a> Table<'a> {
    /// An empty table over empty slots, a power of 2 in number.
    pub(crate) fn new(slots: &'a mut [Slot]) -> Self {
        Self { slots, used: 0 }
    }

    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    /// Where the search for a block begins (Knuth 6.4: multiplicative hashing).
    fn home(&self, block: usize) -> usize {
        let hash = (block as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & self.mask()
    }

    /// Remembers a block; `false` when the table is too full to be searched quickly.
    pub(crate) fn insert(&mut self, block: usize, size: usize) -> bool {
        if self.used >= self.slots.len() / 8 * 7 {
            return false;
        }
        let mut at = self.home(block);
        while self.slots[at].block != 0 {
            at = (at + 1) & self.mask();
        }
        self.slots[at] = Slot { block, size };
        self.used += 1;
        true
    }

    /// Forgets a block and answers its size; 0 for one that is not there.
    pub(crate) fn remove(&mut self, block: usize) -> usize {
        let mask = self.mask();
        let mut gap = self.home(block);
        while self.slots[gap].block != block {
            if self.slots[gap].block == 0 {
                return 0;
            }
            gap = (gap + 1) & mask;
        }
        let size = self.slots[gap].size;
        // Close the gap (Knuth 6.4, algorithm R): a later slot moves back unless its home lies
        // between the gap and itself.
        let mut next = gap;
        loop {
            next = (next + 1) & mask;
            let moved = self.slots[next];
            if moved.block == 0 {
                break;
            }
            let from_home = next.wrapping_sub(self.home(moved.block)) & mask;
            if from_home >= next.wrapping_sub(gap) & mask {
                self.slots[gap] = moved;
                gap = next;
            }
        }
        self.slots[gap] = Slot { block: 0, size: 0 };
        self.used -= 1;
        size
    }
}
