//! The walls of the house (docs/ARCHITECTURE.md): what may import what, and how long a file may be.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines of code that hold `needle`, tests left out, as `file:line`.
fn uses(files: &[PathBuf], needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            if line.contains(needle) && !line.trim_start().starts_with("//") {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    found
}

fn none(files: &[PathBuf], needles: &[&str]) {
    assert!(!files.is_empty());
    for needle in needles {
        assert_eq!(uses(files, needle), Vec::<String>::new(), "{needle}");
    }
}

fn named(files: &[PathBuf], part: &str) -> Vec<PathBuf> {
    files
        .iter()
        .filter(|file| file.to_string_lossy().contains(part))
        .cloned()
        .collect()
}

#[test]
fn the_engine_is_pure() {
    let engine = rust_files(&root().join("matching/src"));
    none(
        &engine,
        &[
            "sea_orm",
            "async_graphql",
            "tokio",
            "std::fs",
            "std::net",
            "SystemTime",
            "Utc::now",
            "async fn",
        ],
    );
}

#[test]
fn rules_know_neither_database_nor_graphql() {
    let api = rust_files(&root().join("api/src"));
    for pure in [
        "/rules",
        "lifecycle.rs",
        "priority.rs",
        "programme/policy.rs",
        "calendar.rs",
        "team/redact.rs",
        "explain.rs",
    ] {
        none(&named(&api, pure), &["sea_orm", "async_graphql", "async fn"]);
    }
}

#[test]
fn the_front_door_knows_no_aggregate() {
    let door = rust_files(&root().join("api/src/http"));
    none(
        &door,
        &[
            "crate::council",
            "crate::peer",
            "crate::challenge",
            "crate::team",
            "crate::programme",
            "entity::",
        ],
    );
}

#[test]
fn repositories_and_services_do_not_speak_graphql_types() {
    let api = rust_files(&root().join("api/src"));
    for part in ["/repo.rs", "/service.rs", "/service/"] {
        none(
            &named(&api, part),
            &["async_graphql::Context", "#[Object]", "SimpleObject"],
        );
    }
}

#[test]
fn entities_never_become_graphql_types() {
    none(&rust_files(&root().join("entity/src")), &["async_graphql"]);
}

#[test]
fn only_the_clock_reads_the_time() {
    let api: Vec<_> = rust_files(&root().join("api/src"))
        .into_iter()
        .filter(|file| !file.ends_with("clock.rs"))
        .collect();
    none(&api, &["Utc::now", "Local::now", "SystemTime::now"]);
}

#[test]
fn files_stay_short() {
    for part in ["api", "entity", "matching", "migration", "tests"] {
        for file in rust_files(&root().join(part)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 500, "{} has {lines} lines", file.display());
        }
    }
}
