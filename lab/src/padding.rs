//! Copies of a worker's executable that differ in nothing but where on a page their image begins.
//!
//! Where code lies decides how fast it is: the same objects linked with some padding in front
//! differ by several percent, and no number of launches of one executable tells. Launches that
//! go through several such copies turn that bias into scatter, which the interval shows. A copy
//! is made from the finished executable ([`image`]), so this works for every worker, in whatever
//! language, and all copies come from the same instructions.
//!
//! A copy moved by some bytes is as fast as the same objects linked with as many bytes in front.
//! But unlike a linker, a copy cannot move code against code or code against data of the same
//! executable, and it keeps the largest alignment that anything in it has: where that is a cache
//! line, all shifts are multiples of 64: code moves by whole lines only, and loops hardly notice.
//!
//! Copies have no symbols: callgrind must be given the original.

mod image;

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use crate::process::{Failure, Limits, Program, Under, Worker, memory_program};
use crate::protocol::{Command as Ask, VERSION};
use image::{Image, PAGE};

/// The executables that launches of one worker rotate through.
pub(crate) struct Paddings {
    copies: Vec<Copy>,
    shifts: Vec<u64>,
    original: PathBuf,
    reason: Option<String>,
}

/// An executable without a name; it is gone with the coordinator.
struct Copy {
    /// Keeps `path` alive.
    _file: File,
    path: PathBuf,
}

impl Paddings {
    /// Makes `count` copies and proves that each answers like the original.
    ///
    /// Where that is impossible the original is the only one, and [`reason`](Self::reason) says
    /// why. A copy has the contents of the executable as it is now: a rebuild during the run
    /// changes nothing.
    pub(crate) fn make(program: &Program, count: usize, limits: Limits) -> Self {
        let mut this = Self {
            copies: Vec::new(),
            shifts: Vec::new(),
            original: program.path.clone(),
            reason: None,
        };
        if count > 1 {
            this.reason = this.fill(program, count, limits).err();
        }
        if this.copies.len() < 2 {
            this.copies.clear();
            this.shifts = vec![0];
        }
        this
    }

    /// How many there are, at least 1.
    pub(crate) fn len(&self) -> usize {
        self.shifts.len()
    }

    /// The executable of this launch.
    pub(crate) fn path(&self, index: usize) -> &Path {
        self.copies.get(index % self.len()).map_or(&self.original, |copy| &copy.path)
    }

    /// Why there are fewer than asked for.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// How many bytes each image is moved by, modulo the size of a page.
    pub(crate) fn shifts(&self) -> &[u64] {
        &self.shifts
    }

    fn fill(&mut self, program: &Program, count: usize, limits: Limits) -> Result<(), String> {
        let file =
            fs::read(&program.path).map_err(|error| format!("it cannot be read: {error}"))?;
        let image = Image::read(&file)?;
        let shifts = spread(count, image.granularity(), |shift| !image.clashes(shift));
        let expected = answers(program, limits).map_err(|failure| format!("it {failure}"))?;
        let mut places = &PLACES[..];
        let mut dropped = None;
        for &shift in &shifts {
            let moved = image.moved(shift)?;
            let made = places.iter().enumerate().find_map(|(at, place)| {
                let proved = prove(&moved, *place, program, &expected, limits);
                proved.map(|copy| (at, copy)).map_err(|reason| dropped = Some(reason)).ok()
            });
            if let Some((at, copy)) = made {
                // What serves once serves all.
                places = &places[at..=at];
                self.copies.push(copy);
                self.shifts.push(shift);
            }
        }
        match dropped.filter(|_| self.copies.len() < shifts.len()) {
            Some(reason) => Err(format!("a moved copy of it {reason}")),
            None if shifts.len() < count => {
                let (made, unit) = (shifts.len(), image.granularity());
                Err(format!("of multiples of {unit} bytes only {made} suit it"))
            }
            None => Ok(()),
        }
    }
}

