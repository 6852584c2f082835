//! The memory pass: one run of one call, counted at the malloc layer, in a process of its own; and
//! the same in another process, without the counter, for what the kernel sees.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use crate::contest::ready;
use crate::heap::{self, Detail};
use crate::interrupt;
use crate::perf::{Counters, Hardware};
use crate::process::{Failure, Limits, Under, memory_file};
use crate::protocol::{Command, Heap, Memory, Sample, whole};
use crate::roster::{Entrant, Group};
use crate::symbols::Symbols;
use crate::workload::Tracked;

static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/counter.so"));
static MISSING: &str = include_str!(concat!(env!("OUT_DIR"), "/counter.missing"));

/// Tells the counter where its report goes.
const REPORT: &str = "DIPTYCH_LAB_HEAP_REPORT";

/// A longer report is not read: thousands of call sites fit.
const LONGEST_REPORT: u64 = 4 << 20;

/// Growth of the resident set below this is lost among the pages that any call touches.
const LEAST_RESIDENT: u64 = 100_000;

/// The heap counter in a file that workers can load; it is gone with the coordinator.
pub(crate) struct Counter {
    file: Result<File, String>,
    symbols: Symbols,
}

/// What the memory pass found.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    /// Or why there are none.
    pub(crate) heap: Result<Heap, String>,
    /// Who asked, when, and what stayed; or why that is not known.
    pub(crate) detail: Result<Detail, String>,
    /// For tracked workloads; or why there are none.
    pub(crate) tracked: Result<Tracked, String>,
    /// Most bytes of physical memory for one call with its input, above those before; or why that
    /// is not known.
    pub(crate) peak_rss: Result<u64, String>,
    /// What the processor counted of one call; or why nothing.
    pub(crate) hardware: Result<Hardware, String>,
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
        Self { file, symbols: Symbols::default() }
    }

    fn under(&self, report: &File) -> Result<Under, String> {
        let file = self.file.as_ref().map_err(Clone::clone)?;
        let environment = vec![(REPORT, path(report).into_os_string())];
        Ok(Under { preload: Some(path(file)), environment, ..Under::default() })
    }

    /// Counts one contestant in one group.
    pub(crate) fn count(
        &self,
        entrant: &Entrant,
        group: &Group,
        seed: u64,
        limits: Limits,
    ) -> Counts {
        let counted = self.counted(entrant, group, seed, limits);
        let (heap, detail, memory) = match counted {
            Ok((memory, report)) => {
                let unseen = || {
                    "the worker cannot see the heap counter (linked statically, or not with \
                     glibc), or has more live blocks than it can hold"
                        .to_owned()
                };
                let heap = memory.heap.ok_or_else(unseen);
                let detail = heap.clone().and_then(|heap| {
                    let report = report
                        .map_err(|error| format!("the heap report cannot be read: {error}"))?;
                    heap::read(&report, &heap, &self.symbols)
                });
                (heap, detail, Ok(memory))
            }
            Err(reason) if group.tracked => {
                // Copies and moves need no heap counter.
                let memory = ask(entrant, group, seed, &Under::default(), limits);
                (Err(reason.clone()), Err(reason), memory)
            }
            Err(reason) => (Err(reason.clone()), Err(reason), Err(Failure::Interrupted)),
        };
        let tracked = match memory {
            Ok(memory) if group.tracked => Ok(memory.tracked),
            Err(failure) if group.tracked => Err(format!("the worker {failure}")),
            _ => Err("the workload's elements are not tracked".to_owned()),
        };
        let (peak_rss, hardware) = match outside(entrant, group, seed, limits) {
            Ok(both) => both,
            Err(failure) => {
                let reason = format!("the worker {failure}");
                (Err(reason.clone()), Err(reason))
            }
        };
        Counts { heap, detail, tracked, peak_rss, hardware }
    }

    /// The worker's answer, and the report that the counter left.
    fn counted(
        &self,
        entrant: &Entrant,
        group: &Group,
        seed: u64,
        limits: Limits,
    ) -> Result<(Memory, std::io::Result<Vec<u8>>), String> {
        let mut report = memory_file(c"diptych-heap-report")
            .map_err(|error| format!("no file for the heap report can be made: {error}"))?;
        let under = self.under(&report)?;
        let memory = ask(entrant, group, seed, &under, limits)
            .map_err(|failure| format!("with the heap counter the worker {failure}"))?;
        let mut bytes = Vec::new();
        let read = report
            .seek(SeekFrom::Start(0))
            .and_then(|_| report.take(LONGEST_REPORT).read_to_end(&mut bytes));
        Ok((memory, read.map(|_| bytes)))
    }
}

