//! Workloads of compressors: the one-shot function of each library, which begins with nothing and
//! ends with nothing, from a buffer into a buffer that is large enough.

use std::hint::black_box;

use diptych_lab::{Batch, Contestant, Digest, Prepare, Workload};

use crate::Side;
use crate::inputs::Kind;

/// The two functions of one implementation. Each answers how many bytes it has written, or nothing
/// when it could not do it.
#[derive(Clone, Copy)]
pub struct Codec {
    /// Compresses at a level, where the format has levels.
    pub compress: fn(i32, &[u8], &mut [u8]) -> Option<usize>,
    /// Decompresses.
    pub decompress: fn(&[u8], &mut [u8]) -> Option<usize>,
}

/// A format, and the two implementations that are compared.
pub struct Format {
    /// The component of its workloads.
    pub name: &'static str,
    /// Names, compilers and flags: the distribution's library, the port.
    pub sides: fn() -> [Side; 2],
    /// What they can do.
    pub native: Codec,
    /// See `native`.
    pub port: Codec,
    /// The usual level, and others; a format without levels has one.
    pub levels: &'static [i32],
    /// Input sizes.
    pub sizes: &'static [u64],
    /// Both write the same bytes, which is then part of what is checked.
    pub same_bytes: bool,
}

/// More than any of the libraries asks for.
pub const fn room(n: usize) -> usize {
    n + n / 4 + 1024
}

impl Format {
    /// `compress/text`, or with a level where the format has several.
    pub fn compression(&self, level: i32, kind: Kind) -> String {
        match self.levels.len() {
            1 => format!("compress/{}", kind.name()),
            _ => format!("compress{level}/{}", kind.name()),
        }
    }

    /// Level, kind and size of what is compressed: every kind and size at the usual level, and the
    /// largest text at the others.
    pub fn compressions(&self) -> impl Iterator<Item = (i32, Kind, u64)> {
        let largest = *self.sizes.last().expect("every format has sizes");
        let usual = self.levels[0];
        let all = Kind::ALL.into_iter().flat_map(|kind| self.sizes.iter().map(move |n| (kind, *n)));
        let all = all.map(move |(kind, n)| (usual, kind, n));
        all.chain(self.levels[1..].iter().map(move |&level| (level, Kind::Text, largest)))
    }
}

/// The two contestants of a format.
pub fn contestants(format: &Format) -> [Contestant; 2] {
    let [native, port] = (format.sides)();
    let name = native.name;
    [
        native.contestant(None, workloads(format, format.native)),
        port.contestant(Some(name), workloads(format, format.port)),
    ]
}

fn workloads(format: &Format, codec: Codec) -> Vec<Workload> {
    let workload = |name: String, n: u64, prepare: Prepare| Workload {
        component: format.name.into(),
        name,
        n,
        tracked: false,
        large: false,
        threads: 1,
        prepare,
    };
    let (reference, same_bytes) = (format.native, format.same_bytes);
    let mut workloads = Vec::new();
    for (level, kind, n) in format.compressions() {
        let prepare: Prepare = Box::new(move |n, seed, calls| {
            let inputs = inputs(kind, n, seed, calls);
            let output = touched(room(size(n)));
            Box::new(Compress { codec, reference, level, same_bytes, inputs, output })
        });
        workloads.push(workload(format.compression(level, kind), n, prepare));
    }
    let usual = format.levels[0];
    for kind in Kind::ALL {
        for &n in format.sizes {
            let prepare: Prepare = Box::new(move |n, seed, calls| {
                let inputs = inputs(kind, n, seed, calls);
                // Both sides get what the distribution's library has made.
                let inputs = inputs.iter().map(|input| compressed(reference, usual, input));
                Box::new(Decompress { codec, inputs: inputs.collect(), output: touched(size(n)) })
            });
            workloads.push(workload(format!("decompress/{}", kind.name()), n, prepare));
        }
    }
    workloads
}

fn size(n: u64) -> usize {
    usize::try_from(n).expect("sizes are small")
}

fn inputs(kind: Kind, n: u64, seed: u64, calls: u64) -> Vec<Vec<u8>> {
    (0..calls)
        .map(|call| kind.bytes(size(n), seed.wrapping_mul(1 << 20).wrapping_add(call)))
        .collect()
}

/// Memory that the kernel has given already: its page faults are no part of the work.
fn touched(len: usize) -> Vec<u8> {
    vec![1; len]
}

/// The compressed form of an input.
pub fn compressed(codec: Codec, level: i32, input: &[u8]) -> Vec<u8> {
    let mut output = touched(room(input.len()));
    let len = (codec.compress)(level, input, &mut output).expect("the buffer is large enough");
    output.truncate(len);
    output
}

/// Adds all bytes, and how many they are.
fn add(digest: &mut Digest, bytes: &[u8]) {
    digest.add(bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        digest.add(u64::from_le_bytes(word));
    }
}

struct Compress {
    codec: Codec,
    reference: Codec,
    level: i32,
    same_bytes: bool,
    inputs: Vec<Vec<u8>>,
    output: Vec<u8>,
}

impl Batch for Compress {
    // Where the compressed bytes may differ there is nothing in them that must be equal.
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        for input in &self.inputs {
            let len = (self.codec.compress)(self.level, input, &mut self.output);
            let len = len.expect("the buffer is large enough");
            black_box(&self.output[..len]);
            digest.add(if self.same_bytes { len as u64 } else { input.len() as u64 });
        }
        digest.value()
    }

    // What comes back is what must be equal, whoever has compressed it.
    fn check(&mut self) -> u64 {
        let mut digest = Digest::new();
        for input in &self.inputs {
            let compressed = compressed(self.codec, self.level, input);
            let mut restored = touched(input.len());
            let len = (self.reference.decompress)(&compressed, &mut restored);
            assert!(len == Some(input.len()), "the other side cannot decompress it");
            assert!(restored == *input, "decompressed by the other side it is something else");
            add(&mut digest, &restored);
            if self.same_bytes {
                add(&mut digest, &compressed);
            }
        }
        digest.value()
    }
}

struct Decompress {
    codec: Codec,
    inputs: Vec<Vec<u8>>,
    output: Vec<u8>,
}

impl Decompress {
    fn each(&mut self, mut look: impl FnMut(&[u8])) {
        for input in &self.inputs {
            let len = (self.codec.decompress)(input, &mut self.output);
            look(&self.output[..len.expect("it was compressed by the reference")]);
        }
    }
}

impl Batch for Decompress {
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        self.each(|output| {
            digest.add(output.len() as u64);
            // Eight bytes from each of four places.
            for quarter in output.chunks_exact((output.len() / 4).max(8)) {
                add(&mut digest, &quarter[..8]);
            }
        });
        digest.value()
    }

    fn check(&mut self) -> u64 {
        let mut digest = Digest::new();
        self.each(|output| add(&mut digest, output));
        digest.value()
    }
}
