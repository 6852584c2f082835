//! Runs the scripts in `spec/<component>/` on every face; all must print what the scripts say.
//!
//! To write down what a new or changed script prints, look at it, and keep it:
//!
//! ```sh
//! UPDATE_GOLDENFILES=1 cargo test --test it conformance::reference
//! ```
//!
//! Commands of `spec/allocator/*` are in `conformance/allocator.rs`; those of `spec/vector/*` (a prefix `b:` names another vector than the usual one; `!` before a
//! command says that it must fail; KIND is u64, f64, string, pod64 or tracked):
//!
//! | command | does |
//! |---|---|
//! | `new KIND`, `with_capacity KIND n`, `from KIND items..` | makes the vector anew |
//! | `push items..`, `pop`, `insert index item`, `remove index`, `swap_remove index` | one by one |
//! | `extend items..`, `resize n item`, `truncate n`, `clear`, `erase first end` | many at once |
//! | `append NAME`, `split_off index NAME`, `clone NAME` | with another vector |
//! | `retain RULE`, `dedup`, `dedup_by tens` | by predicate; RULE is even, below=n, all or none |
//! | `reserve n`, `reserve_exact n`, `shrink_to_fit`, `grow n` | room; `grow` pushes 0.. and notes growths |
//! | `get index`, `show`, `alive`, `free` | look, count the living, end |
//! | `fail_after n` | the n+1st copy from here on fails |

mod allocator;
mod thread_pool;

use std::any::Any;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use goldenscript::{Argument, Command, Context};

use crate::faces::c::{CVec, CppHalf, RustHalf};
use crate::faces::reference::Reference;
use crate::faces::{Elem, Face, Pod64, Tracked, tracked};

type Answer = Result<String, Box<dyn Error>>;

/// A vector of whatever kind on whatever face, driven by text.
trait Scripted: Any {
    /// `others` are the vectors that commands with two vectors may need.
    fn run(&mut self, name: &str, args: &Args<'_>, others: &mut Others) -> Answer;
}

type Others = BTreeMap<String, Box<dyn Scripted>>;

/// The positional arguments of a command; `key=value` arguments stand as they were written.
struct Args<'a>(Vec<&'a str>, Option<(&'a str, &'a str)>);

impl Args<'_> {
    fn text(&self, index: usize) -> Result<&str, Box<dyn Error>> {
        self.0.get(index).copied().ok_or_else(|| format!("argument {index} is missing").into())
    }

    /// A number; `max` is the largest there is.
    fn number(&self, index: usize) -> Result<usize, Box<dyn Error>> {
        let text = self.text(index)?;
        if text == "max" { Ok(usize::MAX) } else { Ok(text.parse()?) }
    }

    fn item<T: Elem>(&self, index: usize) -> Result<T, Box<dyn Error>> {
        let text = self.text(index)?;
        let value = T::parse(text).ok_or_else(|| format!("{text} is no {}", T::KIND))?;
        Ok(T::make(&value))
    }

    fn items<T: Elem>(&self, from: usize) -> Result<Vec<T>, Box<dyn Error>> {
        (from..self.0.len()).map(|index| self.item(index)).collect()
    }
}

/// A face's vector under a script's command.
struct Bench<T: Elem, V: Face<T>>(V, std::marker::PhantomData<T>);

impl<T: Elem, V: Face<T>> Bench<T, V> {
    fn boxed(vec: V) -> Box<dyn Scripted> {
        Box::new(Self(vec, std::marker::PhantomData))
    }

    fn made(args: &Args<'_>, name: &str) -> Result<Box<dyn Scripted>, Box<dyn Error>> {
        Ok(Self::boxed(match name {
            "new" => V::new(),
            "with_capacity" => V::with_capacity(args.number(1)?)?,
            "from" => V::from_slice(&args.items::<T>(1)?)?,
            _ => return Err(format!("{name} makes no vector").into()),
        }))
    }

    fn state(&self) -> String {
        let values = self.0.values();
        let mut text = String::from("[");
        for (index, value) in values.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(text, "{comma}{value:?}").unwrap();
        }
        assert_eq!(self.0.is_empty(), values.is_empty(), "is_empty agrees with len");
        write!(text, "] capacity {}", self.0.capacity()).unwrap();
        text
    }

    fn took(&self, item: T) -> String {
        format!("took {:?}, left {}", item.value(), self.state())
    }

    /// Pushes 0, 1, .. and notes every change of the capacity.
    fn grow(&mut self, pushes: usize) -> Answer {
        let mut text = String::new();
        for index in 0..pushes {
            let before = self.0.capacity();
            self.0.push(T::make(&T::sample(index as u64)))?;
            if self.0.capacity() != before {
                writeln!(text, "len {}: capacity {before} -> {}", index + 1, self.0.capacity())?;
            }
        }
        Ok(text)
    }
}

