//! A position-independent x86-64 executable whose whole image is moved by less than a page.
//!
//! Everything inside such an image finds everything else relative to the instruction pointer, so
//! the image can be moved as one piece, without its relocations for the linker, when every
//! address that is *stored* moves too: in the program headers, the dynamic section, the dynamic
//! symbols and relocations, and the words that relocations find in place. Tables of relative
//! addresses (`.eh_frame`, its index, jump tables) need nothing.
//!
//! ```text
//! original    | ELF header, .text, .rodata ... | .data |            as linked, address 0
//! moved       | new headers |shift| ELF header, .text, .rodata ... | .data |
//!             0          4096
//! ```
//!
//! The new ELF and program headers get a page of their own in front, and file offsets are equal
//! to addresses. That lets the loadable segments be cut anew at pages: where the end of one and
//! the begin of the next come to lie on the same page, it gets what both need. Section headers,
//! symbols and debug information are left out.

use object::LittleEndian as LE;
use object::U64;
use object::elf::{self, DynamicTag, ProgramType};
use object::pod::{self, Pod};

type Header = elf::FileHeader64<LE>;
type Segment = elf::ProgramHeader64<LE>;

/// The size of pages on this architecture.
pub(crate) const PAGE: u64 = 4096;

/// Images above this size are not worth the memory of several copies.
const LARGEST: u64 = 1 << 30;

const HEADER_SIZE: u64 = size_of::<Header>() as u64;
const SEGMENT_SIZE: u64 = size_of::<Segment>() as u64;

/// An executable that can be moved.
pub(crate) struct Image {
    header: Header,
    /// Loadable segments by address, of which no two share a byte.
    loads: Vec<Segment>,
    /// The other program headers that a copy needs.
    others: Vec<Segment>,
    /// Contents by address as linked, up to the end of what is in the file.
    bytes: Vec<u8>,
    dynamic: Dynamic,
    granularity: u64,
}

/// What the dynamic section says: tables as (address, size in bytes).
#[derive(Default)]
struct Dynamic {
    address: u64,
    entries: usize,
    rela: (u64, u64),
    plt_rela: (u64, u64),
    relr: (u64, u64),
    symbols: (u64, u64),
    got: Option<u64>,
}

