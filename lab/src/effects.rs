//! Takes a difference apart: how much of it is the language's doing, how much the compiler's, the
//! library's, the border's between languages, the processor's.
//!
//! A pair shows an effect alone when everything else is the same on both sides. Which pairs do is
//! found here; their ratios come from launches that both sides share, like those of rows.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::design::Policy;
use crate::json::rounded;
use crate::report::Found;
use crate::roster::Entrant;
use crate::table::{cut, wrap};
use crate::toolchain::{Backend, Toolchain};
use crate::variants::Variants;
use crate::verdict::{self, LEAST_EFFECT};

/// What differs between the two sides of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A contestant and the one of another language that it names, by the nearest code generators;
    /// not for two that stand against others as their languages' own libraries.
    Language,
    /// The same source, by other compilers.
    Compiler,
    /// A contestant and the one it names of its own language and compiler; or the same source on
    /// another standard library.
    Library,
    /// `x via y`: x, called from another language for each element, and x by itself.
    Border,
    /// The same source, for this processor and for every one.
    Processor,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Compiler => "compiler",
            Self::Library => "library",
            Self::Border => "border",
            Self::Processor => "processor",
        }
    }
}

/// A pair of entrants that shows an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: Kind,
    pub(crate) contestant: usize,
    pub(crate) baseline: usize,
    /// What else differs, where nothing better is there.
    pub(crate) note: Option<String>,
}

/// What an effect was found to be in one workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) kind: Kind,
    pub(crate) contestant: String,
    pub(crate) baseline: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    /// Whether there is one: the interval leaves out 1, the noise floor and the least effect.
    pub(crate) seen: bool,
    pub(crate) note: Option<String>,
    #[serde(serialize_with = "rounded")]
    pub(crate) log_ratios: Vec<f64>,
}

/// A name that says that its bearer is reached across a border.
fn is_via(entrant: &Entrant) -> bool {
    entrant.registered.contains(" via ")
}

/// An entrant among the members of a group, and what made it.
struct Made<'a> {
    at: usize,
    entrant: &'a Entrant,
    by: Toolchain,
}

impl Made<'_> {
    fn names(&self, other: &Self) -> bool {
        self.at != other.at && self.entrant.baselines.contains(&other.entrant.registered)
    }

    fn is_source_of(&self, other: &Self) -> bool {
        self.at != other.at
            && self.entrant.registered == other.entrant.registered
            && self.entrant.language == other.entrant.language
    }

    /// Whether the other is what its own language has in its place.
    fn has_library(&self, other: &Self) -> bool {
        self.names(other)
            && self.is_neighbour_of(other)
            && self.entrant.language == other.entrant.language
    }

    fn is_neighbour_of(&self, other: &Self) -> bool {
        self.entrant.worker == other.entrant.worker
    }
}

/// The pairs of a group that show an effect, in the order of the effects.
pub(crate) fn links(entrants: &[Entrant], members: &[usize]) -> Vec<Link> {
    let made: Vec<Made<'_>> = members
        .iter()
        .map(|&at| {
            let entrant = &entrants[at];
            Made { at, entrant, by: Toolchain::read(&entrant.compiler, &entrant.flags) }
        })
        .collect();
    let mut links = Vec::new();
    for this in &made {
        let mut add = |kind, other: &Made<'_>, note| {
            links.push(Link { kind, contestant: this.at, baseline: other.at, note });
        };
        if is_via(this.entrant) {
            let bare = |other: &&Made<'_>| this.names(other) && this.is_neighbour_of(other);
            made.iter().filter(bare).for_each(|other| add(Kind::Border, other, None));
            continue;
        }
        // Two libraries differ in more than the language.
        if !is_library(&made, this) {
            for name in &this.entrant.baselines {
                if let Some((other, note)) = abroad(&made, this, name) {
                    add(Kind::Language, other, note);
                }
            }
        }
        if let Some(other) = reference(&made, this)
            && this.by.backend != other.by.backend
        {
            add(Kind::Compiler, other, None);
        }
        for other in &made {
            if this.has_library(other) {
                add(Kind::Library, other, None);
            }
        }
        // The first of several builds is what the later ones are compared with.
        let earlier = |other: &&Made<'_>| {
            other.at < this.at && this.is_source_of(other) && this.by.backend == other.by.backend
        };
        let same_mode = |other: &&Made<'_>| this.by.mode == other.by.mode;
        let libraries = |other: &&Made<'_>| match (&this.by.library, &other.by.library) {
            (Some(mine), Some(its)) => mine != its,
            _ => false,
        };
        let mut same_compiler = made.iter().filter(earlier).filter(same_mode);
        if let Some(other) = same_compiler.find(libraries) {
            add(Kind::Library, other, None);
        }
        let plain = |other: &&Made<'_>| {
            this.by.mode.native
                && !other.by.mode.native
                && this.by.mode.cross == other.by.mode.cross
                && this.by.library == other.by.library
        };
        if let Some(other) = made.iter().filter(earlier).find(plain) {
            add(Kind::Processor, other, None);
        }
    }
    links.sort_by_key(|link| link.kind);
    links
}

