//! The one door of the integration tests; one module per question.
//!
//! | module | question |
//! |---|---|
//! | `conformance` | Do all faces print what the scripts in `spec/` say? |
//! | `model` | Do all faces agree with the specification after every one of many random operations? |
//! | `mirror` | Has every component all its files, and do the twins' files mirror each other? |
//! | `edges` | Have the twins of the thread pool the same orderings, edge by edge? |
//! | `fences` | Do pools work where `membarrier` is forbidden, and say so where it is lost? |
//! | `native` | Do the C++ twin's own tests pass under every compiler? |
//! | `workloads` | Do the timed loops of both languages do the same work? |
//! | `pair` | Can others compare their own two functions with a benchmark of thirty lines? |
//! | `room` | Has a vector all the room that its allocator gave? |
//! | `malloc` | Do programs run on the allocators that are preloaded, and are faults found? |
//! | `consumers` | Can programs in C and C++ use the library as it is installed? |
//!
//! `faces` is how the first two reach four vectors through one trait; `tools` starts programs.

#![allow(clippy::unwrap_used)]

mod agreement;
mod conformance;
mod consumers;
mod edges;
mod faces;
mod fences;
mod linkage;
mod malloc;
mod mirror;
mod model;
mod native;
mod pair;
mod room;
mod tools;
mod workloads;
