//! The atomic operations and fences in a source file, with their orderings and the edges they carry.

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// `file:line`.
    pub place: String,
    /// As `store release`; alike in both languages.
    pub what: String,
    /// As `E1`. None: of no edge.
    pub edges: Vec<String>,
}

impl Operation {
    pub fn is_relaxed(&self) -> bool {
        self.what.split(' ').skip(1).all(|order| order == "relaxed")
    }
}

/// Functions that are members, and what they are called here.
const MEMBERS: &[(&str, &str)] = &[
    ("load", "load"),
    ("store", "store"),
    ("swap", "swap"),
    ("exchange", "swap"),
    ("fetch_add", "add"),
    ("fetch_sub", "sub"),
    ("fetch_and", "and"),
    ("fetch_or", "or"),
    ("fetch_xor", "xor"),
    ("fetch_max", "max"),
    ("fetch_min", "min"),
    ("fetch_update", "update"),
    ("compare_exchange", "compare-and-swap"),
    ("compare_exchange_strong", "compare-and-swap"),
    ("compare_exchange_weak", "weak compare-and-swap"),
];

/// Free functions.
const FENCES: &[(&str, &str)] = &[
    ("fence", "fence"),
    ("atomic_thread_fence", "fence"),
    ("compiler_fence", "compiler's fence"),
    ("atomic_signal_fence", "compiler's fence"),
];

/// Whose price depends on the pool's fences, or is told there.
const PRICED: [&str; 2] = ["light", "heavy"];

/// All operations of a file, in order; or what is wrong with it.
pub fn operations(file: &str, text: &str) -> Result<Vec<Operation>, String> {
    let (code, comments) = split(text);
    let all: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    for at in 0..all.len() {
        let starts = is_word(all[at]) && (at == 0 || !is_word(all[at - 1]));
        let name: String = all[at..].iter().take_while(|c| starts && is_word(**c)).collect();
        let open = at + name.chars().count();
        let known = MEMBERS.iter().chain(FENCES).map(|(known, _)| *known).chain(PRICED);
        if all.get(open) != Some(&'(') || !known.into_iter().any(|known| known == name) {
            continue;
        }
        let before: String = all[..at].iter().collect();
        let is_member = before.ends_with('.') || before.ends_with("->");
        let is_definition = before.ends_with("fn ") || before.ends_with("void ");
        let arguments = arguments(&all[open..]);
        let line = before.matches('\n').count();
        let place = format!("{file}:{}", line + 1);

        let named = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(known, _)| *known == name).map(|(_, here)| *here)
        };
        let what = if let Some(what) = named(MEMBERS).filter(|_| is_member) {
            let orders = orders(&arguments);
            if orders.is_empty() && name == "swap" {
                continue; // of two items
            }
            Some((what, orders))
        } else if let Some(what) = named(FENCES).filter(|_| !is_member && !is_definition) {
            Some((what, orders(&arguments)))
        } else if let Some(what) = PRICED.iter().find(|known| **known == name && !is_definition) {
            // The fences are what it is called on in Rust, what it is called with in C++.
            let on = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or("");
            let of = format!("{on}{arguments}").to_lowercase();
            let of = ["asymmetric", "symmetric"].into_iter().find(|fences| of.contains(fences));
            Some((*what, vec![of.unwrap_or("own").to_string()]))
        } else {
            None
        };
        let Some((what, orders)) = what else {
            continue;
        };
        if orders.is_empty() {
            return Err(format!("{place}: `{name}` names no ordering"));
        }
        let last = line + arguments.matches('\n').count();
        let edges = edges_at(&code, &comments, line, last);
        found.push(Operation { place, what: format!("{what} {}", orders.join(" ")), edges });
    }
    Ok(found)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands between a bracket, the first of the text, and its partner.
fn arguments(text: &[char]) -> String {
    let mut depth = 0;
    let inside = |c: &&char| {
        depth += i32::from(**c == '(') - i32::from(**c == ')');
        depth > 0
    };
    text.iter().take_while(inside).skip(1).collect()
}

/// The orderings among arguments, not among those of a call within.
fn orders(arguments: &str) -> Vec<String> {
    let mut depth = 0;
    let outer: String = arguments
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        })
        .collect();
    let order = |word: &str| {
        Some(match word {
            "Relaxed" | "memory_order_relaxed" => "relaxed",
            "Acquire" | "memory_order_acquire" => "acquire",
            "Release" | "memory_order_release" => "release",
            "AcqRel" | "memory_order_acq_rel" => "acq_rel",
            "SeqCst" | "memory_order_seq_cst" => "seq_cst",
            _ => return None,
        })
    };
    let words = outer.split(|c| !is_word(c));
    words.filter_map(order).map(String::from).collect()
}

/// The edges that the comments of an operation name: in its lines, or right above its statement.
fn edges_at(code: &str, comments: &[String], first: usize, last: usize) -> Vec<String> {
    let own = edges(&comments[first..=last].join(" "));
    if !own.is_empty() {
        return own;
    }
    let code: Vec<&str> = code.lines().map(str::trim).collect();
    let goes_on = |line: &&str| !line.is_empty() && !line.ends_with([';', '{', '}', ':']);
    let statement = first - code[..first].iter().rev().take_while(|line| goes_on(line)).count();
    let is_comment = |line: &usize| code[*line].is_empty() && !comments[*line].is_empty();
    let above = (0..statement).rev().take_while(is_comment).last().unwrap_or(statement);
    edges(&comments[above..statement].join(" "))
}

pub fn edges(text: &str) -> Vec<String> {
    let is_edge = |word: &&str| {
        let number = word.strip_prefix('E');
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()))
    };
    text.split(|c| !is_word(c)).filter(is_edge).map(String::from).collect()
}

/// The code, with nothing where comments and texts were, and the comment of each line.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut code, mut comments) = (String::new(), Vec::new());
    for line in text.lines() {
        let mut is_text = false;
        let mut chars = line.char_indices().peekable();
        let mut end = line.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => is_text = !is_text,
                '\\' if is_text => _ = chars.next(),
                '/' if !is_text && line[at..].starts_with("//") => {
                    end = at;
                    break;
                }
                _ if !is_text => code.push(c),
                _ => {}
            }
        }
        code.push('\n');
        comments.push(line[end..].to_string());
    }
    (code, comments)
}
