//! A worker in pure C++: each source compiled by itself and kept, so that a changed file costs the
//! compilation of what includes it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process, thread,
};

use diptych_lab::Digest;

use super::{FLAGS, ROOT, STANDARD, cache, compiler::Compiler, run};

/// Where the headers are, below the sources.
const INCLUDES: [&str; 5] = ["include", "cpp/include", "cpp", "lab/include", "peers/cpp"];

/// What a worker is made from, and how.
pub struct Plan {
    root: PathBuf,
    /// Below `root`, as `sources`.
    includes: Vec<&'static str>,
    sources: Vec<String>,
    flags: Vec<String>,
    /// Flags that results need not name: where something is.
    further: Vec<String>,
    libraries: &'static [&'static str],
    /// Where objects and workers are kept.
    kept: PathBuf,
}

impl Plan {
    /// The worker of this repository, with these flags.
    pub fn of_this_tree(flags: Vec<String>) -> Self {
        Self {
            root: ROOT.into(),
            includes: INCLUDES.to_vec(),
            sources: ["peers/cpp/worker.cpp", "peers/cpp/std_vector.cpp", "peers/cpp/malloc.cpp"]
                .into_iter()
                .chain(env!("DIPTYCH_CPP_SOURCES").split(' '))
                .map(str::to_owned)
                .collect(),
            flags,
            further: Vec::new(),
            libraries: &[],
            kept: cache(),
        }
    }

    /// The program around one thread pool.
    pub fn of_pool(source: &str, further: Vec<String>, libraries: &'static [&'static str]) -> Self {
        Self {
            root: ROOT.into(),
            includes: INCLUDES.to_vec(),
            sources: vec![format!("peers/cpp/pools/{source}")],
            flags: FLAGS.split_whitespace().map(str::to_owned).collect(),
            further,
            libraries,
            kept: cache(),
        }
    }

    /// Compiles what has changed and links it, or finds it done. An error is one line.
    pub fn worker(&self, compiler: &Compiler) -> Result<PathBuf, String> {
        let cannot = |what: &Path, error: &io::Error| {
            format!("{} cannot be written: {error}", what.display())
        };
        fs::create_dir_all(&self.kept).map_err(|error| cannot(&self.kept, &error))?;
        let objects: Vec<Result<PathBuf, String>> = thread::scope(|scope| {
            let compile = |source: &String| {
                let source = source.clone();
                scope.spawn(move || self.object(compiler, &source))
            };
            let running: Vec<_> = self.sources.iter().map(compile).collect();
            running.into_iter().map(|one| one.join().expect("it does not panic")).collect()
        });
        let objects = objects
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| format!("{} cannot compile the worker: {reason}", compiler.label))?;

        let mut digest = Digest::new();
        for object in &objects {
            add(&mut digest, object.as_os_str().as_encoded_bytes());
        }
        let worker = self.kept.join(format!("worker-{:016x}", digest.value()));
        if !worker.exists() {
            let aside = aside(&worker);
            let mut link = compiler.start();
            link.current_dir(&self.root).args(&self.flags).args(&self.further).args(&objects);
            run(link.arg("-o").arg(&aside).args(self.libraries).arg("-ldl"))
                .map_err(|reason| format!("{} cannot link the worker: {reason}", compiler.label))?;
            fs::rename(&aside, &worker).map_err(|error| cannot(&worker, &error))?;
        }
        Ok(worker)
    }

    /// The object of one source. Beside it is kept what it was made from, by which it is found
    /// again: a line with the object's name, and one for each file with a digest of its content.
    fn object(&self, compiler: &Compiler, source: &str) -> Result<PathBuf, String> {
        let mut command = compiler.start();
        let text = self.flags.join(" ");
        command.current_dir(&self.root).arg(STANDARD).args(&self.further);
        command.args(&self.flags).arg(format!("-DDIPTYCH_CXX_FLAGS=\"{text}\""));
        command.args(self.includes.iter().map(|directory| format!("-I{directory}")));
        command.arg("-c").arg(source);

        let mut digest = Digest::new();
        add(&mut digest, compiler.version.as_bytes());
        add(&mut digest, self.root.as_os_str().as_encoded_bytes());
        add(&mut digest, command.get_program().as_encoded_bytes());
        for argument in command.get_args() {
            add(&mut digest, argument.as_encoded_bytes());
        }
        let stem = Path::new(source).file_stem().unwrap_or_default().to_string_lossy();
        let list = self.kept.join(format!("{stem}-{:016x}.needs", digest.value()));
        if let Some(object) = self.kept_object(&list) {
            return Ok(object);
        }

        // Written aside and renamed: an interrupted compiler leaves no half object behind.
        let (object, needs) = (aside(&list.with_extension("o")), aside(&list.with_extension("d")));
        run(command.args(["-MD", "-MF"]).arg(&needs).arg("-o").arg(&object))?;
        let mut keep = || -> io::Result<PathBuf> {
            let mut lines = String::new();
            for file in prerequisites(&fs::read_to_string(&needs)?) {
                let content = content(&self.root.join(&file))?;
                add(&mut digest, &content.to_le_bytes());
                lines += &format!("{content:016x} {file}\n");
            }
            let name = format!("{stem}-{:016x}.o", digest.value());
            let kept = self.kept.join(&name);
            fs::rename(&object, &kept)?;
            let listed = aside(&list);
            fs::write(&listed, format!("{name}\n{lines}"))?;
            fs::rename(&listed, &list)?;
            // A list of a compiler's that stays costs nothing but its few bytes.
            let _ = fs::remove_file(&needs);
            Ok(kept)
        };
        keep().map_err(|error| format!("what {source} was made from cannot be kept: {error}"))
    }

    /// The object that this list names, if all files are as they were.
    fn kept_object(&self, list: &Path) -> Option<PathBuf> {
        let text = fs::read_to_string(list).ok()?;
        let mut lines = text.lines();
        let object = self.kept.join(lines.next()?);
        let same = |line: &str| {
            let (digest, file) = line.split_once(' ')?;
            let now = content(&self.root.join(file)).ok()?;
            (format!("{now:016x}") == digest).then_some(())
        };
        (object.exists() && lines.all(|line| same(line).is_some())).then_some(object)
    }
}

