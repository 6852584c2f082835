//! A server, as an allocator sees one. `cpp/workloads/allocator/server.hpp` is the same thing.
//!
//! 4096 sessions hold a block each, for long. A request takes four to eleven blocks, most of them
//! small, and gives them back when it is done; one in two ends a session and begins another. What a
//! session's block is like changes from phase to phase, as does what users do over a day, so that
//! holes of yesterday's size stay between the blocks of today.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Malloc;
use super::blocks::{Block, Loop, NONE, Series, give_all};

/// Requests of one call.
pub const OPERATIONS: u64 = 65_536;

/// Sessions that live at a time.
const SESSIONS: usize = 4096;

/// Blocks of a request, at most.
const REQUEST: usize = 11;

/// Requests from one phase to the next.
const PHASE: u64 = 8192;

/// The series of a server, and room for what its sessions hold.
pub struct Sessions {
    series: Series,
    sessions: Vec<Block>,
}

/// The server.
pub struct Server<M>(PhantomData<M>);

impl<M: Malloc> Loop for Server<M> {
    type Input = Sessions;

    fn prepare(n: u64, rng: &mut Rng) -> Sessions {
        Sessions { series: Series::new(n, rng), sessions: vec![NONE; SESSIONS] }
    }

    #[inline(always)]
    fn go<const EVERY: bool>(input: &mut Sessions) -> u64 {
        serve::<M, EVERY>(input, |_| {})
    }
}

/// The bytes of a session's block: 32 to 63 in the first phase, up to 4 to 8 KiB in the eighth.
#[inline(always)]
fn session_size(phase: u64, random: u64) -> usize {
    let least = 32 << (phase % 8);
    (least + random % least) as usize
}

/// The bytes of a request's block: three in four are of 16 to 271, one in 64 has 4 to 36 KiB.
#[inline(always)]
fn request_size(random: u64) -> usize {
    let of = random >> 16;
    (match random % 64 {
        0 => 4096 + of % 32_768,
        1..16 => 256 + of % 2048,
        _ => 16 + of % 256,
    }) as usize
}

#[inline(always)]
fn serve<M: Malloc, const EVERY: bool>(
    input: &mut Sessions,
    mut look: impl FnMut(&[Block]),
) -> u64 {
    let mut rng = Rng::new(input.series.seed);
    let mut blocks = [NONE; REQUEST];
    let mut sum = 0_u64;
    for i in 0..input.series.n {
        let random = rng.next();
        let count = 4 + (random % 8) as usize;
        for block in &mut blocks[..count] {
            let random = rng.next();
            *block = Block::take::<M, EVERY>(request_size(random), random);
        }
        if random & 8 != 0 {
            let session = &mut input.sessions[(random >> 32) as usize % SESSIONS];
            sum = sum.wrapping_add(session.give::<M, EVERY>());
            *session = Block::take::<M, EVERY>(session_size(i / PHASE, random >> 8), random);
        }
        sum = sum.wrapping_add(give_all::<M, EVERY>(&mut blocks[..count]));
        if (i + 1) % (PHASE / 4) == 0 {
            look(&input.sessions);
        }
    }
    sum.wrapping_add(give_all::<M, EVERY>(&mut input.sessions))
}

/// What a server holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Requests served so far.
    pub requests: u64,
    /// Bytes that the program has asked for and not given back.
    pub live_bytes: u64,
    /// What `probe` answered.
    pub held_bytes: u64,
}

/// Runs a server of `n` requests, and looks four times in each phase at what the program holds, and
/// by `probe` at what its allocator does: the one over the other is what fragmentation leaves.
pub fn curve<M: Malloc>(n: u64, seed: u64, mut probe: impl FnMut() -> u64) -> Vec<Moment> {
    let mut input = <Server<M> as Loop>::prepare(n, &mut Rng::new(seed));
    let mut moments: Vec<Moment> = Vec::with_capacity(n as usize / (PHASE as usize / 4) + 1);
    serve::<M, true>(&mut input, |sessions| {
        let requests = (moments.len() as u64 + 1) * (PHASE / 4);
        let live_bytes = sessions.iter().map(|session| session.size as u64).sum();
        moments.push(Moment { requests, live_bytes, held_bytes: probe() });
    });
    moments
}
