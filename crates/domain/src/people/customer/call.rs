//! A call of a contact, and how it stands at an instant.

use jiff::Timestamp;

use crate::bookings::attendance::{CrmOutcome, NoShowMarks};

/// One reschedule chain of a contact, by its newest known member (X3).
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub invitee_uri: String,
    pub start: Timestamp,
    pub updated_at: Timestamp,
    pub canceled: bool,
    pub no_show: NoShowMarks,
    /// What the CRM says of it; stronger than a mark (X5).
    pub crm_outcome: Option<CrmOutcome>,
    /// Members that another one has replaced, known to us as rows.
    pub superseded_rows: u32,
    /// The newest known member was itself rescheduled, to one that has not arrived: the chain counts no
    /// call until it does.
    pub successor_missing: bool,
    pub host_name: Option<String>,
    pub host_email: Option<String>,
}

impl Call {
    fn missed(&self) -> bool {
        match self.crm_outcome {
            Some(outcome) => outcome == CrmOutcome::NoShow,
            None => self.no_show.in_force(),
        }
    }

    pub(super) fn no_show_at(&self, as_of: Timestamp) -> bool {
        self.past_at(as_of) && self.missed()
    }

    pub(super) fn completed_at(&self, as_of: Timestamp) -> bool {
        self.past_at(as_of) && !self.missed()
    }

    pub(super) fn past_at(&self, as_of: Timestamp) -> bool {
        !self.canceled && self.start <= as_of
    }

    pub(super) fn upcoming_at(&self, as_of: Timestamp) -> bool {
        !self.canceled && self.start > as_of
    }
}
