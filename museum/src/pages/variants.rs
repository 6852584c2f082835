//! Which lines of a source are of the bug, which of the fix, and which only say so.

use std::sync::LazyLock;

use regex::Regex;

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of both programs.
    Both,
    /// Of the one with the bug.
    Bug,
    /// Of the one without.
    Fix,
    /// Of neither: the switch itself.
    Switch,
    /// Of both, but it says something else in each.
    Either,
}

impl Whose {
    /// Of the other variant.
    fn other(self) -> Self {
        match self {
            Self::Bug => Self::Fix,
            Self::Fix => Self::Bug,
            other => other,
        }
    }
}

/// The lines of a C++ source.
#[must_use]
pub fn cpp(text: &str) -> Vec<Whose> {
    // One for each condition that is open; other conditions change nothing.
    let mut open: Vec<Option<Whose>> = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let inner = |open: &[Option<Whose>]| open.iter().rev().find_map(|whose| *whose);
        let whose = match words[..] {
            ["#ifdef", "FIXED", ..] => {
                open.push(Some(Whose::Fix));
                Whose::Switch
            }
            ["#ifndef", "FIXED", ..] => {
                open.push(Some(Whose::Bug));
                Whose::Switch
            }
            [first, ..] if first.starts_with("#if") => {
                open.push(None);
                inner(&open).unwrap_or(Whose::Both)
            }
            ["#else", ..] if open.last().is_some_and(Option::is_some) => {
                let last = open.pop().flatten();
                open.push(last.map(Whose::other));
                Whose::Switch
            }
            ["#endif", ..] if open.last().is_some_and(Option::is_some) => {
                open.pop();
                Whose::Switch
            }
            ["#endif", ..] => {
                open.pop();
                inner(&open).unwrap_or(Whose::Both)
            }
            _ => inner(&open).unwrap_or(Whose::Both),
        };
        lines.push(whose);
    }
    lines
}

/// The lines of a Rust source.
#[must_use]
pub fn rust(text: &str) -> Vec<Whose> {
    static SWITCH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*#\[cfg\((not\(fixed\)|fixed)\)\](.*)$").expect("a constant")
    });
    static IF: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:.*\s)?if (!?)cfg!\(fixed\) \{$").expect("a constant"));
    let lines: Vec<&str> = text.lines().collect();
    let mut whose = vec![Whose::Both; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if let Some(found) = SWITCH.captures(lines[at]) {
            let one = if &found[1] == "fixed" { Whose::Fix } else { Whose::Bug };
            let rest = found[2].trim();
            let begin = if rest.is_empty() {
                whose[at] = Whose::Switch;
                at + 1
            } else {
                at
            };
            let end = extent(&lines, begin);
            whose[begin.min(lines.len())..end].fill(one);
            at = end.max(at + 1);
        } else if let Some(found) = IF.captures(lines[at]) {
            let one = if found[1].is_empty() { Whose::Fix } else { Whose::Bug };
            at = branches(&lines, &mut whose, at, one);
        } else {
            if lines[at].contains("cfg!(fixed)") || lines[at].contains("cfg!(not(fixed))") {
                whose[at] = Whose::Either;
            }
            at += 1;
        }
    }
    whose
}

/// `if cfg!(fixed) {` and its `else`, each brace at the margin of the `if`.
fn branches(lines: &[&str], whose: &mut [Whose], begin: usize, one: Whose) -> usize {
    let margin = |line: &str| line.len() - line.trim_start().len();
    let depth = margin(lines[begin]);
    let mut current = one;
    whose[begin] = Whose::Switch;
    for at in begin + 1..lines.len() {
        let line = lines[at].trim_start();
        if margin(lines[at]) == depth && line.starts_with('}') {
            whose[at] = Whose::Switch;
            if line.starts_with("} else {") {
                current = current.other();
            } else {
                return at + 1;
            }
        } else {
            whose[at] = current;
        }
    }
    lines.len()
}

