//! Malloc libraries on whole programs: `programs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use crate::toy;
use crate::whole::{documented, interrupted};

pub fn tests() -> Vec<Trial> {
    let present = Command::new("cc").arg("--version").output().is_ok();
    let tests = [
        crate::test("each_program_has_a_row_for_each_library_and_a_mean", rows),
        crate::test("a_library_that_burns_a_known_amount_gets_the_known_ratio", known_time),
        crate::test("a_library_that_holds_a_known_amount_is_known_by_it", known_memory),
        crate::test("a_program_that_tells_a_rate_is_judged_by_it", rate),
        crate::test("what_fails_under_a_library_is_named_and_the_rest_goes_on", failing),
        crate::test("a_program_that_ignores_libraries_is_named", ignoring),
        crate::test("a_program_that_writes_something_else_each_time_is_named", changing),
        crate::test("a_library_that_cannot_be_loaded_stops_everything", unloadable),
        crate::test("an_interrupt_leaves_a_valid_partial_result_of_programs", interrupt),
        crate::test("a_program_gets_no_descriptor_of_others", descriptors),
        crate::test("requirements_are_judged_for_each_program_and_the_mean", require),
        crate::test("the_list_in_the_documents_can_be_read", documents),
        crate::test("bad_lists_and_command_lines_get_one_line", bad),
    ];
    tests.into_iter().map(|test| test.with_ignored_flag(!present)).collect()
}

/// What was compiled for these tests.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
        fs::create_dir_all(&folder).expect("the folder of the tests is writable");
        let cc = |options: &[&str], source: &str, name: &str| {
            let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program");
            let mut command = Command::new("cc");
            command.args(["-O2", "-fno-builtin", "-Wall", "-Wextra", "-DSTEPS=30000"]);
            command.args(options).arg(sources.join(source)).arg("-o").arg(folder.join(name));
            let output = command.output().expect("it starts");
            assert!(output.status.success(), "{}", toy::texts(&output).1);
        };
        cc(&["-DHOLD=0", "-shared", "-fPIC"], "preloaded.c", "burns.so");
        let idle = ["-USTEPS", "-DSTEPS=0", "-shared", "-fPIC"];
        cc(&[&idle[..], &["-DHOLD=0"]].concat(), "preloaded.c", "idle.so");
        cc(&[&idle[..], &["-DHOLD=8388608"]].concat(), "preloaded.c", "holds.so");
        cc(&[], "under.c", "under");
        cc(&["-static"], "under.c", "static");
        folder
    })
}

/// A library by its name.
fn library(name: &str) -> String {
    format!("{name}={}", built().join(format!("{name}.so")).display())
}

