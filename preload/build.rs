//! Says to the linker that nothing unwinds from here.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // No panic leaves an allocator, and none could be told of without allocating. Where the linker
    // knows, it sees that nothing of the standard library is called: not its panics, which bring
    // backtraces, formatting and libgcc_s.so with them, 0.2 MB in each process. Exceptions of C++
    // that go through `operator new` need no personality: nothing is to be done on their way.
    println!("cargo::rustc-link-arg-cdylib=-Wl,--defsym=rust_eh_personality=0");
}
