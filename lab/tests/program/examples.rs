//! The example workers in C, C++ and Python against the one in Rust: the same work, in one run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::toy;

/// What [`toy::MARK`] is for a process that is the example in Rust.
pub const EXAMPLE: &str = "example";

pub fn tests() -> Vec<Trial> {
    vec![
        Trial::test("example_workers_of_four_languages_do_the_same_work", compared),
        Trial::test("an_example_worker_that_digests_otherwise_is_left_out", spoiled),
        Trial::test("example_workers_refuse_what_they_do_not_know_and_go_on", refusals),
    ]
}

/// Those in other languages are beside the crate in its repository, not in its package.
fn source(file: &str) -> PathBuf {
    let folder = if file.ends_with(".cpp") { "examples" } else { "../examples/workers" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(file)
}

/// A source with a word of it replaced, built if need be. `None`, said on standard error, where
/// nothing can run it.
struct Made {
    name: &'static str,
    program: String,
}

fn make(into: &Path, name: &'static str, replaced: Option<(&str, &str)>) -> Option<Made> {
    let (file, tool) = match name {
        "c" => ("worker.c", "cc"),
        "cpp" => ("worker.cpp", "c++"),
        _ => ("worker.py", "python3"),
    };
    // Structural matching came with Python 3.10.
    let asked = if tool == "python3" {
        Command::new(tool).args(["-c", "match 1:\n case 1: pass"]).output()
    } else {
        Command::new(tool).arg("--version").output()
    };
    if !asked.is_ok_and(|output| output.status.success()) {
        eprintln!("worker {name} is not run: no {tool} that can");
        return None;
    }
    let read = |file| fs::read_to_string(source(file)).expect("run from the repository");
    let mut source = read(file);
    if name == "c" {
        source = source.replace("#include \"work.h\"\n", &read("work.h"));
    }
    if let Some((word, other)) = replaced {
        assert!(source.contains(word), "{file}: no {word}");
        source = source.replace(word, other);
    }
    let (source_file, program) = (into.join(file), into.join(format!("worker-{name}")));
    fs::write(&source_file, source).expect("the directory is writable");
    let mut compiler = Command::new(tool);
    compiler.args(["-O3", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]);
    match name {
        "c" => compiler.args(["-std=c99", "-Wpointer-arith", "-Wstrict-prototypes"]),
        "cpp" => compiler
            .args(["-std=c++20", "-Wold-style-cast", "-I"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include")),
        _ => {
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&source_file, executable).expect("the file is there");
            return Some(Made { name, program: source_file.to_string_lossy().into_owned() });
        }
    };
    let built = compiler.arg(&source_file).arg("-o").arg(&program).arg("-ldl").output();
    let built = built.expect("present, as asked above");
    assert!(built.status.success(), "{}", toy::texts(&built).1);
    Some(Made { name, program: program.to_string_lossy().into_owned() })
}

/// The example in Rust with these workers beside it.
fn example(workers: &[Made], more: &[&str]) -> Output {
    let mut command =
        toy::command(&["--launches", "8", "--launch-ms", "2", "--no-instructions", "--seed", "1"]);
    // The example in Rust is built as these tests are.
    command.arg("--allow-debug");
    command.env(toy::MARK, EXAMPLE).args(more);
    for worker in workers {
        command.arg("--worker").arg(&worker.program);
    }
    command.output().expect("it starts")
}

fn compared() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let workers: Vec<Made> = ["c", "cpp", "python"]
        .iter()
        .filter_map(|name| make(directory.path(), name, None))
        .collect();
    let result = directory.path().join("result.json");
    let output = example(&workers, &["--json", &result.to_string_lossy()]);
    let (_, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(&result)?)?;
    let rows = report["rows"].as_array().expect("rows");
    for name in workers.iter().map(|worker| worker.name).chain(["rust"]) {
        let of = |row: &&Value| row["contestant"] == name;
        let row = rows.iter().find(of).unwrap_or_else(|| panic!("no row of {name}: {report}"));
        assert!(row["wall_ns"].as_f64().is_some_and(|wall| wall > 0.0), "{row}");
        assert_eq!(row["digest"], rows[0]["digest"]);
        // Once per process, not once per call.
        if ["cpp", "rust"].contains(&name) && crate::whole::counted(row) {
            assert_eq!((&row["allocs"], &row["live_at_end"]), (&0.into(), &0.into()), "{row}");
        }
        let refusal = match name {
            "python" => "the heap of an interpreter says nothing",
            "c" => "not a command of this worker",
            _ => continue,
        };
        let reason = row["memory_reason"].as_str().expect("it refuses");
        assert!(reason.contains(refusal), "{reason}");
    }
    Ok(())
}

fn spoiled() -> Result<(), Failed> {
    let prime = ("0x100000001b3u", "0x100000001b5u");
    let directory = tempfile::tempdir()?;
    // Three are needed for a majority.
    let (Some(spoiled), Some(honest)) =
        (make(directory.path(), "c", Some(prime)), make(directory.path(), "cpp", None))
    else {
        return Ok(());
    };
    let output = example(&[spoiled, honest], &[]);
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let expected = "diptych: example/sum_of_squares/u64/1000: c did other work: its digest is ";
    assert!(stderr.starts_with(expected) && stderr.lines().count() == 1, "{stderr}");
    assert!(stdout.lines().any(|line| line.trim_start().starts_with("cpp ")), "{stdout}");
    Ok(())
}

fn refusals() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("commands");
    let commands = "hello\t2\nsample\t1\nsample\tx\t1\nwhat\n\nopen\tnobody\texample\tno\t1\n\
                    instructions\t1\t1\nhello\t1\nquit\nhello\t1\n";
    fs::write(&script, commands)?;
    for name in ["c", "cpp", "python"] {
        let Some(worker) = make(directory.path(), name, None) else { continue };
        let output = Command::new(&worker.program).stdin(fs::File::open(&script)?).output()?;
        let (answers, _) = toy::texts(&output);
        let answers: Vec<&str> = answers.lines().collect();
        assert_eq!((output.status.code(), answers.len()), (Some(0), 8), "{name}: {answers:?}");
        assert!(answers[..7].iter().all(|line| line.starts_with("error\t")), "{name}: {answers:?}");
        assert_eq!(answers[7], "ok\tdiptych-worker\t1");
    }
    Ok(())
}
