//! Whole programs in the table.

use crate::commands::Figures;
use crate::report::{Report, Row};
use crate::table::{
    AGAINST, CHANGES, Column, INTERVAL, ODD, RATIO, VERDICT, bytes, column, count, once, ratio,
    time, who,
};

fn figure(row: &Row, of: fn(&Figures) -> f64) -> Option<f64> {
    row.command.as_ref().filter(|figures| figures.runs > 0).map(of)
}

const OTHER: Column = column("other", 5, false, |row, _| {
    row.other_clock.as_ref().map(|other| ratio(other.ratio)).unwrap_or_default()
});
const TIME: Column = column("time", 2, false, |row, first| once(first, row.wall_ns.map(time)));
const LEAST: Column = column("least", 5, false, |row, first| {
    once(first, figure(row, |figures| figures.minimum_ns).map(time))
});
const USER: Column = column("user", 6, false, |row, first| {
    once(first, figure(row, |figures| figures.user_ns).map(time))
});
const SYSTEM: Column = column("system", 6, false, |row, first| {
    once(first, figure(row, |figures| figures.system_ns).map(time))
});
const MEMORY: Column =
    column("memory", 3, false, |row, first| once(first, row.peak_rss_bytes.map(bytes)));
const OF_IT: Column = column("of it", 4, false, |row, _| {
    let share = row.command.as_ref().and_then(|figures| figures.memory_ratio);
    share.map(ratio).unwrap_or_default()
});
const FAULTS: Column = column("faults", 7, false, |row, first| {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    once(first, row.minor_faults.map(|faults| count(faults as u64)))
});

/// Of whole programs, instead of the usual ones.
const PROGRAMS: &[Column] = &[
    who("program"),
    AGAINST,
    RATIO,
    INTERVAL,
    VERDICT,
    OTHER,
    CHANGES,
    ODD,
    TIME,
    LEAST,
    USER,
    SYSTEM,
    MEMORY,
    OF_IT,
    FAULTS,
];

/// Of libraries under whole programs.
const LIBRARIES: &[Column] = &[
    who("library"),
    AGAINST,
    RATIO,
    INTERVAL,
    VERDICT,
    OTHER,
    CHANGES,
    ODD,
    TIME,
    USER,
    SYSTEM,
    MEMORY,
    OF_IT,
    column("its interval", 5, true, |row, _| {
        let ends = row.command.as_ref().map(|figures| (figures.memory_low, figures.memory_high));
        match ends {
            Some((Some(low), Some(high))) => format!("{}..{}", ratio(low), ratio(high)),
            _ => String::new(),
        }
    }),
    column("more", 4, false, |row, _| {
        let more = row.command.as_ref().and_then(|figures| figures.memory_difference_bytes);
        more.map(difference).unwrap_or_default()
    }),
    FAULTS,
];

/// With its sign.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn difference(more: f64) -> String {
    let sign = if more < 0.0 { "-" } else { "+" };
    format!("{sign}{}", bytes(more.abs() as u64))
}

fn of_libraries(report: &Report) -> bool {
    report.contestants.iter().any(|about| about.language == super::LIBRARY)
}

/// The columns for this report; `None` where it has no whole programs.
pub(crate) fn columns(report: &Report) -> Option<&'static [Column]> {
    report.rows.iter().find(|row| row.command.is_some())?;
    Some(if of_libraries(report) { LIBRARIES } else { PROGRAMS })
}

/// What the reader of such a table must know; `None` for all others.
pub(crate) fn legend(report: &Report) -> Option<Vec<String>> {
    let figures = report.rows.iter().find_map(|row| row.command.as_ref())?;
    let mut paragraphs = match of_libraries(report) {
        true => of_mallocs(report),
        false => of_programs(report),
    };
    if let Some(empty) = figures.empty_ns {
        paragraphs.push(format!(
            "An empty program takes {} from fork to exit here. It is in all figures: nothing is \
             taken off.",
            time(empty)
        ));
    }
    if let Some(shell) = figures.shell_ns {
        paragraphs.push(format!(
            "{} that the shell takes for nothing are taken off every run, and its processor time.",
            time(shell)
        ));
    }
    Some(paragraphs)
}

fn of_programs(report: &Report) -> Vec<String> {
    let mut clocks = [
        "wall time from fork to exit",
        "processor time (user and system, of all its \
                       processes and threads)",
    ];
    if report.rows.iter().any(|row| row.clock == "cpu") {
        clocks.reverse();
    }
    vec![
        format!(
            "ratio: {clock} of the program divided by that of the one it stands against; below 1 it takes less. interval: where the true ratio lies, with {:.0} % \
             confidence, over blocks of runs that take turns (A B B A). odd: blocks far from the \
             rest; they count. noise floor: how far a program seemed to be from itself.",
            report.method.confidence * 100.0,
            clock = clocks[0]
        ),
        format!(
            "faster, slower: the interval lies beyond the noise floor and {:.0} %, and stands \
             against the number of rows. equivalent: it lies within {:.0} %. not distinguishable: \
             neither. --why says what would change a verdict.",
            report.method.least_effect * 100.0,
            report.method.equivalence * 100.0
        ),
        format!(
            "other: the same ratio by {}. Busy neighbours disturb processor time less (--cpu); \
             waiting is wall time alone.",
            clocks[1]
        ),
        "time (wall, from fork to exit), user, system, memory (most resident, of the largest process), faults: of \
         one run, at the median; least: the fastest run. of it: memory against the other's. \
         Processes are bound to no processor, and the layout of their code is as built: another \
         build of the same source may differ by a few percent."
            .to_owned(),
    ]
}

fn of_mallocs(report: &Report) -> Vec<String> {
    vec![
        format!(
            "ratio: processor time (user and system, of all processes and threads) of a program \
             under the library divided by that under the one it stands against; by wall time, from \
             fork to exit, where the list of programs says so. other: by the other of the two. A \
             program that tells a rate takes the time of a million of what it counts. interval: \
             where the true ratio lies, with {:.0} % confidence, over launches; in each, every \
             program runs once under every library, and the order of one launch is turned round in \
             the next. odd: launches far from the rest; they count. noise floor: how far the \
             library that others stand against seemed to be from itself.",
            report.method.confidence * 100.0
        ),
        format!(
            "faster, slower: the interval lies beyond the noise floor and {:.0} %, and stands \
             against the number of rows. equivalent: it lies within {:.0} %. not distinguishable: \
             neither. --why says what would change a verdict. geometric mean: over programs, in \
             each launch; a library that failed in one has none.",
            report.method.least_effect * 100.0,
            report.method.equivalence * 100.0
        ),
        "time (wall, or what a rate stands for), user, system, memory (most resident, of the \
         largest process), faults: of one run, at the median. of it, its interval, more: memory \
         against the other's."
            .to_owned(),
    ]
}
