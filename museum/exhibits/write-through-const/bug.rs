//! Splits the search path by writing a zero over each colon. The text is a constant.
#![forbid(unsafe_code)]

static DEFAULT_PATH: [u8; 28] = *b"/usr/local/bin:/usr/bin:/bin";

fn main() {
    #[cfg(not(fixed))]
    let path = &mut DEFAULT_PATH;
    #[cfg(fixed)]
    let path = &mut DEFAULT_PATH.clone();
    for byte in path.iter_mut().filter(|byte| **byte == b':') {
        *byte = 0;
    }
    for folder in path.split(|&byte| byte == 0) {
        println!("{}", String::from_utf8_lossy(folder));
    }
}
