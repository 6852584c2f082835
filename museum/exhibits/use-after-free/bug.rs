//! A table with seats and a waiting line: who leaves is announced after the seat was given away.
//! The reference still says where the guest sat.
#![forbid(unsafe_code)]

struct Guest {
    name: &'static str,
    chips: u32,
}

#[derive(Default)]
struct Table {
    seats: [Option<Box<Guest>>; 4],
}

impl Table {
    fn sit(&mut self, seat: usize, name: &'static str, chips: u32) {
        self.seats[seat] = Some(Box::new(Guest { name, chips }));
    }

    fn leave(&mut self, seat: usize, next: &'static str) {
        #[cfg(not(fixed))]
        let leaver = self.seats[seat].as_deref();
        #[cfg(fixed)]
        let leaver = self.seats[seat].take();
        self.sit(seat, next, 100);
        if let Some(guest) = leaver {
            println!("{} leaves with {} chips", guest.name, guest.chips);
        }
        if let Some(guest) = &self.seats[seat] {
            println!("{} sits down with {}", guest.name, guest.chips);
        }
    }
}

fn main() {
    let mut table = Table::default();
    table.sit(0, "Ada", 370);
    table.leave(0, "Bob");
}
