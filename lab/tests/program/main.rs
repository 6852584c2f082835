//! The whole program against toy contestants and hostile workers. This test program is itself
//! coordinator and worker: with `DIPTYCH_TOY` set it is not a test but the toy.

mod bring;
mod commands;
mod cxx;
mod designs;
#[path = "../../examples/worker.rs"]
mod example;
mod examples;
mod heap;
mod hostile;
mod output;
mod padding;
mod pair;
mod programs;
mod skeleton;
mod toy;
mod whole;

use std::process::ExitCode;

use diptych_lab::cli::Program;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    match std::env::var(toy::MARK) {
        Ok(mark) if mark == toy::PANIC => {
            toy::panic();
            return ExitCode::SUCCESS;
        }
        Ok(mark) if mark == pair::PAIR => return pair::program().main(),
        Ok(mark) if mark == examples::EXAMPLE => return example::main(),
        Ok(_) => return Program::new(toy::contestants()).layouts(toy::layouts()).main(),
        Err(_) => {}
    }
    let arguments = Arguments::from_args();
    let tests: Vec<Trial> = [
        whole::tests(),
        designs::tests(),
        heap::tests(),
        hostile::tests(),
        output::tests(),
        cxx::tests(),
        examples::tests(),
        padding::tests(),
        bring::tests(),
        commands::tests(),
        skeleton::tests(),
        pair::tests(),
        programs::tests(),
    ]
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
