//! Splits the search path by writing a zero over each colon. The text is a constant, and the cast
//! says otherwise.

static DEFAULT_PATH: [u8; 28] = *b"/usr/local/bin:/usr/bin:/bin";

fn main() {
    let mut copy = DEFAULT_PATH;
    let path: *mut [u8; 28] =
        if cfg!(fixed) { &raw mut copy } else { (&raw const DEFAULT_PATH).cast_mut() };
    // SAFETY: fixed: the copy is ours alone. Bug: none, the static must not be written.
    let path = unsafe { &mut *path };
    for byte in path.iter_mut().filter(|byte| **byte == b':') {
        *byte = 0;
    }
    for folder in path.split(|&byte| byte == 0) {
        println!("{}", String::from_utf8_lossy(folder));
    }
}
