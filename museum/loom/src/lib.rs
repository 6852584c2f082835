//! Nothing but a reason to build loom.
