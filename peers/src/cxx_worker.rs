//! `--cxx COMPILER`: the contestants in C++ once more, compiled by another compiler into a worker
//! of their own, so that they share no code with those in this program.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use diptych_lab::Digest;

/// Where the sources are, and the include directories.
const ROOT: &str = env!("DIPTYCH_ROOT");
const INCLUDES: [&str; 5] = ["include", "cpp/include", "cpp", "lab/include", "peers/cpp"];
const SOURCES: [&str; 3] =
    ["peers/cpp/worker.cpp", "peers/cpp/std_vector.cpp", "cpp/workloads/vector.cpp"];

/// Compiles the worker with `compiler`, or finds it compiled: same sources, flags and version of
/// the compiler. Answers where it is, or why it cannot be had, in one line.
pub fn build(compiler: &str) -> Result<PathBuf, String> {
    let version = run(Command::new(compiler).arg("--version"))
        .map_err(|reason| format!("{compiler} cannot be asked for its version: {reason}"))?;
    let mut digest = Digest::new();
    for bytes in [compiler.as_bytes(), &version.stdout, env!("DIPTYCH_CXX_FLAGS").as_bytes()] {
        add(&mut digest, bytes);
    }
    let root = Path::new(ROOT);
    for directory in INCLUDES {
        add_files(&mut digest, &root.join(directory))
            .map_err(|error| format!("{ROOT}/{directory} cannot be read: {error}"))?;
    }

    let directory = Path::new(env!("OUT_DIR")).join("workers");
    let worker = directory.join(format!("worker-{:016x}", digest.value()));
    if worker.exists() {
        return Ok(worker);
    }
    fs::create_dir_all(&directory)
        .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    // Written aside and renamed: an interrupted compiler leaves no half worker behind.
    let aside = worker.with_extension(std::process::id().to_string());
    let mut command = Command::new(compiler);
    command.current_dir(root).arg(concat!("-std=c++", env!("DIPTYCH_CXX_STANDARD")));
    command.args(env!("DIPTYCH_CXX_FLAGS").split_whitespace());
    command.arg(concat!("-DDIPTYCH_CXX_FLAGS=\"", env!("DIPTYCH_CXX_FLAGS"), "\""));
    command.args(INCLUDES.map(|directory| format!("-I{directory}"))).args(SOURCES);
    command.arg("-o").arg(&aside).arg("-ldl");
    run(&mut command)
        .map_err(|reason| format!("{compiler} cannot compile the worker: {reason}"))?;
    fs::rename(&aside, &worker)
        .map_err(|error| format!("{} cannot be made: {error}", worker.display()))?;
    Ok(worker)
}

/// Runs to the end. An error is the first line of its complaint.
fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_error = |line: &&str| line.contains("error");
    let line = complaint.lines().find(is_error).or(complaint.lines().next());
    Err(line.map_or_else(|| output.status.to_string(), str::to_owned))
}

/// Adds all files below a directory, in the order of their names.
fn add_files(digest: &mut Digest, directory: &Path) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        add(digest, entry.file_name().as_encoded_bytes());
        if entry.file_type()?.is_dir() {
            add_files(digest, &entry.path())?;
        } else {
            add(digest, &fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn add(digest: &mut Digest, bytes: &[u8]) {
    digest.add(bytes.len() as u64);
    for byte in bytes {
        digest.add(u64::from(*byte));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_compiler_that_is_not_there_is_refused_in_one_line() {
        let reason = super::build("/nonexistent/c++").expect_err("there is none");
        assert!(reason.starts_with("/nonexistent/c++ ") && !reason.contains('\n'), "{reason}");
    }

    #[test]
    fn a_program_that_is_no_compiler_is_refused_in_one_line() {
        let reason = super::build("false").expect_err("it fails");
        assert!(reason.starts_with("false ") && !reason.contains('\n'), "{reason}");
    }
}
