//! Adds up what the payments of a day brought in. The kinds come as bytes from a file of a newer
//! version, and a byte is made a kind that this enum does not have.

#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Sale,
    Fee,
    #[cfg(fixed)]
    Refund,
}

#[cfg(not(fixed))]
fn kind_of(byte: u8) -> Kind {
    // SAFETY: none: a file of a newer version holds bytes that are no kind here.
    unsafe { std::mem::transmute::<u8, Kind>(byte) }
}

#[cfg(fixed)]
fn kind_of(byte: u8) -> Kind {
    match byte {
        0 => Kind::Sale,
        1 => Kind::Fee,
        _ => Kind::Refund,
    }
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
    let day = [(Kind::Sale as u8, 500), (Kind::Fee as u8, 20), (2, 300)];
    let total: i32 = day.iter().map(|&(kind, cents)| balance(kind_of(kind), cents)).sum();
    println!("{total}");
}
