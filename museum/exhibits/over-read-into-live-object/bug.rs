//! A heartbeat: the peer sends a length and as many bytes, and gets them back. The length is what
//! the peer says, and behind its message, in the same slab of buffers, lies another's.
#![forbid(unsafe_code)]

use std::ops::Range;

struct Slab {
    bytes: [u8; 256],
    used: usize,
}

impl Slab {
    fn receive(&mut self, message: &[u8]) -> Range<usize> {
        let at = self.used..self.used + message.len();
        self.bytes[at.clone()].copy_from_slice(message);
        self.used = at.end;
        at
    }
}

fn heartbeat(request: &[u8]) -> Vec<u8> {
    let claimed = usize::from(request[0]);
    #[cfg(fixed)]
    if 1 + claimed > request.len() {
        return b"(dropped)".to_vec();
    }
    request[1..1 + claimed].to_vec()
}

fn main() {
    let mut slab = Slab { bytes: [0; 256], used: 0 };
    let honest = slab.receive(b"\x04ping");
    let greedy = slab.receive(b"\x18ping");
    slab.receive(b"password=hunter2 to=bank");
    for request in [honest, greedy] {
        println!("{}", String::from_utf8_lossy(&heartbeat(&slab.bytes[request])));
    }
}
