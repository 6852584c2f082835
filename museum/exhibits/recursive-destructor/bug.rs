//! Keeps the history of a document, each edit owning the one before it. To drop an edit drops the
//! one before, and so on, one frame deeper for each.
#![forbid(unsafe_code)]

struct Edit {
    position: i32,
    previous: Option<Box<Edit>>,
}

#[derive(Default)]
struct History {
    last: Option<Box<Edit>>,
}

impl History {
    fn record(&mut self, position: i32) {
        self.last = Some(Box::new(Edit { position, previous: self.last.take() }));
    }
}

impl Drop for History {
    fn drop(&mut self) {
        while cfg!(fixed)
            && let Some(edit) = self.last.take()
        {
            self.last = edit.previous;
        }
    }
}

fn main() {
    let mut history = History::default();
    for i in 0..700_000 {
        history.record(i);
    }
    if let Some(edit) = &history.last {
        println!("{}", edit.position);
    }
    drop(history);
    println!("closed");
}
