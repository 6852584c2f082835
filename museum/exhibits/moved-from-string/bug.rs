//! A constructor takes its name by value and moves it into the field. What follows reads the
//! parameter.
#![forbid(unsafe_code)]

struct Logger {
    name: String,
}

impl Logger {
    fn new(name: String) -> Self {
        let logger = Self { name };
        #[cfg(not(fixed))]
        println!("opened log '{name}'");
        #[cfg(fixed)]
        println!("opened log '{}'", logger.name);
        logger
    }

    fn write(&self, line: &str) {
        println!("{}: {line}", self.name);
    }
}

fn main() {
    let logger = Logger::new("payments".to_owned());
    logger.write("ready");
}
