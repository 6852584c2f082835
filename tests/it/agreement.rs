//! Holds contestants against each other: equal seeds must give equal results.

use diptych_lab::{Contestant, Workload};

/// Asserts that all contestants give the same digests for every workload they share, whatever the
/// size, the seed and the number of calls, and that every digest depends on the seed.
pub fn assert_same_work(contestants: &[Contestant]) {
    for workload in contestants.iter().flat_map(|contestant| &contestant.workloads) {
        let name = (&workload.component, &workload.name);
        for (n, calls) in [(0, 1), (1, 2), (2, 1), (7, 3), (8, 1), (100, 4), (1000, 2)] {
            let [first, other] = [1, 0xdead_beef].map(|seed| digests(workload, n, seed, calls));
            assert!(n < 100 || first != other, "{name:?} of {n} does not depend on its seed");
            for contestant in contestants {
                let same =
                    |w: &&Workload| (&w.component, &w.name, w.n) == (name.0, name.1, workload.n);
                if let Some(theirs) = contestant.workloads.iter().find(same) {
                    let who = &contestant.name;
                    assert_eq!(digests(theirs, n, 1, calls), first, "{name:?} of {n} by {who}");
                }
            }
        }
    }
}

/// What `check` and `run` answer.
fn digests(workload: &Workload, n: u64, seed: u64, calls: u64) -> (u64, u64) {
    let prepare = || (workload.prepare)(n, seed, calls);
    (prepare().check(), prepare().run())
}
