//! Tells dependents where the C++ client header is (`DEP_DIPTYCH_LAB_INCLUDE`), and the crate what
//! compiles it; compiles the heap counter that the coordinator preloads into workers for the memory
//! pass.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::metadata=include={}", root.join("include").display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=DIPTYCH_LAB_RUSTC={}", rustc());
    println!(
        "cargo::rustc-env=DIPTYCH_LAB_OPT_LEVEL={}",
        env::var("OPT_LEVEL").expect("cargo sets it")
    );
    if env::var_os("CARGO_FEATURE_COORDINATOR").is_some() {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
        let source = root.join("counter/counter.rs");
        println!("cargo::rerun-if-changed={}", root.join("counter").display());
        let library = out.join("counter.so");
        // A machine that cannot build it still gets a laboratory: the memory columns then give
        // the reason instead of a number.
        let missing = match counter(&source, &library, &out) {
            Ok(()) => String::new(),
            Err(reason) => {
                fs::write(&library, b"").expect("OUT_DIR is writable");
                reason
            }
        };
        fs::write(out.join("counter.missing"), missing).expect("OUT_DIR is writable");
    }
}

/// `rustc 1.95.0 (LLVM 22.1.2)`.
fn rustc() -> String {
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let output = Command::new(rustc).arg("-vV").output().expect("cargo has just run it");
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |key| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown");
    format!("rustc {} (LLVM {})", field("release: "), field("LLVM version: "))
}

fn counter(source: &Path, library: &Path, out: &Path) -> Result<(), String> {
    let of = |name: &str| env::var(name).unwrap_or_default();
    if of("CARGO_CFG_TARGET_OS") != "linux" || of("CARGO_CFG_TARGET_ENV") != "gnu" {
        return Err("the heap counter needs Linux with glibc".into());
    }
    let mut rustc = Command::new(env::var_os("RUSTC").expect("cargo sets it"));
    rustc
        .args(["--edition", "2024", "--crate-type", "cdylib", "--crate-name", "counter"])
        .args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "strip=debuginfo"])
        .args(["--target", &of("TARGET")])
        .arg("-o")
        .arg(library)
        .arg(source)
        .current_dir(out);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        rustc.arg("-C").arg(format!("linker={}", linker.display()));
    }
    let done = rustc.output().map_err(|e| format!("the heap counter was not built: {e}"))?;
    if !done.status.success() {
        let all = String::from_utf8_lossy(&done.stderr);
        let first = all.lines().find(|line| line.starts_with("error")).unwrap_or("rustc failed");
        println!("cargo::warning=heap counter: {first}");
        return Err(format!("the heap counter was not built: {first}"));
    }
    Ok(())
}
