//! The rules: each looks at a tree and adds its complaints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::source;

/// Files in `src/` that belong to no component.
const HOUSE: [&str; 5] = ["lib", "bridge", "capi", "cpp", "workloads"];

/// A file may have this many lines, and half of all files at most [`MEDIAN`].
const LONGEST: usize = 1000;
const MEDIAN: usize = 300;

/// A source tree, and what is wrong with it.
pub struct Tree {
    root: PathBuf,
    complaints: Vec<String>,
}

/// Everything that is wrong with the tree at `root`.
pub fn complaints(root: &Path) -> Vec<String> {
    let mut tree = Tree { root: root.to_path_buf(), complaints: Vec::new() };
    let components = tree.components();
    tree.expect(!components.is_empty(), || "src/ holds no component".to_string());
    for component in &components {
        tree.has_all_files(component);
        let stems = tree.stems(component);
        tree.mirrors(&stems);
        tree.cites_invariants(component, &stems);
        tree.has_all_names(component, &stems);
    }
    tree.has_grounds_elsewhere(&components);
    tree.is_short();
    tree.complaints
}

/// The files of one stem on the two sides.
#[derive(Default)]
struct Stem {
    rust: Vec<PathBuf>,
    cpp: Vec<PathBuf>,
}

/// Stems below a component, as `vector` or `vector/raw`.
type Stems = BTreeMap<String, Stem>;

