//! The same question asked in several ways, and claims that are proven or refuted.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::toy;
use crate::whole::{interrupted, result, row};

const SHORT: &[&str] = &["--launch-ms", "2", "--no-instructions"];

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("a_full_run_asks_in_every_way_that_applies", every_way),
        crate::test("a_winner_that_changes_with_the_state_is_not_named", stateful),
        crate::test("a_claim_decides_the_exit_status", claims),
        crate::test("a_claim_that_nobody_can_judge_is_refused_in_one_line", bad_claims),
        crate::test("launches_rotate_through_copies_of_the_worker", copies),
        crate::test("work_of_several_threads_is_judged_by_cpu_time", threads),
        crate::test("every_row_of_a_pair_says_what_would_change_it", advice),
        crate::test("options_of_the_scheduler_are_recorded", scheduling),
        crate::test("a_calibration_finds_what_is_there", calibration),
        crate::test("an_interrupted_calibration_leaves_what_it_has", interrupted_calibration),
        crate::test("kernels_take_part_in_no_comparison", kernels_apart),
    ]
}

fn compared(more: &[&str]) -> Value {
    result(&[&["compare"], SHORT, more].concat())
}

fn every_way() {
    let report = compared(&["toy/spin", "toy/fill", "--launches", "8"]);
    let design = &report["method"]["design"];
    assert_eq!(design["paddings"], 4);
    assert_eq!((&design["second_opinion"], &design["both_policies"]), (&true.into(), &true.into()));
    let (spin, fill) = (row(&report, "much", "spin/u64"), row(&report, "much", "fill/u64"));
    for row in [spin, fill] {
        for opinion in ["in_process", "other_clock"] {
            assert_eq!(row[opinion]["log_ratios"].as_array().map(Vec::len), Some(8), "{opinion}");
        }
    }
    assert!(fill["pinned"]["ratio"].is_number(), "it allocates");
    assert!(spin["pinned"].is_null(), "it does not");

    let quick = result(&[&["toy/fill", "--launches", "8"], SHORT].concat());
    let row = row(&quick, "much", "fill/u64");
    assert!(row["in_process"].is_null() && row["pinned"].is_null());
}

fn stateful() {
    let report = compared(&["stateful", "--launches", "8"]);
    let row = row(&report, "much", "stateful/u64");
    assert_eq!(row["verdict"], "depends_on_state", "{row}");
    assert!(row["would_change"].as_str().expect("a text").contains("measured in another way"));
}

fn status(claims: &[&str], launches: &str) -> (Option<i32>, String) {
    let mut arguments = [SHORT, &["toy/spin", "toy/fill", "--launches", launches]].concat();
    arguments.extend(claims.iter().flat_map(|claim| ["--require", claim]));
    let output = toy::run(&arguments);
    (output.status.code(), toy::texts(&output).0)
}

fn claims() {
    let (code, text) = status(&["much<=100*plain"], "8");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("require much<=100*plain: proven (2 of 2 workloads proven)"), "{text}");
    let (code, text) = status(&["much<=100*plain", "much <= 0.01*plain"], "8");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("require much <= 0.01*plain: refuted"), "{text}");
    assert!(text.contains("toy/spin/u64/10000: refuted: "), "{text}");
    // Too few launches for an interval decide nothing. A pair that nobody registered is made.
    let (code, text) = status(&["plain<=100*aside"], "3");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("not decided: too few launches"), "{text}");
}

fn bad_claims() {
    for (claim, message) in [
        ("much", "is not of the form NAME<=NUMBER*NAME"),
        ("much<=x*plain", "is not of the form"),
        ("much<=1e9*plain", "is not between 0.001 and 1000"),
        ("much<=1.05*nobody", "no contestant is named \"nobody\""),
    ] {
        let output = toy::run(&["spin", "--require", claim]);
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!((output.status.code(), &*stdout), (Some(2), ""), "{claim}");
        assert!(stderr.contains(message) && stderr.lines().count() == 1, "{stderr}");
    }
}

