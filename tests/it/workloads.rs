//! The timed loops, against each other.

use std::collections::BTreeSet;

use crate::agreement::assert_same_work;
use diptych::workloads;
use diptych_lab::{Contestant, Workload};

#[test]
fn the_loops_of_both_languages_do_the_same_work() {
    assert_same_work(&workloads::contestants());
}

#[test]
fn both_languages_have_the_same_table_of_workloads() {
    let contestants = workloads::contestants();
    let table = |name: &str| {
        let of = contestants.iter().find(|contestant| contestant.name == name).expect(name);
        let row = |w: &Workload| (w.name.clone(), w.n, w.tracked, w.large);
        of.workloads.iter().map(row).collect::<BTreeSet<_>>()
    };
    assert_eq!(table("rust"), table("cpp"));
}

#[test]
fn both_languages_copy_tracked_elements_equally_often() {
    let copies = |contestant: &Contestant| {
        let mut seen = Vec::new();
        for workload in contestant.workloads.iter().filter(|workload| workload.tracked) {
            let mut batch = (workload.prepare)(100, 1, 3);
            (contestant.tracked)();
            batch.run();
            seen.push((workload.name.clone(), (contestant.tracked)().copies));
        }
        seen
    };
    // Those that only show the price of a border have no such workload.
    let all: Vec<_> =
        (workloads::contestants().iter().map(copies)).filter(|seen| !seen.is_empty()).collect();
    assert!(all.len() > 1 && all.iter().all(|seen| *seen == all[0]), "{all:?}");
}

#[test]
fn what_goes_from_one_language_to_the_other_is_laid_out_alike() {
    let layouts = workloads::layouts();
    let of = |name: &str| {
        let found = layouts.iter().find(|layout| layout.name == name);
        let layout = found.unwrap_or_else(|| panic!("nothing is told of {name}"));
        assert!(!layout.fields.is_empty(), "{name} has fields");
        (layout.size, layout.align, layout.fields.clone())
    };
    for (twins, c) in [("Stats", "stats"), ("ClassStats", "class"), ("ThreadStats", "thread")] {
        let rust = of(&format!("diptych::allocator::{twins}"));
        for other in [
            format!("diptych::cpp::allocator::{twins}"),
            format!("dpt_rust_alloc_{c}"),
            format!("dpt_cpp_alloc_{c}"),
        ] {
            assert_eq!(of(&other), rust, "{other}");
        }
    }
    for both in ["pool_metrics", "pool_options"] {
        assert_eq!(of(&format!("dpt_cpp_{both}")), of(&format!("dpt_rust_{both}")), "{both}");
    }
    assert_eq!(of("diptych::cpp::thread_pool::Metrics"), of("dpt_cpp_pool_metrics"));
    assert_eq!(of("diptych::thread_pool::Metrics"), of("dpt_rust_pool_metrics"));
}
