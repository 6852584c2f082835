//! Libraries before the C library's, and whether programs take them in.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use object::{Object, ObjectSection};

use crate::commands::{Job, Starter};
use crate::environment::Environment;

use super::SYSTEM;

/// The variable of the loader.
pub(super) const VARIABLE: &str = "LD_PRELOAD";
/// Set, it makes the loader of a program say what it would load, and end.
const TRACE: &str = "LD_TRACE_LOADED_OBJECTS";

/// A library, or none.
#[derive(Clone, Debug)]
pub(super) struct Library {
    pub(super) name: String,
    pub(super) path: Option<PathBuf>,
    /// What is said of it; its file's name where nothing is.
    pub(super) note: String,
}

impl Library {
    /// What programs have without any.
    pub(super) fn system() -> Self {
        let note = Environment::read(None).glibc.map(|version| format!("glibc {version}"));
        Self { name: SYSTEM.to_owned(), path: None, note: note.unwrap_or_default() }
    }

    /// `NAME=PATH`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (name, path) = text
            .split_once('=')
            .filter(|(name, path)| !name.is_empty() && !path.is_empty())
            .ok_or_else(|| format!("--malloc \"{text}\" is not of the form NAME=PATH"))?;
        let whole = fs::canonicalize(path)
            .map_err(|error| format!("library {name}: {path} cannot be read: {error}"))?;
        if whole.to_string_lossy().contains([' ', ':']) {
            return Err(format!(
                "library {name}: {VARIABLE} has no way to name a path with a blank \
                                or a colon in it"
            ));
        }
        let file = whole.file_name().map(|file| file.to_string_lossy().into_owned());
        let note = file.unwrap_or_default();
        Ok(Self { name: name.to_owned(), path: Some(whole), note })
    }

    /// As its file says.
    pub(super) fn compiler(&self) -> String {
        self.comment().unwrap_or_else(|| "as built".to_owned())
    }

    /// The section in which compilers leave their names, each once.
    fn comment(&self) -> Option<String> {
        let bytes = fs::read(self.path.as_ref()?).ok()?;
        let file = object::File::parse(&*bytes).ok()?;
        let section = file.section_by_name(".comment")?;
        let text = String::from_utf8_lossy(section.data().ok()?).into_owned();
        let mut names: Vec<&str> = Vec::new();
        for name in text.split('\0').map(str::trim) {
            // What linked it says where its own source lay.
            if !name.is_empty() && !name.starts_with("Linker:") && !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join("; "))
    }
}

/// Asks loaders.
pub(super) struct Preload {
    limit: Duration,
}

impl Preload {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit }
    }

    /// Whether a process lives with this library in it.
    pub(super) fn works(&self, library: &Library) -> Result<(), String> {
        let Some(path) = &library.path else { return Ok(()) };
        let mention = path.to_string_lossy().into_owned();
        let words = ["cat", "/proc/self/maps"].map(str::to_owned).to_vec();
        let job = Job { words, mention: Some(mention), ..Job::default() };
        let said = |what: &str| Err(format!("library {} {what}", library.name));
        let ran = Starter::new(self.limit).and_then(|mut starter| starter.run(&library.over(&job)));
        match ran {
            Err(failure) => said(&format!("lets no program run: cat {failure}")),
            Ok(ran) => match ran.failure() {
                Some(failure) => said(&format!("lets no program run: cat {failure}")),
                None if ran.mentioned => Ok(()),
                None if ran.last.is_empty() => said("is not taken in by the loader"),
                None => said(&format!("is not taken in by the loader: {}", ran.last)),
            },
        }
    }

    /// The first library that this program would be run without, and what to say of it.
    pub(super) fn refused(&self, job: &Job, libraries: &[Library]) -> Option<(usize, String)> {
        for (at, library) in libraries.iter().enumerate() {
            let Some(path) = &library.path else { continue };
            let mut job = library.over(job);
            job.environment.push((TRACE.to_owned(), Some("1".to_owned())));
            job.mention = Some(path.to_string_lossy().into_owned());
            job.figure = None;
            // What cannot be started says so later, under each library.
            let ran = Starter::new(self.limit).and_then(|mut starter| starter.run(&job)).ok()?;
            if !ran.mentioned {
                let what = "does not take it in: it is linked statically, or has privileges of \
                            its own, or another loader than glibc's";
                return Some((at, what.to_owned()));
            }
        }
        None
    }
}
