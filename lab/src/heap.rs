//! What the heap counter tells beyond its counts: who asked, how the heap grew, what stayed.
//!
//! The counter writes plain lines (`spec/lab-protocol.md`, "The heap report") into a file that the
//! worker's program could write too: nothing in it is believed before it fits the counts.

use serde::{Deserialize, Serialize};

use crate::protocol::{Heap, whole};
use crate::symbols::{Mapping, Named, Symbols};

/// Call sites that are kept of one run: those with most bytes.
const SITES: usize = 32;

/// The layer that a program asked for memory at. All end at `malloc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Layer {
    /// Any form of C++'s.
    #[serde(rename = "operator new")]
    New,
    /// The allocator of Rust programs.
    #[serde(rename = "GlobalAlloc")]
    Global,
    /// `malloc` and its kin, by name.
    #[serde(rename = "malloc")]
    Malloc,
}

impl Layer {
    /// As the result file spells it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::New => "operator new",
            Self::Global => "GlobalAlloc",
            Self::Malloc => "malloc",
        }
    }
}

/// All that was asked for at one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    pub(crate) layer: Layer,
    /// Blocks taken and resized.
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
}

/// All that one function asked for at one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) function: String,
    pub(crate) layer: Layer,
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
    /// Of these, alive at the end.
    pub(crate) live_blocks: u64,
    pub(crate) live_bytes: u64,
}

/// Blocks of about one size that were taken during the call and are alive after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Class {
    /// Blocks of at most this many bytes, and more than half of it.
    pub(crate) up_to: u64,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
    /// The functions that took them, most bytes first.
    pub(crate) functions: Vec<String>,
}

/// The heap at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Bytes asked for since the begin.
    pub(crate) allocated: u64,
    pub(crate) ns: u64,
    /// Bytes alive, less those at the begin.
    pub(crate) live: i64,
}

/// Who asked, how the heap grew, what stayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) layers: Vec<Total>,
    pub(crate) sites: Vec<Site>,
    pub(crate) classes: Vec<Class>,
    /// From the begin to the end; the peak is among them.
    pub(crate) curve: Vec<Point>,
    /// Blocks given back through `operator delete`.
    pub(crate) deletes: u64,
}

/// A curve in the result file: a list of `[allocated, ns, live]`.
pub(crate) mod curve {
    use serde::ser::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    use super::Point;

    /// On one line of a file that has a line for everything else.
    pub(crate) fn serialize<S: Serializer>(
        curve: &Option<Vec<Point>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let Some(curve) = curve else {
            return to.serialize_none();
        };
        let points: Vec<(u64, u64, i64)> =
            curve.iter().map(|point| (point.allocated, point.ns, point.live)).collect();
        let text = serde_json::to_string(&points).map_err(Error::custom)?;
        RawValue::from_string(text).map_err(Error::custom)?.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<Point>>, D::Error> {
        let points = Option::<Vec<(u64, u64, i64)>>::deserialize(from)?;
        let point = |(allocated, ns, live)| Point { allocated, ns, live };
        Ok(points.map(|points| points.into_iter().map(point).collect()))
    }
}

/// A site as the counter reports it.
struct Raw {
    at: u64,
    way: Way,
    class: u32,
    calls: u64,
    bytes: u64,
    live_blocks: u64,
    live_bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Malloc,
    New,
}

/// Everything in the counter's report.
#[derive(Default)]
struct Report {
    sites: Vec<Raw>,
    points: Vec<Point>,
    mappings: Vec<Mapping>,
    deletes: u64,
    end: Option<Point>,
}

/// Reads the counter's report about a run with these counts. An error is why there is none.
pub(crate) fn read(bytes: &[u8], heap: &Heap, symbols: &Symbols) -> Result<Detail, String> {
    let report = Report::read(&String::from_utf8_lossy(bytes))?;
    let all = |of: fn(&Raw) -> u64| {
        report.sites.iter().try_fold(0_u64, |sum, site| sum.checked_add(of(site)))
    };
    let peak = report.points.iter().map(|point| point.live).max().unwrap_or(0).max(0);
    let end = report.end.ok_or_else(incomplete)?;
    let fits = all(|site| site.calls) == heap.allocs.checked_add(heap.reallocs)
        && all(|site| site.bytes) == Some(heap.bytes)
        && u64::try_from(peak) == Ok(heap.peak_bytes)
        && end.live == heap.live_at_end;
    if !fits {
        return Err("the heap counter's report does not fit its counts".to_owned());
    }
    let begin = Point { allocated: 0, ns: 0, live: 0 };
    let curve = [&[begin], &report.points[..], &[end]].concat();
    let sites: Vec<(Site, u32)> = report
        .sites
        .iter()
        .map(|raw| {
            let (function, layer) = attributed(symbols.name(&report.mappings, raw.at), raw.way);
            let &Raw { class, calls, bytes, live_blocks, live_bytes, .. } = raw;
            (Site { function, layer, calls, bytes, live_blocks, live_bytes }, class)
        })
        .collect();
    Ok(Detail {
        layers: totals(&sites),
        classes: classes(&sites),
        sites: merged(&sites),
        curve,
        deletes: report.deletes,
    })
}

fn incomplete() -> String {
    "the heap counter's report is incomplete".to_owned()
}

impl Report {
    fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().enumerate();
        match lines.next() {
            None => return Err("the heap counter wrote no report".to_owned()),
            Some((_, "diptych-heap\t1")) => {}
            Some(_) => return Err("the heap counter's report is of another kind".to_owned()),
        }
        let mut report = Self::default();
        for (at, line) in lines {
            if line == "end" {
                return Ok(report);
            }
            report.line(line).ok_or_else(|| {
                format!("line {} of the heap counter's report is malformed", at + 1)
            })?;
        }
        Err(incomplete())
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["site", at, way, class, calls, bytes, live_blocks, live_bytes] => {
                self.sites.push(Raw {
                    at: u64::from_str_radix(at, 16).ok()?,
                    way: match way {
                        "m" | "r" => Way::Malloc,
                        "n" => Way::New,
                        _ => return None,
                    },
                    class: whole(class).filter(|&class: &u32| class < 64)?,
                    calls: whole(calls)?,
                    bytes: whole(bytes)?,
                    live_blocks: whole(live_blocks)?,
                    live_bytes: whole(live_bytes)?,
                });
            }
            ["point", allocated, ns, live] => self.points.push(point(allocated, ns, live)?),
            ["window", allocated, ns, live] => self.end = Some(point(allocated, ns, live)?),
            ["deletes", number] => self.deletes = whole(number)?,
            // A mapping that is none of a file is not wrong, it has no names.
            ["map", ..] => self.mappings.extend(Mapping::read(line.strip_prefix("map\t")?)),
            _ => return None,
        }
        Some(())
    }
}

