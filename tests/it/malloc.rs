//! The allocators as programs meet them: preloaded. The programs are `tests/c/malloc_*.c` and
//! `tests/cpp/malloc_*.cpp`, which know nothing of how an allocator is made; other people's programs
//! are in `malloc/programs.rs`.
//!
//! What the C library's own malloc can do is asked of it too, where that is quick, so that the
//! expectations are not only ours.
//!
//! | variable | meaning |
//! |---|---|
//! | `DIPTYCH_MALLOC_PRELOADS` | `name=path,...`: these instead of the twins |
//! | `DIPTYCH_MALLOC_SECONDS` | how long the model test takes for each allocator, at first 25 |
//! | `DIPTYCH_MALLOC_SEED` | its seed; without, another one each time |

mod instructions;
mod libraries;
mod programs;
mod statistics;

use std::{
    env, fs,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use super::tools::{self, Outcome};
use libraries::Build;

// ---- Allocators ---------------------------------------------------------------------------------

/// The libraries under test, built once for all tests.
fn libraries() -> Vec<(String, PathBuf)> {
    if let Ok(named) = env::var("DIPTYCH_MALLOC_PRELOADS") {
        let split = |entry: &str| {
            let (name, path) = entry.split_once('=').expect("each is name=path");
            (name.to_owned(), PathBuf::from(path))
        };
        return named.split(',').filter(|entry| !entry.is_empty()).map(split).collect();
    }
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    BUILT.get_or_init(|| libraries::build(Build::Usual)).clone()
}

/// An allocator, as it is given to a program.
struct Preload {
    name: String,
    /// None: the C library's own.
    library: Option<PathBuf>,
}

impl Preload {
    fn none() -> Self {
        Self { name: "none".to_owned(), library: None }
    }

    /// A program on this allocator, with other libraries before and after it. It has a process group
    /// of its own, so that all its children can be ended with it.
    fn command_among(&self, program: &Path, before: &[&Path], after: &[&Path]) -> Command {
        let library = self.library.as_deref();
        let all = before.iter().copied().chain(library).chain(after.iter().copied());
        let all: Vec<_> = all.map(|path| path.to_string_lossy()).collect();
        let mut command = Command::new(program);
        command.env_remove("LD_PRELOAD").process_group(0);
        if !all.is_empty() {
            command.env("LD_PRELOAD", all.join(":"));
        }
        command
    }

    fn command(&self, program: &Path) -> Command {
        self.command_among(program, &[], &[])
    }
}

fn as_preloads(libraries: Vec<(String, PathBuf)>) -> Vec<Preload> {
    let preload = |(name, library): (String, PathBuf)| {
        assert!(library.is_file(), "{} is not there", library.display());
        Preload { name, library: Some(library) }
    };
    libraries.into_iter().map(preload).collect()
}

/// The libraries under test, as preloads.
fn preloads() -> Vec<Preload> {
    as_preloads(libraries())
}

/// Those, and the C library's own.
fn preloads_and_none() -> Vec<Preload> {
    let mut all = preloads();
    all.push(Preload::none());
    all
}

// ---- Running ------------------------------------------------------------------------------------

/// Ends a program that leads a process group, and all of the group.
fn stop(leader: &mut Child) {
    let group = format!("-{}", leader.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    // Where there is no `kill`, at least the leader.
    let _ = leader.kill();
}

fn outcome(command: &mut Command, seconds: u64) -> Outcome {
    tools::outcome(command, Duration::from_secs(seconds), stop)
}

/// Runs a program that is to succeed, and to hear neither from the allocator nor from the loader,
/// which goes on without a library that it cannot load.
fn succeeds(command: &mut Command, seconds: u64) -> String {
    let Outcome { status, out, err } = outcome(command, seconds);
    let complains = ["diptych: ", "ERROR: ld.so"].iter().any(|words| err.contains(words));
    match status {
        Some(status) if status.success() && !complains => out,
        Some(status) => panic!("{command:?}\n{status}\n{out}\n{err}"),
        None => panic!("{command:?}\ntook longer than {seconds} s\n{out}\n{err}"),
    }
}

// ---- Compiling ----------------------------------------------------------------------------------

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn compile(compiler: &str, source: &str, flags: &[&str], made: &Path) {
    let mut command = Command::new(compiler);
    // Without `-fno-builtin` pairs of malloc and free would not even be called.
    command.args(["-O1", "-g", "-pthread", "-fno-builtin"]).args(WARNINGS).args(flags);
    command.arg(root().join(source)).arg("-o").arg(made).arg("-ldl");
    tools::run(&mut command, Duration::from_secs(300));
}

/// The programs, compiled once for all tests.
struct Programs {
    surface: PathBuf,
    threads: PathBuf,
    process: PathBuf,
    model: PathBuf,
    faults: PathBuf,
    operators: PathBuf,
    /// A library that allocates in its constructor.
    early: PathBuf,
    /// A program in C, and a library in C++ that it loads for itself.
    host: PathBuf,
    plugin: PathBuf,
}

fn compile_all(c: &str, cpp: &str, folder: &Path) -> Programs {
    fs::create_dir_all(folder).expect("cargo's folder is writable");
    let in_c = |name: &str| {
        let program = folder.join(name);
        compile(c, &format!("tests/c/malloc_{name}_test.c"), &["-std=c11"], &program);
        program
    };
    let early = folder.join("libmalloc_early.so");
    compile(c, "tests/c/malloc_early.c", &["-std=c11", "-shared", "-fPIC"], &early);
    let host = folder.join("host");
    compile(c, "tests/c/malloc_host.c", &["-std=c11"], &host);
    let plugin = folder.join("libmalloc_plugin.so");
    let flags = ["-std=c++20", "-shared", "-fPIC"];
    compile(cpp, "tests/cpp/malloc_plugin.cpp", &flags, &plugin);
    let operators = folder.join("operators");
    compile(cpp, "tests/cpp/malloc_operators_test.cpp", &["-std=c++20"], &operators);
    Programs {
        surface: in_c("surface"),
        threads: in_c("threads"),
        process: in_c("process"),
        model: in_c("model"),
        faults: in_c("faults"),
        operators,
        early,
        host,
        plugin,
    }
}

fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc");
        compile_all("cc", "c++", &folder)
    })
}

