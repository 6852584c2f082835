//! What made a contestant, read out of what it says of itself: its compiler's name and version,
//! the code generator behind it, the C++ standard library, and flags that change the rules.

use std::fmt::{self, Display, Formatter};

/// The code generator behind a compiler, of this major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// rustc's and clang's.
    Llvm(u32),
    /// g++'s and gcc's.
    Gcc(u32),
}

impl Display for Backend {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Llvm(major) => write!(f, "LLVM {major}"),
            Self::Gcc(major) => write!(f, "GCC {major}"),
        }
    }
}

/// What flags allow one contestant and not another: only equals are compared for a language's, a
/// compiler's or a library's sake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mode {
    /// The instructions of this processor, not of every one.
    pub(crate) native: bool,
    /// Optimised across the border between languages.
    pub(crate) cross: bool,
}

/// What made a contestant, as far as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    pub(crate) backend: Option<Backend>,
    /// `libstdc++ 12`, `libc++ 19.1.7`.
    pub(crate) library: Option<String>,
    pub(crate) mode: Mode,
}

impl Toolchain {
    /// Reads `rustc 1.95.0 (LLVM 22.1.2)`, `clang++ 22.1.8 (libstdc++ 12)`, `g++ 12.2.0`, and the
    /// flags.
    pub(crate) fn read(compiler: &str, flags: &str) -> Self {
        let (name, inside) = match compiler.split_once(" (") {
            Some((name, inside)) => (name, inside.trim_end_matches(')')),
            None => (compiler, ""),
        };
        let parts = || inside.split(", ");
        let major = |text: &str| text.trim().split(['.', '-', ' ']).next()?.parse().ok();
        let of = |prefix: &str| major(name.strip_prefix(prefix)?);
        let named = parts().find_map(|part| major(part.strip_prefix("LLVM ")?));
        let clang = ["clang++ ", "clang ", "clang version "].into_iter().find_map(of);
        let gcc = ["g++ ", "gcc "].into_iter().find_map(of);
        let backend = named.or(clang).map(Backend::Llvm).or(gcc.map(Backend::Gcc));
        let library = |part: &&str| part.starts_with("libstdc++") || part.starts_with("libc++");
        let has = |any: &[&str]| flags.split_whitespace().any(|flag| any.contains(&flag));
        Self {
            backend,
            library: parts().find(library).map(str::to_owned),
            mode: Mode {
                native: has(&["-march=native", "-Ctarget-cpu=native", "target-cpu=native"]),
                cross: has(&["-flto=thin", "-Clinker-plugin-lto", "linker-plugin-lto"]),
            },
        }
    }

    /// How far the code generators are apart: versions of LLVM, by their number; GCC is farther
    /// than any.
    pub(crate) fn distance(&self, other: &Self) -> Option<u32> {
        match (self.backend?, other.backend?) {
            (Backend::Llvm(a), Backend::Llvm(b)) | (Backend::Gcc(a), Backend::Gcc(b)) => {
                Some(a.abs_diff(b))
            }
            _ => Some(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(compiler: &str) -> Option<Backend> {
        Toolchain::read(compiler, "").backend
    }

    #[test]
    fn the_code_generator_is_read_from_how_compilers_name_themselves() {
        for (compiler, expected) in [
            ("rustc 1.95.0 (LLVM 22.1.2)", Some(Backend::Llvm(22))),
            ("rustc 1.97.0-nightly (LLVM 22.1.4)", Some(Backend::Llvm(22))),
            ("clang++ 22.1.8", Some(Backend::Llvm(22))),
            ("clang++ 19.1.7 (libc++ 19.1.7)", Some(Backend::Llvm(19))),
            ("clang version 14.0.6", Some(Backend::Llvm(14))),
            ("clang 9", Some(Backend::Llvm(9))),
            ("g++ 12.2.0", Some(Backend::Gcc(12))),
            ("g++ 12.2.0 (libstdc++ 12)", Some(Backend::Gcc(12))),
            ("gcc 13.1", Some(Backend::Gcc(13))),
            ("rustc 1.95.0 (Cranelift 0.120)", None),
            ("python 3.11.2", None),
            ("c++ of unknown make", None),
            ("g++ eleven", None),
            ("", None),
        ] {
            assert_eq!(backend(compiler), expected, "{compiler}");
        }
    }

    #[test]
    fn the_standard_library_is_read_from_behind_the_compiler() {
        let library = |compiler: &str| Toolchain::read(compiler, "").library;
        assert_eq!(library("g++ 12.2.0 (libstdc++ 12)").as_deref(), Some("libstdc++ 12"));
        assert_eq!(library("clang++ 19.1.7 (libc++ 19.1.7)").as_deref(), Some("libc++ 19.1.7"));
        assert_eq!(library("clang++ 19.1.7"), None);
        assert_eq!(library("rustc 1.95.0 (LLVM 22.1.2)"), None);
    }

    #[test]
    fn flags_that_change_the_rules_are_whole_words() {
        let mode = |flags: &str| Toolchain::read("g++ 12.2.0", flags).mode;
        assert_eq!(mode("-O3 -DNDEBUG -march=native"), Mode { native: true, cross: false });
        assert_eq!(mode("opt-level=3 -Ctarget-cpu=native"), Mode { native: true, cross: false });
        assert_eq!(mode("-O3 -flto=thin"), Mode { native: false, cross: true });
        assert_eq!(mode("-O3 -march=nativeish -fno-lto"), Mode::default());
    }

    #[test]
    fn the_nearest_code_generator_is_of_the_same_make() {
        let of = |compiler: &str| Toolchain::read(compiler, "");
        let rust = of("rustc 1.95.0 (LLVM 22.1.2)");
        assert_eq!(rust.distance(&of("clang++ 22.1.8")), Some(0));
        assert_eq!(rust.distance(&of("clang++ 19.1.7")), Some(3));
        assert_eq!(rust.distance(&of("g++ 12.2.0")), Some(u32::MAX));
        assert_eq!(rust.distance(&of("python 3")), None);
    }
}
