//! Effects of synthetic launches, whose truth is known.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::roster::{Empty, Group, Roster, Source};
use crate::timing::{Launch, PairValue};
use crate::workload::Rng;

const RUSTC: &str = "rustc 1.95.0 (LLVM 22.1.2)";

/// Rust and C++ twins with their libraries, and the first through C, by these compilers.
fn program(rustc: &str, cxx: &str, flags: &str) -> String {
    format!(
        "contestant|rust|rust|{rustc}|-O {flags}|cpp|Vec\nworkload|v|push|8|0|0\n\
         contestant|cpp|c++|{cxx}|-O3 {flags}|std::vector\nworkload|v|push|8|0|0\n\
         contestant|cpp via C|rust|{rustc}|-O {flags}|cpp\nworkload|v|push|8|0|0\n\
         contestant|Vec|rust|{rustc}|-O {flags}|std::vector\nworkload|v|push|8|0|0\n\
         contestant|std::vector|c++|{cxx}|-O3 {flags}\nworkload|v|push|8|0|0\n"
    )
}

fn cxx_worker(cxx: &str, flags: &str) -> String {
    format!(
        "contestant|cpp|c++|{cxx}|-O3 {flags}|std::vector\nworkload|v|push|8|0|0\n\
         contestant|std::vector|c++|{cxx}|-O3 {flags}\nworkload|v|push|8|0|0\n"
    )
}

/// A roster of workers: label, and what they answer to `list`.
fn roster(workers: &[(&str, String)]) -> Roster {
    let mut roster = Roster::default();
    for (label, list) in workers {
        let lines: Vec<Vec<String>> =
            list.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect();
        let label = (!label.is_empty()).then(|| (*label).to_owned());
        let program = crate::process::Program { path: "worker".into(), own: false };
        roster.enter(&Source { label, program }, &lines, Empty::default()).unwrap();
    }
    roster.pair();
    roster
}

/// `kind: contestant / baseline`, with a star where something else differs too.
fn found(roster: &Roster) -> Vec<String> {
    let name = |at: usize| &roster.entrants[at].name;
    let one = |link: &Link| {
        let star = if link.note.is_some() { " *" } else { "" };
        let (a, b) = (name(link.contestant), name(link.baseline));
        format!("{}: {a} / {b}{star}", link.kind.word())
    };
    roster.groups[0].links.iter().map(one).collect()
}

#[test]
fn without_another_compiler_the_language_has_the_compilers_difference_in_it_and_says_so() {
    let roster = roster(&[("", program(RUSTC, "g++ 12.2.0 (libstdc++ 12)", ""))]);
    assert_eq!(
        found(&roster),
        [
            "language: rust / cpp *",
            "library: rust / Vec",
            "library: cpp / std::vector",
            "border: cpp via C / cpp",
        ]
    );
    let note = roster.groups[0].links[0].note.as_deref().unwrap();
    assert!(note.starts_with("LLVM 22 against GCC 12"), "{note}");
}

#[test]
fn the_same_code_generator_parts_language_from_compiler() {
    let roster = roster(&[
        ("", program(RUSTC, "g++ 12.2.0 (libstdc++ 12)", "")),
        ("clang++-19", cxx_worker("clang++ 19.1.7 (libstdc++ 12)", "")),
        ("clang-22", cxx_worker("clang++ 22.1.8 (libstdc++ 12)", "")),
    ]);
    let found = found(&roster);
    assert_eq!(found[0], "language: rust / cpp@clang-22");
    let compilers: Vec<&String> =
        found.iter().filter(|text| text.starts_with("compiler: cpp")).collect();
    assert_eq!(
        compilers,
        ["compiler: cpp / cpp@clang-22", "compiler: cpp@clang++-19 / cpp@clang-22"]
    );
    // Language times compiler is what the row of the two says: nothing is counted twice.
    assert!(roster.groups[0].pairs.contains(&(0, 1)));
}

#[test]
fn a_second_standard_library_is_a_librarys_effect_and_no_compilers() {
    let roster = roster(&[
        ("", program(RUSTC, "g++ 12.2.0 (libstdc++ 12)", "")),
        ("clang++-19", cxx_worker("clang++ 19.1.7 (libstdc++ 12)", "")),
        ("clang++-19:libc++", cxx_worker("clang++ 19.1.7 (libc++ 19.1.7)", "")),
    ]);
    let found = found(&roster);
    assert!(found.contains(&"library: cpp@clang++-19:libc++ / cpp@clang++-19".into()));
    assert!(found.contains(&"language: rust / cpp@clang++-19 *".into()), "{found:?}");
    let with_libcxx = |text: &&String| text.starts_with("compiler") && text.contains("libc++");
    assert_eq!(found.iter().filter(with_libcxx).count(), 0, "{found:?}");
}

