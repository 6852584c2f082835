//! Two runs, beside their ratios: counts that changed, and circumstances that did.

use std::collections::HashMap;

use crate::environment::Environment;
use crate::report::{Report, Row};

/// What a count or a size is called, and where it is.
type Count = (&'static str, fn(&Row) -> Option<f64>);

#[allow(clippy::cast_precision_loss)]
const COUNTS: &[Count] = &[
    ("allocs", |row| row.allocs.map(|count| count as f64)),
    ("reallocs", |row| row.reallocs.map(|count| count as f64)),
    ("bytes", |row| row.bytes.map(|count| count as f64)),
    ("peak bytes", |row| row.peak_bytes.map(|count| count as f64)),
    ("bytes alive at the end", |row| row.live_at_end.map(|count| count as f64)),
    ("copies", |row| row.copies.map(|count| count as f64)),
    ("moves", |row| row.moves.map(|count| count as f64)),
    ("relocated bytes", |row| row.relocated_bytes.map(|count| count as f64)),
    ("instructions", |row| row.instructions),
];

/// Instructions that move by less are a compiler's whims.
const WHIM: f64 = 0.001;

/// Counts repeat to the unit, so that every other one is a change of the work, of what it was
/// compiled to, or of its input.
pub(super) fn counts(old: &Report, new: &Report) -> Vec<String> {
    type Alone<'a> = (&'a str, &'a str, u64, &'a str);
    fn alone(row: &Row) -> Alone<'_> {
        (&row.component, &row.workload, row.n, &row.contestant)
    }
    let rows: HashMap<Alone<'_>, &Row> = old.rows.iter().map(|row| (alone(row), row)).collect();
    let mut lines: Vec<String> = Vec::new();
    for row in &new.rows {
        let Some(before) = rows.get(&alone(row)) else { continue };
        let changed = COUNTS.iter().filter_map(|&(name, count)| {
            let (was, is) = (count(before)?, count(row)?);
            let spread = |row: &Row| row.instructions_spread.unwrap_or(0.0);
            let least = match name {
                "instructions" => (spread(before) + spread(row)).max(WHIM * was),
                _ => 0.0,
            };
            ((is - was).abs() > least).then(|| format!("{name} {was} -> {is}"))
        });
        let changed: Vec<String> = changed.collect();
        if !changed.is_empty() {
            let Row { component, workload, n, contestant, .. } = row;
            let changed = changed.join(", ");
            let line = format!("counted: {component}/{workload}/{n}: {contestant}: {changed}");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

/// Why the two may differ for another reason than the contestants.
pub(super) fn differences(old: &Report, new: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let mut unlike = |what: &str, before: String, now: String| {
        if before != now {
            lines.push(format!("another {what}: {before} before, {now} now"));
        }
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let (before, now): (&Environment, &Environment) = (&old.environment, &new.environment);
    unlike("processor", text(&before.cpu), text(&now.cpu));
    unlike("number of processors", before.cpus.to_string(), now.cpus.to_string());
    unlike("kernel", text(&before.kernel), text(&now.kernel));
    unlike("C library", text(&before.glibc), text(&now.glibc));
    let huge = |environment: &Environment| text(&environment.transparent_huge_pages);
    unlike("mode of huge pages", huge(before), huge(now));
    unlike("governor", text(&before.governor), text(&now.governor));
    let settings = |environment: &Environment| match &environment.allocator[..] {
        [] => "none".to_owned(),
        some => some.join(" "),
    };
    unlike("setting of the allocator", settings(before), settings(now));
    unlike("seed", old.method.seed.to_string(), new.method.seed.to_string());
    for about in &new.contestants {
        let Some(was) = old.contestants.iter().find(|was| was.name == about.name) else { continue };
        unlike(
            &format!("compiler of {}", about.name),
            was.compiler.clone(),
            about.compiler.clone(),
        );
        unlike(&format!("set of flags of {}", about.name), was.flags.clone(), about.flags.clone());
    }
    for (report, when) in [(old, "before"), (new, "now")] {
        if !report.complete {
            lines.push(format!("the run {when} was stopped before its end"));
        }
    }
    lines
}