/// Puts a copy somewhere and asks it what the original was asked.
fn prove(
    contents: &[u8],
    place: fn() -> io::Result<File>,
    program: &Program,
    expected: &[Vec<String>],
    limits: Limits,
) -> Result<Copy, String> {
    let copy = place()
        .and_then(|file| Copy::fill(file, contents))
        .map_err(|error| format!("cannot be stored: {error}"))?;
    let moved = Program { path: copy.path.clone(), ..program.clone() };
    match answers(&moved, limits) {
        Ok(answer) if answer == expected => Ok(copy),
        Ok(_) => Err("has other contestants or workloads".to_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}

impl Copy {
    fn fill(mut file: File, contents: &[u8]) -> io::Result<Self> {
        file.write_all(contents)?;
        // No file that is open for writing can be executed.
        let file = File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
        // Through this process: the worker inherits no descriptor.
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        Ok(Self { _file: file, path: path.into() })
    }
}

/// Where copies may be kept, best first: some systems let nothing run from memory, others
/// nothing from the directory for temporary files.
const PLACES: [fn() -> io::Result<File>; 2] = [in_memory, in_directory];

fn in_memory() -> io::Result<File> {
    const NAME: &CStr = c"diptych-moved-worker";
    memory_program(NAME)
}

/// A file that has no name from the start.
fn in_directory() -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o700).custom_flags(libc::O_TMPFILE);
    options.open(std::env::temp_dir())
}

/// What a worker says of itself.
fn answers(program: &Program, limits: Limits) -> Result<Vec<Vec<String>>, Failure> {
    let end = Instant::now() + limits.answer;
    let mut worker = loop {
        match Worker::start(program, &Under::default(), limits) {
            // A process that another thread has forked off in the meantime has the file open for
            // writing until it becomes its own program.
            Err(Failure::Start(error))
                if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < end =>
            {
                thread::yield_now();
            }
            other => break other?,
        }
    };
    worker.send(&Ask::Hello(VERSION))?;
    worker.greeted()?;
    worker.ask_list(&Ask::List)
}

