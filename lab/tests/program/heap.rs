//! What the memory pass tells beyond counts.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::hostile::Hostile;
use crate::toy;
use crate::whole::{counted, result, row};

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("a_leak_shows_its_size_class_and_who_took_it", leak),
        crate::test("the_highest_point_of_every_curve_is_the_peak", curves),
        crate::test("layers_sum_up_to_the_counts", layers),
        crate::test("memory_detail_is_shown_when_asked_for", shown),
        crate::test("a_large_input_shows_in_the_resident_set", resident),
        crate::test("a_heap_report_of_garbage_gives_a_reason", || {
            spoiled("printf 'what is that' >$report", "is of another kind");
        }),
        crate::test("a_heap_report_cut_short_gives_a_reason", || {
            spoiled("text=$(head -c 40 $report); printf %s \"$text\" >$report", "of the heap");
        }),
        crate::test("an_emptied_heap_report_gives_a_reason", || {
            spoiled(": >$report", "wrote no report");
        }),
        crate::test("a_heap_report_about_something_else_gives_a_reason", || {
            let lie = r"printf 'diptych-heap\t1\nwindow\t1\t1\t1\nend\n' >$report";
            spoiled(lie, "does not fit its counts");
        }),
    ]
}

const QUICK: &[&str] = &["--launches", "1", "--launch-ms", "1", "--no-instructions"];

/// The entry of a contestant's heap in a workload.
pub fn heap<'a>(report: &'a Value, contestant: &str, workload: &str) -> &'a Value {
    let mut heaps = report["heaps"].as_array().expect("heaps").iter();
    let same = |heap: &&Value| heap["contestant"] == contestant && heap["workload"] == workload;
    heaps.find(same).expect("an entry")
}

fn leak() {
    let report = result(&[QUICK, &["leak"]].concat());
    if !counted(row(&report, "plain", "leak/bytes")) {
        return;
    }
    let leaks = &heap(&report, "plain", "leak/bytes")["alive"];
    let classes = leaks.as_array().expect("counted");
    let numbers: Vec<[u64; 3]> = classes
        .iter()
        .map(|class| ["up_to", "blocks", "bytes"].map(|name| class[name].as_u64().expect(name)))
        .collect();
    assert_eq!(numbers, [[64, 5, 5 * 33], [1024, 2, 2 * 700]]);
    for class in classes {
        let functions = class["functions"].as_array().expect("names");
        assert_eq!(functions.len(), 1, "{functions:?}");
        let name = functions[0].as_str().expect("a name");
        assert!(name.ends_with("takes_and_forgets") || !cfg!(target_arch = "x86_64"), "{name}");
    }
}

fn curves() {
    let report = result(&[QUICK, &["fill", "churn", "leak"]].concat());
    for row in report["rows"].as_array().expect("rows") {
        if !counted(row) {
            return;
        }
        let name = |field: &str| row[field].as_str().expect("a name");
        let heap = heap(&report, name("contestant"), name("workload"));
        let curve: Vec<(u64, u64, i64)> =
            serde_json::from_value(heap["curve"].clone()).expect("a list of points");
        assert!((2..=258).contains(&curve.len()), "{}", curve.len());
        assert_eq!(curve.iter().map(|point| point.2).max(), row["peak_bytes"].as_i64());
        assert_eq!(curve[0], (0, 0, 0));
        let (bytes, _, live) = curve[curve.len() - 1];
        assert_eq!((Some(bytes), Some(live)), (row["bytes"].as_u64(), row["live_at_end"].as_i64()));
        assert!(curve.is_sorted_by_key(|point| (point.0, point.1)));
    }
}

fn layers() {
    let report = result(&[QUICK, &["fill", "churn"]].concat());
    for row in report["rows"].as_array().expect("rows") {
        if !counted(row) {
            return;
        }
        let name = |field: &str| row[field].as_str().expect("a name");
        let heap = heap(&report, name("contestant"), name("workload"));
        let sum = |list: &str, field: &str| {
            let list = heap[list].as_array().expect("a list").iter();
            list.map(|entry| entry[field].as_u64().expect("a number")).sum::<u64>()
        };
        let number = |field: &str| row[field].as_u64().expect("a number");
        for list in ["layers", "call_sites"] {
            assert_eq!(sum(list, "calls"), number("allocs") + number("reallocs"));
            assert_eq!(sum(list, "bytes"), number("bytes"));
        }
        let layer = &heap["layers"][1];
        assert_eq!(layer["layer"], "GlobalAlloc");
        if cfg!(target_arch = "x86_64") {
            assert_eq!(layer["bytes"], row["bytes"], "all of it is Rust's: {heap}");
        }
    }
}

fn shown() {
    let output = toy::run(&[QUICK, &["--memory-detail", "leak"]].concat());
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    if cfg!(all(target_env = "gnu", target_arch = "x86_64")) {
        let line = stdout.lines().find(|line| line.contains("alive at the end: 5 of up to 64 B"));
        assert!(line.expect("a line").contains("takes_and_forgets"), "{stdout}");
        assert!(stdout.contains('█'), "{stdout}");
    }
}

fn resident() {
    let report = result(&[QUICK, &["touch", "fill"]].concat());
    let touch = row(&report, "plain", "touch/bytes");
    if touch["peak_rss_reason"].is_null() {
        let bytes = touch["peak_rss_bytes"].as_u64().expect("measured");
        // The kernel sums up per CPU, a few dozen pages late.
        assert!(bytes.abs_diff(8 << 20) < 1 << 19, "{bytes}");
    }
    let fill = row(&report, "plain", "fill/u64");
    assert!(fill["peak_rss_bytes"].is_null() && fill["peak_rss_reason"].is_string());
}

/// The counts stand; the entry of the heap says what is wrong with the report.
fn spoiled(body: &str, reason: &str) {
    let body = format!(
        "answer=$(pass \"$line\"); report=$DIPTYCH_LAB_HEAP_REPORT; {body}; \
         printf '%s\\n' \"$answer\""
    );
    let hostile = Hostile::new("memory", &body);
    let report = result(&hostile.arguments());
    if !counted(row(&report, "hostile", "fill/u64")) {
        return;
    }
    assert_eq!(row(&report, "hostile", "fill/u64")["peak_bytes"], 8192);
    let heap = heap(&report, "hostile", "fill/u64");
    assert!(heap["curve"].is_null() && heap["layers"].is_null());
    let said = heap["reason"].as_str().expect("a reason");
    assert!(said.contains(reason), "{said}");
}
