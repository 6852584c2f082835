//! The part of an address before the question mark. The bug: the part is made a new string, and the
//! view that is kept of it sees it end at the semicolon.
#![forbid(unsafe_code)]

fn main() {
    let url = String::from("https://example.org/search?q=ferris");
    let end = url.find('?').unwrap_or(url.len());
    #[cfg(not(fixed))]
    let page = url[..end].to_owned().as_str();
    #[cfg(fixed)]
    let page = &url[..end];
    println!("{page}");
}
