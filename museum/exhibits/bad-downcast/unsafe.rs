//! Handles the events of a window. The handler casts every event to a key event without asking.
use std::any::Any;

struct Click {
    _button: u8,
}

struct KeyPress {
    code: i32,
}

fn on_key(event: &dyn Any) {
    if cfg!(fixed) && !event.is::<KeyPress>() {
        println!("no key");
        return;
    }
    let key: *const KeyPress = (&raw const *event).cast();
    // SAFETY: fixed: is() said that a KeyPress lies there. Bug: none, a Click may lie there.
    let code = unsafe { (*key).code };
    println!("key {code}");
}

fn main() {
    let events: [Box<dyn Any>; 2] =
        [Box::new(KeyPress { code: 27 }), Box::new(Click { _button: 1 })];
    for event in &events {
        on_key(event.as_ref());
    }
}
