//! The libraries of the distribution: which of them are there, and their functions, made safe.

use crate::libraries::LIBRARIES;

/// A library that is there.
pub struct Found {
    /// `c` or `c++`.
    pub language: &'static str,
    /// Its version, and how it is linked.
    pub flags: &'static str,
}

/// One line for each library that is not there, with its package and the reason.
pub fn absent() -> Vec<String> {
    let absent = [
        option_env!("WILD_ZLIB_ABSENT"),
        option_env!("WILD_BZIP2_ABSENT"),
        option_env!("WILD_SNAPPY_ABSENT"),
        option_env!("WILD_LZ4_ABSENT"),
        option_env!("WILD_RE2_ABSENT"),
    ];
    let named = LIBRARIES.iter().zip(absent);
    named
        .filter_map(|(library, reason)| {
            let (name, package, reason) = (library.name, library.package, reason?);
            Some(format!("{name} is absent and skipped: {reason}; install {package}"))
        })
        .collect()
}

/// What a wrapper answers when its library could not do it.
const FAILED: usize = usize::MAX;

/// Declares the wrapper of a codec and gives its functions the types of [`crate::codec::Codec`].
macro_rules! codec {
    ($name:ident, $language:literal, $cfg:ident, $flags:literal,
     $compress:ident, $decompress:ident) => {
        #[cfg($cfg)]
        pub mod $name {
            use super::{FAILED, Found};

            unsafe extern "C" {
                fn $compress(
                    level: i32,
                    input: *const u8,
                    input_len: usize,
                    output: *mut u8,
                    output_len: usize,
                ) -> usize;
                fn $decompress(
                    input: *const u8,
                    input_len: usize,
                    output: *mut u8,
                    output_len: usize,
                ) -> usize;
            }

            pub const FOUND: Found = Found { language: $language, flags: env!($flags) };

            pub fn compress(level: i32, input: &[u8], output: &mut [u8]) -> Option<usize> {
                let (from, to) = (input.as_ptr(), output.as_mut_ptr());
                // SAFETY: W1 - both pointers come with the lengths of their slices.
                let written = unsafe { $compress(level, from, input.len(), to, output.len()) };
                (written != FAILED).then_some(written)
            }

            pub fn decompress(input: &[u8], output: &mut [u8]) -> Option<usize> {
                let (from, to) = (input.as_ptr(), output.as_mut_ptr());
                // SAFETY: W1 - as above.
                let written = unsafe { $decompress(from, input.len(), to, output.len()) };
                (written != FAILED).then_some(written)
            }
        }
    };
}

codec!(zlib, "c", wild_zlib, "WILD_ZLIB_FLAGS", wild_zlib_compress, wild_zlib_decompress);
codec!(bzip2, "c", wild_bzip2, "WILD_BZIP2_FLAGS", wild_bzip2_compress, wild_bzip2_decompress);
codec!(
    snappy,
    "c++",
    wild_snappy,
    "WILD_SNAPPY_FLAGS",
    wild_snappy_compress,
    wild_snappy_decompress
);
codec!(lz4, "c", wild_lz4, "WILD_LZ4_FLAGS", wild_lz4_compress, wild_lz4_decompress);

#[cfg(wild_re2)]
pub mod re2 {
    //! RE2, over bytes and with ASCII classes.

    use std::ptr::NonNull;

    use super::Found;
    use crate::regexes::Matches;

    #[repr(C)]
    struct Opaque {
        _private: [u8; 0],
    }

    #[repr(C)]
    struct Answer {
        matches: u64,
        digest: u64,
    }

    unsafe extern "C" {
        fn wild_re2_new(pattern: *const u8, len: usize) -> *mut Opaque;
        fn wild_re2_free(pattern: *mut Opaque);
        fn wild_re2_find(pattern: *const Opaque, text: *const u8, len: usize) -> Answer;
        fn wild_re2_find_first(pattern: *const Opaque, text: *const u8, len: usize) -> Answer;
    }

    pub const FOUND: Found = Found { language: "c++", flags: env!("WILD_RE2_FLAGS") };

    /// A compiled pattern.
    pub struct Re2(NonNull<Opaque>);

    impl Re2 {
        /// Nothing, when RE2 refuses the pattern.
        pub fn new(pattern: &str) -> Option<Self> {
            // SAFETY: W1 - the pointer comes with its length.
            NonNull::new(unsafe { wild_re2_new(pattern.as_ptr(), pattern.len()) }).map(Self)
        }

        pub fn find(&self, text: &[u8]) -> Matches {
            // SAFETY: W2 - made by `new` and not freed; W1 - the pointer comes with its length.
            let found = unsafe { wild_re2_find(self.0.as_ptr(), text.as_ptr(), text.len()) };
            Matches { matches: found.matches, digest: found.digest }
        }

        pub fn find_first(&self, text: &[u8]) -> Matches {
            // SAFETY: W2 - as above; W1 - as above.
            let found = unsafe { wild_re2_find_first(self.0.as_ptr(), text.as_ptr(), text.len()) };
            Matches { matches: found.matches, digest: found.digest }
        }
    }

    impl Drop for Re2 {
        fn drop(&mut self) {
            // SAFETY: W2 - made by `new`, and freed here alone.
            unsafe { wild_re2_free(self.0.as_ptr()) };
        }
    }
}
