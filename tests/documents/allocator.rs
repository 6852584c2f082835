//! The tables of `docs/allocator.md` and the short one of the README: malloc libraries under whole
//! programs, from a run of `diptych programs`.

use std::fmt::Write as _;

use serde_json::Value;

use super::{bytes, ran, run_if_there, same, text};

const RUN: &str = "results/allocator.json";
/// `{"program": "why the twins are behind there"}`.
const REASONS: &str = "results/allocator-reasons.json";
const PAGE: &str = "docs/allocator.md";

/// What the twins are called in such a run.
const TWINS: [&str; 2] = ["cpp", "rust"];
/// Other builds of a twin are called by its name and one of these.
const BUILDS: [&str; 2] = ["secure", "unchecked"];
const MEAN: &str = "geometric mean";

/// A twin, or another build of one.
fn is_ours(who: &str) -> bool {
    TWINS.iter().any(|twin| {
        who.strip_prefix(twin).is_some_and(|build| build.is_empty() || build.starts_with('-'))
    })
}

/// A twin is behind where it takes so much more than the best of all others.
const BEHIND: f64 = 1.05;

fn rows(run: &Value) -> impl Iterator<Item = &Value> {
    run["rows"].as_array().expect("a run has rows").iter()
}

/// Whom all stand against.
fn baseline(run: &Value) -> &str {
    let of = |name: &str| rows(run).filter(|row| row["baseline"] == *name).count();
    let names = rows(run).filter_map(|row| row["baseline"].as_str());
    names.max_by_key(|name| of(name)).unwrap_or("system")
}

/// All others, in their order.
fn libraries<'a>(run: &'a Value, baseline: &str) -> Vec<&'a str> {
    let all = run["contestants"].as_array().into_iter().flatten();
    all.map(|about| text(about, "name")).filter(|name| *name != baseline).collect()
}

/// Programs, or means, each once: component and name.
fn workloads(run: &Value, means: bool) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    for row in rows(run) {
        let id = (text(row, "component"), text(row, "workload"));
        if (id.1 == MEAN) == means && !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

fn row<'a>(run: &'a Value, (component, workload): (&str, &str), who: &str) -> Option<&'a Value> {
    let against = baseline(run);
    rows(run).find(|row| {
        (text(row, "component"), text(row, "workload")) == (component, workload)
            && row["contestant"] == *who
            && (row["baseline"] == *against || who == against)
    })
}

/// A ratio, fat where it is a difference.
fn ratio(row: Option<&Value>) -> String {
    let Some(row) = row else { return String::new() };
    match (row["ratio"].as_f64(), text(row, "verdict")) {
        (_, "failed") => "failed".to_owned(),
        (Some(ratio), "faster" | "slower") => format!("**{ratio:.2}**"),
        (Some(ratio), _) => format!("{ratio:.2}"),
        (None, _) => String::new(),
    }
}

fn interval(low: &Value, high: &Value) -> String {
    match (low.as_f64(), high.as_f64()) {
        (Some(low), Some(high)) => format!(" [{low:.2}, {high:.2}]"),
        _ => String::new(),
    }
}

fn with_interval(row: Option<&Value>) -> String {
    row.map(|row| ratio(Some(row)) + &interval(&row["low"], &row["high"])).unwrap_or_default()
}

fn memory(row: Option<&Value>) -> String {
    let ratio = row.and_then(|row| row["command"]["memory_ratio"].as_f64());
    ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default()
}

fn head(first: &[&str], libraries: &[&str]) -> String {
    let all: Vec<&str> = first.iter().chain(libraries).copied().collect();
    format!("| {} |\n|{}\n", all.join(" | "), "---|".repeat(all.len()))
}

/// When, where, and of what.
fn provenance(run: &Value) -> String {
    let mut out = ran(run).replace("of each contestant", "of each program under each library");
    out += ".\n\n| library | version | compiler |\n|---|---|---|\n";
    for about in run["contestants"].as_array().into_iter().flatten() {
        let [name, version, compiler] = ["name", "flags", "compiler"].map(|key| text(about, key));
        let _ = writeln!(out, "| {name} | {version} | {compiler} |");
    }
    for failed in run["failures"].as_array().into_iter().flatten() {
        let [program, library, message] =
            ["workload", "contestant", "message"].map(|key| text(failed, key));
        let _ = write!(out, "\n{program} under {library} {message}.\n");
    }
    out
}

