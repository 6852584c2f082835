//! Results in other formats, and read back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::toy;

const RUN: &[&str] = &["--launches", "7", "--launch-ms", "2", "--no-instructions"];

pub fn tests() -> Vec<Trial> {
    vec![
        crate::test("a_run_writes_all_formats_and_report_writes_the_same", formats),
        crate::test("the_page_asks_for_nothing_and_escapes_every_name", page),
        crate::test("a_browser_renders_the_page_without_a_request", browser),
        crate::test("the_page_fits_a_phone", phone),
        crate::test("a_result_is_what_its_schema_says", schema),
        crate::test("every_field_of_the_schema_is_documented", documented),
        crate::test("report_shows_the_table_of_the_run_again", again),
        crate::test("report_compares_two_runs", two),
        crate::test("report_lists_a_folder_in_the_order_of_time", history),
        crate::test("report_says_in_one_line_what_it_cannot_read", unreadable),
    ]
}

/// Beside the crate in its repository, not in its package.
fn repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs with these arguments, and answers standard output; the status must be 0.
fn done(arguments: &[&str]) -> String {
    let output = toy::run(arguments);
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    stdout
}

/// A folder with the result of a run, `result.json`, and what else was asked for.
fn measured(more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let file = folder.path().join("result.json");
    let output =
        toy::run(&[RUN, &["fill", "count", "--json", &file.to_string_lossy()], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", toy::texts(&output).1);
    (folder, file)
}

fn formats() {
    let there = tempfile::tempdir().expect("a directory for temporary files");
    let at = |name: &str| there.path().join(name).to_string_lossy().into_owned();
    let (html, csv, bencher) = (at("a.html"), at("a.csv"), at("a.json"));
    let asked = ["--html", &html, "--csv", &csv, "--bencher", &bencher];
    let (_folder, result) = measured(&asked);
    let (html2, csv2, bencher2) = (at("b.html"), at("b.csv"), at("b.json"));
    let result_name = result.to_string_lossy();
    done(&["report", &result_name, "--html", &html2, "--csv", &csv2, "--bencher", &bencher2]);
    assert_eq!(fs::read_dir(there.path()).expect("it is there").count(), 6, "a draft is left");
    for (one, other) in [(&html, &html2), (&csv, &csv2), (&bencher, &bencher2)] {
        // Log-ratios are rounded in the result file, and only there.
        let same = |path: &str| text(Path::new(path)).len();
        assert!(same(one).abs_diff(same(other)) < 200, "{one} and {other}");
    }
    let csv = text(Path::new(&csv));
    let report: Value = serde_json::from_str(&text(&result)).expect("JSON");
    assert_eq!(csv.lines().count(), 1 + report["rows"].as_array().expect("rows").len());
    let spec = text(&repository("spec/lab-csv.md"));
    let columns = spec.split("<!-- columns -->").nth(1).and_then(|rest| rest.split("<!--").next());
    let columns: Vec<&str> = columns.expect("a list").split('`').skip(1).step_by(2).collect();
    assert_eq!(csv.lines().next(), Some(&*columns.join(",")));
    let bencher: Value = serde_json::from_str(&text(Path::new(&bencher))).expect("JSON");
    let much = &bencher["toy/fill/u64/1000/much"];
    for (name, value) in much["ratio to plain"].as_object().expect("a measure") {
        let field = match name.as_str() {
            "value" => "ratio",
            "lower_value" => "low",
            "upper_value" => "high",
            other => panic!("{other}"),
        };
        let row = crate::whole::row(&report, "much", "fill/u64");
        let (one, other) = (value.as_f64(), row[field].as_f64());
        assert!((one.expect("a number") - other.expect("a number")).abs() < 1e-9, "{name}");
    }
    assert!(much["latency"]["value"].as_f64().expect("a number") > 0.0);
    let twice = toy::run(&["report", &result_name, "--html", &html, "--csv", &html]);
    assert!(toy::texts(&twice).1.contains("is asked for in two formats"));
}

/// A result with all that a page can show, and names that would be markup.
fn hostile(folder: &Path) -> PathBuf {
    let (_keep, file) = measured(&[]);
    let evil = "<script src=\"http://evil.example/x.js\">alert(1)</script>&amp;'\"";
    let whole = text(&file);
    let mut report: Value = serde_json::from_str(&whole).expect("JSON");
    let rename = |place: &mut Value| {
        if *place == "much" || *place == "toy" || *place == "fill/u64" {
            *place = json!(format!("{}{evil}", place.as_str().expect("text")));
        }
    };
    for list in ["rows", "heaps", "effects", "contestants"] {
        for entry in report[list].as_array_mut().expect("a list") {
            for (_, field) in entry.as_object_mut().expect("an object") {
                rename(field);
            }
        }
    }
    for field in ["cpu", "kernel", "governor", "started", "lab"] {
        report["environment"][field] = json!(evil);
    }
    for row in report["rows"].as_array_mut().expect("rows") {
        for field in ["reason", "would_change", "memory_reason", "digest"] {
            row[field] = json!(evil);
        }
        if row["workload"].as_str().is_some_and(|name| name.starts_with("fill")) {
            row["n"] = json!(1000);
        }
    }
    for heap in report["heaps"].as_array_mut().expect("heaps") {
        for site in heap["call_sites"].as_array_mut().into_iter().flatten() {
            site["function"] = json!(evil);
        }
    }
    // A second size, so that something scales.
    let mut more: Vec<Value> = report["rows"].as_array().expect("rows").clone();
    for row in &mut more {
        row["n"] = json!(100_000);
        row["wall_ns"] = json!(row["wall_ns"].as_f64().map(|ns| ns * 100.0));
    }
    report["rows"].as_array_mut().expect("rows").extend(more);
    report["layouts"][0]["fields"][0]["name"] = json!(evil);
    report["failures"] =
        json!([{"component": evil, "workload": evil, "n": 1, "contestant": evil, "message": evil}]);
    report["requirements"] = json!([{"require": evil, "outcome": "undecided", "workloads": [
        {"component": evil, "workload": evil, "n": 1, "outcome": "undecided", "ratio": null,
         "at_least": null, "at_most": null, "reason": evil}]}]);
    let path = folder.join("hostile.json");
    fs::write(&path, report.to_string()).expect("it can be written");
    path
}

/// The page of a hostile result.
fn hostile_page(folder: &Path) -> PathBuf {
    let result = hostile(folder);
    let page = folder.join("page.html");
    done(&["report", &result.to_string_lossy(), "--html", &page.to_string_lossy()]);
    page
}

fn page() {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let page = text(&hostile_page(folder.path()));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(!page.contains("<script"), "a name became markup");
    assert!(page.contains("&lt;script src=&quot;http://evil.example/x.js&quot;&gt;"));
    assert!(page.contains("default-src 'none'"));
    // What would make a browser ask for something.
    for part in page.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        // An attribute's value asks for nothing.
        let names: String = tag.split('"').step_by(2).collect();
        for asks in ["src=", "srcset=", "xlink:href=", "action=", "background="] {
            assert!(!names.contains(&format!(" {asks}")), "{tag}");
        }
        if let Some(target) = tag.split(" href=\"").nth(1) {
            assert!(target.starts_with('#') || target.starts_with("data:,"), "{tag}");
        }
    }
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    let style = style.expect("a style");
    assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    for part in [
        "id=\"summary\"",
        "id=\"ratios\"",
        "id=\"scaling\"",
        "id=\"costs\"",
        "id=\"heaps\"",
        "id=\"elements\"",
        "id=\"effects\"",
        "id=\"layouts\"",
        "id=\"method\"",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    for tag in ["svg", "details", "section", "table", "figure", "div", "span"] {
        let ends = page.matches(&format!("</{tag}>")).count();
        let opens =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opens, ends, "{tag}");
    }
}

/// A browser on the path that can run without a window.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

/// What a browser makes of a page: its document, after `more` options.
fn rendered(page: &Path, more: &[String]) -> Option<String> {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no chromium on the path");
        return None;
    };
    let profile = tempfile::tempdir().expect("a directory for temporary files");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--disable-dev-shm-usage", "--timeout=20000"])
        // Nobody listens there: a request would fail.
        .args(["--proxy-server=127.0.0.1:9", "--dump-dom"])
        .args(more)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("it starts");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn browser() {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let page = hostile_page(folder.path());
    let net = folder.path().join("net.json");
    let Some(dom) = rendered(&page, &[format!("--log-net-log={}", net.display())]) else { return };
    assert!(dom.contains("<svg") && dom.contains("class=\"strip"), "{} bytes", dom.len());
    assert!(!dom.contains("<script"));
    assert!(dom.contains("id=\"method\"") && dom.trim_end().ends_with("</html>"));
    assert!(!text(&net).contains("evil.example"), "the page asked for something");
}

/// A frame as wide as a phone, around the page, tells how wide the page is inside.
fn phone() {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let result = repository("results/vector.json");
    let page = folder.path().join("page.html");
    done(&["report", &result.to_string_lossy(), "--html", &page.to_string_lossy()]);
    let frame = folder.path().join("frame.html");
    let around = format!(
        "<!DOCTYPE html><title>not loaded</title><iframe src=\"file://{}\" \
         style=\"width:320px;height:700px\"></iframe><script>onload = () => {{\
         const page = document.querySelector('iframe').contentDocument.documentElement;\
         document.title = `wide: ${{page.scrollWidth}} of ${{page.clientWidth}}`;\
         }}</script>",
        page.display()
    );
    fs::write(&frame, around).expect("it can be written");
    let open = ["--disable-web-security", "--allow-file-access-from-files"];
    let Some(dom) = rendered(&frame, &open.map(str::to_owned)) else { return };
    let wide = dom.split("<title>wide: ").nth(1).and_then(|rest| rest.split("</title>").next());
    let (page, frame) = wide.expect("a title").split_once(" of ").expect("two widths");
    assert!(frame.parse::<u32>().is_ok_and(|frame| (280..=320).contains(&frame)), "{frame}");
    assert_eq!(page, frame, "the page scrolls sideways");
}

pub fn validator() -> jsonschema::Validator {
    let schema = text(&repository("spec/lab-result.schema.json"));
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn schema() {
    let (_folder, file) = measured(&["--require", "much<=2*plain"]);
    let validator = validator();
    let report: Value = serde_json::from_str(&text(&file)).expect("JSON");
    let errors = |report: &Value| -> Vec<String> {
        let spelled =
            |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(report).map(spelled).collect()
    };
    assert_eq!(errors(&report), Vec::<String>::new());
    for (place, wrong) in [
        ("/version", json!(2)),
        ("/rows/0/verdict", json!("wonderful")),
        ("/rows/0/allocs", json!(-1)),
        ("/heaps/0/curve", json!([[1, 2]])),
        ("/requirements/0/outcome", json!(null)),
        ("/environment", json!({})),
    ] {
        let mut report = report.clone();
        *report.pointer_mut(place).expect(place) = wrong;
        assert!(!errors(&report).is_empty(), "{place}");
    }
    let committed = text(&repository("results/vector.json"));
    assert_eq!(errors(&serde_json::from_str(&committed).expect("JSON")), Vec::<String>::new());
}

fn documented() {
    let (_folder, file) = measured(&["--require", "much<=2*plain"]);
    let report: Value = serde_json::from_str(&text(&file)).expect("JSON");
    let schema = text(&repository("spec/lab-result.schema.json"));
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let spec = text(&repository("spec/lab-json.md"));
    let mut objects = vec![("the file".to_owned(), &schema)];
    let defined = schema["$defs"].as_object().expect("definitions");
    objects.extend(defined.iter().map(|(name, object)| (name.clone(), object)));
    for (name, object) in objects {
        for field in object["properties"].as_object().into_iter().flatten().map(|(field, _)| field)
        {
            assert!(spec.contains(&format!("`{field}`")), "{field} of {name}");
        }
    }
    // And what a run writes is in the schema.
    let known = |value: &Value, name: &str| {
        let properties = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        for (field, _) in value.as_object().expect("an object") {
            assert!(!properties["properties"][field].is_null(), "{field} of {name}");
        }
    };
    known(&report, "");
    for (list, name) in [
        ("environment", "environment"),
        ("method", "method"),
        ("contestants", "contestant"),
        ("rows", "row"),
        ("requirements", "requirement"),
        ("effects", "effect"),
        ("heaps", "heap"),
        ("layouts", "layout"),
    ] {
        match &report[list] {
            Value::Array(entries) => {
                assert!(!entries.is_empty(), "{list}");
                entries.iter().for_each(|entry| known(entry, name));
            }
            object => known(object, name),
        }
    }
}

fn again() {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let file = folder.path().join("result.json").to_string_lossy().into_owned();
    let more = ["fill", "count", "--memory-detail", "--why", "--json", &file];
    let first = done(&[RUN, &more].concat());
    let second = done(&["report", &file, "--memory-detail", "--why"]);
    // The run says its plan first, and that it needs more launches.
    assert!(first.ends_with(&second) && second.len() > 1000, "{first}\n\n{second}");
    let old = repository("results/vector.json");
    let old = done(&["report", &old.to_string_lossy()]);
    assert!(old.contains("vector push_growing/u64, n = 1000"), "{old}");
}

fn two() {
    let (folder, file) = measured(&[]);
    let name = file.to_string_lossy();
    let same = done(&["report", &name, &name]);
    assert!(same.contains("Of their verdicts none changed."), "{same}");
    assert!(!same.contains("warning") && !same.contains("counted:"), "{same}");
    let mut report: Value = serde_json::from_str(&text(&file)).expect("JSON");
    report["environment"]["cpu"] = json!("another machine");
    for row in report["rows"].as_array_mut().expect("rows") {
        row["allocs"] = json!(777);
        for value in row["log_ratios"].as_array_mut().expect("launches") {
            *value = json!(value.as_f64().expect("a number") + 3.0);
        }
    }
    let other = folder.path().join("other.json");
    fs::write(&other, report.to_string()).expect("it can be written");
    let text = done(&["report", &name, &other.to_string_lossy()]);
    assert!(text.contains("warning: another processor:"), "{text}");
    assert!(text.contains("1 row in both: 1 more than before."), "{text}");
    assert!(text.contains("allocs 1 -> 777") || text.contains("-> 777"), "{text}");
    let html = ["--html", "/nowhere/x.html"];
    let output = toy::run(&[&["report", &*name, &*name][..], &html].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(toy::texts(&output).1.contains("are of one result file"));
}

fn history() {
    let (folder, file) = measured(&[]);
    let mut report: Value = serde_json::from_str(&text(&file)).expect("JSON");
    report["environment"]["started"] = json!("1999-01-01T00:00:00Z");
    fs::write(folder.path().join("z.json"), report.to_string()).expect("it can be written");
    fs::write(folder.path().join("notes.txt"), "no result").expect("it can be written");
    let other = "{\"schema\": \"diptych-calibration\"}";
    fs::write(folder.path().join("calibration.json"), other).expect("it can be written");
    let folder_name = folder.path().to_string_lossy();
    let text = done(&["report", "--history", &folder_name]);
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(place("1 z.json:") < place("2 result.json:"), "{text}");
    assert!(place("  1  1999-01-01") > place("n = 1000: much / plain"), "{text}");
    fs::write(folder.path().join("broken.json"), "{").expect("it can be written");
    let output = toy::run(&["report", "--history", &folder_name]);
    let (stdout, stderr) = toy::texts(&output);
    assert_eq!((output.status.code(), stdout), (Some(2), text));
    assert!(stderr.contains("broken.json ends too early"), "{stderr}");
}

fn unreadable() {
    let folder = tempfile::tempdir().expect("a directory for temporary files");
    let bad = folder.path().join("bad.json");
    fs::write(&bad, "{\"schema\": \"diptych-lab\",\n \"version\": 9}").expect("it can be written");
    let bad = bad.to_string_lossy();
    for (arguments, message) in [
        (&["report"][..], "required arguments"),
        (&["report", "/nowhere.json"], "/nowhere.json cannot be read: No such file"),
        (&["report", "/proc"], "/proc cannot be read"),
        (&["report", &*bad], "has version 9 of the result file; this program reads version 1"),
        (&["report", &*bad, &*bad, &*bad], "unexpected"),
        (&["report", "--history", "/nowhere"], "/nowhere cannot be read"),
        (&["report", "--history", &folder.path().to_string_lossy()], "holds no result file"),
    ] {
        let output = toy::run(arguments);
        let (stdout, stderr) = toy::texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    }
}
