//! The diptych program: both twins and their rivals in one laboratory.

mod cxx_worker;
mod std_vec;
mod std_vector;

use std::process::ExitCode;

use diptych_lab::{Contestant, Layout, cli::Program};

/// All who take part, twins first.
fn contestants() -> Vec<Contestant> {
    let mut contestants = diptych::workloads::contestants();
    contestants.push(std_vec::contestant());
    contestants.push(std_vector::contestant());
    contestants
}

/// How their types are laid out.
fn layouts() -> Vec<Layout> {
    [diptych::workloads::layouts(), std_vec::layouts(), std_vector::layouts()].concat()
}

fn main() -> ExitCode {
    Program::new(contestants()).layouts(layouts()).cxx_workers(Box::new(cxx_worker::build)).main()
}

#[cfg(test)]
#[path = "../../tests/it/agreement.rs"]
mod agreement;

#[cfg(test)]
mod tests {
    #[test]
    fn twins_and_rivals_do_the_same_work() {
        super::agreement::assert_same_work(&super::contestants());
    }
}
