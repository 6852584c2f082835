//! Keeps an argument of a child process as the C string that exec wants. It is copied and
//! terminated, in a buffer of the length of the string, which does not count the terminator.
#![forbid(unsafe_code)]

const TERMINATOR: usize = if cfg!(fixed) { 1 } else { 0 };

struct Argument {
    length: usize,
    text: Box<[u8]>,
}

impl Argument {
    fn new(text: &str) -> Self {
        let length = text.len();
        let mut copy = vec![0; length + TERMINATOR].into_boxed_slice();
        copy[..length].copy_from_slice(text.as_bytes());
        copy[length] = 0;
        Self { length, text: copy }
    }

    fn show(&self) {
        println!("{} ({})", String::from_utf8_lossy(&self.text[..self.length]), self.length);
    }
}

fn main() {
    for text in ["tar", "-xf", "backup.tar"] {
        Argument::new(text).show();
    }
}
