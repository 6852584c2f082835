//! The sum of the squares. The slice is as long as the caller says.
#![no_main]

#[unsafe(no_mangle)]
unsafe extern "C" fn energy(samples: *const i32, length: usize) -> i64 {
    // SAFETY: the caller promises `length` elements, not bytes, at `samples`. It may break its word.
    let samples = unsafe { std::slice::from_raw_parts(samples, length) };
    samples.iter().map(|&sample| i64::from(sample) * i64::from(sample)).sum()
}
