//! Rules are shipped as data and name the fields of an event by number. A new rule speaks of field
//! 5; the program that runs it supplies fields 0 to 4.
#![forbid(unsafe_code)]

struct Rule {
    name: &'static str,
    field: usize,
    limit: i32,
}

fn matches(rule: &Rule, event: &[i32]) -> bool {
    #[cfg(not(fixed))]
    return event[rule.field] >= rule.limit;
    #[cfg(fixed)]
    return event.get(rule.field).is_some_and(|&value| value >= rule.limit);
}

fn main() {
    let rules = [
        Rule { name: "many writes", field: 1, limit: 100 },
        Rule { name: "new pipe", field: 5, limit: 0 },
    ];
    let event = vec![3, 250, 0, 1, 40];
    for rule in &rules {
        println!("{}: {}", rule.name, if matches(rule, &event) { "alarm" } else { "quiet" });
    }
}
