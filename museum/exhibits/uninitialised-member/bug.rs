//! An account can be locked. That field came later: the constructor that restores an account from
//! the books sets it, the one that opens a new account was forgotten.
#![forbid(unsafe_code)]

struct Account {
    owner: &'static str,
    cents: i64,
    locked: bool,
}

impl Account {
    fn restore(owner: &'static str, cents: i64, locked: bool) -> Self {
        Self { owner, cents, locked }
    }

    fn open(owner: &'static str) -> Self {
        Self {
            owner,
            cents: 0,
            #[cfg(fixed)]
            locked: false,
        }
    }

    fn show(&self) {
        let state = if self.locked { ", locked" } else { "" };
        println!("{}: {}{state}", self.owner, self.cents);
    }
}

fn main() {
    Account::restore("Ada", 4200, true).show();
    Account::open("Bob").show();
}
