//! Whole programs: `--commands`.

use std::fs;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::toy;
use crate::whole::{documented, interrupted};

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("whole_programs_get_rows_like_all_contestants", rows),
        crate::test("by_processor_time_waiting_does_not_count", by_cpu),
        crate::test("the_memory_of_a_small_program_is_its_own", memory),
        crate::test("a_command_that_fails_is_named_with_its_last_words", failing),
        crate::test("a_command_that_does_not_end_is_named", endless),
        crate::test("commands_whose_output_differs_are_named", output),
        crate::test("what_is_to_be_prepared_is_prepared_before_each_run", prepare),
        crate::test("commands_read_the_file_that_they_are_given", input),
        crate::test("a_shell_runs_commands_and_its_own_time_is_told", shell),
        crate::test("requirements_are_judged_for_commands", require),
        crate::test("bad_command_lines_for_commands_get_one_line", bad),
        crate::test("an_interrupt_leaves_no_command_behind", interrupt),
        crate::test("a_narrow_table_of_commands_keeps_its_width", narrow),
        crate::test("variables_for_workers_are_not_for_commands", environment),
    ]
}

const QUICK: &[&str] = &["--launches", "8", "--launch-ms", "1"];

fn run(commands: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
    let output = toy::run(&[&["compare", "--commands"], commands, QUICK, more].concat());
    let (stdout, stderr) = toy::texts(&output);
    (output.status.code(), stdout, stderr)
}

fn result(commands: &[&str], more: &[&str]) -> Value {
    let arguments = [&["compare", "--commands"], commands, QUICK, more].concat();
    crate::whole::result(&arguments)
}

fn row<'a>(report: &'a Value, contestant: &str) -> &'a Value {
    crate::whole::row(report, contestant, "run")
}

fn rows() {
    let report = result(&["a=true", "b=sleep 0.05", "sleep 0.05"], &[]);
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(3));
    let (a, b) = (row(&report, "a"), row(&report, "b"));
    assert_eq!((&a["baseline"], &a["verdict"]), (&Value::Null, &"reference".into()));
    assert_eq!((&b["baseline"], &b["component"]), (&"a".into(), &"programs".into()));
    assert_eq!(row(&report, "sleep")["baseline"], "a");
    // A sleep takes its time, whatever the machine does.
    assert!(b["ratio"].as_f64().expect("measured") > 1.0, "{b}");
    assert_eq!(b["log_ratios"].as_array().map(Vec::len), Some(8));
    assert!(b["aa_floor"].is_number() && b["low"].is_number() && b["layout_margin"].is_null());
    assert!(b["wall_ns"].as_f64().expect("measured") >= 5e7);
    let mut keys: Vec<&String> = b["command"].as_object().expect("an object").keys().collect();
    let mut names = documented("`command`");
    keys.sort();
    names.sort();
    assert_eq!(keys, names.iter().collect::<Vec<_>>());
    assert!(b["command"]["minimum_ns"].as_f64().expect("measured") >= 5e7);
    assert!(b["command"]["runs"].as_u64().expect("counted") >= 12);
    assert!(b["command"]["empty_ns"].is_number());
    assert_eq!(report["cores"], Value::Null);
    assert_eq!(report["contestants"][1]["flags"], "sleep 0.05");
}

fn by_cpu() {
    let commands =
        ["busy=sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'", "idle=sleep 0.3"];
    let report = result(&commands, &["--cpu"]);
    let idle = row(&report, "idle");
    assert_eq!((&idle["clock"], &idle["threads"]), (&"cpu".into(), &1.into()));
    assert!(idle["ratio"].as_f64().expect("measured") < 1.0, "{idle}");
    assert!(idle["other_clock"]["ratio"].as_f64().expect("measured") > 1.0, "{idle}");
}

fn memory() {
    let large = "large=dd if=/dev/zero of=/dev/null bs=64M count=1";
    let report = result(&["small=true", large], &[]);
    let of = |name: &str| row(&report, name)["peak_rss_bytes"].as_u64().expect("known");
    // Less than this program, which starts it, has.
    assert!(of("small") < 5 << 20, "{}", of("small"));
    assert!((64 << 20..80 << 20).contains(&of("large")), "{}", of("large"));
    let share = row(&report, "large")["command"]["memory_ratio"].as_f64().expect("known");
    assert!(share > 10.0);
}

