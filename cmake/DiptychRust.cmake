# The Rust half: target diptych::rust, one archive made by cargo.
#
# The manifest names only the rlib: a list of crate types would silently switch link-time
# optimisation off and triple the archive. `cargo rustc --crate-type staticlib` keeps it. The C++
# half is left out of the archive (--no-default-features), because diptych::cpp has it.

find_program(DIPTYCH_CARGO cargo HINTS $ENV{HOME}/.cargo/bin REQUIRED)
set(diptych_features $<$<BOOL:${DIPTYCH_SECURE}>:--features=secure>)
set(DIPTYCH_CARGO_DIR ${PROJECT_BINARY_DIR}/cargo CACHE PATH
  "Where cargo builds the Rust twin; several builds may share one")
set(diptych_rust_archive ${PROJECT_BINARY_DIR}/libdiptych_rust.a)

# cargo knows what changed; it is asked every time and answers at once when nothing did.
add_custom_target(diptych_cargo ALL
  COMMAND ${CMAKE_COMMAND} -E env --unset=RUSTFLAGS CARGO_TARGET_DIR=${DIPTYCH_CARGO_DIR}
    ${DIPTYCH_CARGO} rustc --quiet --lib --crate-type staticlib --release --locked
    --no-default-features --features capi ${diptych_features} --manifest-path ${PROJECT_SOURCE_DIR}/Cargo.toml -p diptych
  COMMAND ${CMAKE_COMMAND} -E copy_if_different
    ${DIPTYCH_CARGO_DIR}/release/libdiptych.a ${diptych_rust_archive}
  BYPRODUCTS ${diptych_rust_archive}
  COMMENT "cargo builds the Rust twin"
  COMMAND_EXPAND_LISTS VERBATIM)

find_package(Threads REQUIRED)
set(diptych_rust_system_libraries gcc_s rt util m ${CMAKE_DL_LIBS})
add_library(diptych_rust_archive STATIC IMPORTED GLOBAL)
set_target_properties(diptych_rust_archive PROPERTIES IMPORTED_LOCATION ${diptych_rust_archive})
add_dependencies(diptych_rust_archive diptych_cargo)

add_library(diptych_rust INTERFACE)
add_library(diptych::rust ALIAS diptych_rust)
add_dependencies(diptych_rust diptych_cargo)
target_compile_definitions(diptych_rust INTERFACE DPT_USE_RUST)
target_include_directories(diptych_rust INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/cpp/include)
target_link_libraries(diptych_rust INTERFACE
  diptych_rust_archive Threads::Threads ${diptych_rust_system_libraries})

# The Rust allocator under the C library's names: for LD_PRELOAD, or linked before the C library.
set(diptych_rust_malloc ${PROJECT_BINARY_DIR}/libdiptych_malloc_rust.so)
add_custom_target(diptych_malloc_rust ALL
  COMMAND ${CMAKE_COMMAND} -E env --unset=RUSTFLAGS CARGO_TARGET_DIR=${DIPTYCH_CARGO_DIR}
    ${DIPTYCH_CARGO} rustc --quiet --lib --crate-type cdylib --release --locked
    ${diptych_features} --manifest-path ${PROJECT_SOURCE_DIR}/preload/Cargo.toml -p diptych-malloc
  COMMAND ${CMAKE_COMMAND} -E copy_if_different
    ${DIPTYCH_CARGO_DIR}/release/libdiptych_malloc_rust.so ${diptych_rust_malloc}
  BYPRODUCTS ${diptych_rust_malloc}
  COMMENT "cargo builds the Rust allocator under the C library's names"
  COMMAND_EXPAND_LISTS VERBATIM)
# Two cargos in one folder would wait for each other anyway.
add_dependencies(diptych_malloc_rust diptych_cargo)
