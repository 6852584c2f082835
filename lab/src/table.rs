//! The table on the terminal, fitted to its width.

use std::fmt::Write;

use console::Style;

use crate::commands;
use crate::effects::section;
use crate::report::{Opinion, Report, Row};
use crate::verdict::Verdict;

/// How the table is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Columns of the terminal.
    pub(crate) width: usize,
    pub(crate) colours: bool,
    /// Whether a line under each row says what would change its verdict.
    pub(crate) why: bool,
}

/// A column: its title, how soon it goes when the width is short (0 never), and its cells.
pub(crate) struct Column {
    title: &'static str,
    goes: u32,
    left: bool,
    cell: fn(&Row, bool) -> String,
}

/// A column of a table.
pub(crate) const fn column(
    title: &'static str,
    goes: u32,
    left: bool,
    cell: fn(&Row, bool) -> String,
) -> Column {
    Column { title, goes, left, cell }
}

/// The same ratio, measured in another way.
fn opinion(opinion: Option<&Opinion>) -> String {
    opinion.map(|opinion| ratio(opinion.ratio)).unwrap_or_default()
}

pub(crate) fn interval(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{}..{}", ratio(low), ratio(high)),
        _ => String::new(),
    }
}

/// A figure of the contestant alone is shown once, in its first row.
pub(crate) fn once(first: bool, text: Option<String>) -> String {
    if first { text.unwrap_or_else(|| "-".into()) } else { String::new() }
}

/// Whose row it is.
pub(crate) const fn who(title: &'static str) -> Column {
    column(title, 0, true, |row, first| if first { row.contestant.clone() } else { String::new() })
}

pub(crate) const AGAINST: Column =
    column("against", 0, true, |row, _| row.baseline.clone().unwrap_or_default());
pub(crate) const RATIO: Column =
    column("ratio", 0, false, |row, _| row.ratio.map(ratio).unwrap_or_default());
pub(crate) const INTERVAL: Column = column("interval", 1, true, |row, _| interval(row));
pub(crate) const VERDICT: Column = column("verdict", 0, true, |row, _| row.verdict.word().into());
pub(crate) const CHANGES: Column =
    column("would change it", 9, true, |row, _| row.needs.clone().unwrap_or_default());
pub(crate) const ODD: Column = column("odd", 8, false, |row, _| match row.outliers {
    0 => String::new(),
    some => some.to_string(),
});

const TIMED: &[Column] = &[
    who("contestant"),
    AGAINST,
    RATIO,
    INTERVAL,
    VERDICT,
    column("in one", 7, false, |row, _| opinion(row.in_process.as_ref())),
    column("pinned", 7, false, |row, _| opinion(row.pinned.as_ref())),
    CHANGES,
    ODD,
    column("time", 6, false, |row, first| once(first, row.wall_ns.map(time))),
    column("cpu", 8, false, |row, first| once(first, row.cpu_ns.map(time))),
    column("allocs", 3, false, |row, first| once(first, row.allocs.map(count))),
    column("reallocs", 5, false, |row, first| once(first, row.reallocs.map(count))),
    column("peak", 4, false, |row, first| once(first, row.peak_bytes.map(bytes))),
    column("resident", 7, false, |row, first| once(first, row.peak_rss_bytes.map(bytes))),
    column("instr/elem", 2, false, |row, first| {
        once(first, row.instructions_per_element.map(short))
    }),
    column("D1 misses", 9, false, |row, first| once(first, row.d1_misses.map(short))),
    column("mispredicted", 10, false, |row, first| once(first, row.branch_misses.map(short))),
];

const TRACKED: &[Column] = &[
    column("contestant", 0, true, |row, _| row.contestant.clone()),
    column("copies", 0, false, |row, _| once(true, row.copies.map(count))),
    column("moves", 0, false, |row, _| once(true, row.moves.map(count))),
    column("assigns", 5, false, |row, _| {
        once(true, (row.copy_assigns.or(row.move_assigns)).map(|_| count(assigns(row))))
    }),
    column("destroys", 0, false, |row, _| once(true, row.destroys.map(count))),
    column("relocated", 4, false, |row, _| once(true, row.relocated_bytes.map(bytes))),
    column("allocs", 1, false, |row, _| once(true, row.allocs.map(count))),
    column("reallocs", 3, false, |row, _| once(true, row.reallocs.map(count))),
    column("peak", 2, false, |row, _| once(true, row.peak_bytes.map(bytes))),
    column("instr/elem", 6, false, |row, _| once(true, row.instructions_per_element.map(short))),
];

/// Assignments of both kinds, as far as they are counted.
fn assigns(row: &Row) -> u64 {
    row.copy_assigns.unwrap_or(0).saturating_add(row.move_assigns.unwrap_or(0))
}

