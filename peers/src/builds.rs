//! Contestants that are built when the program runs: the C++ ones by other compilers, and this
//! program in other ways. Each is a worker of its own, so that code which two compilers made from
//! one template never meets in one process.

mod compiler;
mod objects;
mod program;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub use compiler::Compiler;
use diptych_lab::cli::{Build, Built};
pub use objects::Plan;

/// Where the sources are.
pub const ROOT: &str = env!("DIPTYCH_ROOT");

/// The flags of the C++ half of this program.
const FLAGS: &str = env!("DIPTYCH_CXX_FLAGS");

/// The language standard of its C++ half.
pub const STANDARD: &str = concat!("-std=c++", env!("DIPTYCH_CXX_STANDARD"));

/// Builds what is asked for, or finds it built. An error is one line.
pub fn build(asked: &Build) -> Result<Built, String> {
    match asked {
        Build::Cxx { compiler, native } => {
            let compiler = Compiler::find(compiler)?;
            let mut flags: Vec<String> = FLAGS.split_whitespace().map(str::to_owned).collect();
            flags.extend(compiler.flags.iter().cloned());
            flags.extend(native.then(|| "-march=native".to_owned()));
            let path = Plan::of_this_tree(flags).worker(&compiler)?;
            let label = &compiler.label;
            let label = if *native { format!("{label} native") } else { label.clone() };
            Ok(Built { path, label, own: false })
        }
        Build::Native => program::native(),
        Build::CrossLanguage { native } => program::cross_language(*native),
    }
}

/// Where what is built here stays: beside what cargo builds, and gone with it.
pub fn cache() -> PathBuf {
    Path::new(env!("OUT_DIR")).join("workers")
}

/// Runs to the end. An error is the first line of its complaint.
pub fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_error = |line: &&str| line.contains("error");
    let line = complaint.lines().find(is_error).or(complaint.lines().next());
    Err(line.map_or_else(|| output.status.to_string(), |line| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(compiler: &str) -> String {
        let reason = build(&Build::Cxx { compiler: compiler.into(), native: false })
            .expect_err("it is no compiler");
        assert!(!reason.contains('\n'), "{reason}");
        reason
    }

    #[test]
    fn a_compiler_that_is_not_there_is_refused_in_one_line() {
        assert!(refused("/nonexistent/c++").starts_with("/nonexistent/c++ cannot be asked"));
    }

    #[test]
    fn a_program_that_is_no_compiler_is_refused_in_one_line() {
        assert!(refused("false").starts_with("false cannot be asked for its version: exit"));
        assert!(refused("echo").starts_with("echo cannot compile "));
    }

    #[test]
    fn a_standard_library_that_a_compiler_does_not_have_is_refused_in_one_line() {
        let reason = refused("g++:libc++");
        assert!(reason.starts_with("g++:libc++ has no such standard library: "), "{reason}");
    }
}
