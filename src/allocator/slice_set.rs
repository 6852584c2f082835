//! A bit for each slice of a segment: those that are free, or dirty.

use core::cell::Cell;

use super::config::{HEADER_SLICES, SLICES_OF_SEGMENT};

/// A set of zeros is the empty one.
pub(super) struct SliceSet {
    bits: [Cell<u64>; SLICES_OF_SEGMENT / 64],
    count: Cell<usize>,
}

impl SliceSet {
    /// The slices of one word of the set; none behind the last.
    fn word(&self, word: usize) -> u64 {
        self.bits.get(word).map_or(0, Cell::get)
    }

    /// The first slice from `at` on that is in the set, or out of it; `SLICES_OF_SEGMENT` for none.
    pub(super) fn next(&self, at: usize, within: bool) -> usize {
        for word in at / 64..SLICES_OF_SEGMENT / 64 {
            let mut bits = if within { self.word(word) } else { !self.word(word) };
            if word == at / 64 {
                bits &= !0 << (at % 64);
            }
            if bits != 0 {
                return word * 64 + bits.trailing_zeros() as usize;
            }
        }
        SLICES_OF_SEGMENT
    }

    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    /// The first run of `count` slices of the set that begins at a multiple of `align` slices.
    pub(super) fn find(&self, count: usize, align: usize) -> Option<usize> {
        if count > self.count() {
            return None;
        }
        let mut begin = HEADER_SLICES;
        loop {
            begin = self.next(begin, true);
            if begin == SLICES_OF_SEGMENT {
                return None;
            }
            let end = self.next(begin, false);
            let aligned = (begin + align - 1) & !(align - 1);
            if aligned + count <= end {
                return Some(aligned);
            }
            begin = end;
        }
    }

    /// Puts slices in, or takes them out; how many were not so before.
    pub(super) fn change(&self, begin: usize, count: usize, within: bool) -> usize {
        let mut changed = 0;
        let (mut at, end) = (begin, begin + count);
        while at < end {
            let Some(word) = self.bits.get(at / 64) else { break };
            let in_word = (end - at).min(64 - at % 64);
            let bits = !0 >> (64 - in_word) << (at % 64);
            let other = if within { !word.get() } else { word.get() } & bits;
            changed += other.count_ones() as usize;
            word.set(if within { word.get() | bits } else { word.get() & !bits });
            at = (at / 64 + 1) * 64;
        }
        let count = self.count.get();
        self.count.set(if within { count + changed } else { count - changed });
        changed
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn empty() -> SliceSet {
        SliceSet { bits: [const { Cell::new(0) }; SLICES_OF_SEGMENT / 64], count: Cell::new(0) }
    }

    proptest! {
        #[test]
        fn a_set_of_slices_is_as_good_as_a_list_of_flags(
            changes in prop::collection::vec((0..SLICES_OF_SEGMENT, 1..80_usize, any::<bool>()), 1..40),
            count in 1..70_usize,
            align in 0..7_u32,
        ) {
            let (set, mut flags) = (empty(), [false; SLICES_OF_SEGMENT]);
            for (begin, count, within) in changes {
                let end = SLICES_OF_SEGMENT.min(begin + count);
                let changed = flags[begin..end].iter().filter(|&&flag| flag != within).count();
                prop_assert_eq!(set.change(begin, end - begin, within), changed);
                flags[begin..end].fill(within);
            }
            prop_assert_eq!(set.count(), flags.iter().filter(|&&flag| flag).count());
            for at in 0..=SLICES_OF_SEGMENT {
                for within in [false, true] {
                    let next = flags[at..].iter().position(|&flag| flag == within);
                    let next = next.map_or(SLICES_OF_SEGMENT, |next| at + next);
                    prop_assert_eq!(set.next(at, within), next);
                }
            }
            let fits = |&begin: &usize| flags[begin..begin + count].iter().all(|&flag| flag);
            let begins = (0..=SLICES_OF_SEGMENT - count).step_by(1 << align);
            let first = begins.skip_while(|&begin| begin < HEADER_SLICES).find(fits);
            // Of each run of slices only the first aligned place is looked at, which is enough.
            prop_assert_eq!(set.find(count, 1 << align), first);
        }
    }
}
