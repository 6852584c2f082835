//! The extension of a file name. The bug: the function takes the name for itself and returns a view
//! into it, which ends with the call.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
fn extension<'a>(name: String) -> &'a str {
    match name.rfind('.') {
        Some(dot) => &name[dot + 1..],
        None => &name,
    }
}

#[cfg(fixed)]
fn extension(name: &str) -> &str {
    match name.rfind('.') {
        Some(dot) => &name[dot + 1..],
        None => name,
    }
}

fn main() {
    let name = String::from("photo-2024-08-17.jpeg");
    #[cfg(not(fixed))]
    let kind = extension(name.clone());
    #[cfg(fixed)]
    let kind = extension(&name);
    println!("{kind} of {}", name.len());
}
