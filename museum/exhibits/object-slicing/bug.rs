//! Takes the discounts off a price. They are to be kept by value, as the trait.
#![forbid(unsafe_code)]

trait Discount {
    fn apply(&self, cents: i32) -> i32;
}

struct PercentOff(i32);

impl Discount for PercentOff {
    fn apply(&self, cents: i32) -> i32 {
        cents - cents * self.0 / 100
    }
}

fn main() {
    let mut cents = 10_000;
    #[cfg(not(fixed))]
    let discounts: Vec<dyn Discount> = vec![PercentOff(20), PercentOff(5)];
    #[cfg(fixed)]
    let discounts: Vec<Box<dyn Discount>> = vec![Box::new(PercentOff(20)), Box::new(PercentOff(5))];
    for discount in &discounts {
        cents = discount.apply(cents);
    }
    println!("{cents}");
}
