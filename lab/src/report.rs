//! What a run found, as the table and the JSON file show it: `spec/lab-json.md`.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::advice::advice;
use crate::calibrate::{Probe, spelled};
use crate::callgrind::Counted;
use crate::commands::Figures;
use crate::contest::Trouble;
use crate::design::{Design, Policy, Scheduling};
use crate::detail::HeapOf;
use crate::effects::Effect;
use crate::environment::Environment;
use crate::json::rounded;
use crate::layout::Layout;
use crate::memory::Counts;
use crate::perf::Hardware;
use crate::plan::Plan;
use crate::processor::Cores;
use crate::require::Judged;
use crate::roster::{Entrant, Group};
use crate::stats::median;
use crate::timing::{Launch, Launched, PairValue};
use crate::toolchain::Toolchain;
use crate::variants::Variants;
use crate::verdict::{
    self, CONFIDENCE, Case, EQUIVALENCE, LEAST_EFFECT, Padded, Ratio, Verdict, layout_margin,
};

/// The version of the JSON schema: changes when a field changes its meaning or goes.
pub(crate) const SCHEMA: u32 = 1;

/// What kind of file it is.
pub(crate) const NAME: &str = "diptych-lab";

/// Everything a run found. Fields that a file of this version may lack, as an older laboratory wrote
/// it, have a default.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) schema: Cow<'static, str>,
    pub(crate) version: u32,
    /// `false`: stopped before its end.
    pub(crate) complete: bool,
    /// How long the run took, in seconds.
    pub(crate) seconds: f64,
    pub(crate) environment: Environment,
    pub(crate) method: Method,
    /// Whether the cores were shared; `None` where processes roam.
    pub(crate) cores: Option<Cores>,
    pub(crate) contestants: Vec<About>,
    pub(crate) rows: Vec<Row>,
    #[serde(default)]
    pub(crate) heaps: Vec<HeapOf>,
    #[serde(default)]
    pub(crate) layouts: Vec<Layout>,
    #[serde(default)]
    pub(crate) requirements: Vec<Judged>,
    #[serde(default)]
    pub(crate) effects: Vec<Effect>,
    pub(crate) failures: Vec<Failed>,
}

/// Of work of one thread.
fn by_wall() -> Cow<'static, str> {
    "wall".into()
}

fn one() -> u32 {
    1
}

/// How it was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Method {
    pub(crate) launches: usize,
    pub(crate) confidence: f64,
    pub(crate) correction: Cow<'static, str>,
    pub(crate) least_effect: f64,
    pub(crate) equivalence: f64,
    #[serde(default)]
    pub(crate) design: Design,
    #[serde(default)]
    pub(crate) scheduling: Scheduling,
    pub(crate) seed: u64,
}

impl Method {
    /// The method of this version.
    pub(crate) fn new(launches: usize, design: Design, scheduling: Scheduling, seed: u64) -> Self {
        Self {
            launches,
            design,
            scheduling,
            confidence: CONFIDENCE,
            correction: "holm".into(),
            least_effect: LEAST_EFFECT,
            equivalence: EQUIVALENCE,
            seed,
        }
    }
}

/// A contestant and how it was built.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) compiler: String,
    /// The code generator behind the compiler: `LLVM 22`.
    pub(crate) backend: Option<String>,
    /// The standard library: `libstdc++ 12`.
    pub(crate) library: Option<String>,
    pub(crate) flags: String,
    /// Layouts of its code that launches rotated through: how far each moves it, in bytes.
    #[serde(default)]
    pub(crate) paddings: Vec<u64>,
    /// Why there is only one, where there is.
    pub(crate) paddings_reason: Option<String>,
}

impl About {
    /// What an entrant says of itself, what that means, and how it took part.
    pub(crate) fn new(entrant: &Entrant, variants: &Variants) -> Self {
        let made = Toolchain::read(&entrant.compiler, &entrant.flags);
        Self {
            name: entrant.name.clone(),
            language: entrant.language.clone(),
            compiler: entrant.compiler.clone(),
            backend: made.backend.map(|backend| backend.to_string()),
            library: made.library,
            flags: entrant.flags.clone(),
            paddings: variants.shifts(&entrant.program),
            paddings_reason: variants.reason(&entrant.program).map(str::to_owned),
        }
    }
}

/// The same pair, measured in another way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opinion {
    pub(crate) ratio: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    #[serde(serialize_with = "rounded")]
    pub(crate) log_ratios: Vec<f64>,
}

