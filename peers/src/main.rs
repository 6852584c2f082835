//! The diptych program: both twins and their rivals in one laboratory.

fn main() {
    println!("diptych {}", env!("CARGO_PKG_VERSION"));
}