impl Image {
    /// Takes an executable apart. An error is why it cannot be moved, in one line.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        let &header = one::<Header>(file, 0).map_err(|_| "it is not an ELF file".to_owned())?;
        let ident = header.e_ident;
        if ident.magic != elf::ELFMAG {
            return Err("it is not an ELF file".into());
        }
        let ours = ident.class == elf::ELFCLASS64
            && ident.data == elf::ELFDATA2LSB
            && header.e_machine.get(LE) == elf::EM_X86_64;
        if !ours {
            return Err("it is not a program for x86-64".into());
        }
        if header.e_type.get(LE) != elf::ET_DYN {
            return Err("it is linked to a fixed address (not as PIE)".into());
        }
        if u64::from(header.e_phentsize.get(LE)) != SEGMENT_SIZE {
            return Err(malformed("program headers"));
        }
        let count = usize::from(header.e_phnum.get(LE));
        let headers: &[Segment] = many(file, header.e_phoff.get(LE), count)?;
        let loads = loads(file, headers)?;
        let others = others(headers, &loads)?;
        let bytes = contents(file, &loads)?;
        let granularity = granularity(file, &header, headers)?;
        let dynamic = Dynamic::read(file, &header, &others, &bytes)?;
        Ok(Self { header, loads, others, bytes, dynamic, granularity })
    }

    /// The largest alignment of anything in the image, at least 16: a shift by a multiple of it
    /// breaks no promise of the compiler's.
    pub(crate) fn granularity(&self) -> u64 {
        self.granularity
    }

    /// Whether `shift` would bring code and data that is written onto one page.
    pub(crate) fn clashes(&self, shift: u64) -> bool {
        self.ranges(PAGE + shift).is_none()
    }

    /// The executable with its image moved by one page and `shift` bytes.
    ///
    /// An error is why it cannot be moved by any shift, or that this one [clashes](Self::clashes).
    pub(crate) fn moved(&self, shift: u64) -> Result<Vec<u8>, String> {
        let by = PAGE + shift;
        let ranges = self.ranges(by).ok_or("code and data would come to lie on one page")?;
        let mut image = self.bytes.clone();
        self.dynamic.relocate(&mut image, by)?;

        let mut file = vec![0; usize::try_from(by).map_err(|_| malformed("size"))?];
        file.append(&mut image);
        let last = self.loads.last().ok_or_else(|| malformed("program headers"))?;
        let (file_end, memory_end) = (file.len() as u64, by + end(last));
        let align = self.loads.iter().map(|load| load.p_align.get(LE)).fold(PAGE, u64::max);
        let mut segments = Vec::new();
        for (at, range) in ranges.iter().enumerate() {
            let is_last = at + 1 == ranges.len();
            let (stored, ends) =
                if is_last { (file_end, memory_end) } else { (range.end, range.end) };
            let mut load = *last;
            load.p_flags.set(LE, elf::ProgramFlags(range.flags));
            load.p_align.set(LE, align);
            place(&mut load, range.start);
            load.p_filesz.set(LE, stored.saturating_sub(range.start));
            load.p_memsz.set(LE, ends.saturating_sub(range.start));
            segments.push(load);
            if !is_last && file_end < range.end {
                file.resize(usize::try_from(range.end).map_err(|_| malformed("size"))?, 0);
            }
        }
        // These two come before loadable segments, as the format demands.
        let early =
            |segment: &&Segment| [elf::PT_PHDR, elf::PT_INTERP].contains(&segment.p_type.get(LE));
        let count = (self.others.len() + segments.len()) as u64;
        let size = count * SEGMENT_SIZE;
        if HEADER_SIZE + size > PAGE {
            return Err("it has too many program headers".into());
        }
        let moved = |segment: &Segment| {
            let mut segment = *segment;
            match segment.p_type.get(LE) {
                elf::PT_PHDR => {
                    place(&mut segment, HEADER_SIZE);
                    segment.p_filesz.set(LE, size);
                    segment.p_memsz.set(LE, size);
                }
                elf::PT_GNU_STACK => {}
                _ => {
                    let address = segment.p_vaddr.get(LE).wrapping_add(by);
                    place(&mut segment, address);
                }
            }
            segment
        };
        let mut all: Vec<Segment> = self.others.iter().filter(early).map(moved).collect();
        all.append(&mut segments);
        all.extend(self.others.iter().filter(|other| !early(other)).map(moved));

        let mut header = self.header;
        header.e_entry.set(LE, header.e_entry.get(LE).wrapping_add(by));
        header.e_phoff.set(LE, HEADER_SIZE);
        header.e_phnum.set(LE, u16::try_from(count).map_err(|_| malformed("program headers"))?);
        header.e_shoff.set(LE, 0);
        header.e_shnum.set(LE, 0);
        header.e_shstrndx.set(LE, elf::SHN_UNDEF);
        let heads = [pod::bytes_of(&header), pod::bytes_of_slice(&all)].concat();
        file[..heads.len()].copy_from_slice(&heads);
        Ok(file)
    }

    /// Pages and what may be done with them; `None` when some would be written and executed.
    fn ranges(&self, by: u64) -> Option<Vec<Range>> {
        let mut ranges = vec![Range { start: 0, end: PAGE, flags: elf::PF_R.0 }];
        for load in &self.loads {
            let mut start = (load.p_vaddr.get(LE) + by) / PAGE * PAGE;
            let stop = (end(load) + by).next_multiple_of(PAGE);
            let flags = load.p_flags.get(LE).0 & (elf::PF_R.0 | elf::PF_W.0 | elf::PF_X.0);
            // At most one page is shared: segments have no byte in common.
            if let Some(last) = ranges.last_mut().filter(|last| last.end > start) {
                let shared = Range { start, end: start + PAGE, flags: last.flags | flags };
                last.end = start;
                push(&mut ranges, shared);
                start += PAGE;
            }
            if stop > start {
                push(&mut ranges, Range { start, end: stop, flags });
            }
        }
        let both = elf::PF_W.0 | elf::PF_X.0;
        ranges.iter().all(|range| range.flags & both != both).then_some(ranges)
    }
}