/// Up to `count` distinct multiples of `unit` below a page, 0 first: spread over the page, and
/// each at another place in its cache line as far as `unit` allows.
fn spread(count: usize, unit: u64, suits: impl Fn(u64) -> bool) -> Vec<u64> {
    let mut shifts = Vec::new();
    let count = u64::try_from(count).unwrap_or(PAGE).max(1);
    for index in 0..count.min(PAGE / unit) {
        let first = (index * PAGE / count + index * unit) / unit * unit;
        let mut all = (0..PAGE / unit).map(|step| (first + step * unit) % PAGE);
        shifts.extend(all.find(|&shift| !shifts.contains(&shift) && suits(shift)));
    }
    shifts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::workload::Rng;
    use std::process::Command;
    use std::time::Duration;

    const LIMITS: Limits =
        Limits { answer: Duration::from_secs(20), life: Duration::from_secs(60) };

    fn this_program() -> Vec<u8> {
        fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn shifts_are_distinct_multiples_below_a_page_and_suit() {
        for unit in [16, 32, 64, 128, 1024, 2048] {
            for count in 1..40 {
                for rarity in 1..5 {
                    let suits = |shift: u64| (shift / unit).is_multiple_of(rarity);
                    let shifts = spread(count, unit, suits);
                    let mut sorted = shifts.clone();
                    sorted.sort_unstable();
                    sorted.dedup();
                    assert_eq!(sorted.len(), shifts.len());
                    assert_eq!(shifts[0], 0);
                    assert!(shifts.iter().all(|s| s.is_multiple_of(unit) && *s < PAGE));
                    assert!(shifts.iter().all(|&shift| suits(shift)));
                    let there = (0..PAGE / unit).filter(|step| step.is_multiple_of(rarity));
                    assert_eq!(shifts.len(), count.min(there.count()));
                }
            }
        }
        let all = |_| true;
        assert_eq!(spread(4, 16, all), [0, 1040, 2080, 3120]);
        assert_eq!(spread(4, 64, all), [0, 1088, 2176, 3264]);
        assert_eq!(spread(8, 16, all).iter().map(|s| s % 64).max(), Some(48));
    }

    #[test]
    fn damaged_executables_give_a_reason_or_a_file_and_never_a_panic() {
        let mut sound = this_program();
        let mut rng = Rng::new(1);
        let mut below = |bound: usize| usize::try_from(rng.next()).unwrap() % bound;
        // Where the structure is: headers, and the tables that follow them; sections at the end.
        let front = sound.len().min(1 << 16);
        let back = sound.len() - sound.len().min(1 << 14);
        for round in 0..400 {
            let mut undo = Vec::new();
            for _ in 0..=round % 8 {
                let at = match below(8) {
                    0 => below(64),
                    1..=3 => 64 + below(800),
                    4 | 5 => below(front),
                    6 => back + below(sound.len() - back),
                    _ => below(sound.len()),
                };
                undo.push((at, sound[at]));
                sound[at] = u8::try_from(below(256)).unwrap();
            }
            let end = if round % 3 == 0 { below(sound.len()) } else { sound.len() };
            if let Ok(image) = Image::read(&sound[..end]) {
                let _ = image.moved(image.granularity());
            }
            for (at, byte) in undo.into_iter().rev() {
                sound[at] = byte;
            }
        }
        assert!(sound == this_program());
    }

    #[test]
    fn every_damaged_word_of_the_dynamic_section_gives_a_reason_or_a_file() {
        let sound = this_program();
        let at = 64 + sound[64..].chunks(56).position(|header| header[0] == 2).unwrap() * 56;
        let offset = u64::from_le_bytes(sound[at + 8..at + 16].try_into().unwrap());
        let offset = usize::try_from(offset).unwrap();
        for word in (offset..offset + 480).step_by(8) {
            for value in [0, 1, 7, 17, 4097, 1 << 31, 1 << 63, u64::MAX] {
                let mut bytes = sound.clone();
                bytes[word..word + 8].copy_from_slice(&value.to_le_bytes());
                let _ = Image::read(&bytes).and_then(|image| image.moved(0));
            }
        }
    }

    #[test]
    fn what_cannot_be_moved_has_a_reason_and_is_run_as_it_is() {
        let program = |path: &Path| Program { path: path.to_owned(), own: false };
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("script");
        fs::write(&script, "#!/bin/sh\nexit 1\n").unwrap();
        for (path, reason) in [
            (script.as_path(), "it is not an ELF file"),
            (Path::new("/nowhere/at/all"), "it cannot be read: No such file"),
        ] {
            let paddings = Paddings::make(&program(path), 4, LIMITS);
            assert!(paddings.reason().unwrap().starts_with(reason), "{:?}", paddings.reason());
            assert_eq!((paddings.len(), paddings.shifts()), (1, &[0][..]));
            assert_eq!([0, 1, 7].map(|index| paddings.path(index)), [path; 3]);
        }
    }

    #[test]
    fn all_copies_of_a_worker_do_the_same_work() {
        let Ok(asked) = Command::new("g++").arg("--version").output() else { return };
        assert!(asked.status.success());
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut compiler = Command::new("g++");
        compiler.args(["-std=c++20", "-O1", "-I"]).arg(root.join("include"));
        compiler.arg(root.join("tests/program/toy.cpp")).arg("-o").arg(&path).arg("-ldl");
        assert!(compiler.status().unwrap().success());

        let program = Program { path, own: false };
        let paddings = Paddings::make(&program, 5, LIMITS);
        assert_eq!(paddings.reason(), None);
        assert_eq!((paddings.len(), paddings.shifts().len()), (5, 5));
        // The copies are what runs from here on.
        fs::remove_file(&program.path).unwrap();
        let digest = |index| {
            let moved = Program { path: paddings.path(index).to_owned(), own: false };
            let mut worker = Worker::start(&moved, &Under::default(), LIMITS).unwrap();
            worker.ask(&Ask::Hello(VERSION)).unwrap();
            let [contestant, component, name] = ["far", "toy", "fill/u64"].map(str::to_owned);
            worker.ask(&Ask::Open { contestant, component, name, n: 1000 }).unwrap();
            worker.ask(&Ask::Check { seed: 3, calls: 2 }).unwrap()
        };
        let digests: Vec<_> = (0..6).map(digest).collect();
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
        assert_eq!(paddings.path(0), paddings.path(5));
    }

    #[test]
    fn a_copy_can_be_run_from_each_place() {
        // A small program that ends by itself.
        let image = Image::read(&fs::read("/bin/true").unwrap()).unwrap();
        for place in PLACES {
            let contents = image.moved(image.granularity()).unwrap();
            let copy = Copy::fill(place().unwrap(), &contents).unwrap();
            let status = Command::new(&copy.path).status().unwrap();
            assert!(status.success());
        }
    }
}
