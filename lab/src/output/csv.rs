//! A line for each row, as RFC 4180 has it: `spec/lab-csv.md`.

use ::csv::{Terminator, WriterBuilder};
use serde_json::Value;

use crate::report::Report;

/// The columns after `started`, in their order: fields of a row of the result file, with a dot
/// between an object and what is in it. New ones go to the end.
const COLUMNS: &[&str] = &[
    "component",
    "workload",
    "n",
    "tracked",
    "threads",
    "clock",
    "contestant",
    "language",
    "compiler",
    "baseline",
    "ratio",
    "low",
    "high",
    "verdict",
    "reason",
    "would_change",
    "needs",
    "aa_floor",
    "layout_margin",
    "margin",
    "other_clock.ratio",
    "other_clock.low",
    "other_clock.high",
    "in_process.ratio",
    "in_process.low",
    "in_process.high",
    "pinned.ratio",
    "pinned.low",
    "pinned.high",
    "launches",
    "outliers",
    "calls_per_sample",
    "samples_per_launch",
    "core_shared",
    "wall_ns",
    "wall_ns_per_element",
    "cpu_ns",
    "cpu_ns_per_element",
    "minor_faults",
    "allocs",
    "reallocs",
    "frees",
    "bytes",
    "peak_bytes",
    "live_at_end",
    "memory_reason",
    "peak_rss_bytes",
    "peak_rss_reason",
    "hardware.cycles",
    "hardware.instructions",
    "hardware.cache_misses",
    "hardware.branch_misses",
    "hardware_reason",
    "copies",
    "moves",
    "destroys",
    "copy_assigns",
    "move_assigns",
    "relocated_bytes",
    "tracked_reason",
    "instructions",
    "instructions_per_element",
    "instructions_spread",
    "instructions_reason",
    "d1_misses",
    "ll_misses",
    "branch_misses",
    "simulation_reason",
    "digest",
    "command.line",
    "command.runs",
    "command.minimum_ns",
    "command.user_ns",
    "command.system_ns",
    "command.memory_ratio",
    "command.major_faults",
    "command.empty_ns",
    "command.shell_ns",
    "command.memory_low",
    "command.memory_high",
    "command.memory_difference_bytes",
];

/// The whole file: a head, then the rows in their order.
pub(crate) fn lines(report: &Report) -> Result<String, String> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| format!("CSV: {error}");
    let head = ["started"].into_iter().chain(COLUMNS.iter().copied());
    writer.write_record(head).map_err(|error| failed(&error))?;
    for row in &report.rows {
        let row = serde_json::to_value(row).map_err(|error| failed(&error))?;
        let started = report.environment.started.clone();
        let cells = COLUMNS.iter().map(|column| cell(&row, column));
        let cells = std::iter::once(started).chain(cells);
        writer.write_record(cells).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// What is not available is an empty cell.
fn cell(row: &Value, column: &str) -> String {
    match column.split('.').fold(row, |value, name| &value[name]) {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Opinion, Row};

    #[test]
    fn every_field_of_a_row_but_the_lists_has_a_column() {
        let row = Row {
            other_clock: Some(Opinion::default()),
            in_process: Some(Opinion::default()),
            pinned: Some(Opinion::default()),
            hardware: Some(crate::perf::Hardware::default()),
            command: Some(crate::commands::Figures::default()),
            ..Row::default()
        };
        let mut fields = Vec::new();
        for (name, value) in serde_json::to_value(&row).expect("a row").as_object().expect("one") {
            match value {
                Value::Array(_) => {}
                Value::Object(inner) => {
                    let inner = inner.iter().filter(|(_, value)| !value.is_array());
                    fields.extend(inner.map(|(inner, _)| format!("{name}.{inner}")));
                }
                _ => fields.push(name.clone()),
            }
        }
        let mut columns: Vec<String> = COLUMNS.iter().map(|&name| name.to_owned()).collect();
        fields.sort();
        columns.sort();
        assert_eq!(columns, fields);
    }

    #[test]
    fn cells_are_quoted_and_what_is_null_is_empty() {
        let row =
            Row { contestant: "a \"b\", c\nd".to_owned(), ratio: Some(0.5), ..Row::default() };
        let report = Report { rows: vec![row], ..crate::output::read::sample() };
        let text = lines(&report).expect("it is text");
        assert!(text.contains(",\"a \"\"b\"\", c\nd\","), "{text}");
        assert!(text.ends_with("\r\n"));
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().expect("a head").clone();
        let line = reader.records().next().expect("a line").expect("CSV");
        let at = |name: &str| line.get(head.iter().position(|head| head == name)?);
        assert_eq!(at("contestant"), Some("a \"b\", c\nd"));
        assert_eq!((at("ratio"), at("low"), at("digest")), (Some("0.5"), Some(""), Some("")));
        assert_eq!(at("started"), Some("2026-01-01T00:00:00Z"));
    }
}
