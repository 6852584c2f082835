//! Compiles the C++ side as the Rust one is: optimised when cargo optimises.

fn main() {
    println!("cargo::rerun-if-changed=cpp");
    cc::Build::new().cpp(true).std("c++20").file("cpp/count_words.cpp").compile("count_words");
}
