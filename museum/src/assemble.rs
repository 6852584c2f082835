//! From what the steps did to cells.

use std::collections::BTreeMap;

use crate::cell::{Build, Cell, Seen, State};
use crate::excerpt;
use crate::execute::Result;
use crate::exhibit::{Exhibit, Part};
use crate::judge;
use crate::plan::{Scope, Step};
use crate::process::{Ended, How};
use crate::tools::parse::{panic, plain};
use crate::tools::programs::Toolbox;
use crate::tools::{self, Says, Tool};

/// How a run ended: `right`, `wrong`, `hangs`, a signal, `exit 3` or a panic's message.
#[must_use]
pub fn outcome(ended: &Ended, prints: &str) -> String {
    if let Some(message) = panic(&ended.err) {
        return format!("panics: {message}");
    }
    match ended.how {
        How::Limit => "hangs".to_owned(),
        How::Signal(number) => signal(number),
        How::Exit(0) if ended.out == prints => "right".to_owned(),
        How::Exit(0) => "wrong".to_owned(),
        How::Exit(status) => format!("exit {status}"),
    }
}

fn signal(number: i32) -> String {
    let name = match number {
        libc::SIGABRT => "SIGABRT",
        libc::SIGALRM => "SIGALRM",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGHUP => "SIGHUP",
        libc::SIGILL => "SIGILL",
        libc::SIGINT => "SIGINT",
        libc::SIGKILL => "SIGKILL",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGUSR2 => "SIGUSR2",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

/// What a tool reads of one process.
fn text(step: &Step, ended: &Ended) -> String {
    // clang-tidy writes to standard output, everybody else to standard error.
    if step.runs { ended.err.clone() } else { format!("{}{}", ended.out, ended.err) }
}

fn kinds(tool: &Tool, text: &str) -> Vec<String> {
    match tool.says {
        Says::Outcome => Vec::new(),
        Says::Names(read) | Says::Sentences(read) => read(text),
    }
}

/// What a learner sees of it.
fn shown(tool: &Tool, step: &Step, ended: &Ended, folder: &str) -> Vec<String> {
    let text = text(step, ended);
    if step.runs {
        let normal = excerpt::normal(&text, folder);
        let mut lines = excerpt::report(&normal);
        if tool.is_outcome() && !ended.out.is_empty() {
            let out = excerpt::normal(&ended.out, folder);
            let mut printed = excerpt::messages(&out);
            printed.truncate(8);
            printed.extend(lines);
            lines = printed;
        }
        return lines;
    }
    let rendered: String = text
        .lines()
        .map(|line| match serde_json::from_str::<serde_json::Value>(line) {
            Ok(message) => {
                message["rendered"].as_str().map_or_else(|| format!("{line}\n"), str::to_owned)
            }
            Err(_) => format!("{line}\n"),
        })
        .collect();
    excerpt::messages(&excerpt::normal(&rendered, folder))
}

/// What one step says to one tool.
fn seen(tool: &Tool, step: &Step, runs: &[Ended], exhibit: &Exhibit, folder: &str) -> Seen {
    let mut seen = Seen { n: u32::try_from(runs.len()).unwrap_or(0), ..Seen::default() };
    let mut best: Option<(usize, &Ended)> = None;
    for ended in runs {
        let kinds = kinds(tool, &text(step, ended));
        let mut weight = kinds.len() * 2;
        for kind in kinds {
            *seen.kinds.entry(kind).or_default() += 1;
        }
        if step.runs {
            let outcome = outcome(ended, &exhibit.prints);
            weight += usize::from(tool.is_outcome() && outcome != "right");
            *seen.outcomes.entry(outcome).or_default() += 1;
        }
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, ended));
        }
    }
    if let Some((_, ended)) = best {
        seen.report = shown(tool, step, ended, folder);
    }
    seen
}

