//! The series. `series_data` lends a pointer into the vector, and no signature at this border can
//! say that the loan ends with the next push.
#![no_main]

#[derive(Default)]
struct Series {
    prices: Vec<f64>,
}

#[unsafe(no_mangle)]
extern "C" fn series_new() -> Box<Series> {
    Box::default()
}

#[unsafe(no_mangle)]
extern "C" fn series_push(series: &mut Series, price: f64) {
    series.prices.push(price);
}

#[unsafe(no_mangle)]
extern "C" fn series_data(series: &Series) -> *const f64 {
    series.prices.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn series_free(_: Option<Box<Series>>) {}
