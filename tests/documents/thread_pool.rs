//! The tables of `docs/thread_pool.md` and the short one of the README: thread pools in the loops of
//! the laboratory, and while there is little to do.

use std::fmt::Write as _;

use serde_json::Value;

use super::{machine_of, ran, run_if_there, same, text};

const RUN: &str = "results/thread_pool.json";
/// Of `diptych pools`.
const IDLE: &str = "results/pools.json";
/// `{"workload or figure": "why the twins are behind there"}`.
const REASONS: &str = "results/thread_pool-reasons.json";
const PAGE: &str = "docs/thread_pool.md";

const TWINS: [&str; 2] = ["rust", "cpp"];
/// What pools are held against besides each other.
const SERIAL: [&str; 3] = ["serial", "serial c++", "nothing"];
/// Rivals whom all readers know.
const KNOWN: [&str; 2] = ["rayon", "oneTBB"];

/// A twin is behind where it takes so much more than the best of all others.
const BEHIND: f64 = 1.05;

/// Few large jobs.
const COARSE: &str = "join/coarse";

/// What is wanted of both twins: workload or figure, of whom, and at most how much of that.
const WANTED: [(&str, Whom, f64); 26] = [
    ("join/fib", Whom::Is("rayon"), 0.55),
    ("join/fib", Whom::Is("chili"), 1.3),
    ("join/fib", Whom::Is("oneTBB"), 0.08),
    ("spawn_inside/empty", Whom::Is("rayon"), 0.5),
    ("spawn_inside/empty", Whom::Is("oneTBB"), 0.5),
    ("spawn_outside/empty", Whom::Best, 1.0),
    ("spawn_outside4/empty", Whom::Best, 1.0),
    ("loop/skewed", Whom::Best, 1.05),
    ("loop/nested", Whom::Best, 1.05),
    ("reduce/sum", Whom::Best, 1.05),
    ("loop/skewed", Whom::Is("rayon"), 1.05),
    ("loop/nested", Whom::Is("rayon"), 1.05),
    ("reduce/sum", Whom::Is("rayon"), 1.05),
    ("sort/random", Whom::Is("rayon"), 1.0),
    ("sort/few_values", Whom::Is("rayon"), 1.0),
    ("sort/ascending", Whom::Is("rayon"), 1.0),
    ("sort/descending", Whom::Is("rayon"), 1.0),
    ("join/fib/oversubscribed", Whom::Is("rayon"), 1.2),
    ("spawn_inside/empty/oversubscribed", Whom::Is("rayon"), 1.2),
    ("loop/skewed/oversubscribed", Whom::Is("rayon"), 1.2),
    ("reduce/sum/oversubscribed", Whom::Is("rayon"), 1.2),
    ("latency_us_p50_after_300us", Whom::Known, 1.0),
    ("latency_us_p99_after_300us", Whom::Known, 1.0),
    ("latency_us_p50_after_5000us", Whom::Known, 1.0),
    ("latency_us_p99_after_5000us", Whom::Known, 1.0),
    ("trickle_cpu_ms_per_s", Whom::Is("rayon"), 1.0),
];

/// And while idle, in milliseconds of processor time per second.
const IDLE_WANTED: (&str, f64) = ("idle_cpu_ms_per_s", 0.1);

