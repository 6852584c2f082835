//! Where a run took place: what a reader must know to believe or repeat it.

use std::time::SystemTime;
use std::{env, fs, thread};

use serde::{Deserialize, Serialize};

/// The machine and its settings. `None` is what the machine does not tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Environment {
    /// When the run started, UTC.
    pub(crate) started: String,
    pub(crate) cpu: Option<String>,
    /// Processors this process may use.
    pub(crate) cpus: usize,
    pub(crate) kernel: Option<String>,
    /// Of the last minute, before the run.
    pub(crate) load: Option<f64>,
    pub(crate) glibc: Option<String>,
    /// `always`, `madvise` or `never`.
    pub(crate) transparent_huge_pages: Option<String>,
    pub(crate) governor: Option<String>,
    /// Settings of the allocator in the environment: `NAME=value`.
    pub(crate) allocator: Vec<String>,
    pub(crate) valgrind: Option<String>,
    pub(crate) lab: String,
}

impl Environment {
    /// Reads it now. Of valgrind it knows what it is told.
    pub fn read(valgrind: Option<String>) -> Self {
        let line = |path: &str| Some(fs::read_to_string(path).ok()?.trim().to_owned());
        let cpuinfo = line("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == "model name").then(|| value.trim().to_owned())
        });
        let huge = line("/sys/kernel/mm/transparent_hugepage/enabled");
        let chosen = |modes: String| {
            let (_, rest) = modes.split_once('[')?;
            Some(rest.split_once(']')?.0.to_owned())
        };
        let mut allocator: Vec<String> = env::vars()
            .filter(|(name, _)| name.starts_with("MALLOC_") || name == "GLIBC_TUNABLES")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        allocator.sort();
        Self {
            started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            cpu,
            cpus: thread::available_parallelism().map_or(1, usize::from),
            kernel: line("/proc/sys/kernel/osrelease"),
            load: line("/proc/loadavg").and_then(|l| l.split(' ').next()?.parse().ok()),
            glibc: glibc(),
            transparent_huge_pages: huge.and_then(chosen),
            governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            allocator,
            valgrind,
            lab: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// One line for the head of the table.
    pub(crate) fn line(&self) -> String {
        let mut parts = vec![self.cpu.clone().unwrap_or_else(|| "unknown processor".into())];
        parts.push(format!("{} CPUs", self.cpus));
        parts.extend(self.kernel.as_ref().map(|kernel| format!("Linux {kernel}")));
        parts.extend(self.glibc.as_ref().map(|glibc| format!("glibc {glibc}")));
        parts.extend(self.transparent_huge_pages.as_ref().map(|mode| format!("huge pages {mode}")));
        parts.extend(self.governor.as_ref().map(|governor| format!("governor {governor}")));
        parts.extend(self.load.map(|load| format!("load {load}")));
        parts.extend(self.allocator.iter().cloned());
        parts.push(self.started.clone());
        parts.join(", ")
    }
}

#[cfg(target_env = "gnu")]
fn glibc() -> Option<String> {
    // SAFETY: L3 - no precondition.
    let version = unsafe { libc::gnu_get_libc_version() };
    // SAFETY: L3 - a string constant of the C library.
    let version = unsafe { std::ffi::CStr::from_ptr(version) };
    Some(version.to_string_lossy().into_owned())
}

#[cfg(not(target_env = "gnu"))]
fn glibc() -> Option<String> {
    None
}
