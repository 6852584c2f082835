//! Reads lines out of an input buffer. When a line was read, what is left moves to the front, over
//! itself, by the copy that must not overlap.
use std::ptr;

struct LineBuffer {
    data: Vec<u8>,
}

impl LineBuffer {
    fn next(&mut self) -> Option<String> {
        let end = self.data.iter().position(|&byte| byte == b'\n')?;
        let line = String::from_utf8_lossy(&self.data[..end]).into_owned();
        let used = end + 1;
        let left = self.data.len() - used;
        let to = self.data.as_mut_ptr();
        // SAFETY: the newline was found, so `used` is at most the length.
        let from = unsafe { to.add(used) };
        if cfg!(fixed) {
            // SAFETY: both ranges lie in the vector; they may overlap.
            unsafe { ptr::copy(from, to, left) };
        } else {
            // SAFETY: none: the ranges overlap when more is left than was used.
            unsafe { ptr::copy_nonoverlapping(from, to, left) };
        }
        self.data.truncate(left);
        Some(line)
    }
}

fn main() {
    let mut buffer = LineBuffer { data: b"GET /\nHost: localhost\nAccept: text/html\n".to_vec() };
    while let Some(line) = buffer.next() {
        println!("{line}");
    }
}
