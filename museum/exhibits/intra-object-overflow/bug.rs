//! A record of a session as it lies in shared memory. The name is cut to what fits, into the
//! record instead of into its own field.
#![forbid(unsafe_code)]

#[derive(Default)]
#[repr(C)]
struct Session {
    name: [u8; 8],
    admin: bool,
}

fn rename(session: &mut Session, name: &[u8]) {
    #[cfg(not(fixed))]
    let length = name.len().min(size_of::<Session>());
    #[cfg(fixed)]
    let length = name.len().min(session.name.len());
    session.name[..length].copy_from_slice(&name[..length]);
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or_else(|| "mallory!\u{1}".to_owned());
    let mut session = Session::default();
    rename(&mut session, name.as_bytes());
    let role = if session.admin { "an administrator" } else { "a guest" };
    println!("{} is {role}", String::from_utf8_lossy(&session.name));
}
