//! The one door of the integration tests.

mod consumers;
mod native;
mod tools;
