//! One trait over every way to reach a thread pool.

use std::ffi::c_void;
use std::ptr;

use diptych::capi::bindings as c;
use diptych::thread_pool::{Builder, Fences};
use diptych::{cpp, thread_pool};

/// Work that is waited for.
pub type Work<'a> = &'a mut (dyn FnMut() + Send);

/// A pool. The names are those of `spec/thread_pool.md`; an implementation translates and never
/// computes.
pub trait Threads: Send + Sync {
    fn threads(&self) -> usize;
    fn install(&self, work: Work<'_>);
    fn join(&self, a: Work<'_>, b: Work<'_>);
    fn spawn(&self, work: Box<dyn FnOnce() + Send>);
    fn wait_idle(&self);
}

/// A face of the thread pool: a pool of so many threads, with symmetric fences or the best there are.
pub type Face = fn(threads: usize, symmetric: bool) -> Box<dyn Threads>;

// ---- The twins, natively ------------------------------------------------------------------------

macro_rules! native {
    ($pool:ty) => {
        impl Threads for $pool {
            fn threads(&self) -> usize {
                self.threads()
            }
            fn install(&self, work: Work<'_>) {
                self.install(work);
            }
            fn join(&self, a: Work<'_>, b: Work<'_>) {
                self.join(a, b);
            }
            fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
                self.spawn(work);
            }
            fn wait_idle(&self) {
                self.wait_idle();
            }
        }
    };
}

native!(thread_pool::ThreadPool);
native!(cpp::ThreadPool);

/// The Rust twin.
pub const RUST: Face = |threads, symmetric| {
    let fences = if symmetric { Fences::Symmetric } else { Fences::Asymmetric };
    Box::new(Builder::new().threads(threads).fences(fences).build().expect("threads"))
};

/// The C++ twin, through cxx.
pub const CPP: Face = |threads, symmetric| {
    let pool = match symmetric {
        true => cpp::ThreadPool::with_symmetric_fences(threads),
        false => cpp::ThreadPool::new(threads),
    };
    Box::new(pool.expect("threads"))
};

// ---- Through C ----------------------------------------------------------------------------------

/// Work that C calls.
unsafe extern "C" fn call(context: *mut c_void) {
    // SAFETY: T2 - the work that was given with it, which waits.
    let work = unsafe { &mut *context.cast::<Work<'_>>() };
    work();
}

/// Work that C has kept, and calls once.
unsafe extern "C" fn call_once(context: *mut c_void) {
    // SAFETY: T2 - of `spawn`, and called once.
    let work = unsafe { Box::from_raw(context.cast::<Box<dyn FnOnce() + Send>>()) };
    work();
}

fn context(work: &mut Work<'_>) -> *mut c_void {
    ptr::from_mut(work).cast()
}

fn ok(status: c::dpt_status) {
    assert!(status == c::dpt_status::DPT_OK);
}

macro_rules! through_c {
    (
        $name:ident, $face:ident, $pool:ident, $options:ident, $new:ident, $threads:ident,
        $install:ident, $join:ident, $spawn:ident, $wait_idle:ident, $delete:ident
    ) => {
        struct $name(*mut c::$pool);

        // SAFETY: T6 - any thread may call any function.
        unsafe impl Sync for $name {}
        // SAFETY: T6 - as above.
        unsafe impl Send for $name {}

        impl Threads for $name {
            fn threads(&self) -> usize {
                // SAFETY: T6 - a pool.
                unsafe { c::$threads(self.0) }
            }
            fn install(&self, mut work: Work<'_>) {
                // SAFETY: T2 - the work waits.
                ok(unsafe { c::$install(self.0, Some(call), context(&mut work)) });
            }
            fn join(&self, mut a: Work<'_>, mut b: Work<'_>) {
                let (a, b) = (context(&mut a), context(&mut b));
                // SAFETY: T2 - both wait.
                ok(unsafe { c::$join(self.0, Some(call), a, Some(call), b) });
            }
            fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
                let work = Box::into_raw(Box::new(work)).cast();
                // SAFETY: T2 - on the heap until it is called.
                ok(unsafe { c::$spawn(self.0, Some(call_once), work) });
            }
            fn wait_idle(&self) {
                // SAFETY: T6 - a pool.
                ok(unsafe { c::$wait_idle(self.0) });
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: T6 - for the last time.
                unsafe { c::$delete(self.0) };
            }
        }

        pub const $face: Face = |threads, symmetric| {
            // SAFETY: T6 - zeros are options.
            let mut options: c::$options = unsafe { std::mem::zeroed() };
            options.threads = threads;
            options.symmetric_fences = symmetric.into();
            // SAFETY: T6 - options.
            let pool = unsafe { c::$new(&raw const options) };
            assert!(!pool.is_null());
            Box::new($name(pool))
        };
    };
}

through_c!(
    RustThroughC,
    RUST_C,
    dpt_rust_pool,
    dpt_rust_pool_options,
    dpt_rust_pool_new,
    dpt_rust_pool_threads,
    dpt_rust_pool_install,
    dpt_rust_pool_join,
    dpt_rust_pool_spawn,
    dpt_rust_pool_wait_idle,
    dpt_rust_pool_delete
);
through_c!(
    CppThroughC,
    CPP_C,
    dpt_cpp_pool,
    dpt_cpp_pool_options,
    dpt_cpp_pool_new,
    dpt_cpp_pool_threads,
    dpt_cpp_pool_install,
    dpt_cpp_pool_join,
    dpt_cpp_pool_spawn,
    dpt_cpp_pool_wait_idle,
    dpt_cpp_pool_delete
);

// ---- The specification, read by a program that is not a twin ------------------------------------

/// Does everything at once, in the thread that asks.
struct Reference(usize);

impl Threads for Reference {
    fn threads(&self) -> usize {
        self.0
    }
    fn install(&self, work: Work<'_>) {
        work();
    }
    fn join(&self, a: Work<'_>, b: Work<'_>) {
        a();
        b();
    }
    fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
    fn wait_idle(&self) {}
}

/// The specification.
pub const REFERENCE: Face = |threads, _| Box::new(Reference(threads));

macro_rules! on_every_face {
    ($check:ident) => {
        #[test]
        fn rust_twin() {
            $check($crate::faces::threads::RUST);
        }

        #[test]
        fn cpp_twin_through_cxx() {
            $check($crate::faces::threads::CPP);
        }

        #[test]
        fn rust_twin_through_c() {
            $check($crate::faces::threads::RUST_C);
        }

        #[test]
        fn cpp_twin_through_c() {
            $check($crate::faces::threads::CPP_C);
        }
    };
}
pub(crate) use on_every_face;
