//! Holds the orderings of the thread pool's twins against each other, edge by edge.
//!
//! An edge is something one thread does in an order that another one relies on: `spec/thread_pool.md`
//! numbers them. Each atomic operation stronger than relaxed, and each fence, carries the numbers of
//! its edges; what a stem does at an edge is to be the same in both languages, and what the
//! specification lists.

mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use scan::Operation;

const COMPONENT: &str = "thread_pool";

/// The fences themselves: they belong to all edges.
const SEAM: &str = "sync";

#[test]
fn each_edge_has_the_same_orderings_in_both_sources_and_in_the_specification() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::read(root);
    let listed = tree.complaints();
    assert!(listed.is_empty(), "\n{}", listed.join("\n"));
    if env::var_os("UPDATE_GENERATED").is_some() {
        let (before, _, after) = tree.parts().expect("the specification has a place for them");
        let now = format!("{before}{}{after}", tree.listing());
        fs::write(root.join("spec/thread_pool.md"), now).expect("the tree is writable");
        return;
    }
    let stale = tree.is_listed();
    assert!(stale, "spec/thread_pool.md: stale; UPDATE_GENERATED=1 cargo test --test it edges");
}

/// By stem and edge. Relaxed operations may have none, which is an edge of its own here.
type Edges = BTreeMap<(String, String), Vec<Operation>>;

const NONE: &str = "none";

#[derive(Clone)]
struct Tree {
    /// Path and text.
    rust: Vec<(String, String)>,
    cpp: Vec<(String, String)>,
    spec: String,
}

impl Tree {
    fn read(root: &Path) -> Self {
        let files = |folders: &[&str]| {
            let mut found = Vec::new();
            for folder in folders {
                let of = |name: &str| name.split('.').next() == Some(COMPONENT);
                let files = fs::read_dir(root.join(folder)).expect("a folder of the tree");
                for entry in files.map(|entry| entry.expect("it can be read")) {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let is_file = entry.path().is_file() && name != "tests.rs";
                    if is_file && (folder.ends_with(COMPONENT) || of(&name)) {
                        let text = fs::read_to_string(entry.path()).expect("a text");
                        found.push((format!("{folder}/{name}"), text));
                    }
                }
            }
            found.sort();
            found
        };
        let rust = files(&["src", "src/thread_pool"]);
        let cpp = ["cpp/include/diptych", "cpp/src"];
        let cpp = cpp.map(|folder| [folder.to_string(), format!("{folder}/{COMPONENT}")]).concat();
        let cpp = files(&cpp.iter().map(String::as_str).collect::<Vec<_>>());
        let spec = fs::read_to_string(root.join("spec/thread_pool.md")).expect("a specification");
        Self { rust, cpp, spec }
    }

    /// All operations of a side; and what is wrong with them one by one.
    fn edges(files: &[(String, String)]) -> (Edges, Vec<String>) {
        let (mut all, mut complaints) = (Edges::new(), Vec::new());
        for (path, text) in files {
            let stem = path.rsplit('/').next().unwrap_or("").split('.').next().unwrap_or("");
            let operations = scan::operations(path, text).unwrap_or_else(|complaint| {
                complaints.push(complaint);
                Vec::new()
            });
            for operation in operations {
                let Operation { place, what, edges } = &operation;
                if stem == SEAM {
                    if !what.ends_with(" seq_cst") {
                        complaints.push(format!("{place}: `{what}` is no fence's body"));
                    }
                    continue;
                }
                if edges.is_empty() && !operation.is_relaxed() {
                    complaints.push(format!("{place}: `{what}` carries no edge"));
                }
                let none = [NONE.to_string()];
                for edge in if edges.is_empty() { &none } else { edges.as_slice() } {
                    let place = (stem.to_string(), edge.clone());
                    all.entry(place).or_default().push(operation.clone());
                }
            }
        }
        (all, complaints)
    }

    fn complaints(&self) -> Vec<String> {
        let (rust, mut complaints) = Self::edges(&self.rust);
        let (cpp, more) = Self::edges(&self.cpp);
        complaints.extend(more);

        let places: BTreeSet<_> = rust.keys().chain(cpp.keys()).collect();
        for place in &places {
            let [rust, cpp] =
                [&rust, &cpp].map(|side| side.get(*place).map_or(&[][..], Vec::as_slice));
            let (stem, edge) = place;
            for (has, lacks, other) in [(rust, cpp, "C++"), (cpp, rust, "Rust")] {
                complaints.extend(more_in(has, lacks).into_iter().map(|(what, places)| {
                    format!("{edge} in {stem}: {other} has fewer `{what}` than {places}")
                }));
            }
        }

        let defined: BTreeSet<_> = (self.spec.lines())
            .filter_map(|line| line.strip_prefix("| E")?.split(' ').next())
            .map(|number| format!("E{number}"))
            .collect();
        for (side, edges) in [("Rust", &rust), ("C++", &cpp)] {
            let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
            for ((_, edge), operations) in edges.iter().filter(|((_, edge), _)| edge != NONE) {
                *ends.entry(edge).or_default() += operations.len();
                let first = &operations[0].place;
                if !defined.contains(edge) {
                    complaints.push(format!("{first}: {edge} is not in spec/thread_pool.md"));
                }
            }
            for edge in &defined {
                if ends.get(edge.as_str()).is_none_or(|count| *count < 2) {
                    complaints.push(format!("{edge} has no two ends in {side}"));
                }
            }
        }
        complaints
    }