impl Opinion {
    fn new(log_ratios: Vec<f64>) -> Option<Self> {
        let Ratio { ratio, low, high, .. } = verdict::ratio(&log_ratios)?;
        Some(Self { ratio, low, high, log_ratios })
    }

    fn ratio(&self) -> Ratio {
        Ratio { ratio: self.ratio, low: self.low, high: self.high, outliers: 0 }
    }
}

/// One contestant against one baseline, or by itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) tracked: bool,
    #[serde(default = "one")]
    pub(crate) threads: u32,
    /// The clock that `ratio` is by: `wall`, or `cpu` for work of several threads.
    #[serde(default = "by_wall")]
    pub(crate) clock: Cow<'static, str>,
    pub(crate) contestant: String,
    pub(crate) language: String,
    pub(crate) compiler: String,
    pub(crate) baseline: Option<String>,
    pub(crate) ratio: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) verdict: Verdict,
    /// Why there is no ratio, where there is none.
    pub(crate) reason: Option<String>,
    /// What would change the verdict, in a sentence and in a few words.
    pub(crate) would_change: Option<String>,
    pub(crate) needs: Option<String>,
    pub(crate) aa_floor: Option<f64>,
    pub(crate) layout_margin: Option<f64>,
    /// What a difference must exceed: the largest of the two above and `least_effect`.
    pub(crate) margin: Option<f64>,
    pub(crate) other_clock: Option<Opinion>,
    pub(crate) in_process: Option<Opinion>,
    pub(crate) pinned: Option<Opinion>,
    pub(crate) launches: usize,
    pub(crate) outliers: usize,
    #[serde(serialize_with = "rounded")]
    pub(crate) log_ratios: Vec<f64>,
    pub(crate) calls_per_sample: Option<u64>,
    pub(crate) samples_per_launch: Option<f64>,
    /// The share of rounds on a core that somebody else used too.
    pub(crate) core_shared: Option<f64>,
    pub(crate) wall_ns: Option<f64>,
    pub(crate) wall_ns_per_element: Option<f64>,
    pub(crate) cpu_ns: Option<f64>,
    pub(crate) cpu_ns_per_element: Option<f64>,
    pub(crate) minor_faults: Option<f64>,
    pub(crate) allocs: Option<u64>,
    pub(crate) reallocs: Option<u64>,
    pub(crate) frees: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) live_at_end: Option<i64>,
    /// Why the counts above are null, where they are.
    pub(crate) memory_reason: Option<String>,
    pub(crate) peak_rss_bytes: Option<u64>,
    /// Why the count above is null, where it is.
    pub(crate) peak_rss_reason: Option<String>,
    pub(crate) hardware: Option<Hardware>,
    /// Why the counts above are null, where they are.
    pub(crate) hardware_reason: Option<String>,
    pub(crate) copies: Option<u64>,
    pub(crate) moves: Option<u64>,
    pub(crate) destroys: Option<u64>,
    pub(crate) copy_assigns: Option<u64>,
    pub(crate) move_assigns: Option<u64>,
    pub(crate) relocated_bytes: Option<u64>,
    /// Why the counts above are null, where they are.
    pub(crate) tracked_reason: Option<String>,
    pub(crate) instructions: Option<f64>,
    pub(crate) instructions_per_element: Option<f64>,
    /// How far apart two counts were.
    pub(crate) instructions_spread: Option<f64>,
    /// Why the counts above are null, where they are, or not exact.
    pub(crate) instructions_reason: Option<String>,
    pub(crate) d1_misses: Option<f64>,
    pub(crate) ll_misses: Option<f64>,
    pub(crate) branch_misses: Option<f64>,
    /// Why the counts above are null, where they are.
    pub(crate) simulation_reason: Option<String>,
    pub(crate) digest: Option<String>,
    /// Of whole programs.
    pub(crate) command: Option<Figures>,
}

/// What went wrong with one contestant in one group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) contestant: String,
    pub(crate) message: String,
}

/// What all passes found of one group.
#[derive(Debug)]
pub(crate) struct Found {
    /// As it was entered: with the members that failed later.
    pub(crate) group: Group,
    pub(crate) digest: Option<u64>,
    pub(crate) plan: Option<Plan>,
    pub(crate) launches: Vec<Launch>,
    pub(crate) counts: BTreeMap<usize, Counts>,
    pub(crate) instructions: BTreeMap<usize, Result<Counted, String>>,
    pub(crate) troubles: Vec<Trouble>,
    /// A program as it was built, whose code no launch moves.
    pub(crate) whole: bool,
}

