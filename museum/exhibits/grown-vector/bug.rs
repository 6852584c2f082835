//! Keeps the best score while new ones arrive: the reference is into a vector that then grows.
#![forbid(unsafe_code)]

fn main() {
    let mut scores = vec![90, 75, 60];
    #[cfg(not(fixed))]
    let best = &scores[0];
    #[cfg(fixed)]
    let best = scores[0];
    scores.push(80);
    println!("best {best} of {}", scores.len());
}
