//! The C++ client header: a pure C++ program is a worker like any other.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use crate::toy;

pub fn tests() -> Vec<Trial> {
    let of = |compiler: &'static str| {
        let name = format!("a_pure_cxx_program_is_a_worker_{compiler}");
        let test = Trial::test(name, move || {
            meets_rust(compiler);
            Ok(())
        });
        let present = Command::new(compiler).arg("--version").output().is_ok();
        test.with_ignored_flag(!present)
    };
    ["g++", "clang++", "clang++-19"].map(of).into()
}

fn build(compiler: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = directory.path().join("far");
    let built = Command::new(compiler)
        .args(["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow"])
        .args(["-Wold-style-cast", "-Werror", "-I"])
        .arg(root.join("include"))
        .arg(root.join("tests/program/toy.cpp"))
        .arg("-o")
        .arg(&program)
        .output()
        .expect("present, as asked above");
    let (_, errors) = toy::texts(&built);
    assert!(built.status.success() && errors.is_empty(), "{errors}");
    (directory, program)
}

/// Same digests as the Rust contestants in every pass, and the known figures of `std::vector`.
fn meets_rust(compiler: &str) {
    let (directory, program) = build(compiler);
    let result = directory.path().join("result.json");
    let (program, result) = (program.to_string_lossy(), result.to_string_lossy());
    let worker = format!("other={program}");
    let output = toy::run(&[
        "--launches",
        "2",
        "--launch-ms",
        "2",
        "--json",
        &result,
        "--allow-debug",
        "--worker",
        &worker,
        "fill",
        "count",
    ]);
    let (_, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    let text = std::fs::read_to_string(&*result).expect("it was written");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    let row = |workload: &str| {
        let mut rows = rows.iter();
        rows.find(|row| row["contestant"] == "other" && row["workload"] == workload).expect("a row")
    };
    let fill = row("fill/u64");
    assert_eq!(fill["language"], "c++");
    assert_eq!(fill["baseline"], "plain");
    assert!(fill["wall_ns"].as_f64().expect("measured") > 0.0);
    if crate::whole::counted(fill) {
        // 1 to 1024 doubling: 11 blocks, and the 100 words that stay.
        assert_eq!(fill["allocs"], 12);
        assert_eq!(fill["reallocs"], 0);
        assert_eq!(fill["frees"], 11);
        assert_eq!(fill["bytes"], (2047 + 100) * 8);
        assert_eq!(fill["peak_bytes"], (512 + 1024) * 8);
        assert_eq!(fill["live_at_end"], 800);
        let heap = crate::heap::heap(&report, "other", "fill/u64");
        if cfg!(target_arch = "x86_64") {
            assert_eq!(heap["layers"][0]["layer"], "operator new");
            assert_eq!(heap["layers"][0]["calls"], 12);
            assert_eq!(heap["layers"][0]["bytes"], fill["bytes"]);
            assert_eq!(heap["deletes"], 11);
            // Whatever the compiler inlined into what: a function of this program.
            let function = heap["alive"][0]["functions"][0].as_str().expect("a name");
            assert!(function.contains("Fill") || function.contains("std::vector"), "{function}");
        }
    }
    if fill["instructions_reason"].is_null() {
        assert!(fill["instructions"].as_f64().expect("counted") > 5000.0);
    }
    let count = row("count/tracked");
    assert_eq!(count["moves"], 7);
    assert_eq!((&count["copy_assigns"], &count["move_assigns"]), (&2.into(), &0.into()));
    assert_eq!(count["relocated_bytes"], 48);
    assert_eq!(count["verdict"], "reference");
}