/// Whether another stands against `this` as its language's own.
fn is_library(made: &[Made<'_>], this: &Made<'_>) -> bool {
    made.iter().any(|other| !is_via(other.entrant) && other.has_library(this))
}

/// The build, by the code generator nearest to that of `this`, of the contestant of this name in
/// another language; and what to say if they are not the same.
fn abroad<'a>(
    made: &'a [Made<'a>],
    this: &Made<'_>,
    name: &str,
) -> Option<(&'a Made<'a>, Option<String>)> {
    let fits = |other: &&Made<'_>| {
        other.entrant.registered == *name
            && other.entrant.language != this.entrant.language
            && other.by.mode == this.by.mode
    };
    let near = |other: &'a Made<'a>| Some((this.by.distance(&other.by)?, other));
    // Of equals the first: the build that is there without being asked for.
    let (distance, other) = made.iter().filter(fits).filter_map(near).min_by_key(|&(d, _)| d)?;
    let spelled = |backend: Option<Backend>| backend.map_or("?".into(), |b| b.to_string());
    let note = (distance > 0).then(|| {
        format!(
            "{} against {}, the nearest in this run: part of it is the compilers' doing",
            spelled(this.by.backend),
            spelled(other.by.backend)
        )
    });
    Some((other, note))
}

/// The build that others of the same source are compared with, on the same library and in the same
/// mode: the one that stands for its language, else the one by the newest LLVM.
fn reference<'a>(made: &'a [Made<'a>], this: &Made<'_>) -> Option<&'a Made<'a>> {
    let same = |other: &&Made<'_>| {
        (other.at == this.at || other.is_source_of(this))
            && other.by.mode == this.by.mode
            && other.by.library == this.by.library
            && other.by.backend.is_some()
    };
    let stands = |other: &Made<'_>| {
        let mut speakers = made.iter().filter(|speaker| {
            !is_via(speaker.entrant)
                && !is_library(made, speaker)
                && speaker.by.mode == other.by.mode
                && speaker.names(other)
        });
        speakers.any(|speaker| {
            abroad(made, speaker, &other.entrant.registered)
                .is_some_and(|(chosen, _)| chosen.at == other.at)
        })
    };
    let newness = |other: &Made<'_>| match other.by.backend {
        Some(Backend::Llvm(major)) => (1, major),
        Some(Backend::Gcc(major)) => (0, major),
        None => (0, 0),
    };
    let best = |other: &&Made<'_>| (stands(other), newness(other), std::cmp::Reverse(other.at));
    this.by.backend?;
    made.iter().filter(same).max_by_key(best)
}

/// All effects of all groups, under the default policy of the allocator.
pub(crate) fn effects(entrants: &[Entrant], groups: &[Found], variants: &Variants) -> Vec<Effect> {
    let layouts = |entrant: usize| variants.count(&entrants[entrant].program);
    let of = |found: &Found| {
        let one = |link: &Link| {
            let pair = (link.contestant, link.baseline);
            let log_ratios = found.log_ratios(Policy::Default, pair);
            let ratio = verdict::ratio(&log_ratios);
            let (low, high) = ratio.as_ref().map_or((None, None), |ratio| (ratio.low, ratio.high));
            let noise = found
                .floor()
                .map(|floor| floor.max(found.layout(pair, [layouts(pair.0), layouts(pair.1)])));
            Effect {
                component: found.group.component.clone(),
                workload: found.group.workload.clone(),
                n: found.group.n,
                kind: link.kind,
                contestant: entrants[link.contestant].name.clone(),
                baseline: entrants[link.baseline].name.clone(),
                seen: low.zip(high).is_some_and(|interval| is_seen(interval, noise)),
                ratio: ratio.map(|ratio| ratio.ratio),
                low,
                high,
                note: link.note.clone(),
                log_ratios,
            }
        };
        let timed = !found.group.tracked;
        found.group.links.iter().filter(|_| timed).map(one).collect::<Vec<_>>()
    };
    groups.iter().flat_map(of).collect()
}

