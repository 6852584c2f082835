//! Executables whose image is moved still do what they did, elsewhere.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::toy;

#[path = "../../src/padding/image.rs"]
mod image;

use image::{Image, PAGE};

pub fn tests() -> Vec<Trial> {
    let builds: &[(&str, &str, &[&str])] = &[
        ("g++", "moved.cpp", &["-O2"]),
        ("g++", "moved.cpp", &["-O2", "-rdynamic", "-Wl,-z,lazy", "-Wl,-z,noseparate-code"]),
        ("g++", "moved.cpp", &["-O2", "-Wl,-z,now", "-Wl,-z,max-page-size=0x200000"]),
        ("clang++-19", "moved.cpp", &["-O2", "-fPIE", "-pie", "-fuse-ld=lld"]),
        (
            "clang++-19",
            "moved.cpp",
            &["-O1", "-fPIE", "-pie", "-fuse-ld=lld", "-Wl,-z,pack-relative-relocs", "-rdynamic"],
        ),
        (
            "clang++-19",
            "moved.cpp",
            &["-O2", "-fPIE", "-pie", "-fuse-ld=lld", "-Wl,-z,separate-loadable-segments"],
        ),
        ("g++", "moved.cpp", &["-O2", "-Wl,-z,pack-relative-relocs"]),
        ("gcc", "moved.c", &["-O2"]),
        ("gcc", "moved.c", &["-O2", "-Wl,-z,lazy", "-mtls-dialect=gnu2", "-fPIC"]),
        ("clang-19", "moved.c", &["-O2", "-fPIE", "-pie", "-fuse-ld=lld"]),
    ];
    let mut tests: Vec<Trial> = vec![
        crate::test("a_moved_rust_program_does_the_same_work", worker),
        crate::test("a_panic_in_a_moved_program_is_caught", unwind),
    ];
    for &(compiler, source, options) in builds {
        let name = format!("a_moved_program_runs_elsewhere_{compiler} {}", options.join(" "));
        let linker = options.iter().filter(|option| option.starts_with("-fuse-ld="));
        let present = Command::new(compiler).args(linker).arg("-Wl,--version").output();
        let present = present.is_ok_and(|asked| asked.status.success());
        let test = Trial::test(name, move || {
            runs_elsewhere(compiler, source, options);
            Ok(())
        });
        tests.push(test.with_ignored_flag(!present || cfg!(not(target_arch = "x86_64"))));
    }
    for (options, reason) in [
        (&["-no-pie"][..], "it is linked to a fixed address (not as PIE)"),
        (&["-static-pie"], "it is linked statically"),
        (&["-Wl,-rpath,$ORIGIN/../lib"], "it finds its libraries by its own place ($ORIGIN)"),
        (&["-c"], "it is linked to a fixed address (not as PIE)"),
    ] {
        let name = format!("what_cannot_be_moved_is_refused {}", options.join(" "));
        tests.push(Trial::test(name, move || {
            let (_directory, program) = build("gcc", "moved.c", options);
            let file = fs::read(program).expect("it was built");
            assert_eq!(Image::read(&file).err().as_deref(), Some(reason));
            Ok(())
        }));
    }
    tests
}

fn build(compiler: &str, source: &str, options: &[&str]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program");
    let program = directory.path().join("program");
    let mut command = Command::new(compiler);
    if source.ends_with("cpp") {
        command.arg("-std=c++20");
    }
    command.args(options).arg(sources.join(source)).arg("-o").arg(&program);
    let built = command.output().expect("present, as asked above");
    let (_, errors) = toy::texts(&built);
    assert!(built.status.success(), "{errors}");
    (directory, program)
}

/// Writes a moved copy into a directory of its own.
fn copy(program: &Path, shift: u64) -> (TempDir, PathBuf) {
    let image = Image::read(&fs::read(program).expect("it is there")).expect("it can be moved");
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let copy = directory.path().join("copy");
    fs::write(&copy, image.moved(shift).expect("it can be moved")).expect("it is writable");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("it is there");
    (directory, copy)
}

/// The lines that a program prints, of which the last is a function's place on its page.
fn lines(program: &Path) -> (Vec<String>, u64) {
    let stdout = succeeds(&mut || Command::new(program).output());
    let mut lines: Vec<String> = stdout.lines().map(str::to_owned).collect();
    let place = lines.pop().expect("it prints").parse().expect("a number");
    (lines, place)
}

fn runs_elsewhere(compiler: &str, source: &str, options: &[&str]) {
    let (_directory, program) = build(compiler, source, options);
    let image = Image::read(&fs::read(&program).expect("it was built")).expect("it can be moved");
    let (expected, place) = lines(&program);
    let unit = image.granularity();
    let mut moved = 0;
    for shift in (0..PAGE).step_by(usize::try_from(unit).expect("small")) {
        if image.clashes(shift) {
            assert!(image.moved(shift).is_err());
            continue;
        }
        let (_directory, copy) = copy(&program, shift);
        assert_eq!(lines(&copy), (expected.clone(), (place + shift) % PAGE), "moved by {shift}");
        moved += 1;
    }
    assert!(moved > PAGE / unit / 4, "only {moved} copies");
}

/// The coordinator's own kind of worker.
fn worker() {
    let talk = "hello\t1\nlist\nopen\tmuch\ttoy\tfill/u64\t1000\ncheck\t5\t3\nquit\n";
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let commands = directory.path().join("commands");
    fs::write(&commands, talk).expect("it is writable");
    let ask = |program: &Path| {
        let mut command = toy::command_of(program, &["--diptych-worker"]);
        succeeds(&mut || command.stdin(File::open(&commands)?).output())
    };
    let (_directory, copy) = copy(&toy::path(), 64 * 5);
    let answer = ask(&copy);
    assert!(answer.lines().count() > 6);
    assert_eq!(answer, ask(&toy::path()));
}

fn unwind() {
    let (_directory, copy) = copy(&toy::path(), 64 * 21);
    let say = |program: &Path| {
        let mut command = toy::command_of(program, &[]);
        succeeds(&mut || command.env(toy::MARK, toy::PANIC).output())
    };
    let (here, there) = (say(&toy::path()), say(&copy));
    let parts = |text: &str| {
        let (story, place) = text.trim().rsplit_once(' ').expect("two parts");
        (story.to_owned(), place.parse::<u64>().expect("a number"))
    };
    let ((story, place), (moved_story, moved)) = (parts(&here), parts(&there));
    assert_eq!((story.as_str(), moved_story.as_str()), ("caught: on purpose", story.as_str()));
    assert_eq!(moved, (place + 64 * 21) % PAGE);
}

/// Standard output of a program that must succeed.
fn succeeds(start: &mut dyn FnMut() -> io::Result<Output>) -> String {
    let output = loop {
        match start() {
            // Until a process that another test has forked off in the meantime becomes its own
            // program, it has this one open for writing.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
            other => break other.expect("it starts"),
        }
    };
    let (stdout, stderr) = toy::texts(&output);
    assert!(output.status.success(), "{:?} {stderr}", output.status);
    stdout
}
