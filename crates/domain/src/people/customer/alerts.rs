//! Alerts as transitions: raised once, resolved when they no longer stand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An alert that was raised for a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub contact_id: String,
    pub code: String,
    /// What it was raised about; another subject is another alert. Of `am_change` the two people.
    pub subject: String,
    pub raised_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

/// An alert that stands for a contact now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    pub contact_id: String,
    pub code: String,
    pub subject: String,
}

impl Standing {
    /// The alerts of one contact's summary; `am` and `owner` are the pair of `am_change`.
    #[must_use]
    pub fn new(
        contact_id: &str,
        codes: &[&str],
        am: Option<&str>,
        owner: Option<&str>,
    ) -> Vec<Self> {
        let pair = || {
            let [am, owner] = [am, owner].map(|email| email.unwrap_or_default().to_lowercase());
            format!("{am} {owner}")
        };
        let standing = |code: &&str| Self {
            contact_id: contact_id.to_owned(),
            code: (*code).to_owned(),
            subject: if *code == "am_change" {
                pair()
            } else {
                String::new()
            },
        };
        codes.iter().map(standing).collect()
    }
}

/// What happens to an alert at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum AlertChange {
    /// Kept, and sent to the notification topic.
    Raised(Alert),
    /// Kept with its end; nothing is sent.
    Resolved(Alert),
}

/// What changes between the alerts that are `open` and those that stand at `at`, by contact and code;
/// nothing when both say the same.
///
/// `open` are the alerts of the contacts in question that have no end.
#[must_use]
pub fn transitions(open: &[Alert], now: &[Standing], at: Timestamp) -> Vec<AlertChange> {
    let standing: BTreeSet<&Standing> = now.iter().collect();
    let known: BTreeMap<Standing, &Alert> = open
        .iter()
        .filter(|alert| alert.resolved_at.is_none())
        .map(|alert| (key(alert), alert))
        .collect();
    let ended = known.iter().filter(|(key, _)| !standing.contains(key));
    let ended = ended.map(|(key, alert)| {
        let alert = Alert {
            resolved_at: Some(at),
            ..(*alert).clone()
        };
        (key.clone(), AlertChange::Resolved(alert))
    });
    let new = standing.iter().filter(|key| !known.contains_key(**key));
    let new = new.map(|key| {
        let alert = Alert {
            contact_id: key.contact_id.clone(),
            code: key.code.clone(),
            subject: key.subject.clone(),
            raised_at: at,
            resolved_at: None,
        };
        ((*key).clone(), AlertChange::Raised(alert))
    });
    let changes: BTreeMap<Standing, AlertChange> = ended.chain(new).collect();
    changes.into_values().collect()
}

fn key(alert: &Alert) -> Standing {
    Standing {
        contact_id: alert.contact_id.clone(),
        code: alert.code.clone(),
        subject: alert.subject.clone(),
    }
}
