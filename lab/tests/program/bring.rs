//! Workers that users bring, and the likeliest mistakes: one line each, with a hint.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::hostile::Hostile;
use crate::toy;

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("named_workers_are_compared_with_the_first_and_with_nobody_else", named),
        crate::test("the_name_of_a_worker_stands_for_all_its_contestants", label),
        crate::test("other_results_get_a_hint", other_results),
        crate::test("a_contestant_that_is_asked_for_joins_named_workers", joined),
        crate::test("a_filter_with_a_glob_is_no_worker", glob),
        crate::test("named_workers_without_a_common_workload_are_an_error", strangers),
        crate::test("near_names_are_proposed", near_names),
        crate::test("a_worker_that_is_given_twice_is_refused", twice),
        crate::test("a_worker_that_is_not_executable_gets_a_hint", not_executable),
        crate::test("a_worker_that_is_nearly_found_gets_a_hint", nearly_found),
        crate::test("a_worker_for_another_machine_is_named_so", other_machine),
        crate::test("a_file_that_is_no_program_is_named_so", no_program),
        crate::test("a_worker_that_prints_gets_a_hint", prints),
        crate::test("a_program_that_wants_arguments_gets_a_hint", wants_arguments),
        crate::test("another_version_of_the_protocol_gets_a_hint", other_version),
        crate::test("a_debug_build_is_not_compared_with_a_release_build", debug),
        Trial::test("the_cxx_client_knows_a_debug_build", cxx_debug),
        Trial::test("a_missing_symbol_is_named", missing_symbol),
    ]
}

const QUICK: &[&str] =
    &["compare", "--launches", "8", "--launch-ms", "2", "--timeout", "5", "--no-instructions"];

/// One line, exit status 2, and nothing on standard output.
fn refused(arguments: &[&str], message: &str) {
    let output = toy::run(&[QUICK, arguments].concat());
    let (stdout, stderr) = toy::texts(&output);
    assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert_eq!(stdout, "");
}

