//! Counts how long a machine has been up, in hundredths of a second. The counter is an i32: it
//! lasts for 248 days.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
type Ticks = i32;
#[cfg(fixed)]
type Ticks = i64;

const DAY: Ticks = 24 * 60 * 60 * 100;

#[derive(Default)]
struct Uptime {
    ticks: Ticks,
}

impl Uptime {
    fn add(&mut self, ticks: Ticks) {
        self.ticks += ticks;
    }

    fn days(&self) -> Ticks {
        self.ticks / DAY
    }
}

fn main() {
    let mut uptime = Uptime::default();
    for days in [90, 30, 180] {
        uptime.add(days * DAY);
    }
    println!("up for {} days", uptime.days());
}
