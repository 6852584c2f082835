//! Prints who a message is from. The name of a guest is put together in a string of the inner
//! block, and shown after it.
#![forbid(unsafe_code)]

fn greet(user: i32, guest: i32) {
    #[cfg(fixed)]
    let text;
    let mut name = "root";
    if user != 0 {
        #[cfg(not(fixed))]
        let text;
        text = format!("guest {guest}");
        name = &text;
    }
    println!("from {name}");
}

fn main() {
    greet(0, 0);
    greet(1, 17);
}