fn failing() {
    let bad = "bad=sh -c 'echo fine; echo bad news >&2; exit 3'";
    let (status, stdout, stderr) = run(&["good=true", bad, "also=true"], &[]);
    let line = "diptych: bad ended with exit status 3: \"bad news\"\n";
    assert_eq!((status, stderr.as_str()), (Some(2), line));
    let also = stdout.lines().find(|line| line.trim_start().starts_with("also ")).expect("a row");
    assert!(also.contains("good"), "{also}");
    let (status, _, stderr) = run(&["good=true", bad], &["--ignore-status"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let (status, _, stderr) = run(&["a=true", "b=sh -c 'kill -SEGV $$'"], &[]);
    assert_eq!((status, stderr.as_str()), (Some(2), "diptych: b was killed by signal 11\n"));
    let (status, _, stderr) = run(&["true", "/no/such/program"], &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("program cannot be started: No such file or directory"), "{stderr}");
}

fn endless() {
    let (status, _, stderr) = run(&["a=true", "b=sleep 1000"], &["--timeout", "0.2"]);
    assert_eq!((status, stderr.as_str()), (Some(2), "diptych: b did not end within 0.2 s\n"));
}

fn output() {
    let (status, _, stderr) = run(&["a=echo 12", "b=echo 21"], &["--same-output"]);
    let line = "diptych: b wrote other output: 3 bytes, as a, but not the same\n";
    assert_eq!((status, stderr.as_str()), (Some(2), line));
    let (_, _, stderr) = run(&["a=echo 12", "b=echo"], &["--same-output"]);
    assert_eq!(stderr, "diptych: b wrote other output: 1 bytes where a wrote 3\n");
    let (status, _, stderr) = run(&["a=echo 12", "b=printf '12\\n'"], &["--same-output", "--pipe"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
}

fn prepare() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("made");
    let remove = [format!("a=rm {}", file.display()), format!("b=rm {}", file.display())];
    let remove: Vec<&str> = remove.iter().map(String::as_str).collect();
    let make = format!("touch {}", file.display());
    let (status, _, stderr) = run(&remove, &["--prepare", &make]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let (status, _, stderr) = run(&remove, &["--prepare", &make, "--prepare", "true"]);
    assert_eq!(status, Some(2));
    assert!(stderr.starts_with("diptych: b ended with exit status 1: "), "{stderr}");
    let (_, _, stderr) = run(&["true", "false"], &["--prepare", "echo no >&2; exit 9"]);
    let line = "true was not run: --prepare ended with exit status 9: \"no\"";
    assert!(stderr.contains(line), "{stderr}");
}

fn input() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let file = directory.path().join("in");
    fs::write(&file, "some words").expect("the directory is writable");
    let file = file.to_string_lossy();
    let (_, _, stderr) = run(&["a=cat", "b=head -c 4"], &["--same-output", "--input", &file]);
    assert_eq!(stderr, "diptych: b wrote other output: 4 bytes where a wrote 10\n");
}

fn shell() {
    let report = result(&["a=echo x | cat", "b=echo x | tr x y"], &["--shell"]);
    assert!(row(&report, "b")["command"]["shell_ns"].as_f64().expect("measured") > 0.0);
    let report = result(&["a=true", "b=true"], &[]);
    assert!(row(&report, "b")["command"]["shell_ns"].is_null());
}

fn require() {
    // By processor time, and twenty times as much: no neighbour makes up for that.
    let commands = [("fast", 2_000), ("slow", 40_000)].map(|(name, steps)| {
        format!("{name}=sh -c 'i=0; while [ $i -lt {steps} ]; do i=$((i+1)); done'")
    });
    let commands = &[commands[0].as_str(), &commands[1], "--cpu"];
    let (status, stdout, _) = run(commands, &["--require", "slow<=2*fast"]);
    assert_eq!(status, Some(1), "{stdout}");
    assert!(stdout.contains("require slow<=2*fast: refuted"), "{stdout}");
    let (status, stdout, _) = run(commands, &["--require", "fast<=0.9*slow"]);
    assert_eq!(status, Some(0), "{stdout}");
}

fn bad() {
    for (arguments, message) in [
        (&["--commands", "true"][..], "--commands needs at least two"),
        (&["--commands", "true", "echo 'a"], "the quotes of \"echo 'a\" do not close"),
        (&["--commands", "x=true", "x=false"], "two commands are named x"),
        (&["--commands", "true", "false", "--pin", "0"], "are not for --commands"),
        (&["--commands", "a=true", "b=true", "--input", "/no/file"], "--input /no/file is no file"),
        (
            &["--commands", "fast=true", "b=true", "--require", "fsat<=b"],
            "\"fsat<=b\": no command is named \"fsat\"; did you mean \"fast\"?",
        ),
        (&["--shell", "fill"], "--shell is for whole programs: --commands"),
        (&["fill", "--commands", "a", "b"], "cannot be used with"),
        (&["--commands", "a", "b", "--paddings", "4"], "cannot be used with"),
    ] {
        let output = toy::run(arguments);
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
}

fn interrupt() {
    let commands = ["--commands", "a=sleep 0.2839283", "b=sh -c 'sleep 0.2839283 & wait'"];
    let more = ["--launches", "100", "--launch-ms", "1"];
    let (text, report) = interrupted(&[&["compare"], &commands[..], &more].concat());
    assert!(text.contains("stopped before its end"), "{text}");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(0));
    let left = fs::read_dir("/proc").expect("Linux").flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"sleep\x000.2839283")
    });
    assert!(!left);
}

fn narrow() {
    for width in [40, 60, 80] {
        let output = toy::command(&["compare", "--commands", "a=true", "b=true"])
            .args(QUICK)
            .env("COLUMNS", width.to_string())
            .output()
            .expect("it starts");
        let (stdout, _) = toy::texts(&output);
        let table: Vec<&str> =
            stdout.lines().skip_while(|line| !line.contains("program  ")).collect();
        assert!(table.len() > 5, "{stdout}");
        for line in &table {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

fn environment() {
    let (_, _, stderr) = run(
        &[
            "a=sh -c 'echo \"$LD_BIND_NOW\"'",
            "b=sh -c 'echo \"$LD_BIND_NOW$LD_PRELOAD\"'",
            "c=echo",
        ],
        &["--same-output"],
    );
    assert_eq!(stderr, "");
}
