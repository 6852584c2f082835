//! The progress bar: on a terminal only, and drawn only between launches, never while one runs.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for one pass.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar of so many steps; hidden where it would not be on a terminal.
    pub(crate) fn new(pass: &str, steps: usize, terminal: bool) -> Self {
        let target =
            if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        let style = ProgressStyle::with_template("{msg:12} [{bar:40}] {percent:>3} %  {eta} left");
        bar.set_style(style.expect("a constant template").progress_chars("=> "));
        bar.set_message(pass.to_owned());
        Self(bar)
    }

    /// One step done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// Prints a line without tearing the bar.
    pub(crate) fn say(&self, line: &str) {
        // Standard error may be closed; the line is in the result file too.
        self.0.suspend(|| drop(writeln!(io::stderr(), "{line}")));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
