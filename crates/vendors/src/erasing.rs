//! Deleting a person's record at a vendor, once the person asked to be forgotten.

use async_trait::async_trait;

use crate::calls::CallError;

/// The vendor's answer to a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// The record is deleted, or never existed. Typeform and Calendly delete it within days of their answer.
    Gone,
    /// Our key or plan lacks the right, so an admin deletes it at the vendor. One line that says what to do.
    NotAllowed(String),
}

/// One vendor's records of people.
#[async_trait]
pub trait PersonRecords: Send + Sync {
    /// Deletes the record that the vendor calls `id`: a contact of Close, `form/token` of Typeform, the address of an
    /// invitee of Calendly. Deleting it again does no harm.
    async fn delete(&self, id: &str) -> Result<Deletion, CallError>;
}
