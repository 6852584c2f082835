//! What most likely went wrong, for those who bring their own: a hint beside each failure.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::process::{Failure, Program};
use crate::protocol::VERSION;
use crate::roster::{Entrant, Group};

/// Names that are at least this alike are proposed.
const ALIKE: f64 = 0.5;
/// No more than these.
const PROPOSED: usize = 3;

/// `; did you mean "vector" or "vectors"?`, or nothing when no candidate is near.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let name = name.to_lowercase();
    let mut seen = HashSet::new();
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .filter(|candidate| seen.insert(*candidate))
        .map(|candidate| {
            let lower = candidate.to_lowercase();
            (strsim::normalized_damerau_levenshtein(&name, &lower), candidate)
        })
        .filter(|&(alike, _)| alike >= ALIKE)
        .collect();
    // Stable: of equals, the first.
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let quoted: Vec<String> =
        near.iter().take(PROPOSED).map(|(_, name)| format!("\"{name}\"")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, rest)) => format!("; did you mean {} or {last}?", rest.join(", ")),
    }
}

/// What filters may have meant: whole names of workloads, and their parts.
pub(crate) fn parts(groups: &[Group]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for group in groups {
        let Group { component, workload, n, .. } = group;
        let (operation, element) = workload.split_once('/').unwrap_or((workload, ""));
        for part in [operation, component, element, workload.as_str()] {
            parts.push(part.to_owned());
        }
        parts.push(format!("{component}/{workload}"));
        parts.push(format!("{component}/{operation}"));
        parts.push(format!("{workload}/{n}"));
        parts.push(group.id());
    }
    parts
}

/// What a worker that could not be asked for its contestants says, with a hint.
pub(crate) fn explained(program: &Program, failure: &Failure) -> String {
    match reason(&program.path, failure) {
        Some(Reason::Instead(text)) => text,
        Some(Reason::Beside(hint)) => format!("{failure} ({hint})"),
        None => failure.to_string(),
    }
}

enum Reason {
    /// The failure alone would mislead.
    Instead(String),
    Beside(String),
}

fn reason(path: &Path, failure: &Failure) -> Option<Reason> {
    let beside = |hint: &str| Some(Reason::Beside(hint.to_owned()));
    let shown = path.display();
    match failure {
        // A C library that meets a file it cannot start gives it to the shell: whatever follows
        // from that says less than the file itself.
        Failure::Start(_) | Failure::Died(..) | Failure::Rubbish(_) if foreign(path).is_some() => {
            foreign(path).map(|what| Reason::Instead(format!("cannot be started: {what}")))
        }
        Failure::Start(error) => match error.kind() {
            io::ErrorKind::PermissionDenied if path.is_dir() => beside("it is a directory"),
            io::ErrorKind::PermissionDenied if !executable(path) => {
                Some(Reason::Beside(format!("try: chmod +x {shown}")))
            }
            io::ErrorKind::NotFound if path.exists() => {
                beside("the file is there, but not the interpreter or loader it names")
            }
            io::ErrorKind::NotFound if path.components().count() == 1 => Some(Reason::Beside(
                format!("a name without a slash is looked for on the PATH: ./{shown}?"),
            )),
            io::ErrorKind::NotFound => near_file(path).map(|file| {
                Reason::Beside(format!("did you mean {}?", path.with_file_name(file).display()))
            }),
            _ => None,
        },
        Failure::Died(_, last) if last.contains("undefined symbol") => beside(
            "a library it was linked with does not have it: rebuild both, or LD_LIBRARY_PATH",
        ),
        Failure::Died(_, last) if last.contains("error while loading shared libraries") => {
            beside("LD_LIBRARY_PATH, or link with -Wl,-rpath")
        }
        Failure::Died(..) => beside(
            "workers are started without arguments and wait for commands on standard input; whole \
             programs: --commands",
        ),
        Failure::Rubbish(_) => beside(
            "a worker's standard output is for the protocol alone; print to standard error; whole \
             programs: --commands",
        ),
        Failure::Silent(_) => beside(
            "is it a worker? It must answer commands on standard input; whole programs: --commands",
        ),
        Failure::Version(_) => {
            Some(Reason::Beside(format!("rebuild it with a client of version {VERSION}")))
        }
        _ => None,
    }
}

fn executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

/// The file beside it whose name is most like it.
fn near_file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = files.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    let alike = |name: &String| strsim::normalized_damerau_levenshtein(name, &wanted);
    let near = names.filter(|name| alike(name) >= ALIKE);
    near.max_by(|a, b| alike(a).total_cmp(&alike(b)))
}

