//! What is compressed and searched: made from a seed, and about as hard to compress as what it
//! stands for. The tests hold them to it.

use diptych_lab::Rng;

/// What an input is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prose: words that follow each other as a Markov chain has them, names, numbers, lines.
    Text,
    /// Records, tables, something like machine code, repeats, and parts that cannot be compressed.
    Binary,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Text, Self::Binary];

    /// As in the names of workloads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }

    /// `n` bytes.
    pub fn bytes(self, n: usize, seed: u64) -> Vec<u8> {
        let mut rng = Rng::new(seed);
        match self {
            Self::Text => text(n, &mut rng),
            Self::Binary => binary(n, &mut rng),
        }
    }
}

/// Common words, the most common first.
const WORDS: &str = "the of and to a in is that it was for on are as with his they at be this from \
    have or by one had not but what all were when we there can an your which their said if do will \
    each about how up out them then she many some so these would other into has more her two like \
    him see time could no make than first been its who now people my made over did down only way \
    find use may water long little very after words called just where most know get through back \
    much before go good new write our used me man too any day same right look think also around \
    another came come work three word must because does part even place well such here take why \
    things help put years different away again off went old number great tell men say small every \
    found still between name should home big give air line set own under read last never us left \
    end along while might next sound below saw something thought both few those always looked show \
    large often together asked house world going want school important until form food keep \
    children feet land side without boy once animals life enough took sometimes four head above \
    kind began almost live page got earth need far hand high year mother light parts country \
    father let night following picture being study second eyes soon times story boys since white \
    days ever paper hard near sentence better best across during today others however sure means";

/// Of which names and rare words are made.
const SYLLABLES: [&str; 32] = [
    "ar", "ber", "con", "dal", "en", "fer", "gra", "hol", "ing", "jo", "kel", "lo", "mar", "ni",
    "or", "per", "qua", "ri", "ster", "tan", "ul", "ver", "wick", "xen", "yor", "zi", "tion",
    "ment", "sch", "bro", "ity", "eau",
];

/// A number below `limit`, which is small.
fn below(rng: &mut Rng, limit: usize) -> usize {
    (rng.next() % limit as u64) as usize
}

/// A rank below 255 after Zipf: each power of two is as likely as the next.
fn rank(rng: &mut Rng) -> usize {
    let octave = below(rng, 8);
    (1 << octave) - 1 + below(rng, 1 << octave)
}

/// Words one after the other; what follows a word depends on it.
struct Prose {
    words: Vec<&'static str>,
    last: usize,
}

impl Prose {
    fn new() -> Self {
        Self { words: WORDS.split_ascii_whitespace().collect(), last: 0 }
    }

    /// Appends the next word: one that is common after the last one, or a rare one.
    fn word(&mut self, rng: &mut Rng, out: &mut Vec<u8>) {
        if rng.next().is_multiple_of(8) {
            for _ in 0..2 + below(rng, 3) {
                out.extend_from_slice(SYLLABLES[below(rng, SYLLABLES.len())].as_bytes());
            }
            return;
        }
        // One half as in all prose, one half as after this word.
        let next = match rng.next() % 2 {
            0 => rank(rng),
            _ => self.last * 89 + rank(rng) / 4,
        };
        self.last = next % self.words.len();
        out.extend_from_slice(self.words[self.last].as_bytes());
    }
}

fn text(n: usize, rng: &mut Rng) -> Vec<u8> {
    let mut out = Vec::with_capacity(n + 64);
    let mut prose = Prose::new();
    let (mut line, mut sentence) = (0, true);
    while out.len() < n {
        let begin = out.len();
        match rng.next() % 64 {
            0 => out.extend_from_slice((rng.next() % 2000).to_string().as_bytes()),
            _ => prose.word(rng, &mut out),
        }
        if sentence {
            out[begin].make_ascii_uppercase();
        }
        sentence = false;
        match rng.next() % 16 {
            0 => {
                out.push(b'.');
                sentence = true;
            }
            1 => out.push(b','),
            _ => {}
        }
        let full = out.len() - line > 72;
        out.push(if full { b'\n' } else { b' ' });
        if full {
            line = out.len();
        }
    }
    out.truncate(n);
    out
}

