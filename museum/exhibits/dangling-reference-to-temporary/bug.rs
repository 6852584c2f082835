//! A getter hands out its field by reference, or a default when it is empty. The default is a
//! `String` made on the spot, and the reference is to that.
#![forbid(unsafe_code)]

struct Host {
    name: String,
}

impl Host {
    #[cfg(not(fixed))]
    fn name(&self) -> &String {
        if self.name.is_empty() { &String::from("localhost") } else { &self.name }
    }

    #[cfg(fixed)]
    fn name(&self) -> &str {
        if self.name.is_empty() { "localhost" } else { &self.name }
    }
}

fn connect(name: &str) {
    println!("connecting to {name}");
}

fn main() {
    connect(Host { name: "db.internal".to_owned() }.name());
    connect(Host { name: String::new() }.name());
}
