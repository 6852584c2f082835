//! The C++ twin's own tests, `cpp/tests/*_test.cpp`, compiled by every C++ compiler found, with all
//! warnings as errors, and run. CMake is not needed.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, OnceLock},
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

/// A compiler with this project's flags and include folders.
fn compiler(name: &str) -> Command {
    let mut command = Command::new(name);
    command.arg("-std=c++20").args(WARNINGS);
    for include in ["include", "cpp/include", "lab/include"] {
        command.arg("-I").arg(root().join(include));
    }
    command
}

fn compile(name: &str, flags: &[&str], sources: &[PathBuf], made: &Path) {
    let mut command = compiler(name);
    command.arg("-DDPT_CHECKS=1").args(flags).args(sources);
    run(command.arg("-o").arg(made), Duration::from_secs(300));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("native")
}

/// What is made of a thing by a compiler, which may be named by its path.
fn named(thing: &str, compiler: &str, flags: &[&str]) -> String {
    format!("{thing}-{compiler}{}", flags.concat()).replace('/', "_")
}

/// What a test has to be linked with, compiled once for all tests that have the same flags, and as one
/// file, since most of the time goes to headers. The vector is in headers, others are not.
fn object_of(stem: &str, name: &str, flags: &[&str]) -> Option<PathBuf> {
    type Made = Arc<OnceLock<PathBuf>>;
    static MADE: Mutex<BTreeMap<PathBuf, Made>> = Mutex::new(BTreeMap::new());

    let of_test = |component: &&str| stem.starts_with(&format!("{component}_"));
    let component = ["allocator", "thread_pool"].into_iter().find(of_test)?;
    let folder = folder().join(named(component, name, flags));
    let made = {
        let mut all = MADE.lock().expect("nobody fails while it is held");
        Arc::clone(all.entry(folder.clone()).or_default())
    };
    let make = || {
        fs::create_dir_all(&folder).expect("cargo's folder is writable");
        let mut sources = files(&format!("cpp/src/{component}"), ".cpp");
        let above = root().join(format!("cpp/src/{component}.cpp"));
        sources.extend(above.exists().then_some(above));
        let include = |source: &PathBuf| format!("#include \"{}\"\n", source.display());
        let whole = folder.join("whole.cpp");
        let text: String = sources.iter().map(include).collect();
        fs::write(&whole, text).expect("cargo's folder is writable");
        let object = whole.with_extension("o");
        compile(name, &[flags, &["-c"]].concat(), &[whole], &object);
        object
    };
    Some(made.get_or_init(make).clone())
}

/// Compiles a test with what it needs, and runs it.
fn run_test(stem: &str, name: &str, flags: &[&str]) {
    let mut sources = vec![root().join(format!("cpp/tests/{stem}.cpp"))];
    sources.extend(object_of(stem, name, flags));
    fs::create_dir_all(folder()).expect("cargo's folder is writable");
    let program = folder().join(named(stem, name, flags));
    compile(name, flags, &sources, &program);
    run(&mut Command::new(program), Duration::from_secs(300));
}

/// The same under the thread sanitizer, which knows no exceptions here. With the others CMake builds
/// all programs: `-DDIPTYCH_SANITIZE=address,undefined`.
fn has_no_data_race(stem: &str) {
    run_test(
        stem,
        &compilers()[0],
        &["-O1", "-g", "-fsanitize=thread", "-fno-sanitize-recover=all", "-pthread"],
    );
}

#[test]
fn the_cpp_allocator_has_no_data_race() {
    has_no_data_race("allocator_threads_test");
}

#[test]
fn the_cpp_thread_pool_has_no_data_race() {
    has_no_data_race("thread_pool_test");
    has_no_data_race("thread_pool_loops_test");
    has_no_data_race("thread_pool_stress_test");
}

#[test]
fn the_tests_of_the_cpp_twin_pass_under_every_compiler() {
    let tests = files("cpp/tests", "_test.cpp");
    assert!(!tests.is_empty());
    // One of them optimises; it is the code that others may refuse or understand in another way.
    for (compiler, level) in compilers().iter().zip(["-O1", "-O0", "-O0", "-O0"]) {
        for source in &tests {
            let stem = source.file_stem().expect("a file has a name").to_string_lossy();
            run_test(&stem, compiler, &[level, "-pthread"]);
        }
    }
}

fn headers() -> Vec<PathBuf> {
    let mut headers = Vec::new();
    let mut folders = ["cpp/include", "lab/include"].map(|folder| root().join(folder)).to_vec();
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
    headers.sort();
    headers
}

/// Includes headers into an empty source.
fn include(name: &str, headers: &[PathBuf]) {
    let mut command = compiler(name);
    command.args(["-fsyntax-only", "-x", "c++"]);
    for header in headers {
        command.arg("-include").arg(header);
    }
    run(command.arg("/dev/null"), Duration::from_secs(120));
}

/// A header that needs another one included first breaks whoever includes it alone. Those in folders
/// are parts of these, and those of the laboratory are among its own tests.
#[test]
fn every_header_compiles_alone() {
    let name = &compilers()[0];
    for folder in ["cpp/include/diptych", "cpp/include/diptych/rust"] {
        for header in files(folder, ".hpp") {
            include(name, &[header]);
        }
    }
}

#[test]
fn all_headers_compile_without_a_warning_under_every_compiler() {
    for name in compilers() {
        include(&name, &headers());
    }
}
