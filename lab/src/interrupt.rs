//! Ctrl-C: children die, and what is measured so far is still reported.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

extern "C" fn ask(_: libc::c_int) {
    // Relaxed: a flag by itself; nothing else is published with it.
    ASKED.store(true, Ordering::Relaxed);
}

/// Turns interrupt, termination and hang-up into a flag. Without `SA_RESTART`, so that a wait for
/// a worker ends at once.
pub(crate) fn watch() -> io::Result<()> {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: L2 - zero bytes are a valid `sigaction`: no flags, an empty mask.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = ask as *const () as usize;
        // SAFETY: L2 - `action` is valid for a read, and the handler only stores to an atomic.
        if unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Whether the run is to end now.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
