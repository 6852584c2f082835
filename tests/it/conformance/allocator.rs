//! Runs `spec/allocator/*`.
//!
//! Every block is filled when it comes, and looked at when it changes or goes; none may overlap
//! another. A prefix `h:` names a heap; without one it is the allocator of all threads. `!` before a
//! command says that it must fail.
//!
//! | command | does |
//! |---|---|
//! | `alloc NAME size`, `zeroed NAME size`, `aligned NAME size align` | a new block |
//! | `resize NAME size` | reallocates it |
//! | `free NAME..`, `free_elsewhere NAME..` | gives blocks back, the latter in another thread |
//! | `many NAME count size`, `free_many NAME` | blocks NAME0, NAME1, .. |
//! | `heap`, `held`, `end` | makes a heap, says what it holds, ends it with its blocks |

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use goldenscript::{Argument, Command, Context};

use super::scripts;
use crate::faces::memory::{Face, REFERENCE, on_every_face};
use crate::faces::shadow::{Op, Shadow};

/// Runs one script.
struct Runner {
    face: Face,
    threads: Option<Shadow>,
    heaps: BTreeMap<String, Shadow>,
}

fn number(text: &str) -> Result<usize, Box<dyn Error>> {
    if text == "max" {
        return Ok(usize::MAX);
    }
    let (digits, unit) = match text.split_at_checked(text.len().saturating_sub(3)) {
        Some((digits, "KiB")) => (digits, 1 << 10),
        Some((digits, "MiB")) => (digits, 1 << 20),
        _ => (text, 1),
    };
    Ok(digits.parse::<usize>()? * unit)
}

impl Runner {
    fn new(face: Face) -> Self {
        Self { face, threads: Some(Shadow::of_threads(face)), heaps: BTreeMap::new() }
    }

    fn memory(&mut self, heap: Option<&str>) -> Result<&mut Shadow, String> {
        match heap {
            None => self.threads.as_mut().ok_or_else(|| "the script has ended".to_string()),
            Some(name) => self.heaps.get_mut(name).ok_or_else(|| format!("no heap {name}")),
        }
    }
}

impl goldenscript::Runner for Runner {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        let heap = context.prefix.as_deref();
        let mut args = Vec::new();
        for argument in &command.args {
            let Argument::Positional(text) = argument else {
                return Err(format!("what is {argument}?").into());
            };
            args.push(text.as_str());
        }
        let face = self.face;
        match (command.name.as_str(), heap) {
            ("heap", Some(name)) => {
                let old = self.heaps.insert(name.to_string(), Shadow::of_heap(face));
                return if old.is_none() { Ok(String::new()) } else { Err("again".into()) };
            }
            ("end", Some(name)) => {
                self.heaps.remove(name).ok_or_else(|| format!("no heap {name}"))?.end();
                return Ok(String::new());
            }
            _ => {}
        }
        let memory = self.memory(heap)?;
        let mut all = String::new();
        match (command.name.as_str(), &args[..]) {
            ("alloc", [name, size]) => all += &memory.run(name, &Op::Allocate(number(size)?))?,
            ("zeroed", [name, size]) => {
                all += &memory.run(name, &Op::AllocateZeroed(number(size)?))?;
            }
            ("aligned", [name, size, align]) => {
                all += &memory.run(name, &Op::AllocateAligned(number(size)?, number(align)?))?;
            }
            ("resize", [name, size]) => all += &memory.run(name, &Op::Reallocate(number(size)?))?,
            ("free", names) => {
                for name in names {
                    all += &memory.run(name, &Op::Deallocate)?;
                }
            }
            ("free_elsewhere", names) => {
                for name in names {
                    all += &memory.run(name, &Op::DeallocateElsewhere)?;
                }
            }
            ("many", [name, count, size]) => {
                for index in 0..number(count)? {
                    memory.run(&format!("{name}{index}"), &Op::Allocate(number(size)?))?;
                }
                all = format!("{count} blocks");
            }
            ("free_many", [name]) => {
                let is_one = |other: &&String| {
                    other.strip_prefix(name).is_some_and(|rest| rest.parse::<usize>().is_ok())
                };
                for name in memory.names().filter(is_one).cloned().collect::<Vec<_>>() {
                    all += &memory.run(&name, &Op::Deallocate)?;
                }
            }
            ("held", []) if heap.is_some() => all += &memory.held()?,
            _ => return Err(format!("no command {command:?}").into()),
        }
        Ok(all)
    }

    fn end_script(&mut self) -> Result<(), Box<dyn Error>> {
        for shadow in std::mem::take(&mut self.heaps).into_values().chain(self.threads.take()) {
            shadow.end();
        }
        Ok(())
    }
}

/// Runs every script on one face.
fn check(face: Face) {
    let mut complaints = String::new();
    for path in scripts("allocator") {
        let script = fs::read_to_string(&path).unwrap();
        let printed = goldenscript::generate(&mut Runner::new(face), &script)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(difference) = super::difference(&script, &printed) {
            complaints += &format!("{}:{difference}\n", path.display());
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// The specification read by a program that is not a twin; writes scripts down when asked to.
#[test]
fn reference() {
    if std::env::var_os("UPDATE_GOLDENFILES").is_some() {
        for path in scripts("allocator") {
            let script = fs::read_to_string(&path).unwrap();
            let printed = goldenscript::generate(&mut Runner::new(REFERENCE), &script)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            fs::write(&path, printed).unwrap();
        }
    }
    check(REFERENCE);
}

on_every_face!(check);
