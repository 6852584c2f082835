//! Who takes part, in what, against whom.

use std::collections::HashMap;

use crate::calibration::KERNELS;
use crate::effects::{Link, links};
use crate::layout::{self, Layout};
use crate::process::{Failure, Limits, Program, Under, Worker};
use crate::protocol::{Command, Sample, VERSION, whole};
use crate::toolchain::Toolchain;

/// A contestant of one of the workers.
#[derive(Clone, Debug)]
pub(crate) struct Entrant {
    pub(crate) program: Program,
    /// The name it registered, by which its worker knows it and baselines call it.
    pub(crate) registered: String,
    /// The name it is shown by, unlike all others'.
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) compiler: String,
    pub(crate) flags: String,
    pub(crate) baselines: Vec<String>,
    /// What its worker's measuring costs.
    pub(crate) empty: Empty,
    /// Which of the programs it came from.
    pub(crate) worker: usize,
}

/// What a sample of nothing takes, by either clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Empty {
    wall_ns: u64,
    cpu_ns: u64,
}

impl Empty {
    /// Asks a worker. One that does not know the question gets nothing taken off.
    fn ask(worker: &mut Worker) -> Result<Self, Failure> {
        match worker.ask(&Command::Empty) {
            Ok(answer) => match &answer[..] {
                [wall, cpu] => whole(wall).zip(whole(cpu)),
                _ => None,
            }
            .map(|(wall_ns, cpu_ns)| Self { wall_ns, cpu_ns })
            .ok_or_else(|| Failure::Rubbish(answer.join("\t"))),
            Err(Failure::Refused(_)) => Ok(Self::default()),
            Err(failure) => Err(failure),
        }
    }

    /// The sample without it.
    pub(crate) fn taken_off(self, sample: Sample) -> Sample {
        Sample {
            wall_ns: sample.wall_ns.saturating_sub(self.wall_ns),
            cpu_ns: sample.cpu_ns.saturating_sub(self.cpu_ns),
            ..sample
        }
    }
}

/// A workload of one size, and the entrants that can do it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) component: String,
    pub(crate) workload: String,
    pub(crate) n: u64,
    pub(crate) tracked: bool,
    pub(crate) large: bool,
    /// That one call keeps busy, of the member with most.
    pub(crate) threads: u32,
    /// Indices of entrants, in the order of registration.
    pub(crate) members: Vec<usize>,
    /// (contestant, baseline), as indices of entrants.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// Pairs that show an effect alone; they may be among the above.
    pub(crate) links: Vec<Link>,
}

impl Group {
    /// All pairs, each once, whose ratio is wanted.
    pub(crate) fn compared(&self) -> Vec<(usize, usize)> {
        let mut all = self.pairs.clone();
        for link in &self.links {
            let pair = (link.contestant, link.baseline);
            if !all.contains(&pair) {
                all.push(pair);
            }
        }
        all
    }

    /// What filters match: `vector/push_growing/u64/1000`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}/{}", self.component, self.workload, self.n)
    }

    /// The command that makes a worker ready for it.
    pub(crate) fn open(&self, entrant: &Entrant) -> Command {
        Command::Open {
            contestant: entrant.registered.clone(),
            component: self.component.clone(),
            name: self.workload.clone(),
            n: self.n,
        }
    }

    /// The member that most others are compared with; the first of equals.
    pub(crate) fn main_baseline(&self) -> Option<usize> {
        let count = |&m: &usize| self.pairs.iter().filter(|&&(_, base)| base == m).count();
        self.members.iter().copied().rev().max_by_key(count).filter(|m| count(m) > 0)
    }

    /// Takes a member out, with its pairs.
    pub(crate) fn remove(&mut self, entrant: usize) {
        self.members.retain(|&member| member != entrant);
        self.pairs.retain(|&(a, b)| a != entrant && b != entrant);
        self.links.retain(|link| link.contestant != entrant && link.baseline != entrant);
    }
}