/// Whom a twin is held against.
#[derive(Clone, Copy)]
enum Whom {
    Is(&'static str),
    /// Whoever takes least there.
    Best,
    /// Whichever of `KNOWN` takes less.
    Known,
}

// ---- Rows ---------------------------------------------------------------------------------------

fn rows(run: &Value) -> impl Iterator<Item = &Value> {
    run["rows"].as_array().expect("a run has rows").iter()
}

/// All workloads, each once: name and size.
fn workloads(run: &Value) -> Vec<(&str, u64)> {
    let mut all = Vec::new();
    for row in rows(run) {
        let id = (text(row, "workload"), row["n"].as_u64().unwrap_or(0));
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// All contestants that have a row, twins first, then pools, then none.
fn contestants(run: &Value) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for row in rows(run) {
        let name = text(row, "contestant");
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let place = |name: &str| match name {
        twin if TWINS.contains(&twin) => 0,
        serial if SERIAL.contains(&serial) => 2,
        _ => 1,
    };
    all.sort_by_key(|name| place(name));
    all
}

/// A pool of somebody else.
fn is_rival(name: &str) -> bool {
    !TWINS.contains(&name) && !SERIAL.contains(&name)
}

/// Any row of a contestant: its times are in all of them.
fn times<'a>(run: &'a Value, workload: &str, who: &str) -> Option<&'a Value> {
    rows(run).find(|row| {
        row["workload"] == *workload && row["contestant"] == *who && row["cpu_ns"].is_number()
    })
}

fn cpu(run: &Value, workload: &str, who: &str) -> Option<f64> {
    times(run, workload, who)?["cpu_ns"].as_f64().filter(|ns| *ns > 0.0)
}

fn pair<'a>(run: &'a Value, workload: &str, who: &str, baseline: &str) -> Option<&'a Value> {
    rows(run).find(|row| {
        row["workload"] == *workload && row["contestant"] == *who && row["baseline"] == *baseline
    })
}

/// The rival that takes least.
fn best<'a>(run: &'a Value, workload: &str) -> Option<&'a str> {
    let rivals = contestants(run).into_iter().filter(|name| is_rival(name));
    let timed = rivals.filter_map(|name| Some((cpu(run, workload, name)?, name)));
    timed.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// A ratio with its interval, fat where it is a difference.
fn ratio(row: Option<&Value>) -> String {
    let Some(row) = row else { return String::new() };
    let fat = if matches!(text(row, "verdict"), "faster" | "slower") { "**" } else { "" };
    match (row["ratio"].as_f64(), row["low"].as_f64(), row["high"].as_f64()) {
        (Some(ratio), Some(low), Some(high)) => {
            format!("{fat}{ratio:.2}{fat} [{low:.2}, {high:.2}]")
        }
        (Some(ratio), ..) => format!("{fat}{ratio:.2}{fat}"),
        _ => text(row, "verdict").to_owned(),
    }
}

// ---- Figures of idle pools ----------------------------------------------------------------------

fn figure<'a>(idle: &'a Value, name: &str, who: &str) -> Option<&'a Value> {
    let pools = idle["pools"].as_array()?.iter();
    let pool = pools.into_iter().find(|pool| text(pool, "name") == who)?;
    Some(&pool["figures"][name]).filter(|figure| figure["value"].is_number())
}

/// Launch by launch, one divided by the other: the middle, and from where to where all but the
/// farthest lie.
fn divided(idle: &Value, name: &str, who: &str, whom: &str) -> Option<[f64; 3]> {
    let launches = |who| -> Option<Vec<f64>> {
        figure(idle, name, who)?["launches"].as_array()?.iter().map(Value::as_f64).collect()
    };
    let mut all: Vec<f64> =
        launches(who)?.iter().zip(launches(whom)?).map(|(a, b)| a / b.max(1e-3)).collect();
    all.sort_by(f64::total_cmp);
    let (first, last) = (*all.first()?, *all.last()?);
    let middle = f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]);
    Some([middle, first, last])
}

// ---- Tables -------------------------------------------------------------------------------------

fn head(cells: &[&str]) -> String {
    format!("| {} |\n|{}\n", cells.join(" | "), "---|".repeat(cells.len()))
}

/// When, where, and of what.
fn provenance(run: &Value) -> String {
    let mut out = ran(run) + ".\n\n" + &head(&["contestant", "compiler", "flags and version"]);
    for about in run["contestants"].as_array().into_iter().flatten() {
        let [name, compiler, flags] = ["name", "compiler", "flags"].map(|key| text(about, key));
        let _ = writeln!(out, "| {name} | {compiler} | `{flags}` |");
    }
    for failed in run["failures"].as_array().into_iter().flatten() {
        let [workload, who, message] =
            ["workload", "contestant", "message"].map(|key| text(failed, key));
        let _ = write!(out, "\n{who} in {workload}: {message}.\n");
    }
    out
}

