//! The heap over a call, of all contestants of a workload in one drawing; who asked, what stayed.

use maud::{Markup, html};

use super::axis::sizes;
use super::series::Series;
use super::spelled;
use super::units::{at, bytes, count};
use crate::detail::HeapOf;
use crate::heap::Point;
use crate::report::Report;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 190.0;
/// Room on the left, right, top and bottom.
const ROOM: [f64; 4] = [64.0, 16.0, 12.0, 30.0];
/// Call sites that are shown of one contestant.
const SITES: usize = 8;

/// Contestants whose heaps look the same, and how.
struct Curve<'a> {
    names: Vec<&'a str>,
    points: &'a [Point],
}

/// A drawing for each workload in which somebody asked for memory.
pub(super) fn part(report: &Report) -> Option<Markup> {
    let mut groups: Vec<(super::Group<'_>, Vec<&HeapOf>)> = Vec::new();
    for heap in &report.heaps {
        let name = (&*heap.component, &*heap.workload, heap.n);
        match groups.last_mut() {
            Some((last, heaps)) if *last == name => heaps.push(heap),
            _ => groups.push((name, vec![heap])),
        }
    }
    let asks = |heap: &&HeapOf| heap.curve.iter().flatten().any(|point| point.allocated > 0);
    let (drawn, idle): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(_, heaps)| heaps.iter().any(asks));
    if drawn.is_empty() {
        return None;
    }
    let series = Series::of(report);
    Some(html! {
        p.explain {
            "Bytes alive above those before the call, against bytes asked for so far: a count, "
            "the same in every run. Straight down is a block given back; an area is where the heap "
            "goes up and down too often for a line."
        }
        div.cards {
            @for (name, heaps) in &drawn { (card(*name, heaps, &series)) }
        }
        @if !idle.is_empty() {
            p.explain {
                "No memory asked for, or not counted: "
                @for (number, (name, _)) in idle.iter().enumerate() {
                    @if number > 0 { ", " }
                    (spelled(*name))
                }
                "."
            }
        }
    })
}

fn card(name: super::Group<'_>, heaps: &[&HeapOf], series: &Series<'_>) -> Markup {
    let curves = curves(heaps);
    html! {
        figure.card {
            figcaption { (spelled(name)) }
            (draw(&curves, series))
            ul.keys { @for curve in &curves { (series.entry(&curve.names, false)) } }
            details {
                summary { "Who asked, what stayed" }
                @for heap in heaps { (who(heap)) }
            }
        }
    }
}

/// Equal curves become one.
fn curves<'a>(heaps: &[&'a HeapOf]) -> Vec<Curve<'a>> {
    let mut curves: Vec<Curve<'a>> = Vec::new();
    let shape = |points: &[Point]| -> Vec<(u64, i64)> {
        points.iter().map(|point| (point.allocated, point.live)).collect()
    };
    for heap in heaps {
        let Some(points) = heap.curve.as_deref() else { continue };
        match curves.iter_mut().find(|curve| shape(curve.points) == shape(points)) {
            Some(curve) => curve.names.push(&heap.contestant),
            None => curves.push(Curve { names: vec![&heap.contestant], points }),
        }
    }
    curves
}

