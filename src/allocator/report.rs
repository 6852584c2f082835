//! What is in use, as text: for people, when a program has come to its end.

use core::mem::MaybeUninit;
use core::ptr;
use core::slice;

use super::config::OS_PAGE_BYTES;
use super::os;
use super::page::Page;
use super::size_class::CLASSES;
use super::stats::{count, visit_threads};
use super::thread::thread_count;

// ---- Text ---------------------------------------------------------------------------------------

/// A line of the table has so many characters at most, its newline among them.
const LINE_BYTES: usize = 80;
/// Lines of their own, besides those of size classes and threads.
const OTHER_LINES: usize = 16;
/// Where numbers end.
const COLUMNS: [usize; 3] = [32, 48, 64];

/// Text in memory that nobody had to allocate; what it has no room for is left out.
struct Text<'a> {
    bytes: &'a mut [u8],
    length: usize,
    line: usize, // where the last one begins
}

// Nobody waits for it, and a copy of these two wherever they are called would be as large as all that
// `malloc` needs.
impl Text<'_> {
    #[inline(never)]
    fn add(&mut self, text: &[u8]) {
        for &c in text {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = c;
                self.length += 1;
            }
        }
    }

    /// A number, moved to the right until it ends in this column, if it began before.
    #[inline(never)]
    fn add_number(&mut self, mut value: usize, base: usize, column: usize) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        for place in digits.iter_mut().rev() {
            let digit = value.checked_rem(base).unwrap_or(0) as u8;
            *place = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            first -= 1;
            value = value.checked_div(base).unwrap_or(0);
            if value == 0 {
                break;
            }
        }
        let digits = digits.get(first..).unwrap_or(&[]);
        while self.length - self.line + digits.len() < column && self.length < self.bytes.len() {
            self.add(b" ");
        }
        self.add(digits);
    }

    fn end_line(&mut self) {
        self.add(b"\n");
        self.line = self.length;
    }

    fn add_total(&mut self, name: &[u8], value: usize) {
        self.add(name);
        self.add_number(value, 10, COLUMNS[0]);
        self.end_line();
    }

    /// The rest of a line that has a name.
    fn add_row(&mut self, pages: usize, live_blocks: usize, live_bytes: usize) {
        for (value, column) in [pages, live_blocks, live_bytes].into_iter().zip(COLUMNS) {
            self.add_number(value, 10, column);
        }
        self.end_line();
    }
}

// ---- The report ---------------------------------------------------------------------------------

fn describe(text: &mut Text<'_>) {
    let (stats, huge) = count();
    text.add(b"diptych: statistics of process ");
    // SAFETY: A9 - a call of the kernel.
    text.add_number(unsafe { libc::getpid() } as usize, 10, 0);
    text.end_line();
    text.add_total(b"live_bytes", stats.live_bytes);
    text.add_total(b"live_blocks", stats.live_blocks);
    text.add_total(b"committed_bytes", stats.committed_bytes);
    text.add_total(b"peak_committed_bytes", stats.peak_committed_bytes);
    text.add_total(b"reserved_bytes", stats.reserved_bytes);
    text.add_total(b"pages", stats.pages);
    text.add_total(b"threads", stats.threads);
    text.add(b"                           pages     live_blocks      live_bytes");
    text.end_line();
    let (mut pages, mut blocks, mut bytes) = (huge.blocks, huge.blocks, huge.bytes);
    for class in stats.classes.iter().filter(|class| class.pages != 0) {
        let live_bytes = class.live_blocks * (class.block_bytes - Page::WORD_BYTES);
        text.add(b"class ");
        text.add_number(class.block_bytes, 10, 0);
        text.add_row(class.pages, class.live_blocks, live_bytes);
        pages += class.pages;
        blocks += class.live_blocks;
        bytes += live_bytes;
    }
    text.add(b"runs");
    text.add_row(stats.pages - pages, stats.live_blocks - blocks, stats.live_bytes - bytes);
    text.add(b"huge");
    text.add_row(huge.blocks, huge.blocks, huge.bytes);
    visit_threads(&mut |thread, of_thread| {
        if thread == Page::NOBODY {
            text.add(b"no thread");
        } else {
            text.add(b"thread ");
            text.add_number(thread, 16, 0);
        }
        text.add_row(of_thread.pages, of_thread.live_blocks, of_thread.live_bytes);
    });
}

// ---- Output -------------------------------------------------------------------------------------

pub(super) fn print_stats() {
    let lines = CLASSES + OTHER_LINES + thread_count();
    let bytes = (lines * LINE_BYTES).next_multiple_of(OS_PAGE_BYTES);
    let memory = os::map(bytes, OS_PAGE_BYTES);
    if memory.is_null() {
        return;
    }
    // SAFETY: A9 - a mapping of so many bytes, which nobody else has.
    let room = unsafe { slice::from_raw_parts_mut(memory, bytes) };
    let mut text = Text { bytes: room, length: 0, line: 0 };
    describe(&mut text);
    let length = text.length;
    write_whole(memory, length);
    // SAFETY: A9 - as above, and nobody reads it any more.
    unsafe { os::unmap(memory, bytes) };
}

/// Writes to standard error, in one call, so that lines of several processes do not mix. If it
/// fails nobody can be told; and nobody is killed by it because the reader of a pipe has gone.
fn write_whole(text: *const u8, length: usize) {
    let mut broken_pipe = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = broken_pipe;
    // SAFETY: A9 - the set may be written.
    unsafe { libc::sigemptyset(broken_pipe.as_mut_ptr()) };
    // SAFETY: A9 - as above.
    unsafe { libc::sigaddset(broken_pipe.as_mut_ptr(), libc::SIGPIPE) };
    let set = broken_pipe.as_ptr();
    // SAFETY: A9 - both are sets.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, set, before.as_mut_ptr()) };
    // SAFETY: A9 - the text is as long as it says.
    let written = unsafe { libc::write(libc::STDERR_FILENO, text.cast(), length) };
    if written < 0 {
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: A9 - all three may be read.
        unsafe { libc::sigtimedwait(set, ptr::null_mut(), &raw const at_once) };
    }
    // SAFETY: A9 - what was there before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
}