/// The whole table with its legend.
pub(crate) fn table(report: &Report, look: Look) -> String {
    let mut text = String::new();
    let (tracked, timed): (Vec<&Row>, Vec<&Row>) = report.rows.iter().partition(|row| row.tracked);
    let mut left_out = Vec::new();
    let whole = commands::legend(report);
    let columns = commands::columns(report).unwrap_or(TIMED);
    for (rows, columns) in [(&timed, columns), (&tracked, TRACKED)] {
        if rows.is_empty() {
            continue;
        }
        let (shown, widths, gone) = fit(rows, columns, look.width);
        left_out.extend(gone);
        draw(&mut text, rows, &shown, &widths, look);
        text.push('\n');
    }
    text.push_str(&section(&report.effects, look.width));
    let timed = !timed.is_empty() && whole.is_none();
    for paragraph in whole.iter().flatten() {
        wrap(&mut text, paragraph, look.width);
    }
    legend(&mut text, report, timed, !tracked.is_empty(), &left_out, look);
    text
}

/// Whether a row is the first of its contestant in its group.
fn first(rows: &[&Row], at: usize) -> bool {
    at == 0
        || group(rows[at - 1]) != group(rows[at])
        || rows[at - 1].contestant != rows[at].contestant
}

fn group(row: &Row) -> (&str, &str, u64) {
    (&row.component, &row.workload, row.n)
}

/// Drops columns until the rest is narrow enough; then cuts names.
fn fit<'a>(
    rows: &[&Row],
    columns: &'a [Column],
    width: usize,
) -> (Vec<&'a Column>, Vec<usize>, Vec<&'static str>) {
    let wide = |column: &Column| {
        let cells = rows.iter().enumerate().map(|(at, row)| (column.cell)(row, first(rows, at)));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(column.title.len())
    };
    let mut shown: Vec<(&Column, usize)> = columns.iter().map(|c| (c, wide(c))).collect();
    let total = |shown: &[(&Column, usize)]| shown.iter().map(|(_, wide)| wide + 2).sum::<usize>();
    let mut gone = Vec::new();
    while total(&shown) > width {
        let soonest = shown.iter().enumerate().max_by_key(|(_, (column, _))| column.goes);
        match soonest {
            Some((at, (column, _))) if column.goes > 0 => {
                gone.push(column.title);
                shown.remove(at);
            }
            _ => break,
        }
    }
    while total(&shown) > width {
        match shown.iter_mut().max_by_key(|(_, wide)| *wide) {
            Some((_, wide)) if *wide > 4 => *wide -= 1,
            _ => break,
        }
    }
    let (shown, widths) = shown.into_iter().unzip();
    (shown, widths, gone)
}

fn draw(text: &mut String, rows: &[&Row], columns: &[&Column], widths: &[usize], look: Look) {
    let style = |style: Style| style.force_styling(look.colours);
    let bold = style(Style::new().bold());
    let titles: Vec<String> = columns.iter().map(|column| column.title.to_owned()).collect();
    let _ = writeln!(text, "{}", line(&titles, columns, widths, None));
    for (at, row) in rows.iter().enumerate() {
        if at == 0 || group(rows[at - 1]) != group(row) {
            let mut head = match row.command {
                Some(_) if row.workload == commands::RUN => "whole programs".to_owned(),
                Some(_) if row.workload == commands::MEAN => {
                    format!("{}: {} of {} programs", row.component, row.workload, row.n)
                }
                Some(_) => format!("{}: {}", row.component, row.workload),
                None => format!("{} {}, n = {}", row.component, row.workload, row.n),
            };
            if let Some(floor) = row.aa_floor {
                let _ = write!(head, "  (noise floor {:.1} %)", floor * 100.0);
            }
            if row.clock == "cpu" && row.command.is_some() {
                head += "  (by processor time)";
            } else if row.clock == "cpu" {
                let _ = write!(head, "  ({} threads: by CPU time)", row.threads);
            }
            let _ = writeln!(text, "{}", bold.apply_to(cut(&head, look.width)));
        }
        let cells: Vec<String> =
            columns.iter().map(|column| (column.cell)(row, first(rows, at))).collect();
        let colour = match row.verdict {
            Verdict::Faster => Some(style(Style::new().green())),
            Verdict::Slower | Verdict::Failed => Some(style(Style::new().red())),
            _ => None,
        };
        let _ = writeln!(text, "{}", line(&cells, columns, widths, colour.as_ref()));
        if let (true, Some(would)) = (look.why, &row.would_change) {
            for part in wrapped(would, look.width.saturating_sub(6)).lines() {
                let _ = writeln!(text, "      {part}");
            }
        }
    }
}

fn line(
    cells: &[String],
    columns: &[&Column],
    widths: &[usize],
    verdict: Option<&Style>,
) -> String {
    let mut line = String::new();
    for ((cell, column), &width) in cells.iter().zip(columns).zip(widths) {
        let cell = cut(cell, width);
        let cell = if column.left { format!("{cell:width$}") } else { format!("{cell:>width$}") };
        line.push_str("  ");
        match verdict {
            Some(style) if column.title == "verdict" => {
                let _ = write!(line, "{}", style.apply_to(cell));
            }
            _ => line.push_str(&cell),
        }
    }
    line.trim_end().to_owned()
}

/// Text of at most `width` characters, with a sign where some are missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "~"
}

