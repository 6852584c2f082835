//! Takes a line "key = value" apart, in a copy of its own. A line without a value leaves earlier,
//! and the copy goes there too.
#![forbid(unsafe_code)]

fn print_setting(line: &str) -> bool {
    let mut copy = line.to_owned();
    let Some(at) = copy.find('=') else { return false };
    let value = copy.split_off(at + 1);
    copy.truncate(at);
    println!("{copy} is {value}");
    true
}

fn main() {
    for line in ["colour=blue", "# the size in points", "size=12"] {
        if !print_setting(line) {
            println!("ignored: {line}");
        }
    }
}