/// Whether an interval lies beyond all that may look like an effect and be none: the noise floor
/// and what layouts of code do.
fn is_seen((low, high): (f64, f64), noise: Option<f64>) -> bool {
    let margin = 1.0 + noise.unwrap_or(f64::INFINITY).max(LEAST_EFFECT);
    low > margin || high < 1.0 / margin
}

// ---- On the terminal ----------------------------------------------------------------------------

/// A table with a line for each workload and a column for each pair, and what the columns are.
pub(crate) fn section(effects: &[Effect], width: usize) -> String {
    let mut pairs: Vec<&Effect> = Vec::new();
    let same = |a: &Effect, b: &Effect| {
        (a.kind, &a.contestant, &a.baseline) == (b.kind, &b.contestant, &b.baseline)
    };
    let mut workloads: Vec<(&str, &str, u64)> = Vec::new();
    for effect in effects.iter().filter(|effect| effect.ratio.is_some()) {
        if !pairs.iter().any(|pair| same(pair, effect)) {
            pairs.push(effect);
        }
        let workload = (&*effect.component, &*effect.workload, effect.n);
        if !workloads.contains(&workload) {
            workloads.push(workload);
        }
    }
    pairs.sort_by_key(|pair| pair.kind);
    let mut text = String::new();
    if pairs.is_empty() {
        return text;
    }
    let head =
        "effects, each by itself; = for what is not seen: 1, or less than the noise, is inside";
    wrap(&mut text, head, width);
    for (number, pair) in pairs.iter().enumerate() {
        let Effect { kind, contestant, baseline, note, .. } = pair;
        let note = note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
        let pair = format!("{} {}: {contestant} / {baseline}", letter(number), kind.word());
        wrap(&mut text, &(pair + &note), width);
    }
    let name =
        |&(component, workload, n): &(&str, &str, u64)| format!("{component} {workload} {n}");
    let names: Vec<String> = workloads.iter().map(name).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    const CELL: usize = 22;
    let widest = widest.min(width.saturating_sub(2 + CELL).max(4));
    let columns = (width.saturating_sub(widest + 2) / CELL).max(1);
    for (block, shown) in pairs.chunks(columns).enumerate() {
        let mut head = format!("  {:widest$}", "");
        for column in 0..shown.len() {
            let _ = write!(head, "{:>CELL$}", letter(block * columns + column));
        }
        let _ = writeln!(text, "{head}");
        for (name, workload) in names.iter().zip(&workloads) {
            let cell = |pair: &&Effect| {
                let mut found = effects.iter().filter(|effect| same(effect, pair));
                found
                    .find(|effect| (&*effect.component, &*effect.workload, effect.n) == *workload)
                    .map_or_else(String::new, spelled)
            };
            let cells: Vec<String> = shown.iter().map(cell).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let line: String = cells.iter().map(|cell| format!("{cell:>CELL$}")).collect();
                let _ = writeln!(text, "  {:widest$}{line}", cut(name, widest));
            }
        }
    }
    text.push('\n');
    text
}

fn spelled(effect: &Effect) -> String {
    match (effect.ratio, effect.low, effect.high) {
        (Some(ratio), Some(low), Some(high)) => {
            let sign = if effect.seen { "" } else { "= " };
            format!("{sign}{ratio:.2} {low:.2}..{high:.2}")
        }
        (Some(ratio), ..) => format!("= {ratio:.2}"),
        _ => String::new(),
    }
}

/// A, B, ... Z, A1, B1, ...
fn letter(number: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(number % 26).unwrap_or(0));
    if number < 26 { letter.to_string() } else { format!("{letter}{}", number / 26) }
}

#[cfg(test)]
#[path = "effects_tests.rs"]
mod tests;
