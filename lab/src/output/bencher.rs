//! Bencher's metric format: benchmarks, each with measures, each with a value and maybe bounds.

use serde_json::{Map, Value, json};

use crate::report::{Report, Row};

/// Bencher takes no longer name of a measure.
const LONGEST: usize = 64;

/// All figures of all rows.
pub(crate) fn metrics(report: &Report) -> Result<String, String> {
    let mut all: Map<String, Value> = Map::new();
    for row in &report.rows {
        let Row { component, workload, n, contestant, .. } = row;
        let measures = measures(row);
        // A contestant has a row for each baseline, with the same figures of its own.
        let name = format!("{component}/{workload}/{n}/{contestant}");
        let entry = all.entry(name).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(entry) = entry {
            entry.extend(measures);
        }
    }
    all.retain(|_, measures| measures.as_object().is_some_and(|measures| !measures.is_empty()));
    let text = serde_json::to_string_pretty(&all).map_err(|error| format!("Bencher: {error}"))?;
    Ok(text + "\n")
}

#[allow(clippy::cast_precision_loss)]
fn measures(row: &Row) -> Vec<(String, Value)> {
    let mut measures = Vec::new();
    if let (Some(baseline), Some(ratio)) = (&row.baseline, row.ratio) {
        let name: String = format!("ratio to {baseline}").chars().take(LONGEST).collect();
        let value = match (row.low, row.high) {
            (Some(low), Some(high)) => {
                json!({ "value": ratio, "lower_value": low, "upper_value": high })
            }
            _ => json!({ "value": ratio }),
        };
        measures.push((name, value));
    }
    let whole = |count: Option<u64>| count.map(|count| count as f64);
    for (name, figure) in [
        // Bencher's own word for nanoseconds.
        ("latency", row.wall_ns),
        ("cpu-time", row.cpu_ns),
        ("instructions", row.instructions),
        ("d1-misses", row.d1_misses),
        ("branch-misses", row.branch_misses),
        ("minor-faults", row.minor_faults),
        ("allocations", whole(row.allocs)),
        ("reallocations", whole(row.reallocs)),
        ("allocated-bytes", whole(row.bytes)),
        ("peak-bytes", whole(row.peak_bytes)),
        ("live-at-end", row.live_at_end.map(|bytes| bytes as f64)),
        ("resident-bytes", whole(row.peak_rss_bytes)),
        ("copies", whole(row.copies)),
        ("moves", whole(row.moves)),
        ("relocated-bytes", whole(row.relocated_bytes)),
    ] {
        if let Some(figure) = figure {
            measures.push((name.to_owned(), json!({ "value": figure })));
        }
    }
    measures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_contestant_share_a_benchmark_and_nothing_is_null() {
        let row = |baseline: &str, ratio, low| Row {
            component: "vector".to_owned(),
            workload: "push/u64".to_owned(),
            n: 10,
            contestant: "rust".to_owned(),
            baseline: Some(baseline.to_owned()),
            ratio: Some(ratio),
            low,
            high: low.map(|low| low + 0.2),
            wall_ns: Some(12.5),
            ..Row::default()
        };
        let long = "x".repeat(90);
        let bare = Row { contestant: "nothing".to_owned(), ..Row::default() };
        let rows = vec![row("cpp", 0.5, Some(0.4)), row(&long, 2.0, None), bare];
        let report = Report { rows, ..crate::output::read::sample() };
        let text = metrics(&report).expect("it is text");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(found.as_object().expect("an object").len(), 1);
        let found = &found["vector/push/u64/10/rust"];
        assert_eq!(found["latency"], json!({ "value": 12.5 }));
        let bounds = json!({ "value": 0.5, "lower_value": 0.4, "upper_value": 0.4 + 0.2 });
        assert_eq!(found["ratio to cpp"], bounds);
        assert_eq!(found[&format!("ratio to {long}")[..LONGEST]], json!({ "value": 2.0 }));
        assert!(found["instructions"].is_null());
    }
}
