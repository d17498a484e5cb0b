//! `docs/errors/` has a page for each problem `code`, and none for any other.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::repository::{report, texts};

/// Where a code is written: beside its status, as a signature's refusal, or in an answer of API Gateway.
const CODES: [&str; 4] = [
    r#"too_many\(\s*"([a-z_]+)""#,
    r#"StatusCode::[A-Z_]+,\s*"([a-z_]+)""#,
    r#"=> "(signature_[a-z]+)""#,
    r#""code":"([a-z_]+)""#,
];

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let patterns = CODES.map(|pattern| Regex::new(pattern).unwrap());
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let mut pages = BTreeSet::new();
    for text in texts() {
        let code = text.path.strip_prefix("docs/errors/");
        if let Some(code) = code.and_then(|name| name.strip_suffix(".md")) {
            pages.insert(code.to_owned());
        }
        let tests = text.path.contains("/tests/") || text.path.ends_with("tests.rs");
        let answers = text.path.starts_with("crates/") && text.extension() == "rs" && !tests;
        if answers || text.path == "infra/template.yaml" {
            for found in patterns.iter().flat_map(|p| p.captures_iter(&text.content)) {
                codes.insert(found[1].to_owned(), text.path.clone());
            }
        }
    }
    pages.remove("README");
    let unexplained = codes
        .iter()
        .filter(|(code, _)| !pages.contains(*code))
        .map(|(code, path)| format!("{path}: docs/errors/{code}.md is missing"));
    let unused = pages
        .iter()
        .filter(|code| !codes.contains_key(*code))
        .map(|code| format!("docs/errors/{code}.md: no answer has this code"));
    report(&unexplained.chain(unused).collect::<Vec<_>>());
}
