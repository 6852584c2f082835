//! Figures in documents come from committed runs, and from nowhere else.
//!
//! `UPDATE_GENERATED=1 cargo test --test documents` writes them anew.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path};

use serde_json::Value;

#[path = "documents/allocator.rs"]
mod allocator;
#[path = "documents/thread_pool.rs"]
mod thread_pool;
#[path = "documents/wild.rs"]
mod wild;

/// The comparisons of the table: heading, contestant, baseline.
const PAIRS: [(&str, &str, &str); 5] = [
    ("Rust / C++", "rust", "cpp"),
    ("Rust / Vec", "rust", "std::vec::Vec"),
    ("C++ / std::vector, g++", "cpp", "std::vector"),
    ("C++ / std::vector, clang++", "cpp@clang++-19", "std::vector@clang++-19"),
    ("Rust / C++, clang++", "rust", "cpp@clang++-19"),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn run(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares what stands between `<!-- name -->` and `<!-- end -->` with what belongs there.
fn same(document: &str, name: &str, belongs: &str) {
    let text = read(document);
    let start = format!("<!-- {name} -->\n");
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("{document}: no {name}"));
    let (stands, after) = rest.split_once("<!-- end -->").expect("a figure's place has an end");
    if env::var_os("UPDATE_GENERATED").is_some() {
        let now = format!("{before}{start}{belongs}<!-- end -->{after}");
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(document), now)
            .expect("the tree is writable");
        return;
    }
    assert!(
        stands == belongs,
        "{document}: {name} is stale; UPDATE_GENERATED=1 cargo test --test documents"
    );
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or("unknown")
}

/// Where, when and how a run was made, in one paragraph.
fn provenance(run: &Value) -> String {
    let compilers: BTreeMap<&str, &str> = (run["contestants"].as_array().into_iter().flatten())
        .map(|contestant| (text(contestant, "compiler"), text(contestant, "flags")))
        .collect();
    let compilers: Vec<_> =
        compilers.iter().map(|(compiler, flags)| format!("{compiler} (`{flags}`)")).collect();
    format!("{}; {}.\n", ran(run), compilers.join(", "))
}

/// When, where and how often.
fn ran(run: &Value) -> String {
    format!("{}; {} launches of each contestant", machine_of(run), run["method"]["launches"])
}

/// When and where.
fn machine_of(run: &Value) -> String {
    let environment = &run["environment"];
    format!(
        "Run of {} on {}, {} processors, Linux {}, glibc {}, load {}",
        text(environment, "started").split('T').next().unwrap_or_default(),
        text(environment, "cpu"),
        environment["cpus"],
        text(environment, "kernel"),
        text(environment, "glibc"),
        environment["load"],
    )
}

/// One line per timed workload, one column per pair.
fn ratios(run: &Value) -> String {
    let mut lines: Vec<(String, [String; PAIRS.len()])> = Vec::new();
    for row in run["rows"].as_array().expect("a run has rows") {
        let pair = PAIRS.iter().position(|(_, contestant, baseline)| {
            row["contestant"] == **contestant && row["baseline"] == **baseline
        });
        let (Some(pair), Some(ratio)) = (pair, row["ratio"].as_f64()) else {
            continue;
        };
        let workload = format!("{} n={}", text(row, "workload"), row["n"]);
        let line = match lines.iter().position(|(name, _)| *name == workload) {
            Some(line) => line,
            None => {
                lines.push((workload, Default::default()));
                lines.len() - 1
            }
        };
        let bold = match text(row, "verdict") {
            "faster" | "slower" => "**",
            _ => "",
        };
        let interval = match (row["low"].as_f64(), row["high"].as_f64()) {
            (Some(low), Some(high)) => format!(" [{low:.2}, {high:.2}]"),
            _ => String::new(),
        };
        lines[line].1[pair] = format!("{bold}{ratio:.2}{bold}{interval}");
    }
    let mut table = String::from("| workload |");
    for (heading, ..) in PAIRS {
        let _ = write!(table, " {heading} |");
    }
    table += "\n|---|---|---|---|---|---|\n";
    for (workload, ratios) in lines {
        let _ = writeln!(table, "| {workload} | {} |", ratios.join(" | "));
    }
    table
}

