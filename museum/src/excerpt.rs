//! What a learner is shown of a report: its beginning, without what differs from run to run or from
//! machine to machine.

use std::sync::LazyLock;

use regex::Regex;

/// Lines of a compiler's messages.
const MESSAGES: usize = 30;

/// Lines of a run's report.
const REPORT: usize = 24;

/// Frames of a stack.
const FRAMES: usize = 4;

/// What runs before `main`, and complaints of one's own.
const STARTING: [&str; 5] =
    ["__libc_start", " in _start ", ": _start (", "external symbolizer", "(below main)"];

/// The longest line.
const WIDTH: usize = 240;

/// What makes two reports of the same thing equal. Paths keep their last two names.
#[must_use]
pub fn normal(text: &str, folder: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"(?m)^(==|--)\d+(==|--) ?", ""),
            (r" ?\(BuildId: [0-9a-f]+\)", ""),
            (r"\+0x[0-9a-fA-F]+", ""),
            (r"0x[0-9a-fA-F]+", "0x\u{2026}"),
            (r"(pid|tid)=\d+", "$1=\u{2026}"),
            (r"(thread '[^']*') \(\d+\)", "$1"),
            (r"(^|[\s(\[`'=])/(?:[^\s/():']+/)*([^\s/():']+/[^\s/():']+)", "$1$2"),
            (r"(?m)[ \t]+$", ""),
        ]
        .map(|(from, to)| (Regex::new(from).expect("a constant"), to))
        .into()
    });
    let mut text = text.replace(&format!("{folder}/"), "").replace(folder, ".");
    for (from, to) in RULES.iter() {
        text = from.replace_all(&text, *to).into_owned();
    }
    text
}

/// Messages of a compiler.
#[must_use]
pub fn messages(text: &str) -> Vec<String> {
    cut(text.lines(), MESSAGES)
}

/// The head of a report, and the first frames of each stack in it.
#[must_use]
pub fn report(text: &str) -> Vec<String> {
    static FRAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:#\d+ |(?:at|by) 0x)").expect("a constant"));
    static FIRST: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:#0 |at 0x)").expect("a constant"));
    let mut frames = 0;
    let lines = text
        .lines()
        .take_while(|line| {
            // What follows is for those who wrote the tool.
            !line.starts_with("Shadow bytes around") && !line.starts_with("Shadow byte legend")
        })
        .filter(|line| {
            let wanted = !line.trim().is_empty()
                && !line.trim().chars().all(|c| c == '=')
                && !STARTING.iter().any(|name| line.contains(name));
            if FIRST.is_match(line) {
                frames = 0;
            }
            if FRAME.is_match(line) {
                frames += 1;
                return wanted && frames <= FRAMES;
            }
            frames = 0;
            wanted
        });
    cut(lines, REPORT)
}

fn cut<'a>(lines: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let mut lines: Vec<&str> = lines.collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let begin = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let more = lines.len().saturating_sub(begin + most);
    let mut kept: Vec<String> = lines[begin..].iter().take(most).map(|line| short(line)).collect();
    if more > 0 {
        kept.push(format!("\u{2026} {more} more lines"));
    }
    kept
}

fn short(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}\u{2026}", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_differs_from_run_to_run() {
        let cases = [
            (
                "==123==ERROR: AddressSanitizer: x on address 0x602000000010",
                "ERROR: AddressSanitizer: x on address 0x\u{2026}",
            ),
            ("    #0 0x4011 in main /tmp/x/bug.cpp:3", "    #0 0x\u{2026} in main bug.cpp:3"),
            (
                "    #1 0x7f in f /usr/include/c++/12/bits/v.h:9",
                "    #1 0x\u{2026} in f bits/v.h:9",
            ),
            (
                "(/lib/x86_64-linux-gnu/libc.so.6+0x2724) (BuildId: 05a1)",
                "(x86_64-linux-gnu/libc.so.6)",
            ),
            (
                "WARNING: ThreadSanitizer: data race (pid=77)",
                "WARNING: ThreadSanitizer: data race (pid=\u{2026})",
            ),
            (
                "thread 'main' (812) panicked at bug.rs:1:2:",
                "thread 'main' panicked at bug.rs:1:2:",
            ),
            ("a / b // c", "a / b // c"),
            ("std::vector/int", "std::vector/int"),
        ];
        for (from, to) in cases {
            assert_eq!(normal(from, "/tmp/x"), to);
        }
    }

    #[test]
    fn a_stack_is_cut_to_its_first_frames_and_the_next_begins_anew() {
        let text =
            "head\n#0 a\n#1 b\n#2 c\n#3 d\n#4 e\n\nfreed by\n#0 f\n#1 g\nShadow bytes around\nx";
        assert_eq!(
            report(text),
            ["head", "#0 a", "#1 b", "#2 c", "#3 d", "freed by", "#0 f", "#1 g"]
        );
    }

    #[test]
    fn what_is_cut_off_is_counted() {
        let text = "line\n".repeat(33);
        let kept = messages(&text);
        assert_eq!((kept.len(), kept[30].as_str()), (31, "\u{2026} 3 more lines"));
    }
}
