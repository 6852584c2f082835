//! The tables of `examples/wild/README.md`: one for each pair, from a run of its program and from
//! the sizes that it found.

use std::fmt::Write as _;

use serde_json::Value;

use super::{bytes, ran, run_if_there, same, text};

const PAGE: &str = "examples/wild/README.md";
const COMPONENTS: [&str; 5] = ["zlib", "bzip2", "snappy", "lz4", "regex"];

/// What stands where nothing was committed.
const NOTHING: &str = "No run is committed yet.\n";

/// When, where and of what the run was made.
fn provenance(run: &Value) -> String {
    let mut out = ran(run) + ".\n\n";
    out += "| | language | compiler | version and flags |\n|---|---|---|---|\n";
    for contestant in run["contestants"].as_array().into_iter().flatten() {
        let [name, language, compiler, flags] =
            ["name", "language", "compiler", "flags"].map(|field| text(contestant, field));
        let _ = writeln!(out, "| {name} | {language} | {compiler} | {flags} |");
    }
    out
}

/// The two rows of a workload: the library's own, and that of the port against it.
fn pairs<'a>(run: &'a Value, component: &'a str) -> Vec<(&'a Value, &'a Value)> {
    let rows = run["rows"].as_array().expect("a run has rows");
    let of = rows.iter().filter(|row| row["component"] == *component);
    let ports = of.clone().filter(|row| row["baseline"].is_string());
    let same = |a: &Value, b: &Value| a["workload"] == b["workload"] && a["n"] == b["n"];
    ports
        .filter_map(|port| {
            let mut own = of.clone().filter(|row| row["baseline"].is_null() && same(row, port));
            Some((own.find(|row| row["contestant"] == port["baseline"])?, port))
        })
        .collect()
}

fn time(row: &Value) -> String {
    let Some(ratio) = row["ratio"].as_f64() else {
        return text(row, "reason").to_owned();
    };
    let interval = match (row["low"].as_f64(), row["high"].as_f64()) {
        (Some(low), Some(high)) => format!(" [{low:.2}, {high:.2}]"),
        _ => String::new(),
    };
    match text(row, "verdict") {
        "faster" | "slower" => format!("**{ratio:.2}**{interval}"),
        "depends_on_state" => {
            let other = |field: &str, how: &str| {
                let ratio = row[field]["ratio"].as_f64();
                ratio.map(|ratio| format!("; {ratio:.2} {how}")).unwrap_or_default()
            };
            format!(
                "{ratio:.2}{interval} depends on state{}{}",
                other("in_process", "in one process"),
                other("pinned", "with a pinned allocator"),
            )
        }
        verdict => format!("{ratio:.2}{interval} {}", verdict.replace('_', " ")),
    }
}

/// A duration with three digits.
fn duration(row: &Value) -> String {
    match row["wall_ns"].as_f64() {
        None => "?".to_owned(),
        Some(ns) if ns < 1e3 => format!("{ns:.0} ns"),
        Some(ns) if ns < 1e6 => format!("{:.*} us", places(ns / 1e3), ns / 1e3),
        Some(ns) => format!("{:.*} ms", places(ns / 1e6), ns / 1e6),
    }
}

fn places(value: f64) -> usize {
    match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    }
}

fn peak(row: &Value) -> String {
    row["peak_bytes"].as_u64().map_or("?".to_owned(), bytes)
}

fn faults(row: &Value) -> String {
    row["minor_faults"].as_f64().map_or("?".to_owned(), |count| format!("{count:.0}"))
}

/// `12345; 12400 (+0.4 %)`, or that both write the same. A difference of no digit is none.
fn sizes(sizes: Option<&Value>, row: &Value) -> String {
    let rows = sizes.and_then(|sizes| sizes["rows"].as_array()).into_iter().flatten();
    let mut same = rows.filter(|size| {
        ["component", "workload", "n"].iter().all(|field| size[field] == row[field])
    });
    let Some(size) = same.next() else {
        return String::new();
    };
    let [native, port] = ["native", "port"].map(|side| size[side]["bytes"].as_u64().unwrap_or(0));
    if size["same_bytes"] == true {
        return format!("{native}, the same bytes");
    }
    #[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
    let more = 100.0 * (port as f64 / native as f64 - 1.0);
    if more.abs() < 0.05 {
        return format!("{native}; {port}");
    }
    format!("{native}; {port} ({more:+.1} %)")
}

