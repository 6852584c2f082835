//! Options of the scheduler, set in a worker between fork and exec. All are off unless asked for:
//! on a machine of one's own they may narrow intervals, elsewhere they need privileges or change
//! what is measured (docs/method.md).

use std::io::{self, Error};

use crate::design::Scheduling;
use crate::processor;

/// What the child needs, made before the fork: nothing is allocated after it.
pub(crate) struct Prepared {
    processors: Option<libc::cpu_set_t>,
    fifo: Option<libc::sched_param>,
    /// The decimal digits for `/proc/self/autogroup`, and how many there are.
    autogroup: Option<([u8; 4], usize)>,
}

impl Prepared {
    /// Gets everything ready.
    pub(crate) fn new(wish: Scheduling) -> Self {
        let processors = wish
            .pin
            .map(|processor| processor::only(usize::try_from(processor).unwrap_or(usize::MAX)));
        let autogroup = wish.autogroup.map(|nice| {
            let mut digits = [0; 4];
            let text = nice.to_string();
            let length = text.len().min(4);
            digits[..length].copy_from_slice(&text.as_bytes()[..length]);
            (digits, length)
        });
        let fifo = wish.fifo.map(|priority| libc::sched_param { sched_priority: priority.into() });
        Self { processors, fifo, autogroup }
    }

    /// In the child: a session or process group of its own, and what was asked for.
    pub(crate) fn apply(&self) -> io::Result<()> {
        match &self.autogroup {
            None => {
                // SAFETY: L5 - a plain system call.
                check(unsafe { libc::setpgid(0, 0) })?;
            }
            Some((digits, length)) => {
                // SAFETY: L5 - a plain system call. A session is a process group too.
                check(unsafe { libc::setsid() })?;
                // SAFETY: L5 - a plain system call; the name is a constant that ends in zero.
                let file = unsafe { libc::open(c"/proc/self/autogroup".as_ptr(), libc::O_WRONLY) };
                check(file)?;
                // SAFETY: L5 - a plain system call on bytes that live in `self`.
                let written = unsafe { libc::write(file, digits.as_ptr().cast(), *length) };
                let failed = Error::last_os_error();
                // SAFETY: L5 - a plain system call on the number opened above.
                unsafe { libc::close(file) };
                if written < 0 {
                    return Err(failed);
                }
            }
        }
        if let Some(set) = &self.processors {
            processor::bind(0, set)?;
        }
        if let Some(parameters) = &self.fifo {
            // SAFETY: L5 - a plain system call on parameters that live in `self`.
            check(unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, parameters) })?;
        }
        Ok(())
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}
