//! C++ compilers as `--cxx` names them.
//!
//! `g++`, `/opt/x/bin/clang++`: a program. `clang++-19:libc++`: with this standard library.
//! `"g++ -fno-plt"`: with flags of its own. `clang-22`: clang of this version, wherever it is.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::run;

/// The version of clang that comes in the ziglang wheel of [`WHEEL`].
const WHEEL_CLANG: &str = "22";
/// Its driver is no documented part of the wheel, so that another version may lack it.
const WHEEL: &str = "ziglang==0.17.1";

/// A compiler that answers.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program and the arguments that make it this compiler.
    pub command: Vec<OsString>,
    /// Flags that its name asks for.
    pub flags: Vec<String>,
    /// How its contestants are labelled.
    pub label: String,
    /// What it says to `--version`.
    pub version: String,
}

impl Compiler {
    /// Finds the compiler of this name. An error is one line.
    pub fn find(name: &str) -> Result<Self, String> {
        let mut words = name.split_whitespace();
        let first = words.next().ok_or("--cxx needs the name of a compiler")?;
        let (program, library) = match first.rsplit_once(':') {
            Some((program, library @ ("libc++" | "libstdc++"))) => (program, Some(library)),
            _ => (first, None),
        };
        let mut flags: Vec<String> =
            library.map(|library| format!("-stdlib={library}")).into_iter().collect();
        flags.extend(words.map(str::to_owned));
        let label = match &flags[..] {
            [] => program.to_owned(),
            [only] if only.starts_with("-stdlib=") => {
                format!("{program}:{}", &only["-stdlib=".len()..])
            }
            several => format!("{program} {}", several.join(" ")),
        };
        let found = match program.strip_prefix("clang-").or(program.strip_prefix("clang++-")) {
            Some(version) if version.chars().all(|digit| digit.is_ascii_digit()) => {
                clang(program, version)?
            }
            _ => vec![program.into()],
        };
        let mut compiler = Self { command: found, flags, label, version: String::new() };
        let version = run(compiler.start().arg("--version"))
            .map_err(|reason| format!("{name} cannot be asked for its version: {reason}"))?;
        compiler.version = String::from_utf8_lossy(&version.stdout).into_owned();
        if let Some(library) = compiler.flags.iter().find(|flag| flag.starts_with("-stdlib=")) {
            let header = ["-x", "c++", "-E", "-include", "vector", "/dev/null"];
            run(compiler.start().arg(library).args(header)).map_err(|reason| {
                format!("{} has no such standard library: {reason}", compiler.label)
            })?;
        }
        Ok(compiler)
    }

    /// A command that runs it, without [`Self::flags`].
    pub fn start(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        command
    }

    /// An archiver that knows its object files, as a command: for clang's bitcode, LLVM's.
    pub fn archiver(&self) -> Result<Vec<OsString>, String> {
        if self.is_the_wheels() {
            return Ok(vec![self.command[0].clone(), "ar".into()]);
        }
        let asked = run(self.start().arg("-print-prog-name=llvm-ar"));
        let found = asked.ok().map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned());
        match found {
            Some(path) if Path::new(&path).is_absolute() => Ok(vec![path.into()]),
            _ => Err(format!("{} comes without llvm-ar", self.label)),
        }
    }

    fn is_the_wheels(&self) -> bool {
        self.command.get(1).is_some_and(|argument| argument == "clang")
    }
}

/// The clang of this version: on the path, else in the ziglang wheel.
fn clang(name: &str, version: &str) -> Result<Vec<OsString>, String> {
    let on_path = format!("clang++-{version}");
    if Command::new(&on_path).arg("--version").output().is_ok_and(|told| told.status.success()) {
        return Ok(vec![on_path.into()]);
    }
    if version != WHEEL_CLANG {
        return Err(format!("{name} cannot be found: there is no {on_path} on the path"));
    }
    let wanted = format!("clang version {version}.");
    for directory in wheels() {
        let driver = driver(&directory);
        let told = run(Command::new(&driver[0]).args(&driver[1..]).arg("--version"));
        if told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains(&wanted)) {
            return Ok(driver);
        }
    }
    let home = cache_home().map_or("DIRECTORY".into(), |home| home.display().to_string());
    Err(format!(
        "{name} cannot be found: there is no {on_path} on the path, and no ziglang wheel, which \
         these two get (411 MB): python3 -m venv {home}; {home}/bin/pip install {WHEEL}"
    ))
}

/// The clang driver inside a wheel: `zig c++` would bring its own C and C++ libraries and flags.
fn driver(wheel: &Path) -> Vec<OsString> {
    vec![
        wheel.join("zig").into(),
        "clang".into(),
        "--driver-mode=g++".into(),
        "-resource-dir".into(),
        wheel.join("lib").into(),
        format!("--target={}-linux-gnu", env::consts::ARCH).into(),
    ]
}

/// Where a wheel may be: where python3 finds one, and in a venv in the user's cache.
fn wheels() -> Vec<PathBuf> {
    let asked =
        run(Command::new("python3").args(["-c", "import ziglang; print(*ziglang.__path__)"]));
    let told = asked.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned());
    let mut found: Vec<PathBuf> = told.ok().map(PathBuf::from).into_iter().collect();
    let lib = cache_home().map(|home| home.join("lib"));
    let pythons = lib.and_then(|lib| fs::read_dir(lib).ok()).into_iter().flatten().flatten();
    found.extend(pythons.map(|python| python.path().join("site-packages/ziglang")));
    found.retain(|wheel| wheel.join("zig").is_file());
    found
}

/// The venv in the user's cache.
fn cache_home() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    Some(cache?.join("diptych/ziglang"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> (Vec<String>, String) {
        let found = Compiler::find(name).expect("g++ is needed to build this test");
        (found.flags, found.label)
    }

    #[test]
    fn a_name_may_bring_flags_along() {
        assert_eq!(found("g++"), (vec![], "g++".into()));
        let (flags, label) = found("g++ -fno-plt  -O2");
        assert_eq!((flags.join(" "), label), ("-fno-plt -O2".into(), "g++ -fno-plt -O2".into()));
    }

    #[test]
    fn both_spellings_of_a_standard_library_are_one() {
        if let Ok(short) = Compiler::find("clang++-19:libc++") {
            let long = Compiler::find("clang++-19 -stdlib=libc++").expect("it is the same");
            assert_eq!((&short.flags, &short.label), (&long.flags, &long.label));
            assert_eq!(short.label, "clang++-19:libc++");
        }
    }

    #[test]
    fn a_clang_that_is_nowhere_is_refused_in_one_line_that_says_where_it_was_sought() {
        let reason = Compiler::find("clang-9999").expect_err("there is none");
        assert_eq!(reason, "clang-9999 cannot be found: there is no clang++-9999 on the path");
        if let Err(reason) = Compiler::find("clang-22") {
            assert!(reason.contains("pip install ziglang==") && !reason.contains('\n'), "{reason}");
        }
    }

    #[test]
    fn clang_22_is_clang_22_wherever_it_is_found() {
        if let Ok(compiler) = Compiler::find("clang-22") {
            assert!(compiler.version.contains("clang version 22."), "{}", compiler.version);
            assert!(compiler.archiver().is_ok());
        }
    }
}
