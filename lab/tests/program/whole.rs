//! The program as its users meet it.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::toy;

const QUICK: &[&str] = &["--launches", "2", "--launch-ms", "2", "--no-instructions"];

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("list_names_contestants_and_workloads", list),
        crate::test("layouts_are_drawn_byte_by_byte", layout),
        crate::test("bad_command_lines_get_one_line_and_status_2", bad_command_lines),
        crate::test("the_result_file_has_every_documented_field", schema),
        crate::test("known_counts_come_out", counts),
        crate::test("the_heap_counter_follows_many_blocks", churn),
        crate::test("two_counts_of_instructions_are_equal", instructions),
        crate::test("instructions_that_the_system_decides_are_said_to_vary", varying_instructions),
        crate::test("without_valgrind_there_is_a_reason_and_no_number", no_valgrind),
        crate::test("valgrind_that_is_demanded_and_missing_is_an_error", demanded_valgrind),
        crate::test("a_narrow_table_keeps_its_width", narrow),
        crate::test("a_closed_pipe_is_no_panic", closed_pipe),
        crate::test("a_full_disk_is_an_error_in_one_line", full_disk),
        crate::test("an_interrupt_leaves_a_valid_partial_result", interrupt),
        crate::test("filters_select_workloads", filters),
    ]
}

fn quick(more: &[&str]) -> (Option<i32>, String, String) {
    let output = toy::run(&[QUICK, more].concat());
    let (stdout, stderr) = toy::texts(&output);
    (output.status.code(), stdout, stderr)
}

/// Runs with `--json` and reads it.
pub fn result(arguments: &[&str]) -> Value {
    result_of(toy::command(arguments))
}

/// What a command writes when it is asked for a result file, too.
pub fn result_of(mut command: Command) -> Value {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("result.json");
    let output = command.arg("--json").arg(&file).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{}", toy::texts(&output).1);
    let text = fs::read_to_string(&file).expect("it was written");
    assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 1, "a draft is left");
    serde_json::from_str(&text).expect("JSON")
}

pub fn row<'a>(report: &'a Value, contestant: &str, workload: &str) -> &'a Value {
    let mut rows = report["rows"].as_array().expect("rows").iter();
    rows.find(|row| row["contestant"] == contestant && row["workload"] == workload).expect("a row")
}

fn list() {
    let output = toy::run(&["list", "spin", "huge"]);
    let debug = if cfg!(debug_assertions) { " debug-build" } else { "" };
    let built = format!("rust, rustc, as the tests{debug}");
    assert_eq!(
        toy::texts(&output).0,
        format!(
            "much  ({built})\n\
         plain  ({built})\n\
         aside  ({built})\n\
         toy/spin/u64/10000  (much, plain, aside)\n\
         toy/huge/u64/20000  (much, plain, aside, with --large only)\n"
        )
    );
}

fn layout() {
    let output = toy::run(&["layout", "Padded"]);
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    let drawn = "type    language  size  align  niche\n\
                 Padded  rust        16      8  no\n\
                 \n\
                 Padded (rust), 16 bytes\n     \
                      0 |ta|....................|\n     \
                      8 |word                   |\n";
    assert!(stdout.starts_with(drawn), "{stdout}");
    let all = toy::texts(&toy::run(&["layout"])).0;
    assert!(all.contains("Vec<u8>") && all.contains("|???????????????????????|"), "{all}");
}

fn bad_command_lines() {
    for (arguments, message) in [
        (&["nothing-like-this"][..], "no workload is named like \"nothing-like-this\""),
        (&["fill", "sp?n"], "no workload is named like \"sp?n\""),
        (&["list", "nothing-like-this"], "no workload is named like"),
        (&["layout", "NoSuchType"], "no worker tells of such a type"),
        (&["huge"], "large ones need --large"),
        (&["--contestant", "nobody"], "no contestant is named like \"nobody\""),
        (
            &["--json", "/nowhere/at/all.json"],
            "/nowhere/at/all.json cannot be written: No such file",
        ),
        (&["--json", "/"], "/ cannot be written"),
        (&["--launches", "0"], "invalid value '0'"),
        (&["--launches", "many"], "invalid value 'many'"),
        (&["--seconds=-1"], "invalid value '-1'"),
        (&["--unknown"], "unexpected argument '--unknown'"),
        (&["--cxx", "g++"], "this program cannot build workers"),
        (&["--native"], "this program cannot build workers"),
        (&["--xlto"], "this program cannot build workers"),
    ] {
        let output = toy::run(arguments);
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(stdout, "");
    }
}

/// Names between backquotes at the start of table lines of the documentation.
pub fn documented(section: &str) -> Vec<String> {
    // Beside the crate in its repository, not in its package.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/lab-json.md");
    let spec = fs::read_to_string(path).expect("run from the repository");
    let start = spec.find(&format!("## {section}")).expect("the section is there");
    let body = &spec[start + 3..];
    let body = &body[..body.find("\n## ").unwrap_or(body.len())];
    let names = body.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.map(str::to_owned).collect()
}

