//! The price of a parcel by its zone. The zones that are known set the rate; a new one, that the
//! table does not know yet, leaves the variable without a value.
#![forbid(unsafe_code)]

fn price(zone: &str, kilos: usize) -> usize {
    #[cfg(not(fixed))]
    let rate;
    #[cfg(fixed)]
    let mut rate = 25;
    if zone == "home" {
        rate = 4;
    } else if zone == "union" {
        rate = 9;
    }
    5 + rate * kilos
}

fn main() {
    let kilos = 1 + std::env::args().count();
    for zone in ["home", "union", "world"] {
        println!("{zone}: {}", price(zone, kilos));
    }
}
