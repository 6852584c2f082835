//! The whole program against toy contestants and hostile workers. This test program is itself
//! coordinator and worker: with `DIPTYCH_TOY` set it is not a test but the toy.

mod cxx;
mod designs;
mod hostile;
mod padding;
mod toy;
mod whole;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(mark) = std::env::var_os(toy::MARK) {
        if mark == toy::PANIC {
            toy::panic();
            return ExitCode::SUCCESS;
        }
        return diptych_lab::cli::main(toy::contestants());
    }
    let arguments = Arguments::from_args();
    let tests: Vec<Trial> =
        [whole::tests(), designs::tests(), hostile::tests(), cxx::tests(), padding::tests()]
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
