//! forte, in a program of its own: it needs a newer rustc than this one may be built with.

use std::{env, path::PathBuf, process::Command};

use crate::builds::{ROOT, cache, run};

pub const NAME: &str = "forte";

/// The environment variable that says which toolchain of rustup's builds it.
const TOOLCHAIN: &str = "DIPTYCH_FORTE_TOOLCHAIN";

/// Builds it, or finds it built. An error is why not, in one line.
pub fn build() -> Result<PathBuf, String> {
    let toolchain = env::var_os(TOOLCHAIN)
        .ok_or_else(|| format!("it needs rustc 1.96: {TOOLCHAIN} says which toolchain that is"))?;
    let directory = cache().join(NAME);
    let mut command = Command::new("rustup");
    command.arg("run").arg(toolchain).args(["cargo", "build", "--release", "--locked", "--quiet"]);
    // cargo reads its settings from where it runs.
    command.current_dir(ROOT).args(["--manifest-path", "peers/forte/Cargo.toml", "--target-dir"]);
    run(command.arg(&directory)).map_err(|reason| format!("cargo cannot build it: {reason}"))?;
    Ok(directory.join("release/diptych-forte"))
}
