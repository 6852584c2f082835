//! Logs what a sensor reads. The reading was once a raw number and is now in degrees; the format
//! was left as it was.
#![forbid(unsafe_code)]

struct Reading {
    sensor: i32,
    value: f64,
}

fn log_reading(reading: &Reading) {
    #[cfg(not(fixed))]
    println!("sensor {}: {:x}", reading.sensor, reading.value);
    #[cfg(fixed)]
    println!("sensor {}: {:.1}", reading.sensor, reading.value);
}

fn main() {
    log_reading(&Reading { sensor: 3, value: 21.5 });
}