/// A list in a folder of its own.
fn list(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let path = folder.path().join("some.list");
    let text = text.replace("BUILT", &built().to_string_lossy());
    fs::write(&path, text).expect("the directory is writable");
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

/// Arguments for this list, these libraries and whatever else.
fn arguments(list: &str, libraries: &[&str], more: &[&str]) -> Vec<String> {
    let mut words = vec!["programs".to_owned(), list.to_owned()];
    for name in libraries {
        words.extend(["--malloc".to_owned(), library(name)]);
    }
    words.extend(more.iter().map(|&word| word.to_owned()));
    words
}

fn run(text: &str, libraries: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
    let (_folder, list) = list(text);
    let words = arguments(&list, libraries, more);
    let output = toy::run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let (stdout, stderr) = toy::texts(&output);
    (output.status.code(), stdout, stderr)
}

fn result(text: &str, libraries: &[&str], more: &[&str]) -> Value {
    let (_folder, list) = list(text);
    let words = arguments(&list, libraries, more);
    crate::whole::result(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn row<'a>(report: &'a Value, contestant: &str, workload: &str) -> &'a Value {
    crate::whole::row(report, contestant, workload)
}

const TWO: &str = "\
[one]
command = BUILT/under nothing
group = toys

[two]
command = true --of=/some/folder
group = toys
environment = A=1
clock = wall
";

fn rows() {
    let notes = ["--malloc-note", "idle=idle 1.2", "--launches", "8"];
    let report = result(TWO, &["idle", "holds"], &notes);
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 9, "three libraries in two programs and a mean");
    let (one, two) = (row(&report, "idle", "one"), row(&report, "idle", "two"));
    assert_eq!((&one["component"], &one["baseline"]), (&"toys".into(), &"system".into()));
    assert_eq!((&one["clock"], &two["clock"]), (&"cpu".into(), &"wall".into()));
    assert_eq!(two["command"]["line"], "true --of=folder");
    for row in [one, two] {
        assert_eq!(row["log_ratios"].as_array().map(Vec::len), Some(8));
        assert!(row["low"].is_number() && row["other_clock"]["low"].is_number(), "{row}");
        assert!(row["aa_floor"].is_number() && row["command"]["memory_low"].is_number(), "{row}");
        assert_eq!(row["samples_per_launch"], 1.0);
    }
    let mut keys: Vec<&String> = one["command"].as_object().expect("an object").keys().collect();
    let mut names = documented("`command`");
    keys.sort();
    names.sort();
    assert_eq!(keys, names.iter().collect::<Vec<_>>());

    let mean = row(&report, "holds", "geometric mean");
    assert_eq!((&mean["n"], &mean["command"]["line"]), (&2.into(), &"one, two".into()));
    let numbers = |row: &Value, field: &str| -> Vec<f64> {
        let values = row.pointer(field).and_then(Value::as_array).expect("a list");
        values.iter().map(|value| value.as_f64().expect("a number")).collect()
    };
    // By processor time: that of the second is its other clock.
    let first = numbers(row(&report, "holds", "one"), "/log_ratios");
    let second = numbers(row(&report, "holds", "two"), "/other_clock/log_ratios");
    for (at, value) in numbers(mean, "/log_ratios").into_iter().enumerate() {
        assert!((value - f64::midpoint(first[at], second[at])).abs() < 1e-6);
    }
    let memory = "/command/memory_log_ratios";
    let [first, second] = ["one", "two"].map(|name| numbers(row(&report, "holds", name), memory));
    for (at, value) in numbers(mean, memory).into_iter().enumerate() {
        assert!((value - f64::midpoint(first[at], second[at])).abs() < 1e-6);
    }

    let about = |name: &str| {
        let mut all = report["contestants"].as_array().expect("a list").iter();
        all.find(|about| about["name"] == *name).expect("it takes part")
    };
    assert_eq!(
        (&about("idle")["flags"], &about("idle")["language"]),
        (&"idle 1.2".into(), &"library".into())
    );
    assert!(about("system")["flags"].as_str().expect("text").starts_with("glibc "));
    assert!(!about("idle")["compiler"].as_str().expect("text").is_empty());
    assert!(crate::output::validator().is_valid(&report), "{report}");
    let text = report.to_string();
    assert!(!text.contains("/some") && !text.contains(&*built().to_string_lossy()), "{text}");
}

/// By processor time, in turns: neighbours disturb both sides alike.
fn known_time() {
    let list = "[burns]\ncommand = BUILT/under burns\n";
    let report = result(list, &["burns"], &["--launches", "20"]);
    let row = row(&report, "burns", "burns");
    let at = |field: &str| row[field].as_f64().expect("an interval");
    // Four parts of work in the place of three, and what starting takes on both sides.
    assert!(at("low") <= 1.35 && 1.31 <= at("high"), "{row}");
    assert!(at("low") > 1.1, "{row}");
}

