//! Reports the mean latency of a minute. In a minute without requests there is none.
#![forbid(unsafe_code)]

fn mean(latencies: &[i32]) -> Option<i32> {
    if cfg!(fixed) && latencies.is_empty() {
        return None;
    }
    let sum: i32 = latencies.iter().sum();
    Some(sum / latencies.len() as i32)
}

fn main() {
    let minutes = [vec![12, 18, 30], vec![], vec![40]];
    for minute in &minutes {
        match mean(minute) {
            Some(latency) => println!("{latency} ms"),
            None => println!("no requests"),
        }
    }
}
