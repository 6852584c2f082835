//! The end of a program that misused the heap.

/// What was found.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fault {
    DoubleFree,
    InvalidFree,
    InvalidRealloc,
    CorruptedBlock,
}

const fn name(fault: Fault) -> &'static [u8] {
    match fault {
        Fault::DoubleFree => b"double free",
        Fault::InvalidFree => b"invalid free",
        Fault::InvalidRealloc => b"invalid realloc",
        Fault::CorruptedBlock => b"corrupted block",
    }
}

/// Text in memory that nobody has to allocate.
struct Line {
    bytes: [u8; 64],
    length: usize,
}

/// Writes "diptych: <fault>: 0x<address>" and a newline to standard error, and aborts.
#[cold]
#[inline(never)]
pub(super) fn fail(fault: Fault, p: *const u8) -> ! {
    let line = describe(fault, p.addr());
    // One call, so that lines of several processes do not mix. If it fails nobody can be told.
    // SAFETY: A9 - a call of the kernel; the line is as long as it says.
    unsafe { libc::write(libc::STDERR_FILENO, line.bytes.as_ptr().cast(), line.length) };
    // SAFETY: A9 - neither allocates nor prints.
    unsafe { libc::abort() }
}

fn describe(fault: Fault, address: usize) -> Line {
    let mut line = Line { bytes: [0; 64], length: 0 };
    line.add(b"diptych: ");
    line.add(name(fault));
    line.add(b": 0x");
    let mut digit = 60;
    while digit > 0 && (address >> digit) == 0 {
        digit -= 4;
    }
    loop {
        let value = (address >> digit) as u8 & 15;
        line.add(&[if value < 10 { b'0' + value } else { b'a' + value - 10 }]);
        if digit == 0 {
            break;
        }
        digit -= 4;
    }
    line.add(b"\n");
    line
}

impl Line {
    /// Appends, as far as there is room: a slice that is too long could panic.
    #[inline(never)]
    fn add(&mut self, text: &[u8]) {
        for &c in text {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = c;
                self.length += 1;
            }
        }
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::{Fault, describe};

    fn text(fault: Fault, address: usize) -> String {
        let line = describe(fault, address);
        String::from_utf8(line.bytes[..line.length].to_vec()).unwrap()
    }

    #[test]
    fn a_line_names_fault_and_address() {
        assert_eq!(
            text(Fault::DoubleFree, 0x7f00_1234_5670),
            "diptych: double free: 0x7f0012345670\n"
        );
        assert_eq!(text(Fault::InvalidFree, 0), "diptych: invalid free: 0x0\n");
        assert_eq!(text(Fault::InvalidRealloc, 0x10), "diptych: invalid realloc: 0x10\n");
    }

    #[test]
    fn the_longest_line_has_room() {
        assert_eq!(
            text(Fault::CorruptedBlock, usize::MAX),
            "diptych: corrupted block: 0xffffffffffffffff\n"
        );
    }
}
