//! The integration tests of both twins; one module per question.
//!
//! | module | question |
//! |---|---|
//! | `conformance` | Do all faces print what the scripts in `spec/` say? |
//! | `model` | Do all faces agree with `std::vec::Vec` after every one of many random operations? |
//! | `mirror` | Has every component all its files, and do the twins' files mirror each other? |
//!
//! `faces` is how the first two reach four vectors through one trait.

#![allow(clippy::unwrap_used)]

mod conformance;
mod faces;
mod mirror;
mod model;
