//! What was measured, for readers and for programs.

use serde_json::{Map, Value, json};

use super::figures::{Figures, confidence};
use super::probe::{GAPS, Order};

/// All there is to show.
pub struct Outcome<'a> {
    pub rows: Vec<(&'a str, &'a Figures)>,
    /// Who is not among them, or not always, and why.
    pub failures: Vec<(String, String)>,
    pub order: Order,
    pub rounds: usize,
    /// Of the machine, before and after.
    pub environment: Value,
    pub load_after: Option<f64>,
}

impl Outcome<'_> {
    fn sure(&self) -> String {
        format!("{:.0} %", 100.0 * confidence(self.rounds))
    }

    /// For readers.
    pub fn table(&self) -> String {
        let samples = self.rows.iter().map(|(_, figures)| figures.samples()).max().unwrap_or(0);
        let load = |load: Option<f64>| load.map_or("unknown".to_owned(), |load| load.to_string());
        let mut text = format!(
            "From submission to begin, in microseconds, on a pool that had nothing to do for so \
             long ({samples} tasks);\nmilliseconds of processor time per second with 1000 empty \
             tasks per second, and idle. The median of\n{} launches and its interval ({}). \
             Load {}, then {}.\n\n{:<18}",
            self.rounds,
            self.sure(),
            load(self.environment["load"].as_f64()),
            load(self.load_after),
            "pool"
        );
        let heads = ["300 us p50", "p99", "5 ms p50", "p99", "trickle", "idle"];
        heads.iter().for_each(|head| text += &format!("{head:>26}"));
        text += "\n";
        for (name, figures) in &self.rows {
            text += &format!("{name:<18}");
            for figure in figures.all() {
                let places = if figure.name.starts_with("latency") { 1 } else { 2 };
                let cell = figure.middle().map_or("-".to_owned(), |middle| {
                    let [value, low, high] = [middle.value, middle.low, middle.high]
                        .map(|figure| format!("{figure:.places$}"));
                    format!("{value} [{low}, {high}]")
                });
                text += &format!("{cell:>26}");
            }
            text += "\n";
        }
        text
    }

    /// For programs: a line for each pool.
    pub fn json(&self) -> String {
        let rounded = |value: f64| json!((value * 1e3).round() / 1e3);
        let row = |(name, figures): &(&str, &Figures)| {
            let mut all = Map::new();
            for figure in figures.all() {
                let value = figure.middle().map_or(Value::Null, |middle| {
                    let launches: Vec<_> = figure.launches.iter().copied().map(rounded).collect();
                    json!({
                        "value": rounded(middle.value),
                        "low": rounded(middle.low),
                        "high": rounded(middle.high),
                        "launches": launches,
                    })
                });
                all.insert(figure.name, value);
            }
            let about = &figures.about;
            let row = json!({
                "name": name, "language": about.language, "compiler": about.compiler,
                "flags": about.flags, "figures": all,
            });
            format!("    {row}")
        };
        let failures: Vec<_> = (self.failures.iter())
            .map(|(name, reason)| json!({"name": name, "reason": reason}))
            .collect();
        let method = json!({
            "launches": self.rounds,
            "samples": self.order.samples,
            "seconds": self.order.time.as_secs(),
            "gaps_us": GAPS.map(|gap| gap.as_micros() as u64),
            "tasks_per_second": 1000,
            "workers": diptych::workloads::thread_pool::WORKERS,
            "interval": "of the median over launches, by the sign test",
            "confidence": rounded(confidence(self.rounds)),
        });
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        format!(
            "{{\n  \"schema\": \"diptych-pools\",\n  \"version\": 1,\n  \"environment\": {},\n  \
             \"load_after\": {},\n  \"method\": {method},\n  \"pools\": [\n{}\n  ],\n  \
             \"failures\": {}\n}}\n",
            self.environment,
            json!(self.load_after),
            rows.join(",\n"),
            json!(failures)
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_pool_is_a_line_of_the_table_and_of_the_result() {
        let mut figures = Figures::default();
        for launch in ["about\tc++\tg++ 1\t-O3\nlatency\t300\t2000\ntrickle\t1.25\n"; 2] {
            figures.read(launch).expect("it is well formed");
        }
        let outcome = Outcome {
            rows: vec![("x", &figures)],
            failures: vec![("y".to_owned(), "it \"failed\"".to_owned())],
            order: Order { samples: 1, time: Duration::from_secs(2) },
            rounds: 2,
            environment: json!({"cpu": "some", "load": 0.5}),
            load_after: None,
        };
        let table = outcome.table();
        assert!(
            table.contains("(2 tasks)") && table.contains("Load 0.5, then unknown."),
            "{table}"
        );
        let line: Vec<_> = table.lines().last().expect("it has one").split_whitespace().collect();
        assert_eq!(line[..4], ["x", "2.0", "[2.0,", "2.0]"]);
        assert_eq!(line[7..], ["-", "-", "1.25", "[1.25,", "1.25]", "-"]);

        let result: Value = serde_json::from_str(&outcome.json()).expect("it is JSON");
        let pool = &result["pools"][0];
        assert_eq!((&pool["compiler"], &pool["flags"]), (&json!("g++ 1"), &json!("-O3")));
        let p50 = &pool["figures"]["latency_us_p50_after_300us"];
        assert_eq!(p50, &json!({"value": 2.0, "low": 2.0, "high": 2.0, "launches": [2.0, 2.0]}));
        assert!(pool["figures"]["idle_cpu_ms_per_s"].is_null());
        assert_eq!(result["failures"][0]["reason"], "it \"failed\"");
        assert_eq!(result["method"]["confidence"], 0.5);
    }
}
