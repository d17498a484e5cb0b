//! `docs/requirements.md` explains exactly the rule ids that something cites.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::repository::{report, texts};

const PAGE: &str = "docs/requirements.md";

/// Documents that the repository does not hold: a citation of one explains nothing to its reader.
const ABSENT: [&str; 3] = [
    r"\bCONTRACT(-DETAILS)? \d",
    r"\b(VENDOR-FACTS|EXAMPLES) \d",
    r"\bDESIGN decision \d",
];

#[test]
fn every_cited_rule_is_explained_and_every_explained_rule_is_cited() {
    let id = Regex::new(r"\b(S[0-4]-\d+|X\d+)\b").unwrap();
    let entry = Regex::new(r"(?m)^- \*\*(S[0-4]-\d+|X\d+)\*\* ").unwrap();
    let mut explained = BTreeSet::new();
    let mut cited: BTreeMap<String, String> = BTreeMap::new();
    for text in texts() {
        if text.path == PAGE {
            let ids = entry.captures_iter(&text.content);
            explained.extend(ids.map(|found| found[1].to_owned()));
            continue;
        }
        for (number, line) in text.lines() {
            for found in id.find_iter(line) {
                let place = format!("{}:{number}", text.path);
                cited.entry(found.as_str().to_owned()).or_insert(place);
            }
        }
    }
    let unexplained = cited
        .iter()
        .filter(|(id, _)| !explained.contains(*id))
        .map(|(id, place)| format!("{place}: {id} is not explained in {PAGE}"));
    let uncited = explained
        .iter()
        .filter(|id| !cited.contains_key(*id))
        .map(|id| format!("{PAGE}: nothing cites {id}"));
    report(&unexplained.chain(uncited).collect::<Vec<_>>());
}

#[test]
fn nothing_cites_a_document_that_is_not_here() {
    let absent = Regex::new(&ABSENT.join("|")).unwrap();
    let mut problems = Vec::new();
    for text in texts() {
        for (number, line) in text.lines().filter(|(_, line)| absent.is_match(line)) {
            problems.push(format!("{}:{number}: {}", text.path, line.trim()));
        }
    }
    report(&problems);
}
