//! Prices are sorted with a comparison that calls equal offers "less". The sort may notice and
//! panic, or leave some order or other; it never reads outside the slice.
#![forbid(unsafe_code)]
use std::cmp::Ordering;

struct Offer {
    cents: u32,
    shop: u64,
}

fn cheaper(left: &Offer, right: &Offer) -> Ordering {
    if cfg!(fixed) {
        return left.cents.cmp(&right.cents);
    }
    if left.cents <= right.cents { Ordering::Less } else { Ordering::Greater }
}

fn main() {
    let mut offers: Vec<_> = (0..40).map(|shop| Offer { cents: 999, shop }).collect();
    offers.sort_unstable_by(cheaper);
    let shops: u64 = offers.iter().map(|offer| offer.shop).sum();
    println!("{} offers from {}, shops {shops}", offers.len(), offers[0].cents);
}
