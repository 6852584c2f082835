//! The table on a terminal: a row for each exhibit, a column for each tool.

use std::collections::BTreeMap;

use console::{Style, measure_text_width, pad_str};

use crate::cell::{Cell, State};
use crate::execute::Result as Made;
use crate::exhibit::{Exhibit, Part};
use crate::judge;
use crate::results::Record;
use crate::tools::{self, Tool};

/// What a cell is in five characters, and in which colour.
fn short(tool: &Tool, cell: &Cell) -> (String, Style) {
    let plain = Style::new();
    let rate = |mark: &str| match cell.rate() {
        Some((k, n)) if k < n => format!("{k}/{n}"),
        _ => mark.to_owned(),
    };
    match cell.state {
        State::Found => match tool.id {
            "rustc" if cell.scored()[0].len() == 5 => (cell.scored()[0].to_owned(), plain.green()),
            _ => (rate("yes"), plain.green()),
        },
        State::Other => (rate("(x)"), plain.yellow()),
        State::Silent => ("\u{b7}".to_owned(), plain.dim()),
        State::NotInstalled => ("?".to_owned(), plain.dim()),
        State::OneThread | State::NotReached => ("-".to_owned(), plain.dim()),
        State::Failed => ("fail".to_owned(), plain.red().bold()),
        State::Ran => {
            let outcomes = cell.outcomes();
            let first = outcomes.first().map_or("", |(name, _)| *name);
            let word = match first {
                "right" => "=",
                "wrong" => "wrong",
                "hangs" => "hang",
                panic if panic.starts_with("panics") => "panic",
                other => other.strip_prefix("SIG").unwrap_or(other),
            };
            let style = match first {
                "right" => plain.dim(),
                panic if panic.starts_with("panics") => plain.green(),
                _ => plain.red(),
            };
            let more = if outcomes.len() > 1 { "+" } else { "" };
            (format!("{word}{more}"), style)
        }
    }
}

/// The whole table, by parts: those programs that have the same columns.
#[must_use]
pub fn table(exhibits: &[Exhibit], records: &BTreeMap<String, Record>, colour: bool) -> String {
    let mut text = String::new();
    let width = exhibits.iter().map(|one| one.name.len()).max().unwrap_or(0).max(8);
    for part in Part::ALL {
        let rows: Vec<&Exhibit> =
            exhibits.iter().filter(|exhibit| exhibit.sections.contains_key(&part)).collect();
        if rows.is_empty() {
            continue;
        }
        let columns: Vec<&Tool> = tools::of(part).collect();
        text.push_str(&pad_str(part.name(), width, console::Alignment::Left, None));
        for tool in &columns {
            text.push_str(&format!(" {:<5}", tool.short));
        }
        text.push('\n');
        for exhibit in rows {
            text.push_str(&format!("{:<width$}", exhibit.name));
            for tool in &columns {
                let cell = records
                    .get(&exhibit.name)
                    .and_then(|record| record.cells.get(&format!("{part}.{}", tool.id)));
                let (word, style) =
                    cell.map_or((String::new(), Style::new()), |cell| short(tool, cell));
                let fill = 5usize.saturating_sub(measure_text_width(&word));
                let word = style.force_styling(colour).apply_to(word);
                text.push_str(&format!(" {word}{}", " ".repeat(fill)));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// All cells of an exhibit with what was reported.
#[must_use]
pub fn full(exhibit: &Exhibit, record: &Record) -> String {
    let mut text = String::new();
    for part in exhibit.parts() {
        for tool in tools::of(part) {
            let Some(cell) = record.cells.get(&format!("{part}.{}", tool.id)) else { continue };
            let words = judge::words(tool, cell);
            text.push_str(&format!("{}: {part}.{}: {words}\n", exhibit.name, tool.id));
            for build in &cell.builds {
                for (what, seen) in [("bug", &build.bug), ("fix", &build.fix)] {
                    for line in &seen.report {
                        text.push_str(&format!("    {} {what}: {line}\n", build.with));
                    }
                }
            }
        }
    }
    text
}

/// Processor time, by tool and by exhibit.
#[must_use]
pub fn times(exhibits: &[Exhibit], made: &[Made]) -> String {
    let mut tools: BTreeMap<String, u64> = BTreeMap::new();
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for made in made {
        let job = &made.job;
        for (step, runs) in job.steps.iter().zip(&made.done.steps) {
            let cost: u64 = runs.iter().map(|run| run.cpu).sum();
            let what = if step.runs { "run" } else { "build" };
            let readers = step.tools.join(", ");
            *tools.entry(format!("{} {what} {} [{readers}]", job.part, step.with)).or_default() +=
                cost;
            *names.entry(&exhibits[job.exhibit].name).or_default() += cost;
        }
    }
    let seconds =
        |milliseconds: u64| format!("{:>5}.{:02}", milliseconds / 1000, milliseconds % 1000 / 10);
    let known = made.iter().filter(|made| made.known).count();
    let total: u64 = names.values().sum();
    let mut text = format!("Processor seconds ({known} of {} jobs from the cache)\n", made.len());
    let tools = tools.iter().map(|(name, cost)| (name.as_str(), *cost));
    for (name, cost) in tools.chain(names).chain([("total", total)]) {
        text.push_str(&format!("{} {name}\n", seconds(cost)));
    }
    text
}
