//! The C++ twin's own tests, `cpp/tests/*_test.cpp`, compiled by every C++ compiler found, with all
//! warnings as errors, and run. CMake is not needed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::tools::{present, run};

const WARNINGS: [&str; 6] =
    ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wold-style-cast", "-Werror"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The compiler that the C++ half was built with, and any other that is installed.
fn compilers() -> Vec<String> {
    let chosen = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let mut compilers = vec![chosen];
    for other in ["g++", "clang++", "clang++-19"] {
        if compilers.iter().all(|known| version(known) != version(other)) && present(other) {
            compilers.push(other.to_owned());
        }
    }
    compilers
}

fn version(compiler: &str) -> Option<String> {
    let out = Command::new(compiler).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    // "c++ (Debian ...)" and "g++ (Debian ...)" are one compiler under two names.
    text.lines().next().and_then(|line| line.split_once(' ')).map(|(_, rest)| rest.to_owned())
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

fn compile(compiler: &str, source: &Path, program: &Path, extra: &[&str]) {
    let mut command = Command::new(compiler);
    command.args(["-std=c++20", "-O1", "-g", "-DDPT_CHECKS=1"]).args(WARNINGS).args(extra);
    for include in ["include", "cpp/include", "lab/include"] {
        command.arg("-I").arg(root().join(include));
    }
    run(command.arg(source).arg("-o").arg(program), Duration::from_secs(300));
}

/// What a test has to be compiled with: the vector is in headers, others are not.
fn sources_of(stem: &str) -> Vec<String> {
    let of_test = |component: &&str| stem.starts_with(&format!("{component}_"));
    let Some(component) = ["allocator", "thread_pool"].into_iter().find(of_test) else {
        return Vec::new();
    };
    let mut sources = files(&format!("cpp/src/{component}"), ".cpp");
    let above = root().join(format!("cpp/src/{component}.cpp"));
    sources.extend(above.exists().then_some(above));
    sources.iter().map(|path| path.display().to_string()).collect()
}

/// Compiles a test with what it needs, instrumented, and runs it.
fn run_with(sanitizers: &str, stem: &str) {
    let source = root().join(format!("cpp/tests/{stem}.cpp"));
    let name = format!("{stem}-{}", sanitizers.replace(',', "-"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let twin = sources_of(stem);
    let sanitize = format!("-fsanitize={sanitizers}");
    let mut flags: Vec<&str> = twin.iter().map(String::as_str).collect();
    flags.extend([&*sanitize, "-fno-sanitize-recover=all", "-pthread"]);
    compile(&compilers()[0], &source, &program, &flags);
    run(&mut Command::new(program), Duration::from_secs(300));
}

/// Threads that share blocks, under the thread sanitizer, which knows no exceptions here.
#[test]
fn the_cpp_allocator_has_no_data_race() {
    run_with("thread", "allocator_threads_test");
}

#[test]
fn the_cpp_thread_pool_has_no_data_race() {
    run_with("thread", "thread_pool_test");
    run_with("thread", "thread_pool_loops_test");
}

#[test]
fn the_cpp_thread_pool_leaks_nothing_and_uses_nothing_that_is_gone() {
    run_with("address,undefined", "thread_pool_test");
    run_with("address,undefined", "thread_pool_loops_test");
}

#[test]
fn the_tests_of_the_cpp_twin_pass_under_every_compiler() {
    let tests = files("cpp/tests", "_test.cpp");
    assert!(!tests.is_empty());
    for compiler in compilers() {
        for source in &tests {
            let stem = source.file_stem().expect("a file has a name").to_string_lossy();
            let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{stem}-{compiler}"));
            let twin = sources_of(&stem);
            compile(
                &compiler,
                source,
                &program,
                &twin.iter().map(String::as_str).collect::<Vec<_>>(),
            );
            run(&mut Command::new(program), Duration::from_secs(120));
        }
    }
}

/// A header that needs another one included first breaks whoever includes it alone.
#[test]
fn every_header_compiles_alone_and_without_a_warning() {
    let mut headers = Vec::new();
    for folder in ["cpp/include", "lab/include"] {
        let mut folders = vec![root().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "hpp") {
                    headers.push(path);
                }
            }
        }
    }
    headers.sort();
    for compiler in compilers() {
        for header in &headers {
            let mut command = Command::new(&compiler);
            command.args(["-std=c++20", "-fsyntax-only", "-x", "c++"]).args(WARNINGS);
            for include in ["include", "cpp/include", "lab/include"] {
                command.arg("-I").arg(root().join(include));
            }
            command.arg("-include").arg(header).arg("/dev/null");
            run(&mut command, Duration::from_secs(120));
        }
    }
}
