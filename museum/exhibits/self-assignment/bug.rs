//! Throws the empty lines out of a text by moving the others up. As long as no line was thrown out, a
//! line is assigned to itself.
#![forbid(unsafe_code)]

fn main() {
    let mut text = ["one", "", "three"].map(String::from);
    let mut kept = 0;
    for i in 0..text.len() {
        if !text[i].is_empty() {
            #[cfg(not(fixed))]
            text[kept].clone_from(&text[i]);
            #[cfg(fixed)]
            text.swap(kept, i);
            kept += 1;
        }
    }
    for line in &text[..kept] {
        println!("[{line}]");
    }
}
