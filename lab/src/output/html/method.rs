//! How it was measured, where, and what the contestants are.

use maud::{Markup, html};

use super::units::{NONE, count, percent};
use crate::report::Report;

/// Always there: a figure without its circumstances is none.
pub(super) fn part(report: &Report) -> Option<Markup> {
    Some(html! {
        (words(report))
        h3 { "Contestants" }
        (contestants(report))
        div.blocks {
            div { h3 { "Machine" } (machine(report)) }
            div { h3 { "Settings" } (settings(report)) }
        }
    })
}

fn words(report: &Report) -> Markup {
    let method = &report.method;
    html! {
        p {
            "Every contestant did the same work on the same inputs, and the digests of all results "
            "agreed before a clock started. A launch starts a fresh process for each of them; "
            "they take turns, sample by sample, on input that none has seen. A launch gives one "
            "value, the median of log(contestant / baseline) over its samples. A ratio is the "
            "Hodges-Lehmann estimate over " (method.launches) " launches, its interval the exact "
            "one of Wilcoxon's signed ranks, at " (percent(method.confidence)) "."
        }
        p {
            strong { "Faster" } " and " strong { "slower" } " lie beyond the noise floor, what "
            "code layout was seen to do, and " (percent(method.least_effect)) ", by the test at "
            "the edge of that band, with Holm's correction over all rows. " strong { "Equivalent" }
            ": the whole interval lies within " (percent(method.equivalence)) " of 1. "
            strong { "Depends on state" } ": in one process, or with the allocator pinned, the "
            "answer is another, so that no winner is named. " strong { "Not distinguishable" }
            " is no proof of equality."
        }
        @if let Some(sentence) = report.cores.and_then(|cores| cores.sentence()) {
            p { (sentence) }
        }
    }
}

fn contestants(report: &Report) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.contestants {
                thead { tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Language" }
                    th scope="col" { "Compiler" }
                    th scope="col" { "Code by" }
                    th scope="col" { "Flags" }
                    th.figure scope="col" { "Layouts" }
                } }
                tbody { @for about in &report.contestants {
                    tr {
                        th scope="row" { (about.name) }
                        td { (about.language) }
                        td { (about.compiler) }
                        td { (about.backend.as_deref().unwrap_or(NONE)) }
                        td.code { (about.flags) }
                        td.figure title=[about.paddings_reason.as_deref()] {
                            @if about.paddings.is_empty() { (NONE) }
                            @else { (about.paddings.len()) }
                        }
                    }
                } }
            }
        }
        @for about in &report.contestants {
            @if let Some(reason) = &about.paddings_reason {
                p.note { (about.name) ": one layout only, " (reason) "." }
            }
        }
    }
}

fn machine(report: &Report) -> Markup {
    let environment = &report.environment;
    let load = environment.load.map(|load| format!("{load}"));
    let facts = [
        ("processor", environment.cpu.as_deref()),
        ("kernel", environment.kernel.as_deref()),
        ("C library", environment.glibc.as_deref()),
        ("huge pages", environment.transparent_huge_pages.as_deref()),
        ("governor", environment.governor.as_deref()),
        ("load before", load.as_deref()),
        ("valgrind", environment.valgrind.as_deref()),
    ];
    html! {
        dl {
            @for (name, value) in facts {
                dt { (name) }
                dd { @if let Some(value) = value { (value) } @else { span.none { "not told" } } }
            }
            dt { "processors" } dd { (environment.cpus) }
            dt { "allocator" }
            dd {
                @if environment.allocator.is_empty() { "as it is" }
                @else { (environment.allocator.join(" ")) }
            }
        }
    }
}

fn settings(report: &Report) -> Markup {
    let method = &report.method;
    let scheduling = &method.scheduling;
    let place = match (scheduling.pin, scheduling.roam) {
        (Some(processor), _) => format!("processor {processor}"),
        (None, true) => "any processor".to_owned(),
        (None, false) => "one processor for a launch".to_owned(),
    };
    let asked = |yes: bool| if yes { "yes" } else { "no" };
    html! {
        dl {
            dt { "started" } dd { (report.environment.started) }
            dt { "took" } dd { (format!("{:.0}\u{202f}s", report.seconds)) }
            dt { "launches" } dd { (count(method.launches as u64)) }
            dt { "layouts of code" } dd { (method.design.paddings) }
            dt { "pairs in one process too" } dd { (asked(method.design.second_opinion)) }
            dt { "allocator pinned too" } dd { (asked(method.design.both_policies)) }
            dt { "work of one thread on" } dd { (place) }
            @if let Some(fifo) = scheduling.fifo { dt { "real-time priority" } dd { (fifo) } }
            @if let Some(nice) = scheduling.autogroup {
                dt { "nice value of groups" } dd { (nice) }
            }
            @if let Some(cores) = &report.cores {
                dt { "cores shared in" }
                dd { (percent(cores.shared)) " of " (count(cores.probes as u64)) " rounds" }
            }
            dt { "correction" } dd { (method.correction) }
            dt { "seed" } dd { (method.seed) }
            dt { "laboratory" } dd { "diptych-lab " (report.environment.lab) }
        }
    }
}