impl<T: Elem, V: Face<T>> Scripted for Bench<T, V> {
    fn run(&mut self, name: &str, args: &Args<'_>, others: &mut Others) -> Answer {
        let vec = &mut self.0;
        match name {
            "show" => {}
            "get" => {
                return Ok(match vec.get(args.number(0)?) {
                    Some(value) => format!("{value:?}"),
                    None => "none".to_string(),
                });
            }
            "grow" => return self.grow(args.number(0)?),
            "push" => {
                for item in args.items::<T>(0)? {
                    vec.push(item)?;
                }
            }
            "pop" => {
                let item = vec.pop()?;
                return Ok(self.took(item));
            }
            "remove" => {
                let item = vec.remove(args.number(0)?)?;
                return Ok(self.took(item));
            }
            "swap_remove" => {
                let item = vec.swap_remove(args.number(0)?)?;
                return Ok(self.took(item));
            }
            "insert" => vec.insert(args.number(0)?, args.item(1)?)?,
            "extend" => vec.extend_from_slice(&args.items::<T>(0)?)?,
            "resize" => vec.resize(args.number(0)?, &args.item(1)?)?,
            "truncate" => vec.truncate(args.number(0)?)?,
            "clear" => vec.clear()?,
            "erase" => vec.erase(args.number(0)?..args.number(1)?)?,
            "reserve" => vec.reserve(args.number(0)?)?,
            "try_reserve" => vec.try_reserve(args.number(0)?)?,
            "reserve_exact" => vec.reserve_exact(args.number(0)?)?,
            "shrink_to_fit" => vec.shrink_to_fit()?,
            "retain" => match args.1 {
                Some(("below", limit)) => {
                    let limit: u64 = limit.parse()?;
                    vec.retain(&mut |value| T::number(value) < limit)?;
                }
                _ => match args.text(0)? {
                    "even" => vec.retain(&mut |value| T::number(value).is_multiple_of(2))?,
                    "all" => vec.retain(&mut |_| true)?,
                    "none" => vec.retain(&mut |_| false)?,
                    rule => return Err(format!("no rule {rule}").into()),
                },
            },
            "dedup" => vec.dedup_by(&mut |item, kept| item == kept)?,
            "dedup_by" => {
                vec.dedup_by(&mut |item, kept| T::number(item) / 10 == T::number(kept) / 10)?;
            }
            "append" => {
                let other = args.text(0)?;
                let source = others.get_mut(other).ok_or_else(|| format!("no vector {other}"))?;
                let source: &mut dyn Any = source.as_mut();
                let source = source.downcast_mut::<Self>().ok_or("vectors of unlike kinds")?;
                vec.append(&mut source.0)?;
                return Ok(format!("{}\n{other}: {}", self.state(), source.state()));
            }
            "split_off" => {
                let other = vec.split_off(args.number(0)?)?;
                others.insert(args.text(1)?.to_string(), Self::boxed(other));
            }
            "clone" => {
                let other = vec.duplicate()?;
                others.insert(args.text(0)?.to_string(), Self::boxed(other));
            }
            _ => return Err(format!("no command {name}").into()),
        }
        Ok(self.state())
    }
}

/// Makes a vector of a kind: `make(kind, args, command)`; `None` if the face has no such kind.
type Maker = fn(&str, &Args<'_>, &str) -> Option<Result<Box<dyn Scripted>, Box<dyn Error>>>;

macro_rules! maker {
    ($($type:ty => $vec:ty),*) => {
        |kind, args, command| {
            $(if kind == <$type>::KIND {
                return Some(Bench::<$type, $vec>::made(args, command));
            })*
            None
        }
    };
    ($vec:ident $(, $half:ident)?) => {
        maker!(
            u64 => $vec<u64 $(, $half)?>,
            f64 => $vec<f64 $(, $half)?>,
            String => $vec<String $(, $half)?>,
            Pod64 => $vec<Pod64 $(, $half)?>,
            Tracked => $vec<Tracked $(, $half)?>
        )
    };
}

/// Runs one script.
struct Runner {
    make: Maker,
    vectors: Others,
    /// A kind that the script asks for and the face does not have.
    lacks: Option<String>,
}

impl goldenscript::Runner for Runner {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Answer {
        let name = context.prefix.as_deref().unwrap_or("v");
        let mut args = Args(Vec::new(), None);
        for argument in &command.args {
            match argument {
                Argument::Positional(text) => args.0.push(text),
                Argument::KeyValue(key, value) => args.1 = Some((key, value)),
                _ => return Err(format!("what is {argument}?").into()),
            }
        }
        match command.name.as_str() {
            "new" | "with_capacity" | "from" => {
                let kind = args.text(0)?;
                let Some(made) = (self.make)(kind, &args, &command.name) else {
                    self.lacks = Some(kind.to_string());
                    return Err(format!("this face has no {kind}").into());
                };
                let mut vector = made?;
                let state = vector.run("show", &args, &mut self.vectors);
                self.vectors.insert(name.to_string(), vector);
                state
            }
            "free" => {
                self.vectors.remove(name).ok_or_else(|| format!("no vector {name}"))?;
                Ok(String::new())
            }
            "alive" => Ok(format!("{} alive", tracked::alive())),
            "fail_after" => {
                tracked::set_fuse(Some(args.number(0)? as u64));
                Ok(String::new())
            }
            other => {
                let mut vector =
                    self.vectors.remove(name).ok_or_else(|| format!("no vector {name}"))?;
                let answer = vector.run(other, &args, &mut self.vectors);
                self.vectors.insert(name.to_string(), vector);
                answer
            }
        }
    }

    fn end_script(&mut self) -> Result<(), Box<dyn Error>> {
        self.vectors.clear();
        match (tracked::alive(), tracked::faults()) {
            (0, faults) if faults.is_empty() => Ok(()),
            (alive, faults) => Err(format!("{alive} never destroyed, {faults:?}").into()),
        }
    }
}

fn scripts(component: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec").join(component);
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "there are scripts for {component}");
    scripts
}

