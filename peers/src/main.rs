//! The diptych program: both twins and their rivals in one laboratory.

#[cfg(feature = "allocators")]
mod allocators;
mod builds;
mod calibration;
mod fragmentation;
mod malloc;
mod pools;
mod std_vec;
mod std_vector;

use std::process::ExitCode;

use diptych_lab::{Contestant, Layout, cli::Program};

/// All who take part, twins first; and last the kernels of the calibration.
fn all() -> Vec<Contestant> {
    let mut all = contestants();
    all.extend(calibration::contestants());
    all
}

/// All who take part in comparisons, twins first.
fn contestants() -> Vec<Contestant> {
    let mut contestants = diptych::workloads::contestants();
    contestants.push(std_vec::contestant());
    contestants.push(std_vector::contestant());
    contestants.push(malloc::in_rust());
    contestants.push(malloc::in_cpp());
    #[cfg(feature = "allocators")]
    allocators::join(&mut contestants);
    #[cfg(any(feature = "pools", test))]
    pools::join(&mut contestants);
    contestants
}

/// How their types are laid out.
fn layouts() -> Vec<Layout> {
    [diptych::workloads::layouts(), std_vec::layouts(), std_vector::layouts()].concat()
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(fragmentation::NAME) => return fragmentation::main(),
        Some(pools::NAME) => return pools::main(),
        Some(pools::PROBE) => return pools::probed(),
        _ => {}
    }
    Program::new(all()).layouts(layouts()).builds(Box::new(builds::build)).main()
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

    #[test]
    fn kernels_of_known_size_do_the_same_work_in_both_languages() {
        let all = super::calibration::contestants();
        assert_eq!(all.len(), 10);
        let names = |at: usize| all[at].workloads.iter().map(|w| (&w.component, &w.name, w.n));
        assert!((1..10).all(|at| names(at).eq(names(0))), "all have the same workloads");
        super::agreement::assert_same_work(&all);
    }
}
