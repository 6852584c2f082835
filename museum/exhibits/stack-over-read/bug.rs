//! Smooths eight samples of a sensor: each becomes the mean of itself and its neighbour to the
//! right. The last one has no neighbour.
#![forbid(unsafe_code)]

fn smooth(samples: &[i32]) {
    #[cfg(not(fixed))]
    for i in 0..samples.len() {
        print!("{} ", (samples[i] + samples[i + 1]) / 2);
    }
    #[cfg(fixed)]
    for pair in samples.windows(2) {
        print!("{} ", (pair[0] + pair[1]) / 2);
    }
    println!();
}

fn main() {
    smooth(&[10, 12, 16, 14, 10, 8, 12, 20]);
}