/// Where another process finds a file of this one: it inherits no descriptor.
fn path(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()))
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

/// What is seen of one call from outside the worker: how far its resident set grows, and what the
/// processor counts. An error is what became of the worker.
type Outside = (Result<u64, String>, Result<Hardware, String>);

fn outside(
    entrant: &Entrant,
    group: &Group,
    seed: u64,
    limits: Limits,
) -> Result<Outside, Failure> {
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    let mut worker = ready(entrant, group, &Under::default(), limits)?;
    let process = worker.id();
    let mut call = |seed| {
        let answer = worker.ask(&Command::Sample { seed, calls: 1 })?;
        Sample::read(&answer).ok_or_else(|| Failure::Rubbish(answer.join("\t")))
    };
    let before = Resident::start(process);
    call(seed)?;
    let grown = before.and_then(|before| match Resident::of(process)?.growth(before) {
        bytes if bytes < LEAST_RESIDENT => {
            Err("less than 100 kB, which the kernel's accounts do not resolve".to_owned())
        }
        bytes => Ok(bytes),
    });
    let hardware = match Counters::of(process) {
        Ok(mut counters) => {
            // The call above paid what is paid once per process.
            call(seed.wrapping_add(1))?;
            counters.read()
        }
        Err(reason) => Err(reason),
    };
    Ok((grown, hardware))
}

/// What the kernel says of a process's physical memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Resident {
    peak: u64,
    now: u64,
    /// Of these, pages of files: code that was not run before.
    files: u64,
}

impl Resident {
    /// Lets the peak of a process start anew from what is resident now.
    fn start(process: u32) -> Result<Self, String> {
        fs::write(format!("/proc/{process}/clear_refs"), "5")
            .map_err(|error| format!("the peak of the resident set cannot be reset: {error}"))?;
        Self::of(process)
    }

    fn of(process: u32) -> Result<Self, String> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))
            .map_err(|error| format!("the resident set cannot be read: {error}"))?;
        Self::read(&status).ok_or_else(|| "the kernel does not tell the resident set".to_owned())
    }

    /// Reads `/proc/PID/status`.
    fn read(status: &str) -> Option<Self> {
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes: u64 = whole(line?.trim().strip_suffix(" kB")?)?;
            kilobytes.checked_mul(1024)
        };
        Some(Self { peak: of("VmHWM:")?, now: of("VmRSS:")?, files: of("RssFile:")? })
    }

    /// The peak above what was resident before, without pages of files.
    fn growth(self, before: Self) -> u64 {
        let files = self.files.saturating_sub(before.files);
        self.peak.saturating_sub(before.now).saturating_sub(files)
    }
}

