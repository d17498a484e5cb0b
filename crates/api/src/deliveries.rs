//! How answers name the delivery behind a fact.

use bookpath_domain::ToldBy;

/// Its id, and the SHA-256 of its body.
pub(crate) fn names(told_by: Option<&ToldBy>) -> (Option<String>, Option<String>) {
    (
        told_by.map(|by| by.delivery_id.clone()),
        told_by.map(|by| by.raw_sha256.clone()),
    )
}
