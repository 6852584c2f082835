//! Handles the events of a window. The handler was written for key events, insists on one, and is
//! called for the click too.
#![forbid(unsafe_code)]
use std::any::Any;

struct Click;

struct KeyPress {
    code: i32,
}

fn on_key(event: &dyn Any) {
    #[cfg(fixed)]
    let Some(key) = event.downcast_ref::<KeyPress>() else {
        println!("no key");
        return;
    };
    #[cfg(not(fixed))]
    let key = event.downcast_ref::<KeyPress>().expect("only keys come here");
    println!("key {}", key.code);
}

fn main() {
    let events: [Box<dyn Any>; 2] = [Box::new(KeyPress { code: 27 }), Box::new(Click)];
    for event in &events {
        on_key(event.as_ref());
    }
}
