//! Rules are shipped as data and name the fields of an event by number. To save the check on each
//! event, the field is read without one.

struct Rule {
    name: &'static str,
    field: usize,
    limit: i32,
}

fn matches(rule: &Rule, event: &[i32]) -> bool {
    #[cfg(fixed)]
    if rule.field >= event.len() {
        return false;
    }
    // SAFETY: fixed: looked at above. None in the bug: the number comes from a file.
    let value = unsafe { *event.get_unchecked(rule.field) };
    value >= rule.limit
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
