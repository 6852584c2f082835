//! The laboratory by itself: compares the contestants of other executables.
//!
//! ```text
//! diptych-lab compare --worker build/worker --require 'new<=1.05*old'
//! ```

use std::process::ExitCode;

fn main() -> ExitCode {
    diptych_lab::cli::main(Vec::new())
}
