//! The libraries under test, built from this tree: the C++ one as `cpp/build.list` says, with the
//! compiler that `CXX` names, the Rust one by cargo.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::tools::{present, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How they are built.
#[derive(Clone, Copy)]
pub enum Build {
    Usual,
    /// With guard pages, and blocks in random order.
    Secure,
    /// Without the checks that have a switch.
    Unchecked,
}

const SWITCHES: [&str; 2] = ["DIPTYCH_ALLOCATOR_CHECK_LINKS", "DIPTYCH_ALLOCATOR_CHECK_RUNS"];

impl Build {
    fn suffix(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Secure => "_secure",
            Self::Unchecked => "_unchecked",
        }
    }
}

/// Both, by name; one that cannot be built for want of a compiler is left out, and named.
pub fn build(how: Build) -> Vec<(String, PathBuf)> {
    let mut built = vec![(format!("rust{}", how.suffix()), rust(how))];
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if present(&compiler) {
        built.insert(0, (format!("cpp{}", how.suffix()), cpp(&compiler, how)));
    } else {
        eprintln!("not run on the C++ allocator: {compiler} not found");
    }
    built
}

fn rust(how: Build) -> PathBuf {
    // Folders of their own: cargo holds a lock on the usual one while tests of another package build.
    // The first is that of `consumers` too.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cargo{}", how.suffix()));
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--release", "--locked", "-p", "diptych-malloc", "--target-dir"]);
    command.arg(&target).current_dir(root());
    match how {
        Build::Usual => {}
        Build::Secure => {
            command.args(["--features", "secure"]);
        }
        Build::Unchecked => {
            command.envs(SWITCHES.map(|switch| (switch, "0")));
        }
    }
    // Flags of this build, for sanitizers say, are not for a library that other programs load.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(flags);
    }
    run(&mut command, Duration::from_secs(600));
    target.join("release/libdiptych_malloc_rust.so")
}

fn cpp(compiler: &str, how: Build) -> PathBuf {
    let list = fs::read_to_string(root().join("cpp/build.list")).expect("it is in the tree");
    let mut command = Command::new(compiler);
    command.args(["-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-fno-builtin-malloc"]);
    command.args(["-fno-builtin-calloc", "-fno-builtin-realloc", "-fno-builtin-free"]);
    command.arg("-I").arg(root().join("cpp/include"));
    match how {
        Build::Usual => {}
        Build::Secure => {
            command.arg("-DDIPTYCH_ALLOCATOR_SECURE=1");
        }
        Build::Unchecked => {
            command.args(SWITCHES.map(|switch| format!("-D{switch}=0")));
        }
    }
    for line in list.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["standard", year] => {
                command.arg(format!("-std=c++{year}"));
            }
            ["always" | "release", ..] => {
                command.args(&words[1..]);
            }
            ["source", group, file] if of_the_library(group, file) => {
                command.arg(root().join(file));
            }
            _ => {}
        }
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("libdiptych_malloc_cpp{}.so", how.suffix()));
    // The C library alone: a program in C has no other.
    command.args(["-shared", "-nodefaultlibs", "-Wl,--gc-sections", "-o"]).arg(&made);
    run(command.args(["-lc", "-ldl", "-lgcc"]), Duration::from_secs(300));
    made
}

fn of_the_library(group: &str, file: &str) -> bool {
    let core = group == "core" && file.starts_with("cpp/src/allocator/");
    group == "preload" || (core && !file.ends_with("/faces.cpp"))
}
