//! What is generated and committed is what would be generated now.
//!
//! `UPDATE_GENERATED=1 cargo test --test generated` writes it anew. Where there is no libclang the
//! bindings cannot be generated; the build script's comparison of their mark still holds.

#[path = "../build_rs/bindings.rs"]
mod bindings;
#[path = "../build_rs/headers.rs"]
mod headers;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a committed file with what belongs there, or writes it when asked to.
fn same(file: &str, now: &str) {
    let path: PathBuf = root().join(file);
    if env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("the tree is writable");
        fs::write(&path, now).expect("the tree is writable");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "{file} is stale; write it anew with UPDATE_GENERATED=1 cargo test --test generated"
    );
}

/// A header without its comments.
fn code(header: &str) -> String {
    let text = fs::read_to_string(root().join(header)).expect("the header is there");
    let mut parts = text.split("/*");
    let mut code = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        code.push_str(part.split_once("*/").expect("a comment ends").1);
    }
    code
}

/// Everything that a component header declares under a plain name: types, functions, and which of
/// the functions are only declared, not inline.
fn declared() -> (Vec<String>, Vec<String>) {
    let (mut names, mut functions) = (Vec::new(), Vec::new());
    for header in headers::HEADERS.iter().filter(|header| is_included_per_twin(header)) {
        for line in code(header).lines().filter(|line| !line.starts_with([' ', '}', '#'])) {
            let line = line.strip_prefix("typedef struct ").unwrap_or(line);
            let inline = line.starts_with("static inline");
            // A function, a type, or a type that is only declared.
            let end = line.find('(').or_else(|| line.find(" {")).or_else(|| line.find(';'));
            let Some(name) = end.and_then(|end| line[..end].split([' ', '*']).next_back()) else {
                continue;
            };
            if !name.starts_with("dpt_") {
                continue;
            }
            names.push(name.to_owned());
            if line.contains('(') && !inline {
                functions.push(name.to_owned());
            }
        }
    }
    (names, functions)
}

fn is_included_per_twin(header: &str) -> bool {
    ![
        "include/diptych.h",
        "include/diptych/elem.h",
        "include/diptych/status.h",
        "include/diptych/work.h",
    ]
    .contains(&header)
}

#[test]
fn every_declared_name_has_a_prefixed_form() {
    let (names, _) = declared();
    for twin in ["rust", "cpp"] {
        let mut text = format!(
            "/* Generated from the component headers: plain names get the prefix dpt_{twin}_. \
             No include guard. */\n"
        );
        for name in &names {
            text +=
                &format!("#define {name} {}\n", name.replacen("dpt_", &format!("dpt_{twin}_"), 1));
        }
        same(&format!("include/diptych/names/{twin}.h"), &text);
    }
    let mut text =
        "/* Generated from the component headers: takes the prefix back. No include guard. */\n"
            .to_owned();
    for name in &names {
        text += &format!("#undef {name}\n");
    }
    same("include/diptych/names/none.h", &text);
}

#[test]
fn the_list_of_functions_holds_every_function_of_both_twins() {
    let (_, functions) = declared();
    let mut text = String::from("// Generated from the component headers.\n");
    for twin in ["rust", "cpp"] {
        text += &format!(
            "\n/// Hands every function of the C interface that begins with `dpt_{twin}_` to a macro.\n\
             #[allow(unused_macros, reason = \"each user of this file needs one of the two\")]\n\
             macro_rules! {twin}_functions {{\n    ($then:ident) => {{\n        $then! {{\n"
        );
        for name in &functions {
            text += &format!("            {}\n", name.replacen("dpt_", &format!("dpt_{twin}_"), 1));
        }
        text += "        }\n    };\n}\n";
    }
    same("src/capi/functions.rs", &text);
}

#[test]
fn the_bindings_are_those_of_the_headers() {
    if let Err(why) = clang_sys::load() {
        eprintln!("not compared with fresh bindings: libclang not found ({why})");
        return;
    }
    // They are read through the names, so these come first.
    every_declared_name_has_a_prefixed_form();
    for (file, now) in bindings::generate(root()) {
        same(&format!("src/capi/{file}"), &now);
    }
}

#[test]
fn the_bindings_declare_exactly_the_functions_of_the_headers() {
    let (_, functions) = declared();
    let wanted: BTreeSet<String> = (functions.iter())
        .flat_map(|name| ["dpt_rust_", "dpt_cpp_"].map(|twin| name.replacen("dpt_", twin, 1)))
        .collect();
    let folder = fs::read_dir(root().join("src/capi/bindings")).expect("it is committed");
    let bindings: String = folder
        .map(|file| fs::read_to_string(file.expect("it is there").path()).expect("it is text"))
        .collect();
    let found: BTreeSet<String> = (bindings.split("pub fn ").skip(1))
        .map(|rest| rest.split('(').next().unwrap_or_default().to_owned())
        .filter(|name| name.starts_with("dpt_"))
        .collect();
    assert_eq!(wanted, found);
}
