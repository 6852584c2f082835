//! The standard library's headers, read once for each way of building: half the time of a build would
//! go to them. A compiler to which what was kept is of no use reads the header itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest, Sha256};

use crate::exhibit::hex;
use crate::plan::{COMPILING, STANDARD, Way};
use crate::process::{How, Order, run};
use crate::tools::programs::{Program, Toolbox};

/// Those that most exhibits include, and those that take long.
const NAMES: [&str; 13] = [
    "array",
    "atomic",
    "cstddef",
    "cstdint",
    "cstdio",
    "cstring",
    "memory",
    "mutex",
    "string",
    "string_view",
    "thread",
    "utility",
    "vector",
];

/// Reads them in every one of these ways whose compiler is there, unless they were read before or are
/// to be read `again`, and tells the toolbox where they are.
pub fn keep(
    toolbox: &mut Toolbox,
    ways: &[Way],
    target: &Path,
    again: bool,
    workers: usize,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let kept: Mutex<Vec<io::Result<(Way, PathBuf)>>> = Mutex::default();
    let shared = &*toolbox;
    thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                // Relaxed: a number by itself; the ways were there before the threads.
                while let Some(&way) = ways.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(header) = one(shared, way, target, again).transpose() else {
                        continue;
                    };
                    let header = header.map(|header| (way, header));
                    kept.lock().expect("nobody panics with it").push(header);
                }
            });
        }
    });
    for header in kept.into_inner().expect("nobody panics with it") {
        let (way, header) = header?;
        toolbox.keep_header(way, header);
    }
    Ok(())
}

/// Where the header is that this way of building includes.
fn one(toolbox: &Toolbox, way: Way, target: &Path, again: bool) -> io::Result<Option<PathBuf>> {
    let Some(compiler) = toolbox.get(way.program) else { return Ok(None) };
    let text: String = NAMES.iter().map(|name| format!("#include <{name}>\n")).collect();
    let mut hasher = Sha256::new();
    hasher.update(format!("{}\n{}\n{text}", compiler.version, way.flags));
    let folder = target.join("headers").join(hex(&hasher.finalize()[..8]));
    let header = folder.join("all.hpp");
    let kept =
        header.with_extension(if way.program == Program::Gxx { "hpp.gch" } else { "hpp.pch" });
    if kept.exists() && !again {
        return Ok(Some(header));
    }
    fs::create_dir_all(&folder)?;
    fs::write(&header, text)?;
    // Under another name first: who is stopped in between leaves no half of a file.
    let half = kept.with_extension(format!("{}.half", std::process::id()));
    let mut words = vec![compiler.path.display().to_string()];
    words.extend(STANDARD.map(str::to_owned));
    words.extend(way.flags.split_whitespace().map(str::to_owned));
    words.extend(["-x", "c++-header"].map(str::to_owned));
    words.extend([header.display().to_string(), "-o".to_owned(), half.display().to_string()]);
    let limit = COMPILING;
    let ended =
        run(Order { words: &words, folder: &folder, environment: &[], limit, memory: None })?;
    if ended.how == How::Exit(0) {
        fs::rename(&half, &kept)?;
    } else {
        // It costs time alone; what was kept before may be of other headers.
        eprintln!("museum: headers are read each time with {}: {}", way.flags, ended.err.trim());
        for stale in [half, kept] {
            if stale.exists() {
                fs::remove_file(stale)?;
            }
        }
    }
    Ok(Some(header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RUN_ONLY;

    #[test]
    fn headers_are_read_once_and_what_was_kept_serves_a_build() {
        let folder = tempfile::tempdir().unwrap();
        let mut toolbox = Toolbox::look(&[Program::Gxx], folder.path(), folder.path());
        let Some(path) = toolbox.get(Program::Gxx).map(|compiler| compiler.path.clone()) else {
            eprintln!("not run: g++ not found");
            return;
        };
        let way = RUN_ONLY[0];
        let mut keep = |again| {
            keep(&mut toolbox, &[way], folder.path(), again, 2).unwrap();
            toolbox.header(way).unwrap().to_owned()
        };
        let header = keep(false);
        // Whoever reads the header itself ends here.
        fs::write(&header, "#error\n").unwrap();
        assert_eq!(keep(false), header);
        let source = folder.path().join("source.cpp");
        fs::write(&source, "std::vector<int> v;\n").unwrap();
        let mut words = vec![path.display().to_string()];
        words.extend(STANDARD.map(str::to_owned));
        words.extend(way.flags.split_whitespace().map(str::to_owned));
        words.extend(["-include".to_owned(), header.display().to_string()]);
        words.extend(["-c", "-o", "object.o", "source.cpp"].map(str::to_owned));
        let (words, folder) = (&words, folder.path());
        let order = Order { words, folder, environment: &[], limit: COMPILING, memory: None };
        let ended = run(order).unwrap();
        assert_eq!((ended.how, ended.err.as_str()), (How::Exit(0), ""));
        assert!(fs::read_to_string(keep(true)).unwrap().starts_with("#include"));
    }
}
