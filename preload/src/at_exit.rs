//! What the allocator holds when the program ends, for whoever asked to be told.

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

use diptych::allocator::print_stats;

static WANTED: AtomicBool = AtomicBool::new(false);

/// Before main: a program may use the room of its environment for something else.
extern "C" fn read_environment() {
    // SAFETY: A9 - the name ends in 0, and nobody changes the environment yet.
    let value = unsafe { libc::getenv(c"DIPTYCH_MALLOC_STATS".as_ptr()) };
    if value.is_null() {
        return;
    }
    // SAFETY: A9 - a string of the environment.
    let value = unsafe { CStr::from_ptr(value) };
    // A file that the program opens must not be taken for a standard error that is closed.
    // SAFETY: A9 - a call of the kernel.
    let is_open = unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_GETFD) } != -1;
    let wanted = is_open && !matches!(value.to_bytes(), b"" | b"0");
    WANTED.store(wanted, Ordering::Relaxed);
}

/// After the program's own handlers; not when it ends by `_exit` or a signal.
extern "C" fn at_exit() {
    if WANTED.load(Ordering::Relaxed) {
        print_stats();
    }
}

// SAFETY: A9 - the loader calls what stands there, once.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_BEGIN: extern "C" fn() = read_environment;

// SAFETY: A9 - as above.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_END: extern "C" fn() = at_exit;
