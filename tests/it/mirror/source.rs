//! What the rules want to know of one source file.

use std::collections::BTreeSet;

/// Banners are this long, indentation included.
const BANNER_END: usize = 100;

/// Whether a line is nothing but a comment.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// The words of a text: letters, digits and underscores.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether a word is the tag of an invariant, as V2: a capital and a number.
pub fn is_tag(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && !chars.as_str().is_empty()
        && chars.all(|c| c.is_ascii_digit())
}

/// The texts of the section banners in the order of their first appearance, and whether each is as
/// long as a banner is.
///
/// A C++ class shows its sections twice, where members are declared and where they are defined.
pub fn banners(text: &str) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.trim_start().strip_prefix("// ---- ") else {
            continue;
        };
        let name = rest.trim_end_matches('-').trim_end().to_string();
        let is_whole = line.len() == BANNER_END && rest.ends_with("--");
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all_whole)) => *all_whole &= is_whole,
            None => found.push((name, is_whole)),
        }
    }
    found
}

/// The tags in SAFETY and CONTRACT comments, from the mark to the end of the comment.
pub fn tags_in_grounds(text: &str) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        let grounds = line.find("SAFETY:").or_else(|| line.find("CONTRACT:"));
        let is_doc = line.trim_start().starts_with("///") || line.trim_start().starts_with("//!");
        inside = (is_comment(line) && !is_doc && (inside || grounds.is_some()))
            || (grounds.is_some() && line.contains("//"));
        if inside {
            let comment = &line[grounds.unwrap_or(0)..];
            tags.extend(words(comment).filter(|word| is_tag(word)).map(String::from));
        }
    }
    tags
}

/// The tags in all comments but the essay that the file begins with.
pub fn tags_in_comments(text: &str) -> BTreeSet<String> {
    let body = text.lines().skip_while(|line| is_comment(line) || line.trim().is_empty());
    let comments = body.filter_map(|line| line.find("//").map(|at| &line[at..]));
    comments.flat_map(words).filter(|word| is_tag(word)).map(String::from).collect()
}

/// The line numbers of `unsafe` blocks and impls whose comment has no SAFETY with a tag.
pub fn groundless(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let is_unsafe = |line: &str| {
        let code = line.split("//").next().unwrap_or("");
        code.split("unsafe ").skip(1).any(|rest| rest.starts_with('{') || rest.starts_with("impl"))
    };
    let has_grounds = |index: usize| {
        // Up through the statement that the block is in, then through the comment above it.
        let above = lines[..index].iter().rev();
        let in_statement = |line: &&&str| {
            let line = line.trim_end();
            !is_comment(line) && !line.is_empty() && !line.ends_with([';', '{', '}'])
        };
        let statement = above.clone().take_while(in_statement).count();
        let comment: Vec<&str> =
            above.skip(statement).take_while(|line| is_comment(line)).copied().collect();
        let comment: String = comment.into_iter().rev().collect::<Vec<_>>().join("\n");
        comment.contains("SAFETY:") && !tags_in_grounds(&comment).is_empty()
    };
    (0..lines.len())
        .filter(|index| is_unsafe(lines[*index]) && !has_grounds(*index))
        .map(|index| index + 1)
        .collect()
}

/// How many deliberate differences a file marks.
pub fn twin_marks(text: &str) -> usize {
    text.lines().filter(|line| line.contains("//") && line.contains("TWIN:")).count()
}

/// Whether a Rust file set has a function of this name, its own or one that it shows in use.
pub fn rust_has(texts: &str, name: &str) -> bool {
    texts.contains(&format!("fn {name}("))
        || texts.contains(&format!("fn {name}<"))
        || texts.contains(&format!(".{name}("))
}

/// Whether a C or C++ file set declares or defines a function of this name.
pub fn c_has(texts: &str, name: &str) -> bool {
    let mut rest = texts;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + name.len()..];
        let is_word = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '.'));
        if is_word && after.starts_with('(') {
            return true;
        }
        rest = after;
    }
    false
}

/// The names table of a specification: one row for each idea, its names for Rust, C++ and C.
pub fn names(spec: &str) -> Vec<[Vec<String>; 3]> {
    let section = spec.split("\n## ").find(|part| part.starts_with("Names")).unwrap_or("");
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let in_cells = |range: std::ops::Range<usize>| {
            let cells = cells.get(range).unwrap_or(&[]).iter();
            let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
            let names = quoted.map(|name| name.split('(').next().unwrap_or("").to_string());
            names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
        };
        [in_cells(1..2), in_cells(2..4), in_cells(4..5)]
    })
    .collect()
}

/// The tags that a specification defines: the rows of its table of invariants, or the points of a
/// list of them.
pub fn defined_tags(spec: &str) -> BTreeSet<String> {
    let row = |line: &'_ str| Some(line.strip_prefix("| ")?.split(' ').next()?.to_string());
    let point = |line: &'_ str| Some(line.strip_prefix("- **")?.split("**").next()?.to_string());
    let first = spec.lines().filter_map(|line| row(line).or_else(|| point(line)));
    first.filter(|word| is_tag(word)).collect()
}