fn schema() {
    let report = result(&[QUICK, &["fill", "count"]].concat());
    assert_eq!(report["schema"], "diptych-lab");
    assert_eq!(report["version"], 1);
    assert_eq!(report["complete"], true);
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().expect("an object").keys().cloned().collect();
        keys.sort();
        keys
    };
    let check = |value: &Value, section: &str| {
        let mut names = documented(section);
        names.sort();
        assert_eq!(keys(value), names, "{section}");
    };
    check(&report, "The file");
    check(&report["environment"], "`environment`");
    check(&report["method"], "`method`");
    check(&report["contestants"][0], "`contestants`");
    let heaps = report["heaps"].as_array().expect("heaps");
    assert_eq!(heaps.len(), 6);
    heaps.iter().for_each(|heap| check(heap, "`heaps`"));
    let layouts = report["layouts"].as_array().expect("layouts");
    assert_eq!(layouts.len(), 2);
    layouts.iter().for_each(|layout| check(layout, "`layouts`"));
    let rows = report["rows"].as_array().expect("rows");
    // much against plain, plain and aside for themselves; three for themselves.
    assert_eq!(rows.len(), 6);
    rows.iter().for_each(|row| check(row, "`rows`"));
    // much names plain, of its own language and worker: a library's effect, so to speak.
    let effects = report["effects"].as_array().expect("effects");
    assert_eq!(effects.len(), 1);
    check(&effects[0], "`effects`");
    assert_eq!((&effects[0]["kind"], &effects[0]["seen"]), (&"library".into(), &false.into()));
    let pair = row(&report, "much", "fill/u64");
    assert_eq!(
        (&pair["baseline"], &pair["verdict"]),
        (&"plain".into(), &"not_distinguishable".into())
    );
    assert!(pair["ratio"].as_f64().expect("measured") > 0.0);
    assert!(pair["low"].is_null() && pair["reason"].as_str().expect("why").contains("7 launches"));
    assert_eq!(pair["log_ratios"].as_array().expect("launches").len(), 2);
    let alone = row(&report, "plain", "fill/u64");
    assert!(alone["baseline"].is_null() && alone["ratio"].is_null());
    assert_eq!(alone["verdict"], "reference");
    assert!(row(&report, "much", "count/tracked")["wall_ns"].is_null());
}

/// Whether the heap was counted: with glibc it must be.
pub fn counted(row: &Value) -> bool {
    let reason = &row["memory_reason"];
    assert!(reason.is_null() || !cfg!(target_env = "gnu"), "{reason}");
    reason.is_null()
}

fn counts() {
    let report = result(&[QUICK, &["fill", "count"]].concat());
    let fill = row(&report, "plain", "fill/u64");
    if counted(fill) {
        // Vec doubles from 4 to 1024 words; 100 words stay.
        assert_eq!(fill["allocs"], 2);
        assert_eq!(fill["reallocs"], 8);
        assert_eq!(fill["frees"], 1);
        assert_eq!(fill["bytes"], (4 + 8 + 16 + 32 + 64 + 128 + 256 + 512 + 1024 + 100) * 8);
        assert_eq!(fill["peak_bytes"], 1024 * 8);
        assert_eq!(fill["live_at_end"], 800);
    }
    let tracked = row(&report, "plain", "count/tracked");
    assert_eq!((&tracked["copies"], &tracked["destroys"]), (&3.into(), &4.into()));
    assert!(tracked["moves"].is_null() && tracked["tracked_reason"].is_string());
    assert!(fill["copies"].is_null() && fill["tracked_reason"].is_string());
}

fn churn() {
    let report = result(&[QUICK, &["churn", "--seed", "5"]].concat());
    let found = row(&report, "plain", "churn/bytes");
    if !counted(found) {
        return;
    }
    let n = 5_000;
    let mut sizes = vec![0; usize::try_from(n).expect("small")];
    let (mut bytes, mut live, mut peak, mut frees) = (0, 0, 0, 0);
    for (slot, size) in toy::churn(n, 5) {
        bytes += size;
        live += size;
        peak = peak.max(live);
        frees += usize::from(sizes[slot] > 0);
        live -= std::mem::replace(&mut sizes[slot], size);
    }
    assert_eq!(found["allocs"], 2 * n);
    assert_eq!(found["frees"], frees);
    assert_eq!(found["bytes"], bytes);
    assert_eq!(found["peak_bytes"], peak);
    assert_eq!(found["live_at_end"], live);
}

fn instructions() {
    let arguments = ["--launches", "1", "--launch-ms", "1", "fill", "spin"];
    let (first, second) = (result(&arguments), result(&[&arguments[..4], &["fill"]].concat()));
    let of = |report| &row(report, "plain", "fill/u64")["instructions"];
    if row(&first, "plain", "fill/u64")["instructions_reason"].is_null() {
        assert!(of(&first).as_f64().expect("counted") > 10_000.0);
    }
    // The second run counts fewer workloads before this one.
    assert_eq!(of(&first), of(&second));
    let fill = row(&first, "plain", "fill/u64");
    if fill["instructions_reason"].is_null() {
        assert_eq!(fill["instructions_spread"], 0.0);
        assert!(fill["simulation_reason"].is_null());
        for figure in ["d1_misses", "ll_misses", "branch_misses"] {
            let of = |row: &Value| row[figure].as_f64().expect("simulated");
            let (here, there) = (of(fill), of(row(&second, "plain", "fill/u64")));
            // Which lines collide depends on where things lie: a few may.
            assert!((here - there).abs() <= 8.0 + here / 50.0, "{figure}: {here} {there}");
        }
    }
    let of = |name| row(&first, name, "spin/u64")["instructions"].as_f64();
    if let (Some(much), Some(plain)) = (of("much"), of("plain")) {
        assert!((much / plain - 1.05).abs() < 0.001, "{much} {plain}");
    }
}

