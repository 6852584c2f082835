//! Compiles the rivals in C++ with the flags of the C++ twin.

use std::{env, fs, path::PathBuf};

const BRIDGES: [&str; 5] = [
    "src/std_vector.rs",
    "src/malloc.rs",
    "src/calibration.rs",
    "src/pools/serial.rs",
    "src/pools/twins.rs",
];

/// Thread pools of others, with the feature `pools`: results name their versions.
const POOLS: [&str; 5] = ["chili", "crossbeam-channel", "rayon", "threadpool", "tokio"];

fn main() {
    let path = |variable: &str| PathBuf::from(env::var_os(variable).expect("cargo sets it"));
    let root = path("CARGO_MANIFEST_DIR").join("..");
    let list = root.join("cpp/build.list");
    let mut build = cxx_build::bridges(BRIDGES);
    build.files(["std_vector", "malloc", "calibration", "serial_pool", "twin_pool"].map(source));
    build.no_default_flags(true);
    let (mut flags, mut sources) = (Vec::new(), Vec::new());
    for line in fs::read_to_string(&list).expect("the repository is complete").lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["standard", number] => {
                build.flag(format!("-std=c++{number}"));
                println!("cargo::rustc-env=DIPTYCH_CXX_STANDARD={number}");
            }
            ["always" | "release" | "timed", ref more @ ..] => {
                flags.extend(more.iter().map(|&flag| flag.to_owned()));
            }
            // Who calls Rust cannot be part of a worker in pure C++.
            ["source", "core" | "workloads", file] if !file.ends_with("border.cpp") => {
                sources.push(file.to_owned());
            }
            _ => {}
        }
    }
    let given = env::var("DIPTYCH_CXXFLAGS").unwrap_or_default();
    flags.extend(given.split_whitespace().map(str::to_owned));
    println!("cargo::rerun-if-env-changed=DIPTYCH_CXXFLAGS");
    build.flags(&flags).define("DIPTYCH_CXX_FLAGS", &*format!("\"{}\"", flags.join(" ")));
    build.includes([root.join("include"), root.join("cpp/include"), root.join("cpp")]);
    build.include("cpp").include(path("DEP_DIPTYCH_LAB_INCLUDE"));
    build.compile("diptych_peers");

    // What else the program builds when it runs, it builds from the same sources.
    println!("cargo::rustc-env=DIPTYCH_ROOT={}", root.display());
    println!("cargo::rustc-env=DIPTYCH_CXX_FLAGS={}", flags.join(" "));
    println!("cargo::rustc-env=DIPTYCH_CPP_SOURCES={}", sources.join(" "));
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    for name in POOLS {
        let variable = name.to_uppercase().replace('-', "_");
        println!("cargo::rustc-env=PEERS_{variable}={name} {}", locked(&lock, name));
    }
    println!("cargo::rustc-env=DIPTYCH_TARGET={}", env::var("TARGET").expect("cargo sets it"));
    for changed in ["build.rs", "cpp", "../cpp", "../include", "../lab/include", "../Cargo.lock"]
        .into_iter()
        .chain(BRIDGES)
    {
        println!("cargo::rerun-if-changed={changed}");
    }
}

fn source(stem: &str) -> String {
    format!("cpp/{stem}.cpp")
}

/// The version of a package that is built.
fn locked<'a>(lock: &'a str, name: &str) -> &'a str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split('"').next());
    version.unwrap_or("of unknown version")
}
