//! Builds the C++ half: with CMake where it is installed, so that a touched file recompiles alone,
//! else with the compiler directly. Both read `cpp/build.list`. Then checks that the committed
//! bindings belong to the C headers.
//!
//! `CXX` chooses the compiler. `DIPTYCH_SANITIZE=address,undefined` instruments the C++ half.
//! `DIPTYCH_CXXFLAGS` adds flags to those of `cpp/build.list`, and to those that results name.
//! `DIPTYCH_NO_CMAKE=1` acts as if CMake were absent.

#[cfg(feature = "bindgen")]
#[path = "build_rs/bindings.rs"]
mod bindings;
#[cfg(feature = "cpp")]
#[path = "build_rs/cpp.rs"]
mod cpp;
#[path = "build_rs/headers.rs"]
mod headers;
#[cfg(feature = "workloads")]
#[path = "build_rs/rustc.rs"]
mod rustc;

use std::{env, path::PathBuf};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build_rs");
    println!("cargo::rerun-if-changed=include");

    // A dependent's own C++ finds our headers as DEP_DIPTYCH_INCLUDE and DEP_DIPTYCH_CPP_INCLUDE.
    println!("cargo::metadata=include={}", root.join("include").display());
    println!("cargo::metadata=cpp_include={}", root.join("cpp/include").display());

    #[cfg(feature = "bindgen")]
    bindings::write(&root, &PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")));
    #[cfg(not(feature = "bindgen"))]
    headers::refuse_stale_bindings(&root);

    #[cfg(feature = "workloads")]
    rustc::name(&root);

    #[cfg(feature = "cpp")]
    cpp::build(&root);
}
