//! The port: see `cpp/count_words.cpp`.

/// Counts the words of a text, parted by spaces.
pub fn count_words(text: &str) -> usize {
    text.bytes()
        .fold((0, b' '), |(words, before), byte| {
            (words + usize::from(byte != b' ' && before == b' '), byte)
        })
        .0
}
