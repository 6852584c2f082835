//! The result file: opened before the run, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::report::Report;

/// Where the result goes.
#[derive(Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    /// Beside `path`, renamed over it at the end; `None` when `path` is a pipe or a device.
    draft: Option<PathBuf>,
    file: File,
}

impl Destination {
    /// Makes sure that the result can be written.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).open(path)?;
                return Ok(Self { path: path.to_owned(), draft: None, file });
            }
            // An existing file must be writable even though it is replaced.
            Ok(_) => drop(OpenOptions::new().append(true).open(path)?),
            Err(_) => {}
        }
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
        name.push(format!(".{}.draft", std::process::id()));
        let draft = path.with_file_name(name);
        let file = File::create(&draft)?;
        Ok(Self { path: path.to_owned(), draft: Some(draft), file })
    }

    /// Writes the result and puts it in its place.
    pub(crate) fn write(mut self, report: &Report) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(report)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        if let Some(draft) = self.draft.take() {
            self.file.sync_all()?;
            fs::rename(draft, &self.path)?;
        }
        Ok(())
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // A run without a result leaves nothing.
            let _ = fs::remove_file(draft);
        }
    }
}