fn varying_instructions() {
    let report = result(&["--launches", "1", "--launch-ms", "1", "seeded", "fill"]);
    let found = row(&report, "plain", "seeded/map");
    if !row(&report, "plain", "fill/u64")["instructions"].is_null() {
        assert!(found["instructions"].as_f64().expect("counted") > 10_000.0);
        assert!(found["instructions_spread"].as_f64().expect("counted twice") > 0.0);
        let reason = "varies: the work depends on something but the seed";
        assert_eq!(found["instructions_reason"], reason);
    }
}

fn no_valgrind() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("result.json");
    let output = toy::command(&["--launches", "1", "--launch-ms", "1", "fill", "--json"])
        .arg(&file)
        .env("PATH", "/nowhere")
        .output()
        .expect("it starts");
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("not available: valgrind is not installed"), "{stdout}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(file).expect("written")).expect("JSON");
    let fill = row(&report, "plain", "fill/u64");
    assert!(fill["instructions"].is_null());
    assert_eq!(fill["instructions_reason"], "valgrind is not installed");
}

fn demanded_valgrind() {
    let output = toy::command(&["--instructions", "fill"])
        .env("PATH", "/nowhere")
        .output()
        .expect("it starts");
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr, "diptych: instructions cannot be counted: valgrind is not installed\n");
    assert_eq!(stdout, "");
}

fn narrow() {
    for width in [40, 60, 80, 100] {
        let output =
            toy::command(QUICK).env("COLUMNS", width.to_string()).output().expect("it starts");
        let (stdout, _) = toy::texts(&output);
        let table: Vec<&str> =
            stdout.lines().skip_while(|line| !line.contains("contestant  ")).collect();
        assert!(table.len() > 10, "{stdout}");
        for line in &table {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let much = table.iter().find(|line| line.trim_start().starts_with("much ")).expect("a row");
        assert!(much.contains("plain"), "{much}");
    }
}

fn full_disk() {
    for arguments in [&["list"] as &[&str], &[QUICK, &["spin"]].concat()] {
        let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        let output = toy::command(arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(2));
        let complaint = "diptych: standard output cannot be written: No space left on device";
        assert!(toy::texts(&output).1.contains(complaint), "{}", toy::texts(&output).1);
    }
}

fn closed_pipe() {
    let mut child = toy::command(&[QUICK, &["fill"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
    assert_eq!((child.wait().expect("it ends").code(), errors.as_str()), (Some(0), ""));
}

fn interrupt() {
    let (text, report) = interrupted(&["--launches", "1000", "--launch-ms", "50", "spin"]);
    assert!(text.contains("stopped before its end"), "{text}");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(0));
}

/// Starts it, stops it after the plan, and answers what it printed and its result.
pub fn interrupted(arguments: &[&str]) -> (String, Value) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("result.json");
    let mut child = toy::command(arguments)
        .arg("--json")
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = child.stdout.take().expect("piped");
    // The plan is the first thing it says; launches follow.
    let mut first = [0; 5];
    out.read_exact(&mut first).expect("the plan");
    let id = i32::try_from(child.id()).expect("a process id");
    // SAFETY: L6 - the child is not reaped yet, so the number is its own.
    unsafe { libc::kill(id, libc::SIGINT) };
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(file).expect("written")).expect("JSON");
    assert_eq!(report["complete"], false);
    (rest, report)
}

fn filters() {
    for (filters, workloads) in [
        (&["fill"][..], &["fill/u64"][..]),
        (&["toy/*/u64/10000", "count"], &["spin/u64", "count/tracked"]),
        (
            &["*", "--contestant", "plain"],
            &[
                "spin/u64",
                "fill/u64",
                "stateful/u64",
                "both/u64",
                "churn/bytes",
                "leak/bytes",
                "touch/bytes",
                "seeded/map",
                "count/tracked",
            ],
        ),
        (&["compare", "fill"], &["fill/u64"]),
    ] {
        let (status, stdout, stderr) = match filters {
            ["compare", rest @ ..] => {
                let output = toy::run(&[&["compare"], QUICK, rest].concat());
                let (stdout, stderr) = toy::texts(&output);
                (output.status.code(), stdout, stderr)
            }
            _ => quick(filters),
        };
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        let found: Vec<&str> = stdout
            .lines()
            .filter_map(|line| line.strip_prefix("toy ")?.split(',').next())
            .collect();
        assert_eq!(found, workloads, "{filters:?}");
    }
}
