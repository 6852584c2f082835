//! `report`: result files shown again, compared, and in the order of time.

use std::path::PathBuf;

use clap::Args;

use super::{Formats, changes, history, read};
use crate::report::Report;

/// The command line of `report`.
#[derive(Args, Debug)]
pub(crate) struct Again {
    /// A result file (--json) to show again; or an older and a newer one to compare.
    #[arg(value_name = "FILE", num_args = 1..=2, required_unless_present = "history")]
    files: Vec<PathBuf>,
    /// Shows the rows of all result files of a folder, in the order in which the runs started.
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    history: Option<PathBuf>,
    #[command(flatten)]
    formats: Formats,
    /// Says under each row what would change its verdict.
    #[arg(long)]
    pub(crate) why: bool,
    /// Shows who asked for memory, the heap over the call, and what stayed alive after it.
    #[arg(long)]
    pub(crate) memory_detail: bool,
}

/// What `report` has to say.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    /// Lines about files that could not be read, when others could.
    pub(crate) refused: Vec<String>,
}

impl Again {
    /// Does what the command line says; `show` is the terminal's table.
    pub(crate) fn follow(
        &self,
        width: usize,
        show: impl Fn(&Report) -> String,
    ) -> Result<Said, String> {
        let told = |text| Said { text, refused: Vec::new() };
        let single = "--html, --csv and --bencher are of one result file";
        if let Some(folder) = &self.history {
            if !self.formats.none() {
                return Err(single.to_owned());
            }
            let (text, refused) = history(folder, width)?;
            return Ok(Said { text, refused });
        }
        match &self.files[..] {
            [old, new] => {
                if !self.formats.none() {
                    return Err(single.to_owned());
                }
                Ok(told(changes(&read(old)?, &read(new)?, width)))
            }
            [file] => {
                let report = read(file)?;
                self.formats.open()?.write(&report)?;
                Ok(told(show(&report)))
            }
            _ => Err("report: a result file is needed, or two".to_owned()),
        }
    }
}
