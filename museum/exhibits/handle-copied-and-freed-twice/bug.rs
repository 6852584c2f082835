//! The session. `session_close` takes the `Box` back, and believes each caller that says it still
//! owns it.
#![no_main]

struct Session {
    port: u32,
}

#[unsafe(no_mangle)]
extern "C" fn session_open(port: u32) -> Box<Session> {
    Box::new(Session { port })
}

#[unsafe(no_mangle)]
extern "C" fn session_port(session: &Session) -> u32 {
    session.port
}

#[unsafe(no_mangle)]
extern "C" fn session_close(_: Option<Box<Session>>) {}
