//! Contacts and their figures.

pub mod alerts;
mod candidates;
mod decide;
mod decision_log;
pub(crate) mod decisions;
mod known;
mod resolutions;

use bookpath_domain::people::identity::{ContactId, Node};

pub use candidates::{CandidatePair, Evidence, candidates};
pub use decide::{DecideError, Decided, Decider, DecisionRequest, REASON_CHARS_MAX};
pub use decision_log::{DecidedContact, DecisionLine, decision_log};
pub use decisions::{decisions, directory};
pub use known::{Known, known, rows};
pub use resolutions::Resolutions;

/// The id of the contact with this e-mail address, as long as nothing else is known of it.
pub(crate) fn contact_id(email: &str) -> String {
    ContactId::from_anchor(&Node::Email(email.to_owned())).to_string()
}
