//! The weight of a level, -1 for what is none. The library knows four levels, so the compiler knows
//! that no fifth can arrive; fixed, the number is checked before it becomes a level.
#![no_main]

#[repr(u8)]
pub enum Level {
    Error,
    Warning,
    Info,
    Debug,
}

#[cfg(fixed)]
impl TryFrom<u8> for Level {
    type Error = u8;

    fn try_from(number: u8) -> Result<Self, u8> {
        Ok(match number {
            0 => Level::Error,
            1 => Level::Warning,
            2 => Level::Info,
            3 => Level::Debug,
            _ => return Err(number),
        })
    }
}

fn weight(level: Level) -> i32 {
    match level {
        Level::Error => 1000,
        Level::Warning => 50,
        Level::Info => 7,
        Level::Debug => 0,
    }
}

#[cfg(not(fixed))]
#[unsafe(no_mangle)]
extern "C" fn level_weight(level: Level) -> i32 {
    weight(level)
}

#[cfg(fixed)]
#[unsafe(no_mangle)]
extern "C" fn level_weight(number: u8) -> i32 {
    Level::try_from(number).map_or(-1, weight)
}
