//! A result file, read back.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::report::{NAME, Report, SCHEMA};

/// What every version has.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
    version: Option<u64>,
}

/// Reads a result file. An error is one line, with the file's name and where it is wrong.
pub(crate) fn read(path: &Path) -> Result<Report, String> {
    let name = path.display();
    parse(&text(path)?).map_err(|what| format!("{name} {what}"))
}

/// The same for a file that may be something else: `None` when it says that it is.
pub(crate) fn read_if_result(path: &Path) -> Result<Option<Report>, String> {
    let other = |head: &Head| head.schema.as_ref().is_some_and(|schema| schema != NAME);
    match serde_json::from_str(&text(path)?) {
        Ok(head) if other(&head) => Ok(None),
        _ => read(path).map(Some),
    }
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// The same from its text. An error begins with what the file does.
pub(crate) fn parse(text: &str) -> Result<Report, String> {
    let head: Head = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    match (head.schema.as_deref(), head.version) {
        (Some(NAME), Some(version)) if version == u64::from(SCHEMA) => {}
        (Some(NAME), Some(version)) => {
            return Err(format!(
                "has version {version} of the result file; this program reads version {SCHEMA}"
            ));
        }
        (Some(NAME), None) => return Err("has no version of the result file".to_owned()),
        (Some(other), _) => {
            return Err(format!("is no result file: its schema is \"{other}\", not \"{NAME}\""));
        }
        (None, _) => return Err(format!("is no result file: it has no schema \"{NAME}\"")),
    }
    serde_json::from_str(text).map_err(|error| wrong(&error))
}

/// serde_json ends its messages with line and column.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string().replace('\n', " ");
    match error.classify() {
        serde_json::error::Category::Eof => format!("ends too early: {text}"),
        serde_json::error::Category::Syntax => format!("is not JSON: {text}"),
        _ => format!("is no result file: {text}"),
    }
}

/// A report without anything in it, for tests.
#[cfg(test)]
pub(crate) fn sample() -> Report {
    let text = r#"{
        "schema": "diptych-lab", "version": 1, "complete": true, "seconds": 1.5,
        "environment": {
            "started": "2026-01-01T00:00:00Z", "cpu": "Toy", "cpus": 2, "kernel": null,
            "load": 0.5, "glibc": null, "transparent_huge_pages": null, "governor": null,
            "allocator": [], "valgrind": null, "lab": "0.1.0"
        },
        "method": {
            "launches": 40, "confidence": 0.97, "correction": "holm", "least_effect": 0.01,
            "equivalence": 0.02, "seed": 1
        },
        "contestants": [], "rows": [], "failures": [], "later": "a field of a later laboratory"
    }"#;
    parse(text).expect("it is a result")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_same_after_it_was_written_and_read() {
        let text = serde_json::to_string(&sample()).expect("it can be written");
        let again = serde_json::to_string(&parse(&text).expect("a result")).expect("again");
        assert_eq!(text, again);
    }

    #[test]
    fn what_is_no_result_file_is_told_in_one_line_with_its_place() {
        let whole = serde_json::to_string(&sample()).expect("it can be written");
        for (text, told) in [
            ("", "ends too early"),
            ("{\"schema\": ", "ends too early"),
            ("{\n  nonsense", "is not JSON: key must be a string at line 2 column 3"),
            ("[]", "is no result file: invalid length 0"),
            ("{}", "is no result file: it has no schema \"diptych-lab\""),
            (r#"{"schema": "diptych-calibration", "version": 1}"#, "its schema is \"diptych-cali"),
            (r#"{"schema": "diptych-lab"}"#, "has no version"),
            (
                r#"{"schema": "diptych-lab", "version": 2}"#,
                "has version 2 of the result file; this program reads version 1",
            ),
            (r#"{"schema": "diptych-lab", "version": 1}"#, "missing field `complete` at line 1"),
            (&whole.replace("true", "7"), "invalid type: integer `7`, expected a boolean at line"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(told) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
