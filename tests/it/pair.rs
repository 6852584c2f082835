//! The benchmark of a crate that has a function in two languages, as its owner runs it.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::Value;

use super::tools::run;

fn cargo(command: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pair");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", folder);
    // What is measured does not matter here, what it takes to build it does: once for both commands.
    for (key, value) in
        [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1"), ("DEBUG", "0")]
    {
        cargo.env(format!("CARGO_PROFILE_BENCH_{key}"), value);
    }
    cargo.args([command, "--profile", "bench", "--locked", "--package", "diptych-example-pair"]);
    cargo.args(["--benches", "--"]).args(arguments);
    run(&mut cargo, Duration::from_secs(900))
}

#[test]
fn cargo_bench_compares_a_pair_and_cargo_test_only_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("result.json");
    let result = result.to_str().unwrap();
    let table = cargo("bench", &["--launches", "8", "--launch-ms", "2", "--json", result]);
    assert!(table.contains("pair count_words, n = 10000"), "{table}");
    let report: Value = serde_json::from_str(&fs::read_to_string(result).unwrap()).unwrap();
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["contestant"] == "rust");
    let row = row.unwrap();
    assert_eq!((&row["baseline"], &row["launches"]), (&"c++".into(), &8.into()));
    assert_eq!(row["in_process"]["log_ratios"].as_array().map(Vec::len), Some(8));

    assert_eq!(cargo("test", &[]).trim(), "");
}
