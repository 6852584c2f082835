//! Every exhibit: its results are its own and as it expects, rustc and the Rust programs say the same
//! today, and so does g++ where it is the one of the results.
//!
//! All other tools take twenty minutes: `cargo test -p museum --test exhibits -- --ignored` asserts the
//! cells of those that are here, or those of one exhibit, whose name follows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use indicatif::ProgressBar;
use libtest_mimic::{Arguments, Failed, Trial};
use museum::cell::State;
use museum::cli::{Places, see, wanted};
use museum::execute::Workshop;
use museum::exhibit::{self, Exhibit, Part, Topic};
use museum::judge::differences;
use museum::plan::Scope;
use museum::results::{Record, Results};
use museum::tools::programs::{Program, Toolbox};
use museum::{check, headers, pages, plan, template};

/// What all trials look at.
struct Museum {
    exhibits: Vec<Exhibit>,
    results: Results,
    toolbox: Toolbox,
    /// Every tool, once somebody asks for them.
    all_tools: OnceLock<Result<Toolbox, String>>,
    places: Places,
}

impl Museum {
    fn open() -> Result<Self, String> {
        let places = Places::here();
        let exhibits = exhibit::all(&places.exhibits, &[])?;
        let results = Results::read(&places.results)?.unwrap_or_default();
        let toolbox = those_of_results(&wanted(&exhibits, Scope::Cheap), &results, &places);
        Ok(Self { exhibits, results, toolbox, all_tools: OnceLock::new(), places })
    }

    fn all_tools(&self) -> Result<&Toolbox, String> {
        let look = || {
            let wanted = wanted(&self.exhibits, Scope::All);
            let mut toolbox = those_of_results(&wanted, &self.results, &self.places);
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            let target = &self.places.target;
            headers::keep(&mut toolbox, &plan::RUN_ONLY, target, false, workers)
                .map_err(|error| error.to_string())?;
            Ok(toolbox)
        };
        self.all_tools.get_or_init(look).as_ref().map_err(Clone::clone)
    }

    /// Runs exhibits, whatever was run before.
    fn records(
        &self,
        exhibits: &[Exhibit],
        toolbox: &Toolbox,
        scope: Scope,
    ) -> Result<BTreeMap<String, Record>, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let workshop = Workshop { folder: folder.path().to_owned(), cached: false, workers: 1 };
        Ok(see(exhibits, toolbox, scope, &workshop, &ProgressBar::hidden())?.0)
    }
}

/// The programs that are here and say what they said: rustc in any case, others at the same version.
fn those_of_results(wanted: &[Program], results: &Results, places: &Places) -> Toolbox {
    let look = |wanted: &[Program]| Toolbox::look(wanted, &places.root, &places.target);
    let toolbox = look(wanted);
    let versions = toolbox.versions();
    let mut same = wanted.to_vec();
    same.retain(|program| {
        let name = program.name();
        let (here, there) = (versions.get(name), results.tools.get(name));
        let compared = *program == Program::Rustc || here.is_some() && here == there;
        if !compared {
            let [here, there] = [here, there].map(|one| one.map_or("not there", String::as_str));
            eprintln!("not compared: {name}: here {here}, in the results {there}");
        }
        compared
    });
    if same == wanted { toolbox } else { look(&same) }
}

fn none(lines: Vec<impl ToString>) -> Result<(), Failed> {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n").into()) }
}

/// The exhibit's results are of these files, and say what it expects of them and claims.
fn results_are_its_own(museum: &Museum, exhibit: &Exhibit) -> Result<(), Failed> {
    let mut results = museum.results.clone();
    results.exhibits.retain(|name, _| *name == exhibit.name);
    none(check::complaints(std::slice::from_ref(exhibit), &results))
}

/// No tool says anything of the fix, whose C++ program prints what the one in Rust prints.
fn the_fix_is_clean(museum: &Museum, exhibit: &Exhibit) -> Result<(), Failed> {
    let record = museum.results.exhibits.get(&exhibit.name).ok_or("there are no results of it")?;
    let mut wrong = Vec::new();
    let mut ran = false;
    for (place, cell) in &record.cells {
        let cpp = place.starts_with(Part::Cpp.name()) || place.starts_with(Part::Border.name());
        for build in &cell.builds {
            for kind in build.fix.kinds.keys() {
                wrong.push(format!("{}: {place}: {kind} of the fix", exhibit.name));
            }
            for outcome in build.fix.outcomes.keys() {
                ran |= cpp && cell.state == State::Ran;
                if outcome != "right" {
                    wrong.push(format!("{}: {place}: the fix: {outcome}", exhibit.name));
                }
            }
        }
    }
    if !ran {
        wrong.push(format!("{}: no run of the fix in C++ is in the results", exhibit.name));
    }
    none(wrong)
}

