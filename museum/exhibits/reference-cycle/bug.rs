//! A connection keeps the handler that is called when data arrives, and the handler needs the
//! connection. Each owns the other, so neither ever goes.
#![forbid(unsafe_code)]

use std::cell::OnceCell;
use std::rc::Rc;

type Handler = Box<dyn Fn(&str)>;

struct Connection {
    peer: String,
    on_data: OnceCell<Handler>,
}

impl Connection {
    fn start(self: &Rc<Self>) {
        #[cfg(not(fixed))]
        let handler = {
            let this = Rc::clone(self);
            move |data: &str| this.log(data)
        };
        #[cfg(fixed)]
        let handler = {
            let weak = Rc::downgrade(self);
            move |data: &str| {
                if let Some(this) = weak.upgrade() {
                    this.log(data);
                }
            }
        };
        self.on_data.get_or_init(|| Box::new(handler));
    }

    fn log(&self, data: &str) {
        println!("{} sent {data}", self.peer);
    }
}

fn serve(peer: &str) {
    let connection = Rc::new(Connection { peer: peer.to_owned(), on_data: OnceCell::new() });
    connection.start();
    if let Some(handler) = connection.on_data.get() {
        handler("hello");
    }
}

fn main() {
    for peer in ["10.0.0.7", "10.0.0.8", "10.0.0.9"] {
        serve(peer);
    }
}
