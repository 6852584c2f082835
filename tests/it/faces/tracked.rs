//! An element that knows whether it is alive.
//!
//! Every life has a number, and the thread keeps the set of numbers alive. A copy begins a life,
//! dropping ends it; a life ended twice, a copy of or a look at something dead, and a life that
//! nobody ends are all told apart. Element code may run where a panic would abort (below C), so
//! faults are written down, and [`faults`] is asked after every operation.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic;

use super::Injected;

#[derive(Default)]
struct Book {
    alive: HashSet<u64>,
    born: u64,
    faults: Vec<String>,
    /// Calls of element code that still succeed; `None`: all do.
    fuse: Option<u64>,
    blown: bool,
}

thread_local! {
    static BOOK: RefCell<Book> = RefCell::default();
}

/// A value, and which life this is.
#[derive(Debug)]
pub struct Tracked {
    value: u64,
    life: u64,
}

impl Tracked {
    pub fn new(value: u64) -> Tracked {
        BOOK.with_borrow_mut(|book| {
            book.born += 1;
            book.alive.insert(book.born);
            Tracked { value, life: book.born }
        })
    }

    /// The value, if the element is alive.
    pub fn look(&self) -> u64 {
        self.expect_alive("look at");
        self.value
    }

    /// As `clone`, but answers `None` where that would panic.
    pub fn try_clone(&self) -> Option<Tracked> {
        self.expect_alive("copy of");
        burn().then(|| Tracked::new(self.value))
    }

    pub fn expect_alive(&self, what: &str) {
        BOOK.with_borrow_mut(|book| {
            if !book.alive.contains(&self.life) {
                book.faults.push(format!("{what} the dead life {:#x}", self.life));
            }
        });
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Tracked {
        self.try_clone().unwrap_or_else(|| panic::panic_any(Injected))
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        BOOK.with_borrow_mut(|book| {
            if !book.alive.remove(&self.life) {
                book.faults.push(format!("drop of the dead life {:#x}", self.life));
            }
        });
    }
}

/// Writes a fault down.
pub fn fault(what: String) {
    BOOK.with_borrow_mut(|book| book.faults.push(what));
}

/// Forgets everything: a new test begins.
pub fn reset() {
    BOOK.with_borrow_mut(|book| *book = Book::default());
}

/// How many elements are alive on this thread.
pub fn alive() -> usize {
    BOOK.with_borrow(|book| book.alive.len())
}

/// What went wrong since the last call.
pub fn faults() -> Vec<String> {
    BOOK.with_borrow_mut(|book| std::mem::take(&mut book.faults))
}

/// Lets the next `calls` calls of element code succeed and the one after fail, once.
pub fn set_fuse(calls: Option<u64>) {
    BOOK.with_borrow_mut(|book| book.fuse = calls);
}

/// Whether the fuse that was set has made a call fail; takes it out in either case.
pub fn take_blown() -> bool {
    BOOK.with_borrow_mut(|book| {
        book.fuse = None;
        std::mem::take(&mut book.blown)
    })
}

/// Counts one call of element code; `false`: this is the one to fail.
pub fn burn() -> bool {
    BOOK.with_borrow_mut(|book| match &mut book.fuse {
        None => true,
        Some(0) => {
            book.fuse = None;
            book.blown = true;
            false
        }
        Some(left) => {
            *left -= 1;
            true
        }
    })
}
