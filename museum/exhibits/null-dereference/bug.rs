//! Looks a policy up by the name of its region and reads its quota. A policy with a blank region
//! was let in, no region has that name, and the look-up says so with `None`.
#![forbid(unsafe_code)]

struct Region {
    name: &'static str,
    quota: u32,
}

const REGIONS: [Region; 2] =
    [Region { name: "east", quota: 100 }, Region { name: "west", quota: 250 }];

fn find(name: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.name == name)
}

fn quota(name: &str) -> u32 {
    #[cfg(not(fixed))]
    return find(name).quota;
    #[cfg(fixed)]
    return find(name).map_or(0, |region| region.quota);
}

fn main() {
    for name in ["west", ""] {
        println!("'{name}': {}", quota(name));
    }
}
