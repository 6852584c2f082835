//! Workers that misbehave: each gets its message, and the others their result.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Instant;

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::toy;

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("a_worker_that_hangs_is_named_and_left_out", || {
            expect("sample", "sleep 1000", "gave no answer within 0.5 s");
        }),
        crate::test("a_worker_that_hangs_while_it_warms_up_is_named", || {
            expect("warm", "sleep 1000", "gave no answer within 0.5 s");
        }),
        crate::test("a_worker_that_crashes_is_named_with_its_signal", || {
            expect("sample", "kill -SEGV $$", "was killed by signal 11");
        }),
        crate::test("a_worker_that_fails_is_named_with_its_last_words", || {
            expect("sample", "echo bad news >&2; exit 3", "ended with exit status 3: \"bad news\"");
        }),
        crate::test("rubbish_is_no_sample", || {
            expect("sample", "answer 'what is that'", "answered rubbish: \"what is that\"");
        }),
        crate::test("an_answer_with_too_few_numbers_is_rubbish", || {
            expect("sample", r"answer 'ok\t12'", "answered rubbish: \"12\"");
        }),
        crate::test("a_line_without_end_is_rubbish", || {
            expect(
                "sample",
                "while :; do printf xxxxxxxxxxxxxxxx; done",
                "answered rubbish: \"xxx",
            );
        }),
        crate::test("a_worker_that_closes_its_output_is_named", || {
            expect("sample", "exec >&-; sleep 1000", "closed its output without an answer");
        }),
        crate::test("a_refusal_is_passed_on", || {
            expect("sample", r"answer 'error\tnot today'", "refused: \"not today\"");
        }),
        crate::test("another_check_digest_is_other_work", || {
            let digest = "0000000000000001";
            let expected = format!("its digest is {digest}, that of much is ");
            expect("check", &format!(r"answer 'ok\t{digest}'"), &expected);
        }),
        crate::test("another_digest_of_a_timed_run_is_other_work", || {
            let body = r"answer 'ok\t1000\t1000\t0\t0000000000000001'";
            expect("sample", body, "did other work: its digest is 0000000000000001, that of ");
        }),
        crate::test("fewer_calls_than_asked_for_are_other_work", || {
            let body = r#"pass "${line%"$tab"*}${tab}1""#;
            expect("sample", body, "did other work: its digest is ");
        }),
        crate::test("a_run_longer_than_the_wait_for_its_answer_is_a_lie", || {
            let body = r#"honest=$(pass "$line")
                answer "ok${tab}60000000000${tab}${honest#ok"$tab"*"$tab"}""#;
            expect("sample", body, "claims a run of 60s in a sample that took ");
        }),
        crate::test("a_worker_that_runs_no_batch_did_not_warm_up", || {
            expect("warm", r"answer 'ok\t0'", "did not warm up: not one batch was run");
        }),
        crate::test("a_warm_up_without_a_count_is_rubbish", || {
            expect("warm", "answer ok", "answered rubbish: \"\"");
        }),
        crate::test("a_worker_of_another_version_is_named", || {
            expect_at_start("hello", r"answer 'ok\tdiptych-worker\t2'", "does not speak version 1");
        }),
        crate::test("a_worker_that_is_none_is_named", || {
            expect_at_start("hello", "answer hi", "answered rubbish: \"hi\"");
        }),
        crate::test("a_malformed_list_is_rubbish", || {
            expect_at_start("list", r"answer 'contestant\tx'; answer ok", "answered rubbish");
        }),
        crate::test("a_missing_executable_is_named", || {
            let output = toy::run(&[QUICK, &["--worker", "/nowhere/at/all", "fill"]].concat());
            judge(&output, "worker /nowhere/at/all cannot be started: No such file");
        }),
        crate::test("a_hostile_worker_leaves_no_process_behind", || {
            let hostile = Hostile::new("sample", "sleep 3737373 & wait");
            toy::run(&hostile.arguments());
            let left = fs::read_dir("/proc").expect("Linux").flatten().any(|entry| {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                line.starts_with(b"sleep\x003737373")
            });
            assert!(!left);
        }),
    ]
}

const QUICK: &[&str] =
    &["--launches", "2", "--launch-ms", "2", "--timeout", "0.5", "--no-instructions"];

/// A shell script that behaves until one command.
pub struct Hostile {
    directory: TempDir,
}

impl Hostile {
    pub fn new(command: &str, body: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        // It passes what it does not spoil on to the toy, as the contestant `plain`.
        let script = format!(
            r#"#!/bin/sh
answer() {{ printf "$1\n"; }}
pass() {{
    printf 'hello\t1\nopen\tplain\ttoy\tfill/u64\t1000\n%s\n' "$1" | {toy} --diptych-worker | tail -n 1
}}
tab=$(printf '\t')
pass() {{
    printf 'hello\t1\nopen\tplain\ttoy\tfill/u64\t1000\n%s\n' "$1" |
        {toy} --diptych-worker | tail -n 1
}}
while IFS= read -r line; do
    case "$line" in
        "{command}"*) {body} ;;
        hello*) answer 'ok\tdiptych-worker\t1' ;;
        list) answer 'contestant\thostile\tsh\tsh\t-\tplain'
              answer 'workload\ttoy\tfill/u64\t1000\t0\t0'
              answer ok ;;
        open*) answer ok ;;
        quit) exit 0 ;;
        *) pass "$line" ;;
    esac
done
"#,
            toy = toy::path().display()
        );
        let this = Self { directory };
        fs::write(this.path(), script).expect("the directory is writable");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(this.path(), executable).expect("the file is there");
        this
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("hostile")
    }

    pub fn arguments(&self) -> Vec<&str> {
        let path = self.directory.path().join("hostile");
        let path: &'static str = path.to_string_lossy().into_owned().leak();
        [QUICK, &["--worker", path, "fill"]].concat()
    }
}

/// The message names the contestant once, the exit status is 2, and the pair of honest
/// contestants has its row.
fn expect(command: &str, body: &str, message: &str) {
    let hostile = Hostile::new(command, body);
    let begin = Instant::now();
    let output = toy::run(&hostile.arguments());
    let (_, stderr) = toy::texts(&output);
    assert!(stderr.starts_with("diptych: toy/fill/u64/1000: hostile "), "{stderr}");
    judge(&output, message);
    // Not a measure of speed: the script's thousand seconds must not be waited for.
    assert!(begin.elapsed().as_secs() < 500);
}

/// The worker offers nothing; the rest goes on.
fn expect_at_start(command: &str, body: &str, message: &str) {
    let hostile = Hostile::new(command, body);
    let output = toy::run(&hostile.arguments());
    let (_, stderr) = toy::texts(&output);
    assert!(stderr.starts_with("diptych: worker "), "{stderr}");
    judge(&output, message);
}

fn judge(output: &std::process::Output, message: &str) {
    let (stdout, stderr) = toy::texts(output);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let honest = stdout.lines().find(|line| line.trim_start().starts_with("much "));
    let honest = honest.unwrap_or_else(|| panic!("no row of the honest: {stdout}"));
    assert!(honest.contains("plain") && honest.contains("not distinguishable"), "{honest}");
}
