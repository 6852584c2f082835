//! Who asked: calls, bytes and what is still alive, by the address that the allocator returns to.
//!
//! Open addressing over an array whose length is a constant power of 2, as in `table`.

/// How a site asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Way {
    /// `malloc`, `calloc` and the aligned forms.
    Malloc = b'm',
    /// `realloc` of a block.
    Realloc = b'r',
    /// Any form of C++'s `operator new`, which asks `malloc`.
    New = b'n',
}

/// One site that asked in one way for blocks of one size class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// The return address; 0 for an empty place.
    pub(crate) at: usize,
    pub(crate) way: Way,
    /// `c`: blocks of more than 2^(c-1) and at most 2^c bytes.
    pub(crate) class: u8,
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
    pub(crate) live_blocks: u64,
    pub(crate) live_bytes: u64,
}

impl Site {
    const EMPTY: Self = Self {
        at: 0,
        way: Way::Malloc,
        class: 0,
        calls: 0,
        bytes: 0,
        live_blocks: 0,
        live_bytes: 0,
    };
}

/// The smallest power of two that holds `size`, as its exponent.
pub(crate) fn class(size: usize) -> u8 {
    match size {
        0 | 1 => 0,
        _ => (usize::BITS - (size - 1).leading_zeros()) as u8,
    }
}

/// The sites of one window. The first place takes what finds no other: sites beyond the table.
pub(crate) struct Sites<const N: usize> {
    places: [Site; N],
    used: usize,
}

impl<const N: usize> Sites<N> {
    const MASK: usize = {
        assert!(N.is_power_of_two());
        N - 1
    };

    /// No site.
    pub(crate) const fn new() -> Self {
        Self { places: [Site::EMPTY; N], used: 0 }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.places.fill(Site::EMPTY);
        self.used = 0;
    }

    /// The place of a site. 0 when there is none left.
    fn find(&mut self, at: usize, way: Way, class: u8) -> usize {
        let key = (at as u64) << 8 ^ u64::from(class) ^ (way as u64) << 3;
        let mut place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & Self::MASK;
        loop {
            if place != 0 {
                let known = self.places[place];
                if (known.at, known.way, known.class) == (at, way, class) {
                    return place;
                }
                if known.at == 0 {
                    break;
                }
            }
            place = (place + 1) & Self::MASK;
        }
        // An unknown address is the key of empty places.
        if at == 0 || self.used >= N / 8 * 7 {
            return 0;
        }
        self.used += 1;
        self.places[place] = Site { at, way, class, ..Site::EMPTY };
        place
    }

    /// A block was taken; answers the place that counts it.
    pub(crate) fn took(&mut self, at: usize, way: Way, size: usize) -> u32 {
        let place = self.find(at, way, class(size));
        let site = &mut self.places[place & Self::MASK];
        site.calls += 1;
        site.bytes += size as u64;
        site.live_blocks += 1;
        site.live_bytes += size as u64;
        place as u32
    }

    /// A block of this window was given back.
    pub(crate) fn gave(&mut self, place: u32, size: usize) {
        let site = &mut self.places[place as usize & Self::MASK];
        site.live_blocks = site.live_blocks.wrapping_sub(1);
        site.live_bytes = site.live_bytes.wrapping_sub(size as u64);
    }

    /// All sites that asked for something.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Site> {
        self.places.iter().filter(|site| site.calls > 0)
    }
}