/// A worker program and the label its contestants get, if any.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) label: Option<String>,
    pub(crate) program: Program,
}

/// All entrants and all groups, before any filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    pub(crate) entrants: Vec<Entrant>,
    pub(crate) groups: Vec<Group>,
    /// What the workers tell of their types, each once.
    pub(crate) layouts: Vec<Layout>,
}

impl Roster {
    /// Adds what a worker program offers. An error is why it offers nothing.
    /// Kernels of the calibration and all other workloads do not mix: `kernels` says which.
    pub(crate) fn add(
        &mut self,
        source: &Source,
        limits: Limits,
        kernels: bool,
    ) -> Result<(), Failure> {
        let mut worker = Worker::start(&source.program, &Under::default(), limits)?;
        worker.send(&Command::Hello(VERSION))?;
        worker.greeted()?;
        let lines = only(worker.ask_list(&Command::List)?, kernels);
        let empty = Empty::ask(&mut worker)?;
        self.enter(source, &lines, empty)?;
        // Not all workers know the question, and none is worse for that.
        for layout in layout::read(&worker.ask_list(&Command::Layout).unwrap_or_default()) {
            if !self.layouts.contains(&layout) {
                self.layouts.push(layout);
            }
        }
        Ok(())
    }

    /// Adds what a worker answered to `list`.
    pub(crate) fn enter(
        &mut self,
        source: &Source,
        lines: &[Vec<String>],
        empty: Empty,
    ) -> Result<(), Failure> {
        let own = self.entrants.len();
        let number = self.entrants.last().map_or(0, |last| last.worker + 1);
        let alone = lines.iter().filter(|line| line[0] == "contestant").count() == 1;
        for line in lines {
            let rubbish = || Failure::Rubbish(line.join("\t"));
            match line.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["contestant", registered, language, compiler, flags, ref baselines @ ..] => {
                    let name = match &source.label {
                        None => registered.to_owned(),
                        Some(label) if alone => label.clone(),
                        Some(label) => format!("{registered}@{label}"),
                    };
                    let name = self.unused(name, &source.program);
                    self.entrants.push(Entrant {
                        program: source.program.clone(),
                        registered: registered.into(),
                        name,
                        language: language.into(),
                        compiler: compiler.into(),
                        flags: flags.into(),
                        baselines: baselines.iter().map(|&name| name.to_owned()).collect(),
                        empty,
                        worker: number,
                    });
                }
                ["workload", component, workload, n, tracked, large, ref more @ ..]
                    if self.entrants.len() > own =>
                {
                    let n = whole(n).ok_or_else(rubbish)?;
                    let threads = match more {
                        [] => 1,
                        [threads] => whole(threads).ok_or_else(rubbish)?,
                        _ => return Err(rubbish()),
                    };
                    let (tracked, large) = (tracked == "1", large == "1");
                    let member = self.entrants.len() - 1;
                    let same = |group: &&mut Group| {
                        group.component == component && group.workload == workload && group.n == n
                    };
                    match self.groups.iter_mut().find(same) {
                        Some(group) => {
                            group.members.push(member);
                            group.tracked |= tracked;
                            group.large |= large;
                            group.threads = group.threads.max(threads);
                        }
                        None => self.groups.push(Group {
                            component: component.into(),
                            workload: workload.into(),
                            n,
                            tracked,
                            large,
                            threads,
                            members: vec![member],
                            pairs: Vec::new(),
                            links: Vec::new(),
                        }),
                    }
                }
                _ => return Err(rubbish()),
            }
        }
        Ok(())
    }

    fn unused(&self, name: String, program: &Program) -> String {
        let taken = |name: &str| self.entrants.iter().any(|entrant| entrant.name == name);
        if !taken(&name) {
            return name;
        }
        let stem = program.path.file_stem().unwrap_or_default().to_string_lossy();
        let with_stem = format!("{name}@{stem}");
        let mut candidates = std::iter::once(with_stem.clone())
            .chain((2..).map(|number| format!("{with_stem}#{number}")));
        candidates.find(|candidate| !taken(candidate)).expect("numbers do not run out")
    }

    /// Finds the pairs of every group among its present members.
    pub(crate) fn pair(&mut self) {
        let entrants = &self.entrants;
        for group in &mut self.groups {
            let mut pairs = Vec::new();
            for &member in &group.members {
                for baseline in baselines(entrants, &group.members, member) {
                    if !pairs.contains(&(member, baseline)) {
                        pairs.push((member, baseline));
                    }
                }
            }
            // Nobody knows anybody: the first is what the others are compared with.
            if pairs.is_empty() {
                let first = group.members[0];
                pairs.extend(group.members[1..].iter().map(|&member| (member, first)));
            }
            group.pairs = pairs;
            group.links = links(entrants, &group.members);
        }
    }

    /// Finds pairs for workers that were given on the command line, which know nobody. Where only
    /// they take part (`alone`), the first of them is the baseline of all whatever they say of each
    /// other: each contestant meets the one it registered by the same name, or else its first.
    /// Otherwise who is in no pair meets whom most others are compared with.
    pub(crate) fn pair_given(&mut self, given: &[Program], alone: bool) {
        let entrants = &self.entrants;
        let is_given = |at: usize| given.contains(&entrants[at].program);
        let earlier = |a: usize, b: usize| entrants[a].worker < entrants[b].worker;
        for group in &mut self.groups {
            if alone {
                for pair in group.pairs.iter_mut().filter(|(a, b)| earlier(*a, *b)) {
                    *pair = (pair.1, pair.0);
                }
                let mut kept = Vec::new();
                for pair in std::mem::take(&mut group.pairs) {
                    if !kept.contains(&pair) {
                        kept.push(pair);
                    }
                }
                group.pairs = kept;
            }
            let members = group.members.iter().copied().filter(|&member| is_given(member));
            let Some(first) = members.clone().min_by_key(|&member| entrants[member].worker) else {
                continue;
            };
            let usual = group.main_baseline().filter(|_| !alone).unwrap_or(first);
            let same_worker = |member: usize| entrants[member].worker == entrants[first].worker;
            for member in members {
                let has = |&(a, b): &(usize, usize)| match alone {
                    true => a == member && same_worker(b),
                    false => a == member || b == member,
                };
                if alone && same_worker(member) || group.pairs.iter().any(has) || member == usual {
                    continue;
                }
                let twin = |&&other: &&usize| {
                    other != member
                        && same_worker(other)
                        && entrants[other].registered == entrants[member].registered
                };
                let against = group.members.iter().find(twin).copied();
                group.pairs.push((member, against.unwrap_or(usual)));
            }
        }
    }

    /// Adds the pair of these names wherever both take part; whether there is such a place.
    pub(crate) fn pair_up(&mut self, contestant: &str, baseline: &str) -> bool {
        let named = |name: &str| self.entrants.iter().position(|entrant| entrant.name == name);
        let (Some(contestant), Some(baseline)) = (named(contestant), named(baseline)) else {
            return false;
        };
        let mut found = false;
        for group in self.groups.iter_mut().filter(|group| !group.tracked) {
            if group.members.contains(&contestant) && group.members.contains(&baseline) {
                found = true;
                if !group.pairs.contains(&(contestant, baseline)) {
                    group.pairs.push((contestant, baseline));
                }
            }
        }
        found
    }

    /// Keeps the contestants that one of these names, and the groups that are left.
    pub(crate) fn only(&mut self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let entrants = &self.entrants;
        // The name of one is not a part of others' names as well.
        let whole = |name: &str| entrants.iter().any(|entrant| entrant.name == name);
        let named = |name: &str, entrant: &Entrant| match whole(name) {
            true => entrant.name == name,
            false => matches(name, &entrant.name),
        };
        let kept = |entrant: &Entrant| names.iter().any(|name| named(name, entrant));
        for group in &mut self.groups {
            group.members.retain(|&member| kept(&entrants[member]));
        }
        self.groups.retain(|group| !group.members.is_empty());
    }
}

