//! Criterion, linked in, at its defaults.

use std::env;
use std::fs;
use std::process::Command;

use criterion::Criterion;
use serde_json::Value;

use crate::{Answer, Verdict};

/// As `Cargo.toml` asks for it.
pub const VERSION: &str = "0.8.2";
/// What the report says of its settings.
pub const OPTIONS: &str = "defaults: 3 s of warm-up, 5 s, 100 samples, 100000 resamples, p < 0.05, \
                           noise threshold 1 %; without plots; Bencher::iter";

/// The child: one kernel, compared with what an earlier child has left in `CRITERION_HOME`.
pub fn measure(kernel: &str, contestant: &str) -> Result<(), String> {
    let all = diptych_lab::kernels::contestants();
    let contestant = all.iter().find(|one| one.name == contestant).ok_or("no such contestant")?;
    let workload = contestant.workloads.iter().find(|one| one.name == kernel);
    let workload = workload.ok_or("no such kernel")?;
    let mut batch = (workload.prepare)(workload.n, 1, 1);
    Criterion::default()
        .without_plots()
        .with_output_color(false)
        .bench_function("kernel", |bencher| bencher.iter(|| batch.run()));
    Ok(())
}

/// A baseline and a contender, each in a process of its own.
pub fn compare(kernel: &str, contestants: &[String; 2]) -> Result<Answer, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut said = String::new();
    for contestant in contestants {
        let output = Command::new(&program)
            .args(["criterion", kernel, contestant])
            .env("CRITERION_HOME", home.path())
            .output()
            .map_err(|error| error.to_string())?;
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("Criterion failed: {}", complaint.trim()));
        }
    }
    let file = home.path().join("kernel/change/estimates.json");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let estimates: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let estimate = estimates["mean"]["point_estimate"].as_f64().ok_or("Criterion: no estimate")?;
    Ok(Answer { verdict: verdict(&said)?, estimate })
}

/// The verdict in the words of its report.
fn verdict(said: &str) -> Result<Verdict, String> {
    let words = [
        ("Performance has regressed.", Verdict::Slower),
        ("Performance has improved.", Verdict::Faster),
        ("Change within noise threshold.", Verdict::Same),
        ("No change in performance detected.", Verdict::Same),
    ];
    let found = words.iter().find(|(words, _)| said.contains(words));
    found.map(|&(_, verdict)| verdict).ok_or_else(|| format!("Criterion gave no verdict: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_words_are_understood_and_others_refused() {
        let report = "kernel  time: [1 us 2 us 3 us]\n  change: [+1 %] (p = 0.00 < 0.05)\n  ";
        let of = |words: &str| verdict(&format!("{report}{words}\n"));
        assert_eq!(of("Performance has regressed."), Ok(Verdict::Slower));
        assert_eq!(of("Performance has improved."), Ok(Verdict::Faster));
        assert_eq!(of("No change in performance detected."), Ok(Verdict::Same));
        assert!(of("").is_err());
    }
}