/// All cells of one exhibit, from all that was done for it.
#[must_use]
pub fn cells(
    exhibit: &Exhibit,
    results: &[&Result],
    toolbox: &Toolbox,
    scope: Scope,
) -> BTreeMap<String, Cell> {
    let mut cells = BTreeMap::new();
    for part in exhibit.parts() {
        for tool in tools::of(part).filter(|tool| scope.has(part, tool.id)) {
            let cell = cell(exhibit, part, tool, results, toolbox);
            cells.insert(format!("{part}.{}", tool.id), cell);
        }
    }
    cells
}

fn cell(
    exhibit: &Exhibit,
    part: Part,
    tool: &Tool,
    results: &[&Result],
    toolbox: &Toolbox,
) -> Cell {
    if toolbox.lacks(tool.needs).is_some() {
        return Cell::empty(State::NotInstalled);
    }
    if tool.wants_threads() && !exhibit.threads {
        return Cell::empty(State::OneThread);
    }
    let mut builds: Vec<Build> = Vec::new();
    let (mut reached, mut failed) = (false, Vec::new());
    for result in results.iter().filter(|result| result.job.part == part) {
        let job = &result.job;
        for (step, runs) in job.steps.iter().zip(&result.done.steps) {
            if !step.tools.contains(&tool.id) {
                continue;
            }
            let at = builds.iter().position(|build| build.with == step.with);
            let at = at.unwrap_or_else(|| {
                builds.push(Build { with: step.with.to_owned(), ..Build::default() });
                builds.len() - 1
            });
            let seen = seen(tool, step, runs, exhibit, &result.done.folder);
            if runs.is_empty() {
                failed.push((job.fixed, broken(job, &result.done.steps, &result.done.folder)));
            }
            reached |= !runs.is_empty() && !job.fixed;
            *(if job.fixed { &mut builds[at].fix } else { &mut builds[at].bug }) = seen;
        }
    }
    if let Some((fixed, words)) = failed.iter().find(|(fixed, words)| {
        // That rustc refuses the bug is what it is there for; anything else is a broken exhibit.
        *fixed || !words.0
    }) {
        let variant = if *fixed { "the fix" } else { "the bug" };
        let mut cell = Cell::empty(State::Failed);
        let mut report = vec![format!("{variant} cannot be built:")];
        report.extend(words.1.clone());
        cell.builds.push(Build { bug: Seen { report, ..Seen::default() }, ..Build::default() });
        return cell;
    }
    if !reached {
        return Cell::empty(State::NotReached);
    }
    let mut cell = Cell { state: State::Ran, builds };
    if !tool.is_outcome() {
        cell.state = judge::state(exhibit, part, tool, &cell);
    }
    cell
}

/// The step that failed: whether it was rustc that refused the source, and what it said.
fn broken(job: &crate::plan::Job, done: &[Vec<Ended>], folder: &str) -> (bool, Vec<String>) {
    for (step, runs) in job.steps.iter().zip(done) {
        let failed = |run: &&Ended| step.needed && run.how != How::Exit(0);
        if let Some(ended) = runs.iter().find(failed) {
            let refused = step.tools.contains(&"rustc")
                || step.with.starts_with("rustc") && ended.err.contains("\"code\":{\"code\":");
            let tool = &tools::ALL[0];
            let mut lines = shown(tool, step, ended, folder);
            lines.truncate(12);
            return (refused, lines);
        }
    }
    (false, vec!["nothing was said".to_owned()])
}

/// An outcome as it is compared: numbers in a panic's message count, spaces do not.
#[must_use]
pub fn same_outcome(expected: &str, seen: &str) -> bool {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (expected, seen) = (squeeze(expected), squeeze(seen));
    // What the C library says at its end may stand behind the signal.
    let head = |text: &str| text.split([' ', ':']).next().unwrap_or_default().to_owned();
    expected == seen || expected.starts_with("SIG") && head(&expected) == seen
}

/// Whether a sentence is the one that is expected, or has it in it.
#[must_use]
pub fn same_sentence(expected: &str, seen: &str) -> bool {
    let expected = plain(expected.strip_prefix("panics:").unwrap_or(expected));
    plain(seen).contains(expected.trim_end_matches(','))
}
