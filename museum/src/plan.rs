//! Which commands an exhibit takes. One build serves several tools where it is the same build.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exhibit::{Exhibit, Part, hex};
use crate::tools::programs::{Program, Toolbox};
use crate::tools::{self, Tool};

/// Goes into every key of the cache: raised when results that are kept must not be used any more.
const GENERATION: u32 = 2;

/// Runs of a program whose threads may meet in another order each time.
pub const RUNS: u32 = 10;

/// The same under valgrind, which takes a second each.
const SLOW_RUNS: u32 = 3;

/// Runs after this many that had to be ended say nothing new.
pub const HANGS: usize = 2;

/// The longest compilation.
pub const COMPILING: Duration = Duration::from_secs(300);

/// The most memory of a program that is run as it is.
const MEMORY: u64 = 4 << 30;

/// One command.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Who reads its report.
    pub tools: Vec<&'static str>,
    /// Compiler and level.
    pub with: &'static str,
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables.
    pub environment: Vec<(&'static str, String)>,
    /// How often.
    pub times: u32,
    /// The longest run.
    pub limit: Duration,
    /// The most memory.
    pub memory: Option<u64>,
    /// Whether it runs the program, or makes it.
    pub runs: bool,
    /// Whether nothing after it can be done if it fails.
    pub needed: bool,
}

/// Commands that follow upon each other.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose, by number.
    pub exhibit: usize,
    /// Which part.
    pub part: Part,
    /// With the fix or without.
    pub fixed: bool,
    /// What is compiled: names and texts.
    pub files: Vec<(&'static str, String)>,
    /// In their order.
    pub steps: Vec<Step>,
    /// Whether it spends its time waiting for what hangs.
    pub waits: bool,
    /// What the cache knows it by.
    pub key: String,
}

/// What is wanted of an exhibit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Everything.
    All,
    /// What is asserted by tests: g++'s warnings, and in Rust compilers and plain runs.
    Cheap,
}

impl Scope {
    /// Whether this tool is in it.
    #[must_use]
    pub fn has(self, part: Part, tool: &str) -> bool {
        let rust = matches!(part, Part::Rust | Part::Unsafe);
        match self {
            Self::All => true,
            Self::Cheap if rust => matches!(tool, "rustc" | "debug" | "release"),
            Self::Cheap => matches!(tool, "g++" | "rustc"),
        }
    }
}

/// What every compilation of C++ has.
pub const STANDARD: [&str; 2] = ["-std=c++20", "-pthread"];
const WARN: &str = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow";
const CHECKS: &str = include_str!("tools/tidy.checks");
/// No debugger is to come, and no function that was inlined is asked for.
const VALGRIND: &str = "-q --vgdb=no --read-inline-info=no";
const MEMCHECK: &str =
    "--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite";
const ASAN: &str = "detect_stack_use_after_return=1:detect_leaks=1:strict_string_checks=1";

// ---- Ways of building ---------------------------------------------------------------------------

/// A compiler of C++ and its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The compiler.
    pub program: Program,
    /// Its flags.
    pub flags: &'static str,
}

const fn gxx(flags: &'static str) -> Way {
    Way { program: Program::Gxx, flags }
}

const fn clang(flags: &'static str) -> Way {
    Way { program: Program::Clang, flags }
}

// Lines and functions are all of debug information that anybody here reads.
const PLAIN: Way = gxx("-g1 -O0");
/// As distributions build: the first of these checks that fires ends the program.
const HARDENED: Way = gxx("-O2 -D_GLIBCXX_ASSERTIONS -D_FORTIFY_SOURCE=3 -fstack-protector-strong");
const DEBUG_MODE: Way = gxx("-O1 -D_GLIBCXX_DEBUG");
const ASAN_O0: Way = gxx("-g1 -O0 -fsanitize=address,undefined -fno-omit-frame-pointer");
const ASAN_O2: Way = gxx("-g1 -O2 -fsanitize=address,undefined -fno-omit-frame-pointer");
const TSAN: Way = gxx("-g1 -O1 -fsanitize=thread");
const TSAN_CLANG: Way = clang("-g1 -O1 -fsanitize=thread");
/// Before the optimiser has taken any value for one that was never set.
const MSAN: Way = clang("-g1 -O0 -fsanitize=memory -fno-omit-frame-pointer");

