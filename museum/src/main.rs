//! Runs the museum.

use std::process::ExitCode;

fn main() -> ExitCode {
    museum::cli::main()
}
