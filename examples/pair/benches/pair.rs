//! `cargo bench -p diptych-example-pair`: is the port as fast as what it replaces?
//! As a gate: with `-- --require 'rust<=1.05*c++'` behind it.

use diptych_example_pair::count_words;
use diptych_lab::Pair;
use std::process::ExitCode;

mod cpp {
    unsafe extern "C" {
        pub fn count_words(data: *const u8, size: usize) -> usize;
    }
}

fn main() -> ExitCode {
    Pair::new("count_words", 10_000)
        .input(|rng, n| {
            (0..n).map(|_| if rng.next() % 6 == 0 { ' ' } else { 'x' }).collect::<String>()
        })
        // SAFETY: it reads `len` bytes and keeps nothing.
        .cpp("c++", |text| unsafe { cpp::count_words(text.as_ptr(), text.len()) })
        .rust("rust", |text| count_words(text))
        .main()
}
