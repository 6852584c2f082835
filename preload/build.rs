//! Says to the linker that nothing unwinds from here.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // An optimised build has no panic that could be reached, but the linker takes the routine that
    // unwinding would need for used, and with it the standard library's panics, backtraces and
    // libgcc_s.so, which are several times as large as the allocator. Where that routine is none,
    // nothing of it is linked; a test sees to it that there is no panic either. Exceptions of C++
    // that `operator new` lets through do without it, as nothing is to be cleaned up on their way.
    //
    // The usual way to be without the standard library, `no_std`, is closed: it needs panics that
    // abort (`eh_personality` is not for stable Rust), and with them such exceptions abort too.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,--defsym=rust_eh_personality=0");
        // As GNU ld has it anyway: what the loader writes to begins at a page, and touches one less.
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,separate-code");
    }
}