/// CPU time of each contestant: of one join, task, item or word.
fn costs(run: &Value) -> String {
    let all = contestants(run);
    let mut out = head(&[&["workload", "n"], &all[..]].concat());
    for (workload, n) in workloads(run) {
        let cell = |who: &&str| {
            let ns = cpu(run, workload, who)? / n as f64;
            Some(if ns < 10.0 { format!("{ns:.2}") } else { format!("{ns:.1}") })
        };
        let cells: Vec<String> = all.iter().map(|who| cell(who).unwrap_or_default()).collect();
        let _ = writeln!(out, "| {workload} | {n} | {} |", cells.join(" | "));
    }
    out
}

/// Both twins against each other, those whom all know, and the best of all.
fn ratios(run: &Value) -> String {
    let heads = [
        "workload",
        "Rust / C++",
        "Rust / rayon",
        "C++ / rayon",
        "Rust / oneTBB",
        "C++ / oneTBB",
        "best rival",
        "Rust / best",
        "C++ / best",
    ];
    let mut out = head(&heads);
    for (workload, _) in workloads(run) {
        let against = |who: &str, whom: &str| ratio(pair(run, workload, who, whom));
        let best = best(run, workload).unwrap_or_default();
        let _ = write!(out, "| {workload} | {} |", against("rust", "cpp"));
        for known in KNOWN {
            let _ = write!(out, " {} | {} |", against("rust", known), against("cpp", known));
        }
        let _ = writeln!(out, " {best} | {} | {} |", against("rust", best), against("cpp", best));
    }
    out
}

/// How much of two processors few large jobs reach.
fn coarse(run: &Value) -> String {
    let serial = |row: &Value| text(row, "contestant") == "serial";
    let alone = rows(run).find(|row| row["workload"] == *COARSE && serial(row));
    let alone = alone.and_then(|row| row["wall_ns"].as_f64());
    let mut out =
        head(&["contestant", "wall time", "CPU time / wall time", "times as fast as serial"]);
    for who in contestants(run) {
        let Some(row) = times(run, COARSE, who) else { continue };
        let (Some(wall), Some(cpu)) = (row["wall_ns"].as_f64(), row["cpu_ns"].as_f64()) else {
            continue;
        };
        let faster = alone.map_or(String::new(), |alone| format!("{:.2}", alone / wall));
        let _ = writeln!(out, "| {who} | {:.2} ms | {:.2} | {faster} |", wall / 1e6, cpu / wall);
    }
    out
}

/// The figures of all pools while there is little to do.
fn idle(run: &Value) -> String {
    let method = &run["method"];
    let mut out = format!(
        "{}; {} launches of each pool, in each {} tasks after each gap and {} s of trickle and of \
         idleness; load {} afterwards. The median over launches and its interval ({:.0} %, by the \
         sign test).\n\n",
        machine_of(run),
        method["launches"],
        method["samples"],
        method["seconds"],
        run["load_after"],
        100.0 * method["confidence"].as_f64().unwrap_or(0.0),
    );
    out += &head(&[
        "pool",
        "begins after 300 us: p50",
        "p99",
        "after 5 ms: p50",
        "p99",
        "1000 tasks per second",
        "idle",
    ]);
    for pool in run["pools"].as_array().into_iter().flatten() {
        let _ = write!(out, "| {} |", text(pool, "name"));
        let names = [
            "latency_us_p50_after_300us",
            "latency_us_p99_after_300us",
            "latency_us_p50_after_5000us",
            "latency_us_p99_after_5000us",
            "trickle_cpu_ms_per_s",
            "idle_cpu_ms_per_s",
        ];
        for name in names {
            let (unit, places) = if name.starts_with("latency") { ("us", 1) } else { ("ms/s", 2) };
            let figure = &pool["figures"][name];
            let parts = ["value", "low", "high"].map(|part| figure[part].as_f64());
            let cell = match parts {
                [Some(value), Some(low), Some(high)] => {
                    format!("{value:.places$} {unit} [{low:.places$}, {high:.places$}]")
                }
                _ => String::new(),
            };
            let _ = write!(out, " {cell} |");
        }
        out += "\n";
    }
    for failed in run["failures"].as_array().into_iter().flatten() {
        let _ = write!(out, "\nWithout {}: {}.\n", text(failed, "name"), text(failed, "reason"));
    }
    out
}

