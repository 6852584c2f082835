//! The diptych program: both twins and their rivals in one laboratory.

mod builds;
mod std_vec;
mod std_vector;

use std::process::ExitCode;

use diptych_lab::{Contestant, cli::Program};

/// All who take part, twins first.
fn contestants() -> Vec<Contestant> {
    let mut contestants = diptych::workloads::contestants();
    contestants.push(std_vec::contestant());
    contestants.push(std_vector::contestant());
    contestants
}

fn main() -> ExitCode {
    Program::new(contestants()).builds(Box::new(builds::build)).main()
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
