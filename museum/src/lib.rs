//! The bug museum: pairs of programs with the same mistake in C++ and in Rust, and what every tool
//! says of them, by runs.
//!
//! An exhibit is a folder of `museum/exhibits` ([`exhibit`]). [`plan`] says which commands it takes,
//! [`execute`] runs them, [`assemble`] makes cells of what came out, [`judge`] compares these with
//! what the exhibit expects, [`results`] keeps them, [`pages`] shows them.

pub mod assemble;
pub mod cell;
pub mod check;
pub mod cli;
pub mod excerpt;
pub mod execute;
pub mod exhibit;
pub mod facts;
pub mod headers;
pub mod judge;
pub mod pages;
pub mod plan;
pub mod process;
pub mod prose;
pub mod results;
pub mod table;
pub mod template;
pub mod tools;
