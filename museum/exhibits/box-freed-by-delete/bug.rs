//! The maker of the measurement. Both functions are sound; the bug is a caller that does not use
//! the second one.
#![no_main]

#[repr(C)]
struct Measurement {
    mean: f64,
    samples: u32,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn measure(values: *const f64, count: usize) -> Box<Measurement> {
    // SAFETY: the caller promises `count` values at `values`, and keeps them for this call.
    let values = unsafe { std::slice::from_raw_parts(values, count) };
    let mean = values.iter().sum::<f64>() / count as f64;
    Box::new(Measurement { mean, samples: count as u32 })
}

#[unsafe(no_mangle)]
extern "C" fn measurement_free(_: Option<Box<Measurement>>) {}
