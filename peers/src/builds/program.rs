//! This program, built in other ways: for this processor, or with both languages optimised as one.
//!
//! cargo builds it a second time with other flags, into a directory of its own. The first time
//! takes minutes; then only what has changed is built again.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{ROOT, cache, compiler::Compiler, run};
use diptych_lab::cli::Built;

/// The processor's own instructions in both languages.
const NATIVE_RUST: &str = "-Ctarget-cpu=native";
const NATIVE_CXX: &str = "-march=native";

/// Compilers whose bitcode the linker that comes with rustc reads, best first. The first is of
/// rustc's own LLVM.
const CLANGS: [&str; 7] = [
    "clang-22",
    "clang++-21",
    "clang++-20",
    "clang++-19",
    "clang++-18",
    "clang++-17",
    "clang++-16",
];

/// One way to build.
struct Way {
    name: &'static str,
    rust: Vec<&'static str>,
    cxx: Vec<&'static str>,
    variables: Vec<(&'static str, OsString)>,
}

/// `--native`.
pub fn native() -> Result<Built, String> {
    let way =
        Way { name: "native", rust: vec![NATIVE_RUST], cxx: vec![NATIVE_CXX], variables: vec![] };
    way.build()
}

/// `--xlto`: clang hands over its intermediate code, rustc too, and the linker, which is of
/// rustc's LLVM, optimises both as one program.
pub fn cross_language(native: bool) -> Result<Built, String> {
    let found = CLANGS.iter().find_map(|name| Compiler::find(name).ok());
    let clang = found
        .map_or_else(|| Compiler::find(CLANGS[0]), Ok)
        .map_err(|reason| format!("--xlto needs clang: {reason}"))?;
    let name = if native { "xlto native" } else { "xlto" };
    let directory = directory(name);
    let scripts = || -> io::Result<_> {
        fs::create_dir_all(&directory)?;
        let compiler = script(&directory.join("clang++"), &clang.command)?;
        Ok((compiler, directory.join("llvm-ar")))
    };
    let cannot = |error: io::Error| format!("{} cannot be written: {error}", directory.display());
    let (compiler, archiver) = scripts().map_err(cannot)?;
    script(&archiver, &clang.archiver()?).map_err(cannot)?;
    let mut way = Way {
        name,
        // What the code generator is told about loops must be told to the linker: it generates.
        rust: vec!["-Clinker-plugin-lto", "-Clink-arg=-Wl,-mllvm,-align-loops=64"],
        // Rust's modules are made for thin LTO, and nothing crosses between that and the full one.
        cxx: vec!["-flto=thin"],
        variables: vec![
            ("CXX", compiler.into()),
            ("AR", archiver.into()),
            ("CXXFLAGS", OsString::new()),
            // CMake would ask for its own archiver.
            ("DIPTYCH_NO_CMAKE", "1".into()),
            // The linker's work, not rustc's.
            ("CARGO_PROFILE_RELEASE_LTO", "off".into()),
            // Its debug information is of a version that valgrind 3.19 dies of.
            ("CARGO_PROFILE_RELEASE_DEBUG", "0".into()),
        ],
    };
    if native {
        way.rust.push(NATIVE_RUST);
        way.cxx.push(NATIVE_CXX);
    }
    way.build()
}

fn directory(name: &str) -> PathBuf {
    cache().join(name.replace(' ', "-"))
}

/// A program that runs a command with further arguments: a compiler's name must be one word.
fn script(path: &Path, command: &[OsString]) -> io::Result<PathBuf> {
    let quoted = |word: &OsString| format!("'{}'", word.to_string_lossy().replace('\'', "'\\''"));
    let words: Vec<String> = command.iter().map(quoted).collect();
    let text = format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "));
    // A script that is written anew looks like another compiler to those who build.
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(path.to_owned());
    }
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(path.to_owned())
}

impl Way {
    fn build(&self) -> Result<Built, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let directory = directory(self.name);
        run(&mut self.command(&cargo, &directory)).map_err(|reason| {
            format!("cargo cannot build the program ({}): {reason}", self.name)
        })?;
        let target = env!("DIPTYCH_TARGET");
        let path = directory.join(target).join("release/diptych");
        Ok(Built { path, label: self.name.to_owned(), own: true })
    }

    fn command(&self, cargo: &OsStr, directory: &Path) -> Command {
        let mut command = Command::new(cargo);
        // cargo reads its settings from where it runs.
        command.current_dir(ROOT).args(["build", "--release", "--locked", "--quiet"]);
        command.args(["--package", "diptych-peers", "--bin", "diptych"]);
        // With a target named, build scripts are built without these flags.
        command.args(["--target", env!("DIPTYCH_TARGET"), "--target-dir"]).arg(directory);
        match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
            (Ok(flags), _) => {
                let all = [&[&*flags], &self.rust[..]].concat().join("\x1f");
                command.env("CARGO_ENCODED_RUSTFLAGS", all);
            }
            (_, Ok(flags)) => {
                command.env("RUSTFLAGS", [&[&*flags], &self.rust[..]].concat().join(" "));
            }
            // Joined with those of the repository's own settings.
            _ => {
                let quoted: Vec<String> = self.rust.iter().map(|f| format!("{f:?}")).collect();
                command.arg("--config").arg(format!("build.rustflags=[{}]", quoted.join(",")));
            }
        }
        let given = env::var("DIPTYCH_CXXFLAGS").unwrap_or_default();
        let cxx = [&[&*given], &self.cxx[..]].concat().join(" ");
        command.env("DIPTYCH_CXXFLAGS", cxx.trim());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn without_cargo_there_is_a_reason_in_one_line() {
        let way = Way { name: "native", rust: vec![], cxx: vec![], variables: vec![] };
        let reason = run(&mut way.command(OsStr::new("/nonexistent/cargo"), Path::new("x")));
        assert!(reason.unwrap_err().starts_with("No such file"));
    }

    #[test]
    fn a_script_passes_every_word_on() {
        let path = Path::new(env!("OUT_DIR")).join(format!("script-{}", std::process::id()));
        let command = ["printf", "%s,", "it's", "two words"].map(OsString::from);
        script(&path, &command).unwrap();
        let told = run(Command::new(&path).args(["$HOME", "a b"])).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(String::from_utf8_lossy(&told.stdout), "it's,two words,$HOME,a b,");
    }
}
