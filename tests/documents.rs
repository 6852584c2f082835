//! Figures in documents come from committed runs, and from nowhere else.
//!
//! `UPDATE_GENERATED=1 cargo test --test documents` writes them anew.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path};

use serde_json::Value;

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
    let environment = &run["environment"];
    let compilers: BTreeMap<&str, &str> = (run["contestants"].as_array().into_iter().flatten())
        .map(|contestant| (text(contestant, "compiler"), text(contestant, "flags")))
        .collect();
    let compilers: Vec<_> =
        compilers.iter().map(|(compiler, flags)| format!("{compiler} (`{flags}`)")).collect();
    format!(
        "Run of {} on {}, {} processors, Linux {}, glibc {}, load {}; {} launches of each \
         contestant; {}.\n",
        text(environment, "started").split('T').next().unwrap_or_default(),
        text(environment, "cpu"),
        environment["cpus"],
        text(environment, "kernel"),
        text(environment, "glibc"),
        environment["load"],
        run["method"]["launches"],
        compilers.join(", "),
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

#[test]
fn the_readme_shows_the_committed_run() {
    let run = run("results/vector.json");
    same("README.md", "results: vector", &format!("{}\n{}", provenance(&run), ratios(&run)));
}

#[test]
fn the_spec_shows_the_costs_of_the_committed_run() {
    let run = run("results/vector.json");
    same("spec/vector.md", "costs: vector", &costs(&run));
}
