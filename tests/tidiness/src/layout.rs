//! `docs/ARCHITECTURE.md` names every member of the workspace, and every member has the workspace's lints.

use toml::{Table, Value};

use crate::repository::{report, root, texts};

fn manifest(path: &str) -> Table {
    std::fs::read_to_string(root().join(path))
        .unwrap()
        .parse()
        .unwrap()
}

/// Folders of the members, relative to the root; a `*` stands for every folder in its place.
fn members() -> Vec<String> {
    let workspace = manifest("Cargo.toml");
    let listed = workspace["workspace"]["members"].as_array().unwrap();
    let manifests: Vec<String> = texts()
        .into_iter()
        .filter_map(|text| Some(text.path.strip_suffix("/Cargo.toml")?.to_owned()))
        .collect();
    let is_member = |folder: &&String| {
        listed
            .iter()
            .filter_map(Value::as_str)
            .any(|member| match member.strip_suffix("/*") {
                Some(parent) => folder.rsplit_once('/').is_some_and(|(p, _)| p == parent),
                None => member == *folder,
            })
    };
    manifests.iter().filter(is_member).cloned().collect()
}

#[test]
fn the_architecture_names_every_member_of_the_workspace() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let named = |folder: &str| {
        let function = folder.strip_prefix("crates/lambdas/");
        function.map_or_else(
            || page.contains(&format!("`{folder}`")),
            |function| page.contains(function),
        )
    };
    let members = members();
    assert!(members.len() > 10, "{members:?}");
    let missing = members
        .iter()
        .filter(|folder| !named(folder))
        .map(|folder| format!("docs/ARCHITECTURE.md does not name {folder}"));
    report(&missing.collect::<Vec<_>>());
}

#[test]
fn every_function_has_a_page() {
    let root = root();
    let missing = members()
        .into_iter()
        .filter(|folder| folder.starts_with("crates/lambdas/"))
        .filter(|folder| !root.join(folder).join("README.md").is_file())
        .map(|folder| format!("{folder}/README.md: say what goes in and out, and the environment"));
    report(&missing.collect::<Vec<_>>());
}

#[test]
fn every_member_takes_the_workspaces_lints() {
    let without = members()
        .into_iter()
        .filter(|folder| {
            let manifest = manifest(&format!("{folder}/Cargo.toml"));
            let lints = manifest.get("lints").and_then(|l| l.get("workspace"));
            lints.and_then(Value::as_bool) != Some(true)
        })
        .map(|folder| format!("{folder}/Cargo.toml: [lints] workspace = true is missing"));
    report(&without.collect::<Vec<_>>());
}

/// The nearest `clippy.toml` wins and takes nothing from the root's, so each repeats its limits.
#[test]
fn every_clippy_configuration_has_the_roots_lines() {
    let root_table = manifest("clippy.toml");
    let mut problems = Vec::new();
    for text in texts().iter().filter(|t| t.name() == "clippy.toml") {
        let table: Table = text.content.parse().unwrap();
        for (key, value) in &root_table {
            if table.get(key) != Some(value) {
                problems.push(format!("{}: {key} = {value} is missing", text.path));
            }
        }
    }
    report(&problems);
}