impl Found {
    /// Nothing yet.
    pub(crate) fn new(group: Group, probes: &[Probe]) -> Self {
        Self {
            group,
            digest: probes.first().map(|probe| probe.digest),
            plan: None,
            launches: Vec::new(),
            counts: BTreeMap::new(),
            instructions: BTreeMap::new(),
            troubles: Vec::new(),
            whole: false,
        }
    }

    fn trouble(&self, entrant: usize) -> Option<&Trouble> {
        self.troubles.iter().find(|trouble| trouble.entrant == entrant)
    }

    fn under(&self, policy: Policy) -> impl Iterator<Item = &Launch> {
        self.launches.iter().filter(move |launch| launch.policy == policy)
    }

    fn values(
        &self,
        policy: Policy,
        pair: (usize, usize),
        of: fn(&Launch) -> &Vec<PairValue>,
    ) -> impl Iterator<Item = PairValue> {
        self.under(policy).filter_map(move |launch| {
            let mut values = of(launch).iter().copied();
            values.find(|value| (value.contestant, value.baseline) == pair)
        })
    }

    /// A pair's value in each launch.
    pub(crate) fn log_ratios(&self, policy: Policy, pair: (usize, usize)) -> Vec<f64> {
        self.values(policy, pair, |launch| &launch.pairs).map(|value| value.log_ratio).collect()
    }

    fn other_clock(&self, pair: (usize, usize)) -> Vec<f64> {
        let values = self.values(Policy::Default, pair, |launch| &launch.pairs);
        values.map(|value| value.other_clock).collect()
    }

    fn in_process(&self, pair: (usize, usize)) -> Vec<f64> {
        let values = self.values(Policy::Default, pair, |launch| &launch.in_process);
        values.map(|value| value.log_ratio).collect()
    }

    /// The group's A/A floor.
    pub(crate) fn floor(&self) -> Option<f64> {
        let same: Vec<f64> = self.under(Policy::Default).filter_map(|launch| launch.same).collect();
        verdict::floor(&same)
    }

    /// What layouts of code may do to a pair, where `counts` says how many each side has.
    pub(crate) fn layout(&self, pair: (usize, usize), counts: [usize; 2]) -> f64 {
        let padded = |launch: &Launch| {
            let of = |entrant: usize| {
                Some(launch.members.iter().find(|member| member.entrant == entrant)?.padding)
            };
            let mut pairs = launch.pairs.iter();
            let value = pairs.find(|value| (value.contestant, value.baseline) == pair)?;
            Some(Padded { log_ratio: value.log_ratio, paddings: [of(pair.0)?, of(pair.1)?] })
        };
        let launches: Vec<Padded> = self.under(Policy::Default).filter_map(padded).collect();
        layout_margin(&launches, counts)
    }

    /// How fast the core was in each round.
    fn paces(&self) -> Vec<f64> {
        let under = self.under(Policy::Default);
        under.flat_map(|launch| launch.paces.iter().copied()).collect()
    }

    /// Samples of each contestant in a launch, at the median.
    #[allow(clippy::cast_precision_loss)]
    fn samples(&self) -> Option<f64> {
        median(&self.launches.iter().map(|launch| launch.samples as f64).collect::<Vec<_>>())
    }

    /// A median over launches of one figure of one member.
    fn figure(&self, entrant: usize, figure: fn(&Launched) -> f64) -> Option<f64> {
        let of = |launch: &Launch| {
            launch.members.iter().find(|member| member.entrant == entrant).map(figure)
        };
        median(&self.under(Policy::Default).filter_map(of).collect::<Vec<_>>())
    }
}

/// What the probes of all launches say of the cores.
pub(crate) fn cores<'a>(groups: impl IntoIterator<Item = &'a Found>) -> Option<Cores> {
    Cores::new(groups.into_iter().flat_map(Found::paces).collect())
}

