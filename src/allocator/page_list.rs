//! Pages in a list: those that threads left behind, and those that a heap put aside.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::page::Page;

/// Pages, linked both ways; a page is in one list at most.
pub(super) struct PageList {
    first: AtomicPtr<Page>,
}

impl PageList {
    pub(super) const fn new() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Anybody may look whether there is one.
    pub(super) fn first(&self) -> Option<&'static Page> {
        // SAFETY: A1 - null, or a record, which stays.
        unsafe { self.first.load(Ordering::Relaxed).as_ref() }
    }

    fn set_first(&self, page: Option<&'static Page>) {
        let page = page.map_or(ptr::null(), ptr::from_ref);
        self.first.store(page.cast_mut(), Ordering::Relaxed);
    }

    pub(super) fn add(&self, page: &'static Page) {
        let next = self.first();
        page.prev.set(None);
        page.next.set(next);
        if let Some(next) = next {
            next.prev.set(Some(page));
        }
        self.set_first(Some(page));
        page.listed.store(true, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, page: &'static Page) {
        match page.prev.get() {
            None => self.set_first(page.next.get()),
            Some(prev) => prev.next.set(page.next.get()),
        }
        if let Some(next) = page.next.get() {
            next.prev.set(page.prev.get());
        }
        page.next.set(None);
        page.prev.set(None);
        page.listed.store(false, Ordering::Release); // with adopt: the links are written
    }
}