/// Whole pages with the same permissions.
struct Range {
    start: u64,
    end: u64,
    flags: u32,
}

/// Adds a range, in one piece with the last one where both are alike.
fn push(ranges: &mut Vec<Range>, range: Range) {
    ranges.retain(|old| old.start < old.end);
    match ranges.last_mut() {
        Some(last) if last.end == range.start && last.flags == range.flags => last.end = range.end,
        _ => ranges.push(range),
    }
}

impl Dynamic {
    fn read(
        file: &[u8],
        header: &Header,
        segments: &[Segment],
        bytes: &[u8],
    ) -> Result<Self, String> {
        let section = segments.iter().find(|segment| segment.p_type.get(LE) == elf::PT_DYNAMIC);
        let section = section.ok_or("it is linked statically")?;
        let mut this = Self { address: section.p_vaddr.get(LE), ..Self::default() };
        let most = section.p_memsz.get(LE) / size_of::<elf::Dyn64<LE>>() as u64;
        let most = usize::try_from(most).map_err(|_| malformed("dynamic section"))?;
        let all: &[elf::Dyn64<LE>] = many(bytes, this.address, most)?;
        let is_end = |entry: &elf::Dyn64<LE>| entry.d_tag.get(LE) == elf::DT_NULL;
        this.entries = all.iter().position(is_end).ok_or_else(|| malformed("dynamic section"))?;
        let (mut strings, mut names) = (0, Vec::new());
        for entry in &all[..this.entries] {
            let (tag, value) = (entry.d_tag.get(LE), entry.d_val.get(LE));
            match tag {
                elf::DT_RELA => this.rela.0 = value,
                elf::DT_RELASZ => this.rela.1 = value,
                elf::DT_JMPREL => this.plt_rela.0 = value,
                elf::DT_PLTRELSZ => this.plt_rela.1 = value,
                elf::DT_RELR => this.relr.0 = value,
                elf::DT_RELRSZ => this.relr.1 = value,
                elf::DT_SYMTAB => this.symbols.0 = value,
                elf::DT_PLTGOT => this.got = Some(value),
                elf::DT_STRTAB => strings = value,
                elf::DT_PLTREL if value != elf::DT_RELA.0 as u64 => {
                    return Err("it has relocations of an unknown form".into());
                }
                elf::DT_NEEDED | elf::DT_RPATH | elf::DT_RUNPATH => names.push(value),
                _ => {}
            }
            holds_address(tag)?;
        }
        for name in names {
            let from = strings.checked_add(name).and_then(|at| usize::try_from(at).ok());
            let text = from.and_then(|at| bytes.get(at..)).ok_or_else(|| malformed("strings"))?;
            let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
            let text = String::from_utf8_lossy(text);
            if text.contains("$ORIGIN") || text.contains("${ORIGIN}") {
                return Err("it finds its libraries by its own place ($ORIGIN)".into());
            }
        }
        let symbols = sections(file, header)?.iter().find(|section| {
            section.sh_type.get(LE) == elf::SHT_DYNSYM && section.sh_addr.get(LE) == this.symbols.0
        });
        this.symbols.1 = symbols.ok_or("its dynamic symbols have no section")?.sh_size.get(LE);
        Ok(this)
    }

    /// Adds `by` to every address that is stored in the image.
    fn relocate(&self, bytes: &mut [u8], by: u64) -> Result<(), String> {
        let entries: &mut [elf::Dyn64<LE>] = many_mut(bytes, self.address, self.entries)?;
        for entry in entries {
            if holds_address(entry.d_tag.get(LE))? {
                add(&mut entry.d_val, by);
            }
        }
        for symbol in table::<elf::Sym64<LE>>(bytes, self.symbols)? {
            let section = symbol.st_shndx.get(LE);
            // Thread-local symbols hold offsets. An undefined symbol with a value is the address
            // of its entry in the procedure linkage table.
            let offset = symbol.st_info.st_type() == elf::STT_TLS || section == elf::SHN_ABS;
            if section.0 >= elf::SHN_LORESERVE && section != elf::SHN_ABS {
                return Err("it has dynamic symbols of an unknown kind".into());
            }
            if !offset && symbol.st_value.get(LE) != 0 {
                add(&mut symbol.st_value, by);
            }
        }
        // In place are addresses already; the first word of the table may be the dynamic
        // section's.
        if let Some(got) = self.got
            && let Ok(word) = one_mut::<U64<LE>>(bytes, got)
            && word.get(LE) == self.address
        {
            add(word, by);
        }
        // The words first: they are found by addresses as linked.
        for address in self.packed(bytes)? {
            add(one_mut(bytes, address)?, by);
        }
        for entry in table::<U64<LE>>(bytes, self.relr)? {
            if entry.get(LE) & 1 == 0 {
                add(entry, by);
            }
        }
        self.relocate_rela(bytes, by)
    }

