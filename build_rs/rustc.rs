//! Tells the workloads which compiler and flags made the Rust half: `DIPTYCH_RUSTC`,
//! `DIPTYCH_RUST_FLAGS`.

use std::{env, fs, path::Path, process::Command};

/// Sets both for the crate.
pub fn name(root: &Path) {
    println!("cargo::rustc-env=DIPTYCH_RUSTC={}", version());
    println!("cargo::rustc-env=DIPTYCH_RUST_FLAGS={}", flags(root));
}

/// `rustc 1.95.0 (LLVM 22.1.2)`.
fn version() -> String {
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let output = Command::new(rustc).arg("-vV").output().expect("cargo has just run it");
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |key| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown");
    format!("rustc {} (LLVM {})", field("release: "), field("LLVM version: "))
}

/// The optimisation level, the rest of the profile, and RUSTFLAGS. A build script is told only the
/// first: the profile is read where cargo reads it, from the environment and the manifest.
fn flags(root: &Path) -> String {
    let mut flags = format!("opt-level={}", env::var("OPT_LEVEL").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let profile = env::var("PROFILE").expect("cargo sets it");
    let section = manifest.split_once(&format!("[profile.{profile}]\n"));
    let section = section.map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or(""));
    for key in ["codegen-units", "lto"] {
        let variable = format!("CARGO_PROFILE_{profile}_{key}").replace('-', "_").to_uppercase();
        println!("cargo::rerun-if-env-changed={variable}");
        let line = section.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        if let Some(value) = env::var(variable).ok().or(line.map(str::to_owned)) {
            flags += &format!(" {key}={}", value.trim_matches('"'));
        }
    }
    for flag in env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().split('\x1f') {
        flags = format!("{flags} {flag}").trim_end().to_owned();
    }
    flags
}
