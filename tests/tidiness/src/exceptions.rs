//! `exceptions.toml`: what is longer than its limit, and how long it may be at most; files that still import one another.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Lengths in lines, by name.
pub(crate) type Lengths = BTreeMap<String, usize>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exceptions {
    /// Files that import one another, in the order of paths, with blanks between.
    pub(crate) circles: BTreeSet<String>,
    /// By path.
    pub(crate) files: Lengths,
    /// By path and name of the function.
    pub(crate) functions: Lengths,
}

pub(crate) fn exceptions() -> Exceptions {
    toml::from_str(include_str!("../exceptions.toml")).unwrap()
}

/// What of `found` is longer than it may be, and which exceptions nothing needs any more.
pub(crate) fn judge(found: &Lengths, max: usize, allowed: &Lengths) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, lines) in found.iter().filter(|(_, lines)| **lines > max) {
        match allowed.get(name) {
            None => problems.push(format!("{name}: {lines} lines, {max} at most: split it")),
            Some(may) if lines > may => {
                problems.push(format!(
                    "{name}: grew from {may} to {lines} lines: split it"
                ));
            }
            Some(_) => {}
        }
    }
    let short = allowed.keys().filter(|name| {
        let lines = found.get(*name);
        lines.is_none_or(|lines| *lines <= max)
    });
    problems.extend(short.map(|name| format!("{name}: take it out of exceptions.toml")));
    problems
}
