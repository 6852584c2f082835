//! The result file: opened before the run, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

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
    pub(crate) fn write(self, result: &impl Serialize) -> io::Result<()> {
        let mut text = Vec::new();
        result.serialize(&mut Serializer::with_formatter(&mut text, Shallow::default()))?;
        text.push(b'\n');
        self.put(&text)
    }

    /// The same for a result that is text already.
    pub(crate) fn put(mut self, text: &[u8]) -> io::Result<()> {
        self.file.write_all(text)?;
        if let Some(draft) = self.draft.take() {
            self.file.sync_all()?;
            fs::rename(draft, &self.path)?;
        }
        Ok(())
    }
}

/// A line for each row: readable, and a difference between two results shows where it is.
#[derive(Debug, Default)]
struct Shallow {
    depth: usize,
}

/// Deeper values stay on the line of what holds them.
const LINES: usize = 2;

impl Shallow {
    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out, if first { b"" } else { b" " })
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < LINES {
            out.write_all(b"\n")?;
            out.write_all(&b"    "[..2 * self.depth])?;
        }
        out.write_all(bracket)
    }

    fn line<W: ?Sized + Write>(&self, out: &mut W, otherwise: &[u8]) -> io::Result<()> {
        if self.depth > LINES {
            return out.write_all(otherwise);
        }
        out.write_all(b"\n")?;
        out.write_all(&b"    "[..2 * self.depth])
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// Log-ratios as they are written: seven decimals are a thousandth of what a launch can tell.
pub(crate) fn rounded<S: serde::Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(|value| (value * 1e7).round() / 1e7))
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // A run without a result leaves nothing.
            let _ = fs::remove_file(draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn rows_stand_on_lines_of_their_own_and_nothing_is_lost() {
        let value = json!({
            "a": 1, "empty": [], "none": {},
            "rows": [{"x": [1, 2, {"y": null}], "z": {}}, {"x": "text \n \" {"}],
        });
        let mut text = Vec::new();
        value
            .serialize(&mut Serializer::with_formatter(&mut text, Shallow::default()))
            .expect("it is a value");
        let text = String::from_utf8(text).expect("JSON is text");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("it is JSON"), value);
        assert!(text.contains("\n    {\"x\": [1, 2, {\"y\": null}], \"z\": {}},\n"), "{text}");
    }
}
