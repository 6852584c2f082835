//! Results that can be digested, the same in every language: `spec/lab-protocol.md`, "Digests".

use crate::Digest;

/// A result of work. Implement it for your own types by adding what two equal results share.
///
/// ```
/// use diptych_lab::{Digest, Digestible};
///
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// impl Digestible for Point {
///     fn digest(&self, into: &mut Digest) {
///         (self.x, self.y).digest(into);
///     }
/// }
///
/// let of = |points: &[Point]| {
///     let mut digest = Digest::new();
///     points.digest(&mut digest);
///     digest.value()
/// };
/// assert_ne!(of(&[Point { x: 1.0, y: 2.0 }]), of(&[Point { x: 2.0, y: 1.0 }]));
/// ```
pub trait Digestible {
    /// Adds all of it.
    fn digest(&self, into: &mut Digest);

    /// Adds so little that it costs no time, and still something: timed runs call this. Of a
    /// sequence its length, its ends and its middle; by default all.
    #[inline]
    fn glance(&self, into: &mut Digest) {
        self.digest(into);
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Digestible for $number {
            #[inline]
            #[allow(clippy::cast_sign_loss, clippy::cast_lossless)]
            fn digest(&self, into: &mut Digest) {
                // Signed numbers keep their sign in all 64 bits.
                into.add(*self as u64);
            }
        }
    )+};
}

numbers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, bool, char);

impl Digestible for f64 {
    #[inline]
    fn digest(&self, into: &mut Digest) {
        into.add(self.to_bits());
    }
}

impl Digestible for f32 {
    #[inline]
    fn digest(&self, into: &mut Digest) {
        into.add(u64::from(self.to_bits()));
    }
}

impl<T: Digestible> Digestible for [T] {
    fn digest(&self, into: &mut Digest) {
        into.add(self.len() as u64);
        self.iter().for_each(|item| item.digest(into));
    }

    #[inline]
    fn glance(&self, into: &mut Digest) {
        into.add(self.len() as u64);
        if let [first, .., last] = self {
            first.glance(into);
            self[self.len() / 2].glance(into);
            last.glance(into);
        } else if let [only] = self {
            only.glance(into);
        }
    }
}

/// Its bytes: eight to a word, the first one lowest, the last word filled up with zeros.
impl Digestible for str {
    fn digest(&self, into: &mut Digest) {
        into.add(self.len() as u64);
        for chunk in self.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            into.add(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn glance(&self, into: &mut Digest) {
        self.as_bytes().glance(into);
    }
}

macro_rules! through {
    ($($type:ty[$($parameter:ident)?] => $inner:ty),+) => {$(
        impl<$($parameter: Digestible)?> Digestible for $type {
            #[inline]
            fn digest(&self, into: &mut Digest) {
                <$inner>::digest(self, into);
            }

            #[inline]
            fn glance(&self, into: &mut Digest) {
                <$inner>::glance(self, into);
            }
        }
    )+};
}

through!(Vec<T>[T] => [T], Box<T>[T] => T, String[] => str);

impl<T: Digestible + ?Sized> Digestible for &T {
    #[inline]
    fn digest(&self, into: &mut Digest) {
        T::digest(self, into);
    }

    #[inline]
    fn glance(&self, into: &mut Digest) {
        T::glance(self, into);
    }
}

impl<T: Digestible, const N: usize> Digestible for [T; N] {
    fn digest(&self, into: &mut Digest) {
        self.as_slice().digest(into);
    }

    #[inline]
    fn glance(&self, into: &mut Digest) {
        self.as_slice().glance(into);
    }
}

impl<T: Digestible> Digestible for Option<T> {
    fn digest(&self, into: &mut Digest) {
        self.is_some().digest(into);
        self.iter().for_each(|value| value.digest(into));
    }

    #[inline]
    fn glance(&self, into: &mut Digest) {
        self.is_some().glance(into);
        self.iter().for_each(|value| value.glance(into));
    }
}

macro_rules! tuples {
    ($(($($part:ident),*)),+) => {$(
        #[allow(non_snake_case, unused_variables)]
        impl<$($part: Digestible),*> Digestible for ($($part,)*) {
            #[inline]
            fn digest(&self, into: &mut Digest) {
                let ($($part,)*) = self;
                $($part.digest(into);)*
            }

            #[inline]
            fn glance(&self, into: &mut Digest) {
                let ($($part,)*) = self;
                $($part.glance(into);)*
            }
        }
    )+};
}

tuples!((), (A), (A, B), (A, B, C), (A, B, C, D));

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &(impl Digestible + ?Sized)) -> u64 {
        let mut digest = Digest::new();
        value.digest(&mut digest);
        digest.value()
    }

    fn glance(value: &(impl Digestible + ?Sized)) -> u64 {
        let mut digest = Digest::new();
        value.glance(&mut digest);
        digest.value()
    }

    fn words(words: &[u64]) -> u64 {
        let mut digest = Digest::new();
        words.iter().for_each(|&word| digest.add(word));
        digest.value()
    }

    #[test]
    fn values_are_the_words_that_the_specification_names() {
        assert_eq!(of(&-1_i8), words(&[u64::MAX]));
        assert_eq!(of(&true), words(&[1]));
        assert_eq!(of(&1.0_f64), words(&[0x3ff0_0000_0000_0000]));
        assert_eq!(of(&1.0_f32), words(&[0x3f80_0000]));
        assert_eq!(of("abcdefghi"), words(&[9, 0x6867_6665_6463_6261, 0x69]));
        assert_eq!(of(&vec![5_u8, 6]), words(&[2, 5, 6]));
        assert_eq!(of(&[[1_u32; 2]; 2]), words(&[2, 2, 1, 1, 2, 1, 1]));
        assert_eq!(of(&(Some(3_u64), None::<u64>, ())), words(&[1, 3, 0]));
    }

    #[test]
    fn a_glance_takes_the_ends_and_the_middle() {
        assert_eq!(glance(&(10..15).collect::<Vec<u64>>()), words(&[5, 10, 12, 14]));
        assert_eq!(glance(&vec![7_u64]), words(&[1, 7]));
        assert_eq!(glance(&Vec::<u64>::new()), words(&[0]));
        assert_eq!(glance("abc"), words(&[3, 0x61, 0x62, 0x63]));
        assert_eq!(
            glance(&vec![vec![1_u64, 2]; 3]),
            words(&[3, 2, 1, 2, 2, 2, 1, 2, 2, 2, 1, 2, 2])
        );
    }

    #[test]
    fn any_changed_part_changes_the_digest() {
        let base: Vec<u16> = (0..40).collect();
        for at in 0..base.len() {
            let mut other = base.clone();
            other[at] ^= 1;
            assert_ne!(of(&base), of(&other));
        }
        assert_ne!(of("a\0"), of("a"));
        assert_ne!(of(&("a", "b")), of(&("ab", "")));
    }
}