/// A name beside a file that no other process and no other thread's file has.
fn aside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", process::id()));
    file.with_file_name(name)
}

/// The files that a rule of make's, as compilers write it, names after its colon.
fn prerequisites(rule: &str) -> Vec<String> {
    let (mut files, mut file) = (Vec::new(), String::new());
    let rule = rule.split_once(": ").map_or("", |(_, rest)| rest);
    let mut letters = rule.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some('\n')) => {}
            ('\\', Some(' ' | '#')) | ('$', Some('$')) => file.extend(letters.next()),
            (letter, _) if letter.is_whitespace() => files.push(std::mem::take(&mut file)),
            (letter, _) => file.push(letter),
        }
    }
    files.push(file);
    files.retain(|file| !file.is_empty());
    files
}

fn content(file: &Path) -> io::Result<u64> {
    let mut digest = Digest::new();
    add(&mut digest, &fs::read(file)?);
    Ok(digest.value())
}

fn add(digest: &mut Digest, bytes: &[u8]) {
    digest.add(bytes.len() as u64);
    for byte in bytes {
        digest.add(u64::from(*byte));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A compiler that writes down what it is asked for, and takes every source for two: itself
    /// and `common`.
    const FAKE: &str = r#"#!/bin/sh
root=$(dirname "$0")
[ "$1" = --version ] && { echo "fake 1.0"; exit; }
while [ $# -gt 0 ]; do
    case $1 in
    -c) source=$2; shift ;;
    -o) out=$2; shift ;;
    -MF) needs=$2; shift ;;
    esac
    shift
done
if [ -n "$source" ]; then
    echo "compile $source" >> "$root/log"
    grep -q broken "$source" && { printf 'In file\n  %s:1: error: broken\nmore\n' "$source" >&2; exit 1; }
    cp "$source" "$out"
    printf 'x.o: %s \\\n common\n' "$source" > "$needs"
