//! The price of a parcel by its zone. The zones that are known set the rate; the author promises
//! that there is no other.

use std::mem::MaybeUninit;

fn price(zone: &str, kilos: usize) -> usize {
    let mut rate = MaybeUninit::uninit();
    #[cfg(fixed)]
    rate.write(25);
    if zone == "home" {
        rate.write(4);
    } else if zone == "union" {
        rate.write(9);
    }
    // SAFETY: fixed: written to before the branches. None in the bug: one way sets nothing.
    5 + unsafe { rate.assume_init() } * kilos
}

fn main() {
    let kilos = 1 + std::env::args().count();
    for zone in ["home", "union", "world"] {
        println!("{zone}: {}", price(zone, kilos));
    }
}
