//! Pairs in a few lines: those in Rust and those in C++ meet, whatever their results are made of.

use std::path::Path;
use std::process::Command;

use diptych_lab::{Digest, Digestible, Pair, cli::Program};
use libtest_mimic::Trial;

use crate::toy;
use crate::whole::{result_of, row};

/// What makes this test program the pair below.
pub const PAIR: &str = "pair";

pub fn tests() -> Vec<Trial> {
    let of = |name: &str, compiler: &'static str, body: fn(&str)| {
        let present = Command::new(compiler).arg("--version").output().is_ok();
        let test = Trial::test(format!("{name}_{compiler}"), move || {
            body(compiler);
            Ok(())
        });
        test.with_ignored_flag(!present)
    };
    ["g++", "clang++", "clang++-19"]
        .into_iter()
        .flat_map(|compiler| {
            [
                of("results_of_all_kinds_digest_alike", compiler, meet),
                of("every_client_header_compiles_alone", compiler, compile_headers),
            ]
        })
        .collect()
}

/// As in pair.cpp.
struct Span(u64, u64);

impl Digestible for Span {
    fn digest(&self, into: &mut Digest) {
        (self.0, self.1).digest(into);
    }
}

/// The same as in pair.cpp.
pub fn program() -> Program {
    let pair = Pair::new("kinds", 100)
        .also(1)
        .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>())
        .rust("near", |words| {
            let first = words[0];
            let text = "x".repeat(usize::try_from(first % 20).expect("below 20"));
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let (byte, signed, wide, narrow) =
                (first as u8, first as i32, (first >> 11) as f64 / 3.0, (first >> 40) as f32);
            let rows: Vec<Vec<u8>> =
                (0..first % 5).map(|row| (0..row).map(|_| byte).collect()).collect();
            words.sort_unstable();
            let sum = words.iter().fold(0_u64, |sum, &word| sum.wrapping_add(word));
            let even = first.is_multiple_of(2);
            (
                (sum, signed, wide, narrow),
                (text, rows, even.then_some(first), !even),
                (first.is_multiple_of(3), Span(first, first + 1)),
                std::mem::take(words),
            )
        });
    Program::new(pair.contestants())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn compiler(name: &str) -> Command {
    let mut compiler = Command::new(name);
    compiler.args(["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion"]);
    compiler.args(["-Wshadow", "-Wold-style-cast", "-Werror", "-I"]).arg(root().join("include"));
    compiler
}

fn meet(name: &str) {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let worker = folder.path().join("worker");
    let source = root().join("tests/program/pair.cpp");
    let built = compiler(name).arg(source).arg("-o").arg(&worker).arg("-ldl").output();
    let (_, errors) = toy::texts(&built.expect("present, as asked above"));
    assert_eq!(errors, "");

    let mut command = toy::command(&["compare", "--launches", "8", "--launch-ms", "2"]);
    command
        .args(["--no-instructions", "--allow-debug", "--worker"])
        .arg(&worker)
        .env(toy::MARK, PAIR);
    let report = result_of(command);
    assert_eq!(report["failures"], serde_json::json!([]), "{}", report["failures"]);
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(4));
    assert_eq!(row(&report, "far", "kinds")["launches"], 8);
}

fn compile_headers(name: &str) {
    let headers = ["diptych/lab.hpp", "diptych/lab/worker.hpp", "diptych/lab/kernels.hpp"];
    for header in headers.iter().chain(&["diptych/lab/pair.hpp"]) {
        let built = compiler(name)
            .args(["-fsyntax-only", "-x", "c++", "-include", header, "/dev/null"])
            .output()
            .expect("present, as asked above");
        let (_, errors) = toy::texts(&built);
        assert!(built.status.success() && errors.is_empty(), "{header}: {errors}");
    }
}
