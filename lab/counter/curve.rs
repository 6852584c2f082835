//! Live bytes over a window, in a bounded number of points that keep every bucket's maximum.
//!
//! A bucket is a number of events (blocks taken, resized and given back), so that a phase that
//! only frees has points too; when all buckets are full, neighbours become one and the number
//! doubles. The highest point of all is always among them: the peak is exact.

/// The heap after one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Bytes asked for so far.
    pub(crate) allocated: u64,
    /// Nanoseconds since the window began.
    pub(crate) ns: u64,
    /// Bytes alive, relative to the window's begin.
    pub(crate) live: i64,
}

/// At most `N` points; `N` is even.
pub(crate) struct Curve<const N: usize> {
    points: [Point; N],
    used: usize,
    /// Events in a full bucket.
    width: u64,
    /// Events in the last bucket.
    filled: u64,
}

impl<const N: usize> Curve<N> {
    /// No point.
    pub(crate) const fn new() -> Self {
        assert!(N >= 2 && N.is_multiple_of(2));
        let none = Point { allocated: 0, ns: 0, live: 0 };
        Self { points: [none; N], used: 0, width: 1, filled: 0 }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        (self.used, self.width, self.filled) = (0, 1, 0);
    }

    /// One event. The clock is asked only for events that make a point.
    pub(crate) fn add(&mut self, allocated: u64, live: i64, ns: impl FnOnce() -> u64) {
        if self.used > 0 && self.filled < self.width {
            self.filled += 1;
            if let Some(last) = self.points.get_mut(self.used - 1)
                && live > last.live
            {
                *last = Point { allocated, ns: ns(), live };
            }
            return;
        }
        if self.used == N {
            self.halve();
        }
        if let Some(next) = self.points.get_mut(self.used) {
            *next = Point { allocated, ns: ns(), live };
            self.used += 1;
            self.filled = 1;
        }
    }

    fn halve(&mut self) {
        for at in 0..N / 2 {
            let (first, second) = (self.points[2 * at], self.points[2 * at + 1]);
            self.points[at] = if second.live > first.live { second } else { first };
        }
        self.used = N / 2;
        self.width = self.width.wrapping_mul(2);
    }

    /// The points so far, in order.
    pub(crate) fn points(&self) -> &[Point] {
        self.points.get(..self.used).unwrap_or(&[])
    }
}