fn known_memory() {
    let list = "[nothing]\ncommand = BUILT/under nothing\n\
                [fills]\ncommand = BUILT/under fills\n";
    let report = result(list, &["idle", "holds"], &["--launches", "8"]);
    let more = |name: &str| {
        let command = &row(&report, name, "fills")["command"];
        command["memory_difference_bytes"].as_f64().expect("known")
    };
    let held = f64::from(8 << 20);
    assert!((more("holds") - more("idle") - held).abs() < f64::from(1 << 19), "{}", more("holds"));
    assert!(more("idle").abs() < f64::from(1 << 19), "{}", more("idle"));
    let rss = row(&report, "system", "nothing")["peak_rss_bytes"].as_f64().expect("known");
    assert!(rss < f64::from(4 << 20), "{rss}");
}

fn rate() {
    let list = "[tells]\ncommand = BUILT/under tells idle\nrate = did {} steps\n";
    let report = result(list, &["idle"], &["--launches", "8"]);
    let row = row(&report, "idle", "tells");
    assert_eq!((&row["clock"], &row["ratio"]), (&"wall".into(), &0.5.into()));
    assert_eq!(row["wall_ns"].as_f64(), Some(5e12));
    let list = "[mute]\ncommand = BUILT/under tells\nrate = did {} laps\n";
    let (status, _, stderr) = run(list, &["idle"], &["--launches", "2"]);
    let line = "diptych: mute under system wrote no number as in \"did {} laps\"\n";
    assert_eq!((status, stderr.as_str()), (Some(2), line));
}

fn failing() {
    let list = "\
[fails]
command = BUILT/under fails idle
[hangs]
command = BUILT/under hangs idle
limit = 0.3
[differs]
command = BUILT/under differs idle
same-output = yes
[absent]
command = BUILT/no-such-program
[fine]
command = BUILT/under fine idle
";
    let (status, stdout, stderr) = run(list, &["idle", "holds"], &["--launches", "2"]);
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(
        lines,
        [
            "diptych: fails under idle was killed by signal 6: \"a block was given back twice\"",
            "diptych: hangs under idle did not end within 0.3 s",
            "diptych: differs under idle wrote other output: 4 bytes where system wrote 5",
            "diptych: absent under system cannot be started: No such file or directory (os error 2)",
        ]
    );
    assert_eq!(status, Some(2));
    let after = |head: &str| {
        let mut rest = stdout.lines().skip_while(|line| !line.contains(head)).skip(1);
        (rest.next().unwrap_or_default().to_owned(), rest.next().unwrap_or_default().to_owned())
    };
    for head in ["programs: fails", "programs: hangs", "programs: differs"] {
        assert!(after(head).1.contains("failed"), "{head}: {stdout}");
    }
    assert!(!after("programs: fine").1.contains("failed"), "{stdout}");
    let mean = after("geometric mean of 4 programs");
    assert!(mean.1.contains("failed"), "{stdout}");
    let left = fs::read_dir("/proc").expect("Linux").flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"sleep\x000391.7261")
    });
    assert!(!left, "a process is left");
}

fn ignoring() {
    let list = "[still]\ncommand = BUILT/static nothing\n[fine]\ncommand = BUILT/under fine\n";
    let (status, stdout, stderr) = run(list, &["idle", "holds"], &["--launches", "2"]);
    let line = "diptych: still under idle does not take it in: it is linked statically, or has \
                privileges of its own, or another loader than glibc's\n";
    assert_eq!((status, stderr.as_str()), (Some(2), line));
    assert!(stdout.contains("programs: fine"), "{stdout}");
}

fn changing() {
    let list = "[pid]\ncommand = BUILT/under changes\nsame-output = yes\n";
    let (status, _, stderr) = run(list, &["idle"], &["--launches", "2"]);
    let line = "diptych: pid under system did other work: it wrote other output than at first\n";
    assert_eq!((status, stderr.as_str()), (Some(2), line));
}

