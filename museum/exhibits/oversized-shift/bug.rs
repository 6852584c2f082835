//! Keeps a set of small numbers as the bits of a word of 64. The bit is made from a 1 of 32 bits,
//! so the upper half of the set is never reached.
#![forbid(unsafe_code)]

#[derive(Default)]
struct BitSet {
    bits: u64,
}

impl BitSet {
    fn insert(&mut self, member: u32) {
        self.bits |= bit(member);
    }

    fn contains(&self, member: u32) -> bool {
        self.bits & bit(member) != 0
    }
}

#[cfg(not(fixed))]
fn bit(member: u32) -> u64 {
    u64::from(1_u32 << member)
}

#[cfg(fixed)]
fn bit(member: u32) -> u64 {
    1_u64 << member
}

fn main() {
    let mut cores = BitSet::default();
    for core in [3, 40] {
        cores.insert(core);
    }
    for core in [3, 8, 40] {
        println!("{core}: {}", if cores.contains(core) { "yes" } else { "no" });
    }
}
