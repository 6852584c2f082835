//! Every pair whose library is there agrees; the others are named.

use diptych_lab::Contestant;
use proptest::prelude::*;

use crate::codec::{Codec, Format, compressed};
use crate::inputs::{Kind, log};
use crate::libraries::LIBRARIES;
use crate::{contestants, formats, native};

/// Names of the two sides, by library.
const PAIRS: [(&str, [&str; 2]); 5] = [
    ("zlib", ["zlib", "zlib-rs"]),
    ("bzip2", ["libbzip2", "libbz2-rs-sys"]),
    ("snappy", ["snappy", "snap"]),
    ("lz4", ["lz4", "lz4_flex"]),
    ("re2", ["RE2", "regex"]),
];

fn is_absent(library: &str) -> bool {
    native::absent().iter().any(|line| line.starts_with(&format!("{library} is absent")))
}

#[test]
fn every_library_takes_part_with_its_port_or_is_named_with_its_package() {
    let names: Vec<String> = contestants().into_iter().map(|contestant| contestant.name).collect();
    for (library, (name, pair)) in LIBRARIES.iter().zip(PAIRS) {
        assert_eq!(library.name, name);
        let present = pair.map(|side| names.iter().any(|name| name == side));
        let line = native::absent().into_iter().find(|line| line.starts_with(library.name));
        match line {
            None => assert_eq!(present, [true, true], "{name}"),
            Some(line) => {
                assert_eq!(present, [false, false], "{name}");
                assert!(line.ends_with(&format!("install {}", library.package)), "{line}");
            }
        }
    }
}

#[test]
fn the_script_installs_every_library() {
    let script = include_str!("../install.sh");
    for library in &LIBRARIES {
        assert!(script.contains(library.package), "{}", library.package);
    }
}

#[test]
fn every_ground_is_defined_in_the_readme() {
    let readme = include_str!("../README.md");
    let sources = [include_str!("native.rs"), include_str!("formats.rs")].concat();
    for tag in ["W1", "W2", "W3"] {
        assert!(readme.contains(&format!("- **{tag}** ")), "{tag} is not defined");
        assert!(sources.contains(&format!("{tag} - ")), "{tag} is not cited");
    }
    assert!(!sources.contains("W4"), "define it, and add it here");
}

/// The digests of both sides of each pair, workload by workload.
fn digests(digest: impl Fn(&diptych_lab::Workload) -> u64) {
    let all = contestants();
    let pairs: Vec<[&Contestant; 2]> = all.chunks(2).map(|pair| [&pair[0], &pair[1]]).collect();
    for [native, port] in pairs {
        assert_eq!(port.baselines.join(","), native.name);
        assert_eq!(native.workloads.len(), port.workloads.len());
        for (ours, theirs) in native.workloads.iter().zip(&port.workloads) {
            assert_eq!((&ours.component, &ours.name), (&theirs.component, &theirs.name));
            let name = format!("{}/{}/{}", ours.component, ours.name, ours.n);
            assert_eq!(digest(ours), digest(theirs), "{name}");
        }
    }
}

#[test]
fn both_sides_do_the_same_work() {
    for seed in [0, 1, u64::MAX] {
        digests(|workload| (workload.prepare)(workload.n, seed, 2).check());
        digests(|workload| (workload.prepare)(workload.n, seed, 2).run());
    }
}

#[test]
fn both_sides_do_the_same_work_on_nothing_and_on_little() {
    for n in [0, 1, 2, 7, 8, 9, 100] {
        digests(|workload| (workload.prepare)(n, 5, 3).check());
        digests(|workload| (workload.prepare)(n, 5, 3).run());
    }
}

#[test]
fn another_seed_is_other_work() {
    for contestant in contestants() {
        for workload in contestant.workloads {
            let digest = |seed| (workload.prepare)(4096, seed, 3).check();
            let compared = [digest(1), digest(2), digest(1)];
            assert_eq!(compared[0], compared[2]);
            let (name, differ) = (&workload.name, compared[0] != compared[1]);
            // Nothing is found in any page, and a line begins with its date.
            let same = name.contains("no_match") || name == "compile/date";
            assert!(differ || same, "{}/{name}", workload.component);
        }
    }
}

fn restored(codec: Codec, packed: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut output = vec![1; len];
    let written = (codec.decompress)(packed, &mut output)?;
    output.truncate(written);
    Some(output)
}

fn agrees(format: &Format, input: &[u8]) {
    for &level in format.levels {
        let packed = [format.native, format.port].map(|codec| compressed(codec, level, input));
        for packed in &packed {
            for codec in [format.native, format.port] {
                let output = restored(codec, packed, input.len());
                assert_eq!(output.as_deref(), Some(input), "{} level {level}", format.name);
            }
        }
        if format.same_bytes {
            assert_eq!(packed[0], packed[1], "{} level {level}", format.name);
        }
    }
}