/// The lines of contestants that have kernels of the calibration, and these, or of all others.
fn only(lines: Vec<Vec<String>>, kernels: bool) -> Vec<Vec<String>> {
    let mut kept: Vec<Vec<String>> = Vec::new();
    // Where the present contestant stands in `kept`, and whether anything of it was left out.
    let (mut contestant, mut left_out) = (0, false);
    let close = |kept: &mut Vec<Vec<String>>, contestant: usize, left_out: bool| {
        if left_out && kept.len() == contestant + 1 {
            kept.pop();
        }
    };
    for line in lines {
        if line[0] == "contestant" {
            close(&mut kept, contestant, left_out);
            (contestant, left_out) = (kept.len(), false);
        } else if line[0] == "workload"
            && line.get(1).is_some_and(|component| (component == KERNELS) != kernels)
        {
            left_out = true;
            continue;
        }
        kept.push(line);
    }
    close(&mut kept, contestant, left_out);
    kept
}

/// Whom `member` is compared with: for each baseline it names, all that registered that name, but
/// where its own worker has one, no other in its own language (the same compiler), none of a later
/// worker's in any, and none that may do what it may not (instructions of this processor,
/// optimisation across the border); and the first of its own name from an earlier worker, so that
/// two builds of one contestant meet.
fn baselines(entrants: &[Entrant], members: &[usize], member: usize) -> Vec<usize> {
    let this = &entrants[member];
    let mut found = Vec::new();
    for name in &this.baselines {
        let named: Vec<usize> = members
            .iter()
            .copied()
            .filter(|&other| {
                let entrant = &entrants[other];
                other != member && (entrant.registered == *name || entrant.name == *name)
            })
            .collect();
        let own = |other: usize| entrants[other].worker == this.worker;
        let has_own = named.iter().any(|&other| own(other));
        let mode = |of: &Entrant| Toolchain::read(&of.compiler, &of.flags).mode;
        let meets = |other: usize| {
            let other = &entrants[other];
            this.worker < other.worker
                && other.language != this.language
                && mode(other) == mode(this)
        };
        let fits = |&other: &usize| !has_own || own(other) || meets(other);
        found.extend(named.into_iter().filter(fits));
    }
    let twin = members.iter().find(|&&other| {
        entrants[other].registered == this.registered && entrants[other].worker < this.worker
    });
    found.extend(twin);
    found
}

