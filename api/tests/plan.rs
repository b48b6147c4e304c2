//! The commands `plan` and `verify`, as somebody with a file uses them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output},
};

use matching::testkit::synthetic;
use serde_json::{Value, json};

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peer-challenge"));
    command.current_dir(folder).args(words).output().unwrap()
}

fn words(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A season in a folder, plain and gzip.
fn season() -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let season = serde_json::to_value(synthetic(1, 6, 70, 24)).unwrap();
    let text = season.to_string();
    std::fs::write(folder.path().join("season.json"), &text).unwrap();
    let file = std::fs::File::create(folder.path().join("season.json.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap();
    (folder, season)
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

#[test]
fn a_season_is_planned_and_the_plan_verified() {
    let (folder, _) = season();
    let folder = folder.path();
    let planned = run(
        folder,
        &[
            "plan",
            "season.json",
            "--out",
            "plan.json",
            "--certificate",
            "proof.json",
            "--rounds",
            "20",
        ],
    );
    let (stdout, stderr) = words(&planned);
    assert!(planned.status.success(), "{stderr}");
    assert!(
        stdout.contains("6 of 6 scheduled") && stdout.contains("gap 0."),
        "{stdout}"
    );
    let plan = read(folder, "plan.json");
    assert!(plan["objective"].as_i64().unwrap() <= plan["bound"].as_i64().unwrap());
    assert_eq!(plan["cut_short"], false);

    // From gzip, on another number of threads, with another output: the same plan.
    let again = run(
        folder,
        &[
            "plan",
            "season.json.gz",
            "--rounds",
            "20",
            "--threads",
            "3",
            "--format",
            "json",
        ],
    );
    let other: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(other["assignments"], plan["assignments"]);

    let verified = run(folder, &["verify", "season.json.gz", "plan.json", "proof.json"]);
    let (stdout, stderr) = words(&verified);
    assert!(verified.status.success(), "{stderr}");
    assert!(
        stdout.contains("keeps every rule") && stdout.contains("the certificate proves"),
        "{stdout}"
    );

    let csv = run(folder, &["plan", "season.json", "--rounds", "5", "--format", "csv"]);
    let (stdout, _) = words(&csv);
    assert_eq!(
        stdout.lines().count(),
        1 + 36,
        "a head and a line for each slot: {stdout}"
    );
}

#[test]
fn false_claims_are_found() {
    let (folder, _) = season();
    let folder = folder.path();
    let planned = run(
        folder,
        &[
            "plan",
            "season.json",
            "--out",
            "plan.json",
            "--certificate",
            "proof.json",
            "--rounds",
            "5",
        ],
    );
    assert!(planned.status.success());
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut plan = read(folder, "plan.json");
        change(&mut plan);
        std::fs::write(folder.join("false.json"), plan.to_string()).unwrap();
        let output = run(folder, &["verify", "season.json", "false.json", "proof.json"]);
        assert_eq!(output.status.code(), Some(1));
        words(&output).1
    };
    let worth_more = refused(&|plan| plan["objective"] = json!(plan["objective"].as_i64().unwrap() + 1));
    assert!(worth_more.contains("objective: it is "), "{worth_more}");
    let fuller = refused(&|plan| plan["filled"] = json!(99));
    assert!(fuller.contains("filled: it is "), "{fuller}");
    let tighter = refused(&|plan| plan["bound"] = json!(plan["bound"].as_i64().unwrap() - 1));
    assert!(
        tighter.contains("the certificate proves that no plan is worth more than"),
        "{tighter}"
    );
    let twice = refused(&|plan| {
        let first = plan["assignments"][0]["team"][0].clone();
        plan["assignments"][0]["team"].as_array_mut().unwrap().push(first);
    });
    assert!(
        twice.contains("assignments[0].team[6]: peer") && twice.contains("fills two slots"),
        "{twice}"
    );
    let nowhere = refused(&|plan| plan["assignments"][0]["window"] = json!(99));
    assert!(
        nowhere.contains("assignments[0].window: challenge 0 has no window 99"),
        "{nowhere}"
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let (folder, season) = season();
    let folder = folder.path();
    let refused = |text: &str| {
        std::fs::write(folder.join("bad.json"), text).unwrap();
        let output = run(folder, &["plan", "bad.json", "--out", "never.json"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(!folder.join("never.json").exists());
        words(&output).1
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut season = season.clone();
        change(&mut season);
        refused(&season.to_string())
    };
    assert!(refused("{").contains("bad.json"));
    let negative = changed(&|season| season["peers"][3]["council"] = json!(-1));
    assert!(negative.contains("peers[3].council"), "{negative}");
    let missing = changed(&|season| drop(season["challenges"][1].as_object_mut().unwrap().remove("host")));
    assert!(
        missing.contains("challenges[1]") && missing.contains("host"),
        "{missing}"
    );
    let backwards = changed(&|season| season["challenges"][2]["windows"][0]["end"] = json!(-9));
    assert!(backwards.contains("challenges[2].windows[0].end"), "{backwards}");
    // People and windows are told in lists, not one by one.
    let alone = changed(&|season| season["challenges"][1]["barred"] = json!([[3, [0]]]));
    assert!(
        alone.contains("challenges[1].barred[0]") && alone.contains("expected a sequence"),
        "{alone}"
    );
    let version = changed(&|season| season["format"] = json!("peer-season/9"));
    assert!(version.contains("format: \"peer-season/9\""), "{version}");
    let absent = run(folder, &["plan", "nowhere.json"]);
    assert!(words(&absent).1.contains("cannot open nowhere.json"));
    for flag in [["--time-limit", "0"], ["--gap", "2"], ["--threads", "0"]] {
        let output = run(folder, &["plan", "season.json", flag[0], flag[1]]);
        assert_eq!(output.status.code(), Some(2), "{flag:?}");
    }
}

#[test]
fn a_time_limit_ends_the_search_with_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let season = synthetic(2, 40, 400, 120);
    std::fs::write(folder.join("season.json"), serde_json::to_vec(&season).unwrap()).unwrap();
    let output = run(
        folder,
        &[
            "plan",
            "season.json",
            // Time enough for a first plan on a busy machine, and rounds for far longer.
            "--time-limit",
            "1.5",
            "--rounds",
            "1000000",
            "--out",
            "plan.json",
            "--certificate",
            "proof.json",
        ],
    );
    assert!(output.status.success(), "{}", words(&output).1);
    assert_eq!(read(folder, "plan.json")["cut_short"], true);
    let verified = run(folder, &["verify", "season.json", "plan.json"]);
    assert!(verified.status.success(), "{}", words(&verified).1);
}