/// Instructions per element and allocator calls of one run, twins and rivals side by side.
fn costs(run: &Value) -> String {
    const WHO: [&str; 4] = ["rust", "cpp", "std::vec::Vec", "std::vector"];
    let mut lines: Vec<(String, [Option<String>; WHO.len()])> = Vec::new();
    for row in run["rows"].as_array().expect("a run has rows") {
        let Some(who) = WHO.iter().position(|who| row["contestant"] == **who) else {
            continue;
        };
        if row["tracked"].as_bool() == Some(true) || text(row, "workload").starts_with("border") {
            continue;
        }
        let workload = format!("{} n={}", text(row, "workload"), row["n"]);
        if lines.last().is_none_or(|(last, _)| *last != workload) {
            lines.push((workload, Default::default()));
        }
        let instructions = row["instructions_per_element"]
            .as_f64()
            .map_or("?".to_owned(), |count| format!("{count:.1}"));
        let calls = ["allocs", "reallocs"]
            .map(|field| row[field].as_u64().map_or("?".to_owned(), |count| count.to_string()));
        let peak = row["peak_bytes"].as_u64().map_or("?".to_owned(), bytes);
        if let Some((_, cells)) = lines.last_mut() {
            cells[who] = Some(format!("{instructions}; {}; {peak}", calls.join("+")));
        }
    }
    let mut table = String::from(
        "| workload | Rust | C++ (g++) | Vec | std::vector (g++) |\n|---|---|---|---|---|\n",
    );
    for (workload, cells) in lines {
        let cells = cells.map(Option::unwrap_or_default);
        let _ = writeln!(table, "| {workload} | {} |", cells.join(" | "));
    }
    table
}

fn bytes(count: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
    let count = count as f64;
    match count {
        count if count < 1024.0 => format!("{count} B"),
        count if count < 1_048_576.0 => format!("{:.1} KiB", count / 1024.0),
        count if count < 1_073_741_824.0 => format!("{:.1} MiB", count / 1_048_576.0),
        count => format!("{:.2} GiB", count / 1_073_741_824.0),
    }
}

/// The shares of added work that tables of power have a column for, in percent.
const ADDED: [f64; 4] = [0.5, 1.0, 2.0, 5.0];

/// A run that may not be committed yet.
fn run_if_there(path: &str) -> Option<Value> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists().then(|| run(path))
}

/// Where and when, in one paragraph.
fn machine(run: &Value) -> String {
    let environment = &run["environment"];
    let neighbour = match run["neighbour"].as_bool() {
        Some(false) => "without a neighbour",
        _ if run["neighbour"].is_null() => "without a neighbour",
        _ => "beside a noisy neighbour",
    };
    format!(
        "Run of {} on {}, {} processors, Linux {}, load {}, {neighbour}.",
        text(environment, "started").split('T').next().unwrap_or_default(),
        text(environment, "cpu"),
        environment["cpus"],
        text(environment, "kernel"),
        environment["load"],
    )
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or(String::new(), |value| format!("{:.2} %", 100.0 * value))
}

fn seconds(value: &Value) -> String {
    value.as_f64().map_or(String::new(), |value| format!("{value:.1}"))
}

/// False positives of all, and what was found of each share of added work, with the estimate.
fn judged(kernel: &Value) -> String {
    let mut cells = format!("{} of {} |", kernel["false_positives"], kernel["comparisons"]);
    for share in ADDED {
        let added = kernel["added"].as_array().into_iter().flatten();
        let mut same = added.filter(|added| added["percent"].as_f64() == Some(share));
        let cell = same.next().map_or(String::new(), |added| {
            let estimate = added["estimate"].as_f64();
            let estimate = estimate.map(|value| format!("{value:+.2} %"));
            let other = added["in_process"].as_f64();
            let other = other.map(|value| format!("in one process {value:+.2} %"));
            let seen: Vec<String> = estimate.into_iter().chain(other).collect();
            let seen =
                if seen.is_empty() { String::new() } else { format!(" ({})", seen.join(", ")) };
            format!("{} of {}{seen}", added["found"], added["tries"])
        });
        let _ = write!(cells, " {cell} |");
    }
    cells
}

const JUDGED: &str = "false positives | +0.5 % | +1 % | +2 % | +5 % |";

/// How far the laboratory can be believed.
fn calibration(run: Option<&Value>) -> String {
    let Some(run) = run else {
        return "No run is committed yet.\n".into();
    };
    let mut table = format!(
        "{} {} launches of {} ms in each comparison, {} paddings.\n\n\
         | kernel | language | clock | {JUDGED} floor | layouts | bad launches | seconds |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
        machine(run),
        run["launches"],
        run["launch_ms"],
        run["paddings"],
    );
    for kernel in run["kernels"].as_array().expect("a calibration has kernels") {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} {} | {} | {} | {} |",
            text(kernel, "kernel"),
            text(kernel, "language"),
            text(kernel, "clock"),
            judged(kernel),
            percent(&kernel["floor"]),
            percent(&kernel["layout_spread"]),
            percent(&kernel["bad_launches"]),
            seconds(&kernel["seconds_per_row"]),
        );
    }
    table
}