/// What a file is that this machine cannot run, as its first bytes say.
fn foreign(path: &Path) -> Option<String> {
    let mut head = [0_u8; 20];
    let got = File::open(path).and_then(|mut file| file.read(&mut head)).ok()?;
    if got == 0 {
        return Some("it is empty".to_owned());
    }
    if head.starts_with(b"#!") {
        return None;
    }
    if !head.starts_with(b"\x7fELF") {
        return Some("it is neither an ELF executable nor a script that begins with #!".to_owned());
    }
    let half = |at: usize| match head[5] {
        2 => u16::from_be_bytes([head[at], head[at + 1]]),
        _ => u16::from_le_bytes([head[at], head[at + 1]]),
    };
    let machine = half(18);
    let here = std::env::consts::ARCH;
    // The machines that an executable of this architecture may be for; 3 is i386.
    let ours: &[u16] = match here {
        "x86_64" => &[62, 3],
        "x86" => &[3],
        "aarch64" => &[183, 40],
        "arm" => &[40],
        "riscv64" => &[243],
        "powerpc64" => &[21],
        "s390x" => &[22],
        "loongarch64" => &[258],
        _ => return None,
    };
    if got == head.len() && !ours.contains(&machine) {
        let theirs = match machine {
            3 => "x86".to_owned(),
            40 => "arm".to_owned(),
            62 => "x86_64".to_owned(),
            183 => "aarch64".to_owned(),
            243 => "riscv".to_owned(),
            other => format!("machine {other}"),
        };
        return Some(format!("Exec format error: it is built for {theirs}, this is {here}"));
    }
    // 2 and 3 are executables, fixed and movable; 1 is what a compiler makes before linking.
    (got == head.len() && half(16) == 1)
        .then(|| "it is an object file that was not linked".to_owned())
}

/// Whether a contestant says that it was built without optimisation or with its language's debug
/// assertions; `None` for languages that are not compiled ahead.
fn debug(entrant: &Entrant) -> Option<bool> {
    let language = entrant.language.to_lowercase();
    if !["rust", "c", "c++", "cpp", "zig", "d", "fortran"].contains(&language.as_str()) {
        return None;
    }
    let says = |flag: &str| {
        ["debug-build", "unoptimised", "opt-level=0", "-O0", "-Copt-level=0"].contains(&flag)
    };
    Some(entrant.flags.split([' ', ',', ';']).any(says))
}

/// Refuses pairs of a debug build and a release build.
pub(crate) fn same_builds(entrants: &[Entrant], groups: &[Group]) -> Result<(), String> {
    for &(a, b) in groups.iter().flat_map(|group| &group.pairs) {
        let (one, other) = (&entrants[a], &entrants[b]);
        let (slow, fast) = match (debug(one), debug(other)) {
            (Some(true), Some(false)) => (one, other),
            (Some(false), Some(true)) => (other, one),
            _ => continue,
        };
        let how = match slow.language.as_str() {
            "rust" => "cargo build --release",
            _ => "-O2, or CMAKE_BUILD_TYPE=Release",
        };
        return Err(format!(
            "{} is a debug build and {} is not: build it with {how}, or compare them with \
             --allow-debug",
            slow.name, fast.name
        ));
    }
    Ok(())
}

/// Whether all contestants that say so are debug builds, and one does.
pub(crate) fn all_debug(entrants: &[Entrant]) -> bool {
    let mut said = entrants.iter().filter_map(debug).peekable();
    said.peek().is_some() && said.all(|debug| debug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_proposed_nearest_first_and_far_ones_are_not() {
        let names = ["push_growing", "push_grown", "pop", "std::vector"];
        assert_eq!(nearest("STD::Vector", names), "; did you mean \"std::vector\"?");
        assert_eq!(
            nearest("push_growin", names),
            "; did you mean \"push_growing\" or \"push_grown\"?"
        );
        assert_eq!(nearest("STD::vectr", names), "; did you mean \"std::vector\"?");
        assert_eq!(nearest("zstd", names), "");
        assert_eq!(nearest("pop", []), "");
    }

    #[test]
    fn a_file_that_cannot_run_here_says_why() {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let path = directory.path().join("worker");
        let what = |bytes: &[u8]| {
            fs::write(&path, bytes).expect("the directory is writable");
            foreign(&path)
        };
        let mut elf = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\xff";
        assert!(what(&elf).is_some_and(|text| text.starts_with("Exec format error: it is built")));
        let here = std::env::current_exe().expect("it runs");
        assert_eq!(foreign(&here), None);
        let own = fs::read(here).expect("it is readable");
        elf[16..].copy_from_slice(&[1, 0, own[18], own[19]]);
        assert_eq!(what(&elf).as_deref(), Some("it is an object file that was not linked"));
        assert_eq!(what(b""), Some("it is empty".to_owned()));
        assert_eq!(what(b"#!/bin/sh\n"), None);
        assert!(what(b"echo hello\n").is_some_and(|text| text.starts_with("it is neither")));
    }
}
