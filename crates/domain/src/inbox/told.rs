//! Which delivery told a fact, and where its exact bytes are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::envelope::Envelope;

/// The delivery that told a fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ToldBy {
    /// Lower-case hex SHA-256 of the raw body.
    pub raw_sha256: String,
    pub delivery_id: String,
}

impl From<&Envelope> for ToldBy {
    fn from(envelope: &Envelope) -> Self {
        Self {
            raw_sha256: envelope.raw_sha256.clone(),
            delivery_id: envelope.delivery_id.clone(),
        }
    }
}

/// The earliest delivery that told a fact, with the fact's own time; the same in whatever order they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FirstTold(Option<(Timestamp, ToldBy)>);

impl FirstTold {
    /// A fact of `at`; `by` is `None` where no vendor sent it to us.
    #[must_use]
    pub fn new(at: Timestamp, by: Option<&ToldBy>) -> Self {
        Self(by.map(|by| (at, by.clone())))
    }

    /// The earlier of the two.
    pub fn join(&mut self, other: &Self) {
        let both = self.0.take().into_iter().chain(other.0.clone());
        self.0 = both.min();
    }

    /// The delivery.
    #[must_use]
    pub fn by(&self) -> Option<&ToldBy> {
        self.0.as_ref().map(|(_, by)| by)
    }
}