/// The same kernels with processes that stay on one processor, and with `--roam`.
fn roaming(stay: Option<&Value>, roam: Option<&Value>) -> String {
    let (Some(stay), Some(roam)) = (stay, roam) else {
        return "No run is committed yet.\n".into();
    };
    let mut table = format!(
        "Runs of {} and {}, each beside a noisy neighbour; cores were shared in {} of the rounds, \
         which took {} times as long.\n\n\
         | kernel | language | floor | roaming | bad launches | roaming |\n|---|---|---|---|---|---|\n",
        text(&stay["environment"], "started").split('T').next().unwrap_or_default(),
        text(&roam["environment"], "started").split('T').next().unwrap_or_default(),
        percent(&stay["cores"]["shared"]),
        stay["cores"]["slowdown"].as_f64().map_or(String::new(), |times| format!("{times:.2}")),
    );
    let kernels = |run: &Value| run["kernels"].as_array().cloned().unwrap_or_default();
    for kernel in kernels(roam) {
        let same = |other: &Value| {
            other["kernel"] == kernel["kernel"] && other["language"] == kernel["language"]
        };
        let Some(other) = kernels(stay).into_iter().find(same) else { continue };
        let _ = write!(table, "| {} | {} |", text(&kernel, "kernel"), text(&kernel, "language"));
        for figure in ["floor", "bad_launches"] {
            let _ = write!(table, " {} | {} |", percent(&other[figure]), percent(&kernel[figure]));
        }
        table += "\n";
    }
    table
}

/// Other tools and the laboratory on the same kernels.
fn rivals(rivals: Option<&Value>, calibration: Option<&Value>) -> String {
    let Some(run) = rivals else {
        return "No run is committed yet.\n".into();
    };
    let mut out = machine(run) + "\n";
    for tool in run["tools"].as_array().into_iter().flatten() {
        let (name, version) = (text(tool, "tool"), text(tool, "version"));
        let _ = writeln!(out, "- {name} {version}: {}.", text(tool, "options"));
    }
    let _ = write!(out, "\n| kernel | language | tool | {JUDGED} seconds |\n");
    out += "|---|---|---|---|---|---|---|---|---|\n";
    let row = |out: &mut String, kernel: &Value, tool: &str, time: &str| {
        let (name, language) = (text(kernel, "kernel"), text(kernel, "language"));
        let (judged, time) = (judged(kernel), seconds(&kernel[time]));
        let _ = writeln!(out, "| {name} | {language} | {tool} | {judged} {time} |");
    };
    for kernel in run["kernels"].as_array().expect("rivals have kernels") {
        row(&mut out, kernel, text(kernel, "tool"), "seconds_per_comparison");
        let ours = calibration.and_then(|run| run["kernels"].as_array()).into_iter().flatten();
        let same = |ours: &&Value| {
            ours["kernel"] == kernel["kernel"] && ours["language"] == kernel["language"]
        };
        ours.filter(same)
            .for_each(|ours| row(&mut out, ours, "this laboratory", "seconds_per_row"));
    }
    out
}

/// One test, because all tables are in one file.
#[test]
fn the_method_shows_the_committed_calibrations() {
    let [ours, theirs] = ["results/calibration.json", "results/rivals.json"].map(run_if_there);
    same("docs/method.md", "calibration: laboratory", &calibration(ours.as_ref()));
    let roams = run_if_there("results/calibration-roam.json");
    same("docs/method.md", "calibration: roaming", &roaming(ours.as_ref(), roams.as_ref()));
    same("docs/method.md", "calibration: rivals", &rivals(theirs.as_ref(), ours.as_ref()));
}

#[test]
fn a_table_of_power_has_a_cell_for_each_share_and_the_laboratory_below_its_rival() {
    let kernel = serde_json::json!({
        "kernel": "push/u64", "language": "rust", "tool": "Criterion", "comparisons": 20,
        "false_positives": 3, "seconds_per_comparison": 18.04, "seconds_per_row": 9.5,
        "added": [{"percent": 1.0, "found": 7, "tries": 20, "estimate": 1.234}],
    });
    let run = serde_json::json!({
        "environment": {"started": "2026-01-02T03:04:05Z", "cpu": "some", "cpus": 2,
                        "kernel": "6.1", "load": 0.5},
        "neighbour": true, "tools": [], "kernels": [kernel],
    });
    let ours = calibration(Some(&run));
    let columns = |line: &str| line.matches('|').count();
    assert!(ours.lines().skip(2).all(|line| columns(line) == 13), "{ours}");
    let table = rivals(Some(&run), Some(&run));
    let lines: Vec<&str> = table.lines().skip(4).collect();
    assert!(
        table.starts_with("Run of 2026-01-02 on some, 2 processors, Linux 6.1, load 0.5, beside")
    );
    assert_eq!(
        lines,
        [
            "| push/u64 | rust | Criterion | 3 of 20 |  | 7 of 20 (+1.23 %) |  |  | 18.0 |",
            "| push/u64 | rust | this laboratory | 3 of 20 |  | 7 of 20 (+1.23 %) |  |  | 9.5 |",
        ]
    );
}

#[test]
fn the_readme_shows_the_committed_run() {
    let run = run("results/vector.json");
    same("README.md", "results: vector", &format!("{}\n{}", provenance(&run), ratios(&run)));
    allocator::in_readme();
    thread_pool::in_readme();
}

#[test]
fn the_spec_shows_the_costs_of_the_committed_run() {
    let run = run("results/vector.json");
    same("spec/vector.md", "costs: vector", &costs(&run));
}
