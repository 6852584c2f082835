//! `diptych new NAME`: a pair of one's own to begin with, which works as it is.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

/// The files, by their path in the new directory.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("skeleton/Cargo.toml.in")),
    ("build.rs", include_str!("skeleton/build.rs.in")),
    ("src/lib.rs", include_str!("skeleton/lib.rs.in")),
    ("benches/pair.rs", include_str!("skeleton/pair.rs.in")),
    ("cpp/@IDENT@.h", include_str!("skeleton/pair.h.in")),
    ("cpp/@IDENT@.cpp", include_str!("skeleton/pair.cpp.in")),
    ("cpp/worker.cpp", include_str!("skeleton/worker.cpp.in")),
    ("CMakeLists.txt", include_str!("skeleton/CMakeLists.txt.in")),
    (".github/workflows/pair.yml", include_str!("skeleton/pair.yml.in")),
    ("README.md", include_str!("skeleton/README.md.in")),
    (".gitignore", include_str!("skeleton/gitignore.in")),
];

/// The client for C++, which comes along where no laboratory of the user's own is pointed to.
const CLIENT: &[(&str, &str)] = &[
    ("include/diptych/lab.hpp", include_str!("../include/diptych/lab.hpp")),
    ("include/diptych/lab/pair.hpp", include_str!("../include/diptych/lab/pair.hpp")),
    ("include/diptych/lab/worker.hpp", include_str!("../include/diptych/lab/worker.hpp")),
];

#[derive(Args)]
pub(crate) struct New {
    /// The directory to make; its last part is the name of the crate.
    name: PathBuf,
    /// A directory of diptych-lab (with its Cargo.toml) instead of the published version.
    #[arg(long, value_name = "PATH")]
    lab: Option<PathBuf>,
}

impl New {
    /// Writes it, and answers what to do next.
    pub(crate) fn make(&self) -> Result<String, String> {
        let root = &self.name;
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.filter(|name| is_crate(name)).ok_or_else(|| {
            format!(
                "\"{}\" is no name for it: letters, digits, - and _, a letter first, and not Rust's own",
                root.display()
            )
        })?;
        let lab = self.lab.as_deref().map(laboratory).transpose()?;
        let fail = |path: &Path, error: &std::io::Error| {
            format!("{} cannot be made: {error}", path.display())
        };
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| fail(parent, &error))?;
        }
        // Fails where something is, whatever it is.
        fs::create_dir(root).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{} is there already: nothing is overwritten", root.display())
            }
            _ => fail(root, &error),
        })?;
        let fill = filler(&name, lab.as_deref());
        let client = if lab.is_some() { &[] } else { CLIENT };
        for (path, text) in FILES.iter().chain(client) {
            let path = root.join(fill(path));
            let folder = path.parent().unwrap_or(root);
            fs::create_dir_all(folder).map_err(|error| fail(folder, &error))?;
            fs::write(&path, fill(text)).map_err(|error| fail(&path, &error))?;
        }
        Ok(format!(
            "{} is made. Rust against C++:\n  cd {} && cargo bench\nREADME.md there says more.\n",
            root.display(),
            shell_words::quote(&root.to_string_lossy())
        ))
    }
}

/// Puts names in their places.
fn filler(name: &str, lab: Option<&Path>) -> impl Fn(&str) -> String {
    let ident = name.replace('-', "_");
    let toml = |path: &Path| path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let (dependency, include) = match lab {
        Some(path) => (format!("{{ path = \"{}\" }}", toml(path)), toml(&path.join("include"))),
        None => {
            let version = env!("CARGO_PKG_VERSION");
            (format!("\"{version}\""), "${CMAKE_CURRENT_SOURCE_DIR}/include".to_owned())
        }
    };
    let name = name.to_owned();
    move |text| {
        text.replace("@NAME@", &name)
            .replace("@IDENT@", &ident)
            .replace("@LAB@", &dependency)
            .replace("@INCLUDE@", &include)
    }
}

/// The laboratory's directory, as others may point to it from anywhere.
fn laboratory(path: &Path) -> Result<PathBuf, String> {
    let found = fs::canonicalize(path).ok().filter(|path| {
        path.join("include/diptych/lab/pair.hpp").is_file() && path.join("Cargo.toml").is_file()
    });
    found.ok_or_else(|| format!("--lab {}: no diptych-lab is there", path.display()))
}

/// A name that cargo, C and CMake take.
fn is_crate(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(rest)
        && !["test", "core", "std", "alloc", "cpp", "build", "pair"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_nothing_else_is_taken_for_one() {
        for lab in [None, Some(Path::new("/a \"lab\""))] {
            let fill = filler("my-pair", lab);
            for (path, text) in FILES {
                for text in [fill(path), fill(text)] {
                    let rest = text.replace("actions/checkout@", "").replace("-artifact@", "");
                    assert!(!rest.contains('@'), "{text}");
                }
            }
        }
        let manifest = FILES[0].1;
        assert!(filler("a-b", None)(manifest).contains("diptych-lab = \""));
        let quoted = filler("a-b", Some(Path::new("/a\"b")))(manifest);
        assert!(quoted.contains("diptych-lab = { path = \"/a\\\"b\" }"), "{quoted}");
    }

    #[test]
    fn names_that_cargo_or_c_would_not_take_are_refused() {
        for (name, good) in [
            ("pairs", true),
            ("my-pair_2", true),
            ("2pairs", false),
            ("a b", false),
            ("std", false),
            ("", false),
            ("a.b", false),
        ] {
            assert_eq!(is_crate(name), good, "{name}");
        }
    }
}
