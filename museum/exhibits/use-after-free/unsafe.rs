//! A table with seats and a waiting line: who leaves is announced after the seat was given away. A
//! raw pointer is a reference that nobody checks.

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
        let Some(guest) = self.seats[seat].take() else { return };
        let leaver: *const Guest = &*guest;
        #[cfg(not(fixed))]
        drop(guest);
        self.sit(seat, next, 100);
        // SAFETY: none in the bug: the guest was dropped and the pointer dangles. Fixed: `guest`
        // lives until the end of this function, and nobody writes to it.
        let leaver = unsafe { &*leaver };
        let (name, chips) = (leaver.name, leaver.chips);
        println!("{name} leaves with {chips} chips");
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
