//! The programs that tools are made of: where they are, and at which version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::plan::Way;
use crate::process::{How, Order, run};

/// What has to be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "names of programs")]
pub enum Program {
    Gxx,
    Clang,
    ClangTidy,
    Cppcheck,
    Valgrind,
    Rustc,
    Clippy,
    Loom,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Gxx,
        Self::Clang,
        Self::ClangTidy,
        Self::Cppcheck,
        Self::Valgrind,
        Self::Rustc,
        Self::Clippy,
        Self::Loom,
    ];

    /// As it is known.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gxx => "g++",
            Self::Clang => "clang++",
            Self::ClangTidy => "clang-tidy",
            Self::Cppcheck => "cppcheck",
            Self::Valgrind => "valgrind",
            Self::Rustc => "rustc",
            Self::Clippy => "clippy",
            Self::Loom => "loom",
        }
    }

    /// Under which names it may be installed.
    fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Gxx => &["g++"],
            Self::Clang => &["clang++-19", "clang++"],
            // The one that somebody has put first: from 21 on it leaves the library's headers alone, and
            // takes a third of the time.
            Self::ClangTidy => &["clang-tidy", "clang-tidy-19"],
            Self::Cppcheck => &["cppcheck"],
            Self::Valgrind => &["valgrind"],
            Self::Rustc => &["rustc"],
            Self::Clippy => &["clippy-driver"],
            Self::Loom => &[],
        }
    }
}

/// One that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What to start; for loom, what to link.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
}

/// All that are there.
#[derive(Clone, Debug, Default)]
pub struct Toolbox {
    programs: BTreeMap<Program, Found>,
    symbolizer: Option<String>,
    linker: Option<&'static str>,
    headers: BTreeMap<Way, PathBuf>,
}

impl Toolbox {
    /// Looks for those that are wanted. Loom is built on first use: that takes half a minute, and where
    /// it cannot be, that is said.
    #[must_use]
    pub fn look(wanted: &[Program], root: &Path, target: &Path) -> Self {
        let names = ["llvm-symbolizer-19", "llvm-symbolizer"];
        let symbolizer = names.iter().find_map(|name| search(name));
        let symbolizer = symbolizer.map(|path| path.to_string_lossy().into_owned());
        // Several times as fast as the one that compilers ask by themselves.
        let linkers = [("ld.lld", "-fuse-ld=lld"), ("ld.gold", "-fuse-ld=gold")];
        let linker = linkers.iter().find(|(name, _)| search(name).is_some()).map(|(_, flag)| *flag);
        let mut all = Self { symbolizer, linker, ..Self::default() };
        let sysroot = answer(&["rustc", "--print", "sysroot"], root).map(PathBuf::from);
        for program in wanted.iter().copied() {
            if program == Program::Loom {
                match loom(root, target) {
                    Ok(found) => drop(all.programs.insert(program, found)),
                    Err(why) => eprintln!("museum: {why}"),
                }
                continue;
            }
            for command in program.commands() {
                // The toolchain's own programs, without asking each time which toolchain.
                let within = sysroot.as_ref().map(|root| root.join("bin").join(command));
                let path = within.filter(|path| path.is_file()).or_else(|| search(command));
                let Some(path) = path else { continue };
                let Some(text) = path.to_str() else { continue };
                if let Some(version) = answer(&[text, "--version"], root) {
                    all.programs.insert(program, Found { path, version });
                    break;
                }
            }
        }
        all
    }

    /// Where one is.
    #[must_use]
    pub fn get(&self, program: Program) -> Option<&Found> {
        self.programs.get(&program)
    }

    /// What names the lines of addresses for the runtimes of clang++ and rustc.
    #[must_use]
    pub fn symbolizer(&self) -> Option<&str> {
        self.symbolizer.as_deref()
    }

    /// What asks compilers of C++ for a linker that is quick, if there is one.
    #[must_use]
    pub fn linker(&self) -> Option<&'static str> {
        self.linker
    }

    /// The header that was read for a way of building.
    #[must_use]
    pub fn header(&self, way: Way) -> Option<&Path> {
        self.headers.get(&way).map(PathBuf::as_path)
    }

    /// Says where it is.
    pub fn keep_header(&mut self, way: Way, header: PathBuf) {
        self.headers.insert(way, header);
    }

    /// The first that is missing.
    #[must_use]
    pub fn lacks(&self, needs: &[Program]) -> Option<Program> {
        needs.iter().copied().find(|program| !self.programs.contains_key(program))
    }

    /// All versions, by name.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, String> {
        self.programs
            .iter()
            .map(|(name, found)| (name.name().into(), found.version.clone()))
            .collect()
    }
}

fn search(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|path| path.is_file())
}

/// The line of an answer that has the version in it.
fn answer(words: &[&str], folder: &Path) -> Option<String> {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    let limit = Duration::from_secs(60);
    let order = Order { words: &words, folder, environment: &[], limit, memory: None };
    let ended = run(order).ok().filter(|ended| ended.how == How::Exit(0))?;
    let mut lines = ended.out.lines().map(str::trim);
    // clang-tidy begins with the name of the project it is of.
    lines
        .find(|line| words.len() > 2 || line.contains(|c: char| c.is_ascii_digit()))
        .map(Into::into)
}

/// Loom at the version of the lock file, built by cargo.
fn loom(root: &Path, target: &Path) -> Result<Found, String> {
    let target = target.join("loom");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let words = [
        cargo.as_str(),
        "build",
        "--release",
        "--locked",
        "--package",
        "museum-loom",
        "--message-format=json",
        "--target-dir",
    ];
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.push(target.to_string_lossy().into_owned());
    let environment = [("CARGO_PROFILE_RELEASE_LTO", "off".to_owned())];
    let order = Order {
        words: &words,
        folder: root,
        environment: &environment,
        limit: Duration::from_secs(600),
        memory: None,
    };
    let ended = run(order).map_err(|error| format!("cargo: {error}"))?;
    let found = ended.out.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        if message["target"]["name"] != "loom" {
            return None;
        }
        let files = message["filenames"].as_array()?.iter().filter_map(|file| file.as_str());
        let path = PathBuf::from(files.into_iter().find(|file| file.ends_with(".rlib"))?);
        let id = message["package_id"].as_str()?;
        let version = format!("loom {}", id.rsplit(['#', '@', ' ']).next()?);
        Some(Found { path, version })
    });
    found.ok_or_else(|| format!("loom cannot be built:\n{}", ended.err))
}