impl Tree {
    fn expect(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            self.complaints.push(complaint());
        }
    }

    fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    fn read_all(&self, paths: &[PathBuf]) -> String {
        paths.iter().map(|path| self.read(path)).collect()
    }

    /// All files below a folder, relative to the root, in order.
    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("a folder that was just listed").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&self.root).expect("it is below").to_path_buf());
                }
            }
        }
        found.sort();
        found
    }

    /// The stems directly in `src/` that are not part of the house.
    fn components(&self) -> BTreeSet<String> {
        let first = |path: &PathBuf| {
            let path = path.strip_prefix("src").expect("it is below").with_extension("");
            path.iter().next().map(|stem| stem.to_string_lossy().into_owned())
        };
        let stems = self.files("src").iter().filter_map(first).collect::<BTreeSet<_>>();
        stems.into_iter().filter(|stem| !HOUSE.contains(&stem.as_str())).collect()
    }

    fn has_all_files(&mut self, x: &str) {
        for needed in [
            format!("src/{x}.rs"),
            format!("cpp/include/diptych/{x}.hpp"),
            format!("spec/{x}.md"),
            format!("include/diptych/{x}.h"),
            format!("src/capi/{x}.rs"),
            format!("cpp/capi/{x}.cpp"),
            format!("src/bridge/{x}.rs"),
            format!("cpp/bridge/{x}.hpp"),
            format!("src/workloads/{x}.rs"),
            format!("cpp/workloads/{x}.hpp"),
            format!("benches/{x}.rs"),
        ] {
            let there = self.root.join(&needed).is_file();
            self.expect(there, || format!("component {x}: {needed} is missing"));
        }
        let scripts = self.files(&format!("spec/{x}"));
        self.expect(!scripts.is_empty(), || format!("component {x}: spec/{x}/ holds no script"));
        for script in scripts {
            let opens_well = self.read(&script).starts_with("# Shows ");
            let script = script.display();
            self.expect(opens_well, || format!("{script} does not begin with what it shows"));
        }
        let has_row =
            self.read("README.md").lines().any(|line| line.starts_with(&format!("| {x} |")));
        self.expect(has_row, || format!("component {x}: README.md has no row for it"));
    }

    /// The files of the twins, by stem. C++ may have a header and a source for one stem. White-box tests
    /// in files of their own are no part of a twin.
    fn stems(&self, x: &str) -> Stems {
        let mut stems = Stems::new();
        for (folder, is_rust) in [("src", true), ("cpp/include/diptych", false), ("cpp/src", false)]
        {
            for path in self.files(folder) {
                let below = path.strip_prefix(folder).expect("it is below").with_extension("");
                if below.starts_with(x) && !below.starts_with(format!("{x}/tests")) {
                    let stem = stems.entry(below.to_string_lossy().into_owned()).or_default();
                    if is_rust { stem.rust.push(path) } else { stem.cpp.push(path) }
                }
            }
        }
        stems
    }

    fn mirrors(&mut self, stems: &Stems) {
        for (name, stem) in stems {
            if stem.rust.is_empty() || stem.cpp.is_empty() {
                let side = if stem.rust.is_empty() { "Rust" } else { "C++" };
                self.complaints.push(format!("{name} has no twin in {side}"));
                continue;
            }
            let (rust, cpp) = (self.read_all(&stem.rust), self.read_all(&stem.cpp));
            let mut sections = Vec::new();
            for (text, language) in [(&rust, "Rust"), (&cpp, "C++")] {
                let banners = source::banners(text);
                for (banner, _) in banners.iter().filter(|(_, is_whole)| !is_whole) {
                    self.complaints.push(format!(
                        "{name}, {language}: the banner `{banner}` does not end in column 100"
                    ));
                }
                sections.push(banners.into_iter().map(|(banner, _)| banner).collect::<Vec<_>>());
            }
            let cpp_sections = sections.pop().expect("two were pushed");
            let mut rust_sections = sections.pop().expect("two were pushed");
            // White-box tests stand in the Rust file; those of C++ have files of their own.
            rust_sections.retain(|section| section != "Tests");
            self.expect(rust_sections == cpp_sections, || {
                format!("{name}: sections differ, Rust {rust_sections:?}, C++ {cpp_sections:?}")
            });
            let (left, right) = (source::twin_marks(&rust), source::twin_marks(&cpp));
            self.expect(left == right, || {
                format!("{name}: {left} TWIN marks in Rust, {right} in C++")
            });
            for path in &stem.rust {
                for line in source::groundless(&self.read(path)) {
                    self.complaints.push(format!(
                        "{}:{line}: unsafe without a SAFETY comment that cites an invariant",
                        path.display()
                    ));
                }
            }
        }
    }

    fn cites_invariants(&mut self, x: &str, stems: &Stems) {
        let defined = source::defined_tags(&self.read(format!("spec/{x}.md")));
        self.expect(!defined.is_empty(), || format!("spec/{x}.md defines no invariant"));
        let mut cited = [BTreeSet::new(), BTreeSet::new()];
        for stem in stems.values() {
            for (paths, cited) in [&stem.rust, &stem.cpp].into_iter().zip(&mut cited) {
                for path in paths {
                    let text = self.read(path);
                    for tag in source::tags_in_grounds(&text).difference(&defined) {
                        let path = path.display();
                        self.complaints.push(format!("{path} cites {tag}, not in spec/{x}.md"));
                    }
                    cited.append(&mut source::tags_in_comments(&text));
                }
            }
        }
        for (cited, language) in cited.iter().zip(["Rust", "C++"]) {
            for tag in defined.difference(cited) {
                self.complaints
                    .push(format!("spec/{x}.md defines {tag}, never cited in {language}"));
            }
        }
    }

    /// What is unsafe outside of the components cites an invariant of any specification.
    fn has_grounds_elsewhere(&mut self, components: &BTreeSet<String>) {
        let specs = self.files("spec");
        let defined = source::defined_tags(&self.read_all(&specs));
        let of_component = |path: &Path| {
            let below = path.strip_prefix("src").map(|below| below.with_extension(""));
            below.is_ok_and(|below| components.iter().any(|x| below.starts_with(x)))
        };
        for path in ["src", "lab", "museum/src", "peers"].map(|folder| self.files(folder)).concat()
        {
            if path.extension().is_none_or(|ending| ending != "rs") || of_component(&path) {
                continue;
            }
            let text = self.read(&path);
            let path = path.display();
            for line in source::groundless(&text) {
                self.complaints.push(format!(
                    "{path}:{line}: unsafe without a SAFETY comment that cites an invariant"
                ));
            }
            for tag in source::tags_in_grounds(&text).difference(&defined) {
                self.complaints.push(format!("{path} cites {tag}, which no specification defines"));
            }
        }
    }

    fn has_all_names(&mut self, x: &str, stems: &Stems) {
        let names = source::names(&self.read(format!("spec/{x}.md")));
        self.expect(!names.is_empty(), || format!("spec/{x}.md has no table of names"));
        let rust: String = stems.values().map(|stem| self.read_all(&stem.rust)).collect();
        let cpp: String = stems.values().map(|stem| self.read_all(&stem.cpp)).collect();
        let header = self.read(format!("include/diptych/{x}.h"));
        for [in_rust, in_cpp, in_c] in &names {
            for name in in_rust.iter().filter(|name| !source::rust_has(&rust, name)) {
                self.complaints.push(format!("spec/{x}.md names {name}, not in Rust"));
            }
            for name in in_cpp.iter().filter(|name| !source::c_has(&cpp, name)) {
                self.complaints.push(format!("spec/{x}.md names {name}, not in C++"));
            }
            for name in in_c.iter().filter(|name| !source::c_has(&header, name)) {
                self.complaints.push(format!("spec/{x}.md names {name}, not in the C header"));
            }
        }
    }

    fn is_short(&mut self) {
        let folders =
            ["src", "cpp", "include", "lab", "museum", "peers", "benches", "tests", "examples"];
        let paths = folders.iter().flat_map(|folder| self.files(folder)).filter(|path| {
            let ending = path.extension().unwrap_or_default();
            ["rs", "hpp", "cpp", "h", "c"].iter().any(|known| ending == *known)
        });
        let mut lengths = Vec::new();
        for path in paths.collect::<Vec<_>>() {
            let text = self.read(&path);
            if text.lines().next().is_some_and(|line| line.contains("Generated")) {
                continue;
            }
            let lines = text.lines().count();
            lengths.push(lines);
            self.expect(lines <= LONGEST, || {
                format!("{} has {lines} lines, more than {LONGEST}", path.display())
            });
        }
        lengths.sort_unstable();
        let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
        self.expect(median <= MEDIAN, || format!("half of all files are over {median} lines long"));
    }
}
