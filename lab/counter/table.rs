//! Live blocks by address: open addressing over an array.
//!
//! The array's length is a constant power of 2, so that the compiler sees that no index is out of
//! bounds: the counter must hold no code that could panic, for it has nothing to unwind with.

/// One place of a table; a block of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) block: usize,
    pub(crate) size: usize,
    /// The window it was taken in; 0 for none.
    pub(crate) window: u32,
    /// Where in that window's sites it is counted.
    pub(crate) site: u32,
}

impl Slot {
    /// No block.
    pub(crate) const EMPTY: Self = Self { block: 0, size: 0, window: 0, site: 0 };
}

/// Blocks with their sizes.
pub(crate) struct Table<'a, const N: usize> {
    slots: &'a mut [Slot; N],
    used: usize,
}

impl<'a, const N: usize> Table<'a, N> {
    const MASK: usize = {
        assert!(N.is_power_of_two());
        N - 1
    };

    /// An empty table over empty slots.
    pub(crate) fn new(slots: &'a mut [Slot; N]) -> Self {
        Self { slots, used: 0 }
    }

    /// Where the search for a block begins (Knuth 6.4: multiplicative hashing).
    fn home(block: usize) -> usize {
        let hash = (block as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & Self::MASK
    }

    /// Remembers a block; `false` when the table is too full to be searched quickly.
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        if self.used >= N / 8 * 7 {
            return false;
        }
        let mut at = Self::home(slot.block);
        while self.slots[at].block != 0 {
            at = (at + 1) & Self::MASK;
        }
        self.slots[at] = slot;
        self.used += 1;
        true
    }

    /// Forgets a block and answers what was known of it; the empty slot for one that is not there.
    pub(crate) fn remove(&mut self, block: usize) -> Slot {
        let mut gap = Self::home(block);
        while self.slots[gap].block != block {
            if self.slots[gap].block == 0 {
                return Slot::EMPTY;
            }
            gap = (gap + 1) & Self::MASK;
        }
        let removed = self.slots[gap];
        // Close the gap (Knuth 6.4, algorithm R): a later slot moves back unless its home lies
        // between the gap and itself.
        let mut next = gap;
        loop {
            next = (next + 1) & Self::MASK;
            let moved = self.slots[next];
            if moved.block == 0 {
                break;
            }
            let from_home = next.wrapping_sub(Self::home(moved.block)) & Self::MASK;
            if from_home >= next.wrapping_sub(gap) & Self::MASK {
                self.slots[gap] = moved;
                gap = next;
            }
        }
        self.slots[gap] = Slot::EMPTY;
        self.used -= 1;
        removed
    }
}
