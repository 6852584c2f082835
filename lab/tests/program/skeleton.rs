//! `diptych new`: what it writes builds, runs, and is refused where something is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use crate::toy;

pub fn tests() -> Vec<Trial> {
    vec![
        Trial::test("a_new_pair_is_complete_and_never_overwrites", written),
        Trial::test("a_new_pair_builds_and_compares_rust_with_cxx", compares),
        Trial::test("a_new_pairs_worker_builds_by_cmake_and_meets_itself", workers),
    ]
}

fn made(directory: &Path) -> PathBuf {
    let pair = directory.join("my-pair");
    let lab = env!("CARGO_MANIFEST_DIR");
    let output = toy::run(&["new", &pair.to_string_lossy(), "--lab", lab]);
    assert_eq!((output.status.code(), toy::texts(&output).1), (Some(0), String::new()));
    pair
}

fn written() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let pair = made(directory.path());
    for file in ["Cargo.toml", "cpp/my_pair.cpp", "benches/pair.rs", ".github/workflows/pair.yml"] {
        assert!(pair.join(file).is_file(), "{file}");
    }
    assert!(!pair.join("include").exists());
    let alone = directory.path().join("alone");
    let output = toy::run(&["new", &alone.to_string_lossy()]);
    let (stdout, _) = toy::texts(&output);
    assert!(stdout.contains("cargo bench"), "{stdout}");
    assert!(alone.join("include/diptych/lab/worker.hpp").is_file());
    let manifest = fs::read_to_string(alone.join("Cargo.toml"))?;
    assert!(manifest.contains(concat!("diptych-lab = \"", env!("CARGO_PKG_VERSION"), "\"")));
    for (arguments, message) in [
        (&["new", &*alone.to_string_lossy()][..], "is there already: nothing is overwritten"),
        (&["new", "2pairs"], "is no name for it"),
        (&["new", "x", "--lab", "/nowhere"], "--lab /nowhere: no diptych-lab is there"),
        (&["new", "/proc/no/mine"], "cannot be made"),
    ] {
        let output = toy::run(arguments);
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""));
        assert!(stderr.contains(message) && stderr.lines().count() == 1, "{stderr}");
    }
    Ok(())
}

const SHORT: &[&str] =
    &["compare", "--launches", "8", "--launch-ms", "2", "--no-instructions", "--allow-debug"];

/// `cargo bench` there, built for speed of building. `None` where cargo would need the network.
fn bench(pair: &Path, arguments: &[&str]) -> Option<Output> {
    // The versions that this workspace is built with are at hand.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    if let Ok(lock) = fs::read(lock) {
        fs::write(pair.join("Cargo.lock"), lock).expect("the directory is writable");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cargo = |what: &[&str]| {
        Command::new(&cargo)
            .args(what)
            .current_dir(pair)
            .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/new-pair"))
            .env("CARGO_PROFILE_BENCH_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_BENCH_CODEGEN_UNITS", "16")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("NO_COLOR", "1")
            .output()
            .expect("cargo runs these tests too")
    };
    let built = cargo(&["bench", "--offline", "--no-run"]);
    if !built.status.success() {
        let errors = toy::texts(&built).1;
        let network = ["--offline", "offline mode", "no matching package", "failed to download"];
        assert!(network.iter().any(|sign| errors.contains(sign)), "{errors}");
        eprintln!("not tested: cargo cannot resolve a new crate offline here");
        return None;
    }
    Some(cargo(&[&["bench", "--offline", "--quiet", "--"], arguments].concat()))
}

fn compares() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let pair = made(directory.path());
    let claim = ["--require", "rust<=1000*cpp"];
    let Some(output) = bench(&pair, &[SHORT, &claim].concat()) else { return Ok(()) };
    let (stdout, stderr) = toy::texts(&output);
    assert!(stdout.contains("require rust<=1000*cpp: proven"), "{stdout}{stderr}");
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    Ok(())
}

fn workers() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let pair = made(directory.path());
    let cmake =
        |arguments: &[&str]| Command::new("cmake").args(arguments).current_dir(&pair).output();
    for build in ["old", "new"] {
        let Ok(configured) = cmake(&["-B", build]) else {
            eprintln!("not tested: no cmake");
            return Ok(());
        };
        assert!(configured.status.success(), "{}", toy::texts(&configured).1);
        let built = cmake(&["--build", build])?;
        assert!(built.status.success(), "{}", toy::texts(&built).0);
    }
    let worker =
        |build: &str| format!("{build}={}", pair.join(build).join("my_pair_worker").display());
    let claim = ["--require", "new<=1000*old"];
    let output = toy::run(&[SHORT, &[&worker("old"), &worker("new")], &claim].concat());
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("require new<=1000*old: proven"), "{stdout}");
    Ok(())
}
