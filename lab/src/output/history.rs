//! All runs in a folder, oldest first: a line for each row and run.

use std::fs;
use std::path::Path;

use super::grid::{Column, Grid};
use super::read::read_if_result;
use crate::report::{Report, Row};
use crate::table::{ratio, time, wrap};

const COLUMNS: &[Column] = &[
    Column { title: "run", left: false, goes: 0 },
    Column { title: "started", left: true, goes: 2 },
    Column { title: "ratio", left: false, goes: 0 },
    Column { title: "interval", left: true, goes: 1 },
    Column { title: "verdict", left: true, goes: 0 },
    Column { title: "time", left: false, goes: 3 },
];

/// The text, and a line for each file that could not be read.
pub(crate) fn history(folder: &Path, width: usize) -> Result<(String, Vec<String>), String> {
    let failed = |error: &std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut runs: Vec<(String, Report)> = Vec::new();
    let mut refused = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match read_if_result(&path) {
                Ok(Some(report)) => runs.push((name, report)),
                // Of another kind, such as a calibration.
                Ok(None) => {}
                Err(line) => refused.push(line),
            }
        }
    }
    refused.sort();
    if runs.is_empty() {
        let why = refused.first().map_or_else(String::new, |line| format!(" ({line})"));
        return Err(format!("{} holds no result file{why}", folder.display()));
    }
    runs.sort_by(|(a, one), (b, other)| {
        (&one.environment.started, a).cmp(&(&other.environment.started, b))
    });
    Ok((draw(&runs, width), refused))
}

fn draw(runs: &[(String, Report)], width: usize) -> String {
    let mut text = String::new();
    for (number, (name, report)) in runs.iter().enumerate() {
        let stopped = if report.complete { "" } else { ", stopped before its end" };
        let line = format!("{} {name}: {}{stopped}", number + 1, report.environment.line());
        wrap(&mut text, &line, width);
    }
    // Pairs in the order in which they first came up.
    let mut pairs: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for (number, (_, report)) in runs.iter().enumerate() {
        for row in report.rows.iter().filter(|row| row.baseline.is_some()) {
            let Row { component, workload, n, contestant, .. } = row;
            let against = row.baseline.as_deref().unwrap_or_default();
            let name = format!("{component} {workload}, n = {n}: {contestant} / {against}");
            let line = cells(number + 1, report, row);
            match pairs.iter_mut().find(|(other, _)| *other == name) {
                Some((_, lines)) => lines.push(line),
                None => pairs.push((name, vec![line])),
            }
        }
    }
    let lines: Vec<Vec<String>> = pairs.iter().flat_map(|(_, lines)| lines.clone()).collect();
    let grid = Grid::fit(COLUMNS, &lines, width);
    let titles: Vec<&str> = COLUMNS.iter().map(|column| column.title).collect();
    text.push('\n');
    text += &grid.line(&titles);
    for (name, lines) in &pairs {
        wrap(&mut text, name, width);
        lines.iter().for_each(|line| text += &grid.line(line));
    }
    text
}

fn cells(number: usize, report: &Report, row: &Row) -> Vec<String> {
    vec![
        number.to_string(),
        report.environment.started.clone(),
        row.ratio.map_or_else(|| "-".to_owned(), ratio),
        match (row.low, row.high) {
            (Some(low), Some(high)) => format!("{}..{}", ratio(low), ratio(high)),
            _ => String::new(),
        },
        row.verdict.word().to_owned(),
        row.wall_ns.map_or_else(String::new, time),
    ]
}
