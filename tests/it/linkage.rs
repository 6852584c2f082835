//! Every function that a header declares exists in both twins: a missing one does not link.

use std::{collections::BTreeSet, ffi::c_void, ptr};

use diptych::capi::bindings;

include!("../../src/capi/functions.rs");

macro_rules! addresses {
    ($($function:ident)*) => {
        [$((stringify!($function), bindings::$function as *const c_void)),*]
    };
}

#[test]
fn every_declared_function_of_both_twins_has_an_address_of_its_own() {
    let rust = rust_functions!(addresses);
    let cpp = cpp_functions!(addresses);
    assert_eq!(rust.len(), cpp.len());
    let mut seen = BTreeSet::new();
    for (name, address) in rust.into_iter().chain(cpp) {
        assert!(!ptr::eq(address, ptr::null()), "{name}");
        assert!(seen.insert(address), "{name} is another function too");
    }
}
