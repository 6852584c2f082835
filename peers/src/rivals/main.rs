//! Judges other benchmark tools by the laboratory's own measure: how often they see a difference
//! where there is none, and how often they see one that is there.
//!
//! The real Criterion (this program is linked with it) and the real Google Benchmark with its
//! `compare.py` run the kernels of `diptych_lab::kernels` as their users would: a baseline in one
//! process, then a contender in another that does 0, 0.5, 1, 2 or 5 % more, then the tool's own
//! verdict. Options are their defaults, and for Google Benchmark the nine repetitions that
//! `compare.py` asks for. A neighbour makes noise meanwhile, as in `diptych calibrate`.
//!
//! ```text
//! cargo run --release -p diptych-peers --features rivals --bin rivals -- --comparisons 20
//! ```
//! A comparison takes 10 to 20 seconds, and there are comparisons x 3 shares x 4 kernels x 2 tools.

mod criterion_rival;
mod google;
mod report;

use std::env;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand, ValueEnum};
use diptych_lab::{
    kernels,
    neighbour::{self, Neighbour},
};

use report::Report;

#[derive(Parser)]
#[command(about = "False positives and power of other benchmark tools", version)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Comparisons for each tool, kernel and share of added work
    #[arg(long, default_value_t = 20)]
    comparisons: usize,
    /// Shares of added work in percent, some of 0, 0.5, 1, 2, 5; none, and those that `diptych
    /// calibrate` tries, when absent
    #[arg(long, value_delimiter = ',')]
    added: Vec<f64>,
    /// Only kernels whose name contains one of these: hash, push, map, threads
    #[arg(long, value_delimiter = ',')]
    kernel: Vec<String>,
    /// Only this tool
    #[arg(long, value_enum)]
    tool: Option<Tool>,
    /// No noise
    #[arg(long)]
    quiet: bool,
    /// Where the result goes; written anew after every comparison
    #[arg(long, default_value = "results/rivals.json")]
    json: PathBuf,
}

/// What this program is when it has started itself.
#[derive(Subcommand)]
enum Role {
    /// Runs one kernel under Criterion
    #[command(hide = true)]
    Criterion { kernel: String, contestant: String },
}

/// A benchmark tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tool {
    /// In Rust
    Criterion,
    /// In C++
    Google,
}

impl Tool {
    /// The contestant that does `percent` more.
    fn contestant(self, percent: f64) -> String {
        let plain = match self {
            Self::Criterion => "rust",
            Self::Google => "c++",
        };
        if percent == 0.0 { plain.into() } else { format!("{plain} +{percent} %") }
    }
}

impl Display for Tool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Criterion => "Criterion",
            Self::Google => "Google Benchmark",
        })
    }
}

/// What a tool says of the second run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Slower,
    Faster,
    Same,
}

/// One comparison.
#[derive(Clone, Copy, Debug)]
struct Answer {
    verdict: Verdict,
    /// Of the change, as a share of the baseline.
    estimate: f64,
}

fn main() -> ExitCode {
    if env::args().nth(1).as_deref() == Some(neighbour::ARGUMENT) {
        neighbour::disturb();
    }
    let arguments = Arguments::parse();
    let done = match &arguments.role {
        Some(Role::Criterion { kernel, contestant }) => {
            criterion_rival::measure(kernel, contestant)
        }
        None => compare(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("rivals: {reason}");
            ExitCode::from(2)
        }
    }
}

/// All comparisons, one of each kind after the other, so that what drifts meets all alike.
fn compare(arguments: &Arguments) -> Result<(), String> {
    let wanted = |name: &str| {
        arguments.kernel.is_empty() || arguments.kernel.iter().any(|part| name.contains(part))
    };
    let all = kernels::contestants();
    let kernels: Vec<&str> =
        all[0].workloads.iter().map(|w| w.name.as_str()).filter(|name| wanted(name)).collect();
    let tools: Vec<Tool> = [Tool::Criterion, Tool::Google]
        .into_iter()
        .filter(|&tool| arguments.tool.is_none_or(|only| only == tool))
        .collect();
    if kernels.is_empty()
        || arguments.added.iter().any(|added| ![0.0, 0.5, 1.0, 2.0, 5.0].contains(added))
    {
        return Err("no such kernel or share of added work".into());
    }
    let google = tools.contains(&Tool::Google).then(google::Google::find).transpose()?;
    let mut report = Report::new(!arguments.quiet);
    if tools.contains(&Tool::Criterion) {
        report.tool(Tool::Criterion, criterion_rival::VERSION, criterion_rival::OPTIONS);
    }
    if let Some(google) = &google {
        report.tool(Tool::Google, google.version(), google::OPTIONS);
    }
    let noise = (!arguments.quiet).then(Neighbour::start).transpose();
    let _noise = noise.map_err(|error| format!("the neighbour cannot be started: {error}"))?;
    let shares = |kernel: &str| match &arguments.added[..] {
        [] => [&[0.0], kernels::shares(kernel)].concat(),
        asked => asked.to_vec(),
    };
    for round in 1..=arguments.comparisons {
        for &tool in &tools {
            for &kernel in &kernels {
                for percent in shares(kernel) {
                    let begin = Instant::now();
                    let contestants = [tool.contestant(0.0), tool.contestant(percent)];
                    let answer = match &google {
                        Some(google) if tool == Tool::Google => {
                            google.compare(kernel, &contestants)
                        }
                        _ => criterion_rival::compare(kernel, &contestants),
                    }?;
                    let seconds = begin.elapsed().as_secs_f64();
                    println!(
                        "{round}/{} {tool} {kernel} +{percent} %: {:?}, {:+.2} %, {seconds:.1} s",
                        arguments.comparisons,
                        answer.verdict,
                        100.0 * answer.estimate,
                    );
                    report.add(tool, kernel, percent, answer, seconds);
                    report.write(&arguments.json)?;
                }
            }
        }
    }
    Ok(())
}
