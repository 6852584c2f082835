//! Google Benchmark and its `compare.py`, as Debian has them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Answer, Verdict};

/// What the report says of its settings.
pub const OPTIONS: &str = "defaults: 0.5 s per repetition; --benchmark_repetitions=9, which \
                           compare.py asks for; its U test of real times, p < 0.05";

const ROOT: &str = env!("DIPTYCH_ROOT");
const COMPARE: &str = "/usr/share/benchmark/compare.py";
const ALPHA: f64 = 0.05;

/// The tool, with the kernels compiled for it.
pub struct Google {
    version: String,
    /// One that has what `compare.py` imports.
    python: &'static str,
    program: PathBuf,
    _directory: TempDir,
}

impl Google {
    /// Compiles the kernels with the flags of the C++ twin, or says what is missing.
    pub fn find() -> Result<Self, String> {
        let missing = "install libbenchmark-dev, libbenchmark-tools and python3-scipy";
        let python = ["python3", "/usr/bin/python3"]
            .into_iter()
            .find(|python| run(Command::new(python).args(["-c", "import numpy, scipy"])).is_ok())
            .ok_or_else(|| format!("no python3 has scipy: {missing}"))?;
        if !Path::new(COMPARE).is_file() {
            return Err(format!("{COMPARE} is not there: {missing}"));
        }
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let program = directory.path().join("rivals");
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
        let mut compile = Command::new(&compiler);
        compile.current_dir(ROOT).arg(concat!("-std=c++", env!("DIPTYCH_CXX_STANDARD")));
        compile.args(env!("DIPTYCH_CXX_FLAGS").split_whitespace());
        compile.args(["-Ilab/include", "peers/cpp/rivals.cpp", "-o"]).arg(&program);
        compile.args(["-lbenchmark", "-pthread"]);
        run(&mut compile).map_err(|reason| format!("{compiler}: {reason}; {missing}"))?;
        let asked = run(Command::new("pkg-config").args(["--modversion", "benchmark"]));
        let version = asked.map_or_else(
            |_| "unknown".into(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        );
        Ok(Self { version, python, program, _directory: directory })
    }

    /// As pkg-config says.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A baseline and a contender, each in a process of its own, then `compare.py`.
    pub fn compare(&self, kernel: &str, contestants: &[String; 2]) -> Result<Answer, String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let file = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let files = [file("baseline.json"), file("contender.json")];
        for (contestant, file) in contestants.iter().zip(&files) {
            run(Command::new(&self.program)
                .args([kernel, contestant, "--benchmark_repetitions=9"])
                .args([&format!("--benchmark_out={file}"), "--benchmark_out_format=json"]))?;
        }
        let dump = file("comparison.json");
        run(Command::new(self.python)
            .args([COMPARE, "--no-color", "--dump_to_json", &dump, "benchmarks"])
            .args(&files))?;
        let text = fs::read_to_string(&dump).map_err(|error| format!("{dump}: {error}"))?;
        judge(&serde_json::from_str(&text).map_err(|error| error.to_string())?)
    }
}

/// The U test's verdict on real times, in the direction of the medians.
fn judge(comparison: &Value) -> Result<Answer, String> {
    let entries = comparison.as_array().ok_or("compare.py: no list")?;
    let p_value = entries.iter().find_map(|entry| entry["utest"]["time_pvalue"].as_f64());
    let p_value = p_value.ok_or("compare.py: no U test")?;
    let median = entries.iter().find(|entry| entry["aggregate_name"] == "median");
    let change = median.and_then(|entry| entry["measurements"][0]["time"].as_f64());
    let estimate = change.ok_or("compare.py: no median")?;
    let verdict = match p_value < ALPHA {
        true if estimate > 0.0 => Verdict::Slower,
        true => Verdict::Faster,
        false => Verdict::Same,
    };
    Ok(Answer { verdict, estimate })
}

/// Runs to the end. An error is the first line of its complaint.
fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = complaint.lines().find(|line| line.contains("rror")).or(complaint.lines().next());
    Err(line.unwrap_or("failed without a word").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn comparison(p_value: f64, change: f64) -> Value {
        json!([
            {"name": "k", "aggregate_name": "", "measurements": [{"time": 9.0}],
             "utest": {"time_pvalue": p_value, "cpu_pvalue": 0.5}},
            {"name": "k", "aggregate_name": "median", "measurements": [{"time": change}],
             "utest": {}},
        ])
    }

    #[test]
    fn a_small_p_value_is_a_verdict_in_the_direction_of_the_medians() {
        let of = |p_value, change| judge(&comparison(p_value, change)).expect("complete").verdict;
        assert_eq!(of(0.049, 0.01), Verdict::Slower);
        assert_eq!(of(0.049, -0.01), Verdict::Faster);
        assert_eq!(of(0.05, 0.01), Verdict::Same);
        assert!(judge(&json!([])).is_err());
    }
}
