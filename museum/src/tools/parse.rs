//! What a report says, as kinds: names that do not depend on addresses, sizes or lines.

use std::sync::LazyLock;

use regex::Regex;

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a constant")
}

/// Each once, in order.
fn set(kinds: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kinds: Vec<String> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// A sentence without its numbers and addresses.
#[must_use]
pub fn plain(text: &str) -> String {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"0x[0-9a-fA-F]+|\b-?\d+(\.\d+)?\b"));
    let text = NUMBER.replace_all(text.trim(), "N");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Diagnostics of a C++ compiler that stand in the exhibit's file, or in what g++ has inlined there:
/// it says so once, above all that it has to say of the place.
fn located<'a>(text: &'a str, tag: &'static Regex) -> impl Iterator<Item = String> + 'a {
    static PLACE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^(?:(?:\S*/)?(bug\.(?:cpp|rs))|\S+):\d+:\d+: (?:warning|error): ")
    });
    static INLINED: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^ +inlined from .* at (?:\S*/)?bug\.cpp:\d+:\d+[,:]$"));
    let mut inlined = false;
    text.lines().filter_map(move |line| {
        if line.starts_with("In ") || line.contains(": In ") {
            inlined = false;
        }
        inlined |= INLINED.is_match(line);
        let place = PLACE.captures(line)?;
        (inlined || place.get(1).is_some()).then_some(())?;
        Some(tag.captures(line)?[1].to_owned())
    })
}

/// Warnings of g++ and clang++: the switch that asked for them.
#[must_use]
pub fn warnings(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"\[(-[Wf][\w=+-]+)\]\s*$"));
    set(located(text, &TAG))
}

/// Those of g++'s analyser. It takes every allocation for one that may have failed.
#[must_use]
pub fn analyzer(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?:\[CWE-\d+\] )?\[(-Wanalyzer-[\w=+-]+)\]\s*$"));
    set(located(text, &TAG).filter(|kind| !kind.starts_with("-Wanalyzer-possible-null-")))
}

/// Checks of clang-tidy, those with several names in one.
#[must_use]
pub fn tidy(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"\[([\w.,+=-]+)\]\s*$"));
    set(located(text, &TAG).map(|kind| kind.replace(",-warnings-as-errors", "")))
}

/// Identifiers of cppcheck, which stand at the end of its lines.
#[must_use]
pub fn cppcheck(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?m)^(?:\S*/)?bug\.cpp:\d+:\d+: .*\[(\w+)\]\s*$"));
    set(TAG.captures_iter(text).map(|found| found[1].to_owned()))
}

/// Assertions of the standard library.
#[must_use]
pub fn assertions(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"Assertion '(.*?)' failed"));
    set(TAG.captures_iter(text).map(|found| found[1].to_owned()))
}

/// What the debug mode of the standard library complains of.
#[must_use]
pub fn debug_mode(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)\bError: (.*?)(?:\.\s|\n\n|$)"));
    set(TAG.captures_iter(text).map(|found| plain(&found[1])))
}

/// The C library's checks of buffers and of the stack.
#[must_use]
pub fn fortify(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"\*\*\* (.*?) \*\*\*"));
    set(TAG.captures_iter(text).map(|found| found[1].to_owned()))
}

/// Reports of AddressSanitizer and LeakSanitizer.
#[must_use]
pub fn asan(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"ERROR: AddressSanitizer:? (attempting free on address|\S+ ?\S*)"));
    let named = TAG.captures_iter(text).map(|found| match &found[1] {
        "attempting free on address" => "bad-free".to_owned(),
        "requested allocation" => "allocation-size-too-big".to_owned(),
        "attempting double-free" => "double-free".to_owned(),
        words => words.split([' ', ':']).next().unwrap_or_default().to_owned(),
    });
    let leak = text.contains("LeakSanitizer: detected memory leaks");
    set(named.chain(leak.then(|| "memory leak".to_owned())))
}

/// Reports of UBSan.
#[must_use]
pub fn ubsan(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"runtime error: ([^\n]*)"));
    set(TAG.captures_iter(text).map(|found| plain(&found[1])))
}

/// Reports of both.
#[must_use]
pub fn asan_and_ubsan(text: &str) -> Vec<String> {
    set(asan(text).into_iter().chain(ubsan(text)))
}