/// Runs one script, and answers the complaint.
fn run(make: Maker, missing: &[&str], script: &str) -> Result<(), String> {
    tracked::reset();
    let mut runner = Runner { make, vectors: Others::new(), lacks: None };
    let printed = goldenscript::generate(&mut runner, script);
    if runner.lacks.is_some_and(|kind| missing.contains(&kind.as_str())) {
        return Ok(());
    }
    let printed = printed.map_err(|error| format!(" {error}"))?;
    difference(script, &printed).map_or(Ok(()), Err)
}

/// The first line in which what was printed is not what the script says.
fn difference(script: &str, printed: &str) -> Option<String> {
    let lines = script.lines().chain([""]).zip(printed.lines().chain([""]));
    let (line, (want, got)) = (1..).zip(lines).find(|(_, (want, got))| want != got)?;
    Some(format!("{line}\n  should print: {want}\n  but prints:   {got}"))
}

/// Runs every script of a component on one face.
fn check(make: Maker, missing: &[&str]) {
    let mut complaints = String::new();
    for path in scripts("vector") {
        let script = fs::read_to_string(&path).unwrap();
        if let Err(complaint) = run(make, missing, &script) {
            writeln!(complaints, "{}:{complaint}", path.display()).unwrap();
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// The specification read by a program that is not a twin; writes scripts down when asked to.
#[test]
fn reference() {
    let make: Maker = maker!(Reference);
    if std::env::var_os("UPDATE_GOLDENFILES").is_some() {
        for path in scripts("vector") {
            tracked::reset();
            let mut runner = Runner { make, vectors: Others::new(), lacks: None };
            let script = fs::read_to_string(&path).unwrap();
            let printed = goldenscript::generate(&mut runner, &script)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            fs::write(&path, printed).unwrap();
        }
    }
    check(make, &[]);
}

#[test]
fn rust_twin() {
    use diptych::Vector;
    check(maker!(Vector), &[]);
}

/// Element types come to cxx one by one; a tracked one is in `cpp/tests/vector_model_test.cpp`.
#[test]
fn cpp_twin_through_cxx() {
    use diptych::cpp::{VectorF64, VectorPod64, VectorString, VectorU64};
    check(
        maker!(
            u64 => VectorU64,
            f64 => VectorF64,
            String => VectorString,
            Pod64 => VectorPod64
        ),
        &["tracked"],
    );
}

#[test]
fn rust_twin_through_c() {
    check(maker!(CVec, RustHalf), &[]);
}

#[test]
fn cpp_twin_through_c() {
    check(maker!(CVec, CppHalf), &[]);
}

#[test]
fn a_script_that_promises_something_else_is_refused() {
    let script = "new u64\npush 1\n---\n[] capacity 0\n[1] capacity 9\n";
    let complaint = run(maker!(Reference), &[], script).unwrap_err();
    assert!(complaint.contains("[1] capacity 9") && complaint.contains("[1] capacity 8"));

    let script = "from tracked 1 2\npop\n---\n[1, 2] capacity 2\ntook 2, left [1] capacity 2\n";
    let leak: Maker = |kind, args, command| {
        std::mem::forget(Tracked::new(0));
        (maker!(Reference) as Maker)(kind, args, command)
    };
    let complaint = run(leak, &[], script).unwrap_err();
    assert!(complaint.contains("1 never destroyed"), "{complaint}");
}
