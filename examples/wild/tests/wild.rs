//! What the program says when it is run.

use std::process::{Command, Output};

#[path = "../libraries.rs"]
mod libraries;

use libraries::LIBRARIES;

fn run(arguments: &[&str]) -> (Output, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_diptych-wild")).args(arguments).output();
    let output = output.expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

/// The workloads of a library's pair.
fn component(library: &str) -> String {
    format!("\n{}/", if library == "re2" { "regex" } else { library })
}

#[test]
fn every_library_is_listed_or_named_as_absent() {
    let (_, out, err) = run(&["list"]);
    for library in &LIBRARIES {
        let is_listed = out.contains(&component(library.name));
        let is_named = err.contains(&format!("{} is absent and skipped: ", library.name));
        assert!(is_listed != is_named, "{}: {out}{err}", library.name);
        assert!(is_listed || err.contains(library.package), "{err}");
    }
}

#[test]
fn sizes_are_printed_for_every_format_that_is_there() {
    let (output, out, err) = run(&["sizes"]);
    assert!(output.status.success(), "{err}");
    for library in LIBRARIES.iter().filter(|library| library.name != "re2") {
        let is_absent = err.contains(&format!("{} is absent", library.name));
        let is_sized = format!("\n{out}").contains(&component(library.name));
        assert!(is_absent != is_sized, "{}: {out}", library.name);
    }
    let (output, _, err) = run(&["sizes", "--what"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("usage"), "{err}");
}