#[test]
fn only_builds_that_may_do_the_same_are_compared() {
    let gcc = "g++ 12.2.0 (libstdc++ 12)";
    let clang = "clang++ 22.1.8 (libstdc++ 12)";
    let roster = roster(&[
        ("", program(RUSTC, gcc, "")),
        ("clang-22 native", cxx_worker(clang, "-march=native")),
        ("native", program(RUSTC, gcc, "-Ctarget-cpu=native -march=native")),
        ("xlto", program(RUSTC, clang, "-flto=thin -Clinker-plugin-lto")),
    ]);
    let found = found(&roster);
    for expected in [
        "language: rust / cpp *",
        "language: rust@native / cpp@clang-22 native",
        "language: rust@xlto / cpp@xlto",
        "border: cpp via C@native / cpp@native",
        "border: cpp via C@xlto / cpp@xlto",
        "processor: rust@native / rust",
        "processor: cpp@native / cpp",
    ] {
        assert!(found.contains(&expected.into()), "{expected}: {found:?}");
    }
    let languages = found.iter().filter(|text| text.starts_with("language: rust")).count();
    assert_eq!(languages, 3, "{found:?}");
    // Nor are they in rows.
    let name = |at: usize| roster.entrants[at].name.as_str();
    let pairs = &roster.groups[0].pairs;
    let with = |a: &str, b: &str| pairs.iter().any(|&pair| (name(pair.0), name(pair.1)) == (a, b));
    assert!(with("rust@xlto", "cpp@xlto") && with("rust@native", "rust"));
    assert!(!with("rust", "cpp@clang-22 native") && !with("rust@xlto", "cpp"));
}

/// Launches in which every member has a speed of its own, and a little luck.
fn launches(group: &Group, speed: impl Fn(usize) -> f64, count: u64) -> Vec<Launch> {
    let mut rng = Rng::new(7);
    let mut luck = || (rng.next() >> 11) as f64 / (1_u64 << 53) as f64 * 0.004;
    (0..count)
        .map(|_| {
            let pair = |(contestant, baseline): (usize, usize)| PairValue {
                contestant,
                baseline,
                log_ratio: (speed(contestant) / speed(baseline)).ln() + luck() - 0.002,
                other_clock: 0.0,
            };
            Launch {
                pairs: group.compared().into_iter().map(pair).collect(),
                same: Some(luck() - 0.002),
                ..Launch::default()
            }
        })
        .collect()
}

fn measured(count: u64) -> Vec<Effect> {
    let roster = roster(&[
        ("", program(RUSTC, "g++ 12.2.0 (libstdc++ 12)", "")),
        ("clang-22", cxx_worker("clang++ 22.1.8 (libstdc++ 12)", "")),
    ]);
    // By the order of entry: g++ takes 1.35 times what clang does, and Rust as much as clang.
    let speed = |at: usize| [1.0, 1.35, 2.0, 1.0, 1.35, 1.0, 0.5][at];
    let mut found = Found::new(roster.groups[0].clone(), &[]);
    found.launches = launches(&roster.groups[0], speed, count);
    effects(&roster.entrants, &[found], &Variants::default())
}

#[test]
fn a_known_difference_is_split_into_its_known_parts() {
    let effects = measured(20);
    let of = |kind: Kind, contestant: &str| {
        effects.iter().find(|e| e.kind == kind && e.contestant == contestant).unwrap()
    };
    let language = of(Kind::Language, "rust");
    assert_eq!(language.baseline, "cpp@clang-22");
    assert!(!language.seen && (language.ratio.unwrap() - 1.0).abs() < 0.002, "{language:?}");
    let compiler = of(Kind::Compiler, "cpp");
    assert!(compiler.seen && (compiler.ratio.unwrap() - 1.35).abs() < 0.004, "{compiler:?}");
    let library = of(Kind::Library, "cpp@clang-22");
    assert!(library.seen && (library.ratio.unwrap() - 2.0).abs() < 0.006, "{library:?}");
    let border = of(Kind::Border, "cpp via C");
    assert!(border.low.unwrap() > 1.45 && border.high.unwrap() < 1.5, "{border:?}");
    assert!(effects.iter().all(|effect| effect.log_ratios.len() == 20));
}

#[test]
fn an_effect_that_holds_one_or_the_noise_is_printed_as_not_seen() {
    let text = section(&measured(20), 100);
    assert!(text.contains("A language: rust / cpp@clang-22\n"), "{text}");
    let line = text.lines().find(|line| line.trim_start().starts_with("v push 8")).unwrap();
    assert!(line.contains("= 1.00 1.00..1.00"), "{line}");
    assert!(line.contains(" 1.35 1.35..1.35") && !line.contains("= 1.35"), "{line}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    // Without intervals nothing is seen, however large it looks.
    let few = measured(3);
    assert!(few.iter().all(|effect| !effect.seen && effect.low.is_none()));
    assert!(section(&few, 100).contains("= 1.35"));
    assert_eq!(section(&[], 100), "");
    assert!(section(&measured(0), 100).is_empty());
}

#[test]
fn effects_smaller_than_the_noise_floor_are_not_seen() {
    assert!(is_seen((1.02, 1.03), Some(0.005)));
    assert!(is_seen((0.97, 0.98), Some(0.005)));
    assert!(!is_seen((1.02, 1.03), Some(0.05)));
    assert!(!is_seen((1.005, 1.008), Some(0.001)));
    assert!(!is_seen((0.99, 1.2), Some(0.001)));
    assert!(!is_seen((2.0, 3.0), None));
}