/// One line for each workload of a pair.
fn table(run: &Value, found: Option<&Value>, component: &str) -> String {
    let pairs = pairs(run, component);
    let Some((library, port)) = pairs.first() else {
        return "Its library was absent.\n".into();
    };
    let (library, port) = (text(library, "contestant"), text(port, "contestant"));
    let packs = component != "regex";
    let mut out = format!("| workload | bytes | time, {port} / {library} | {library} |");
    if packs {
        let _ = write!(out, " compressed, {library}; {port} |");
    }
    let _ = writeln!(out, " heap, {library}; {port} | page faults | instructions |");
    out += "|---|---|---|---|---|---|---|";
    out += if packs { "---|\n" } else { "\n" };
    for (native, row) in pairs {
        let _ = write!(
            out,
            "| {} | {} | {} | {} |",
            text(row, "workload"),
            row["n"],
            time(row),
            duration(native),
        );
        if packs {
            let _ = write!(out, " {} |", sizes(found, row));
        }
        let instructions = match (row["instructions"].as_f64(), native["instructions"].as_f64()) {
            (Some(port), Some(library)) => format!("{:.2}", port / library),
            _ => "?".into(),
        };
        let heap = format!("{}; {}", peak(native), peak(row));
        let faults = format!("{}; {}", faults(native), faults(row));
        let _ = writeln!(out, " {heap} | {faults} | {instructions} |");
    }
    out
}

#[test]
fn the_page_of_wild_pairs_shows_the_committed_run() {
    let run = run_if_there("results/wild.json");
    let found = run_if_there("results/wild-sizes.json");
    let nothing = || NOTHING.to_owned();
    same(PAGE, "wild: run", &run.as_ref().map_or_else(nothing, provenance));
    for component in COMPONENTS {
        let belongs = run.as_ref().map(|run| table(run, found.as_ref(), component));
        same(PAGE, &format!("wild: {component}"), &belongs.unwrap_or_else(nothing));
    }
}

#[test]
fn a_pair_has_one_line_for_each_workload_and_the_sizes_of_its_own() {
    let row = |contestant: &str, baseline: Value, n: u64| {
        serde_json::json!({
            "component": "zlib", "workload": "compress6/text", "n": n, "contestant": contestant,
            "baseline": baseline, "ratio": baseline.as_str().map(|_| 0.5),
            "low": 0.4, "high": 0.625,
            "verdict": if baseline.is_null() { "reference" } else { "depends_on_state" },
            "wall_ns": 12_345.0, "peak_bytes": 2048, "instructions": 4.0, "minor_faults": 7.6,
            "in_process": Value::Null, "pinned": {"ratio": 0.625},
        })
    };
    let run = serde_json::json!({"rows": [
        row("zlib", Value::Null, 64), row("zlib-rs", "zlib".into(), 64),
        row("zlib", Value::Null, 65), row("zlib-rs", "zlib".into(), 65),
    ]});
    let sizes = serde_json::json!({"rows": [{
        "component": "zlib", "workload": "compress6/text", "n": 64, "same_bytes": false,
        "native": {"bytes": 100}, "port": {"bytes": 110},
    }]});
    let table = table(&run, Some(&sizes), "zlib");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[2..],
        [
            "| compress6/text | 64 | 0.50 [0.40, 0.62] depends on state; 0.62 with a pinned allocator \
             | 12.3 us | 100; 110 (+10.0 %) | 2.0 KiB; 2.0 KiB | 8; 8 | 1.00 |",
            "| compress6/text | 65 | 0.50 [0.40, 0.62] depends on state; 0.62 with a pinned allocator \
             | 12.3 us |  | 2.0 KiB; 2.0 KiB | 8; 8 | 1.00 |",
        ]
    );
    assert!(lines.iter().all(|line| line.matches('|').count() == 9), "{table}");
}
