//! Why an operation on an erased vector could not be done.

use core::fmt;

/// The cause of a failure, with its figures. `Display` gives the sentence that C programs read
/// with `dpt_last_error`; the C++ twin uses the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasedError {
    /// The element table says that an element has no bytes.
    ElementSizeZero,
    /// The element table's size is no multiple of its alignment.
    ElementSize {
        /// Bytes of one element.
        size: usize,
        /// Its alignment.
        align: usize,
    },
    /// The element table's alignment is no power of two.
    ElementAlign {
        /// The alignment.
        align: usize,
    },
    /// Elements were to pass between two vectors whose tables differ.
    UnlikeElements,
    /// More slots of a gap are said to be filled than it has.
    GapOverfilled {
        /// Slots said to be filled.
        filled: usize,
        /// Slots of the gap.
        count: usize,
    },
    /// The gap to be closed was not opened where it is said to be.
    GapMoved {
        /// Where it is said to be.
        index: usize,
        /// Elements before the gap that is open.
        len: usize,
    },
    /// The gap to be closed and the elements behind it do not fit the block.
    GapTooLong {
        /// Where the gap is.
        index: usize,
        /// Slots of the gap.
        count: usize,
        /// Elements said to be behind it.
        tail: usize,
        /// Elements the block has room for.
        cap: usize,
    },
    /// There is no element at the index.
    Index {
        /// The index.
        index: usize,
        /// Elements alive.
        len: usize,
    },
    /// There are fewer elements than the range reaches over.
    Range {
        /// First index of the range.
        first: usize,
        /// Length of the range.
        count: usize,
        /// Elements alive.
        len: usize,
    },
    /// The block has room for fewer elements.
    Room {
        /// Elements there are said to be.
        len: usize,
        /// Elements the block has room for.
        cap: usize,
    },
    /// There is no element to take.
    Empty,
    /// V4: more than `isize::MAX` bytes.
    Capacity {
        /// Elements alive.
        len: usize,
        /// Elements wanted besides.
        additional: usize,
        /// Bytes of one element.
        size: usize,
    },
    /// The allocator has no block of so many bytes.
    Memory {
        /// Bytes asked for.
        bytes: usize,
    },
    /// The table's `copy` answered something else than `DPT_OK`.
    Copy {
        /// Copies made, and destroyed again, before it.
        index: usize,
        /// Copies wanted.
        count: usize,
        /// The answer.
        status: u32,
    },
    // TWIN: C++ has two more causes, for a copy and for a predicate that threw: it can catch an
    // exception, where one that reached Rust would end the program.
}

impl fmt::Display for ErasedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ElementSizeZero => write!(f, "the element size is 0"),
            Self::ElementSize { size, align } => {
                write!(f, "the element size {size} is no multiple of the alignment {align}")
            }
            Self::ElementAlign { align } => {
                write!(f, "the element alignment {align} is no power of two")
            }
            Self::UnlikeElements => write!(f, "the two vectors have unlike element tables"),
            Self::GapOverfilled { filled, count } => {
                write!(f, "{filled} filled slots are more than the gap of {count}")
            }
            Self::GapMoved { index, len } => {
                write!(f, "the gap is not at {index}, there are {len} elements before it")
            }
            Self::GapTooLong { index, count, tail, cap } => write!(
                f,
                "a gap of {count} at {index} and {tail} elements behind it are more than the \
                 capacity of {cap}"
            ),
            Self::Index { index, len } => {
                write!(f, "index {index} is past the end of {len} elements")
            }
            Self::Range { first, count, len } => write!(
                f,
                "{count} elements from index {first} reach past the end of {len} elements"
            ),
            Self::Room { len, cap } => {
                write!(f, "{len} elements are more than the capacity of {cap}")
            }
            Self::Empty => write!(f, "the vector is empty"),
            Self::Capacity { len, additional, size } => write!(
                f,
                "{len} + {additional} elements of {size} bytes are more than PTRDIFF_MAX bytes"
            ),
            Self::Memory { bytes } => write!(f, "no memory for {bytes} bytes"),
            Self::Copy { index, count, status } => {
                write!(f, "copying element {index} of {count} failed with status {status}")
            }
        }
    }
}

impl core::error::Error for ErasedError {}
