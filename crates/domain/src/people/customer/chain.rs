//! A reschedule chain as one call.

use jiff::Timestamp;

use super::call::Call;
use crate::bookings::attendance::{CrmOutcome, NoShowMarks};

/// An invitee of a chain: a row of `silver/invitees`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainMember {
    pub invitee_uri: String,
    pub updated_at: Timestamp,
    pub canceled: bool,
    pub rescheduled: bool,
    pub start: Timestamp,
    pub no_show: NoShowMarks,
    pub crm_outcome: Option<CrmOutcome>,
    pub host_name: Option<String>,
    pub host_email: Option<String>,
}

impl Call {
    /// The call of a chain by its newest known member; `members` in order of age. `None` without any.
    ///
    /// While the newest one was itself rescheduled to one that has not arrived, the chain counts no
    /// call, only the superseded rows (X3).
    #[must_use]
    pub fn of_chain(members: &[ChainMember]) -> Option<Self> {
        let newest = members.last()?;
        Some(Self::of_newest(newest.clone(), members.len()))
    }

    /// The call of a chain with so many known members, by the newest.
    #[must_use]
    pub fn of_newest(newest: ChainMember, members: usize) -> Self {
        let successor_missing = newest.canceled && newest.rescheduled;
        let superseded = members.saturating_sub(usize::from(!successor_missing));
        Self {
            invitee_uri: newest.invitee_uri,
            start: newest.start,
            updated_at: newest.updated_at,
            canceled: newest.canceled,
            no_show: newest.no_show,
            crm_outcome: newest.crm_outcome,
            superseded_rows: u32::try_from(superseded).unwrap_or(u32::MAX),
            successor_missing,
            host_name: newest.host_name,
            host_email: newest.host_email,
        }
    }
}
