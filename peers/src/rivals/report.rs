//! `results/rivals.json`.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use diptych_lab::neighbour;
use serde_json::{Value, json};

use crate::{Answer, Tool, Verdict};

/// One kind of comparison.
struct Cell {
    tool: Tool,
    kernel: String,
    percent: f64,
    answers: Vec<Answer>,
    seconds: f64,
}

/// All comparisons so far.
pub struct Report {
    tools: Vec<Value>,
    environment: Value,
    noisy: bool,
    cells: Vec<Cell>,
}

impl Report {
    /// Looks at the machine.
    pub fn new(noisy: bool) -> Self {
        let now = SystemTime::now();
        let started = humantime::format_rfc3339_seconds(now).to_string();
        let load = read("/proc/loadavg");
        let info = read("/proc/cpuinfo");
        let cpu = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        let environment = json!({
            "started": started,
            "cpu": cpu.unwrap_or("unknown"),
            "cpus": std::thread::available_parallelism().map_or(0, usize::from),
            "kernel": read("/proc/sys/kernel/osrelease"),
            "load": load.split(' ').next().and_then(|load| load.parse::<f64>().ok()),
        });
        Self { tools: Vec::new(), environment, noisy, cells: Vec::new() }
    }

    /// Says what a tool is.
    pub fn tool(&mut self, tool: Tool, version: &str, options: &str) {
        let entry = json!({"tool": tool.to_string(), "version": version, "options": options});
        self.tools.push(entry);
    }

    /// Takes one comparison in.
    pub fn add(&mut self, tool: Tool, kernel: &str, percent: f64, answer: Answer, seconds: f64) {
        let same = |cell: &&mut Cell| {
            cell.tool == tool && cell.kernel == kernel && cell.percent.total_cmp(&percent).is_eq()
        };
        if let Some(cell) = self.cells.iter_mut().find(same) {
            cell.answers.push(answer);
            cell.seconds += seconds;
        } else {
            let (kernel, answers) = (kernel.to_owned(), vec![answer]);
            self.cells.push(Cell { tool, kernel, percent, answers, seconds });
        }
    }

    /// Writes all so far, aside first.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let failed =
            |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        let text = serde_json::to_string_pretty(&self.json()).map_err(|error| error.to_string())?;
        let aside = path.with_extension("draft");
        fs::write(&aside, text + "\n").map_err(failed)?;
        fs::rename(&aside, path).map_err(failed)
    }

    fn json(&self) -> Value {
        let mut kinds: Vec<(Tool, &str)> = Vec::new();
        for cell in &self.cells {
            if !kinds.contains(&(cell.tool, &cell.kernel)) {
                kinds.push((cell.tool, &cell.kernel));
            }
        }
        let rows = kinds.into_iter().map(|(tool, kernel)| {
            let of_kind = |cell: &&Cell| cell.tool == tool && cell.kernel == kernel;
            self.row(tool, kernel, &self.cells.iter().filter(of_kind).collect::<Vec<_>>())
        });
        json!({
            "schema": "diptych-rivals",
            "version": 1,
            "environment": self.environment,
            "neighbour": self.noisy.then_some(neighbour::DESCRIPTION),
            "tools": self.tools,
            "kernels": rows.collect::<Vec<_>>(),
        })
    }

    fn row(&self, tool: Tool, kernel: &str, cells: &[&Cell]) -> Value {
        let equal = cells.iter().find(|cell| cell.percent == 0.0);
        let errors: Vec<f64> = equal
            .into_iter()
            .flat_map(|cell| cell.answers.iter().map(|answer| answer.estimate.abs()))
            .collect();
        let false_positives = equal.map_or(0, |cell| {
            cell.answers.iter().filter(|answer| answer.verdict != Verdict::Same).count()
        });
        let added = cells.iter().filter(|cell| cell.percent > 0.0).map(|cell| {
            let found =
                cell.answers.iter().filter(|answer| answer.verdict == Verdict::Slower).count();
            let estimates: Vec<f64> = cell.answers.iter().map(|answer| answer.estimate).collect();
            json!({
                "percent": cell.percent,
                "found": found,
                "tries": cell.answers.len(),
                "estimate": quantile(estimates, 0.5).map(|estimate| 100.0 * estimate),
            })
        });
        let count: usize = cells.iter().map(|cell| cell.answers.len()).sum();
        let seconds: f64 = cells.iter().map(|cell| cell.seconds).sum();
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let seconds = seconds / count.max(1) as f64;
        json!({
            "tool": tool.to_string(),
            "kernel": kernel,
            "language": match tool { Tool::Criterion => "rust", Tool::Google => "c++" },
            "comparisons": equal.map_or(0, |cell| cell.answers.len()),
            "false_positives": false_positives,
            "floor": quantile(errors, 0.95),
            "added": added.collect::<Vec<_>>(),
            "seconds_per_comparison": seconds,
        })
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value below which this share of all lies.
fn quantile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_what_was_said_of_equal_and_of_added_work() {
        let mut report = Report::new(true);
        let answer = |verdict, estimate| Answer { verdict, estimate };
        for (percent, verdict, estimate) in [
            (0.0, Verdict::Same, 0.001),
            (0.0, Verdict::Faster, -0.03),
            (0.0, Verdict::Slower, 0.02),
            (2.0, Verdict::Slower, 0.021),
            (2.0, Verdict::Faster, -0.01),
            (2.0, Verdict::Same, 0.019),
        ] {
            report.add(Tool::Google, "push/u64", percent, answer(verdict, estimate), 10.0);
        }
        let json = report.json();
        let row = &json["kernels"][0];
        assert_eq!((&row["comparisons"], &row["false_positives"]), (&3.into(), &2.into()));
        assert_eq!(row["floor"], 0.03);
        assert_eq!(row["seconds_per_comparison"], 10.0);
        let added = &row["added"][0];
        assert_eq!((&added["found"], &added["tries"]), (&1.into(), &3.into()));
        assert_eq!(added["estimate"], 1.9);
    }
}