/// Runs one of the programs on every allocator.
fn on_every_allocator(program: &Path, seconds: u64) {
    on_each(preloads_and_none(), program, seconds);
}

fn on_each(preloads: Vec<Preload>, program: &Path, seconds: u64) {
    for preload in preloads {
        let mut command = preload.command(program);
        if let Some(library) = &preload.library {
            command.arg("--library").arg(library);
        }
        succeeds(&mut command, seconds);
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[test]
fn the_programs_compile_without_a_warning_under_every_compiler() {
    programs();
    for (c, cpp) in [("gcc", "g++"), ("clang", "clang++"), ("clang-19", "clang++-19")] {
        if tools::present(c) && tools::present(cpp) {
            compile_all(c, cpp, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc").join(c));
        }
    }
}

#[test]
fn every_entry_keeps_what_its_manual_promises() {
    on_every_allocator(&programs().surface, 300);
}

#[test]
fn blocks_and_threads_go_together() {
    on_each(preloads(), &programs().threads, 600);
}

#[test]
fn processes_begin_and_end_and_run_out_of_memory_without_a_crash() {
    on_each(preloads(), &programs().process, 900);
}

#[test]
fn libraries_that_are_preloaded_too_may_allocate_first() {
    let early: &[&Path] = &[&programs().early];
    for preload in preloads_and_none() {
        for (before, after) in [(early, &[][..]), (&[], early)] {
            for (program, part) in [
                (&programs().process, "constructor_are_like_others"),
                (&programs().threads, "fork_handlers_may_allocate"),
                (&programs().surface, "c_library_makes"),
            ] {
                let mut command = preload.command_among(program, before, after);
                succeeds(command.env("MALLOC_EARLY", "1").args(["--only", part]), 300);
            }
        }
    }
}

#[test]
fn operators_new_and_delete_keep_what_the_standard_promises() {
    on_every_allocator(&programs().operators, 300);
}

#[test]
fn a_library_in_cpp_that_a_program_in_c_loads_gets_its_exceptions() {
    for preload in preloads_and_none() {
        succeeds(preload.command(&programs().host).arg(&programs().plugin), 60);
    }
}

#[test]
fn where_nobody_can_throw_the_program_ends_with_a_line() {
    for preload in preloads() {
        let Outcome { status, out, err } = outcome(&mut preload.command(&programs().host), 60);
        let signal = status.and_then(|status| status.signal());
        assert_eq!(signal, Some(6), "{}: {out}\n{err}", preload.name);
        assert_eq!(err, "diptych: no memory for operator new\n", "{}", preload.name);
    }
}

#[test]
fn both_libraries_give_the_same_names_and_no_others() {
    if !tools::present("nm") {
        eprintln!("not run: nm not found");
        return;
    }
    let names = |(name, library): (String, PathBuf)| {
        let mut command = Command::new("nm");
        let listed = tools::run(
            command.args(["-D", "--defined-only"]).arg(library),
            Duration::from_secs(60),
        );
        let mut names: Vec<_> =
            listed.lines().filter_map(|line| line.split(' ').nth(2)).map(str::to_owned).collect();
        names.sort();
        assert!(names.iter().any(|symbol| symbol == "malloc"), "{name}: {names:?}");
        assert!(!names.iter().any(|symbol| symbol.contains("diptych")), "{name}: {names:?}");
        names
    };
    let mut all = libraries::build(Build::Usual).into_iter().map(names);
    let first = all.next();
    assert!(all.all(|other| Some(other) == first));
}

/// What either brought along each small process would pay for: the standard library's panics alone
/// are several times as large as the allocator.
#[test]
fn neither_library_brings_more_than_the_allocator() {
    // Elsewhere rustc does not link with a linker of its own, and others keep a library that only
    // what they throw away has asked for.
    if !["readelf", "nm"].into_iter().all(tools::present) || !cfg!(target_arch = "x86_64") {
        eprintln!("not run: readelf or nm not found, or another processor");
        return;
    }
    let ask = |program: &str, option: &str, library: &Path| {
        let mut command = Command::new(program);
        tools::run(command.arg(option).arg(library), Duration::from_secs(60))
    };
    for (name, library) in libraries::build(Build::Usual) {
        let dynamic = ask("readelf", "-d", &library);
        let needed: Vec<_> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
        let of_the_c_library = ["[libc.so", "[libdl.so", "[libpthread.so", "[ld-linux"];
        let foreign =
            needed.iter().find(|line| !of_the_c_library.iter().any(|name| line.contains(name)));
        assert!(!needed.is_empty(), "{name}: {dynamic}");
        assert_eq!(foreign, None, "{name}");
        let symbols = ask("nm", "-C", &library);
        let panics = symbols.lines().find(|line| line.contains("panic"));
        assert!(symbols.contains("malloc"), "{name}: {symbols}");
        assert_eq!(panics, None, "{name}");
    }
}

#[test]
fn the_secure_build_hands_out_blocks_in_any_order_between_pages_that_fault() {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc_secure_program");
    compile("cc", "tests/c/malloc_secure_test.c", &["-std=c11"], &program);
    for preload in as_preloads(libraries::build(Build::Secure)) {
        let order = || succeeds(preload.command(&program).arg("order"), 60);
        assert_ne!(order(), order(), "{}: the same order twice", preload.name);
        for over in ["page", "run", "grown_run", "huge", "grown_huge"] {
            let outcome = outcome(preload.command(&program).arg(over), 60);
            let signal = outcome.status.and_then(|status| status.signal());
            assert_eq!(signal, Some(11), "{}: {over}: {}", preload.name, outcome.out);
        }
    }
}

#[test]
fn a_large_program_has_huge_pages_and_a_small_one_has_none() {
    if !Path::new("/sys/kernel/mm/transparent_hugepage").is_dir() {
        eprintln!("not run: a kernel without huge pages");
        return;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc_huge_pages_program");
    compile("cc", "tests/c/malloc_huge_pages_test.c", &["-std=c11"], &program);
    for preload in preloads() {
        succeeds(preload.command(&program).arg("small"), 60);
        succeeds(preload.command(&program).arg("large"), 60);
    }
    for preload in as_preloads(libraries::build(Build::Secure)) {
        succeeds(preload.command(&program).arg("none"), 60);
    }
}

#[test]
fn every_build_keeps_what_the_manuals_promise() {
    let programs = programs();
    for how in [Build::Secure, Build::Unchecked] {
        let preloads = || as_preloads(libraries::build(how));
        on_each(preloads(), &programs.surface, 300);
        for preload in preloads() {
            let mut command = preload.command(&programs.model);
            succeeds(command.args(["--seconds", "5", "--threads", "4", "--megabytes", "256"]), 300);
        }
    }
}

#[test]
fn random_operations_of_many_threads_leave_every_block_as_it_should_be() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let seconds = number("DIPTYCH_MALLOC_SECONDS").unwrap_or(25);
    let seed = number("DIPTYCH_MALLOC_SEED").unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(1, |since| u64::from(since.subsec_nanos()))
    });
    for preload in preloads_and_none() {
        // One thread, where a seed says all; few and many, over few blocks and many.
        let seconds = if preload.library.is_some() { seconds } else { 3 };
        let shares = [("1", "512", seconds / 5), ("4", "512", seconds * 3 / 5)];
        for (threads, megabytes, seconds) in shares.into_iter().chain([("16", "8", seconds / 5)]) {
            let mut command = preload.command(&programs().model);
            command.args(["--seconds", &seconds.max(1).to_string(), "--seed", &seed.to_string()]);
            command.args(["--threads", threads, "--megabytes", megabytes]);
            let done = succeeds(&mut command, 2 * seconds + 300);
            eprintln!("model on {}: {}", preload.name, done.trim());
        }
    }
}

/// Addresses before which nothing can be read: the word that would tell is not there, and looking for
/// it ends the program too, by SIGSEGV (`spec/allocator.md`).
const UNREADABLE: [&str; 3] =
    ["_first_of_32_mib", "_the_integer_minus_16", "_an_address_that_cannot_be"];

/// What is wrong with how a fault was reported, if anything.
fn complaint(name: &str, reports: &str, outcome: &Outcome) -> Option<String> {
    let Outcome { status, out, err } = outcome;
    let Some(status) = status else {
        return Some(format!("{name}: hangs: {err}"));
    };
    if reports.is_empty() {
        let well = status.success() && err.is_empty();
        return (!well).then(|| format!("{name}: {status}, reported without a fault: {err}"));
    }
    let address = out.trim().strip_prefix("address ").unwrap_or("of none");
    // What was written over may lead elsewhere before it is seen to be wrong.
    let anywhere = (reports == "corrupted block").then(|| err.trim_end().rsplit(' ').next());
    let address = anywhere.flatten().filter(|place| place.starts_with("0x")).unwrap_or(address);
    let expected = reports.split('|').map(|fault| format!("diptych: {fault}: {address}\n"));
    if status.signal() == Some(11) && UNREADABLE.iter().any(|place| name.ends_with(place)) {
        None
    } else if status.code() == Some(3) && err.is_empty() {
        Some(format!("{name}: not found"))
    } else if status.signal() != Some(6) {
        Some(format!("{name}: {status}: {err}"))
    } else if !expected.into_iter().any(|line| line == *err) {
        Some(format!("{name}: wants {reports} at {address}, says {err}"))
    } else {
        None
    }
}

#[test]
fn every_fault_ends_the_program_with_one_line_that_names_it() {
    let faults = &programs().faults;
    let list = tools::run(Command::new(faults).arg("--list"), Duration::from_secs(60));
    for preload in preloads() {
        let complaints: Vec<_> = list
            .lines()
            .filter_map(|line| {
                let (name, reports) = line.split_once('\t').expect("a tab is between");
                let outcome = outcome(preload.command(faults).arg(name), 120);
                complaint(name, reports, &outcome)
            })
            .collect();
        let (wrong, all) = (complaints.len(), list.lines().count());
        let complaints = complaints.join("\n");
        assert!(wrong == 0, "{}: {wrong} of {all} cases\n{complaints}", preload.name);
    }
}
