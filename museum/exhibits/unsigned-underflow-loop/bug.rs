//! The length of a route: the sum over each point and the next, so the loop ends one before the
//! size. The size is unsigned, and one before nothing is no such number.
#![forbid(unsafe_code)]

struct Point {
    x: f64,
    y: f64,
}

fn distance(a: &Point, b: &Point) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

fn length(route: &[Point]) -> f64 {
    let mut sum = 0.0;
    #[cfg(not(fixed))]
    for i in 0..route.len() - 1 {
        sum += distance(&route[i], &route[i + 1]);
    }
    #[cfg(fixed)]
    for pair in route.windows(2) {
        sum += distance(&pair[0], &pair[1]);
    }
    sum
}

fn main() {
    println!("{:.1}", length(&[]));
    let route = [(0.0, 0.0), (3.0, 4.0), (3.0, 9.0)].map(|(x, y)| Point { x, y });
    println!("{:.1}", length(&route));
}
