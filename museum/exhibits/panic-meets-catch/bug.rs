//! The prices. An index out of range panics, and the panic reaches the edge of an `extern "C"`
//! function. Fixed, what may be missing is a status, and a wall stops what nobody expected.
#![no_main]

const PRICES: [u32; 3] = [199, 250, 1499];

#[cfg(not(fixed))]
#[unsafe(no_mangle)]
extern "C" fn price_of(item: usize) -> u32 {
    PRICES[item]
}

#[cfg(fixed)]
#[unsafe(no_mangle)]
extern "C" fn price_of(item: usize, price: &mut u32) -> i32 {
    match std::panic::catch_unwind(|| PRICES.get(item).copied()) {
        Ok(Some(found)) => {
            *price = found;
            0
        }
        Ok(None) => 1,
        Err(_) => -1,
    }
}
