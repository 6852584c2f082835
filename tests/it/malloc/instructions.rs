//! What an operation costs in instructions, by callgrind: no clock, no scatter, so that a limit can be
//! a test.

use std::{path::Path, time::Duration};

use super::{Preload, compile, preloads};
use crate::tools::{self, present};

/// A pattern of `malloc_patterns.c`, and the instructions that one operation may take, loop and calls
/// included.
const LIMITS: [(&str, f64); 6] = [
    ("pair", 55.0),
    ("batch", 52.0),
    ("small", 85.0),
    ("medium", 130.0),
    ("steps", 70.0),
    ("zeroed", 90.0),
];

/// One twin may take so much more than the other.
const TWINS: f64 = 1.05;

fn count(preload: &Preload, program: &Path, pattern: &str, n: u64) -> f64 {
    let mut command = preload.command(Path::new("valgrind"));
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let outcome = tools::outcome(
        command.args([pattern, &n.to_string()]),
        Duration::from_secs(120),
        super::stop,
    );
    let collected = outcome.err.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.unwrap_or_else(|| panic!("{pattern}: {}", outcome.err));
    count.trim().parse().expect("valgrind prints a number")
}

#[test]
fn an_operation_takes_no_more_instructions_than_it_may() {
    if !present("valgrind") || !cfg!(target_arch = "x86_64") {
        eprintln!("not run: valgrind not found, or another processor than the limits are for");
        return;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc_patterns");
    compile("cc", "tests/c/malloc_patterns.c", &["-O2"], &program);
    let preloads = preloads();
    for (pattern, limit) in LIMITS {
        let each: Vec<f64> = preloads
            .iter()
            .map(|preload| {
                let [few, many] = [20_000, 60_000].map(|n| count(preload, &program, pattern, n));
                let each = (many - few) / 40_000.0;
                println!("{pattern}, {}: {each:.1}, limit {limit}", preload.name);
                assert!(each.round() <= limit, "{pattern}, {}: {each:.1}", preload.name);
                each
            })
            .collect();
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(each.iter().all(|&one| one <= least * TWINS), "{pattern}: {each:?}");
    }
}
