//! Sessions that have expired are removed while the map is walked.
#![forbid(unsafe_code)]
use std::collections::HashMap;

fn expire(sessions: &mut HashMap<u32, u32>) {
    #[cfg(not(fixed))]
    for (user, minutes) in &*sessions {
        if *minutes == 0 {
            sessions.remove(user);
        }
    }
    #[cfg(fixed)]
    sessions.retain(|_, minutes| *minutes != 0);
}

fn main() {
    let mut sessions = HashMap::from([(1001, 30), (1002, 0), (1003, 12)]);
    expire(&mut sessions);
    println!("{} sessions, {} minutes", sessions.len(), sessions.values().sum::<u32>());
}
