//! Runs `spec/thread_pool/*`. A prefix `p:` names a pool.
//!
//! | command | does |
//! |---|---|
//! | `pool n`, `pool n symmetric` | makes it, of n threads |
//! | `fib n` | the number, by joins down to the end |
//! | `spawn n` | n jobs from outside, waited for |
//! | `spawn_inside n` | n jobs from one of its threads, waited for |
//! | `spawn_twice n` | n jobs, each of which spawns another one, waited for |
//! | `within POOL n` | `fib n` of another pool, asked for by a thread of this one, and back |
//! | `end n` | n jobs, and the end of the pool, which does them |

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use goldenscript::{Argument, Command, Context};

use super::scripts;
use crate::faces::threads::{Face, REFERENCE, Threads, on_every_face};

struct Runner {
    face: Face,
    pools: BTreeMap<String, Arc<dyn Threads>>,
}

// ---- Commands -----------------------------------------------------------------------------------

/// By joins, in a thread of the pool.
fn fib(pool: &dyn Threads, n: usize) -> usize {
    if n < 2 {
        return n;
    }
    let (mut a, mut b) = (0, 0);
    pool.join(&mut || a = fib(pool, n - 1), &mut || b = fib(pool, n - 2));
    a + b
}

fn install<R: Send>(pool: &dyn Threads, work: impl Fn() -> R + Sync) -> R {
    let mut result = None;
    pool.install(&mut || result = Some(work()));
    result.expect("installed work is done when it returns")
}

/// So many jobs, and how many were done.
fn spawn(pool: &dyn Threads, count: usize) -> Arc<AtomicUsize> {
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        let done = done.clone();
        pool.spawn(Box::new(move || {
            done.fetch_add(1, SeqCst);
        }));
    }
    done
}

fn told(done: &AtomicUsize) -> String {
    format!("{} done", done.load(SeqCst))
}

impl goldenscript::Runner for Runner {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        let mut args = Vec::new();
        for argument in &command.args {
            let Argument::Positional(text) = argument else {
                return Err(format!("what is {argument}?").into());
            };
            args.push(text.as_str());
        }
        let name = context.prefix.as_deref().ok_or("which pool?")?;
        if let ("pool", [threads, fences @ ..]) = (command.name.as_str(), &args[..]) {
            let pool = (self.face)(threads.parse()?, fences == ["symmetric"]);
            let threads = pool.threads();
            self.pools.insert(name.to_string(), Arc::from(pool));
            return Ok(format!("{threads} threads"));
        }
        let pool = self.pools.get(name).ok_or_else(|| format!("no pool {name}"))?.clone();
        Ok(match (command.name.as_str(), &args[..]) {
            ("fib", [n]) => {
                let n = n.parse()?;
                install(&*pool, || fib(&*pool, n)).to_string()
            }
            ("spawn", [n]) => {
                let done = spawn(&*pool, n.parse()?);
                pool.wait_idle();
                told(&done)
            }
            ("spawn_inside", [n]) => {
                let n = n.parse()?;
                let done = install(&*pool, || spawn(&*pool, n));
                pool.wait_idle();
                told(&done)
            }
            ("spawn_twice", [n]) => {
                let done = Arc::new(AtomicUsize::new(0));
                for _ in 0..n.parse()? {
                    let (inside, done) = (pool.clone(), done.clone());
                    pool.spawn(Box::new(move || {
                        let again = done.clone();
                        inside.spawn(Box::new(move || {
                            again.fetch_add(1, SeqCst);
                        }));
                        done.fetch_add(1, SeqCst);
                    }));
                }
                pool.wait_idle();
                told(&done)
            }
            ("within", [other, n]) => {
                let other = self.pools.get(*other).ok_or("no such pool")?;
                let n = n.parse()?;
                let there = || install(&**other, || install(&*pool, || fib(&**other, n)));
                install(&*pool, there).to_string()
            }
            ("end", [n]) => {
                let done = spawn(&*pool, n.parse()?);
                drop(pool);
                self.pools.remove(name);
                told(&done)
            }
            _ => return Err(format!("no command {command:?}").into()),
        })
    }
}

// ---- Faces --------------------------------------------------------------------------------------

/// Runs every script on one face.
fn check(face: Face) {
    let mut complaints = String::new();
    for path in scripts("thread_pool") {
        let script = fs::read_to_string(&path).unwrap();
        let mut runner = Runner { face, pools: BTreeMap::new() };
        let printed = goldenscript::generate(&mut runner, &script)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(difference) = super::difference(&script, &printed) {
            complaints += &format!("{}:{difference}\n", path.display());
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// The specification read by a program that is not a twin.
#[test]
fn reference() {
    check(REFERENCE);
}

on_every_face!(check);
