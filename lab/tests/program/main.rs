//! The whole program against toy contestants and hostile workers. This test program is itself
//! coordinator and worker: with `DIPTYCH_TOY` set it is not a test but the toy.

mod cxx;
mod heap;
mod hostile;
mod toy;
mod whole;

use std::process::ExitCode;

use diptych_lab::cli::Program;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::var_os(toy::MARK).is_some() {
        return Program::new(toy::contestants()).layouts(toy::layouts()).main();
    }
    let arguments = Arguments::from_args();
    let tests: Vec<Trial> = [whole::tests(), heap::tests(), hostile::tests(), cxx::tests()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&arguments, tests).exit_code()
}

/// A test of this name.
fn test(name: &str, body: fn()) -> Trial {
    Trial::test(name, move || {
        body();
        Ok(())
    })
}