/// Whether a filter selects a name: as a glob when it has `*` or `?`, else as a substring.
pub(crate) fn matches(filter: &str, name: &str) -> bool {
    if filter.contains(['*', '?']) {
        let (filter, name): (Vec<char>, Vec<char>) =
            (filter.chars().collect(), name.chars().collect());
        glob(&filter, &name, &mut HashMap::new())
    } else {
        name.contains(filter)
    }
}

fn glob(filter: &[char], name: &[char], known: &mut HashMap<(usize, usize), bool>) -> bool {
    if let Some(&answer) = known.get(&(filter.len(), name.len())) {
        return answer;
    }
    let answer = match (filter, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            glob(rest, name, known) || (!name.is_empty() && glob(filter, &name[1..], known))
        }
        (['?', rest @ ..], [_, tail @ ..]) => glob(rest, tail, known),
        ([c, rest @ ..], [d, tail @ ..]) => c == d && glob(rest, tail, known),
        _ => false,
    };
    known.insert((filter.len(), name.len()), answer);
    answer
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn source(label: Option<&str>, path: &str) -> Source {
        let label = label.map(str::to_owned);
        Source { label, program: Program { path: path.into(), own: false } }
    }

    fn lines(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
    }

    const MAIN: &str = "contestant|rust|rust|rustc|-O|cpp|Vec\nworkload|v|push|8|0|0\n\
        contestant|cpp|c++|g++|-O3|std::vector\nworkload|v|push|8|0|0\n\
        contestant|Vec|rust|rustc|-O\nworkload|v|push|8|0|0\n\
        contestant|std::vector|c++|g++|-O3\nworkload|v|push|8|0|0\n";
    const CLANG: &str = "contestant|cpp|c++|clang|-O3|std::vector\nworkload|v|push|8|0|0\n\
        contestant|std::vector|c++|clang|-O3\nworkload|v|push|8|0|0\n";

    fn pairs(roster: &Roster) -> Vec<String> {
        let name = |at: usize| roster.entrants[at].name.as_str();
        roster.groups[0].pairs.iter().map(|&(a, b)| format!("{} {}", name(a), name(b))).collect()
    }

    #[test]
    fn every_present_baseline_makes_a_pair() {
        let mut roster = Roster::default();
        roster.enter(&source(None, "a"), &lines(MAIN), Empty::default()).unwrap();
        roster.pair();
        assert_eq!(pairs(&roster), ["rust cpp", "rust Vec", "cpp std::vector"]);
        roster.only(&["rust".into(), "Vec".into()]);
        roster.pair();
        assert_eq!(pairs(&roster), ["rust Vec"]);
    }

    #[test]
    fn a_second_compiler_meets_its_own_library_and_the_first_compiler() {
        let mut roster = Roster::default();
        roster.enter(&source(None, "a"), &lines(MAIN), Empty::default()).unwrap();
        roster.enter(&source(Some("clang"), "b"), &lines(CLANG), Empty::default()).unwrap();
        roster.pair();
        assert_eq!(
            pairs(&roster),
            [
                "rust cpp",
                "rust cpp@clang",
                "rust Vec",
                "cpp std::vector",
                "cpp@clang std::vector@clang",
                "cpp@clang cpp",
                "std::vector@clang std::vector",
            ]
        );
    }

    #[test]
    fn strangers_are_compared_with_the_first() {
        let one = "contestant|x|c|cc|-O\nworkload|v|push|8|0|0\n";
        let mut roster = Roster::default();
        roster.enter(&source(Some("old"), "a"), &lines(one), Empty::default()).unwrap();
        roster
            .enter(&source(Some("new"), "b"), &lines(&one.replace('x', "y")), Empty::default())
            .unwrap();
        roster.pair();
        assert_eq!(pairs(&roster), ["new old"]);
    }

    fn given(workers: &[(&str, &str)], alone: bool) -> Vec<String> {
        let mut roster = Roster::default();
        let mut programs = Vec::new();
        for (at, (label, list)) in workers.iter().enumerate() {
            let source = source(Some(label), &format!("{at}"));
            roster.enter(&source, &lines(list), Empty::default()).unwrap();
            programs.push(source.program);
        }
        roster.pair();
        roster.pair_given(&programs, alone);
        pairs(&roster)
    }

    #[test]
    fn given_workers_meet_the_first_of_them_whatever_they_are_called() {
        let x = "contestant|x|c|cc|-O\nworkload|v|push|8|0|0\n";
        let y = "contestant|y|c|cc|-O\nworkload|v|push|8|0|0\n";
        let names_y = "contestant|x|c|cc|-O|y\nworkload|v|push|8|0|0\n";
        assert_eq!(given(&[("old", x), ("new", x)], true), ["new old"]);
        assert_eq!(given(&[("old", x), ("new", y)], true), ["new old"]);
        assert_eq!(given(&[("old", names_y), ("new", y)], true), ["new old"]);
        assert_eq!(given(&[("a", x), ("b", names_y), ("c", y)], true), ["c b", "b a", "c a"]);
        assert_eq!(given(&[("a", names_y), ("b", y)], false), ["a b"]);
        assert_eq!(given(&[("a", names_y), ("b", y), ("c", x)], false), ["a b", "c a"]);
    }

    #[test]
    fn a_given_worker_that_knows_nobody_meets_whom_the_others_meet() {
        let mut roster = Roster::default();
        roster.enter(&source(None, "own"), &lines(MAIN), Empty::default()).unwrap();
        let given = source(Some("new"), "x");
        let list = "contestant|x|c|cc|-O\nworkload|v|push|8|0|0\n";
        roster.enter(&given, &lines(list), Empty::default()).unwrap();
        roster.pair();
        roster.pair_given(&[given.program], false);
        let expected = ["rust cpp", "rust Vec", "cpp std::vector", "new cpp"];
        assert_eq!(pairs(&roster), expected);
    }

    #[test]
    fn given_workers_of_several_contestants_meet_name_by_name() {
        let names =
            ["rust@old cpp@old", "rust@new cpp@new", "rust@new rust@old", "cpp@new cpp@old"];
        let both = "contestant|rust|rust|rustc|-O|cpp\nworkload|v|push|8|0|0\n\
                    contestant|cpp|c++|g++|-O\nworkload|v|push|8|0|0\n";
        let found = given(&[("old", both), ("new", both)], true);
        for name in names {
            assert!(found.iter().any(|pair| pair == name), "{found:?}");
        }
    }

    #[test]
    fn equal_names_stay_apart() {
        let mut roster = Roster::default();
        for _ in 0..3 {
            roster.enter(&source(None, "/x/w.exe"), &lines(CLANG), Empty::default()).unwrap();
        }
        let names: Vec<_> = roster.entrants.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names[2..4], ["cpp@w", "std::vector@w"]);
        assert_eq!(names[4..], ["cpp@w#2", "std::vector@w#2"]);
    }

    #[test]
    fn a_malformed_list_is_rubbish() {
        for text in [
            "workload|v|push|8|0|0",
            "contestant|a",
            "what",
            "contestant|a|b|c|d\nworkload|v|p|x|0|0",
        ] {
            assert!(
                Roster::default()
                    .enter(&source(None, "a"), &lines(text), Empty::default())
                    .is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn kernels_and_workloads_do_not_mix() {
        let text = "contestant|a\nworkload|vector|push\ncontestant|b\nworkload|calibration|hash\n\
                    contestant|c\nworkload|calibration|hash\nworkload|vector|pop\ncontestant|d";
        let names = |kernels| -> Vec<String> {
            only(lines(text), kernels).into_iter().map(|line| line[1..].join(" ")).collect()
        };
        assert_eq!(names(false), ["a", "vector push", "c", "vector pop", "d"]);
        assert_eq!(names(true), ["b", "calibration hash", "c", "calibration hash", "d"]);
    }

    #[test]
    fn a_whole_name_chooses_that_contestant_alone() {
        let text = "contestant|rust|r|rustc|-O\nworkload|v|push|8|0|0\n\
                    contestant|rust via C|c|cc|-O\nworkload|v|push|8|0|0\n";
        for (name, expected) in [("rust", 1), ("rust via", 1), ("rus", 2), ("rust*", 2)] {
            let mut roster = Roster::default();
            roster.enter(&source(None, "a"), &lines(text), Empty::default()).unwrap();
            roster.only(&[name.to_owned()]);
            assert_eq!(roster.groups[0].members.len(), expected, "{name}");
        }
    }

    #[test]
    fn filters_are_substrings_or_globs_over_the_whole_name() {
        let name = "vector/push_growing/u64/1000";
        for (filter, expected) in [
            ("push", true),
            ("u64/1000", true),
            ("pusher", false),
            ("*push*", true),
            ("push*", false),
            ("vector/*/u64/*", true),
            ("vector/*/u64/???", false),
            ("vector/*/u64/????", true),
            ("*", true),
            ("?", false),
        ] {
            assert_eq!(matches(filter, name), expected, "{filter}");
        }
    }

    #[test]
    fn a_glob_of_many_stars_is_quick() {
        assert!(!matches(&"*a".repeat(40), &"a".repeat(39)));
    }
}
