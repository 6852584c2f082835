//! Sends a speed to an instrument as a number of 16 bits, by the conversion that does not look
//! whether the value fits.

fn encode(speed: f64) -> Option<i16> {
    if cfg!(fixed) && !(f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(&speed) {
        return None;
    }
    // SAFETY: fixed: the speed is a number in the range of i16. Bug: none, nobody looked.
    Some(unsafe { speed.to_int_unchecked() })
}

fn main() {
    for speed in [250.75, 40_000.5] {
        match encode(speed) {
            Some(word) => println!("send {word}"),
            None => println!("out of range"),
        }
    }
}
