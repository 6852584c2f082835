//! Hardware counters of the processor, by Linux's perf events, of a worker from outside: where the
//! machine has them and lets us. Virtual ones mostly have none.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::FromRawFd;

use perf_event_open_sys::bindings::{
    PERF_COUNT_HW_BRANCH_MISSES, PERF_COUNT_HW_CACHE_MISSES, PERF_COUNT_HW_CPU_CYCLES,
    PERF_COUNT_HW_INSTRUCTIONS, PERF_FLAG_FD_CLOEXEC, PERF_FORMAT_TOTAL_TIME_ENABLED,
    PERF_FORMAT_TOTAL_TIME_RUNNING, PERF_TYPE_HARDWARE, perf_event_attr,
};
use perf_event_open_sys::perf_event_open;
use serde::{Deserialize, Serialize};

/// What the processor counted of one call with the making of its input, outside the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hardware {
    pub(crate) cycles: u64,
    pub(crate) instructions: u64,
    pub(crate) cache_misses: u64,
    pub(crate) branch_misses: u64,
}

/// The counters of one process and of the threads it starts, running since they were opened.
pub(crate) struct Counters([File; 4]);

impl Counters {
    /// Starts to count. An error is why the machine cannot.
    pub(crate) fn of(process: u32) -> Result<Self, String> {
        let open = |event| {
            open(process, PERF_TYPE_HARDWARE, u64::from(event)).map_err(|error| {
                match error.kind() {
                    io::ErrorKind::NotFound => "the machine has no hardware counters".to_owned(),
                    _ => format!("hardware counters cannot be opened: {error}"),
                }
            })
        };
        Ok(Self([
            open(PERF_COUNT_HW_CPU_CYCLES)?,
            open(PERF_COUNT_HW_INSTRUCTIONS)?,
            open(PERF_COUNT_HW_CACHE_MISSES)?,
            open(PERF_COUNT_HW_BRANCH_MISSES)?,
        ]))
    }

    /// What was counted so far. An error is why that is nothing to go by.
    pub(crate) fn read(&mut self) -> Result<Hardware, String> {
        let mut counts = [0; 4];
        for (file, count) in self.0.iter_mut().zip(&mut counts) {
            *count = read(file)
                .map_err(|error| format!("a hardware counter cannot be read: {error}"))?
                .ok_or("the processor has fewer counters than events to count")?;
        }
        let [cycles, instructions, cache_misses, branch_misses] = counts;
        Ok(Hardware { cycles, instructions, cache_misses, branch_misses })
    }
}

fn open(process: u32, kind: u32, event: u64) -> io::Result<File> {
    let mut wanted = perf_event_attr {
        type_: kind,
        size: u32::try_from(size_of::<perf_event_attr>()).unwrap_or(0),
        config: event,
        read_format: u64::from(PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING),
        ..perf_event_attr::default()
    };
    wanted.set_inherit(1);
    // The kernel's share is not the worker's, and counting it needs privileges.
    wanted.set_exclude_kernel(1);
    wanted.set_exclude_hv(1);
    let process = i32::try_from(process).map_err(|_| io::ErrorKind::InvalidInput)?;
    let flags = std::os::raw::c_ulong::from(PERF_FLAG_FD_CLOEXEC);
    // SAFETY: L2 - `wanted` is a live local of that type; the kernel may correct its size.
    let descriptor = unsafe { perf_event_open(&raw mut wanted, process, -1, -1, flags) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: L1 - the descriptor is open and nobody else has its number.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

/// A counter's value. `None` when it shared its place with others and did not always count.
fn read(file: &mut File) -> io::Result<Option<u64>> {
    let mut words = [0; 24];
    file.read_exact(&mut words)?;
    let word = |at: usize| {
        let bytes = words[8 * at..][..8].try_into().expect("eight bytes");
        u64::from_ne_bytes(bytes)
    };
    let (count, enabled, running) = (word(0), word(1), word(2));
    Ok((running == enabled).then_some(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use perf_event_open_sys::bindings::{PERF_COUNT_SW_TASK_CLOCK, PERF_TYPE_SOFTWARE};

    #[test]
    fn a_counter_counts_or_says_why_not() {
        // Every kernel with perf events has this one; a sandbox may have none.
        let clock = u64::from(PERF_COUNT_SW_TASK_CLOCK);
        match open(std::process::id(), PERF_TYPE_SOFTWARE, clock) {
            Ok(mut file) => assert!(read(&mut file).is_ok()),
            Err(error) => assert!(error.raw_os_error().is_some()),
        }
        match Counters::of(std::process::id()) {
            Ok(mut counters) => assert!(counters.read().is_ok_and(|seen| seen.cycles > 0)),
            Err(reason) => assert!(reason.contains("hardware counters"), "{reason}"),
        }
    }
}
