//! The last entry of a log below a level is looked for, with -1 for none as in C++. Numbers of two
//! types do not compare; fixed, "none" is an `Option` and no number.
#![forbid(unsafe_code)]

fn last_below(levels: &[i32], limit: i32) -> Option<usize> {
    levels.iter().rposition(|&level| level < limit)
}

fn place(levels: &[i32], limit: i32) -> &'static str {
    #[cfg(not(fixed))]
    let index: i32 = last_below(levels, limit).map_or(-1, |index| index as i32);
    #[cfg(fixed)]
    let index = last_below(levels, limit);
    #[cfg(not(fixed))]
    let first = index < levels.len() / 2;
    #[cfg(fixed)]
    let first = index.is_none_or(|index| index < levels.len() / 2);
    if first { "first half" } else { "second half" }
}

fn main() {
    let levels = [4, 2, 7, 5];
    println!("{}, {}", place(&levels, 3), place(&levels, 1));
}