/// Reports of ThreadSanitizer. A signal that it caught is one, as with AddressSanitizer.
#[must_use]
pub fn tsan(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?:WARNING|ERROR): ThreadSanitizer: ([^(\n]+?) (?:\(|on )"));
    set(TAG.captures_iter(text).map(|found| found[1].to_owned()))
}

/// Reports of MemorySanitizer, signals among them.
#[must_use]
pub fn msan(text: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?:WARNING|ERROR): MemorySanitizer: ([\w-]+)"));
    set(TAG.captures_iter(text).map(|found| found[1].to_owned()))
}

/// What valgrind says, a line each, without its mark.
fn valgrind(text: &str) -> impl Iterator<Item = &str> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:==\d+==|==pid==) ?"));
    text.lines().filter_map(|line| Some(line[MARK.find(line)?.end()..].trim()))
}

/// Reports of memcheck.
#[must_use]
pub fn memcheck(text: &str) -> Vec<String> {
    const BEGINNINGS: [(&str, &str); 11] = [
        ("Invalid read of size", "Invalid read"),
        ("Invalid write of size", "Invalid write"),
        ("Invalid free()", "Invalid free"),
        ("Mismatched free()", "Mismatched free"),
        ("Conditional jump or move depends on uninitialised", "uninitialised"),
        ("Use of uninitialised value", "uninitialised"),
        ("Source and destination overlap", "overlap"),
        ("Jump to the invalid address", "Jump to the invalid address"),
        ("Argument ", "fishy value"),
        ("Illegal memory pool address", "Illegal memory pool address"),
        ("Stack overflow in thread", "Stack overflow"),
    ];
    set(valgrind(text).filter_map(|line| {
        let begun = BEGINNINGS.iter().find(|(start, _)| line.starts_with(start));
        let kind = match begun {
            Some((_, kind)) => kind,
            None if line.contains("are definitely lost in loss record") => "definitely lost",
            None if line.starts_with("Syscall param") && line.contains("uninitialised") => {
                "uninitialised"
            }
            None if line.starts_with("Syscall param") && line.contains("unaddressable") => {
                "unaddressable"
            }
            None => return None,
        };
        Some(kind.to_owned())
    }))
}

/// Reports of helgrind.
#[must_use]
pub fn helgrind(text: &str) -> Vec<String> {
    static THREAD: LazyLock<Regex> = LazyLock::new(|| regex(r"^Thread #\d+:? (.*)$"));
    set(valgrind(text).filter_map(|line| {
        if line.starts_with("Possible data race during") {
            return Some("data race".to_owned());
        }
        let said = THREAD.captures(line)?.get(1)?.as_str();
        if said.starts_with("was created") || said.starts_with("is the program's root") {
            return None;
        }
        let kind = match said {
            said if said.contains("lock order") => "lock order",
            said if said.contains("still holds") => "still holds locks",
            said => return Some(plain(said)),
        };
        Some(kind.to_owned())
    }))
}

/// Diagnostics of rustc, which come as JSON: codes of errors and names of lints.
fn diagnostics(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let level = message["level"].as_str()?;
        if !matches!(level, "error" | "warning") {
            return None;
        }
        if let Some(code) = message["code"]["code"].as_str() {
            return Some(code.to_owned());
        }
        // What sums up the others is at no place.
        let placed = message["spans"].as_array().is_some_and(|spans| !spans.is_empty());
        let said = message["message"].as_str()?;
        (placed || !(said.starts_with("aborting due to") || said.ends_with("emitted")))
            .then(|| said.to_owned())
    })
}

/// Codes of errors, names of lints.
#[must_use]
pub fn rustc(text: &str) -> Vec<String> {
    set(diagnostics(text))
}

/// Lints of clippy alone.
#[must_use]
pub fn clippy(text: &str) -> Vec<String> {
    set(diagnostics(text).filter(|kind| kind.starts_with("clippy::")))
}

/// The message of the first panic.
#[must_use]
pub fn panic(text: &str) -> Option<&str> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"panicked at [^\n]*\n([^\n]*)"));
    Some(TAG.captures(text)?.get(1)?.as_str().trim())
}

/// Loom says what it found by a panic.
#[must_use]
pub fn loom(text: &str) -> Vec<String> {
    set(panic(text).map(plain))
}

#[cfg(test)]
mod tests;