#[allow(clippy::cast_precision_loss)]
fn draw(curves: &[Curve<'_>], series: &Series<'_>) -> Markup {
    let all = || curves.iter().flat_map(|curve| curve.points);
    let right = all().map(|point| point.allocated).max().unwrap_or(0).max(1);
    let peak = all().map(|point| point.live).max().unwrap_or(0).max(1);
    let high = u64::try_from(peak).unwrap_or(1);
    let lowest = all().map(|point| point.live).min().unwrap_or(0).min(0) as f64;
    let x = |asked: u64| ROOM[0] + asked as f64 / right as f64 * (WIDTH - ROOM[0] - ROOM[1]);
    let y = |alive: f64| {
        let share = (alive - lowest) / (high as f64 * 1.04 - lowest);
        HEIGHT - ROOM[3] - share * (HEIGHT - ROOM[2] - ROOM[3])
    };
    let (bottom, top) = (HEIGHT - ROOM[3], ROOM[2]);
    html! {
        svg.plot viewBox={ "0 0 " (at(WIDTH)) " " (at(HEIGHT)) } role="img"
            aria-label="Bytes alive against bytes asked for" {
            g.grid {
                @for size in sizes(high) {
                    @let height = y(size as f64);
                    path d={ "M" (at(ROOM[0])) " " (at(height)) "H" (at(WIDTH - ROOM[1])) } {}
                    text.left x=(at(ROOM[0] - 6.0)) y=(at(height + 4.0)) { (short(size)) }
                }
                @for size in thin(&sizes(right)) {
                    path d={ "M" (at(x(size))) " " (at(top)) "V" (at(bottom)) } {}
                    text.under x=(at(x(size))) y=(at(bottom + 18.0)) { (short(size)) }
                }
            }
            @for curve in curves {
                @let name = curve.names.first().copied().unwrap_or_default();
                g class=(series.class(name)) {
                    @if restless(curve.points) { path.range d=(range(curve.points, x, y)) {} }
                    @else {
                        path.line d=(path(curve.points, x, y))
                            stroke-dasharray=(series.dash(name)) {}
                    }
                }
            }
        }
    }
}

/// Every other mark where there are many.
fn thin(sizes: &[u64]) -> Vec<u64> {
    sizes.iter().copied().step_by(sizes.len().div_ceil(4).max(1)).collect()
}

/// Points that fall on the same place are drawn once.
#[allow(clippy::cast_precision_loss)]
fn path(points: &[Point], x: impl Fn(u64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut last = None;
    for point in points {
        let place = (at(x(point.allocated)), at(y(point.live as f64)));
        if last.as_ref() != Some(&place) {
            path += &format!("{}{} {}", if last.is_none() { 'M' } else { 'L' }, place.0, place.1);
            last = Some(place);
        }
    }
    path
}

/// Whether a curve goes up and down so often that a line would be a blot.
fn restless(points: &[Point]) -> bool {
    let turns = points
        .windows(3)
        .filter(|three| (three[1].live > three[0].live) != (three[2].live > three[1].live));
    turns.count() > 80
}

/// What a curve goes to and fro between: its highest points, and back along its lowest.
#[allow(clippy::cast_precision_loss)]
fn range(points: &[Point], x: impl Fn(u64) -> f64, y: impl Fn(f64) -> f64) -> String {
    // Places four units apart can be told apart.
    let mut parts: Vec<(f64, i64, i64)> = Vec::new();
    for point in points {
        let place = (x(point.allocated) / 4.0).round() * 4.0;
        match parts.last_mut() {
            Some((last, low, high)) if *last >= place => {
                (*low, *high) = (point.live.min(*low), point.live.max(*high));
            }
            _ => parts.push((place, point.live, point.live)),
        }
    }
    let highest = parts.iter().map(|&(place, _, high)| (place, high));
    let lowest = parts.iter().rev().map(|&(place, low, _)| (place, low));
    let mut path = String::new();
    for (place, live) in highest.chain(lowest) {
        let step = if path.is_empty() { 'M' } else { 'L' };
        path += &format!("{step}{} {}", at(place), at(y(live as f64)));
    }
    path + "z"
}

/// A round size, without digits that say nothing.
fn short(size: u64) -> String {
    bytes(size).replace(".00", "").replace(".0", "")
}

fn who(heap: &HeapOf) -> Markup {
    let sites = heap.call_sites.as_deref().unwrap_or_default();
    let alive = heap.alive.as_deref().unwrap_or_default();
    html! {
        h4 { (heap.contestant) }
        @if let Some(reason) = &heap.reason { p { "not available: " (reason) } }
        @else if sites.is_empty() { p { "asks for nothing" } }
        @if !sites.is_empty() {
            div.scroll tabindex="0" {
                table.sites {
                    thead { tr {
                        th.figure scope="col" { "Calls" }
                        th.figure scope="col" { "Bytes" }
                        th.figure scope="col" { "Alive" }
                        th scope="col" { "Through" }
                        th scope="col" { "Function" }
                    } }
                    tbody { @for site in sites.iter().take(SITES) {
                        tr {
                            td.figure { (count(site.calls)) }
                            td.figure { (bytes(site.bytes)) }
                            td.figure { (bytes(site.live_bytes)) }
                            td { (site.layer.word()) }
                            td.code { (site.function) }
                        }
                    } }
                }
            }
            @if sites.len() > SITES { p { "and " (sites.len() - SITES) " more" } }
        }
        @for class in alive {
            p {
                "Alive at the end: " (count(class.blocks)) " of up to " (bytes(class.up_to)) ", "
                (bytes(class.bytes)) ", taken by " span.code { (class.functions.join(", ")) }
            }
        }
    }
}
