//! Compares two versions. For equal ones the function ends without a result.
#![forbid(unsafe_code)]

struct Version {
    major: i32,
    minor: i32,
}

#[cfg(not(fixed))]
fn compare(a: &Version, b: &Version) -> i32 {
    if a.major != b.major {
        return if a.major < b.major { -1 } else { 1 };
    }
    if a.minor != b.minor {
        return if a.minor < b.minor { -1 } else { 1 };
    }
}

#[cfg(fixed)]
fn compare(a: &Version, b: &Version) -> i32 {
    if a.major != b.major {
        return if a.major < b.major { -1 } else { 1 };
    }
    if a.minor != b.minor {
        return if a.minor < b.minor { -1 } else { 1 };
    }
    0
}

fn main() {
    let installed = Version { major: 1, minor: 4 };
    for (major, minor) in [(1, 3), (1, 4), (2, 0)] {
        println!("{}", compare(&Version { major, minor }, &installed));
    }
}