fn succeeded(output: &Output) -> String {
    let (stdout, stderr) = toy::texts(output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout
}

/// A worker of one contestant, made in this way.
fn worker(language: &str, flags: &str, workload: &str) -> Hostile {
    let body = format!(
        r"answer 'contestant\tx\t{language}\tcc\t{flags}'
          answer 'workload\ttoy\t{workload}\t1000\t0\t0'
          answer ok"
    );
    Hostile::new("list", &body)
}

fn given(name: &str, worker: &Hostile) -> String {
    format!("{name}={}", worker.path().display())
}

/// Words at the begin of the table's rows.
fn rows(stdout: &str) -> Vec<(String, String)> {
    let table = stdout.lines().skip_while(|line| !line.trim_start().starts_with("contestant "));
    let words = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    table.skip(1).take_while(|line| !line.is_empty()).filter_map(words).collect()
}

fn named() {
    let (one, two) = (worker("sh", "-", "fill/u64"), worker("sh", "-", "fill/u64"));
    let (old, new) = (given("old", &one), given("new", &two));
    let output = toy::run(&[QUICK, &[&old, &new, "--require", "new<=100*old"]].concat());
    let stdout = succeeded(&output);
    let row = ("new".to_owned(), "old".to_owned());
    assert!(rows(&stdout).contains(&row), "{stdout}");
    assert!(!stdout.contains("much") && !stdout.contains("plain"), "{stdout}");
    assert!(stdout.contains("require new<=100*old: proven"), "{stdout}");
    let listed = succeeded(&toy::run(&["list", &old, &new]));
    assert!(listed.contains("toy/fill/u64/1000  (old, new)"), "{listed}");
}

fn label() {
    let two = || {
        let answer = |name: &str| {
            format!(
                r"answer 'contestant\t{name}\tsh\tsh\t-'
                  answer 'workload\ttoy\tfill/u64\t1000\t0\t0'"
            )
        };
        Hostile::new("list", &format!("{}; {}; answer ok", answer("x"), answer("y")))
    };
    let (one, other) = (two(), two());
    let (old, new) = (given("old", &one), given("new", &other));
    let output = toy::run(&[QUICK, &[&old, &new, "--require", "new<=100*old"]].concat());
    let stdout = succeeded(&output);
    for name in ["x", "y"] {
        let line = format!("require {name}@new<=100*{name}@old: proven (1 of 1 workloads proven)");
        assert!(stdout.contains(&line), "{stdout}");
    }
}

fn other_results() {
    let worker = Hostile::new("check", r"answer 'ok\t0000000000000001'");
    let output =
        toy::run(&[QUICK, &["--worker", &worker.path().to_string_lossy(), "fill"]].concat());
    let (_, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert!(stderr.contains("hostile did other work: its digest is 0000000000000001"), "{stderr}");
    assert!(stderr.ends_with(
        " (from one seed all must make one input, and digest the same of the result)\n"
    ));
}

fn joined() {
    let old = worker("sh", "-", "fill/u64");
    let old = given("old", &old);
    let output = toy::run(&[QUICK, &[&old, "fill", "--contestant", "old,plain"]].concat());
    let stdout = succeeded(&output);
    let row = ("old".to_owned(), "plain".to_owned());
    assert!(rows(&stdout).contains(&row), "{stdout}");
}

fn glob() {
    refused(&["*=*"], "no workload is named like \"*=*\"");
}

fn strangers() {
    let (one, two) = (worker("sh", "-", "fill/u64"), worker("sh", "-", "pour/u64"));
    refused(&[&given("old", &one), &given("new", &two)], "have no workload in common");
}

fn near_names() {
    for (arguments, message) in [
        (&["flil"][..], "no workload is named like \"flil\"; did you mean \"fill\"?; see: list"),
        (&["toy/spni"], "; did you mean \"toy/spin\""),
        (
            &["--contestant", "plian"],
            "no contestant is named like \"plian\"; did you mean \"plain\"?",
        ),
        (
            &["fill", "--require", "mcuh<=2*plain"],
            "\"mcuh<=2*plain\": no contestant is named \"mcuh\"; did you mean \"much\"?",
        ),
        (&["zzzzzzzzzz"], "no workload is named like \"zzzzzzzzzz\"; see: list"),
    ] {
        refused(arguments, message);
    }
}

fn twice() {
    let one = worker("sh", "-", "fill/u64");
    let path = one.path().display().to_string();
    let hint = format!("name it twice: a={path} b={path}");
    refused(&["--worker", &path, "--worker", &path], &hint);
    let name = given("a", &one);
    refused(&[&name, &name], "two workers are named a");
    let output = toy::run(&[QUICK, &[&name, &given("b", &one), "fill"]].concat());
    assert!(rows(&succeeded(&output)).contains(&("b".to_owned(), "a".to_owned())));
}

/// A file with these bytes and this mode, as a worker.
fn file(bytes: &[u8], mode: u32) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let path = directory.path().join("worker");
    fs::write(&path, bytes).expect("the directory is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the file is there");
    (directory, path)
}

fn refused_file(bytes: &[u8], mode: u32, message: &str) {
    let (_directory, path) = file(bytes, mode);
    refused(&[&format!("new={}", path.display())], message);
}

fn not_executable() {
    refused_file(b"#!/bin/sh\n", 0o644, "Permission denied (os error 13) (try: chmod +x ");
    refused(&["new=/"], "(it is a directory)");
}

fn nearly_found() {
    let (_directory, path) = file(b"#!/bin/sh\n", 0o755);
    let asked = path.with_file_name("wokrer");
    let hint = format!("No such file or directory (os error 2) (did you mean {}?)", path.display());
    refused(&[&format!("new={}", asked.display())], &hint);
    refused(&["new=no-such-worker-here"], "is looked for on the PATH: ./no-such-worker-here?)");
    refused_file(b"#!/no/such/sh\n", 0o755, "but not the interpreter or loader it names");
}

fn other_machine() {
    let own = fs::read(toy::path()).expect("it is readable");
    let mut other = own[..64].to_vec();
    // For a machine that nobody has.
    other[18..20].copy_from_slice(&[0xfe, 0xfe]);
    refused_file(&other, 0o755, "cannot be started: Exec format error: it is built for machine ");
}

fn no_program() {
    refused_file(b"", 0o755, "cannot be started: it is empty");
    let message = "it is neither an ELF executable nor a script that begins with #!";
    refused_file(b"\x01\x02\x03 rubbish\n", 0o755, message);
}

fn prints() {
    let body = "answer 'starting up'; answer 'ok\\tdiptych-worker\\t1'";
    let worker = Hostile::new("hello", body);
    refused(
        &[&given("new", &worker)],
        "answered rubbish: \"starting up\" (a worker's standard output is for the protocol alone",
    );
}

fn wants_arguments() {
    let message = "ended with exit status 64: \"usage: worker FILE\" (workers are started without \
                   arguments";
    refused_file(b"#!/bin/sh\necho usage: worker FILE >&2\nexit 64\n", 0o755, message);
    refused_file(b"#!/bin/sh\n", 0o755, "ended with exit status 0 (workers are started without");
}

fn other_version() {
    let worker = Hostile::new("hello", r"answer 'ok\tdiptych-worker\t2'");
    refused(&[&given("new", &worker)], "(rebuild it with a client of version 1)");
}

fn debug() {
    let (slow, fast) = (worker("c++", "-g -O0", "fill/u64"), worker("c++", "-O2", "fill/u64"));
    let (slow, fast) = (given("slow", &slow), given("fast", &fast));
    let message = "slow is a debug build and fast is not: build it with -O2, or \
                   CMAKE_BUILD_TYPE=Release, or compare them with --allow-debug";
    refused(&[&slow, &fast], message);
    refused(&[&fast, &slow], message);
    let output = toy::run(&[QUICK, &[&slow, &fast, "--allow-debug"]].concat());
    assert!(rows(&succeeded(&output)).contains(&("fast".to_owned(), "slow".to_owned())));
    let both = worker("c++", "-O0", "fill/u64");
    let output = toy::run(&[QUICK, &[&slow, &given("both", &both)]].concat());
    assert!(succeeded(&output).contains("note: these are debug builds"));
}

fn compiled(compiler: &str, arguments: &[&str], source: &Path, program: &Path) -> bool {
    let mut command = Command::new(compiler);
    command.arg(source).args(arguments).arg("-o").arg(program);
    let Ok(output) = command.output() else {
        eprintln!("not tested: no {compiler}");
        return false;
    };
    assert!(output.status.success(), "{}", toy::texts(&output).1);
    true
}

fn cxx_debug() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (source, include) = (root.join("tests/program/toy.cpp"), root.join("include"));
    let include = format!("-I{}", include.display());
    let mut workers = Vec::new();
    for (name, level) in [("slow", "-O0"), ("fast", "-O1")] {
        let program = directory.path().join(name);
        if !compiled("c++", &["-std=c++20", level, &include, "-ldl"], &source, &program) {
            return Ok(());
        }
        workers.push(format!("{name}={}", program.display()));
    }
    refused(&[&workers[0], &workers[1], "fill"], "slow is a debug build and fast is not");
    Ok(())
}

fn missing_symbol() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let at = |name: &str| directory.path().join(name);
    let library = at("libpair.so");
    fs::write(at("pair.c"), "int pair_sum(void) { return 0; }\n")?;
    fs::write(at("none.c"), "int pair_other(void) { return 0; }\n")?;
    fs::write(at("worker.c"), "int pair_sum(void); int main(void) { return pair_sum(); }\n")?;
    let folder = directory.path().display();
    let (search, path) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    if !compiled("cc", &["-shared", "-fPIC"], &at("pair.c"), &library) {
        return Ok(());
    }
    compiled("cc", &[&search, &path, "-lpair"], &at("worker.c"), &at("worker"));
    compiled("cc", &["-shared", "-fPIC"], &at("none.c"), &library);
    let worker = format!("new={}", at("worker").display());
    refused(&[&worker], "ended with exit status 127: \"undefined symbol: pair_sum\" (");
    fs::remove_file(&library)?;
    refused(&[&worker], "exit status 127: \"error while loading shared libraries: libpair.so: ");
    Ok(())
}