fn point(allocated: &str, ns: &str, live: &str) -> Option<Point> {
    Some(Point { allocated: whole(allocated)?, ns: whole(ns)?, live: whole(live)? })
}

/// Rust's allocator as the compiler names it: `__rust_alloc` and its kin are what programs call,
/// `__rdl_` the default behind them, `__rg_` a program's own. Where they are not inlined they end in
/// a jump to `malloc`, which so returns to whoever called them.
fn is_rust_allocator(function: &str) -> bool {
    let last = function.rsplit("::").next().unwrap_or(function);
    ["__rust_", "__rdl_", "__rg_"].iter().any(|start| last.starts_with(start))
        && last.contains("alloc")
}

/// The function that asked, and where.
fn attributed(named: Named, way: Way) -> (String, Layer) {
    let Named { function, rust, called } = named;
    match (way, called) {
        (Way::New, _) => (function, Layer::New),
        // An operator of the program's own, or in a C++ library that is linked statically.
        _ if function.starts_with("operator new") => (function, Layer::New),
        _ if is_rust_allocator(&function) => (function, Layer::Global),
        (_, Some(called)) if is_rust_allocator(&called) => (function, Layer::Global),
        (_, Some(called)) if called.starts_with("operator new") => (function, Layer::New),
        // Whole-program optimisation inlines Rust's allocator into its callers: what is left is a
        // call of `malloc` in the midst of a function of Rust's.
        _ if rust => (function, Layer::Global),
        _ => (function, Layer::Malloc),
    }
}

fn totals(sites: &[(Site, u32)]) -> Vec<Total> {
    let mut layers =
        [Layer::New, Layer::Global, Layer::Malloc].map(|layer| Total { layer, calls: 0, bytes: 0 });
    for (site, _) in sites {
        for total in layers.iter_mut().filter(|total| total.layer == site.layer) {
            // The sums over all sites fit, as was seen above.
            total.calls += site.calls;
            total.bytes += site.bytes;
        }
    }
    layers.into()
}

/// One entry for each function and layer, most bytes first.
fn merged(sites: &[(Site, u32)]) -> Vec<Site> {
    let mut merged: Vec<Site> = Vec::new();
    for (site, _) in sites {
        let same = |known: &&mut Site| known.function == site.function && known.layer == site.layer;
        match merged.iter_mut().find(same) {
            Some(known) => {
                known.calls += site.calls;
                known.bytes += site.bytes;
                known.live_blocks = known.live_blocks.saturating_add(site.live_blocks);
                known.live_bytes = known.live_bytes.saturating_add(site.live_bytes);
            }
            None => merged.push(site.clone()),
        }
    }
    merged.sort_by(|a, b| (b.bytes, b.calls, &a.function).cmp(&(a.bytes, a.calls, &b.function)));
    merged.truncate(SITES);
    merged
}

