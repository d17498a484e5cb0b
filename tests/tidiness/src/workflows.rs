//! The workflows of `.github`: they run elsewhere, so what a machine can tell of them is told here. Their syntax is
//! actionlint's, in `make check-infra`.

use std::collections::BTreeSet;

use crate::repository::{Text, report, root, texts};

fn workflows() -> Vec<Text> {
    let found: Vec<Text> = texts()
        .into_iter()
        .filter(|text| text.path.starts_with(".github/") && text.extension() == "yml")
        .filter(|text| !text.path.contains("ISSUE_TEMPLATE"))
        .collect();
    assert!(found.len() >= 3, "two workflows and an action");
    found
}

fn makefile() -> String {
    std::fs::read_to_string(root().join("Makefile")).unwrap()
}

/// What `make` is asked for in the workflows.
fn asked() -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for text in workflows() {
        for (_, line) in text.lines() {
            let command = line.trim_start_matches([' ', '-']).strip_prefix("run: ");
            let targets = command.and_then(|command| command.strip_prefix("make "));
            asked.extend(
                targets
                    .into_iter()
                    .flat_map(str::split_whitespace)
                    .map(str::to_owned),
            );
        }
    }
    asked
}

/// A tag can be moved to other code; a commit can't.
#[test]
fn actions_are_pinned_to_a_commit_and_name_their_version() {
    let pinned = |action: &str| {
        let (commit, version) = action.split_once(" # v")?;
        let (_, commit) = commit.split_once('@')?;
        let hex = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        (hex && version.starts_with(|c: char| c.is_ascii_digit())).then_some(())
    };
    let mut problems = Vec::new();
    for text in workflows() {
        for (n, line) in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            if !action.starts_with("./") && pinned(action).is_none() {
                problems.push(format!(
                    "{}:{n}: {action}: pin it: @<commit> # v1.2.3",
                    text.path
                ));
            }
        }
    }
    report(&problems);
}

#[test]
fn workflows_say_what_they_may_and_every_job_ends() {
    let mut problems = Vec::new();
    for text in workflows()
        .iter()
        .filter(|t| t.path.contains("/workflows/"))
    {
        if !text.content.contains("\npermissions:\n") {
            problems.push(format!("{}: permissions are missing", text.path));
        }
        let count = |what: &str| text.content.matches(what).count();
        let (jobs, limits) = (count("\n    runs-on: "), count("\n    timeout-minutes: "));
        if jobs != limits {
            problems.push(format!(
                "{}: {jobs} jobs, {limits} timeout-minutes",
                text.path
            ));
        }
    }
    report(&problems);
}

#[test]
fn a_pull_request_runs_what_make_test_runs() {
    let makefile = makefile();
    let line = makefile
        .lines()
        .find_map(|line| line.strip_prefix("test: "));
    let all = line.and_then(|line| line.split("##").next()).unwrap();
    let asked = asked();
    let missing = all
        .split_whitespace()
        .filter(|target| !asked.contains(*target));
    let missing: Vec<String> = missing
        .map(|target| format!(".github/workflows/pull-request.yml does not run `make {target}`"))
        .collect();
    assert!(all.split_whitespace().count() > 3, "{all}");
    report(&missing);
}

#[test]
fn the_targets_that_workflows_make_are_there() {
    let makefile = makefile();
    let known = |target: &String| makefile.contains(&format!("\n{target}:"));
    let unknown = asked().into_iter().filter(|target| !known(target));
    let unknown: Vec<String> = unknown
        .map(|t| format!("the Makefile has no `{t}`"))
        .collect();
    report(&unknown);
}
