//! The element types that the suites put into vectors.

use std::fmt;

pub use diptych::cpp::Pod64;

use super::Tracked;

/// An element type, and the plain value that stands for an element in scripts and in the model.
pub trait Elem: Clone + 'static {
    /// What two elements must agree in to be equal. Making and comparing values runs no code of
    /// the element type, so that observing a vector disturbs no count of lives or calls.
    type Value: Clone + PartialEq + fmt::Debug;

    /// The type's name in scripts.
    const KIND: &'static str;

    /// One of many values, for the model. Nearby seeds give equal tens in `tens`.
    fn sample(seed: u64) -> Self::Value;

    /// The value that a script wrote.
    fn parse(text: &str) -> Option<Self::Value>;

    fn make(value: &Self::Value) -> Self;
    fn value(&self) -> Self::Value;

    /// The number in a value; predicates are made of it.
    fn number(value: &Self::Value) -> u64;
}

impl Elem for u64 {
    type Value = u64;
    const KIND: &'static str = "u64";

    fn sample(seed: u64) -> u64 {
        seed
    }
    fn parse(text: &str) -> Option<u64> {
        text.parse().ok()
    }
    fn make(value: &u64) -> u64 {
        *value
    }
    fn value(&self) -> u64 {
        *self
    }
    fn number(value: &u64) -> u64 {
        *value
    }
}

impl Elem for f64 {
    type Value = f64;
    const KIND: &'static str = "f64";

    fn sample(seed: u64) -> f64 {
        seed as f64 + 0.5
    }
    fn parse(text: &str) -> Option<f64> {
        text.parse().ok()
    }
    fn make(value: &f64) -> f64 {
        *value
    }
    fn value(&self) -> f64 {
        *self
    }
    fn number(value: &f64) -> u64 {
        *value as u64
    }
}

impl Elem for String {
    type Value = String;
    const KIND: &'static str = "string";

    /// Two of three are too long for the buffer inside a C++ string.
    fn sample(seed: u64) -> String {
        if seed.is_multiple_of(3) {
            seed.to_string()
        } else {
            format!("{seed} is written out at some length")
        }
    }
    fn parse(text: &str) -> Option<String> {
        Some(text.to_string())
    }
    fn make(value: &String) -> String {
        value.clone()
    }
    fn value(&self) -> String {
        self.clone()
    }
    /// The number the text begins with, or its length.
    fn number(value: &String) -> u64 {
        let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
        value[..digits].parse().unwrap_or(value.len() as u64)
    }
}

/// Every word says the same, so that half a copy shows.
impl Elem for Pod64 {
    type Value = u64;
    const KIND: &'static str = "pod64";

    fn sample(seed: u64) -> u64 {
        seed
    }
    fn parse(text: &str) -> Option<u64> {
        text.parse().ok()
    }
    fn make(value: &u64) -> Pod64 {
        Pod64 { words: [*value; 8] }
    }
    fn value(&self) -> u64 {
        assert!(self.words.iter().all(|word| *word == self.words[0]), "torn element {self:?}");
        self.words[0]
    }
    fn number(value: &u64) -> u64 {
        *value
    }
}

impl Elem for Tracked {
    type Value = u64;
    const KIND: &'static str = "tracked";

    fn sample(seed: u64) -> u64 {
        seed
    }
    fn parse(text: &str) -> Option<u64> {
        text.parse().ok()
    }
    fn make(value: &u64) -> Tracked {
        Tracked::new(*value)
    }
    fn value(&self) -> u64 {
        self.look()
    }
    fn number(value: &u64) -> u64 {
        *value
    }
}