/// A line for each program and each mean, a column for each library.
fn times(run: &Value) -> String {
    let against = baseline(run);
    let libraries = libraries(run, against);
    let mut out = head(&["group", "program", "clock", against], &libraries);
    for means in [false, true] {
        for id in workloads(run, means) {
            let own = row(run, id, against);
            let clock = libraries.iter().find_map(|who| row(run, id, who));
            let clock = clock.map_or("", |row| text(row, "clock"));
            let time = own.filter(|_| !means).map(|row| {
                let ns = row[if clock == "cpu" { "cpu_ns" } else { "wall_ns" }].as_f64();
                ns.map_or(String::new(), |ns| format!("{:.2} s", ns / 1e9))
            });
            let cells: Vec<String> = libraries.iter().map(|who| ratio(row(run, id, who))).collect();
            let (group, name) = id;
            let time = time.unwrap_or_default();
            let _ =
                writeln!(out, "| {group} | {name} | {clock} | {time} | {} |", cells.join(" | "));
        }
    }
    out
}

/// The same of most memory.
fn memories(run: &Value) -> String {
    let against = baseline(run);
    let libraries = libraries(run, against);
    let mut out = head(&["group", "program", against], &libraries);
    for means in [false, true] {
        for id in workloads(run, means) {
            let own = row(run, id, against).and_then(|row| row["peak_rss_bytes"].as_u64());
            let own = own.map(bytes).unwrap_or_default();
            let cells: Vec<String> =
                libraries.iter().map(|who| memory(row(run, id, who))).collect();
            let (group, name) = id;
            let _ = writeln!(out, "| {group} | {name} | {own} | {} |", cells.join(" | "));
        }
    }
    out
}

