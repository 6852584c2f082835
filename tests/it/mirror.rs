//! Keeps the twins twins: reads the tree and fails when one side has what the other lacks.
//!
//! The rules are in `mirror/rules.rs`, what they read out of a file in `mirror/source.rs`. Below,
//! the rules are held against this tree, and against small trees with one defect each.

mod rules;
mod source;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

#[test]
fn the_twins_mirror_each_other() {
    let complaints = rules::complaints(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// A tree with one component that breaks no rule.
struct Sapling(TempDir);

const SPEC: &str = "# Stack\n\n| tag | always true |\n|---|---|\n| S1 | one |\n| S2 | two |\n\n\
    ## Names\n| meaning | Rust | C++ | also in C++ | C |\n|---|---|---|---|---|\n\
    | append | `push`, `[i]` | `push` | `push_back` | `dpt_stack_push` |\n\
    | copy | `clone` | copy constructor | | `dpt_stack_clone` |\n\n## Cost\n| `absent` |\n";

impl Sapling {
    fn grown() -> Self {
        let tree = Sapling(TempDir::new().unwrap());
        let banner = |name: &str| format!("// ---- {name} {}\n", "-".repeat(91 - name.len()));
        let (types, mutation) = (banner("Types"), banner("Mutation"));
        let rust = format!(
            "//! S1, S2\n{types}fn clone() {{}}\n{mutation}\
             // TWIN: moves bytes\nfn push() {{\n    // SAFETY: S1 - checked\n    unsafe {{ f() }}\n\
             \x20   // SAFETY: by S2,\n    let x =\n        unsafe {{ g() }};\n}}\n"
        );
        let cpp = format!(
            "// S1, S2\n#pragma once\n{types}\n{mutation}\
             // TWIN: moves objects\nvoid push() {{\n    // CONTRACT: S1 - checked\n}}\n\
             void push_back(); // S2\n{mutation}"
        );
        for (path, text) in [
            ("src/lib.rs", ""),
            ("src/stack.rs", rust.as_str()),
            ("src/stack/part.rs", types.as_str()),
            ("cpp/include/diptych/stack.hpp", cpp.as_str()),
            ("cpp/src/stack/part.cpp", types.as_str()),
            ("cpp/include/diptych/helper.hpp", ""),
            ("include/diptych/stack.h", "int dpt_stack_push(void);\nint dpt_stack_clone(void);\n"),
            ("spec/stack.md", SPEC),
            ("spec/stack/pushes", "# Shows that it pushes.\n"),
            ("src/capi/stack.rs", ""),
            ("cpp/capi/stack.cpp", ""),
            ("src/bridge/stack.rs", ""),
            ("cpp/bridge/stack.hpp", ""),
            ("src/workloads/stack.rs", ""),
            ("cpp/workloads/stack.hpp", ""),
            ("benches/stack.rs", ""),
            ("README.md", "| stack | row |\n"),
        ] {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.path().join(path)).unwrap();
        assert!(text.contains(from), "{path} holds {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn complaints(&self) -> Vec<String> {
        rules::complaints(self.0.path())
    }
}

#[test]
fn a_tree_that_breaks_no_rule_draws_no_complaint() {
    assert_eq!(Sapling::grown().complaints(), [""; 0]);
}

#[test]
fn every_file_of_a_component_is_missed() {
    for path in [
        "src/stack.rs",
        "cpp/include/diptych/stack.hpp",
        "spec/stack.md",
        "include/diptych/stack.h",
        "src/capi/stack.rs",
        "cpp/capi/stack.cpp",
        "src/bridge/stack.rs",
        "cpp/bridge/stack.hpp",
        "src/workloads/stack.rs",
        "cpp/workloads/stack.hpp",
        "benches/stack.rs",
    ] {
        let tree = Sapling::grown();
        fs::remove_file(tree.0.path().join(path)).unwrap();
        let wanted = format!("component stack: {path} is missing");
        assert!(tree.complaints().contains(&wanted), "{path}: {:?}", tree.complaints());
    }
    for (path, wanted) in [
        ("spec/stack/pushes", "component stack: spec/stack/ holds no script"),
        ("README.md", "component stack: README.md has no row for it"),
        ("cpp/src/stack/part.cpp", "stack/part has no twin in C++"),
        ("src/stack/part.rs", "stack/part has no twin in Rust"),
    ] {
        let tree = Sapling::grown();
        fs::remove_file(tree.0.path().join(path)).unwrap();
        assert_eq!(tree.complaints(), [wanted]);
    }
}

#[test]
fn every_single_defect_is_named() {
    const RUST: &str = "src/stack.rs";
    const CPP: &str = "cpp/include/diptych/stack.hpp";
    for (path, from, to, wanted) in [
        (RUST, "---- Types --", "---- Types ---", "the banner `Types` does not end in column 100"),
        (RUST, "---- Types --", "---- Sorts --", "sections differ"),
        (RUST, "---- Types --", "---- Tests --", "sections differ"),
        (CPP, "// ---- Mutation ", "// ---- Deletion ", "sections differ"),
        (CPP, "TWIN", "Twin", "1 TWIN marks in Rust, 0 in C++"),
        (RUST, "TWIN", "Twin", "0 TWIN marks in Rust, 1 in C++"),
        (RUST, "// SAFETY: S1 - checked", "// SAFETY: checked", "src/stack.rs:8: unsafe without"),
        (RUST, "// SAFETY: by S2,", "// by S2,", "src/stack.rs:11: unsafe without"),
        (RUST, "SAFETY: S1", "SAFETY: S1, S3", "cites S3, not in spec/stack.md"),
        (CPP, "CONTRACT: S1", "CONTRACT: S1, S4", "cites S4, not in spec/stack.md"),
        (CPP, "push_back(); // S2", "push_back();", "defines S2, never cited in C++"),
        (RUST, "by S2,", "by S1,", "defines S2, never cited in Rust"),
        (RUST, "fn push()", "fn pull()", "names push, not in Rust"),
        (CPP, "void push()", "void pull()", "names push, not in C++"),
        (CPP, "push_back()", "pull_back()", "names push_back, not in C++"),
        (
            "include/diptych/stack.h",
            "_clone",
            "_copy",
            "names dpt_stack_clone, not in the C header",
        ),
        ("spec/stack/pushes", "# Shows", "# Does", "does not begin with what it shows"),
        ("spec/stack.md", "## Names", "## Titles", "has no table of names"),
    ] {
        let tree = Sapling::grown();
        tree.change(path, from, to);
        let complaints = tree.complaints();
        assert!(
            complaints.len() <= 2 && complaints.iter().any(|c| c.contains(wanted)),
            "{path}, {from} -> {to}: wants `{wanted}`, has {complaints:?}"
        );
    }
}

#[test]
fn unsafe_code_outside_of_components_needs_grounds_that_some_specification_defines() {
    for path in ["src/capi/stack.rs", "lab/src/worker.rs", "peers/src/main.rs"] {
        let tree = Sapling::grown();
        tree.write("spec/protocol.md", "# Protocol\n- **P1** one\n");
        tree.write(path, "// SAFETY: P1, S2 - known\nunsafe { f() }\n");
        assert_eq!(tree.complaints(), [""; 0]);
        tree.change(path, "P1, S2", "P2");
        let wanted = format!("{path} cites P2, which no specification defines");
        assert_eq!(tree.complaints(), [wanted]);
        tree.change(path, "P2 - ", "");
        let wanted = format!("{path}:2: unsafe without a SAFETY comment that cites an invariant");
        assert_eq!(tree.complaints(), [wanted]);
    }
}

#[test]
fn a_component_that_only_one_language_has_is_seen() {
    let tree = Sapling::grown();
    tree.write("src/queue.rs", "");
    let missing = tree.complaints().iter().filter(|c| c.contains("component queue")).count();
    assert_eq!(missing, 12);
}

#[test]
fn files_that_are_too_long_are_seen_unless_generated() {
    let tree = Sapling::grown();
    tree.write("tests/long.rs", &"\n".repeat(1001));
    assert_eq!(tree.complaints(), ["tests/long.rs has 1001 lines, more than 1000"]);
    tree.write("tests/long.rs", &format!("// Generated\n{}", "\n".repeat(1001)));
    assert_eq!(tree.complaints(), [""; 0]);
    for number in 0..20 {
        tree.write(&format!("tests/{number}.rs"), &"\n".repeat(301));
    }
    assert_eq!(tree.complaints(), ["half of all files are over 301 lines long"]);
}