    fn relocate_rela(&self, bytes: &mut [u8], by: u64) -> Result<(), String> {
        let mut lazy = Vec::new();
        // Some linkers count the second table to the first one.
        let end = self.rela.0.wrapping_add(self.rela.1);
        let apart = !(self.rela.0..end).contains(&self.plt_rela.0);
        for range in [Some(self.rela), apart.then_some(self.plt_rela)].into_iter().flatten() {
            for entry in table::<elf::Rela64<LE>>(bytes, range)? {
                match entry.r_type(LE, false) {
                    elf::R_X86_64_NONE => continue,
                    elf::R_X86_64_RELATIVE | elf::R_X86_64_IRELATIVE => {
                        let addend = entry.r_addend.get(LE).wrapping_add_unsigned(by);
                        entry.r_addend.set(LE, addend);
                    }
                    elf::R_X86_64_JUMP_SLOT => lazy.push(entry.r_offset.get(LE)),
                    elf::R_X86_64_64
                    | elf::R_X86_64_COPY
                    | elf::R_X86_64_GLOB_DAT
                    | elf::R_X86_64_DTPMOD64
                    | elf::R_X86_64_DTPOFF64
                    | elf::R_X86_64_TPOFF64
                    | elf::R_X86_64_SIZE64
                    | elf::R_X86_64_TLSDESC => {}
                    other => return Err(format!("it has relocations of type {}", other.0)),
                }
                add(&mut entry.r_offset, by);
            }
        }
        for address in lazy {
            // Where a function that is looked up late is called through until then.
            let word: &mut U64<LE> = one_mut(bytes, address)?;
            if word.get(LE) != 0 {
                add(word, by);
            }
        }
        Ok(())
    }

    /// The addresses of all words that packed relative relocations name.
    fn packed(&self, bytes: &mut [u8]) -> Result<Vec<u64>, String> {
        let (mut words, mut next) = (Vec::new(), 0_u64);
        for entry in table::<U64<LE>>(bytes, self.relr)? {
            let entry = entry.get(LE);
            if entry & 1 == 0 {
                words.push(entry);
                next = entry.wrapping_add(8);
            } else {
                let set = (0..63).filter(|bit| entry >> (bit + 1) & 1 == 1);
                words.extend(set.map(|bit| next.wrapping_add(8 * bit)));
                next = next.wrapping_add(63 * 8);
            }
        }
        Ok(words)
    }
}

/// Whether the value of a dynamic entry is an address.
fn holds_address(tag: DynamicTag) -> Result<bool, String> {
    match tag {
        elf::DT_PLTGOT
        | elf::DT_HASH
        | elf::DT_STRTAB
        | elf::DT_SYMTAB
        | elf::DT_RELA
        | elf::DT_INIT
        | elf::DT_FINI
        | elf::DT_JMPREL
        | elf::DT_INIT_ARRAY
        | elf::DT_FINI_ARRAY
        | elf::DT_PREINIT_ARRAY
        | elf::DT_RELR
        | elf::DT_GNU_HASH
        | elf::DT_TLSDESC_PLT
        | elf::DT_TLSDESC_GOT
        | elf::DT_VERSYM
        | elf::DT_VERDEF
        | elf::DT_VERNEED => Ok(true),
        elf::DT_NEEDED
        | elf::DT_PLTRELSZ
        | elf::DT_RELASZ
        | elf::DT_RELAENT
        | elf::DT_STRSZ
        | elf::DT_SYMENT
        | elf::DT_SONAME
        | elf::DT_RPATH
        | elf::DT_SYMBOLIC
        | elf::DT_PLTREL
        | elf::DT_DEBUG
        | elf::DT_BIND_NOW
        | elf::DT_INIT_ARRAYSZ
        | elf::DT_FINI_ARRAYSZ
        | elf::DT_RUNPATH
        | elf::DT_FLAGS
        | elf::DT_PREINIT_ARRAYSZ
        | elf::DT_RELRSZ
        | elf::DT_RELRENT
        | elf::DT_RELACOUNT
        | elf::DT_FLAGS_1
        | elf::DT_VERDEFNUM
        | elf::DT_VERNEEDNUM => Ok(false),
        // Among them REL, TEXTREL and what a prelinker leaves.
        other => Err(format!("its dynamic section has an entry of type {:#x}", other.0)),
    }
}

