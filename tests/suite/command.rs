//! The command from outside: run, replay, report, and what it leaves on disk.

use crate::support::{portage, succeeds};
use std::io::{Seek, Write};
use std::path::Path;

/// The quickstart scenario over four days.
const SHORT: [&str; 12] = [
    "quickstart",
    "--runs",
    "12",
    "--set",
    "horizon=4d",
    "--set",
    "migration.deadline=2024-03-04",
    "--set",
    "programmes.rewards.until=2024-03-05",
    "--set",
    "traders.front_end_switch=2024-03-04",
    "--quiet",
];

fn run(out: &Path) {
    succeeds(portage().arg("run").args(SHORT).arg("--out").arg(out));
}

#[test]
fn a_run_leaves_everything_and_can_be_replayed_and_reported_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    run(&out);
    for name in ["manifest.json", "runs.parquet", "timeline.parquet", "summary.json", "report.html"] {
        assert!(out.join(name).metadata().unwrap().len() > 1_000, "{name}");
    }
    let figures = std::fs::read_dir(out.join("figures")).unwrap().count();
    assert!(figures >= 6, "{figures} figures");
    let names = |folder: &Path| -> Vec<String> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert!(names(&out).iter().all(|name| !name.contains("tmp")), "{:?}", names(&out));

    // Earlier results are not overwritten without being asked.
    let again = portage().arg("run").args(SHORT).arg("--out").arg(&out).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("--force"));

    // The report comes out the same from the tables alone.
    let page = std::fs::read(out.join("report.html")).unwrap();
    std::fs::remove_file(out.join("report.html")).unwrap();
    succeeds(portage().arg("report").arg(&out));
    assert!(page == std::fs::read(out.join("report.html")).unwrap(), "the report differs when written again");

    let replay = portage().arg("replay").arg(&out).args(["--run", "7"]).output().unwrap();
    assert_eq!(replay.status.code(), Some(0));
    assert!(String::from_utf8(replay.stderr).unwrap().contains("bit for bit"));
    for name in ["blocks.parquet", "moves.parquet"] {
        assert!(out.join("replay-7").join(name).metadata().unwrap().len() > 1_000, "{name}");
    }
    let beyond = portage().arg("replay").arg(&out).args(["--run", "12"]).output().unwrap();
    assert_eq!(beyond.status.code(), Some(1));
    assert!(String::from_utf8(beyond.stderr).unwrap().contains("expected 0 to 11"));
}

#[test]
fn parts_that_are_left_out_are_left_out_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.toml"), crate::support::ONE_POOL).unwrap();
    succeeds(portage().current_dir(folder.path()).args(["run", "one.toml", "--runs", "8", "-q", "--out", "results"]));
    let page = std::fs::read_to_string(folder.path().join("results/report.html")).unwrap();
    for word in ["NaN", ">inf", "null"] {
        assert!(!page.contains(word), "{word} in the report");
    }
    for prefix in ["http://", "https://"] {
        let links = page.matches(prefix).count()
            - page.matches("http://www.w3.org/").count() * usize::from(prefix == "http://");
        assert_eq!(links, 0, "the report refers to {prefix}");
    }
}

#[test]
fn the_program_knows_itself() {
    let schema = portage().arg("schema").output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(schema["properties"]["pools"].is_object() && schema["$schema"].is_string());
    for arguments in
        [&["scenarios"][..], &["scenarios", "--show", "quickstart"], &["completions", "bash"], &["man"], &["--help"]]
    {
        let output = portage().args(arguments).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 100, "{arguments:?}");
    }
    let shown = portage().args(["scenarios", "--show", "quickstart"]).output().unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&shown.stdout).unwrap();
    file.rewind().unwrap();
    succeeds(portage().args(["check", "-"]).stdin(file));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_finished_runs_and_marks_them_as_partial() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let mut child = portage()
        .args(["run", "quickstart", "--runs", "1000000", "-q", "--out"])
        .arg(&out)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["counts"]["is_partial"], true);
    assert!(manifest["counts"]["finished"].as_u64().unwrap() > 0);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("partial"));
}