fn binary(n: usize, rng: &mut Rng) -> Vec<u8> {
    let mut out = Vec::with_capacity(n + 64);
    let (mut id, mut now) = (rng.next() as u32, rng.next() >> 24);
    while out.len() < n {
        let end = out.len() + 256 + below(rng, 1024);
        match rng.next() % 16 {
            // Records: a number that counts, a time that rises, a value, flags, an address.
            0..5 => {
                while out.len() < end {
                    id = id.wrapping_add(1 + (rng.next() % 4) as u32);
                    now += rng.next() % 5000;
                    let value = (rng.next() % 30_000) as f32 / 16.0;
                    out.extend_from_slice(&id.to_le_bytes());
                    out.extend_from_slice(&(1_u16 << (rng.next() % 4)).to_le_bytes());
                    out.extend_from_slice(&[0; 2]);
                    out.extend_from_slice(&now.to_le_bytes());
                    out.extend_from_slice(&value.to_le_bytes());
                    let address = 0x7f3a_0000_0000_u64 | (rng.next() & 0xf_fff0);
                    out.extend_from_slice(&address.to_le_bytes());
                    out.extend_from_slice(&[0; 4]);
                }
            }
            // Instructions: few operations, many operands.
            5..9 => {
                while out.len() < end {
                    let operation = (rank(rng) * 37 % 256) as u8;
                    match operation % 4 {
                        0 => out.push(operation),
                        1 => out.extend_from_slice(&[0x48, operation, (rng.next() % 64) as u8]),
                        2 => out.extend_from_slice(&[operation, 0x24, 8 * (rng.next() % 16) as u8]),
                        _ => {
                            out.push(operation);
                            out.extend_from_slice(&((rng.next() % 65_536) as u32).to_le_bytes());
                        }
                    }
                }
            }
            // A table of small numbers.
            9..11 => {
                while out.len() < end {
                    out.extend_from_slice(&(rank(rng) as u16).to_le_bytes());
                }
            }
            // Pieces of what was there before.
            11..14 if !out.is_empty() => {
                while out.len() < end {
                    let from = below(rng, out.len());
                    let to = (from + 8 + below(rng, 120)).min(out.len());
                    out.extend_from_within(from..to);
                }
            }
            14 => out.resize(end, 0),
            // What was compressed or encrypted before.
            _ => {
                while out.len() < end {
                    out.extend_from_slice(&rng.next().to_le_bytes());
                }
            }
        }
    }
    out.truncate(n);
    out
}

const LEVELS: [&str; 8] = ["INFO", "INFO", "INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"];
const SERVICES: [&str; 6] = ["api.users", "api.orders", "db.pool", "cache", "scheduler", "gateway"];
const TROUBLES: [&str; 8] = [
    "timeout",
    "connection refused",
    "host unreachable",
    "permission denied",
    "buffer overflow",
    "NullPointerException",
    "unexpected end of input",
    "retrying",
];

/// `n` bytes of a server's log.
pub fn log(n: usize, seed: u64) -> Vec<u8> {
    use std::io::Write;

    let mut rng = Rng::new(seed);
    let mut out = Vec::with_capacity(n + 256);
    let mut prose = Prose::new();
    let mut now = rng.next() % 86_000_000;
    while out.len() < n {
        now += rng.next() % 400;
        let (seconds, milliseconds) = (now / 1000 % 86_400, now % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let (level, service) = (LEVELS[below(&mut rng, 8)], SERVICES[below(&mut rng, 6)]);
        let worker = rng.next() % 16;
        write!(
            out,
            "2026-03-{:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z {level} \
             [worker-{worker}] {service}: ",
            1 + seed % 28,
        )
        .expect("memory does not fail");
        for _ in 0..3 + below(&mut rng, 8) {
            prose.word(&mut rng, &mut out);
            out.push(b' ');
        }
        match rng.next() % 8 {
            0..3 => {
                let [a, b, c] = [rng.next() % 256, rng.next() % 256, rng.next() % 256];
                let took = rng.next() % 900;
                write!(out, "from 10.{a}.{b}.{c} took {took} ms").expect("memory does not fail");
            }
            3 => {
                out.extend_from_slice(TROUBLES[below(&mut rng, TROUBLES.len())].as_bytes());
            }
            _ => write!(out, "id={:016x}", rng.next()).expect("memory does not fail"),
        }
        out.push(b'\n');
    }
    out.truncate(n);
    out
}