/// All rows of all groups, with the verdicts of the table as a whole.
pub(crate) fn rows(
    entrants: &[Entrant],
    groups: &[impl Borrow<Found>],
    variants: &Variants,
) -> Vec<Row> {
    let groups = || groups.iter().map(Borrow::<Found>::borrow);
    let cores = cores(groups());
    let mut rows = Vec::new();
    // Rows that ask for a verdict, with what it is made of.
    let mut asking = Vec::new();
    for found in groups() {
        for &member in &found.group.members {
            let timed = !found.group.tracked;
            let pairs = found.group.pairs.iter().filter(|&&(a, _)| timed && a == member);
            let baselines: Vec<Option<usize>> =
                pairs.map(|&(_, baseline)| Some(baseline)).collect();
            let baselines = if baselines.is_empty() { vec![None] } else { baselines };
            for baseline in baselines {
                let mut row = row(entrants, found, member, baseline);
                row.core_shared = cores.and_then(|cores| cores.share(&found.paces()));
                if let (Some(baseline), Verdict::NotDistinguishable) = (baseline, row.verdict) {
                    let pair = (member, baseline);
                    let log_ratios = found.log_ratios(Policy::Default, pair);
                    if let Some(ratio) = verdict::ratio(&log_ratios) {
                        row.ratio = Some(ratio.ratio);
                        row.low = ratio.low;
                        row.high = ratio.high;
                        row.outliers = ratio.outliers;
                        if ratio.low.is_none() {
                            row.reason = Some(format!(
                                "fewer than {} launches give no interval",
                                verdict::fewest_for_interval()
                            ));
                        }
                    } else {
                        row.reason = Some("the run ended before its first launch".into());
                    }
                    let count = |entrant: usize| variants.count(&entrants[entrant].program);
                    row.layout_margin = (!log_ratios.is_empty() && !found.whole)
                        .then(|| found.layout(pair, [count(member), count(baseline)]));
                    row.other_clock = Opinion::new(found.other_clock(pair));
                    row.in_process = Opinion::new(found.in_process(pair));
                    row.pinned = Opinion::new(found.log_ratios(Policy::Pinned, pair));
                    row.launches = log_ratios.len();
                    row.log_ratios = log_ratios;
                    asking.push(rows.len());
                }
                rows.push(row);
            }
        }
    }
    let cases: Vec<Case<'_>> = asking.iter().map(|&at| case(&rows[at])).collect();
    let judged: Vec<_> = (verdict::judge(&cases).into_iter().zip(&cases))
        .map(|(verdict, case)| (verdict, case.margin(), advice(case, verdict)))
        .collect();
    for (at, (verdict, margin, advice)) in asking.into_iter().zip(judged) {
        let row = &mut rows[at];
        row.verdict = verdict;
        row.margin = margin.is_finite().then_some(margin);
        (row.needs, row.would_change) = advice.map(|advice| (advice.short, advice.long)).unzip();
    }
    rows
}

fn case(row: &Row) -> Case<'_> {
    let others = [&row.in_process, &row.pinned].into_iter().flatten().map(Opinion::ratio);
    Case {
        log_ratios: &row.log_ratios,
        floor: row.aa_floor,
        layout: row.layout_margin,
        others: others.collect(),
    }
}