/// What was wanted, and what came of it.
fn wanted(run: Option<&Value>, idle: Option<&Value>) -> String {
    let mut out = head(&["what", "twin", "against", "at most", "measured", "met"]);
    for (what, whom, most) in WANTED {
        for twin in TWINS {
            let of_run = run.filter(|run| cpu(run, what, twin).is_some());
            let of_idle = idle.filter(|idle| figure(idle, what, twin).is_some());
            let known = |idle: &Value| {
                let both = KNOWN
                    .iter()
                    .filter_map(|who| Some((figure(idle, what, who)?["value"].as_f64()?, *who)));
                both.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, who)| who)
            };
            let whom = match (whom, of_run, of_idle) {
                (Whom::Is(whom), ..) => Some(whom),
                (Whom::Best, Some(run), _) => best(run, what),
                (Whom::Known, _, Some(idle)) => known(idle),
                _ => None,
            };
            let Some(whom) = whom else { continue };
            let measured = match (of_run, of_idle) {
                (Some(run), _) => pair(run, what, twin, whom).and_then(|row| {
                    Some([row["ratio"].as_f64()?, row["low"].as_f64()?, row["high"].as_f64()?])
                }),
                (_, Some(idle)) => divided(idle, what, twin, whom),
                _ => None,
            };
            let Some(measured) = measured else { continue };
            let [middle, low, high] = measured;
            let _ = writeln!(
                out,
                "| {what} | {twin} | {whom} | {most} | {middle:.2} [{low:.2}, {high:.2}] | {} |",
                met(measured, most)
            );
        }
    }
    let (what, most) = IDLE_WANTED;
    for twin in TWINS {
        let Some(figure) = idle.and_then(|idle| figure(idle, what, twin)) else { continue };
        let measured = ["value", "low", "high"].map(|part| figure[part].as_f64().unwrap_or(0.0));
        let [middle, low, high] = measured;
        let _ = writeln!(
            out,
            "| {what} | {twin} | | {most} | {middle:.3} [{low:.3}, {high:.3}] | {} |",
            met(measured, most)
        );
    }
    out
}

/// Whether a figure is at most this: by its interval where that decides.
fn met([middle, low, high]: [f64; 3], most: f64) -> &'static str {
    match () {
        () if high <= most => "yes",
        () if low > most => "**no**",
        () if middle <= most => "yes, not proven",
        () => "no, not proven",
    }
}

/// Where a twin is behind the best of all others, and why.
fn losses(run: &Value, reasons: Option<&Value>) -> String {
    let mut out = head(&["workload", "twin", "the best", "times as much", "reason"]);
    let mut any = false;
    for (workload, _) in workloads(run) {
        let Some(best) = best(run, workload) else { continue };
        for twin in TWINS {
            let row = pair(run, workload, twin, best);
            if row.and_then(|row| row["ratio"].as_f64()).is_none_or(|ratio| ratio <= BEHIND) {
                continue;
            }
            any = true;
            let reason = reasons.and_then(|all| all[workload].as_str()).unwrap_or("not known yet");
            let _ = writeln!(out, "| {workload} | {twin} | {best} | {} | {reason} |", ratio(row));
        }
    }
    if any { out } else { "None.\n".to_owned() }
}

/// A page without a run says so.
fn belongs(run: Option<&Value>, of: impl Fn(&Value) -> String) -> String {
    run.map_or("No run is committed yet.\n".to_owned(), of)
}

#[test]
fn the_page_of_thread_pools_shows_the_committed_runs() {
    let [run, little, reasons] = [RUN, IDLE, REASONS].map(run_if_there);
    let (run, little) = (run.as_ref(), little.as_ref());
    same(PAGE, "pools: run", &belongs(run, provenance));
    same(PAGE, "pools: wanted", &belongs(run.or(little), |_| wanted(run, little)));
    same(PAGE, "pools: ratios", &belongs(run, ratios));
    same(PAGE, "pools: costs", &belongs(run, costs));
    same(PAGE, "pools: coarse", &belongs(run, coarse));
    same(PAGE, "pools: idle", &belongs(little, idle));
    same(PAGE, "pools: losses", &belongs(run, |run| losses(run, reasons.as_ref())));
}

