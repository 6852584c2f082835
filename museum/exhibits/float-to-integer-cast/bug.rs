//! Sends a speed to an instrument as a number of 16 bits. The cast says that the loss is meant, and
//! nobody looks whether the value fits.
#![forbid(unsafe_code)]

fn encode(speed: f64) -> Option<i16> {
    if cfg!(fixed) && !(f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(&speed) {
        return None;
    }
    Some(speed as i16)
}

fn main() {
    for speed in [250.75, 40_000.5] {
        match encode(speed) {
            Some(word) => println!("send {word}"),
            None => println!("out of range"),
        }
    }
}