fn legend(
    text: &mut String,
    report: &Report,
    timed: bool,
    tracked: bool,
    left_out: &[&str],
    look: Look,
) {
    let mut paragraphs = Vec::new();
    if timed {
        paragraphs.push(format!(
            "ratio: time of the contestant divided by time of the one it stands against; below 1 \
             it takes less. interval: where the true ratio lies, with {:.0} % confidence, over \
             launches of fresh processes. odd: launches far from the rest; they count. noise \
             floor: how far a contestant seemed to be from itself.",
            report.method.confidence * 100.0
        ));
        paragraphs.push(format!(
            "faster, slower: the interval lies beyond the noise floor, what code layout may do, and \
             {:.0} %, and stands against the number of rows. equivalent: the interval lies within \
             {:.0} %. not distinguishable: neither. --why says what would change a verdict.",
            report.method.least_effect * 100.0,
            report.method.equivalence * 100.0
        ));
        let other = |opinion: fn(&Row) -> bool| report.rows.iter().any(opinion);
        if other(|row| row.in_process.is_some() || row.pinned.is_some()) {
            paragraphs.push(
                "in one: both in one process. pinned: with an allocator that keeps all memory. \
                 depends on state: one of them names another winner, or a difference half or \
                 double as large."
                    .to_owned(),
            );
        }
        paragraphs.push(
            "time (wall), cpu (of all threads), allocs, reallocs, peak: for one call; memory is \
             counted where both languages ask for memory (malloc). resident: physical memory for \
             one call with its input. instr/elem: instructions per element. D1 misses, \
             mispredicted: of one call on a simulated machine."
                .to_owned(),
        );
    }
    if tracked {
        paragraphs.push(
            "copies, moves, assigns, destroys: of elements that count what is done to them, in \
             one call. A dash under moves: nothing can observe them in that language. relocated: \
             bytes of elements that were found at another address after a step, however they \
             came there."
                .to_owned(),
        );
    }
    let mut reasons: Vec<(&str, &String)> = Vec::new();
    // Rows whose instructions vary, and by how much of them at most.
    let mut varying: (Vec<String>, f64) = (Vec::new(), 0.0);
    for row in report.rows.iter().filter(|row| row.command.is_none()) {
        if let (Some(_), Some(spread)) = (&row.instructions_reason, row.instructions_spread) {
            let who = format!("{} {} ({})", row.workload, row.n, row.contestant);
            if !varying.0.contains(&who) {
                varying.0.push(who);
            }
            varying.1 = varying.1.max(spread / row.instructions.unwrap_or(spread).max(1.0));
            continue;
        }
        let one = [("memory", &row.memory_reason), ("instr/elem", &row.instructions_reason)];
        for (what, reason) in one {
            if let Some(reason) = reason
                && !reasons.contains(&(what, reason))
            {
                reasons.push((what, reason));
            }
        }
    }
    if !varying.0.is_empty() {
        paragraphs.push(format!(
            "Instructions vary by up to {:.2} %, so that the work depends on something but the \
             seed (where blocks lie, for example): {}.",
            varying.1 * 100.0,
            varying.0.join(", ")
        ));
    }
    for (what, reason) in reasons {
        paragraphs.push(format!("- under {what}: not available: {reason}."));
    }
    paragraphs.extend(report.cores.and_then(|cores| cores.sentence()));
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        paragraphs.push(format!("Left out for want of width: {names}. --json has everything."));
    }
    if !report.complete {
        paragraphs.push("The run was stopped before its end: fewer launches than planned.".into());
    }
    for paragraph in paragraphs {
        wrap(text, &paragraph, look.width);
    }
}

fn wrapped(paragraph: &str, width: usize) -> String {
    let mut text = String::new();
    wrap(&mut text, paragraph, width);
    text
}

/// Adds a paragraph, with an end of line where the next word would not fit.
pub(crate) fn wrap(text: &mut String, paragraph: &str, width: usize) {
    let mut used = 0;
    for word in paragraph.split_whitespace() {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width.max(20) {
            text.push('\n');
            used = 0;
        }
        if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += long;
    }
    text.push('\n');
}

pub(crate) fn ratio(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { short(value) }
}

/// Three or four digits that matter.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => count_of(value),
    }
}

pub(crate) fn count(value: u64) -> String {
    #[allow(clippy::cast_precision_loss)]
    count_of(value as f64)
}

fn count_of(value: f64) -> String {
    match value {
        small if small < 10_000.0 => format!("{small:.0}"),
        thousands if thousands < 1e6 => format!("{:.1}k", thousands / 1e3),
        millions if millions < 1e9 => format!("{:.1}M", millions / 1e6),
        billions => format!("{:.1}G", billions / 1e9),
    }
}

pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

pub(crate) fn bytes(value: u64) -> String {
    #[allow(clippy::cast_precision_loss)]
    let size = value as f64;
    match value {
        0..1024 => format!("{value} B"),
        1024..1_048_576 => format!("{:.1} KiB", size / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", size / 1_048_576.0),
        _ => format!("{:.2} GiB", size / 1_073_741_824.0),
    }
}
