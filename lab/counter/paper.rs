//! Writing lines of text to a file descriptor, without the heap and without code that can panic.

use core::ffi::{c_int, c_void};

use crate::libc;

/// A buffer before a descriptor. What cannot be written is lost: the reader misses the last line.
pub(crate) struct Paper {
    descriptor: c_int,
    text: [u8; 4096],
    used: usize,
}

impl Paper {
    /// Nothing written yet.
    pub(crate) fn new(descriptor: c_int) -> Self {
        Self { descriptor, text: [0; 4096], used: 0 }
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            if self.used >= self.text.len() {
                self.flush();
            }
            if let Some(place) = self.text.get_mut(self.used) {
                *place = byte;
                self.used += 1;
            }
        }
        self
    }

    /// A number, after a tab.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(b"\t").digits::<10>(number)
    }

    /// A number in hexadecimal, after a tab.
    pub(crate) fn hex(&mut self, number: u64) -> &mut Self {
        self.bytes(b"\t").digits::<16>(number)
    }

    /// A number with its sign, after a tab.
    pub(crate) fn signed(&mut self, number: i64) -> &mut Self {
        self.bytes(if number < 0 { b"\t-" } else { b"\t" }).digits::<10>(number.unsigned_abs())
    }

    fn digits<const BASE: u64>(&mut self, number: u64) -> &mut Self {
        let (mut digits, mut left) = ([b'0'; 20], number);
        let mut used = 0;
        for place in digits.iter_mut().rev() {
            let digit = (left % BASE) as u8;
            *place = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            left /= BASE;
            used += 1;
            if left == 0 {
                break;
            }
        }
        let from = digits.len().saturating_sub(used);
        self.bytes(digits.get(from..).unwrap_or(&[]))
    }

    /// The end of a line.
    pub(crate) fn end(&mut self) {
        self.bytes(b"\n");
    }

    /// Hands on what is in the buffer.
    pub(crate) fn flush(&mut self) {
        let mut rest = self.text.get(..self.used).unwrap_or(&[]);
        while !rest.is_empty() {
            let from = rest.as_ptr().cast::<c_void>();
            // SAFETY: C4 - `rest` is valid for its length.
            let written = unsafe { libc::write(self.descriptor, from, rest.len()) };
            match usize::try_from(written) {
                Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or(&[]),
                _ => break,
            }
        }
        self.used = 0;
    }
}