/// The loadable segments, in order, checked.
fn loads(file: &[u8], headers: &[Segment]) -> Result<Vec<Segment>, String> {
    let is_load =
        |segment: &&Segment| segment.p_type.get(LE) == elf::PT_LOAD && segment.p_memsz.get(LE) > 0;
    let mut loads: Vec<Segment> = headers.iter().filter(is_load).copied().collect();
    loads.sort_by_key(|load| load.p_vaddr.get(LE));
    let mut free = 0;
    for load in &loads {
        let (start, size) = (load.p_vaddr.get(LE), load.p_memsz.get(LE));
        let sound = start >= free
            && start.checked_add(size).is_some_and(|end| end <= LARGEST)
            && load.p_filesz.get(LE) <= size
            && load.p_align.get(LE).is_power_of_two()
            && load.p_align.get(LE) <= LARGEST
            && stored(file, load).is_some();
        if !sound {
            return Err("its loadable segments overlap or are too large".into());
        }
        free = start + size;
    }
    let last = loads.last().ok_or("it has nothing to load")?;
    let zeroed = last.p_memsz.get(LE) > last.p_filesz.get(LE);
    if zeroed && last.p_flags.get(LE).0 & elf::PF_W.0 == 0 {
        return Err("its last segment is zeroed and cannot be written".into());
    }
    Ok(loads)
}

/// The program headers that are kept beside the loadable ones, checked.
fn others(headers: &[Segment], loads: &[Segment]) -> Result<Vec<Segment>, String> {
    let mut others = Vec::new();
    for segment in headers {
        match segment.p_type.get(LE) {
            // What is written only by the loader can stay writable: the borders of that region
            // are whole pages no more.
            elf::PT_NULL | elf::PT_LOAD | elf::PT_GNU_RELRO => continue,
            elf::PT_PHDR | elf::PT_GNU_STACK => {}
            elf::PT_DYNAMIC
            | elf::PT_INTERP
            | elf::PT_NOTE
            | elf::PT_TLS
            | elf::PT_GNU_EH_FRAME
            | elf::PT_GNU_PROPERTY
            | elf::PT_GNU_SFRAME => {
                if !is_loaded(segment, loads) {
                    return Err("it has program headers for what is not loaded".into());
                }
            }
            ProgramType(other) => {
                return Err(format!("it has program headers of type {other:#x}"));
            }
        }
        others.push(*segment);
    }
    if !others.iter().any(|other| other.p_type.get(LE) == elf::PT_INTERP) {
        return Err("it is linked statically".into());
    }
    Ok(others)
}

/// Whether what a program header has in the file is where a loadable segment puts it.
fn is_loaded(segment: &Segment, loads: &[Segment]) -> bool {
    let (start, size) = (segment.p_vaddr.get(LE), segment.p_filesz.get(LE));
    let delta = |header: &Segment| header.p_offset.get(LE).wrapping_sub(header.p_vaddr.get(LE));
    size == 0
        || loads.iter().any(|load| {
            let from = load.p_vaddr.get(LE);
            let to = from + load.p_filesz.get(LE);
            start >= from
                && start.checked_add(size).is_some_and(|end| end <= to)
                && delta(segment) == delta(load)
        })
}