    /// The specification before, in, and behind the place where orderings are listed.
    fn parts(&self) -> Option<(&str, &str, &str)> {
        let start = "<!-- orderings -->\n";
        let at = self.spec.find(start)? + start.len();
        let end = at + self.spec[at..].find("<!-- end -->")?;
        Some((&self.spec[..at], &self.spec[at..end], &self.spec[end..]))
    }

    fn is_listed(&self) -> bool {
        self.parts().is_some_and(|(_, listed, _)| listed == self.listing())
    }

    /// What there is, as a table.
    fn listing(&self) -> String {
        let (edges, _) = Self::edges(&self.rust);
        let number = |edge: &str| edge[1..].parse::<u32>().unwrap_or(u32::MAX);
        let mut places: Vec<_> = edges.keys().collect();
        places.sort_by_key(|(stem, edge)| (number(edge), stem));
        let mut listing = "| edge | in | operations |\n|---|---|---|\n".to_string();
        for place in places {
            let counts =
                count(&edges[place]).into_iter().map(|(what, places)| match places.len() {
                    1 => what.to_string(),
                    times => format!("{times} {what}"),
                });
            let (stem, edge) = place;
            let counts = counts.collect::<Vec<_>>().join(", ");
            listing.push_str(&format!("| {edge} | {stem} | {counts} |\n"));
        }
        listing
    }
}

/// The places of each kind of operation.
fn count(operations: &[Operation]) -> BTreeMap<&str, Vec<&str>> {
    let mut counts = BTreeMap::<&str, Vec<&str>>::new();
    for operation in operations {
        counts.entry(&operation.what).or_default().push(&operation.place);
    }
    counts
}

/// What one side has more often than the other, and where.
fn more_in<'a>(has: &'a [Operation], lacks: &[Operation]) -> Vec<(&'a str, String)> {
    let lacks = count(lacks);
    let lacking = |what: &str| lacks.get(what).map_or(0, Vec::len);
    let more = count(has).into_iter().filter(|(what, places)| places.len() > lacking(what));
    more.map(|(what, places)| (what, places.join(", "))).collect()
}

// ---- Broken trees -------------------------------------------------------------------------------

const RUST: &str = "src/thread_pool/deque.rs";
const CPP: &str = "cpp/include/diptych/thread_pool/deque.hpp";

/// The tree itself with some lines changed.
fn changed(changes: &[(&str, &str, &str)]) -> Tree {
    let mut tree = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    for (path, from, to) in changes {
        let mut all = tree.rust.iter_mut().chain(&mut tree.cpp);
        let (_, text) = all.find(|(known, _)| known == path).expect("a file of the tree");
        assert!(text.contains(from), "{path} holds `{from}`");
        *text = text.replacen(from, to, 1);
    }
    tree
}

#[test]
fn an_ordering_that_only_one_source_has_is_named_with_its_edge_and_its_line() {
    for (path, from, to, wanted) in [
        (RUST, "at + 1, Release", "at + 1, Relaxed", "E1 in deque: C++ has fewer `store relaxed`"),
        (CPP, "at + 1, std::memory_order_release", "at + 1, std::memory_order_seq_cst", "E1 in"),
        (RUST, "self.fences.heavy(); // E3", "", "E3 in deque: Rust has fewer `heavy own`"),
        (RUST, "Fences::Asymmetric.light()", "self.fences.light()", "has fewer `light own`"),
        (CPP, "// E2: the limit", "// E5: the limit", "E5 in deque: Rust has fewer `light"),
        (CPP, "// E2: the limit", "// The limit", "`light asymmetric` carries no edge"),
        (RUST, "// E5: with", "// With", "`swap seq_cst` carries no edge"),
        (RUST, "// E5: with", "// E99: with", "E99 is not in spec/thread_pool.md"),
        (RUST, "limit.load(Relaxed)", "limit.load(Acquire)", "`load acquire` carries no edge"),
        (RUST, "self.limit.load(Relaxed)", "self.limit", "none in deque: Rust has fewer `load"),
        (CPP, "limit_.load(std::memory_order_relaxed)", "limit_.load()", "names no ordering"),
    ] {
        let tree = changed(&[(path, from, to)]);
        let complaints = tree.complaints().join("\n");
        let line = |text: &str| text.lines().position(|line| line.contains(to)).unwrap_or(0) + 1;
        let text = tree.rust.iter().chain(&tree.cpp).find(|(known, _)| known == path);
        let place = format!("{path}:{}", line(&text.expect("a file of the tree").1));
        // Above the operation, or in its line; what is missing can be named in the other source only.
        let next = format!("{path}:{}", line(&text.expect("as above").1) + 1);
        let is_placed = [place, next].iter().any(|place| complaints.contains(place));
        assert!(
            complaints.contains(wanted) && (is_placed || complaints.contains("Rust has fewer")),
            "{path}, {from} -> {to}: wants `{wanted}`, has\n{complaints}"
        );
    }
}

#[test]
fn an_ordering_that_both_sources_change_is_to_be_listed_anew() {
    let tree = changed(&[
        (RUST, "at + 1, Release", "at + 1, SeqCst"),
        (CPP, "at + 1, std::memory_order_release", "at + 1, std::memory_order_seq_cst"),
    ]);
    assert_eq!(tree.complaints(), [""; 0]);
    assert!(!tree.is_listed());
}

#[test]
fn a_fence_of_the_seam_that_is_weaker_is_seen() {
    let path = "cpp/include/diptych/thread_pool/sync.hpp";
    let from = "atomic_thread_fence(std::memory_order_seq_cst)";
    let tree = changed(&[(path, from, "atomic_thread_fence(std::memory_order_acq_rel)")]);
    let complaints = tree.complaints().join("\n");
    assert!(complaints.contains("`fence acq_rel` is no fence's body"), "{complaints}");
}
