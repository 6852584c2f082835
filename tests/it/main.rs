//! The one door of the integration tests.

mod agreement;
mod consumers;
mod native;
mod tools;
mod workloads;