/// All loadable contents by address. What is zeroed between segments is stored as zeros.
fn contents(file: &[u8], loads: &[Segment]) -> Result<Vec<u8>, String> {
    let size = loads.last().map_or(0, |last| last.p_vaddr.get(LE) + last.p_filesz.get(LE));
    let mut bytes = vec![0; usize::try_from(size).map_err(|_| malformed("size"))?];
    for load in loads {
        let contents = stored(file, load).ok_or_else(|| malformed("segments"))?;
        let start = usize::try_from(load.p_vaddr.get(LE)).map_err(|_| malformed("segments"))?;
        bytes[start..start + contents.len()].copy_from_slice(contents);
    }
    Ok(bytes)
}

/// What a segment has in the file.
fn stored<'a>(file: &'a [u8], segment: &Segment) -> Option<&'a [u8]> {
    let start = usize::try_from(segment.p_offset.get(LE)).ok()?;
    let size = usize::try_from(segment.p_filesz.get(LE)).ok()?;
    file.get(start..start.checked_add(size)?)
}

fn sections<'a>(file: &'a [u8], header: &Header) -> Result<&'a [elf::SectionHeader64<LE>], String> {
    let (offset, count) = (header.e_shoff.get(LE), header.e_shnum.get(LE));
    if offset == 0 || count == 0 {
        return Err("it has no section headers".into());
    }
    many(file, offset, usize::from(count))
}

fn granularity(file: &[u8], header: &Header, segments: &[Segment]) -> Result<u64, String> {
    let sections = sections(file, header)?.iter();
    let alloc = sections.filter(|section| section.sh_flags.get(LE).0 & elf::SHF_ALLOC.0 != 0);
    let tls = segments.iter().filter(|segment| segment.p_type.get(LE) == elf::PT_TLS);
    let all = alloc.map(|section| section.sh_addralign.get(LE));
    let largest = all.chain(tls.map(|tls| tls.p_align.get(LE))).fold(16, u64::max);
    if largest < PAGE && largest.is_power_of_two() {
        Ok(largest)
    } else {
        Err("something in it is aligned to whole pages".into())
    }
}

/// Puts a segment where file offsets are equal to addresses.
fn place(segment: &mut Segment, address: u64) {
    segment.p_offset.set(LE, address);
    segment.p_vaddr.set(LE, address);
    segment.p_paddr.set(LE, address);
}

/// The address after a segment that was checked.
fn end(segment: &Segment) -> u64 {
    segment.p_vaddr.get(LE) + segment.p_memsz.get(LE)
}

fn add(word: &mut U64<LE>, by: u64) {
    word.set(LE, word.get(LE).wrapping_add(by));
}

fn malformed(what: &str) -> String {
    format!("its {what} cannot be understood")
}

fn tail(bytes: &[u8], offset: u64) -> Result<&[u8], String> {
    let offset = usize::try_from(offset).ok();
    offset.and_then(|at| bytes.get(at..)).ok_or_else(|| malformed("addresses"))
}

fn one<T: Pod>(bytes: &[u8], offset: u64) -> Result<&T, String> {
    let found = pod::from_bytes(tail(bytes, offset)?).map_err(|()| malformed("addresses"))?;
    Ok(found.0)
}

fn many<T: Pod>(bytes: &[u8], offset: u64, count: usize) -> Result<&[T], String> {
    let found = pod::slice_from_bytes(tail(bytes, offset)?, count);
    Ok(found.map_err(|()| malformed("addresses"))?.0)
}

fn one_mut<T: Pod>(bytes: &mut [u8], offset: u64) -> Result<&mut T, String> {
    many_mut(bytes, offset, 1)?.first_mut().ok_or_else(|| malformed("addresses"))
}

fn many_mut<T: Pod>(bytes: &mut [u8], offset: u64, count: usize) -> Result<&mut [T], String> {
    let offset = usize::try_from(offset).ok();
    let bytes = offset.and_then(|at| bytes.get_mut(at..)).ok_or_else(|| malformed("addresses"))?;
    Ok(pod::slice_from_bytes_mut(bytes, count).map_err(|()| malformed("addresses"))?.0)
}

/// The whole table of an (address, size); none when the size is 0.
fn table<T: Pod>(bytes: &mut [u8], (address, size): (u64, u64)) -> Result<&mut [T], String> {
    let count = usize::try_from(size).map_err(|_| malformed("addresses"))? / size_of::<T>();
    if count == 0 { Ok(&mut []) } else { many_mut(bytes, address, count) }
}