/// Where the statement, field or item that begins at a line ends: the line behind it.
fn extent(lines: &[&str], begin: usize) -> usize {
    let Some(first) = lines.get(begin) else { return lines.len() };
    let first = first.trim_start().trim_start_matches("#[cfg(fixed)]");
    let first = first.trim_start_matches("#[cfg(not(fixed))]").trim_start();
    let binds = ["let ", "static ", "const ", "use ", "type "].iter();
    let to_semicolon = binds.clone().any(|word| {
        first.starts_with(word) && !first.starts_with("const fn")
            || first.starts_with("pub ") && first.contains(word) && !first.contains("fn ")
    });
    let mut depth = 0i32;
    for (at, line) in lines.iter().enumerate().skip(begin) {
        let code = bare(line);
        // Further attributes and comments belong to what follows.
        if code.trim().is_empty()
            || depth == 0 && code.trim_start().starts_with("#[") && code.trim_end().ends_with(']')
        {
            continue;
        }
        for (place, c) in code.char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            // What it stands in ends: so did it, without a mark of its own.
            if depth < 0 {
                return if at == begin { at + 1 } else { at };
            }
            let ends = match c {
                ';' => depth == 0,
                ',' => depth == 0 && !to_semicolon && code[place + 1..].trim().is_empty(),
                '}' => {
                    let rest = code[place + 1..].trim();
                    let next = if rest.is_empty() {
                        lines.get(at + 1).map_or("", |line| line.trim_start())
                    } else {
                        rest
                    };
                    let goes_on = next.starts_with(['.', '?', ',', ';', ')', '=', '&', '|', '{'])
                        || next.starts_with("else");
                    depth == 0 && !to_semicolon && !goes_on
                }
                _ => false,
            };
            if ends {
                return at + 1;
            }
        }
    }
    lines.len()
}

/// A line without its comments, strings and characters.
fn bare(line: &str) -> String {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#""(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\[^u]|\\u\{\w+\})'|//.*$"#)
            .expect("a constant")
    });
    WORDS.replace_all(line, "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each line.
    fn drawn(lines: &[Whose]) -> String {
        let letter = |whose: &Whose| match whose {
            Whose::Both => '.',
            Whose::Bug => 'b',
            Whose::Fix => 'f',
            Whose::Switch => '#',
            Whose::Either => 'e',
        };
        lines.iter().map(letter).collect()
    }

    #[test]
    fn conditions_of_the_preprocessor_say_whose_a_line_is() {
        let text = "a\n#ifdef FIXED\nf\n#if X\nf\n#endif\n#else\nb\n#endif\nc\n#ifndef FIXED\nb\n#endif\n#if X\n#else\n#endif";
        assert_eq!(drawn(&cpp(text)), ".#ffff#b#.#b#...");
    }

    #[test]
    fn an_attribute_says_it_of_the_statement_or_item_that_follows() {
        let cases = [
            ("#[cfg(fixed)]\nlet x = 1;\nlet y = 2;", "#f."),
            ("#[cfg(not(fixed))] let x = 1;\nlet y = 2;", "b."),
            ("#[cfg(fixed)]\nlet x = if a {\n1\n} else {\n2\n};\nz", "#fffff."),
            ("#[cfg(fixed)]\nfn f() {\n    g(\";\");\n}\nfn h() {}", "#fff."),
            ("#[cfg(fixed)]\nfor x in y {\n    g();\n}\nlet z = 1;", "#fff."),
            ("#[cfg(not(fixed))]\n{\n    a();\n}\nb();", "#bbb."),
            ("#[cfg(fixed)]\n#[derive(Debug)]\nstruct A {\n    b: u8,\n}\nc", "#ffff."),
            ("S {\n    #[cfg(fixed)]\n    a: u8,\n    b: u8,\n}", ".#f.."),
            ("f(\n    #[cfg(fixed)]\n    a\n)", ".#f."),
            (
                "x\n    #[cfg(fixed)]\n    a.b()\n        .c(|x| {\n    })\n        .d();\n    y",
                ".#ffff.",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(drawn(&rust(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_condition_that_is_an_expression_has_two_branches() {
        let text =
            "    if cfg!(fixed) {\n        a();\n    } else {\n        b();\n    }\n    c();";
        assert_eq!(drawn(&rust(text)), "#f#b#.");
        assert_eq!(drawn(&rust("let n = if cfg!(fixed) { 3 } else { 4 };\nx")), "e.");
        assert_eq!(drawn(&rust("let n = if !cfg!(fixed) {\n    1\n};")), "#b#");
    }
}
