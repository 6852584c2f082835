//! The tools: what each is called, which program it needs, and how its reports are read.
//!
//! A tool is a row here, its command a step in `plan`, its reports a function in `tools/parse.rs`.

pub mod parse;
pub mod programs;

use crate::exhibit::Part;
use programs::Program;

/// What a tool's cell holds.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    /// How a run ended.
    Outcome,
    /// Kinds that are names: equal or not.
    Names(fn(&str) -> Vec<String>),
    /// Kinds that are sentences, of which an expectation may name a part.
    Sentences(fn(&str) -> Vec<String>),
}

/// When a tool comes into question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// While the program is written: a compiler, or what reads sources.
    Compile,
    /// The program as it is.
    Run,
    /// The program built or run in another way.
    Check,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// As exhibits call it.
    pub id: &'static str,
    /// As readers know it.
    pub title: &'static str,
    /// In a narrow column.
    pub short: &'static str,
    /// Compilers and levels, or the command.
    pub with: &'static str,
    /// When.
    pub stage: Stage,
    /// Without which it is not run.
    pub needs: &'static [Program],
    /// How to read it.
    pub says: Says,
    /// In which part.
    pub parts: &'static [Part],
}

impl Tool {
    /// Whether its cell is an outcome.
    #[must_use]
    pub fn is_outcome(&self) -> bool {
        matches!(self.says, Says::Outcome)
    }

    /// Whether it watches threads, and has nothing to look for where there is but one.
    #[must_use]
    pub fn wants_threads(&self) -> bool {
        self.id == "helgrind"
    }
}

const CPP: &[Part] = &[Part::Cpp, Part::Border];
const CPP_ALONE: &[Part] = &[Part::Cpp];
const RUST: &[Part] = &[Part::Rust, Part::Unsafe];
const RUST_COMPILE: &[Part] = &[Part::Rust, Part::Unsafe, Part::Border];
const BORDER: &[Part] = &[Part::Border];

const GXX: &[Program] = &[Program::Gxx];
const CLANG: &[Program] = &[Program::Clang];
const RUSTC: &[Program] = &[Program::Rustc];

