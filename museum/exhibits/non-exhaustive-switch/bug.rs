//! Adds up what the payments of a day brought in. Refunds came later, and the match does not know
//! them.
#![forbid(unsafe_code)]

#[derive(Clone, Copy)]
enum Kind {
    Sale,
    Fee,
    Refund,
}

fn balance(kind: Kind, cents: i32) -> i32 {
    let sign = match kind {
        Kind::Sale => 1,
        Kind::Fee => -1,
        #[cfg(fixed)]
        Kind::Refund => -1,
    };
    sign * cents
}

fn main() {
    let day = [(Kind::Sale, 500), (Kind::Fee, 20), (Kind::Refund, 300)];
    let total: i32 = day.iter().map(|&(kind, cents)| balance(kind, cents)).sum();
    println!("{total}");
}
