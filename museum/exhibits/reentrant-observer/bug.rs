//! Tells observers of an event. One of them subscribes another while it is being told.
#![forbid(unsafe_code)]
use std::cell::{Cell, RefCell};
use std::rc::Rc;

type Observer = Rc<dyn Fn(i32)>;

#[derive(Default)]
struct Topic {
    observers: RefCell<Vec<Observer>>,
}

impl Topic {
    fn subscribe(&self, observer: impl Fn(i32) + 'static) {
        self.observers.borrow_mut().push(Rc::new(observer));
    }

    #[cfg(not(fixed))]
    fn publish(&self, event: i32) {
        for observer in self.observers.borrow().iter() {
            observer(event);
        }
    }

    #[cfg(fixed)]
    fn publish(&self, event: i32) {
        let present = self.observers.borrow().clone();
        for observer in present {
            observer(event);
        }
    }
}

fn main() {
    let topic = Rc::new(Topic::default());
    let sum = Rc::new(Cell::new(0));
    let (inner, total) = (Rc::downgrade(&topic), sum.clone());
    topic.subscribe(move |event| {
        let sum = total.clone();
        if let Some(topic) = inner.upgrade() {
            topic.subscribe(move |later| sum.set(sum.get() + 10 * later));
        }
        total.set(total.get() + event);
    });
    let total = sum.clone();
    topic.subscribe(move |event| total.set(total.get() + 100 * event));
    topic.publish(1);
    println!("{}", sum.get());
}