/// Every one, in the order of columns.
#[rustfmt::skip]
pub const ALL: &[Tool] = &[
    Tool { id: "O0", title: "run at -O0", short: "O0", with: "g++ -O0", stage: Stage::Run, needs: GXX, says: Says::Outcome, parts: CPP },
    Tool { id: "O2", title: "run at -O2", short: "O2", with: "g++ -O2", stage: Stage::Run, needs: GXX, says: Says::Outcome, parts: CPP },
    Tool { id: "g++", title: "g++ warnings", short: "g++", with: "g++ -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow", stage: Stage::Compile, needs: GXX, says: Says::Names(parse::warnings), parts: CPP },
    Tool { id: "clang++", title: "clang++ warnings", short: "clang", with: "clang++ -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wthread-safety", stage: Stage::Compile, needs: CLANG, says: Says::Names(parse::warnings), parts: CPP },
    Tool { id: "fanalyzer", title: "g++ -fanalyzer", short: "fanal", with: "g++ -O1 -fanalyzer", stage: Stage::Compile, needs: GXX, says: Says::Names(parse::analyzer), parts: CPP },
    Tool { id: "clang-tidy", title: "clang-tidy", short: "tidy", with: "clang-tidy", stage: Stage::Compile, needs: &[Program::ClangTidy], says: Says::Names(parse::tidy), parts: CPP },
    Tool { id: "cppcheck", title: "cppcheck", short: "cppck", with: "cppcheck --enable=warning,performance,portability", stage: Stage::Compile, needs: &[Program::Cppcheck], says: Says::Names(parse::cppcheck), parts: CPP },
    Tool { id: "assertions", title: "library assertions", short: "asser", with: "g++ -O2 -D_GLIBCXX_ASSERTIONS -D_FORTIFY_SOURCE=3 -fstack-protector-strong", stage: Stage::Check, needs: GXX, says: Says::Sentences(parse::assertions), parts: CPP },
    Tool { id: "debug-mode", title: "library debug mode", short: "debug", with: "g++ -O1 -D_GLIBCXX_DEBUG", stage: Stage::Check, needs: GXX, says: Says::Sentences(parse::debug_mode), parts: CPP },
    Tool { id: "fortify", title: "FORTIFY and stack protector", short: "forti", with: "g++ -O2 -D_GLIBCXX_ASSERTIONS -D_FORTIFY_SOURCE=3 -fstack-protector-strong", stage: Stage::Check, needs: GXX, says: Says::Sentences(parse::fortify), parts: CPP },
    Tool { id: "asan", title: "AddressSanitizer", short: "asan", with: "g++ -O0 and -O2 -fsanitize=address,undefined", stage: Stage::Check, needs: GXX, says: Says::Names(parse::asan), parts: CPP },
    Tool { id: "ubsan", title: "UBSan", short: "ubsan", with: "g++ -O0 and -O2 -fsanitize=address,undefined", stage: Stage::Check, needs: GXX, says: Says::Sentences(parse::ubsan), parts: CPP },
    Tool { id: "tsan", title: "ThreadSanitizer", short: "tsan", with: "g++ -O1 and, with threads, clang++ -O1 -fsanitize=thread", stage: Stage::Check, needs: GXX, says: Says::Names(parse::tsan), parts: CPP },
    Tool { id: "msan", title: "MemorySanitizer", short: "msan", with: "clang++ -O0 -fsanitize=memory", stage: Stage::Check, needs: CLANG, says: Says::Names(parse::msan), parts: CPP_ALONE },
    Tool { id: "memcheck", title: "memcheck", short: "memck", with: "valgrind on the -O0 build", stage: Stage::Check, needs: &[Program::Gxx, Program::Valgrind], says: Says::Names(parse::memcheck), parts: CPP },
    Tool { id: "helgrind", title: "helgrind", short: "helgr", with: "valgrind --tool=helgrind on the -O0 build", stage: Stage::Check, needs: &[Program::Gxx, Program::Valgrind], says: Says::Sentences(parse::helgrind), parts: CPP },
    Tool { id: "asan-both", title: "AddressSanitizer, both halves", short: "asan2", with: "g++ -O1 and rustc -C opt-level=1, -Zsanitizer=address", stage: Stage::Check, needs: &[Program::Gxx, Program::Rustc], says: Says::Sentences(parse::asan_and_ubsan), parts: BORDER },
    Tool { id: "tsan-both", title: "ThreadSanitizer, both halves", short: "tsan2", with: "g++ -O1 and rustc -C opt-level=1, -Zsanitizer=thread", stage: Stage::Check, needs: &[Program::Gxx, Program::Rustc], says: Says::Names(parse::tsan), parts: BORDER },

    Tool { id: "rustc", title: "rustc", short: "rustc", with: "rustc --edition 2024", stage: Stage::Compile, needs: RUSTC, says: Says::Names(parse::rustc), parts: RUST_COMPILE },
    Tool { id: "clippy", title: "clippy", short: "clipp", with: "clippy-driver --edition 2024", stage: Stage::Compile, needs: &[Program::Clippy], says: Says::Names(parse::clippy), parts: RUST_COMPILE },
    Tool { id: "debug", title: "debug build", short: "debug", with: "rustc -C debug-assertions", stage: Stage::Run, needs: RUSTC, says: Says::Outcome, parts: RUST },
    Tool { id: "release", title: "release build", short: "rel", with: "rustc -O", stage: Stage::Run, needs: RUSTC, says: Says::Outcome, parts: RUST },
    Tool { id: "asan", title: "AddressSanitizer", short: "asan", with: "rustc -C opt-level=1 -Zsanitizer=address", stage: Stage::Check, needs: RUSTC, says: Says::Names(parse::asan), parts: RUST },
    Tool { id: "tsan", title: "ThreadSanitizer", short: "tsan", with: "rustc -C opt-level=1 -Zsanitizer=thread", stage: Stage::Check, needs: RUSTC, says: Says::Names(parse::tsan), parts: RUST },
    Tool { id: "memcheck", title: "memcheck", short: "memck", with: "valgrind on the debug build", stage: Stage::Check, needs: &[Program::Rustc, Program::Valgrind], says: Says::Names(parse::memcheck), parts: RUST },
    Tool { id: "loom", title: "loom", short: "loom", with: "rustc -O with loom", stage: Stage::Check, needs: &[Program::Rustc, Program::Loom], says: Says::Sentences(parse::loom), parts: &[Part::Loom] },
];

/// The tools of a part, in their order.
pub fn of(part: Part) -> impl Iterator<Item = &'static Tool> {
    ALL.iter().filter(move |tool| tool.parts.contains(&part))
}

/// One of them.
#[must_use]
pub fn find(part: Part, id: &str) -> Option<&'static Tool> {
    of(part).find(|tool| tool.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_found_by_part_and_name_alone() {
        for part in Part::ALL {
            for tool in of(part) {
                assert_eq!(find(part, tool.id).unwrap().title, tool.title, "{part} {}", tool.id);
            }
        }
        assert!(find(Part::Rust, "ubsan").is_none());
    }
}
