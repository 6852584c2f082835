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

/// Of whole programs, instead of the usual ones.
pub(crate) const COLUMNS: &[Column] = &[
    who("program"),
    AGAINST,
    RATIO,
    INTERVAL,
    VERDICT,
    column("other", 5, false, |row, _| {
        row.other_clock.as_ref().map(|other| ratio(other.ratio)).unwrap_or_default()
    }),
    CHANGES,
    ODD,
    column("time", 2, false, |row, first| once(first, row.wall_ns.map(time))),
    column("least", 5, false, |row, first| {
        once(first, figure(row, |figures| figures.minimum_ns).map(time))
    }),
    column("user", 6, false, |row, first| {
        once(first, figure(row, |figures| figures.user_ns).map(time))
    }),
    column("system", 6, false, |row, first| {
        once(first, figure(row, |figures| figures.system_ns).map(time))
    }),
    column("memory", 3, false, |row, first| once(first, row.peak_rss_bytes.map(bytes))),
    column("of it", 4, false, |row, _| {
        let share = row.command.as_ref().and_then(|figures| figures.memory_ratio);
        share.map(ratio).unwrap_or_default()
    }),
    column("faults", 7, false, |row, first| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        once(first, row.minor_faults.map(|faults| count(faults as u64)))
    }),
];

/// What the reader of such a table must know; `None` for all others.
pub(crate) fn legend(report: &Report) -> Option<Vec<String>> {
    let figures = report.rows.iter().find_map(|row| row.command.as_ref())?;
    let mut clocks = [
        "wall time from fork to exit",
        "processor time (user and system, of all its \
                       processes and threads)",
    ];
    if report.rows.iter().any(|row| row.clock == "cpu") {
        clocks.reverse();
    }
    let mut paragraphs = vec![
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
    ];
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
