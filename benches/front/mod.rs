//! Criterion front end of the workloads of one component: both twins, the same batches as in the
//! laboratory.
//!
//! Criterion runs the twins one after the other in one process and judges within it; for a verdict
//! on two languages take the laboratory (`cargo run --release`).

use std::time::{Duration, Instant};

use criterion::{Bencher, BenchmarkId, Criterion, SamplingMode, Throughput};
use diptych::workloads;
use diptych_lab::{Contestant, Workload};

/// More inputs than this are not held in memory at once.
const CALLS: u64 = 64;

fn bench(criterion: &mut Criterion, component: &str, contestants: &[Contestant]) {
    for (index, first) in contestants[0].workloads.iter().enumerate() {
        if first.component != component || first.tracked || first.large {
            continue;
        }
        let mut group = criterion.benchmark_group(format!("{}/{}", first.component, first.name));
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(first.n));
        for contestant in contestants {
            let workload = &contestant.workloads[index];
            assert_eq!((&workload.name, workload.n), (&first.name, first.n));
            let id = BenchmarkId::new(&contestant.name, workload.n);
            group.bench_with_input(id, workload, time);
        }
    }
}

/// Runs as many calls as Criterion asks for, in batches of fresh inputs.
fn time(bencher: &mut Bencher<'_>, workload: &Workload) {
    let mut seed = 0;
    bencher.iter_custom(|mut left| {
        let mut total = Duration::ZERO;
        while left > 0 {
            let calls = left.min(CALLS);
            seed += 1;
            let mut batch = (workload.prepare)(workload.n, seed, calls);
            let start = Instant::now();
            batch.run();
            total += start.elapsed();
            left -= calls;
        }
        total
    });
}

/// Measures both twins of a component.
pub fn main(component: &str) {
    let twins: Vec<Contestant> = workloads::contestants()
        .into_iter()
        .filter(|contestant| ["rust", "cpp"].contains(&contestant.name.as_str()))
        .collect();
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(150))
        .configure_from_args();
    bench(&mut criterion, component, &twins);
    criterion.final_summary();
}
