//! Programs that tests start.

use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use wait_timeout::ChildExt;

/// Whether a program answers `--version`.
pub fn present(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
}

/// How a program ended, and what it printed.
pub struct Outcome {
    /// None: it took too long and was ended.
    pub status: Option<ExitStatus>,
    pub out: String,
    pub err: String,
}

/// Runs to the end, or until `limit` has passed: then `stop` is to end it.
pub fn outcome(command: &mut Command, limit: Duration, stop: impl FnOnce(&mut Child)) -> Outcome {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));

    // Both pipes are drained from the side, so that the child never waits for us.
    let mut out = child.stdout.take().expect("it is piped");
    let mut err = child.stderr.take().expect("it is piped");
    let out = thread::spawn(move || {
        let mut text = Vec::new();
        out.read_to_end(&mut text).map(|_| text)
    });
    let err = thread::spawn(move || {
        let mut text = Vec::new();
        err.read_to_end(&mut text).map(|_| text)
    });

    let status = child.wait_timeout(limit).expect("the child is ours");
    if status.is_none() {
        stop(&mut child);
        child.wait().expect("the child is ours");
    }
    let text = |pipe: thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        let bytes = pipe.join().expect("reading does not panic").unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Outcome { status, out: text(out), err: text(err) }
}

/// Runs to the end and answers what was printed; fails the test, with everything printed, when the
/// program fails or takes longer than `limit`.
pub fn run(command: &mut Command, limit: Duration) -> String {
    let Outcome { status, out, err } =
        outcome(command, limit, |child| child.kill().expect("the child is ours"));
    match status {
        Some(status) if status.success() => out,
        Some(status) => panic!("{command:?}\n{status}\n{out}\n{err}"),
        None => panic!("{command:?}\ntook longer than {limit:?}\n{out}\n{err}"),
    }
}
