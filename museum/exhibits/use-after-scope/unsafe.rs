//! Prints who a message is from. The name of a guest is put together in a string of the inner
//! block, and shown after it by a pointer.

fn greet(user: i32, guest: i32) {
    let mut text = String::new();
    let mut name: *const str = "root";
    if user != 0 {
        let guest = format!("guest {guest}");
        name = &raw const *guest;
        if cfg!(fixed) {
            text = guest;
        }
    }
    // SAFETY: fixed: the bytes of the string stay where they are when it moves to `text`, which
    // lives on. Bug: none, the string went with its block.
    let name = unsafe { &*name };
    println!("from {name}");
    drop(text);
}

fn main() {
    greet(0, 0);
    greet(1, 17);
}