#[allow(clippy::cast_precision_loss)]
fn row(entrants: &[Entrant], found: &Found, member: usize, baseline: Option<usize>) -> Row {
    let Found { group, plan, .. } = found;
    let entrant = &entrants[member];
    let name = |at: usize| entrants[at].name.clone();
    let (verdict, reason) = match (found.trouble(member), baseline) {
        (Some(trouble), _) => (Verdict::Failed, Some(trouble.message.clone())),
        (None, Some(baseline)) => match found.trouble(baseline) {
            Some(_) => (Verdict::Failed, Some(format!("its baseline {} failed", name(baseline)))),
            None => (Verdict::NotDistinguishable, None),
        },
        (None, None) if group.tracked => {
            (Verdict::Reference, Some("tracked elements are not timed".into()))
        }
        (None, None) => (Verdict::Reference, Some("no baseline in this run".into())),
    };
    let not_run = || "the pass did not run".to_owned();
    let counts = found.counts.get(&member);
    let heap = counts.map_or_else(|| Err(not_run()), |counts| counts.heap.clone());
    let tracked = counts.map_or_else(|| Err(not_run()), |counts| counts.tracked.clone());
    let hardware = counts.map_or_else(|| Err(not_run()), |counts| counts.hardware.clone());
    let peak_rss = counts.map_or_else(|| Err(not_run()), |counts| counts.peak_rss.clone());
    let instructions = found.instructions.get(&member).cloned().unwrap_or_else(|| Err(not_run()));
    let per_element = |figure: Option<f64>| Some(figure? / group.n.max(1) as f64);
    let wall_ns = found.figure(member, |launched| launched.wall_ns);
    let cpu_ns = found.figure(member, |launched| launched.cpu_ns);
    let counted = instructions.as_ref().ok();
    let spread = counted.and_then(|counted| counted.spread.as_ref().ok().copied());
    let simulated = counted.and_then(|counted| counted.simulated.as_ref().ok().copied());
    let heap_of = heap.as_ref().ok();
    let tracked_of = tracked.as_ref().ok();
    Row {
        component: group.component.clone(),
        workload: group.workload.clone(),
        n: group.n,
        tracked: group.tracked,
        threads: group.threads,
        clock: if group.threads > 1 { "cpu".into() } else { by_wall() },
        contestant: entrant.name.clone(),
        language: entrant.language.clone(),
        compiler: entrant.compiler.clone(),
        baseline: baseline.map(name),
        ratio: None,
        low: None,
        high: None,
        verdict,
        reason,
        would_change: None,
        needs: None,
        aa_floor: found.floor(),
        layout_margin: None,
        margin: None,
        other_clock: None,
        in_process: None,
        pinned: None,
        launches: found.under(Policy::Default).count(),
        outliers: 0,
        log_ratios: Vec::new(),
        calls_per_sample: plan.map(|plan| plan.calls),
        samples_per_launch: found.samples(),
        core_shared: None,
        wall_ns,
        wall_ns_per_element: per_element(wall_ns),
        cpu_ns,
        cpu_ns_per_element: per_element(cpu_ns),
        minor_faults: found.figure(member, |launched| launched.minor_faults),
        allocs: heap_of.map(|heap| heap.allocs),
        reallocs: heap_of.map(|heap| heap.reallocs),
        frees: heap_of.map(|heap| heap.frees),
        bytes: heap_of.map(|heap| heap.bytes),
        peak_bytes: heap_of.map(|heap| heap.peak_bytes),
        live_at_end: heap_of.map(|heap| heap.live_at_end),
        memory_reason: heap.as_ref().err().cloned(),
        peak_rss_bytes: peak_rss.as_ref().ok().copied(),
        peak_rss_reason: peak_rss.err(),
        hardware: hardware.as_ref().ok().copied(),
        hardware_reason: hardware.err(),
        copies: tracked_of.map(|tracked| tracked.copies),
        moves: tracked_of.and_then(|tracked| tracked.moves),
        destroys: tracked_of.map(|tracked| tracked.destroys),
        copy_assigns: tracked_of.and_then(|tracked| tracked.copy_assigns),
        move_assigns: tracked_of.and_then(|tracked| tracked.move_assigns),
        relocated_bytes: tracked_of.and_then(|tracked| tracked.relocated_bytes),
        tracked_reason: tracked.as_ref().err().cloned().or_else(|| {
            tracked_of.filter(|tracked| tracked.moves.is_none())?;
            Some("moves are copies of bytes that no code can observe".into())
        }),
        instructions: counted.map(|counted| counted.instructions),
        instructions_per_element: per_element(counted.map(|counted| counted.instructions)),
        instructions_spread: spread,
        instructions_reason: instructions.as_ref().err().cloned().or_else(|| {
            spread.filter(|&spread| spread > 0.0)?;
            Some("varies: the work depends on something but the seed".into())
        }),
        d1_misses: simulated.map(|simulated| simulated.d1_misses),
        ll_misses: simulated.map(|simulated| simulated.ll_misses),
        branch_misses: simulated.map(|simulated| simulated.branch_misses),
        simulation_reason: match &instructions {
            Ok(counted) => counted.simulated.as_ref().err().cloned(),
            Err(reason) => Some(reason.clone()),
        },
        digest: found.digest.map(spelled),
        command: None,
    }
}

/// The failures of all groups.
pub(crate) fn failures<'a>(
    entrants: &[Entrant],
    groups: impl IntoIterator<Item = &'a Found>,
) -> Vec<Failed> {
    let one = |found: &Found, trouble: &Trouble| Failed {
        component: found.group.component.clone(),
        workload: found.group.workload.clone(),
        n: found.group.n,
        contestant: entrants[trouble.entrant].name.clone(),
        message: trouble.message.clone(),
    };
    groups
        .into_iter()
        .flat_map(|found| found.troubles.iter().map(move |trouble| one(found, trouble)))
        .collect()
}
