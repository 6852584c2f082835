// The libraries in C and C++ that take part: read by the build script, which looks for them, and by
// the program, which names those that were not found.

/// A library of the distribution.
#[allow(dead_code, reason = "the build script alone reads all of it")]
pub struct Library {
    /// The component its workloads belong to, and the name of its wrapper in `native/`.
    pub name: &'static str,
    /// The Debian package that has its header and its archive.
    pub package: &'static str,
    /// What it is linked by: `-lz`.
    pub link: &'static str,
    /// Whether it is in C++; else in C.
    pub cpp: bool,
}

/// All of them, in the order of the report.
pub const LIBRARIES: [Library; 5] = [
    Library { name: "zlib", package: "zlib1g-dev", link: "z", cpp: false },
    Library { name: "bzip2", package: "libbz2-dev", link: "bz2", cpp: false },
    Library { name: "snappy", package: "libsnappy-dev", link: "snappy", cpp: true },
    Library { name: "lz4", package: "liblz4-dev", link: "lz4", cpp: false },
    Library { name: "re2", package: "libre2-dev", link: "re2", cpp: true },
];
