//! Whether exhibits and the committed results belong together, without running anything.

use crate::exhibit::Exhibit;
use crate::judge::{Difference, differences};
use crate::results::Results;

/// Everything that does not fit.
#[must_use]
pub fn complaints(exhibits: &[Exhibit], results: &Results) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut say = |exhibit: &str, place: &str, expected: &str, seen: &str| {
        all.push(Difference {
            exhibit: exhibit.to_owned(),
            place: place.to_owned(),
            expected: expected.to_owned(),
            seen: seen.to_owned(),
        });
    };
    let again =
        format!("museum/results.json of these files: cargo run -p {}", env!("CARGO_PKG_NAME"));
    for exhibit in exhibits {
        match results.exhibits.get(&exhibit.name) {
            None => say(&exhibit.name, "results", &again, "nothing"),
            Some(record) if record.hash != exhibit.hash => {
                say(&exhibit.name, "results", &again, "results of others");
            }
            Some(_) => {}
        }
    }
    for name in results.exhibits.keys() {
        if !exhibits.iter().any(|exhibit| exhibit.name == *name) {
            say(name, "results", "an exhibit", "results alone");
        }
    }
    for exhibit in exhibits {
        if let Some(record) = results.exhibits.get(&exhibit.name) {
            all.extend(differences(exhibit, &record.cells));
        }
    }
    all
}
