//! A result in other formats than the terminal's: files for spreadsheets, for a service that keeps
//! benchmarks, for readers; and results read back, shown again and compared.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::json::Destination;
use crate::report::Report;

mod again;
mod bencher;
mod beside;
mod change;
mod csv;
mod grid;
mod history;
mod html;
mod read;
mod shift;

pub(crate) use again::{Again, Said};
use change::changes;
use history::history;
use read::read;

/// Files to write besides the result file.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Formats {
    /// Writes one page that shows everything, for a browser: no other file, no network.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes a line for each row, for spreadsheets (spec/lab-csv.md).
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes Bencher's metric format (spec/lab-csv.md).
    #[arg(long, value_name = "FILE")]
    bencher: Option<PathBuf>,
}

/// How a report becomes the text of a file.
type Format = fn(&Report) -> Result<String, String>;

/// Files that can be written: see [`Formats::open`].
#[derive(Debug)]
pub(crate) struct Drafts(Vec<(PathBuf, Destination, Format)>);

impl Formats {
    /// Makes sure that all can be written, before any work is done for them.
    pub(crate) fn open(&self) -> Result<Drafts, String> {
        let mut drafts: Vec<(PathBuf, Destination, Format)> = Vec::new();
        for (path, format) in self.asked() {
            if drafts.iter().any(|(other, ..)| other == path) {
                return Err(format!("{} is asked for in two formats", path.display()));
            }
            let destination = Destination::open(path).map_err(|error| unwritten(path, &error))?;
            drafts.push((path.to_owned(), destination, format));
        }
        Ok(Drafts(drafts))
    }

    /// Whether there is nothing to write.
    pub(crate) fn none(&self) -> bool {
        self.asked().next().is_none()
    }

    fn asked(&self) -> impl Iterator<Item = (&Path, Format)> {
        let html = self.html.as_deref().map(|path| (path, html::page as Format));
        let csv = self.csv.as_deref().map(|path| (path, csv::lines as Format));
        let bencher = self.bencher.as_deref().map(|path| (path, bencher::metrics as Format));
        [html, csv, bencher].into_iter().flatten()
    }
}

impl Drafts {
    /// Writes all of them. One that fails does not keep the others from being written.
    pub(crate) fn write(self, report: &Report) -> Result<(), String> {
        let mut written = Ok(());
        for (path, destination, format) in self.0 {
            let one = format(report).and_then(|text| {
                destination.put(text.as_bytes()).map_err(|error| unwritten(&path, &error))
            });
            written = written.and(one);
        }
        written
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}
