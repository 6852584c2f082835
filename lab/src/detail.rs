//! The heap of each contestant in each workload: an entry of the result file, and the section of
//! `--memory-detail` on the terminal.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::heap::{Class, Detail, Point, Site, Total};
use crate::report::{Found, Report};
use crate::roster::Entrant;
use crate::table::{bytes, count, cut, time};

/// Call sites that a terminal shows of one contestant.
const SHOWN: usize = 5;

/// One contestant in one workload: `heaps` of the result file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HeapOf {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) contestant: String,
    pub(crate) layers: Option<Vec<Total>>,
    pub(crate) deletes: Option<u64>,
    pub(crate) call_sites: Option<Vec<Site>>,
    pub(crate) alive: Option<Vec<Class>>,
    #[serde(default, with = "crate::heap::curve")]
    pub(crate) curve: Option<Vec<Point>>,
    /// Why the fields above are null, where they are.
    pub(crate) reason: Option<String>,
}

/// Every contestant of every workload that the memory pass counted.
pub(crate) fn heaps(entrants: &[Entrant], groups: &[Found]) -> Vec<HeapOf> {
    let of = |found: &Found| {
        let entry = |(&member, counts): (&usize, &crate::memory::Counts)| {
            let detail: Option<&Detail> = counts.detail.as_ref().ok();
            HeapOf {
                component: found.group.component.clone(),
                workload: found.group.workload.clone(),
                n: found.group.n,
                contestant: entrants[member].name.clone(),
                layers: detail.map(|detail| detail.layers.clone()),
                deletes: detail.map(|detail| detail.deletes),
                call_sites: detail.map(|detail| detail.sites.clone()),
                alive: detail.map(|detail| detail.classes.clone()),
                curve: detail.map(|detail| detail.curve.clone()),
                reason: counts.detail.as_ref().err().cloned(),
            }
        };
        found.counts.iter().map(entry).collect::<Vec<_>>()
    };
    groups.iter().flat_map(of).collect()
}

/// The section of `--memory-detail`.
pub(crate) fn section(report: &Report, width: usize) -> String {
    let mut text = String::from("Memory in detail, of one call\n");
    let mut last = None;
    for heap in &report.heaps {
        let group = (&heap.component, &heap.workload, heap.n);
        if last != Some(group) {
            let _ = writeln!(text, "{} {}, n = {}", heap.component, heap.workload, heap.n);
            last = Some(group);
        }
        for line in lines(heap, width.saturating_sub(4)) {
            let _ = writeln!(text, "  {}", cut(&line, width.saturating_sub(2)));
        }
    }
    text += "\nEach line of bars: most bytes alive in that part of the call, once against bytes \
             asked for, once against time (with the counter's own).\n";
    let mut reasons: Vec<&String> = Vec::new();
    for reason in report.rows.iter().filter_map(|row| row.hardware_reason.as_ref()) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
            let _ = writeln!(text, "Hardware counters: not available: {reason}.");
        }
    }
    text
}

fn lines(heap: &HeapOf, width: usize) -> Vec<String> {
    if let Some(reason) = &heap.reason {
        return vec![format!("{}: not available: {reason}", heap.contestant)];
    }
    let mut lines = Vec::new();
    let layers: Vec<String> = heap
        .layers
        .iter()
        .flatten()
        .filter(|total| total.calls > 0)
        .map(|total| {
            format!("{} {}, {}", total.layer.word(), count(total.calls), bytes(total.bytes))
        })
        .collect();
    let asked = if layers.is_empty() { "asks for nothing".into() } else { layers.join("; ") };
    lines.push(format!("{}: {asked}", heap.contestant));
    let sites = heap.call_sites.iter().flatten();
    lines.extend(sites.take(SHOWN).map(|site| {
        let (calls, size) = (count(site.calls), bytes(site.bytes));
        format!("  {calls:>6} x {size:>10}  {}", site.function)
    }));
    let points = heap.curve.as_deref().unwrap_or_default();
    if let Some(end) = points.last().filter(|end| end.allocated > 0) {
        let bars = width.saturating_sub(30).clamp(10, 60);
        let allocated = spark(points, bars, |point| point.allocated);
        lines.push(format!("  {allocated}  by {}", bytes(end.allocated)));
        let ns = spark(points, bars, |point| point.ns);
        #[allow(clippy::cast_precision_loss)]
        lines.push(format!("  {ns}  by {}", time(end.ns as f64)));
    }
    lines.extend(heap.alive.iter().flatten().map(|class| {
        let (blocks, size) = (count(class.blocks), bytes(class.bytes));
        let who = class.functions.join(", ");
        format!("  alive at the end: {blocks} of up to {}, {size}: {who}", bytes(class.up_to))
    }));
    lines
}

/// Bars of eight heights, each the highest point of its part of the axis.
fn spark(points: &[Point], bars: usize, axis: fn(&Point) -> u64) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let end = points.iter().map(axis).max().unwrap_or(0).max(1);
    let peak = points.iter().map(|point| point.live).max().unwrap_or(0).max(1);
    // Of u128: neither product overflows whatever a report says.
    let part = |of: u128, whole: u128, parts: usize| {
        usize::try_from(of * parts as u128 / whole).unwrap_or(parts)
    };
    let mut highest: Vec<Option<i64>> = vec![None; bars];
    for point in points {
        let at = part(u128::from(axis(point)), u128::from(end), bars).min(bars - 1);
        highest[at] = highest[at].max(Some(point.live));
    }
    // A part without a point is as the one before it ended, or nearly.
    let mut before = 0;
    highest
        .into_iter()
        .map(|live| {
            before = live.unwrap_or(before);
            let live = u128::try_from(before).unwrap_or(0);
            // Something is never drawn as nothing.
            let height = part(live * 8, u128::try_from(peak).unwrap_or(1) * 8, 8);
            BARS[if live > 0 { height.clamp(1, 8) } else { 0 }]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_to_its_peak_whatever_its_numbers() {
        let point = |allocated, live| Point { allocated, ns: allocated, live };
        let curve = [point(0, 0), point(10, 50), point(60, 100), point(100, -7)];
        assert_eq!(spark(&curve, 10, |point| point.allocated), " ▄▄▄▄▄███ ");
        let wild = [point(u64::MAX, i64::MAX), point(0, i64::MIN)];
        assert_eq!(spark(&wild, 4, |point| point.ns), "   █");
        assert_eq!(spark(&[], 3, |point| point.ns), "   ");
    }
}
