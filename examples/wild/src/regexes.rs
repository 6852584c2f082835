//! Workloads of regular expressions: all matches in a log, and the first match of a pattern that
//! has yet to be compiled. Both sides match bytes with ASCII classes, and prefer the leftmost match
//! and in it the first alternative.

use diptych_lab::Contestant;
use diptych_lab::Digest;
use regex::bytes::{Regex, RegexBuilder};

/// How many matches there are, and a digest of the begin and the end of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matches {
    /// How many.
    pub matches: u64,
    /// FNV-1a over the places.
    pub digest: u64,
}

impl Matches {
    fn of<'a>(found: impl Iterator<Item = regex::bytes::Match<'a>>) -> Self {
        let (mut matches, mut digest) = (0, Digest::new());
        for found in found {
            matches += 1;
            digest.add(found.start() as u64);
            digest.add(found.end() as u64);
        }
        Self { matches, digest: digest.value() }
    }
}

/// A pattern and the name of its workload. None of them matches nothing.
pub const PATTERNS: [(&str, &str); 8] = [
    ("literal", "connection refused"),
    ("alternation", "timeout|refused|unreachable|denied|overflow"),
    ("case_insensitive", "(?i)exception"),
    ("date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"),
    ("address", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
    ("word_boundary", r"\b\w+ing\b"),
    ("no_match_literal", "segmentation fault at 0x[0-9a-f]+"),
    ("no_match_class", r"[a-z]+@[a-z]+\.invalid"),
];

/// An engine, from the pattern to the matches.
pub trait Engine: Sized + 'static {
    /// Compiles one of [`PATTERNS`].
    fn new(pattern: &str) -> Self;
    /// All matches.
    fn find(&self, text: &[u8]) -> Matches;
    /// The first match.
    fn find_first(&self, text: &[u8]) -> Matches;
}

impl Engine for Regex {
    fn new(pattern: &str) -> Self {
        RegexBuilder::new(pattern).unicode(false).build().expect("the pattern is well formed")
    }

    fn find(&self, text: &[u8]) -> Matches {
        Matches::of(self.find_iter(text))
    }

    fn find_first(&self, text: &[u8]) -> Matches {
        Matches::of(Regex::find(self, text).into_iter())
    }
}

/// Nobody, when RE2 is absent.
#[cfg(not(wild_re2))]
pub fn contestants() -> Vec<Contestant> {
    Vec::new()
}

/// RE2 and regex.
#[cfg(wild_re2)]
pub fn contestants() -> Vec<Contestant> {
    use crate::{Side, native::re2};

    let native = Side::native("RE2", &re2::FOUND);
    let port = Side::port("regex", env!("WILD_REGEX_VERSION"));
    vec![
        native.contestant(None, timed::workloads::<re2::Re2>()),
        port.contestant(Some("RE2"), timed::workloads::<Regex>()),
    ]
}

#[cfg(wild_re2)]
mod timed {
    use std::{cell::OnceCell, rc::Rc};

    use diptych_lab::{Batch, Digest, Prepare, Workload};

    use super::{Engine, Matches, PATTERNS};
    use crate::{inputs::log, native::re2::Re2};

    impl Engine for Re2 {
        fn new(pattern: &str) -> Self {
            Re2::new(pattern).expect("the pattern is well formed")
        }

        fn find(&self, text: &[u8]) -> Matches {
            Re2::find(self, text)
        }

        fn find_first(&self, text: &[u8]) -> Matches {
            Re2::find_first(self, text)
        }
    }

    /// A page of log, and one line of it.
    const PAGE: u64 = 65_536;
    const LINE: u64 = 128;

    pub fn workloads<E: Engine>() -> Vec<Workload> {
        let workload = |name: String, n, prepare| Workload {
            component: "regex".into(),
            name,
            n,
            tracked: false,
            large: false,
            threads: 1,
            prepare,
        };
        let mut workloads = Vec::new();
        for (name, pattern) in PATTERNS {
            workloads.push(workload(format!("find_all/{name}"), PAGE, find_all::<E>(pattern)));
        }
        for (name, pattern) in PATTERNS.into_iter().filter(|(name, _)| ONE_LINE.contains(name)) {
            workloads.push(workload(format!("find_all/{name}"), LINE, find_all::<E>(pattern)));
            workloads.push(workload(format!("compile/{name}"), LINE, compile::<E>(pattern)));
        }
        workloads
    }

    /// Patterns that are looked for in a single line, too, and compiled.
    const ONE_LINE: [&str; 2] = ["alternation", "date"];

    fn texts(n: u64, seed: u64, calls: u64) -> Vec<Vec<u8>> {
        let n = usize::try_from(n).expect("sizes are small");
        (0..calls).map(|call| log(n, seed.wrapping_mul(1 << 20).wrapping_add(call))).collect()
    }

    /// Compiled once for each process: what engines learn while they match stays.
    fn find_all<E: Engine>(pattern: &'static str) -> Prepare {
        let engine = Rc::new(OnceCell::new());
        Box::new(move |n, seed, calls| {
            engine.get_or_init(|| E::new(pattern));
            Box::new(FindAll::<E> { engine: engine.clone(), texts: texts(n, seed, calls) })
        })
    }

    fn compile<E: Engine>(pattern: &'static str) -> Prepare {
        Box::new(move |n, seed, calls| {
            let find: fn(&str, &[u8]) -> Matches = |pattern, text| E::new(pattern).find_first(text);
            Box::new(Compile { pattern, find, texts: texts(n, seed, calls) })
        })
    }

    struct FindAll<E> {
        engine: Rc<OnceCell<E>>,
        texts: Vec<Vec<u8>>,
    }

    impl<E: Engine> Batch for FindAll<E> {
        fn run(&mut self) -> u64 {
            let engine = self.engine.get().expect("it was compiled before");
            digest(self.texts.iter().map(|text| engine.find(text)))
        }

        // Places of all matches are all there is.
        fn check(&mut self) -> u64 {
            self.run()
        }
    }

    struct Compile {
        pattern: &'static str,
        find: fn(&str, &[u8]) -> Matches,
        texts: Vec<Vec<u8>>,
    }

    impl Batch for Compile {
        fn run(&mut self) -> u64 {
            digest(self.texts.iter().map(|text| (self.find)(self.pattern, text)))
        }

        fn check(&mut self) -> u64 {
            self.run()
        }
    }

    fn digest(found: impl Iterator<Item = Matches>) -> u64 {
        let mut digest = Digest::new();
        for Matches { matches, digest: places } in found {
            digest.add(matches);
            digest.add(places);
        }
        digest.value()
    }
}
