//! `bookpath doctor`: looks at everything that a command or `serve` needs, and says what to do about what is missing.
//! It changes nothing.

mod checks;

use bookpath_domain::BusinessConfig;
use serde::Serialize;
use serde_json::json;

use super::output::{print, table};
use crate::arguments::{Common, DoctorArgs, Target};
use crate::failure::Failure;
use crate::rules;
use crate::stack::Stack;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// It works, but something is missing or worth knowing.
    Note,
    /// It does not work.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    check: String,
    status: Status,
    found: String,
    to_do: Option<String>,
}

impl Check {
    fn ok(check: &str, found: impl Into<String>) -> Self {
        Self {
            check: check.to_owned(),
            status: Status::Ok,
            found: found.into(),
            to_do: None,
        }
    }

    fn note(check: &str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self {
            status: Status::Note,
            to_do: Some(to_do.into()),
            ..Self::ok(check, found)
        }
    }

    fn fault(check: &str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self {
            status: Status::Fault,
            ..Self::note(check, found, to_do)
        }
    }
}

/// What was found.
#[derive(Debug, Serialize)]
struct Findings {
    ok: bool,
    checks: Vec<Check>,
}

/// Fails when something does not work, after it has printed what.
pub(crate) async fn run(common: &Common, args: &DoctorArgs) -> Result<(), Failure> {
    let checks = match common.target {
        Target::Embedded => embedded(common, args).await,
        Target::Aws => deployed(common).await,
    };
    let faults = checks.iter().filter(|c| c.status == Status::Fault).count();
    let findings = Findings {
        ok: faults == 0,
        checks,
    };
    print(common, &findings, words)?;
    match faults {
        0 => Ok(()),
        1 => Err(Failure::Failed("one thing does not work".to_owned())),
        n => Err(Failure::Failed(format!("{n} things do not work"))),
    }
}

async fn embedded(common: &Common, args: &DoctorArgs) -> Vec<Check> {
    let (check, config) = business_rules(common);
    let mut all = vec![check];
    all.extend(checks::directory(common).await);
    all.extend(checks::webhook_keys(common));
    all.extend(checks::vendor_apis());
    all.push(checks::logins());
    all.push(checks::address(args.listen).await);
    all.push(checks::clock(&config));
    all
}

/// The file of the business rules; the rules are the defaults where it can't be read.
fn business_rules(common: &Common) -> (Check, BusinessConfig) {
    const NAME: &str = "business rules";
    const EXAMPLE: &str = "bookpath.example.toml shows every key";
    match rules::read(common) {
        Err(error) => {
            let to_do = format!("mend the file; {EXAMPLE}");
            let check = Check::fault(NAME, error.to_string(), to_do);
            (check, BusinessConfig::default())
        }
        Ok(rules) => {
            let check = match &rules.file {
                None => Check::note(
                    NAME,
                    "there is no bookpath.toml, so every rule has its default: UTC, no prices",
                    format!("write bookpath.toml; {EXAMPLE}"),
                ),
                Some(path) => Check::ok(NAME, path.display().to_string()),
            };
            (check, rules.config)
        }
    }
}

async fn deployed(common: &Common) -> Vec<Check> {
    const NAME: &str = "stack";
    match Stack::open(common).await {
        Err(error) => vec![Check::fault(
            NAME,
            error.to_string(),
            "set AWS_REGION and credentials (`aws sts get-caller-identity` tests them), and --environment; \
             docs/AWS_SETUP_GUIDE.md deploys a stack",
        )],
        Ok(stack) => {
            let mut all = vec![Check::ok(
                NAME,
                format!("{} answers, and its rules can be read", common.environment),
            )];
            all.extend(checks::state(stack.store.as_ref(), stack.clock.as_ref()).await);
            all.push(checks::clock(&stack.rules));
            all
        }
    }
}

fn words(findings: &Findings) -> String {
    let mark = |status| match status {
        Status::Ok => "ok",
        Status::Note => "note",
        Status::Fault => "FAULT",
    };
    let rows = findings
        .checks
        .iter()
        .map(|c| vec![json!(mark(c.status)), json!(c.check), json!(c.found)]);
    let mut text = table(["", "check", "found"], rows);
    let to_do: Vec<String> = findings
        .checks
        .iter()
        .filter_map(|c| Some(format!("- {}: {}", c.check, c.to_do.as_ref()?)))
        .collect();
    if !to_do.is_empty() {
        text += &format!("\n\nWhat to do:\n{}", to_do.join("\n"));
    }
    text
}