else
    echo link >> "$root/log"
    echo program > "$out"
fi
"#;

    /// A tree with three sources and a compiler that keeps a log.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str) -> Self {
            let root = Path::new(env!("OUT_DIR")).join(format!("tree-{name}-{}", process::id()));
            fs::create_dir_all(&root).unwrap();
            let tree = Self(root);
            for file in ["a.cpp", "b.cpp", "c.cpp", "common"] {
                tree.write(file, file);
            }
            tree.write("fake++", FAKE);
            let runs = fs::Permissions::from_mode(0o755);
            fs::set_permissions(tree.0.join("fake++"), runs).unwrap();
            tree
        }

        fn write(&self, file: &str, text: &str) {
            fs::write(self.0.join(file), text).unwrap();
        }

        fn build(&self, flags: &[&str]) -> Result<PathBuf, String> {
            let compiler = Compiler::find(&self.0.join("fake++").display().to_string()).unwrap();
            let plan = Plan {
                root: self.0.clone(),
                includes: vec!["include"],
                sources: ["a.cpp", "b.cpp", "c.cpp"].map(str::to_owned).to_vec(),
                flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
                further: Vec::new(),
                libraries: &[],
                kept: self.0.join("kept"),
            };
            plan.worker(&compiler)
        }

        /// What the compiler was asked for since the last time, in order of the alphabet.
        fn log(&self) -> Vec<String> {
            let log = fs::read_to_string(self.0.join("log")).unwrap_or_default();
            let _ = fs::remove_file(self.0.join("log"));
            let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const ALL: [&str; 4] = ["compile a.cpp", "compile b.cpp", "compile c.cpp", "link"];

    #[test]
    fn a_changed_source_is_compiled_alone_and_unchanged_ones_not_at_all() {
        let tree = Tree::new("source");
        let first = tree.build(&[]).unwrap();
        assert_eq!(tree.log(), ALL);
        assert_eq!(tree.build(&[]).unwrap(), first);
        assert_eq!(tree.log(), [""; 0]);
        tree.write("b.cpp", "other");
        let second = tree.build(&[]).unwrap();
        assert_eq!(tree.log(), ["compile b.cpp", "link"]);
        assert_ne!(first, second);
    }

    #[test]
    fn a_changed_header_recompiles_all_that_include_it() {
        let tree = Tree::new("header");
        tree.build(&[]).unwrap();
        tree.log();
        tree.write("common", "other");
        tree.build(&[]).unwrap();
        assert_eq!(tree.log(), ALL);
    }

    #[test]
    fn other_flags_are_other_objects_and_both_are_kept() {
        let tree = Tree::new("flags");
        let plain = tree.build(&[]).unwrap();
        let native = tree.build(&["-march=native"]).unwrap();
        assert_eq!(tree.log().len(), 8);
        assert_ne!(plain, native);
        assert_eq!(tree.build(&[]).unwrap(), plain);
        assert_eq!(tree.build(&["-march=native"]).unwrap(), native);
        assert_eq!(tree.log(), [""; 0]);
    }

    #[test]
    fn a_source_that_does_not_compile_is_named_in_one_line_and_nothing_is_linked() {
        let tree = Tree::new("broken");
        tree.write("c.cpp", "broken");
        let reason = tree.build(&[]).unwrap_err();
        assert!(reason.ends_with("fake++ cannot compile the worker: c.cpp:1: error: broken"));
        assert!(!tree.log().contains(&"link".to_owned()));
        tree.write("c.cpp", "whole");
        tree.build(&[]).unwrap();
        assert_eq!(tree.log(), ["compile c.cpp", "link"]);
    }

    #[test]
    fn the_files_of_a_rule_are_told_apart_as_make_does() {
        let rule = "x.o: a.cpp /usr/include/b \\\n with\\ space.h \\\n money$$.h\n";
        let files = ["a.cpp", "/usr/include/b", "with space.h", "money$.h"];
        assert_eq!(prerequisites(rule), files);
        assert_eq!(prerequisites("x.o:"), [""; 0]);
    }
}