/// In a list by itself, as other tests write into the README too.
pub fn in_readme() {
    let run = run_if_there(RUN);
    let short = |run: &Value| {
        format!(
            "Thread pools, by the processor time of all their threads, from [{RUN}]({RUN}); all \
             rivals, and pools with little to do, are in [{PAGE}]({PAGE}). {}.\n\n{}",
            ran(run),
            ratios(run)
        )
    };
    same("README.md", "results: thread_pool", &belongs(run.as_ref(), short));
}

#[test]
fn a_twin_is_held_against_what_was_wanted_and_against_the_best() {
    let row = |workload: &str, who: &str, baseline: &str, cpu: f64, ratio: f64| {
        serde_json::json!({
            "workload": workload, "n": 10, "contestant": who, "cpu_ns": cpu, "wall_ns": cpu / 2.0,
            "baseline": if baseline.is_empty() { Value::Null } else { baseline.into() },
            "ratio": if baseline.is_empty() { Value::Null } else { ratio.into() },
            "low": ratio - 0.01, "high": ratio + 0.01,
            "verdict": if ratio < 0.9 { "faster" } else { "equivalent" },
        })
    };
    let run = serde_json::json!({
        "rows": [
            row("join/fib", "rust", "cpp", 50.0, 1.0),
            row("join/fib", "rust", "rayon", 50.0, 0.5),
            row("join/fib", "rust", "chili", 50.0, 1.25),
            row("join/fib", "rayon", "", 100.0, 0.0),
            row("join/fib", "chili", "", 40.0, 0.0),
            row("join/fib", "serial", "", 10.0, 0.0),
            row(COARSE, "serial", "", 40.0, 0.0), row(COARSE, "rust", "cpp", 44.0, 1.0),
        ],
    });
    let pool = |name: &str, p50: [f64; 2], idle: f64| {
        serde_json::json!({"name": name, "figures": {
            "latency_us_p50_after_300us":
                {"value": p50[0], "low": p50[0], "high": p50[1], "launches": p50},
            "idle_cpu_ms_per_s": {"value": idle, "low": idle, "high": 2.0 * idle, "launches": [idle]},
        }})
    };
    let little = serde_json::json!({
        "method": {"launches": 2, "samples": 3, "seconds": 1, "confidence": 0.5},
        "pools": [
            pool("cpp", [3.0, 4.0], 0.08), pool("rayon", [6.0, 10.0], 0.3),
            pool("oneTBB", [9.0, 5.0], 0.3),
        ],
        "failures": [{"name": "forte", "reason": "not there"}],
    });
    let lines = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        lines(&wanted(Some(&run), Some(&little))),
        [
            "| join/fib | rust | rayon | 0.55 | 0.50 [0.49, 0.51] | yes |",
            "| join/fib | rust | chili | 1.3 | 1.25 [1.24, 1.26] | yes |",
            "| latency_us_p50_after_300us | cpp | rayon | 1 | 0.45 [0.40, 0.50] | yes |",
            "| idle_cpu_ms_per_s | cpp | | 0.1 | 0.080 [0.080, 0.160] | yes, not proven |",
        ]
    );
    assert_eq!(
        lines(&ratios(&run))[0],
        "| join/fib | 1.00 [0.99, 1.01] | **0.50** [0.49, 0.51] |  |  |  | chili | 1.25 [1.24, 1.26] |  |"
    );
    assert_eq!(lines(&costs(&run))[0], "| join/fib | 10 | 5.00 | 10.0 | 4.00 | 1.00 |");
    assert_eq!(lines(&coarse(&run))[0], "| rust | 0.00 ms | 2.00 | 0.91 |");
    let reasons = serde_json::json!({"join/fib": "it waits"});
    let lost = ["| join/fib | rust | chili | 1.25 [1.24, 1.26] | it waits |"];
    assert_eq!(lines(&losses(&run, Some(&reasons))), lost);
    assert!(losses(&run, None).contains("| not known yet |"));
    let table = idle(&little);
    assert!(table.contains("| cpp | 3.0 us [3.0, 4.0] |  |  |  |  | 0.08 ms/s [0.08, 0.16] |"));
    assert!(table.ends_with("Without forte: not there.\n"), "{table}");
}
