//! From bytes to classes and back.
//!
//! ```text
//!   16, 32, ... 128 | 144, 160, ... 256 | 288, ... 512 | ... | ... 20480
//!    8 classes, 16 apart   8, 16 apart     8, 32 apart          2, 2048 apart
//! ```

use super::config::{MEDIUM_MAX, PAGE_BLOCKS_MIN, PAGE_BYTES_MIN, SLICE_BYTES};

pub(super) const CLASSES: usize = 66;

/// The class of a request of at most `MEDIUM_MAX` bytes.
#[inline(always)]
pub(super) const fn class_of(size: usize) -> usize {
    if size <= 128 {
        return size.div_ceil(16) - (size != 0) as usize;
    }
    let last = size - 1;
    let top = last.ilog2() as usize;
    (top - 6) * 8 + ((last >> (top - 3)) & 7)
}

/// The bytes of a block of this class.
#[inline(always)]
pub(super) const fn bytes_of(class: usize) -> usize {
    if class < 8 {
        return (class + 1) * 16;
    }
    (class % 8 + 9) << (class / 8 + 3)
}

/// The slices of a page of this class.
#[inline(always)]
pub(super) const fn slices_of(class: usize) -> usize {
    let bytes = bytes_of(class) * PAGE_BLOCKS_MIN;
    (if bytes > PAGE_BYTES_MIN { bytes } else { PAGE_BYTES_MIN }).div_ceil(SLICE_BYTES)
}

const _: () = {
    assert!(class_of(16) == 0 && class_of(17) == 1 && class_of(128) == 7);
    assert!(class_of(129) == 8 && bytes_of(8) == 144 && class_of(256) == 15);
    assert!(class_of(MEDIUM_MAX) == CLASSES - 1 && bytes_of(CLASSES - 1) == MEDIUM_MAX);
};

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::super::config::{MEDIUM_MAX, PAGE_BLOCKS_MIN, PAGE_BYTES_MIN, SLICE_BYTES};
    use super::{CLASSES, bytes_of, class_of, slices_of};

    #[test]
    fn every_size_gets_the_smallest_class_that_holds_it() {
        assert_eq!(class_of(0), 0);
        let mut class = 0;
        for size in 1..=MEDIUM_MAX {
            if size > bytes_of(class) {
                class += 1;
            }
            assert_eq!(class_of(size), class, "{size}");
        }
        assert_eq!(class, CLASSES - 1);
    }

    #[test]
    fn at_most_an_eighth_is_lost_above_the_smallest_sizes() {
        for size in 129..=MEDIUM_MAX {
            assert!(bytes_of(class_of(size)) - size <= size / 8, "{size}");
        }
    }

    #[test]
    fn a_page_has_the_fewest_slices_that_hold_enough_blocks_and_bytes() {
        for class in 0..CLASSES {
            let least = PAGE_BYTES_MIN.max(PAGE_BLOCKS_MIN * bytes_of(class));
            let bytes = slices_of(class) * SLICE_BYTES;
            assert!(least <= bytes && bytes < least + SLICE_BYTES, "{class}");
        }
    }
}