fn copies() {
    let report = compared(&["toy/spin", "--launches", "8", "--paddings", "8"]);
    let about = &report["contestants"][0];
    let mut shifts: Vec<u64> = about["paddings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|shift| shift.as_u64().expect("a number"))
        .collect();
    assert_eq!(shifts.len(), 8, "{about}");
    shifts.sort_unstable();
    shifts.dedup();
    assert_eq!(shifts.len(), 8, "{about}");
    assert!(row(&report, "much", "spin/u64")["layout_margin"].is_number());

    let report = compared(&["toy/spin", "--launches", "8", "--paddings", "1"]);
    assert_eq!(report["contestants"][0]["paddings"], serde_json::json!([0]));
    // One layout cannot tell what layouts do.
    assert!(row(&report, "much", "spin/u64")["layout_margin"].as_f64() > Some(0.06));
}

fn threads() {
    let report = compared(&["toy/both", "toy/spin", "--launches", "8", "--pin", "0"]);
    let (both, one) = (row(&report, "much", "both/u64"), row(&report, "much", "spin/u64"));
    assert_eq!((&both["clock"], &both["threads"]), (&"cpu".into(), &2.into()));
    assert_eq!((&one["clock"], &one["threads"]), (&"wall".into(), &1.into()));
}

fn advice() {
    let report = compared(&["toy/spin", "--launches", "8"]);
    for row in report["rows"].as_array().expect("rows") {
        let asked = !row["baseline"].is_null();
        assert_eq!(asked, row["would_change"].is_string(), "{row}");
        assert_eq!(asked, row["needs"].is_string(), "{row}");
    }
    let output = toy::run(&[SHORT, &["toy/spin", "--launches", "3", "--why"]].concat());
    let (stdout, _) = toy::texts(&output);
    assert!(stdout.contains("\n      fewer than 7 launches give no interval\n"), "{stdout}");
}

fn scheduling() {
    let report = compared(&["toy/spin", "--launches", "1", "--pin", "0"]);
    let scheduling = &report["method"]["scheduling"];
    assert_eq!(scheduling["pin"], 0);
    assert!(scheduling["fifo"].is_null() && scheduling["autogroup"].is_null());
    // Processes share the processor that is pinned, or one of the laboratory's choice, or none.
    for (options, stays) in [(&["--pin", "0"][..], true), (&[], true), (&["--roam"], false)] {
        let report = compared(&[&["toy/spin", "--launches", "2"], options].concat());
        let (cores, row) = (&report["cores"], &report["rows"][0]);
        assert_eq!(report["method"]["scheduling"]["roam"], !stays, "{options:?}");
        assert_eq!((cores.is_object(), row["core_shared"].is_number()), (stays, stays));
        if stays {
            let rounds = cores["probes"].as_f64().zip(row["samples_per_launch"].as_f64());
            assert!(rounds.is_some_and(|(probes, samples)| probes >= samples), "{cores}");
        }
    }
    // Of work of two threads nobody says where it ran.
    let report = compared(&["toy/both", "--launches", "1"]);
    assert!(report["cores"].is_null(), "{report}");
    for bad in [["--fifo", "0"], ["--autogroup", "20"], ["--pin", "-1"]] {
        assert_eq!(toy::run(&bad).status.code(), Some(2), "{bad:?}");
    }
}

fn calibration() {
    let report = result(&[
        "calibrate",
        "--comparisons",
        "3",
        "--tries",
        "2",
        // So many that one bad launch does not matter.
        "--launches",
        "10",
        "--launch-ms",
        "4",
        "--no-neighbour",
    ]);
    assert_eq!(
        (&report["schema"], &report["complete"]),
        (&"diptych-calibration".into(), &true.into())
    );
    assert_eq!((&report["launches"], &report["comparisons"]), (&10.into(), &3.into()));
    let kernel = &report["kernels"][0];
    assert_eq!((&kernel["kernel"], &kernel["language"]), (&"toy".into(), &"rust".into()));
    let added = &kernel["added"][0];
    // Twice the work is found whatever the machine does meanwhile.
    assert_eq!(
        (&added["percent"], &added["tries"], &added["found"]),
        (&100.0.into(), &2.into(), &2.into())
    );
    assert!(added["in_process"].as_f64() > Some(20.0), "{added}");
}

fn interrupted_calibration() {
    let (text, report) = interrupted(&["calibrate", "--comparisons", "1000"]);
    assert!(text.contains("stopped before its end"), "{text}");
    assert_eq!((&report["neighbour"], &report["failures"]), (&true.into(), &serde_json::json!([])));
}

fn kernels_apart() {
    let (list, _) = toy::texts(&toy::run(&["list"]));
    assert!(!list.contains("kernel") && !list.contains("calibration"), "{list}");
    let (list, stderr) = toy::texts(&toy::run(&["calibrate", "spin"]));
    assert!(list.is_empty() && stderr.contains("no workload is named like"), "{list}{stderr}");
}
