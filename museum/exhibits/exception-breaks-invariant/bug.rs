//! Moves money between accounts. The payer is charged before the payee is looked up, and the lookup
//! panics: the server catches the panic and goes on.
#![forbid(unsafe_code)]
#[cfg(not(fixed))]
use std::panic::catch_unwind;

struct Account {
    owner: &'static str,
    balance: i32,
}

struct Ledger {
    accounts: Vec<Account>,
}

impl Ledger {
    fn balance(&mut self, owner: &str) -> Option<&mut i32> {
        let found = self.accounts.iter_mut().find(|account| account.owner == owner)?;
        Some(&mut found.balance)
    }

    #[cfg(not(fixed))]
    fn transfer(&mut self, from: &str, to: &str, amount: i32) {
        *self.balance(from).expect("a payer") -= amount;
        *self.balance(to).expect("a payee") += amount;
    }

    #[cfg(fixed)]
    fn transfer(&mut self, from: &str, to: &str, amount: i32) -> Option<()> {
        self.balance(to)?;
        *self.balance(from)? -= amount;
        *self.balance(to)? += amount;
        Some(())
    }
}

fn main() {
    let account = |owner, balance| Account { owner, balance };
    let mut ledger = Ledger { accounts: vec![account("alice", 70), account("bob", 30)] };
    for payee in ["bob", "bbo"] {
        #[cfg(not(fixed))]
        let done = catch_unwind(|| ledger.transfer("alice", payee, 10)).ok();
        #[cfg(fixed)]
        let done = ledger.transfer("alice", payee, 10);
        if done.is_none() {
            println!("no account {payee}");
        }
    }
    let total: i32 = ledger.accounts.iter().map(|account| account.balance).sum();
    println!("total {total}");
}
