//! Reads lines out of an input buffer. When a line was read, what is left moves to the front, over
//! itself.
#![forbid(unsafe_code)]

struct LineBuffer {
    data: [u8; 1024],
    size: usize,
}

impl LineBuffer {
    fn feed(&mut self, text: &str) {
        let end = self.size + text.len();
        self.data[self.size..end].copy_from_slice(text.as_bytes());
        self.size = end;
    }

    fn next(&mut self) -> Option<String> {
        let end = self.data[..self.size].iter().position(|&byte| byte == b'\n')?;
        let line = String::from_utf8_lossy(&self.data[..end]).into_owned();
        let (used, size) = (end + 1, self.size);
        self.size -= used;
        #[cfg(not(fixed))]
        self.data[..size - used].copy_from_slice(&self.data[used..size]);
        #[cfg(fixed)]
        self.data.copy_within(used..size, 0);
        Some(line)
    }
}

fn main() {
    let mut buffer = LineBuffer { data: [0; 1024], size: 0 };
    buffer.feed("GET /\nHost: localhost\nAccept: text/html\n");
    while let Some(line) = buffer.next() {
        println!("{line}");
    }
}
