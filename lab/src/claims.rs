//! What requirements mean in this run: whose names they hold.

use crate::mistakes::nearest;
use crate::require::Requirement;
use crate::roster::Roster;

/// Claims, each as it was written.
pub(crate) type Claims = Vec<(String, Requirement)>;

/// Pairs up whoever the claims are about. The name of a worker stands for all its contestants: then
/// a claim is one about each that both workers have. Where a worker failed (`complete` is false)
/// what is missing may be its fault, and is left to the judge.
pub(crate) fn settled(
    roster: &mut Roster,
    asked: &[(String, Requirement)],
    complete: bool,
) -> Result<Claims, String> {
    let mut settled = Vec::new();
    for (text, claim) in asked {
        if roster.pair_up(&claim.contestant, &claim.baseline) {
            settled.push((text.clone(), claim.clone()));
            continue;
        }
        let before = settled.len();
        for claim in each(roster, claim) {
            if roster.pair_up(&claim.contestant, &claim.baseline) {
                settled.push((claim.to_string(), claim));
            }
        }
        if settled.len() > before {
            continue;
        }
        if complete {
            return Err(unknown(roster, text, claim));
        }
        settled.push((text.clone(), claim.clone()));
    }
    Ok(settled)
}

/// The claims about contestants of one name, of the workers that this one is about.
fn each(roster: &Roster, claim: &Requirement) -> Vec<Requirement> {
    let of = |label: &str, registered: &str| {
        let name = format!("{registered}@{label}");
        roster.entrants.iter().any(|entrant| entrant.name == name).then_some(name)
    };
    let mut claims: Vec<Requirement> = Vec::new();
    for entrant in &roster.entrants {
        let contestant = of(&claim.contestant, &entrant.registered);
        let baseline = of(&claim.baseline, &entrant.registered);
        if let Some((contestant, baseline)) = contestant.zip(baseline) {
            let claim = Requirement { contestant, baseline, limit: claim.limit };
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
    }
    claims
}

fn unknown(roster: &Roster, text: &str, claim: &Requirement) -> String {
    let names = || roster.entrants.iter().map(|entrant| entrant.name.as_str());
    let missing = |name: &&String| !names().any(|known| known == *name);
    match [&claim.contestant, &claim.baseline].into_iter().find(missing) {
        Some(name) => {
            let hint = nearest(name, names());
            format!("\"{text}\": no contestant is named \"{name}\"{hint}; see: list")
        }
        None => format!("no workload has both contestants of \"{text}\"; see: list"),
    }
}
