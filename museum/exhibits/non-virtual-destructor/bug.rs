//! Draws the widgets of a form. They are owned as trait objects, and the trait says nothing of
//! destruction.
#![forbid(unsafe_code)]

trait Widget {
    fn draw(&self);
}

struct Rule;

impl Widget for Rule {
    fn draw(&self) {
        println!("--");
    }
}

struct Label {
    text: String,
}

impl Widget for Label {
    fn draw(&self) {
        println!("{}", self.text);
    }
}

fn main() {
    let label = Label { text: String::from("Name, as it stands in your passport:") };
    let form: Vec<Box<dyn Widget>> = vec![Box::new(label), Box::new(Rule)];
    for widget in &form {
        widget.draw();
    }
}
