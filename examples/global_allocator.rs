//! A Rust program whose memory comes from the Rust twin. `diptych::cpp::Allocator` in its place is the
//! C++ twin.
//!
//! ```sh
//! cargo run --release --example global_allocator
//! ```

#[global_allocator]
static ALLOCATOR: diptych::Allocator = diptych::Allocator;

use std::collections::BTreeMap;
use std::thread;

fn main() {
    // Vectors, strings and maps ask the allocator of the program, from any thread.
    let counts: Vec<BTreeMap<usize, Vec<String>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|seed| scope.spawn(move || words(seed))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    let words: usize = counts.iter().flat_map(BTreeMap::values).map(Vec::len).sum();
    assert_eq!(words, 40_000);

    let held = diptych::allocator::stats();
    println!(
        "{words} words in {} blocks of {} bytes; {} bytes are committed",
        held.live_blocks, held.live_bytes, held.committed_bytes
    );
    assert!(held.live_blocks > words, "each word has a block, and the maps have theirs");

    drop(counts);
    let left = diptych::allocator::stats().live_blocks;
    println!("{left} blocks are left");
    assert!(left < words / 10);
}

/// Words by their length.
fn words(seed: usize) -> BTreeMap<usize, Vec<String>> {
    let mut by_length: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for i in 0..10_000 {
        let word = "x".repeat(1 + (i * 7 + seed) % 50);
        by_length.entry(word.len()).or_default().push(word);
    }
    by_length
}