/// What tools say now is what the exhibit expects and claims.
fn the_same_today(
    museum: &Museum,
    exhibit: &Exhibit,
    toolbox: &Toolbox,
    scope: Scope,
) -> Result<(), Failed> {
    let records = museum.records(std::slice::from_ref(exhibit), toolbox, scope)?;
    none(differences(exhibit, &records[&exhibit.name].cells))
}

/// What `new` writes passes under all tools that are here, and can be shown.
fn the_template_passes(museum: &Museum) -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let exhibit = Exhibit::read(&template::write(folder.path(), "a-new-bug")?)?;
    let exhibits = [exhibit];
    let wanted = wanted(&exhibits, Scope::All);
    let toolbox = Toolbox::look(&wanted, &museum.places.root, &museum.places.target);
    let records = museum.records(&exhibits, &toolbox, Scope::All)?;
    none(differences(&exhibits[0], &records["a-new-bug"].cells))?;
    let results = Results::merge(None, records, &exhibits, toolbox.versions(), false);
    none(check::complaints(&exhibits, &results))?;
    shown(&exhibits, &results)
}

/// The pages ask for nothing, and what they link to is there.
fn shown(exhibits: &[Exhibit], results: &Results) -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    pages::write(folder.path(), exhibits, results)?;
    let mut wrong = Vec::new();
    let entries = std::fs::read_dir(folder.path()).map_err(|error| error.to_string())?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let page = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for word in [" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<iframe", "<object"] {
            // What stands in a source or a report is escaped, but for its words.
            if page.contains(word) && !exhibits.iter().any(|one| has(one, results, word)) {
                wrong.push(format!("{name} has {word}"));
            }
        }
        for link in page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let (file, id) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { name.as_ref() } else { file };
            let there = link == "data:,"
                || std::fs::read_to_string(folder.path().join(file))
                    .is_ok_and(|page| id.is_empty() || page.contains(&format!(" id=\"{id}\"")));
            if !there {
                wrong.push(format!("{name} links to {link}"));
            }
        }
    }
    none(wrong)
}

/// Whether an exhibit has a word in its texts or reports.
fn has(exhibit: &Exhibit, results: &Results, word: &str) -> bool {
    let cells = results.exhibits.get(&exhibit.name).map(|record| record.cells.values());
    exhibit.sources.values().any(|text| text.contains(word))
        || cells
            .into_iter()
            .flatten()
            .flat_map(|cell| &cell.builds)
            .any(|build| build.bug.report.iter().any(|line| line.contains(word)))
}

fn the_pages_need_nothing_else(museum: &Museum) -> Result<(), Failed> {
    shown(&museum.exhibits, &museum.results)
}

/// The committed file is what this program would write.
fn the_results_are_written_as_they_are_read(museum: &Museum) -> Result<(), Failed> {
    let path: &Path = &museum.places.results;
    if museum.exhibits.is_empty() {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if text == museum.results.text() { Ok(()) } else { Err("museum/results.json differs".into()) }
}

/// Sixty pairs and ten of the border are the least that was promised.
fn there_are_enough_exhibits(museum: &Museum) -> Result<(), Failed> {
    let all = museum.exhibits.len();
    let border = museum.exhibits.iter().filter(|one| one.topic == Topic::Border).count();
    if all - border >= 60 && border >= 10 {
        return Ok(());
    }
    Err(format!("{} pairs and {border} exhibits of the border", all - border).into())
}

fn main() -> ExitCode {
    let museum = match Museum::open() {
        Ok(museum) => Arc::new(museum),
        Err(words) => {
            eprintln!("{words}");
            return ExitCode::FAILURE;
        }
    };
    type One = fn(&Museum, &Exhibit) -> Result<(), Failed>;
    let each: [(&str, bool, One); 4] = [
        ("results_are_its_own", false, results_are_its_own),
        ("the_fix_is_clean", false, the_fix_is_clean),
        ("rust_and_gxx_say_the_same_today", false, |museum, exhibit| {
            the_same_today(museum, exhibit, &museum.toolbox, Scope::Cheap)
        }),
        ("every_tool_says_the_same_today", true, |museum, exhibit| {
            the_same_today(museum, exhibit, museum.all_tools()?, Scope::All)
        }),
    ];
    let mut trials = Vec::new();
    for (at, exhibit) in museum.exhibits.iter().enumerate() {
        for (name, long, trial) in each {
            let museum = museum.clone();
            let name = format!("{}::{name}", exhibit.name);
            let trial = Trial::test(name, move || trial(&museum, &museum.exhibits[at]));
            trials.push(trial.with_ignored_flag(long));
        }
    }
    type Whole = fn(&Museum) -> Result<(), Failed>;
    let all: [(&str, Whole); 4] = [
        ("there_are_enough_exhibits", there_are_enough_exhibits),
        ("the_template_passes", the_template_passes),
        ("the_pages_need_nothing_else", the_pages_need_nothing_else),
        ("the_results_are_written_as_they_are_read", the_results_are_written_as_they_are_read),
    ];
    for (name, trial) in all {
        let museum = museum.clone();
        trials.push(Trial::test(name, move || trial(&museum)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
