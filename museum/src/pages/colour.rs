//! Sources in a few colours: comments, words of the language, literals.

use std::sync::LazyLock;

use maud::{Markup, html};
use regex::Regex;

use super::variants::{self, Whose};

const CPP: &str = "alignas alignof auto bool break case catch char class co_await co_return co_yield \
    concept const consteval constexpr const_cast continue decltype default delete do double \
    dynamic_cast else enum explicit export extern false final float for friend goto if inline int \
    long mutable namespace new noexcept nullptr operator override private protected public \
    reinterpret_cast requires return short signed sizeof static static_assert static_cast struct \
    switch template this thread_local throw true try typedef typename union unsigned using virtual \
    void volatile while";

const RUST: &str = "as async await break const continue crate dyn else enum extern false fn for if \
    impl in let loop match mod move mut pub ref return self Self static struct super trait true \
    type unsafe use where while bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize";

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) (?<comment>//.*$) | (?<text>"(?:[^"\\]|\\.)*"|\bb?'(?:[^'\\]|\\[^u]|\\u\{\w+\})'|'(?:[^'\\]|\\.)')
        | (?<switch>^\s*\#\s*\w+|\#!?\[[^\]]*\]) | (?<number>\b\d[\w.']*) | (?<word>[A-Za-z_]\w*)"#,
    )
    .expect("a constant")
});

/// One line.
fn line(text: &str, words: &str) -> Markup {
    let mut pieces: Vec<(&str, &str)> = Vec::new();
    let mut at = 0;
    for found in TOKEN.captures_iter(text) {
        let whole = found.get_match();
        let class = ["comment", "text", "switch", "number", "word"]
            .into_iter()
            .find(|name| found.name(name).is_some())
            .unwrap_or_default();
        let known = class != "word" || words.split_whitespace().any(|word| word == whole.as_str());
        if known {
            pieces.push(("", &text[at..whole.start()]));
            pieces.push((class, whole.as_str()));
            at = whole.end();
        }
    }
    pieces.push(("", &text[at..]));
    html! {
        @for (class, text) in pieces {
            @if class.is_empty() { (text) } @else { span class=(class) { (text) } }
        }
    }
}

/// A whole source, by lines that say whose they are.
pub(super) fn source(file: &str, text: &str) -> Markup {
    let (words, whose) = if file.ends_with(".cpp") {
        (CPP, variants::cpp(text))
    } else {
        (RUST, variants::rust(text))
    };
    let class = |whose: Whose| match whose {
        Whose::Both => "l",
        Whose::Bug => "l bug",
        Whose::Fix => "l fix",
        Whose::Switch => "l switch",
        Whose::Either => "l either",
    };
    html! {
        pre.source tabindex="0" { code {
            @for (text, whose) in text.lines().zip(whose) {
                span class=(class(whose)) { (line(text, words)) "\n" }
            }
        } }
    }
}
