//! The memory pass: one run of one call, counted at the malloc layer, in a process of its own.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use crate::contest::ready;
use crate::interrupt;
use crate::process::{Failure, Limits, Under, memory_file};
use crate::protocol::{Command, Heap, Memory};
use crate::roster::{Entrant, Group};
use crate::workload::Tracked;

static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/counter.so"));
static MISSING: &str = include_str!(concat!(env!("OUT_DIR"), "/counter.missing"));

/// The heap counter in a file that workers can load; it is gone with the coordinator.
pub(crate) struct Counter {
    file: Result<File, String>,
}

/// What the memory pass found.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    /// Or why there are none.
    pub(crate) heap: Result<Heap, String>,
    /// For tracked workloads; or why there are none.
    pub(crate) tracked: Result<Tracked, String>,
}

impl Counter {
    /// Puts the library where workers can load it.
    pub(crate) fn new() -> Self {
        let file = if MISSING.is_empty() {
            memory_file(c"diptych-heap-counter")
                .and_then(|mut file| file.write_all(LIBRARY).map(|()| file))
                .map_err(|error| format!("the heap counter cannot be unpacked: {error}"))
        } else {
            Err(MISSING.to_owned())
        };
        Self { file }
    }

    fn under(&self) -> Result<Under, String> {
        let file = self.file.as_ref().map_err(Clone::clone)?;
        // Through this process: the worker inherits no descriptor.
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        Ok(Under { preload: Some(PathBuf::from(path)), ..Under::default() })
    }

    /// Counts one contestant in one group.
    pub(crate) fn count(
        &self,
        entrant: &Entrant,
        group: &Group,
        seed: u64,
        limits: Limits,
    ) -> Counts {
        let counted = self.under().and_then(|under| {
            ask(entrant, group, seed, &under, limits)
                .map_err(|failure| format!("with the heap counter the worker {failure}"))
        });
        let (heap, memory) = match counted {
            Ok(memory) => {
                let unseen = "the worker cannot see the heap counter (linked statically, or not \
                              with glibc), or has more live blocks than it can hold";
                (memory.heap.ok_or_else(|| unseen.to_owned()), Ok(memory))
            }
            Err(reason) if group.tracked => {
                // Copies and moves need no heap counter.
                (Err(reason), ask(entrant, group, seed, &Under::default(), limits))
            }
            Err(reason) => (Err(reason), Err(Failure::Interrupted)),
        };
        let tracked = match memory {
            Ok(memory) if group.tracked => Ok(memory.tracked),
            Err(failure) if group.tracked => Err(format!("the worker {failure}")),
            _ => Err("the workload's elements are not tracked".to_owned()),
        };
        Counts { heap, tracked }
    }
}

fn ask(
    entrant: &Entrant,
    group: &Group,
    seed: u64,
    under: &Under,
    limits: Limits,
) -> Result<Memory, Failure> {
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    let mut worker = ready(entrant, group, under, limits)?;
    let answer = worker.ask(&Command::Memory { seed })?;
    Memory::read(&answer).ok_or_else(|| Failure::Rubbish(answer.join("\t")))
}

#[cfg(test)]
#[path = "../counter/table.rs"]
mod table;

#[cfg(test)]
mod tests {
    use super::table::{Slot, Table};
    use crate::workload::Rng;
    use std::collections::HashMap;

    #[test]
    fn the_counters_table_is_a_map_from_blocks_to_sizes() {
        for seed in 0..200 {
            let mut slots = [Slot { block: 0, size: 0 }; 64];
            let (mut table, mut model) = (Table::new(&mut slots), HashMap::new());
            let mut rng = Rng::new(seed);
            for _ in 0..500 {
                let block = 16 * (1 + (rng.next() % 100) as usize);
                if model.contains_key(&block) || rng.next().is_multiple_of(3) {
                    assert_eq!(table.remove(block), model.remove(&block).unwrap_or(0));
                } else if table.insert(block, block + 1) {
                    model.insert(block, block + 1);
                } else {
                    assert_eq!(model.len(), 56, "full at seven eighths");
                }
            }
            for (block, size) in model {
                assert_eq!(table.remove(block), size);
            }
        }
    }
}