/// Programs in which a twin is behind the best of all others, and why.
fn losses(run: &Value, reasons: Option<&Value>) -> String {
    let against = baseline(run);
    let libraries = libraries(run, against);
    let mut out = String::from(
        "| group | program | twin | its ratio | the best | times as much | noise floor | reason |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut any = false;
    for id in workloads(run, false) {
        let of = |who: &str| row(run, id, who).and_then(|row| row["ratio"].as_f64());
        let others = libraries.iter().filter(|who| !is_ours(who));
        let others = others.filter_map(|who| Some((of(who)?, *who))).chain([(1.0, against)]);
        let Some((best, name)) = others.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        for twin in TWINS {
            let Some(own) = of(twin).filter(|own| *own > best * BEHIND) else { continue };
            any = true;
            let floor = row(run, id, twin).and_then(|row| row["aa_floor"].as_f64());
            let unexplained = match floor {
                Some(floor) if own / best - 1.0 < floor => "less than the noise floor",
                _ => "not known yet",
            };
            let reason = reasons.and_then(|all| all[id.1].as_str()).unwrap_or(unexplained);
            let _ = writeln!(
                out,
                "| {} | {} | {twin} | {own:.2} | {name} {best:.2} | {:.2} | {} | {reason} |",
                id.0,
                id.1,
                own / best,
                floor.map_or_else(String::new, |floor| format!("{:.0} %", 100.0 * floor)),
            );
        }
    }
    if any { out } else { "None.\n".to_owned() }
}

/// What the builds of a twin take, divided by what the usual one does; empty without any.
fn prices(run: &Value) -> String {
    let all = libraries(run, baseline(run));
    let builds: Vec<(&str, String)> = TWINS
        .iter()
        .flat_map(|twin| BUILDS.map(|build| (*twin, format!("{twin}-{build}"))))
        .filter(|(_, build)| all.contains(&build.as_str()))
        .collect();
    if builds.is_empty() {
        return String::new();
    }
    let heads: Vec<String> =
        builds.iter().map(|(twin, build)| format!("{build} / {twin}")).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut out = head(&["group", "program"], &heads);
    for means in [false, true] {
        for id in workloads(run, means) {
            let of = |who: &str| row(run, id, who).and_then(|row| row["ratio"].as_f64());
            let cells: Vec<String> = builds
                .iter()
                .map(|(twin, build)| match (of(build), of(twin)) {
                    (Some(build), Some(usual)) => format!("{:.2}", build / usual),
                    _ => String::new(),
                })
                .collect();
            let _ = writeln!(out, "| {} | {} | {} |", id.0, id.1, cells.join(" | "));
        }
    }
    out
}

/// Means alone, a line for each library.
fn means(run: &Value) -> String {
    let against = baseline(run);
    let means = workloads(run, true);
    let mut heads = vec!["library".to_owned()];
    heads.extend(means.iter().map(|(group, _)| format!("time, {group}")));
    heads.extend(means.iter().map(|(group, _)| format!("memory, {group}")));
    let mut out = head(&heads.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    for who in libraries(run, against) {
        let mut cells = vec![who.to_owned()];
        cells.extend(means.iter().map(|&id| with_interval(row(run, id, who))));
        cells.extend(means.iter().map(|&id| {
            let of = row(run, id, who);
            let ends = of
                .map(|row| interval(&row["command"]["memory_low"], &row["command"]["memory_high"]));
            memory(of) + &ends.unwrap_or_default()
        }));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

/// Nothing where there is no run yet.
fn belongs(run: Option<&Value>, of: impl Fn(&Value) -> String) -> String {
    run.map(of).unwrap_or_default()
}

#[test]
fn the_page_of_allocators_shows_the_committed_run() {
    let (run, reasons) = (run_if_there(RUN), run_if_there(REASONS));
    let run = run.as_ref();
    same(PAGE, "programs: run", &belongs(run, provenance));
    same(PAGE, "programs: time", &belongs(run, times));
    same(PAGE, "programs: memory", &belongs(run, memories));
    same(PAGE, "programs: prices", &belongs(run, prices));
    same(PAGE, "programs: losses", &belongs(run, |run| losses(run, reasons.as_ref())));
}

/// In a list by itself, as other tests write into the README too.
pub fn in_readme() {
    let run = run_if_there(RUN);
    let short = |run: &Value| {
        format!(
            "Malloc libraries under whole programs, against `{}`: geometric means of ratios of time \
             and of most memory, from [{RUN}]({RUN}); each program is in [{PAGE}]({PAGE}). {}.\n\n{}",
            baseline(run),
            ran(run),
            means(run)
        )
    };
    same("README.md", "programs: means", &belongs(run.as_ref(), short));
}

#[test]
fn every_program_has_a_line_and_a_twin_that_is_behind_has_another() {
    let row = |component: &str, workload: &str, who: &str, ratio: f64| {
        serde_json::json!({
            "component": component, "workload": workload, "contestant": who, "clock": "cpu",
            "baseline": if who == "system" { Value::Null } else { "system".into() },
            "ratio": if who == "system" { Value::Null } else { ratio.into() },
            "low": ratio - 0.1, "high": ratio + 0.1, "cpu_ns": 1.5e9, "wall_ns": 2e9,
            "verdict": if ratio < 0.9 { "faster" } else { "not_distinguishable" },
            "peak_rss_bytes": 2048, "aa_floor": 0.02, "command": {"memory_ratio": 1.25},
        })
    };
    let run = serde_json::json!({
        "contestants": [
            {"name": "system", "flags": "glibc 2", "compiler": "as built"},
            {"name": "cpp", "flags": "1", "compiler": "some"},
            {"name": "cpp-secure", "flags": "2", "compiler": "some"},
            {"name": "mimalloc", "flags": "3", "compiler": "some"},
        ],
        "rows": [
            row("real", "git", "system", 1.0), row("real", "git", "cpp", 0.9),
            row("real", "git", "cpp-secure", 1.08), row("real", "git", "mimalloc", 0.5),
            row("real", "perl", "system", 1.0), row("real", "perl", "cpp", 0.8),
            row("real", "perl", "mimalloc", 0.79),
            row("real", MEAN, "system", 1.0), row("real", MEAN, "cpp", 0.85),
            row("real", MEAN, "mimalloc", 0.63),
        ],
    });
    let lines = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        lines(&times(&run)),
        [
            "| real | git | cpu | 1.50 s | 0.90 | 1.08 | **0.50** |",
            "| real | perl | cpu | 1.50 s | **0.80** |  | **0.79** |",
            "| real | geometric mean | cpu |  | **0.85** |  | **0.63** |",
        ]
    );
    assert_eq!(lines(&memories(&run))[0], "| real | git | 2.0 KiB | 1.25 | 1.25 | 1.25 |");
    assert_eq!(lines(&prices(&run))[..2], ["| real | git | 1.20 |", "| real | perl |  |"]);
    let reasons = serde_json::json!({"git": "it waits"});
    let lost = "| real | git | cpp | 0.90 | mimalloc 0.50 | 1.80 | 2 % | it waits |";
    assert_eq!(lines(&losses(&run, Some(&reasons))), [lost]);
    assert!(losses(&run, None).contains("| not known yet |"));
    let noisy = serde_json::from_str(&run.to_string().replace("0.02", "0.81")).unwrap();
    assert!(losses(&noisy, None).contains("| 81 % | less than the noise floor |"));
    assert_eq!(lines(&means(&run))[0], "| cpp | **0.85** [0.75, 0.95] | 1.25 |");
}