/// Builds that are only run. Nobody reads what their compilers say, so it does not matter to them that
/// headers were read before; those that somebody does read see an exhibit as it is.
pub const RUN_ONLY: [Way; 8] =
    [PLAIN, HARDENED, DEBUG_MODE, ASAN_O0, ASAN_O2, TSAN, TSAN_CLANG, MSAN];

/// The checks that are built into a program: where they are named, and who reads them.
type Check = (&'static str, &'static [&'static str], Way);
const CHECKED: [Check; 5] = [
    ("g++ -O2", &["assertions", "fortify"], HARDENED),
    ("g++ -O1", &["debug-mode"], DEBUG_MODE),
    ("g++ -O0", &["asan", "ubsan"], ASAN_O0),
    ("g++ -O2", &["asan", "ubsan"], ASAN_O2),
    ("g++ -O1", &["tsan"], TSAN),
];

/// Cuts flags at their spaces.
fn flags(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_whitespace().map(str::to_owned)
}

/// Makes the jobs of one exhibit.
struct Planner<'a> {
    exhibit: &'a Exhibit,
    at: usize,
    toolbox: &'a Toolbox,
    scope: Scope,
    jobs: Vec<Job>,
}

/// All jobs of an exhibit.
#[must_use]
pub fn jobs(exhibit: &Exhibit, at: usize, toolbox: &Toolbox, scope: Scope) -> Vec<Job> {
    let mut planner = Planner { exhibit, at, toolbox, scope, jobs: Vec::new() };
    for part in exhibit.parts() {
        for fixed in [false, true] {
            match part {
                Part::Cpp => planner.cpp(fixed),
                Part::Rust | Part::Unsafe => planner.rust(part, fixed),
                Part::Loom => planner.loom(fixed),
                Part::Border => planner.border(fixed),
            }
        }
    }
    planner.jobs
}

impl Planner<'_> {
    fn program(&self, program: Program) -> String {
        self.toolbox
            .get(program)
            .map(|found| found.path.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The tools among these that are wanted and can be run.
    fn ready(&self, part: Part, ids: &[&'static str]) -> Vec<&'static str> {
        let able = |tool: &&Tool| {
            self.scope.has(part, tool.id)
                && self.toolbox.lacks(tool.needs).is_none()
                && (self.exhibit.threads || !tool.wants_threads())
        };
        let found = ids.iter().filter_map(|id| tools::find(part, id).filter(able));
        found.map(|tool| tool.id).collect()
    }

    /// Adds a job, if anybody reads what comes out of it.
    fn job(&mut self, part: Part, fixed: bool, steps: Vec<Step>) {
        let mut steps = steps;
        // What only makes a program that nobody runs is not done.
        while steps.last().is_some_and(|step| step.tools.is_empty()) {
            steps.pop();
        }
        if steps.is_empty() {
            return;
        }
        let text = |name: &'static str| (name, self.exhibit.sources[name].clone());
        let files: Vec<(&str, String)> = part.files().iter().map(|name| text(name)).collect();
        let mut hasher = Sha256::new();
        let known = serde_json::to_string(&(
            GENERATION,
            part.name(),
            &files,
            &steps,
            self.toolbox.versions(),
        ));
        hasher.update(known.expect("plain data"));
        let key = hex(&hasher.finalize()[..16]);
        let waits = self.exhibit.hangs && !fixed && steps.iter().any(|step| step.runs);
        self.jobs.push(Job { exhibit: self.at, part, fixed, files, steps, waits, key });
    }

    fn compile(
        &self,
        part: Part,
        with: &'static str,
        ids: &[&'static str],
        words: Vec<String>,
    ) -> Step {
        Step {
            tools: self.ready(part, ids),
            with,
            words,
            environment: Vec::new(),
            times: 1,
            limit: COMPILING,
            memory: None,
            runs: false,
            needed: true,
        }
    }

    fn run(&self, part: Part, with: &'static str, ids: &[&'static str], program: &str) -> Step {
        let exhibit = self.exhibit;
        let mut environment = vec![
            ("ASAN_OPTIONS", ASAN.to_owned()),
            ("UBSAN_OPTIONS", "print_stacktrace=0".to_owned()),
        ];
        // The runtimes of g++ name lines by themselves, those of clang++ with a helper.
        if let Some(path) = self.toolbox.symbolizer().filter(|_| !with.starts_with("g++")) {
            let names = ["ASAN_SYMBOLIZER_PATH", "MSAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH"];
            environment.extend(names.map(|name| (name, path.to_owned())));
        }
        Step {
            tools: self.ready(part, ids),
            with,
            words: vec![format!("./{program}")],
            environment,
            times: if exhibit.threads { RUNS } else { 1 },
            // What is watched is slower. Where nothing hangs the limit is out of the way of a
            // machine with much else to do.
            limit: Duration::from_secs(if exhibit.hangs { 6 } else { 300 }),
            memory: None,
            runs: true,
            needed: false,
        }
    }

    /// A run with nothing around it.
    fn plain(&self, part: Part, with: &'static str, ids: &[&'static str], program: &str) -> Step {
        let limit = Duration::from_secs(if self.exhibit.hangs { 3 } else { 60 });
        Step { memory: Some(MEMORY), limit, ..self.run(part, with, ids, program) }
    }

    /// A run of a program that has checks in it.
    fn checked(
        &self,
        part: Part,
        with: &'static str,
        ids: &[&'static str],
        way: Way,
        program: &str,
    ) -> Step {
        if way.flags.contains("sanitize=") {
            self.run(part, with, ids, program)
        } else {
            self.plain(part, with, ids, program)
        }
    }

    fn valgrind(&self, part: Part, with: &'static str, id: &'static str, program: &str) -> Step {
        let mut step = self.run(part, with, &[id], program);
        let mut words = vec![self.program(Program::Valgrind)];
        words.extend(flags(VALGRIND));
        words.extend(flags(if id == "helgrind" { "--tool=helgrind" } else { MEMCHECK }));
        words.append(&mut step.words);
        Step {
            words,
            times: step.times.min(SLOW_RUNS),
            // It takes two seconds to begin with.
            limit: step.limit.max(Duration::from_secs(12)),
            ..step
        }
    }

    /// A command line that makes a program, of the exhibit and of `more`, which is only run.
    fn built(&self, way: Way, fixed: bool, more: &str) -> Vec<String> {
        let mut words = self.cxx(way.program, fixed, way.flags);
        if let Some(header) = self.toolbox.header(way) {
            words.extend(["-include".to_owned(), header.display().to_string()]);
        }
        words.extend(self.toolbox.linker().map(str::to_owned));
        words.extend(flags(more));
        words
    }

    /// A command line of a C++ compiler.
    fn cxx(&self, program: Program, fixed: bool, given: &str) -> Vec<String> {
        let mut words = vec![self.program(program)];
        words.extend(STANDARD.map(str::to_owned));
        words.extend(flags(given));
        words.extend(fixed.then(|| "-DFIXED".to_owned()));
        words.push("bug.cpp".to_owned());
        words
    }

    fn cpp(&mut self, fixed: bool) {
        let part = Part::Cpp;
        self.analyses(part, fixed);
        let plain = self.compile(part, "g++ -O0", &[], self.built(PLAIN, fixed, "-o program"));
        let steps = vec![
            plain,
            self.plain(part, "g++ -O0", &["O0"], "program"),
            self.valgrind(part, "g++ -O0", "memcheck", "program"),
            self.valgrind(part, "g++ -O0", "helgrind", "program"),
        ];
        self.job(part, fixed, steps);
        let mut warned = self.cxx(Program::Gxx, fixed, &format!("-O2 {WARN} -o program"));
        warned.extend(self.toolbox.linker().map(str::to_owned));
        let steps = vec![
            self.compile(part, "g++ -O2", &["g++"], warned),
            self.plain(part, "g++ -O2", &["O2"], "program"),
        ];
        self.job(part, fixed, steps);
        let of_clang: [Check; 2] =
            [("clang++ -O0", &["msan"], MSAN), ("clang++ -O1", &["tsan"], TSAN_CLANG)];
        let clang = self.toolbox.get(Program::Clang).is_some();
        for (with, ids, way) in CHECKED.into_iter().chain(of_clang.into_iter().filter(|_| clang)) {
            if self.ready(part, ids).is_empty() || way == TSAN_CLANG && !self.exhibit.threads {
                continue;
            }
            let build = self.compile(part, with, &[], self.built(way, fixed, "-o program"));
            let run = self.checked(part, with, ids, way, "program");
            self.job(part, fixed, vec![build, run]);
        }
    }

    /// What reads the C++ source alone.
    fn analyses(&mut self, part: Part, fixed: bool) {
        let object = "-o object.o";
        let analyzer = self.cxx(Program::Gxx, fixed, &format!("-O1 -fanalyzer -c {object}"));
        let clang = format!("-O1 {WARN} -Wthread-safety -c {object}");
        let clang = self.cxx(Program::Clang, fixed, &clang);
        let define = fixed.then(|| "-DFIXED".to_owned());
        // Its own configuration: none that is found in folders above.
        let mut tidy = vec![
            self.program(Program::ClangTidy),
            "--quiet".to_owned(),
            format!("--config={{Checks: '{}'}}", CHECKS.trim()),
            "bug.cpp".to_owned(),
            "--".to_owned(),
            STANDARD[0].to_owned(),
        ];
        tidy.extend(define.clone());
        let mut cppcheck = vec![self.program(Program::Cppcheck)];
        cppcheck.extend(flags(
            "--std=c++20 --enable=warning,performance,portability --quiet \
             --template={file}:{line}:{column}:_{severity}:_{message}_[{id}]",
        ));
        for word in &mut cppcheck {
            *word = word.replace(":_", ": ").replace("_[", " [");
        }
        cppcheck.push(define.unwrap_or_else(|| "-UFIXED".to_owned()));
        cppcheck.push("bug.cpp".to_owned());
        let steps: [(&str, &'static str, Vec<String>); 4] = [
            ("g++ -O1", "fanalyzer", analyzer),
            ("clang++ -O1", "clang++", clang),
            ("clang-tidy", "clang-tidy", tidy),
            ("cppcheck", "cppcheck", cppcheck),
        ];
        for (with, id, words) in steps {
            let step = self.compile(part, with, &[id], words);
            self.job(part, fixed, vec![step]);
        }
    }

    /// A command line of rustc, or of what takes its place.
    fn rustc(&self, program: Program, file: &str, fixed: bool, given: &str) -> Vec<String> {
        let mut words = vec![self.program(program)];
        words.extend(flags("--edition 2024 --check-cfg cfg(fixed) --error-format=json"));
        words.extend(fixed.then(|| flags("--cfg fixed")).into_iter().flatten());
        words.extend(flags(given));
        words.push(file.to_owned());
        words
    }

    fn rust(&mut self, part: Part, fixed: bool) {
        let file = part.files()[0];
        let build = |this: &Self, with, ids: &[&'static str], given: &str| {
            let words = this.rustc(Program::Rustc, file, fixed, given);
            this.compile(part, with, ids, words)
        };
        let metadata = "--emit=metadata -o program.rmeta";
        let clippy = self.rustc(Program::Clippy, file, fixed, metadata);
        let clippy = self.compile(part, "clippy", &["clippy"], clippy);
        let mut steps = vec![
            build(self, "rustc", &["rustc"], "-g -C debug-assertions=on -o debug"),
            self.plain(part, "rustc -C debug-assertions", &["debug"], "debug"),
            build(self, "rustc -O", &[], "-O -o release"),
            self.plain(part, "rustc -O", &["release"], "release"),
            Step { needed: false, ..clippy },
            self.valgrind(part, "rustc -C debug-assertions", "memcheck", "debug"),
        ];
        let with = "rustc -C opt-level=1";
        for (id, given) in [("asan", "address"), ("tsan", "thread")] {
            let mut given = format!("-g -C opt-level=1 -Z sanitizer={given} -o {id}");
            if id == "tsan" {
                given.push_str(" -C unsafe-allow-abi-mismatch=sanitizer");
            }
            let compile = build(self, with, &[], &given);
            steps.push(Step { environment: vec![("RUSTC_BOOTSTRAP", "1".to_owned())], ..compile });
            steps.push(self.run(part, with, &[id], id));
        }
        steps.retain(|step| !(step.tools.is_empty() && step.runs));
        self.job(part, fixed, steps);
    }

    fn loom(&mut self, fixed: bool) {
        let part = Part::Loom;
        let Some(found) = self.toolbox.get(Program::Loom) else { return };
        let folder = found.path.parent().unwrap_or(&found.path).display().to_string();
        // In a release build loom's own library stands beside its dependencies, or above them.
        let dependencies = if folder.ends_with("deps") { folder } else { format!("{folder}/deps") };
        let given = format!(
            "-O --extern loom={} -L dependency={dependencies} -o program",
            found.path.display()
        );
        let words = self.rustc(Program::Rustc, "loom.rs", fixed, &given);
        let compile = self.compile(part, "rustc -O", &[], words);
        // Once: it tries all orders itself.
        let run = Step { times: 1, ..self.run(part, "rustc -O", &["loom"], "program") };
        let limit = Duration::from_secs(60);
        self.job(part, fixed, vec![compile, Step { limit, ..run }]);
    }

    fn border(&mut self, fixed: bool) {
        let part = Part::Border;
        self.analyses(part, fixed);
        let library = |this: &Self, ids: &[&'static str], with, given: &str| {
            let given = format!("--crate-type staticlib {given} -o half.a");
            this.compile(part, with, ids, this.rustc(Program::Rustc, "bug.rs", fixed, &given))
        };
        let halves = "half.a -ldl -lm -o";
        let mut warned = self.cxx(Program::Gxx, fixed, &format!("-O2 {WARN}"));
        warned.extend(self.toolbox.linker().map(str::to_owned));
        warned.extend(flags(&format!("{halves} O2")));
        let optimised = vec![
            library(self, &[], "rustc -O", "-O"),
            self.compile(part, "g++ -O2", &["g++"], warned),
            self.plain(part, "g++ -O2", &["O2"], "O2"),
        ];
        self.job(part, fixed, optimised);

        let metadata = "--crate-type staticlib --emit=metadata -o half.rmeta";
        let clippy = self.rustc(Program::Clippy, "bug.rs", fixed, metadata);
        let clippy = self.compile(part, "clippy", &["clippy"], clippy);
        let link = |this: &Self, with, way, program| {
            let words = this.built(way, fixed, &format!("{halves} {program}"));
            this.compile(part, with, &[], words)
        };
        let mut steps = vec![
            library(self, &["rustc"], "rustc", "-g"),
            Step { needed: false, ..clippy },
            link(self, "g++ -O0", PLAIN, "O0"),
            self.plain(part, "g++ -O0", &["O0"], "O0"),
            self.valgrind(part, "g++ -O0", "memcheck", "O0"),
            self.valgrind(part, "g++ -O0", "helgrind", "O0"),
        ];
        for (with, ids, way) in CHECKED {
            steps.push(link(self, with, way, "check"));
            steps.push(self.checked(part, with, ids, way, "check"));
        }
        steps.retain(|step| !(step.tools.is_empty() && step.runs));
        if self.scope == Scope::Cheap {
            steps.truncate(1);
        }
        self.job(part, fixed, steps);

        for (id, san, rust) in [
            ("asan-both", "address,undefined", "-Z sanitizer=address -C link-arg=-lubsan"),
            ("tsan-both", "thread", "-Z sanitizer=thread -C unsafe-allow-abi-mismatch=sanitizer"),
        ] {
            let object = format!("-g -O1 -fsanitize={san} -fno-omit-frame-pointer -c -o object.o");
            let object = self.cxx(Program::Gxx, fixed, &object);
            let link = format!(
                "-g -C opt-level=1 -C link-arg=object.o -C link-arg=-lstdc++ {rust} -o program"
            );
            let link = self.rustc(Program::Rustc, "bug.rs", fixed, &link);
            let with = "g++ -O1 and rustc -C opt-level=1";
            let steps = vec![
                self.compile(part, with, &[], object),
                Step {
                    environment: vec![("RUSTC_BOOTSTRAP", "1".to_owned())],
                    ..self.compile(part, with, &[], link)
                },
                self.run(part, with, &[id], "program"),
            ];
            self.job(part, fixed, steps);
        }
    }
}