/// The counter's own parts are plain code: they are tested here, where there is a heap.
#[cfg(test)]
#[path = "../counter/curve.rs"]
mod curve;
#[cfg(test)]
#[path = "../counter/sites.rs"]
mod sites;
#[cfg(test)]
#[path = "../counter/table.rs"]
mod table;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Resident;
    use super::curve::{Curve, Point};
    use super::sites::{Sites, Way, class};
    use super::table::{Slot, Table};
    use crate::workload::Rng;

    #[test]
    fn the_counters_table_is_a_map_from_blocks_to_sizes() {
        for seed in 0..200 {
            let mut slots = [Slot::EMPTY; 64];
            let (mut table, mut model) = (Table::new(&mut slots), HashMap::new());
            let mut rng = Rng::new(seed);
            for _ in 0..500 {
                let block = 16 * (1 + (rng.next() % 100) as usize);
                if model.contains_key(&block) || rng.next().is_multiple_of(3) {
                    assert_eq!(table.remove(block), model.remove(&block).unwrap_or(Slot::EMPTY));
                } else if table.insert(Slot { block, size: block + 1, window: 1, site: 2 }) {
                    model.insert(block, Slot { block, size: block + 1, window: 1, site: 2 });
                } else {
                    assert_eq!(model.len(), 56, "full at seven eighths");
                }
            }
            for (block, slot) in model {
                assert_eq!(table.remove(block), slot);
            }
        }
    }

    #[test]
    fn a_curve_has_few_points_in_order_and_never_loses_its_maximum() {
        for seed in 0..200 {
            let mut curve: Curve<16> = Curve::new();
            let mut rng = Rng::new(seed);
            let (mut allocated, mut live, mut highest) = (0, 0_i64, i64::MIN);
            for ns in 0..rng.next() % 3000 {
                let size = rng.next() % 100;
                if rng.next().is_multiple_of(2) {
                    allocated += size;
                    live += i64::try_from(size).expect("small");
                } else {
                    live -= i64::try_from(size).expect("small");
                }
                curve.add(allocated, live, || ns);
                highest = highest.max(live);
                let points = curve.points();
                assert!(points.len() <= 16);
                assert!(points.is_sorted_by_key(|point| (point.allocated, point.ns)));
                assert_eq!(points.iter().map(|point| point.live).max(), Some(highest));
            }
        }
    }

    #[test]
    fn a_short_curve_has_every_event() {
        let mut curve: Curve<4> = Curve::new();
        for (ns, live) in [5, 3, 9].into_iter().enumerate() {
            curve.add(7, live, || u64::try_from(ns).expect("small"));
        }
        let of = |ns, live| Point { allocated: 7, ns, live };
        assert_eq!(curve.points(), [of(0, 5), of(1, 3), of(2, 9)]);
        curve.clear();
        assert_eq!(curve.points(), []);
    }

    #[test]
    fn sites_count_what_each_took_and_what_is_left_even_beyond_their_room() {
        for seed in 0..100 {
            let mut sites: Box<Sites<16>> = Box::new(Sites::new());
            let mut rng = Rng::new(seed);
            let (mut calls, mut bytes, mut live) = (0, 0, Vec::new());
            for _ in 0..300 {
                let at = usize::try_from(rng.next() % 6).expect("small");
                let size = usize::try_from(rng.next() % 5000).expect("small");
                let ways = [Way::New, Way::Malloc, Way::Realloc];
                let way = ways[usize::try_from(rng.next() % 3).expect("small")];
                live.push((sites.took(at, way, size), size));
                (calls, bytes) = (calls + 1, bytes + size);
                if rng.next().is_multiple_of(2) {
                    let (place, size) = live.swap_remove(live.len() / 2);
                    sites.gave(place, size);
                }
            }
            let sum = |of: fn(&super::sites::Site) -> u64| {
                usize::try_from(sites.all().map(of).sum::<u64>()).expect("small")
            };
            assert_eq!((sum(|site| site.calls), sum(|site| site.bytes)), (calls, bytes));
            assert_eq!(sum(|site| site.live_blocks), live.len());
            assert_eq!(sum(|site| site.live_bytes), live.iter().map(|l| l.1).sum::<usize>());
            assert!(sites.all().count() <= 15);
            sites.clear();
            assert_eq!(sites.all().count(), 0);
        }
    }

    #[test]
    fn a_size_class_ends_at_a_power_of_two() {
        let sizes = [0, 1, 2, 3, 4, 5, 8, 9, 1 << 40, (1 << 40) + 1];
        assert_eq!(sizes.map(class), [0, 0, 1, 2, 2, 3, 3, 4, 40, 41]);
    }

    #[test]
    fn the_resident_set_is_read_and_its_growth_leaves_out_files() {
        let of = |peak, now, files| {
            let status = format!("Name:\tx\nVmHWM:\t {peak} kB\nVmRSS:\t{now} kB\n");
            Resident::read(&(status + &format!("RssFile:\t {files} kB\n")))
        };
        let (before, after) = (of(90, 80, 50), of(300, 100, 60));
        let growth = after.expect("whole").growth(before.expect("whole"));
        assert_eq!(growth, (300 - 80 - 10) * 1024);
        for status in ["", "VmHWM:\t1 kB\n", "VmHWM:\t1 MB\nVmRSS:\t1 kB\nRssFile:\t1 kB"] {
            assert_eq!(Resident::read(status), None);
        }
    }
}