/// What is alive at the end, small blocks first.
fn classes(sites: &[(Site, u32)]) -> Vec<Class> {
    let mut classes = Vec::new();
    for class in 0..64 {
        let mut of: Vec<&Site> = sites
            .iter()
            .filter(|(site, of)| *of == class && site.live_blocks > 0)
            .map(|(site, _)| site)
            .collect();
        if of.is_empty() {
            continue;
        }
        of.sort_by_key(|site| std::cmp::Reverse(site.live_bytes));
        let mut functions: Vec<String> = Vec::new();
        for site in &of {
            if !functions.contains(&site.function) {
                functions.push(site.function.clone());
            }
        }
        functions.truncate(SITES);
        let sum = |number: fn(&Site) -> u64| {
            of.iter().fold(0_u64, |sum, site| sum.saturating_add(number(site)))
        };
        classes.push(Class {
            up_to: 1 << class,
            blocks: sum(|site| site.live_blocks),
            bytes: sum(|site| site.live_bytes),
            functions,
        });
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAP: Heap =
        Heap { allocs: 2, reallocs: 1, frees: 1, bytes: 70, peak_bytes: 50, live_at_end: 40 };
    const REPORT: &str = "diptych-heap\t1\nsite\t10\tn\t5\t1\t20\t0\t0\n\
        site\t10\tm\t4\t1\t10\t0\t0\nsite\t20\tr\t6\t1\t40\t1\t40\n\
        point\t20\t1\t20\npoint\t30\t2\t30\npoint\t70\t3\t50\npoint\t70\t4\t40\n\
        deletes\t1\nwindow\t70\t9\t40\nmap\tx\nmap\t0-f r-xp 0 0:0 0 /nowhere/at/all\nend\n";

    fn detail(report: &str) -> Result<Detail, String> {
        read(report.as_bytes(), &HEAP, &Symbols::default())
    }

    #[test]
    fn a_report_is_summed_up_by_layer_function_and_size() {
        let detail = detail(REPORT).expect("well-formed");
        let of = |layer, calls, bytes| Total { layer, calls, bytes };
        let layers = [of(Layer::New, 1, 20), of(Layer::Global, 0, 0), of(Layer::Malloc, 2, 50)];
        assert_eq!(detail.layers, layers);
        let unknown = || "unknown".to_owned();
        let class = Class { up_to: 64, blocks: 1, bytes: 40, functions: vec![unknown()] };
        assert_eq!(detail.classes, [class]);
        assert_eq!(detail.sites.iter().map(|site| site.bytes).collect::<Vec<_>>(), [50, 20]);
        assert_eq!(detail.curve.len(), 6);
        assert_eq!(detail.curve.iter().map(|point| point.live).max(), Some(50));
    }

    #[test]
    fn a_report_cut_anywhere_gives_a_reason() {
        for length in 0..REPORT.len() - 1 {
            assert!(detail(&REPORT[..length]).is_err(), "{}", &REPORT[..length]);
        }
    }

    #[test]
    fn a_report_that_lies_gives_a_reason() {
        let huge = u64::MAX.to_string();
        for (honest, lie) in [
            ("\t20\t0\t0", "\t21\t0\t0"),
            ("5\t1\t20", "5\t2\t20"),
            ("5\t1\t20", &format!("5\t{huge}\t{huge}")),
            ("70\t3\t50", "70\t3\t51"),
            ("9\t40", "9\t41"),
            ("\t5\t1", "\t64\t1"),
            ("\t10\tn", "\tzz\tn"),
            ("\tn\t", "\tq\t"),
            ("deletes\t1", "deletes\t-1"),
            ("point\t20", "what\t20"),
            ("heap\t1", "heap\t2"),
        ] {
            assert!(detail(&REPORT.replacen(honest, lie, 1)).is_err(), "{lie}");
        }
        for garbage in ["", "\0", "\n\n", "end", "diptych-heap\t1\nend\n"] {
            assert!(detail(garbage).is_err(), "{garbage:?}");
        }
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        assert!(read(&bytes, &HEAP, &Symbols::default()).is_err());
    }

    #[test]
    fn live_counts_of_a_hostile_report_do_not_overflow() {
        let huge = u64::MAX.to_string();
        let lie = REPORT.replacen("\t1\t40\n", &format!("\t{huge}\t{huge}\n"), 1);
        let lie = lie.replacen("\t10\t0\t0", &format!("\t10\t{huge}\t{huge}"), 1);
        assert!(detail(&lie).is_ok());
    }

    #[test]
    fn rusts_allocator_is_known_by_its_names() {
        let named = |function: &str, called: Option<&str>| Named {
            function: function.into(),
            rust: function == "rust",
            called: called.map(str::to_owned),
        };
        for (named, way, layer) in [
            (named("f", Some("__rustc::__rust_alloc")), Way::Malloc, Layer::Global),
            (named("__rustc::__rdl_realloc", None), Way::Malloc, Layer::Global),
            (named("__rust_alloc_zeroed", None), Way::Malloc, Layer::Global),
            (named("f", Some("malloc")), Way::Malloc, Layer::Malloc),
            (named("operator new(unsigned long)", None), Way::Malloc, Layer::New),
            (named("f", None), Way::New, Layer::New),
            (named("rust", None), Way::Malloc, Layer::Global),
        ] {
            assert_eq!(attributed(named.clone(), way).1, layer, "{named:?}");
        }
    }
}
