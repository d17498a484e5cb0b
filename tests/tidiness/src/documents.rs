//! Links of the documents lead somewhere, and every page of `docs/` can be reached from the README.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;

use crate::repository::{Text, report, root, texts};

/// Targets of the links of a Markdown page, in order.
fn links(page: &Text) -> Vec<String> {
    Parser::new(&page.content)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// The anchors that GitHub makes of a page's headings.
fn anchors(page: &Text) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new(&page.content) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                anchors.extend(heading.take().map(|text| anchor(&text)));
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        })
        .collect()
}

/// `target` as seen from a page in `folder`, relative to the root.
fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn pages() -> BTreeMap<String, Text> {
    texts()
        .into_iter()
        .filter(|text| text.extension() == "md")
        .map(|text| (text.path.clone(), text))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut problems = Vec::new();
    for page in pages.values() {
        for link in links(page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = if target.is_empty() {
                page.path.clone()
            } else {
                resolved(page.folder(), target)
            };
            if !root().join(&path).exists() {
                problems.push(format!("{}: {link} is not there", page.path));
            } else if !anchor.is_empty()
                && !pages
                    .get(&path)
                    .is_some_and(|p| anchors(p).contains(anchor))
            {
                problems.push(format!("{}: {path} has no heading #{anchor}", page.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_document_that_a_file_names_is_there() {
    let name = Regex::new(r"\bdocs/[\w./-]+\.md\b").unwrap();
    let mut problems = Vec::new();
    for text in texts() {
        for (number, line) in text.lines() {
            for found in name.find_iter(line) {
                if !root().join(found.as_str()).is_file() {
                    let place = format!("{}:{number}", text.path);
                    problems.push(format!("{place}: {} is not there", found.as_str()));
                }
            }
        }
    }
    report(&problems);
}

/// Paths in code marks; a part in `<>`, `{}` or `*` stands for any name, so such a path is not looked up.
#[test]
fn every_path_that_a_document_names_is_there() {
    let path =
        Regex::new(r"^(api|bench|crates|infra|models|statemachines|tests)/[\w./-]+$").unwrap();
    let mut problems = Vec::new();
    for page in pages().values() {
        for event in Parser::new(&page.content) {
            if let Event::Code(code) = event
                && path.is_match(&code)
                && !root().join(&*code).exists()
            {
                problems.push(format!("{}: {code} is not there", page.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let pages = pages();
    let mut reached = BTreeSet::new();
    let mut next = vec!["README.md".to_owned()];
    while let Some(path) = next.pop() {
        let Some(page) = pages.get(&path) else {
            continue;
        };
        if reached.insert(path) {
            let targets = links(page).into_iter();
            next.extend(
                targets.map(|link| {
                    resolved(page.folder(), link.split('#').next().unwrap_or_default())
                }),
            );
        }
    }
    let lost = pages
        .keys()
        .filter(|path| path.starts_with("docs/") && !reached.contains(*path))
        .map(|path| format!("{path}: no page that the README leads to has a link to it"));
    report(&lost.collect::<Vec<_>>());
}