fn unloadable() {
    let (folder, list) = list("[a]\ncommand = true\n");
    let path = folder.path().join("text.so");
    fs::write(&path, "no library").expect("the directory is writable");
    let given = format!("text={}", path.display());
    let output = toy::run(&["programs", &list, "--malloc", &given]);
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let words = "diptych: library text is not taken in by the loader: \"";
    assert!(stderr.starts_with(words) && stderr.contains("cannot be preloaded"), "{stderr}");
}

fn interrupt() {
    let (_folder, list) = list("[a]\ncommand = sleep 0.2839284\n[b]\ncommand = true\n");
    let words = arguments(&list, &["idle"], &["--launches", "1000"]);
    let (text, report) = interrupted(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(text.contains("stopped before its end"), "{text}");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(0));
}

fn descriptors() {
    let (_folder, list) = list("[sees]\ncommand = BUILT/under sees\n");
    let words = arguments(&list, &["idle"], &["--launches", "2"]);
    let output = Command::new("sh")
        .args(["-c", "exec \"$0\" \"$@\" 9</dev/null"])
        .arg(toy::path())
        .args(words)
        .env(toy::MARK, "1")
        .output()
        .expect("it starts");
    assert_eq!((output.status.code(), toy::texts(&output).1.as_str()), (Some(0), ""));
}

fn require() {
    let list = "[tells]\ncommand = BUILT/under tells idle\nrate = did {} steps\n\
                [again]\ncommand = BUILT/under tells idle\nrate = did {} steps\n";
    let more = |claim| ["--launches", "8", "--require", claim];
    let (status, stdout, _) = run(list, &["idle"], &more("idle<=0.9*system"));
    assert_eq!(status, Some(0), "{stdout}");
    assert!(stdout.contains("proven (3 of 3 workloads proven)"), "{stdout}");
    let (status, stdout, _) = run(list, &["idle", "holds"], &more("holds<=1.1*idle"));
    assert_eq!(status, Some(1), "{stdout}");
}

fn documents() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/allocator.md");
    let page = fs::read_to_string(path).expect("run from the repository");
    let (_, rest) = page.split_once("```ini\n").expect("the list is there");
    let (folder, list) = list(rest.split_once("```").expect("it ends").0);
    fs::write(folder.path().join("work.sql"), "").expect("the directory is writable");
    let more = ["--malloc", &library("idle"), "--only", "no such program"];
    let output = toy::run(&[&["programs", &list][..], &more].concat());
    let line = "diptych: no program is named like \"no such program\"\n";
    assert_eq!(toy::texts(&output).1, line);
}

fn bad() {
    let idle = library("idle");
    for (text, more, message) in [
        ("[a]\ncomand = true\n", &["--malloc", &idle][..], "some.list:2: nothing is called"),
        ("# nothing\n", &["--malloc", &idle], "names no program"),
        ("[a]\ncommand = true\n", &[], "required arguments were not provided"),
        ("[a]\ncommand = true\n", &["--malloc", "idle"], "is not of the form NAME=PATH"),
        ("[a]\ncommand = true\n", &["--malloc", "x=/no/such"], "library x: /no/such cannot be"),
        (
            "[a]\ncommand = true\n",
            &["--malloc", &idle, "--malloc", &idle],
            "two libraries are named idle",
        ),
        (
            "[a]\ncommand = true\n",
            &["--malloc", &idle, "--baseline", "sistem"],
            "no library is named \"sistem\"; did you mean \"system\"?",
        ),
        (
            "[a]\ncommand = true\n",
            &["--malloc", &idle, "--only", "b"],
            "no program is named like \"b\"",
        ),
        (
            "[a]\ncommand = true\n",
            &["--malloc", &idle, "--malloc-note", "idle"],
            "is not of the form NAME=TEXT",
        ),
    ] {
        let (_folder, list) = list(text);
        let output = toy::run(&[&["programs", &list][..], more].concat());
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{more:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
    let output = toy::run(&["programs", "/no/such.list", "--malloc", &idle]);
    let line = "diptych: /no/such.list cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(toy::texts(&output).1, line);
}
