//! Refuses, at compile time, a function whose signature is not the header's.
//!
//! Two functions fit one array only if they coerce to one pointer type: same arguments, same
//! result, same calling convention.

use super::bindings;

include!("functions.rs");

macro_rules! same {
    ($($function:ident)*) => {
        $(const _: () = { let _ = [bindings::$function, super::exports::$function]; };)*
    };
}

rust_functions!(same);
