//! Names for addresses: from the symbol tables of the files that a worker has mapped.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use object::{Object, ObjectSegment, ObjectSymbol, SymbolKind};

/// A file, or a part of one, in a worker's address space: a line of `/proc/PID/maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    start: u64,
    end: u64,
    offset: u64,
    path: PathBuf,
}

impl Mapping {
    /// Reads a line. `None` for what is no file.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut rest = line;
        let mut field = || {
            let trimmed = rest.trim_start();
            let (field, tail) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
            rest = tail;
            field
        };
        let (range, _, offset) = (field(), field(), field());
        let (_, _) = (field(), field());
        let (start, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let path = rest.trim_start();
        path.starts_with('/').then_some(())?;
        Some(Self {
            start: number(start)?,
            end: number(end)?,
            offset: number(offset)?,
            path: path.into(),
        })
    }
}

/// Where a call returns to, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The function that called, as its language writes it; `file+0x1234` where it has no symbol.
    pub(crate) function: String,
    /// It is one of Rust's, by the way its name is mangled.
    pub(crate) rust: bool,
    /// The function that the call names, where it names one of the same file.
    pub(crate) called: Option<String>,
}

/// What is needed of one file. Reading the symbols of a large one takes a while: it is done once.
struct Image {
    bytes: Vec<u8>,
    /// File offset, length and address of what is loaded.
    segments: Vec<(u64, u64, u64)>,
    /// Address, length and mangled name, by address; no two of one address.
    functions: Vec<(u64, u64, String)>,
}

/// The symbols of all files that were asked about.
#[derive(Default)]
pub(crate) struct Symbols {
    images: Mutex<HashMap<PathBuf, Option<Arc<Image>>>>,
}

impl Symbols {
    fn image(&self, path: &Path) -> Option<Arc<Image>> {
        let mut images = self.images.lock().expect("no holder panics");
        images.entry(path.to_owned()).or_insert_with(|| Image::read(path).map(Arc::new)).clone()
    }

    /// The function whose call returns to `address`.
    pub(crate) fn name(&self, mappings: &[Mapping], address: u64) -> Named {
        let inside = |map: &&Mapping| (map.start..map.end).contains(&address);
        let Some(map) = mappings.iter().find(inside) else {
            return Named { function: "unknown".to_owned(), rust: false, called: None };
        };
        let at = address - map.start + map.offset;
        let file = || {
            let name = map.path.file_name().unwrap_or_default().to_string_lossy();
            Named { function: format!("{name}+{at:#x}"), rust: false, called: None }
        };
        let Some(image) = self.image(&map.path) else { return file() };
        let Some(address) = image.address(at) else { return file() };
        // The call's last byte: the address after it may be the next function's.
        let function = image.function(address.wrapping_sub(1));
        let called = image.called(at, address).map(demangled);
        let named = |name: &str| Named {
            function: demangled(name),
            rust: rustc_demangle::try_demangle(name).is_ok(),
            called: None,
        };
        Named { called, ..function.map_or_else(file, named) }
    }
}

impl Image {
    fn read(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let file = object::File::parse(&*bytes).ok()?;
        let segment = |segment: object::Segment<'_, '_>| {
            let (offset, length) = segment.file_range();
            (offset, length, segment.address())
        };
        let segments = file.segments().map(segment).collect();
        let mut functions: Vec<(u64, u64, String)> = file
            .symbols()
            .chain(file.dynamic_symbols())
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
            .filter_map(|symbol| {
                Some((symbol.address(), symbol.size(), symbol.name().ok()?.to_owned()))
            })
            .collect();
        // Of several names of one function the first of the file: the alphabet is no better.
        functions.sort_by_key(|&(address, ..)| address);
        functions.dedup_by_key(|&mut (address, ..)| address);
        Some(Self { bytes, segments, functions })
    }

    /// The address, as the file gives it, of what is at an offset of the file.
    fn address(&self, at: u64) -> Option<u64> {
        let inside = |&&(offset, length, _): &&(u64, u64, u64)| {
            at.checked_sub(offset).is_some_and(|into| into < length)
        };
        let &(offset, _, address) = self.segments.iter().find(inside)?;
        address.checked_add(at - offset)
    }

    fn function(&self, address: u64) -> Option<&str> {
        let after = self.functions.partition_point(|&(start, ..)| start <= address);
        let (start, length, name) = self.functions.get(after.checked_sub(1)?)?;
        // Written by hand, a function may have no length.
        (*length == 0 || address - start < *length).then_some(name)
    }

    /// What the direct call before an address calls. x86-64: `e8` and a distance of 32 bits.
    fn called(&self, at: u64, address: u64) -> Option<&str> {
        let end = usize::try_from(at).ok()?;
        let [0xe8, distance @ ..] = self.bytes.get(end.checked_sub(5)?..end)? else { return None };
        let distance = i32::from_le_bytes(distance.try_into().ok()?);
        let target = address.wrapping_add_signed(i64::from(distance));
        let found = self.functions.binary_search_by_key(&target, |&(start, ..)| start).ok()?;
        Some(&self.functions[found].2)
    }
}

/// A symbol as its language writes it, without Rust's hash.
fn demangled(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    // `_Z` alone is C++'s; a symbol version may follow a name.
    let plain = name.split('@').next().unwrap_or(name);
    let cpp = cpp_demangle::Symbol::new(plain).ok();
    cpp.and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_files_are_read_and_all_else_is_not() {
        let line = "7f00-7f10 r-xp 00001000 fe:01 123   /a path/with spaces";
        let expected = Mapping {
            start: 0x7f00,
            end: 0x7f10,
            offset: 0x1000,
            path: "/a path/with spaces".into(),
        };
        assert_eq!(Mapping::read(line), Some(expected));
        for line in ["", "x", "1-2", "7f00-7f10 rw-p 0 0:0 0 [heap]", "zz-7 r 0 0 0 /x", "-- - - -"]
        {
            assert_eq!(Mapping::read(line), None, "{line:?}");
        }
    }

    #[test]
    fn names_are_written_as_their_language_does() {
        assert_eq!(demangled("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(demangled("_ZNSt6vectorIiE4growEv"), "std::vector<int>::grow()");
        assert_eq!(demangled("malloc@@GLIBC_2.2.5"), "malloc");
    }

    #[test]
    fn a_function_of_this_program_is_found_by_its_address() {
        let maps = fs::read_to_string("/proc/self/maps").expect("Linux");
        let mappings: Vec<_> = maps.lines().filter_map(Mapping::read).collect();
        let here = names_are_written_as_their_language_does as fn();
        let named = Symbols::default().name(&mappings, here as usize as u64 + 1);
        assert!(named.function.ends_with("names_are_written_as_their_language_does"), "{named:?}");
        let nowhere = Symbols::default().name(&mappings, 1);
        assert_eq!(nowhere.function, "unknown");
    }
}
