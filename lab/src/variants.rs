//! The copies of every worker's executable that launches rotate through.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::padding::Paddings;
use crate::process::{Limits, Program};
use crate::roster::Entrant;

/// All paddings of all programs.
#[derive(Default)]
pub(crate) struct Variants(HashMap<PathBuf, Paddings>);

impl Variants {
    /// Makes `count` copies of each program that can be copied.
    pub(crate) fn make(entrants: &[Entrant], count: usize, limits: Limits) -> Self {
        let mut variants = HashMap::new();
        for entrant in entrants {
            variants
                .entry(entrant.program.path.clone())
                .or_insert_with(|| Paddings::make(&entrant.program, count, limits));
        }
        Self(variants)
    }

    /// How many there are of a program: at least 1.
    pub(crate) fn count(&self, program: &Program) -> usize {
        self.0.get(&program.path).map_or(1, Paddings::len)
    }

    /// How far the code of each is moved, in bytes.
    pub(crate) fn shifts(&self, program: &Program) -> Vec<u64> {
        self.0.get(&program.path).map_or_else(|| vec![0], |paddings| paddings.shifts().to_vec())
    }

    /// Why there is only one of a program, where there is.
    pub(crate) fn reason(&self, program: &Program) -> Option<&str> {
        self.0.get(&program.path).and_then(Paddings::reason)
    }

    /// The entrant as it is started from padding number `padding`.
    pub(crate) fn entrant(&self, entrant: &Entrant, padding: usize) -> Entrant {
        let mut entrant = entrant.clone();
        if let Some(paddings) = self.0.get(&entrant.program.path) {
            entrant.program.path = paddings.path(padding).to_owned();
        }
        entrant
    }
}
