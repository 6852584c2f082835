//! Reads the C headers with bindgen. Needs libclang.

use std::{fs, path::Path};

use super::headers;

/// The declarations of `include/diptych.h` in Rust.
pub fn generate(root: &Path) -> String {
    let include = root.join("include");
    let bindings = bindgen::Builder::default()
        .header(include.join("diptych.h").display().to_string())
        .clang_arg(format!("-I{}", include.display()))
        .raw_line(headers::mark(root))
        .disable_header_comment()
        .allowlist_function("dpt_.*")
        .allowlist_type("dpt_.*")
        .newtype_enum("dpt_status")
        .newtype_enum("dpt_priority")
        .prepend_enum_name(false)
        .derive_copy(true)
        .derive_debug(false)
        .use_core()
        .generate_comments(false)
        .layout_tests(true)
        .rust_target(bindgen::RustTarget::stable(88, 0).expect("bindgen knows Rust 1.88"))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .formatter(bindgen::Formatter::Prettyplease)
        .generate()
        .expect("the headers are valid C");
    bindings.to_string()
}

/// Writes them to `bindings.rs` in `directory`.
#[allow(dead_code, reason = "the test that compares only generates")]
pub fn write(root: &Path, directory: &Path) {
    fs::write(directory.join("bindings.rs"), generate(root))
        .expect("cargo's directory is writable");
}
