//! Other people's programs, on every allocator: each is to print what it prints without one. Those
//! that are absent are named.

use std::{
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tempfile::TempDir;
use wait_timeout::ChildExt;

use super::{Preload, preloads, root, stop, succeeds, tools};

// ---- Stages -------------------------------------------------------------------------------------

/// An empty folder in which a program runs on an allocator.
struct Stage<'a> {
    preload: &'a Preload,
    folder: TempDir,
}

impl Stage<'_> {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("it is below the folder")).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command whose surroundings are the same on every machine and in every run.
    fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = self.preload.command(program.as_ref());
        command.args(arguments).current_dir(self.path());
        command.envs([("LC_ALL", "C"), ("TZ", "UTC"), ("TMPDIR", ".")]);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        succeeds(&mut self.command(program, arguments), 300)
    }
}

/// Runs a program without an allocator of ours, and on each; all are to answer the same.
fn prints_the_same(needed: &[&str], program: impl Fn(&Stage<'_>) -> String) {
    let absent: Vec<_> = needed.iter().filter(|name| !tools::present(name)).copied().collect();
    if !absent.is_empty() {
        eprintln!("not run: {} not found", absent.join(", "));
        return;
    }
    let run = |preload: &Preload| program(&Stage { preload, folder: TempDir::new().unwrap() });
    let expected = run(&Preload::none());
    assert!(!expected.is_empty(), "what prints nothing shows nothing");
    for preload in preloads() {
        let printed = run(&preload);
        assert!(printed == expected, "{}: prints\n{printed}\nnot\n{expected}", preload.name);
    }
}

/// A few figures for what is too long to be shown.
fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{} bytes, {:016x}", bytes.len(), hasher.finish())
}

// ---- Languages ----------------------------------------------------------------------------------

const PYTHON: &str = r"
import gc, hashlib, json, os, re, subprocess, sys, threading, zlib
out = hashlib.sha256()
words = {str(i) * (i % 17): [i, {'half': i / 2, 'text': 'x' * (i % 300)}] for i in range(30000)}
text = json.dumps(words, sort_keys=True)
out.update(text.encode())
assert json.loads(text) == json.loads(json.dumps(words))
grown = bytearray()
for i in range(300000):
    grown += b'%d,' % i
out.update(grown)
assert zlib.decompress(zlib.compress(bytes(grown), 9)) == grown
lines = [None] * 8
def work(k):
    lines[k] = sorted(re.findall(r'\d+', ' '.join(str(j * k) for j in range(20000))))[-1]
threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
out.update(repr(lines).encode())
for i in range(20):
    child = os.fork()
    if child == 0:
        junk = [bytes(n) for n in range(0, 100000, 997)]
        os._exit(len(junk) % 256)
    out.update(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
out.update(subprocess.run([sys.executable, '-c', 'print(sum(range(10**6)))'],
                          capture_output=True, check=True).stdout)
gc.collect()
print(out.hexdigest())
";

#[test]
fn python_prints_the_same() {
    prints_the_same(&["python3"], |stage| {
        stage.write("script.py", PYTHON);
        let mut command = stage.command("python3", &["script.py"]);
        // Its own allocator in front of malloc would hide ours.
        succeeds(command.env("PYTHONMALLOC", "malloc"), 300)
    });
}

#[test]
fn python_passes_its_own_tests() {
    const TESTS: [&str; 14] = [
        "test_array",
        "test_bytes",
        "test_ctypes",
        "test_deque",
        "test_dict",
        "test_fork1",
        "test_json",
        "test_list",
        "test_re",
        "test_set",
        "test_struct",
        "test_thread",
        "test_weakref",
        "test_zlib",
    ];
    let imports = ["-c", "import test.test_json, test.test_fork1"];
    let installed = Command::new("python3").args(imports).output();
    if !installed.is_ok_and(|out| out.status.success()) {
        eprintln!("not run: python3 or its tests not found");
        return;
    }
    prints_the_same(&["python3"], |stage| {
        let mut command = stage.command("python3", &["-m", "test", "-q"]);
        command.args(TESTS).env("PYTHONMALLOC", "malloc");
        let printed = succeeds(&mut command, 900);
        // Other lines say how long it took.
        let counts = |line: &&str| line.starts_with("Total tests") || line.ends_with(": SUCCESS");
        printed.lines().filter(counts).collect()
    });
}

const PERL: &str = r#"
use strict; use warnings;
my (%count, @lines);
for my $i (1 .. 60000) {
    my $word = join '', map { chr(97 + ($i * $_) % 26) } 1 .. ($i % 23) + 1;
    $count{$word} .= "$i,";
    push @lines, "$word:$i" if $i % 3;
}
my $text = join "\n", sort @lines;
my $vowels = () = $text =~ /[aeiou]+/g;
(my $other = $text) =~ s/(\w)(\w)/$2$1/g;
my $sum = 0;
$sum = ($sum * 31 + length($count{$_}) + ord) % 1000003 for sort keys %count;
print "$vowels $sum ", unpack('%32C*', $other), "\n";
for my $k (1 .. 20) {
    my $pid = fork // die;
    if (!$pid) { my @junk = map { 'x' x ($_ * $k) } 1 .. 500; exit @junk % 7 }
    waitpid $pid, 0;
    print $? >> 8, "\n";
}
"#;

#[test]
fn perl_prints_the_same() {
    prints_the_same(&["perl"], |stage| {
        stage.write("script.pl", PERL);
        stage.run("perl", &["script.pl"])
    });
}

const SHELL: &str = r#"
total=0
for i in $(seq 1 150); do
    n=$(printf '%s\n' "$i" "$((i * i))" | sort -rn | head -n 1)
    total=$((total + n + $(echo "$i" | wc -c)))
    (x=$(seq 1 "$i" | tail -n 1); [ "$x" = "$i" ]) || exit 1
done
echo "$total"
seq 1 20000 | awk '{ a[$1 % 97] = a[$1 % 97] $1 } END { for (k = 0; k < 97; k++) print a[k] }' |
    sed 's/1/one/g' | sort | cksum
mkdir tree
for i in 1 2 3 4 5 6 7 8; do seq "$i" 5000 >"tree/$i" & done
wait
tar -cf - tree | tar -tf - | sort
cat tree/* | tr 0-9 a-j | cksum
find tree -type f -exec grep -c 77 {} + | sort
"#;

#[test]
fn a_shell_that_forks_a_lot_prints_the_same() {
    for shell in ["bash", "dash"] {
        if !Command::new(shell).args(["-c", ":"]).status().is_ok_and(|status| status.success()) {
            eprintln!("not run: {shell} not found");
            continue;
        }
        prints_the_same(&[], |stage| {
            stage.write("script.sh", SHELL);
            stage.run(shell, &["script.sh"])
        });
    }
}

// ---- Compilers ----------------------------------------------------------------------------------

#[test]
fn compilers_of_c_and_cpp_make_the_same() {
    let includes = ["include", "cpp/include", "lab/include"].map(|folder| root().join(folder));
    let includes: Vec<_> = includes.iter().map(|path| format!("-I{}", path.display())).collect();
    for (compiler, standard, source) in [
        ("gcc", "-std=c11", "tests/c/malloc_model_test.c"),
        ("g++", "-std=c++20", "cpp/src/thread_pool/worker.cpp"),
        ("clang-19", "-std=c11", "tests/c/malloc_model_test.c"),
        ("clang++-19", "-std=c++20", "cpp/src/thread_pool/worker.cpp"),
    ] {
        prints_the_same(&[compiler], |stage| {
            let source = root().join(source);
            let mut command = stage.command(compiler, &[standard, "-O2", "-c", "-o", "made.o"]);
            succeeds(command.args(&includes).arg(source), 300);
            digest(&fs::read(stage.path().join("made.o")).unwrap())
        });
    }
}

const RUST: &str = r#"
use std::{collections::{BTreeMap, HashMap}, sync::{Arc, Mutex, mpsc}, thread};

fn main() {
    let (send, receive) = mpsc::channel::<Vec<String>>();
    let shared = Arc::new(Mutex::new(BTreeMap::new()));
    let threads: Vec<_> = (0..8_u64).map(|k| {
        let (send, shared) = (send.clone(), Arc::clone(&shared));
        thread::spawn(move || {
            for i in 0..400_u64 {
                // Made here, freed by the receiver.
                let words = (0..i % 50).map(|j| "w".repeat((i * j * k) as usize % 900)).collect();
                send.send(words).unwrap();
                let mut counts = HashMap::new();
                for j in 0..200 { *counts.entry((i * j) % 67).or_insert(0_u64) += j; }
                let most = counts.values().copied().max().unwrap();
                shared.lock().unwrap().insert((k, i), vec![most; (i % 300) as usize]);
            }
        })
    }).collect();
    drop(send);
    let letters: usize = receive.iter().flatten().map(|word| word.len()).sum();
    for thread in threads { thread.join().unwrap(); }
    let sum: u64 = shared.lock().unwrap().values().flatten().sum();
    let mut grown = Vec::new();
    for i in 0..5_000_000_u64 { grown.push(i ^ sum); }
    println!("{letters} {sum} {}", grown.iter().fold(0, |a: u64, x| a.rotate_left(5) ^ x));
}
"#;

/// rustc brings an allocator of its own; cargo, the linker and what is built do not.
#[test]
fn cargo_builds_a_program_of_many_threads_that_prints_the_same() {
    prints_the_same(&[], |stage| {
        stage.write("Cargo.toml", "[package]\nname = \"built\"\nedition = \"2024\"\n[workspace]\n");
        stage.write("src/main.rs", RUST);
        let mut cargo = stage.command(env!("CARGO"), &["build", "--offline", "--quiet"]);
        for inherited in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(inherited);
        }
        succeeds(cargo.env("CARGO_TARGET_DIR", "target"), 600);
        let built = stage.path().join("target/debug/built");
        (0..5).map(|_| succeeds(&mut stage.command(&built, &[]), 300)).collect()
    });
}

// ---- Stores -------------------------------------------------------------------------------------

#[test]
fn git_keeps_the_same() {
    prints_the_same(&["git"], |stage| {
        let git = |arguments: &[&str]| {
            let mut command = stage.command("git", arguments);
            for who in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{who}_NAME"), "Twin");
                command.env(format!("GIT_{who}_EMAIL"), "twin@example.org");
                command.env(format!("GIT_{who}_DATE"), "2001-02-03T04:05:06Z");
            }
            succeeds(
                command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null"),
                300,
            )
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        for commit in 0..6_usize {
            for file in 0..80_usize {
                let line =
                    |n: usize| format!("{} of {file}\n", n * (1 + usize::from(n % 7 == commit)));
                stage.write(
                    &format!("d{}/f{file}", file % 9),
                    &(0..file * 9).map(line).collect::<String>(),
                );
            }
            git(&["add", "--all"]);
            git(&["commit", "--quiet", "--message", &format!("Change {commit}")]);
        }
        git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
        git(&["repack", "-adfq", "--depth=20", "--threads=4"]);
        let mut printed = git(&["log", "--stat", "--format=%H %T %s"]);
        printed += &git(&["cat-file", "--batch-all-objects", "--batch-check"]);
        printed += &git(&["fsck", "--full", "--strict"]);
        printed += &git(&["grep", "--count", "13 of"]);
        printed + &digest(git(&["log", "-p", "--find-renames"]).as_bytes())
    });
}

const SQL: &str = "
CREATE TABLE t(id INTEGER PRIMARY KEY, k INT, v TEXT, b BLOB);
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 60000)
INSERT INTO t SELECT x, (x * 7919) % 10007, printf('%d-%s', x, hex(x * x)), zeroblob(x % 400) FROM c;
CREATE INDEX i ON t(k, v);
SELECT count(*), sum(length(v)), sum(length(b)), max(v) FROM t;
SELECT k % 10, count(*), group_concat(id % 100) FROM t WHERE k < 200 GROUP BY 1 ORDER BY 1;
UPDATE t SET v = v || upper(v) WHERE k % 3 = 0;
DELETE FROM t WHERE k % 11 = 5;
SELECT count(*), sum(length(v)) FROM t a WHERE EXISTS (SELECT 1 FROM t b WHERE b.k = a.k AND b.id > a.id);
SELECT length(group_concat(v)) FROM (SELECT v FROM t ORDER BY v DESC);
VACUUM;
PRAGMA integrity_check;
";

#[test]
fn sqlite_answers_the_same() {
    prints_the_same(&["sqlite3"], |stage| {
        stage.run("sqlite3", &[":memory:", SQL]) + &stage.run("sqlite3", &["file.db", SQL])
    });
}

const LUA: &str = "
for i = 1, 4000 do
    redis.call('set', 's' .. i, string.rep('x', i % 700))
    redis.call('hset', 'h' .. i % 50, 'f' .. i, i * i)
    redis.call('rpush', 'l' .. i % 20, string.rep('y', i % 90))
    redis.call('zadd', 'z', i % 313, 'm' .. i)
    if i % 3 == 0 then redis.call('del', 's' .. i - 1) end
end
local sums = {}
for _, key in ipairs({'l0', 'l7', 'l19'}) do
    sums[#sums + 1] = redis.sha1hex(table.concat(redis.call('lrange', key, 0, -1)))
end
sums[#sums + 1] = redis.sha1hex(table.concat(redis.call('zrange', 'z', 0, -1, 'WITHSCORES')))
sums[#sums + 1] = redis.sha1hex(table.concat(redis.call('hvals', 'h0'))) and redis.call('hlen', 'h0')
sums[#sums + 1] = redis.call('dbsize')
return sums";

#[test]
fn a_redis_server_under_load_answers_the_same() {
    prints_the_same(&["redis-server", "redis-cli", "redis-benchmark"], |stage| {
        let options = ["--port", "0", "--unixsocket", "socket", "--save", "", "--io-threads", "2"];
        let mut command = stage.command("redis-server", &options);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(server.stdout.take().expect("it is piped"));
        let (ready, is_ready) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut all = String::new();
            for line in log.lines().map_while(Result::ok) {
                let _ = writeln!(all, "{line}");
                if line.to_lowercase().contains("ready to accept") {
                    let _ = ready.send(());
                }
            }
            all
        });
        let socket = stage.path().join("socket");
        let socket = socket.to_str().unwrap();
        // Whatever goes wrong, the server does not outlive the test.
        let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            is_ready.recv_timeout(Duration::from_secs(60)).expect("the server is ready");
            let load =
                ["-s", socket, "-n", "8000", "-P", "4", "-r", "5000", "-q", "--threads", "2"];
            stage.run("redis-benchmark", &load);
            let cli =
                |arguments: &[&str]| stage.run("redis-cli", &[&["-s", socket], arguments].concat());
            cli(&["flushall"]);
            let answer = cli(&["eval", LUA, "0"]);
            // The server forks to write this.
            cli(&["--rdb", "dump.rdb"]);
            assert!(fs::metadata(stage.path().join("dump.rdb")).unwrap().len() > 10000);
            let _ = super::outcome(
                &mut stage.command("redis-cli", &["-s", socket, "shutdown", "nosave"]),
                60,
            );
            answer
        }));
        let status = server.wait_timeout(Duration::from_secs(60)).unwrap();
        if status.is_none() {
            stop(&mut server);
            server.wait().unwrap();
        }
        let log = reader.join().unwrap();
        let ended_well = status.is_some_and(|status| status.success());
        assert!(used.is_ok() && ended_well, "{}: {status:?}\n{log}", stage.preload.name);
        used.unwrap_or_default()
    });
}
