//! Files: short ones, each in use, none that names a path of somebody's machine.

use std::collections::BTreeSet;

use regex::Regex;

use crate::exceptions::{Lengths, exceptions, judge};
use crate::repository::{Text, report, texts};

const LINES_MAX: usize = 500;

/// Source that people read from top to bottom.
const SOURCE: [&str; 7] = ["css", "py", "rs", "sh", "sql", "ts", "tsx"];

#[test]
fn files_are_short() {
    let source = texts().into_iter();
    let source = source.filter(|text| SOURCE.contains(&text.extension()));
    let found: Lengths = source
        .map(|text| (text.path.clone(), text.content.lines().count()))
        .collect();
    report(&judge(&found, LINES_MAX, &exceptions().files));
}

/// Targets that cargo finds by themselves.
fn is_crate_root(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    matches!(name, "lib.rs" | "main.rs" | "build.rs")
        || matches!(folder, "benches" | "bin" | "examples" | "tests") && !path.contains("/src/")
}

/// The files that may declare the module of `path`.
fn parents(path: &str) -> Vec<String> {
    let own = path.strip_suffix("/mod.rs");
    let folder = own.unwrap_or(path).rsplit_once('/').map_or("", |(f, _)| f);
    let beside = ["mod.rs", "lib.rs", "main.rs"].map(|name| format!("{folder}/{name}"));
    beside.into_iter().chain([format!("{folder}.rs")]).collect()
}

#[test]
fn every_module_is_declared() {
    let sources: Vec<Text> = texts()
        .into_iter()
        .filter(|text| text.extension() == "rs")
        .collect();
    let declaration = Regex::new(r#"(?m)^\s*(?:pub(?:\([\w: ]+\))? )?mod (\w+);"#).unwrap();
    let declared: BTreeSet<(String, String)> = sources
        .iter()
        .flat_map(|text| {
            let names = declaration.captures_iter(&text.content);
            names.map(|found| (text.path.clone(), found[1].to_owned()))
        })
        .collect();
    let dead = sources.iter().filter(|text| {
        let module = text.path.strip_suffix("/mod.rs").unwrap_or(&text.path);
        let module = module.strip_suffix(".rs").unwrap_or(module);
        let name = module.rsplit('/').next().unwrap_or_default();
        !is_crate_root(&text.path)
            && !parents(&text.path)
                .into_iter()
                .any(|parent| declared.contains(&(parent, name.to_owned())))
    });
    let dead = dead.map(|text| format!("{}: no module declares it", text.path));
    report(&dead.collect::<Vec<_>>());
}

/// Scripts, queries, samples and assets are named by something else, with or without their extension.
#[test]
fn every_other_file_is_used() {
    const USED_BY_NAME: [&str; 9] = [
        "asl.json", "css", "html", "json", "ps1", "py", "sh", "sql", "svg",
    ];
    let texts = texts();
    let dead = texts.iter().filter(|text| {
        let name = text.name();
        let listed = USED_BY_NAME.iter().find_map(|e| name.strip_suffix(e));
        let Some(stem) = listed.map(|stem| stem.trim_end_matches('.')) else {
            return false;
        };
        let named = |other: &Text| other.content.contains(stem);
        !text.path.starts_with('.')
            && !texts
                .iter()
                .filter(|other| other.path != text.path)
                .any(named)
    });
    let dead = dead.map(|text| format!("{}: nothing names it", text.path));
    report(&dead.collect::<Vec<_>>());
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let machine =
        Regex::new(r"(^|[\s\x22'`(=])(/work/|/root/|/Users/|/home/\w+/|[A-Z]:\\)").unwrap();
    let mut problems = Vec::new();
    for text in texts() {
        if text.path == "tests/tidiness/src/files.rs" {
            continue;
        }
        for (number, line) in text.lines().filter(|(_, line)| machine.is_match(line)) {
            problems.push(format!("{}:{number}: {}", text.path, line.trim()));
        }
    }
    report(&problems);
}
