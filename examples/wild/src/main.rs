//! Libraries that many programs live on, in C or C++, and their ports to Rust, by other people than
//! ourselves, in the laboratory: same input, same output, then time and memory.
//!
//! `diptych-wild sizes` says how small either side makes things; everything else is the command line
//! of the laboratory.

#![cfg_attr(
    not(all(wild_zlib, wild_bzip2, wild_snappy, wild_lz4, wild_re2)),
    allow(dead_code, reason = "what an absent library would use")
)]

#[path = "../libraries.rs"]
mod libraries;

mod codec;
mod formats;
mod inputs;
mod native;
mod regexes;
mod sizes;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use diptych_lab::{Contestant, Tracked, Workload, cli::Program};

/// All who take part: of each pair the library of the distribution, then the port. A pair of which
/// one is absent does not take part at all.
fn contestants() -> Vec<Contestant> {
    let mut contestants: Vec<Contestant> =
        formats::present().iter().flat_map(codec::contestants).collect();
    contestants.extend(regexes::contestants());
    contestants
}

/// One side of a pair.
struct Side {
    name: &'static str,
    language: &'static str,
    compiler: &'static str,
    flags: String,
}

impl Side {
    /// A library of the distribution.
    fn native(name: &'static str, library: &native::Found) -> Self {
        // Distributions strip the compiler's name from what they ship.
        let (language, compiler) = (library.language, "the distribution's");
        Self { name, language, compiler, flags: library.flags.to_owned() }
    }

    /// A port, in the version that the lock file names.
    fn port(name: &'static str, version: &str) -> Self {
        let flags = format!("{version}, {}", env!("DIPTYCH_RUST_FLAGS"));
        Self { name, language: "rust", compiler: env!("DIPTYCH_RUSTC"), flags }
    }

    fn contestant(self, baseline: Option<&str>, workloads: Vec<Workload>) -> Contestant {
        Contestant {
            name: self.name.into(),
            language: self.language.into(),
            compiler: self.compiler.into(),
            flags: self.flags,
            baselines: baseline.into_iter().map(str::to_owned).collect(),
            workloads,
            tracked: Tracked::default,
        }
    }
}

fn main() -> ExitCode {
    let first = std::env::args().nth(1).unwrap_or_default();
    // A worker's standard error is for what goes wrong.
    if first != "--diptych-worker" {
        for line in native::absent() {
            eprintln!("{line}");
        }
    }
    match first.as_str() {
        "sizes" => sizes::main(std::env::args().skip(2)),
        _ => Program::new(contestants()).main(),
    }
}
