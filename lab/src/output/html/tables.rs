//! Figures of each contestant by itself, of tracked elements, and effects.

use maud::{Markup, html};

use super::units::{NONE, bytes, count, figure, interval, ratio, signed_bytes, time};
use super::{Group, alone, spelled};
use crate::effects::Effect;
use crate::report::{Report, Row};

/// A column: its title, what it means, its cell.
type Column = (&'static str, &'static str, fn(&Row) -> Option<String>);

const COSTS: &[Column] = &[
    ("time", "wall time of one call", |row| row.wall_ns.map(time)),
    ("per element", "wall time divided by n", |row| row.wall_ns_per_element.map(time)),
    ("CPU", "CPU time of one call, of all threads", |row| row.cpu_ns.map(time)),
    ("allocs", "blocks taken in one call", |row| row.allocs.map(count)),
    ("reallocs", "blocks resized", |row| row.reallocs.map(count)),
    ("frees", "blocks given back", |row| row.frees.map(count)),
    ("asked for", "bytes of all of them", |row| row.bytes.map(bytes)),
    ("peak", "most bytes alive at once", |row| row.peak_bytes.map(bytes)),
    ("left", "bytes alive after the call", |row| row.live_at_end.map(signed_bytes)),
    ("resident", "most physical memory, with the input", |row| row.peak_rss_bytes.map(bytes)),
    ("faults", "minor page faults", |row| row.minor_faults.map(figure)),
    ("instr / elem", "instructions divided by n", |row| row.instructions_per_element.map(figure)),
    ("D1 misses", "on a simulated machine", |row| row.d1_misses.map(figure)),
    ("mispredicted", "branches, on a simulated machine", |row| row.branch_misses.map(figure)),
];

const TRACKED: &[Column] = &[
    ("copies", "copy constructions", |row| row.copies.map(count)),
    ("moves", "move constructions; a dash where no code can see them", |row| row.moves.map(count)),
    ("copy assigns", "assignments from one that stays", |row| row.copy_assigns.map(count)),
    ("move assigns", "assignments from one that is moved", |row| row.move_assigns.map(count)),
    ("destroys", "destructions", |row| row.destroys.map(count)),
    ("relocated", "bytes found at another address", |row| row.relocated_bytes.map(bytes)),
    ("allocs", "blocks taken in one call", |row| row.allocs.map(count)),
    ("reallocs", "blocks resized", |row| row.reallocs.map(count)),
    ("peak", "most bytes alive at once", |row| row.peak_bytes.map(bytes)),
    ("left", "bytes alive after the call", |row| row.live_at_end.map(signed_bytes)),
    ("instr / elem", "instructions divided by n", |row| row.instructions_per_element.map(figure)),
];

/// Timed workloads.
pub(super) fn costs(report: &Report) -> Option<Markup> {
    let groups = alone(report, |row| !row.tracked);
    (!groups.is_empty()).then(|| html! {
        p.explain {
            "Of one call. Memory is counted where all languages ask for it, at "
            code { "malloc" } ". Times are for orientation: they drift with the machine's mood, "
            "and only ratios taken side by side are compared. A dash is a figure that is not "
            "available; the facts of each row, above, say why."
        }
        (table(&groups, COSTS))
    })
}

/// Tracked workloads.
pub(super) fn tracked(report: &Report) -> Option<Markup> {
    let groups = alone(report, |row| row.tracked);
    (!groups.is_empty()).then(|| html! {
        p.explain {
            "Of elements that count what is done to them, in one call. A dash under moves: they "
            "are copies of bytes, which nothing in that language can observe. Relocated: bytes "
            "of elements that were found at another address after a step, however they came there."
        }
        (table(&groups, TRACKED))
    })
}

fn table(groups: &[(Group<'_>, Vec<&Row>)], columns: &[Column]) -> Markup {
    let filled = |(_, _, cell): &&Column| {
        groups.iter().any(|(_, rows)| rows.iter().any(|row| cell(row).is_some()))
    };
    let columns: Vec<&Column> = columns.iter().filter(filled).collect();
    html! {
        div.scroll.tall tabindex="0" {
            table.figures {
                thead { tr {
                    th scope="col" { "Contestant" }
                    @for (title, meaning, _) in &columns {
                        th.figure scope="col" title=(meaning) { (title) }
                    }
                } }
                @for (name, rows) in groups {
                    tbody {
                        tr.head {
                            th scope="colgroup" colspan=(columns.len() + 1) { (spelled(*name)) }
                        }
                        @for row in rows {
                            tr {
                                th scope="row" { (row.contestant) }
                                @for (_, _, cell) in &columns {
                                    td.figure {
                                        @if let Some(text) = cell(row) { (text) }
                                        @else { span.none { (NONE) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Differences taken apart: a table for each kind.
pub(super) fn effects(report: &Report) -> Option<Markup> {
    let mut pairs: Vec<&Effect> = Vec::new();
    for effect in report.effects.iter().filter(|effect| effect.ratio.is_some()) {
        if !pairs.iter().any(|pair| same(pair, effect)) {
            pairs.push(effect);
        }
    }
    if pairs.is_empty() {
        return None;
    }
    pairs.sort_by_key(|pair| pair.kind);
    let mut kinds: Vec<_> = pairs.iter().map(|pair| pair.kind).collect();
    kinds.dedup();
    Some(html! {
        p.explain {
            "Pairs that differ in one thing only. Each stands by itself; grey is what is not "
            "seen: 1, or less than the noise, lies inside its interval."
        }
        @for kind in kinds {
            @let shown: Vec<&&Effect> = pairs.iter().filter(|pair| pair.kind == kind).collect();
            h3 { (capital(kind.word())) }
            div.scroll.tall tabindex="0" {
                table.effects {
                    thead { tr {
                        th scope="col" { "Workload" }
                        @for pair in &shown {
                            th.figure scope="col" {
                                (pair.contestant) br; span.against { "/ " (pair.baseline) }
                            }
                        }
                    } }
                    tbody {
                        @for name in workloads(report, &shown) {
                            tr {
                                th scope="row" { (spelled(name)) }
                                @for pair in &shown { td.figure { (cell(report, pair, name)) } }
                            }
                        }
                    }
                }
            }
            @for pair in &shown {
                @if let Some(note) = &pair.note {
                    p.note { (pair.contestant) " / " (pair.baseline) ": " (note) "." }
                }
            }
        }
    })
}

fn same(a: &Effect, b: &Effect) -> bool {
    (a.kind, &a.contestant, &a.baseline) == (b.kind, &b.contestant, &b.baseline)
}

/// Those in which some of these pairs were compared.
fn workloads<'a>(report: &'a Report, pairs: &[&&Effect]) -> Vec<Group<'a>> {
    let mut names: Vec<Group<'a>> = Vec::new();
    for effect in report.effects.iter().filter(|effect| effect.ratio.is_some()) {
        let name = (&*effect.component, &*effect.workload, effect.n);
        if pairs.iter().any(|pair| same(pair, effect)) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn cell(report: &Report, pair: &Effect, name: Group<'_>) -> Markup {
    let mut effects = report.effects.iter().filter(|effect| same(effect, pair));
    let here = effects.find(|effect| (&*effect.component, &*effect.workload, effect.n) == name);
    html! {
        @if let Some(effect) = here {
            @if let Some(found) = effect.ratio {
                span class={ @if effect.seen { "seen" } @else { "unseen" } } {
                    (ratio(found)) br;
                    small { (interval(effect.low, effect.high).unwrap_or_default()) }
                }
            }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
