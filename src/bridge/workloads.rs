//! Contestants in C++ as contestants of the laboratory. The border is crossed once per run.

use core::pin::Pin;

use cxx::UniquePtr;

#[cxx::bridge(namespace = "diptych::workloads::bridge")]
#[allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "in what cxx generates, not in what stands here"
)]
#[allow(missing_docs, reason = "cpp/bridge/workloads.hpp describes them")]
mod ffi {
    /// What tracked elements in C++ have counted.
    struct Tracked {
        copies: u64,
        moves: u64,
        destroys: u64,
        copy_assigns: u64,
        move_assigns: u64,
        relocated_bytes: u64,
    }

    /// A field of a type in C++.
    struct Field {
        name: String,
        offset: u64,
        size: u64,
    }

    /// How a type in C++ is laid out.
    struct Layout {
        name: String,
        size: u64,
        align: u64,
        niche: bool,
        fields: Vec<Field>,
    }

    unsafe extern "C++" {
        include!("diptych/cpp/bridge/workloads.hpp");

        type Contestant;
        type Workload;
        type Batch;

        fn twin() -> &'static Contestant;
        fn rust_through_c() -> &'static Contestant;

        fn name(contestant: &Contestant) -> &str;
        fn compiler(contestant: &Contestant) -> &str;
        fn flags(contestant: &Contestant) -> &str;
        fn baselines(contestant: &Contestant) -> usize;
        fn baseline(contestant: &Contestant, index: usize) -> Result<&str>;
        fn workloads(contestant: &Contestant) -> usize;
        fn workload(contestant: &Contestant, index: usize) -> Result<&Workload>;

        fn component(workload: &Workload) -> &str;
        fn operation(workload: &Workload) -> &str;
        fn n(workload: &Workload) -> u64;
        fn tracked(workload: &Workload) -> bool;
        fn large(workload: &Workload) -> bool;
        fn threads(workload: &Workload) -> u32;
        fn prepare(workload: &Workload, n: u64, seed: u64, calls: u64) -> UniquePtr<Batch>;

        fn run(self: Pin<&mut Batch>) -> u64;
        fn check(self: Pin<&mut Batch>) -> u64;

        fn layouts(contestant: &Contestant) -> Vec<Layout>;

        fn take_tracked() -> Tracked;
    }
}

pub use ffi::Contestant;

/// A batch in C++.
struct Batch(UniquePtr<ffi::Batch>);

impl Batch {
    fn get(&mut self) -> Pin<&mut ffi::Batch> {
        self.0.as_mut().expect("a workload makes a batch or throws")
    }
}

impl diptych_lab::Batch for Batch {
    fn run(&mut self) -> u64 {
        self.get().run()
    }

    fn check(&mut self) -> u64 {
        self.get().check()
    }
}

/// The C++ twins.
pub fn twin() -> diptych_lab::Contestant {
    contestant(ffi::twin())
}

/// The Rust twins, called from C++ through C for each element.
pub fn rust_through_c() -> diptych_lab::Contestant {
    contestant(ffi::rust_through_c())
}

/// A contestant in C++ as one of the laboratory.
pub fn contestant(from: &'static Contestant) -> diptych_lab::Contestant {
    let baseline = |index| ffi::baseline(from, index).expect("the index is in range").to_owned();
    let found = |index| workload(ffi::workload(from, index).expect("the index is in range"));
    diptych_lab::Contestant {
        name: ffi::name(from).to_owned(),
        language: "c++".to_owned(),
        compiler: ffi::compiler(from).to_owned(),
        flags: ffi::flags(from).to_owned(),
        baselines: (0..ffi::baselines(from)).map(baseline).collect(),
        workloads: (0..ffi::workloads(from)).map(found).collect(),
        tracked: || {
            let counts = ffi::take_tracked();
            diptych_lab::Tracked {
                copies: counts.copies,
                moves: Some(counts.moves),
                destroys: counts.destroys,
                copy_assigns: Some(counts.copy_assigns),
                move_assigns: Some(counts.move_assigns),
                relocated_bytes: Some(counts.relocated_bytes),
            }
        },
    }
}

/// How the types of a contestant in C++ are laid out.
pub fn layouts(from: &'static Contestant) -> Vec<diptych_lab::Layout> {
    let field = |field: ffi::Field| diptych_lab::Field {
        name: field.name,
        offset: field.offset,
        size: field.size,
    };
    let layout = |layout: ffi::Layout| diptych_lab::Layout {
        name: layout.name,
        language: "c++".to_owned(),
        size: layout.size,
        align: layout.align,
        niche: layout.niche,
        fields: layout.fields.into_iter().map(field).collect(),
    };
    ffi::layouts(from).into_iter().map(layout).collect()
}

/// How the types of the C++ twins are laid out.
pub fn twin_layouts() -> Vec<diptych_lab::Layout> {
    layouts(ffi::twin())
}

fn workload(from: &'static ffi::Workload) -> diptych_lab::Workload {
    diptych_lab::Workload {
        component: ffi::component(from).to_owned(),
        name: ffi::operation(from).to_owned(),
        n: ffi::n(from),
        tracked: ffi::tracked(from),
        large: ffi::large(from),
        threads: ffi::threads(from),
        prepare: Box::new(|n, seed, calls| Box::new(Batch(ffi::prepare(from, n, seed, calls)))),
    }
}
