//! Programs in C and C++ that use the library as its users would: from the build tree, installed,
//! by FetchContent and by pkg-config. Where CMake is absent there is nothing to run.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    slice,
    time::Duration,
};

use super::tools::{self, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder below cargo's, kept between runs so that the next one only builds what changed.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("cargo's folder is writable");
    folder
}

fn cmake(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) {
    run(Command::new("cmake").args(arguments), Duration::from_secs(900));
}

fn build_and_test(source: &Path, build: &Path, definitions: &[String]) {
    cmake(
        [
            OsStr::new("-S"),
            source.as_ref(),
            "-B".as_ref(),
            build.as_ref(),
            "-DCMAKE_BUILD_TYPE=Release".as_ref(),
        ]
        .into_iter()
        .chain(definitions.iter().map(AsRef::as_ref)),
    );
    cmake([OsStr::new("--build"), build.as_ref(), "-j2".as_ref()]);
    let mut ctest = Command::new("ctest");
    ctest.arg("--test-dir").arg(build).args(["--output-on-failure", "--no-tests=error"]);
    run(&mut ctest, Duration::from_secs(600));
}

/// One test, because each step needs what the one before it made.
#[test]
fn programs_in_c_and_cpp_run_on_either_twin_however_they_found_it() {
    if !tools::present("cmake") {
        eprintln!("not run: cmake not found");
        return;
    }
    let (build, prefix) = (folder("cmake"), folder("prefix"));

    // The build tree, with its own programs. The C++ twins' tests are those of `native`.
    let install_prefix = format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display());
    let cargo = format!("-DDIPTYCH_CARGO_DIR={}", folder("cargo").display());
    let options = ["-DDIPTYCH_WARNINGS=ON", "-DDIPTYCH_BUILD_UNIT_TESTS=OFF"];
    let options = options.map(str::to_owned).into_iter().chain([install_prefix, cargo.clone()]);
    build_and_test(root(), &build, &options.collect::<Vec<_>>());

    // Installed, found by CMake.
    cmake([OsStr::new("--install"), build.as_ref()]);
    let consumers = root().join("tests/consumers");
    let prefix_path = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    build_and_test(
        &consumers.join("find_package"),
        &folder("find_package"),
        slice::from_ref(&prefix_path),
    );

    // The laboratory's client, with a side in Rust.
    build_and_test(&root().join("examples/pair_cmake"), &folder("pair_cmake"), &[prefix_path]);

    // Installed, found by pkg-config.
    if tools::present("pkg-config") {
        for twin in ["cpp", "rust"] {
            with_pkg_config(&prefix, twin);
        }
    } else {
        eprintln!("not run: pkg-config not found");
    }

    // The sources brought along.
    let source = format!("-DDIPTYCH_SOURCE={}", root().display());
    build_and_test(&consumers.join("fetch_content"), &folder("fetch_content"), &[source, cargo]);
}

fn with_pkg_config(prefix: &Path, twin: &str) {
    let mut pkg_config = Command::new("pkg-config");
    pkg_config.args(["--cflags", "--libs", "--static", &format!("diptych-{twin}")]);
    pkg_config.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let flags = run(&mut pkg_config, Duration::from_secs(60));

    let program = folder("pkg_config").join(twin);
    let mut compile = Command::new("cc");
    compile.arg("-std=c99").arg(root().join("examples/c/vector.c")).arg("-o").arg(&program);
    compile.args(flags.split_whitespace());
    run(&mut compile, Duration::from_secs(60));
    run(&mut Command::new(program), Duration::from_secs(60));
}
