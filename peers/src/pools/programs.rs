//! Thread pools in C++, each in a program of its own: `peers/cpp/pools/*.cpp`. Of their libraries
//! those are built that are found; the others are named.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::builds::{self, Compiler, Plan};

/// A pool in C++.
pub struct Program {
    /// As its worker calls it.
    pub name: &'static str,
    source: &'static str,
    /// Which of its headers is looked for.
    header: &'static str,
    /// Who has it.
    from: From,
    /// What the compiler is told besides, and the linker.
    flags: &'static [&'static str],
    libraries: &'static [&'static str],
}

/// Where a library comes from.
enum From {
    /// The system: what the package is called on Debian.
    Package(&'static str),
    /// A copy: the environment variable that says where it lies, and folders of it with headers.
    Copy(&'static str, &'static [&'static str]),
}

use From::{Copy, Package};

/// All of them.
pub const PROGRAMS: [Program; 7] = [
    Program {
        name: "oneTBB",
        source: "onetbb.cpp",
        header: "oneapi/tbb/version.h",
        from: Package("libtbb-dev"),
        flags: &[],
        libraries: &["-ltbb"],
    },
    Program {
        name: "OpenMP",
        source: "openmp.cpp",
        header: "omp.h",
        from: Package("g++, or libomp-dev for clang++"),
        flags: &["-fopenmp"],
        libraries: &[],
    },
    Program {
        name: "boost.asio",
        source: "asio.cpp",
        header: "boost/asio/thread_pool.hpp",
        from: Package("libboost-dev"),
        flags: &[],
        libraries: &[],
    },
    Program {
        name: "Taskflow",
        source: "taskflow.cpp",
        header: "taskflow/taskflow.hpp",
        from: Copy("DIPTYCH_TASKFLOW", &[""]),
        flags: &[],
        libraries: &[],
    },
    Program {
        name: "dispenso",
        source: "dispenso.cpp",
        header: "dispenso/thread_pool.cpp",
        from: Copy("DIPTYCH_DISPENSO", &["", "dispenso/third-party"]),
        flags: &[],
        libraries: &[],
    },
    Program {
        name: "libfork",
        source: "libfork.cpp",
        header: "libfork.hpp",
        from: Copy("DIPTYCH_LIBFORK", &["include"]),
        flags: &[],
        libraries: &[],
    },
    Program {
        name: "BS::thread_pool",
        source: "bs.cpp",
        header: "BS_thread_pool.hpp",
        from: Copy("DIPTYCH_BS_THREAD_POOL", &["include"]),
        flags: &[],
        libraries: &[],
    },
];

impl Program {
    /// Builds it, or finds it built. An error is why not, in one line.
    pub fn build(&self, compiler: &Compiler) -> Result<PathBuf, String> {
        let mut further: Vec<String> = self.flags.iter().map(|&flag| flag.to_owned()).collect();
        if let Copy(variable, folders) = self.from {
            // Without one, the compiler may know a place.
            if let Some(root) = env::var_os(variable) {
                let folder = |folder: &&str| Path::new(&root).join(folder).display().to_string();
                let folders = folders.iter().flat_map(|one| ["-isystem".to_owned(), folder(one)]);
                further.extend(folders);
            }
        }
        let mut asked = compiler.start();
        asked.args(&further).arg(builds::STANDARD).args(["-x", "c++", "-M", "-include"]);
        if !succeeds(asked.args([self.header, "/dev/null"])) {
            return Err(match self.from {
                Package(package) => format!("{} is not found: {package} has it", self.header),
                Copy(variable, _) => {
                    format!("{} is not found: {variable} says where a copy lies", self.header)
                }
            });
        }
        further.push("-pthread".to_owned());
        Plan::of_pool(self.source, further, self.libraries).worker(compiler)
    }
}

/// The compiler for all of them: `CXX`, as for the C++ half of this program.
pub fn compiler() -> Result<Compiler, String> {
    Compiler::find(&env::var("CXX").unwrap_or_else(|_| "c++".to_owned()))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_named_with_who_has_it() {
        let compiler = compiler().expect("the tests are built with one");
        let absent = |from| {
            let header = "there/is/no/such.hpp";
            let of = Program { name: "", source: "", header, from, flags: &[], libraries: &[] };
            of.build(&compiler).expect_err("it is not there")
        };
        let reason = absent(Package("libnone-dev"));
        assert_eq!(reason, "there/is/no/such.hpp is not found: libnone-dev has it");
        let reason = absent(Copy("DIPTYCH_NONE", &["include"]));
        assert_eq!(
            reason,
            "there/is/no/such.hpp is not found: DIPTYCH_NONE says where a copy lies"
        );
    }

    /// The worker's answers to these commands, the last one a line.
    #[cfg(feature = "pools")]
    fn asked(worker: &Path, commands: &str) -> Vec<String> {
        use std::{io::Write, process::Stdio};
        let pipe = Stdio::piped;
        let mut child = Command::new(worker).stdin(pipe()).stdout(pipe()).spawn().expect("built");
        let mut input = child.stdin.take().expect("it was asked for");
        input.write_all(format!("hello\t1\n{commands}quit\n").as_bytes()).expect("it listens");
        let told = child.wait_with_output().expect("it answers").stdout;
        String::from_utf8_lossy(&told).lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    #[cfg(feature = "pools")]
    fn all_pools_that_are_found_do_the_same_work_as_none() {
        let [serial, _] = super::super::serial::contestants();
        let compiler = compiler().expect("the tests are built with one");
        for program in PROGRAMS {
            let Ok(worker) = program.build(&compiler) else { continue };
            let mut compared = 0;
            for line in asked(&worker, "list\n").iter().filter(|line| line.starts_with("work")) {
                let [_, component, name, n, ..] = line.split('\t').collect::<Vec<_>>()[..] else {
                    panic!("{line} is no workload");
                };
                let ours = serial.workloads.iter().find(|ours| ours.name == name).expect(name);
                assert_eq!(n, ours.n.to_string(), "{name} by {}", program.name);
                let open = format!("open\t{}\t{component}\t{name}\t{n}\n", program.name);
                let told = asked(&worker, &format!("{open}check\t5\t2\nsample\t6\t2\n"));
                let digests = [1, 2].map(|at| told[at].rsplit('\t').next().unwrap_or_default());
                let ours =
                    [(ours.prepare)(ours.n, 5, 2).check(), (ours.prepare)(ours.n, 6, 2).run()];
                assert_eq!(digests, ours.map(|one| format!("{one:016x}")), "{line} {told:?}");
                compared += 1;
            }
            assert!(compared >= 2, "{} does nothing", program.name);
        }
    }

    #[test]
    fn every_pool_has_a_source_of_its_own() {
        for Program { name, source, header, .. } in PROGRAMS {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cpp/pools").join(source);
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(text.contains(&format!("\"{name}\"")), "{} has {name}", path.display());
            let folder = header.rsplit_once('/').map_or(header, |(folder, _)| folder);
            assert!(text.contains(&format!("<{folder}")), "{name} includes {folder}");
        }
    }
}
