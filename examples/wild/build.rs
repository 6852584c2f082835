//! Looks for the distribution's libraries, compiles a wrapper for each that is there, and names
//! those that are not.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

#[path = "libraries.rs"]
mod libraries;
#[path = "../../build_rs/rustc.rs"]
mod rustc;

use libraries::{LIBRARIES, Library};

/// Libraries to do without, parted by commas, although they are there; `all` for all of them.
const WITHOUT: &str = "DIPTYCH_WILD_WITHOUT";

const CRATES: [&str; 5] = ["zlib-rs", "libbz2-rs-sys", "snap", "lz4_flex", "regex"];

fn main() {
    for changed in ["build.rs", "libraries.rs", "native", "../../build_rs", "../../Cargo.lock"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    println!("cargo::rerun-if-env-changed={WITHOUT}");
    let without = env::var(WITHOUT).unwrap_or_default();
    for library in &LIBRARIES {
        let Library { name, package, .. } = library;
        println!("cargo::rustc-check-cfg=cfg(wild_{name})");
        let unwanted = without.split(',').any(|other| other == *name || other == "all");
        let found = match unwanted {
            true => Err(format!("not wanted ({WITHOUT})")),
            false => link(library),
        };
        let variable = name.to_uppercase();
        match found {
            Ok(how) => {
                let archive = how.archive.display();
                println!("cargo::rerun-if-changed={archive}");
                println!("cargo::rustc-cfg=wild_{name}");
                let (version, linked) = (version(library), how.linked());
                println!("cargo::rustc-env=WILD_{variable}_FLAGS={version}, {linked}");
            }
            Err(reason) => {
                if !unwanted {
                    // Where its header appears when it is installed.
                    println!("cargo::rerun-if-changed=/usr/include");
                }
                println!("cargo::warning={name} is absent and skipped: {reason}; see {package}");
                println!("cargo::rustc-env=WILD_{variable}_ABSENT={reason}");
            }
        }
    }
    let root = Path::new("../..");
    rustc::name(root);
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    for name in CRATES {
        let variable = name.to_uppercase().replace('-', "_");
        println!("cargo::rustc-env=WILD_{variable}_VERSION={name} {}", locked(&lock, name));
    }
}

/// How a library is linked.
struct How {
    archive: PathBuf,
    is_static: bool,
}

impl How {
    fn linked(&self) -> &'static str {
        if self.is_static { "linked statically" } else { "linked dynamically" }
    }
}

/// Compiles the wrapper and tells cargo to link it and the library: its archive where there is one
/// that links, so that its code lies in the executable like that of the port.
fn link(library: &Library) -> Result<How, String> {
    let Library { name, link, cpp, .. } = library;
    let source = format!("native/{name}.{}", if *cpp { "cpp" } else { "c" });
    let mut build = cc::Build::new();
    build.file(&source).include("native").cpp(*cpp).opt_level(3).cargo_metadata(false);
    build.std(if *cpp { "c++17" } else { "c11" }).flag("-Wall").flag("-Wextra");
    let mut reason = String::from("the compiler was not found");
    for is_static in [true, false] {
        match try_link(&build, &source, link, is_static) {
            Ok(archive) => {
                build.compile(&format!("wild_{name}"));
                let out = env::var("OUT_DIR").expect("cargo sets it");
                println!("cargo::rustc-link-search=native={out}");
                println!("cargo::rustc-link-lib=static=wild_{name}");
                let folder = archive.parent().unwrap_or(Path::new("/")).display();
                println!("cargo::rustc-link-search=native={folder}");
                let kind = if is_static { "static" } else { "dylib" };
                println!("cargo::rustc-link-lib={kind}={link}");
                if *cpp {
                    // After what needs it: the linker reads once.
                    println!("cargo::rustc-link-lib=dylib=stdc++");
                }
                return Ok(How { archive, is_static });
            }
            Err(why) => reason = why,
        }
    }
    Err(reason)
}

/// Whether a program of the wrapper and this form of the library links; and where the library is.
fn try_link(
    build: &cc::Build,
    source: &str,
    link: &str,
    is_static: bool,
) -> Result<PathBuf, String> {
    let compiler = build.try_get_compiler().map_err(|error| error.to_string())?;
    let run = |command: &mut Command| command.output().map_err(|error| error.to_string());
    let file = format!("lib{link}.{}", if is_static { "a" } else { "so" });
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let main = out.join(if source.ends_with(".cpp") { "main.cpp" } else { "main.c" });
    fs::write(&main, "int main() { return 0; }\n").expect("OUT_DIR is writable");
    let mut command = compiler.to_command();
    command.arg(source).arg(&main).arg("-o").arg(out.join("probe")).arg(format!("-l:{file}"));
    let linked = run(&mut command)?;
    if !linked.status.success() {
        let text = String::from_utf8_lossy(&linked.stderr);
        let error = text.lines().find(|line| line.contains("error") || line.contains("cannot"));
        return Err(error.unwrap_or("it does not link").trim().to_owned());
    }
    let place = run(compiler.to_command().arg(format!("-print-file-name={file}")))?;
    let place = PathBuf::from(String::from_utf8_lossy(&place.stdout).trim());
    fs::canonicalize(&place).map(|_| place).map_err(|_| format!("{file} is not where it links"))
}

/// The version of a library's package, where packages are Debian's.
fn version(library: &Library) -> String {
    let Library { name, package, .. } = library;
    let asked = Command::new("dpkg-query").args(["-W", "-f=${Version}", package]).output();
    let asked = asked.ok().filter(|output| output.status.success());
    let version = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    match version.filter(|version| !version.is_empty()) {
        Some(version) => format!("{package} {version}"),
        None => format!("{name} of unknown version"),
    }
}

/// The version of a crate in `Cargo.lock`.
fn locked(lock: &str, name: &str) -> String {
    let after = lock.split_once(&format!("name = \"{name}\"\nversion = \""));
    let version = after.and_then(|(_, rest)| rest.split('"').next());
    version.unwrap_or("of unknown version").to_owned()
}
