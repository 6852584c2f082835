//! Time of a call against the size of its input, where a workload has several sizes.

use maud::{Markup, html};

use super::axis::decades;
use super::series::Series;
use super::units::{at, count, time};
use crate::report::Report;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 230.0;
/// Room on the left, right, top and bottom.
const ROOM: [f64; 4] = [56.0, 14.0, 12.0, 30.0];

/// One contestant's times.
struct Line<'a> {
    contestant: &'a str,
    /// (n, nanoseconds), by n.
    points: Vec<(f64, f64)>,
}

/// A workload at all of its sizes.
struct Plot<'a> {
    component: &'a str,
    workload: &'a str,
    lines: Vec<Line<'a>>,
}

/// A plot for each workload of several sizes.
pub(super) fn part(report: &Report) -> Option<Markup> {
    let plots = plots(report);
    if plots.is_empty() {
        return None;
    }
    let series = Series::of(report);
    Some(html! {
        p.explain {
            "Wall time of one call against " i { "n" } ", both logarithmic: a straight line that "
            "rises as the grid's diagonal is linear growth."
        }
        div.cards {
            @for plot in &plots {
                figure.card {
                    figcaption {
                        span.component { (plot.component) } " " span.workload { (plot.workload) }
                    }
                    (draw(plot, &series))
                    ul.keys {
                        @for line in &plot.lines { (series.entry(&[line.contestant], true)) }
                    }
                }
            }
        }
    })
}

#[allow(clippy::cast_precision_loss)]
fn plots(report: &Report) -> Vec<Plot<'_>> {
    let mut plots: Vec<Plot<'_>> = Vec::new();
    for row in report.rows.iter().filter(|row| !row.tracked && row.n > 0) {
        let Some(wall) = row.wall_ns.filter(|&wall| wall > 0.0) else { continue };
        let (component, workload) = (&*row.component, &*row.workload);
        let same = |plot: &Plot<'_>| plot.component == component && plot.workload == workload;
        let place = plots.iter().position(same).unwrap_or_else(|| {
            plots.push(Plot { component, workload, lines: Vec::new() });
            plots.len() - 1
        });
        let lines = &mut plots[place].lines;
        let contestant = &*row.contestant;
        let line =
            lines.iter().position(|line| line.contestant == contestant).unwrap_or_else(|| {
                lines.push(Line { contestant, points: Vec::new() });
                lines.len() - 1
            });
        let point = (row.n as f64, wall);
        if !lines[line].points.contains(&point) {
            lines[line].points.push(point);
        }
    }
    for plot in &mut plots {
        plot.lines.retain(|line| line.points.len() > 1);
        let by_n = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0);
        plot.lines.iter_mut().for_each(|line| line.points.sort_by(by_n));
    }
    plots.retain(|plot| !plot.lines.is_empty());
    plots
}

fn draw(plot: &Plot<'_>, series: &Series<'_>) -> Markup {
    let points = || plot.lines.iter().flat_map(|line| &line.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let all = points().map(of);
        let (low, high) =
            all.fold((f64::MAX, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
        (low / 1.25, high * 1.25)
    };
    let ((left, right), (low, high)) = (range(|point| point.0), range(|point| point.1));
    let x = |n: f64| ROOM[0] + (n / left).ln() / (right / left).ln() * (WIDTH - ROOM[0] - ROOM[1]);
    let y = |ns: f64| {
        HEIGHT - ROOM[3] - (ns / low).ln() / (high / low).ln() * (HEIGHT - ROOM[2] - ROOM[3])
    };
    let (bottom, top) = (HEIGHT - ROOM[3], ROOM[2]);
    let path = |line: &Line<'_>| {
        let mut path = String::new();
        for (number, &(n, ns)) in line.points.iter().enumerate() {
            let step = if number == 0 { 'M' } else { 'L' };
            path += &format!("{step}{} {}", at(x(n)), at(y(ns)));
        }
        path
    };
    let sizes = {
        let mut sizes: Vec<f64> = points().map(|point| point.0).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        if sizes.len() > 4 { decades(left, right) } else { sizes }
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |n: f64| count(n as u64);
    html! {
        svg.plot viewBox={ "0 0 " (at(WIDTH)) " " (at(HEIGHT)) } role="img"
            aria-label={ "Time against n of " (plot.workload) } {
            g.grid {
                @for &n in &sizes {
                    path d={ "M" (at(x(n))) " " (at(top)) "V" (at(bottom)) } {}
                    text.under x=(at(x(n))) y=(at(bottom + 18.0)) { (whole(n)) }
                }
                @for ns in decades(low, high) {
                    path d={ "M" (at(ROOM[0])) " " (at(y(ns))) "H" (at(WIDTH - ROOM[1])) } {}
                    text.left x=(at(ROOM[0] - 6.0)) y=(at(y(ns) + 4.0)) { (round(ns)) }
                }
            }
            @for line in &plot.lines {
                g class=(series.class(line.contestant)) {
                    path.line d=(path(line)) stroke-dasharray=(series.dash(line.contestant)) {}
                    @for &(n, ns) in &line.points {
                        (series.dot(line.contestant, x(n), y(ns)))
                    }
                }
            }
        }
    }
}

/// A round time, without digits that say nothing.
fn round(ns: f64) -> String {
    let text = time(ns);
    text.replace(".00", "").replace(".0", "")
}