/// Anything from nothing to a few kilobytes: noise, few symbols, repeats, and what is measured.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..600);
    let few = proptest::collection::vec(0_u8..3, 0..3000);
    let repeated = (proptest::collection::vec(any::<u8>(), 0..40), 0_usize..100);
    let repeated = repeated.prop_map(|(bytes, times)| bytes.repeat(times));
    let made = (any::<bool>(), 0_usize..6000, any::<u64>()).prop_map(|(is_text, n, seed)| {
        if is_text { Kind::Text.bytes(n, seed) } else { Kind::Binary.bytes(n, seed) }
    });
    prop_oneof![noise, few, repeated, made]
}

/// Nothing is written beside the sources: a failure says what it was found with.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn either_side_restores_what_either_side_compressed(input in anything()) {
        for format in formats::present() {
            agrees(&format, &input);
        }
    }

    #[test]
    fn neither_side_decompresses_into_a_buffer_that_is_too_small(input in anything()) {
        prop_assume!(input.len() > 1);
        for format in formats::present() {
            let packed = compressed(format.native, format.levels[0], &input);
            for codec in [format.native, format.port] {
                prop_assert_eq!(restored(codec, &packed, input.len() - 1), None);
            }
        }
    }
}

#[test]
fn nothing_and_a_single_byte_survive() {
    for format in formats::present() {
        for input in [&b""[..], b"\0", b"a", b"ab"] {
            agrees(&format, input);
        }
    }
}

#[test]
fn inputs_are_as_hard_to_compress_as_what_they_stand_for() {
    // English prose, and executables, shrink to about this share with zlib's usual level.
    for (kind, share) in [(Kind::Text, 0.37..0.43), (Kind::Binary, 0.47..0.55)] {
        for format in formats::present().iter().filter(|format| format.name == "zlib") {
            let packed = |seed| compressed(format.native, 6, &kind.bytes(65_536, seed)).len();
            let found = (0..8).map(packed).sum::<usize>() as f64 / (8 * 65_536) as f64;
            assert!(share.contains(&found), "{kind:?} shrinks to {found:.3}");
        }
    }
}

#[test]
fn inputs_have_the_size_that_was_asked_for() {
    for n in [0, 1, 100, 5000] {
        assert!(Kind::ALL.iter().all(|kind| kind.bytes(n, 1).len() == n));
        assert_eq!(log(n, 1).len(), n);
    }
}

#[cfg(wild_re2)]
mod patterns {
    use super::*;
    use crate::native::re2::Re2;
    use crate::regexes::{Engine, PATTERNS};
    use proptest::test_runner::TestRunner;
    use regex::bytes::Regex;

    #[test]
    fn patterns_match_as_often_as_their_names_say() {
        let text = log(65_536, 1);
        for (name, pattern) in PATTERNS {
            let found = Engine::find(&<Regex as Engine>::new(pattern), &text);
            assert_eq!(found.matches == 0, name.starts_with("no_match"), "{name}: {found:?}");
        }
    }

    /// What makes patterns begin, nearly match, and match.
    fn fragments() -> impl Strategy<Value = Vec<u8>> {
        const FRAGMENTS: [&[u8]; 19] = [
            b"connection refused",
            b"timeout",
            b"refuse",
            b"denied",
            b"eXcePtion",
            b"2026-01-02T03:04:05",
            b"2026-01-",
            b"10.0.255.",
            b"1",
            b"going",
            b"ing",
            b" ",
            b"\n",
            b"_",
            b"\xc3\xa9",
            b"\xff",
            b"segmentation fault at 0x",
            b"a@b.invalid",
            b".invali",
        ];
        let fragment = proptest::sample::select(&FRAGMENTS[..]);
        proptest::collection::vec(fragment, 0..60).prop_map(|parts| parts.concat())
    }

    #[test]
    fn both_engines_find_the_same_places() {
        let engines = PATTERNS.map(|(name, pattern)| {
            (name, <Re2 as Engine>::new(pattern), <Regex as Engine>::new(pattern))
        });
        let agree = |text: Vec<u8>| {
            for (name, native, port) in &engines {
                prop_assert_eq!(native.find(&text), Engine::find(port, &text), "{}", name);
                let first = Engine::find_first(port, &text);
                prop_assert_eq!(native.find_first(&text), first, "{}", name);
            }
            Ok(())
        };
        TestRunner::new(cases(2000)).run(&fragments(), agree).expect("both engines agree");
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        assert!(Re2::new("(").is_none());
    }
}

#[test]
fn the_tests_know_which_library_is_absent() {
    let present = formats::present().len() + usize::from(cfg!(wild_re2));
    let absent = PAIRS.iter().filter(|(name, _)| is_absent(name)).count();
    assert_eq!(present + absent, PAIRS.len());
}
