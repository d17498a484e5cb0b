//! What refine remembers between runs.

use serde::{Deserialize, Serialize};

use crate::delta::log::TableState;
use crate::plan::StepState;
use crate::runs::Runs;
use crate::schema::Table;

/// A uri that a row names and no row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dangling {
    /// Hash of the named uri.
    pub name: u64,
    /// Hash of the row that names it, and that row's invitee_created_at.
    pub member: u64,
    pub created: i64,
}

impl Dangling {
    /// Word of an entry whose lowest bit is the index's flag.
    pub(crate) const FLAG: usize = 2;

    /// As an entry of the index.
    pub(crate) fn entry(self, removed: bool) -> [u64; 3] {
        [
            self.name,
            self.member,
            self.created.cast_unsigned() << 1 | u64::from(removed),
        ]
    }

    /// From an entry of the index.
    pub(crate) fn of([name, member, created]: [u64; 3]) -> Self {
        Self {
            name,
            member,
            created: created.cast_signed() >> 1,
        }
    }
}

/// Newest revision of what was spent on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spend {
    /// Days since 1970-01-01.
    pub day: i32,
    pub channel: String,
    /// Empty = NULL.
    pub campaign: String,
    pub amount_minor: i64,
    pub currency: String,
    pub revision: i64,
    /// Number of the change; compute applies those after the last it saw.
    pub change: u64,
}

/// The state object of refine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefineState {
    /// Newest batch applied.
    pub batch: i64,
    /// Microseconds.
    pub as_of: i64,
    /// Reporting zone of `booking_*`.
    pub zone: String,
    pub invitees: TableState,
    pub rejected: TableState,
    pub ad_spend: TableState,
    #[serde(default)]
    pub payments: TableState,
    /// uri hash -> invitee_created_at.
    pub index: Runs<2>,
    /// Uris that no row has: (named uri, who names it, created_at of that one). See [`Dangling`].
    pub dangling: Runs<3>,
    /// Hashes of bronze objects whose rejected records are in `silver.rejected`.
    pub rejected_objects: Runs<1>,
    /// Hashes of the imported spend objects (key and content).
    pub spend_objects: Runs<1>,
    /// Hashes of the ids in `silver.payments`.
    #[serde(default)]
    pub payment_ids: Runs<1>,
    pub spend: Vec<Spend>,
    /// Number of the newest change of spend.
    pub spend_change: u64,
    /// Number of the newest change set.
    pub changes: u64,
    /// Number of the newest change set that starts from nothing.
    pub reset: u64,
}

impl RefineState {
    /// Before the first run.
    pub(crate) fn new(zone: &str, as_of: i64) -> Self {
        Self {
            batch: i64::MIN,
            as_of,
            zone: zone.to_owned(),
            invitees: TableState::default(),
            rejected: TableState::default(),
            ad_spend: TableState::default(),
            payments: TableState::default(),
            index: Runs::default(),
            dangling: Runs::default(),
            rejected_objects: Runs::default(),
            spend_objects: Runs::default(),
            payment_ids: Runs::default(),
            spend: Vec::new(),
            spend_change: 0,
            changes: 0,
            reset: 0,
        }
    }
}

impl StepState for RefineState {
    const KEY: &'static str = "state/refine/current";

    fn table(&self, table: Table) -> Option<&TableState> {
        match table {
            Table::Invitees => Some(&self.invitees),
            Table::Rejected => Some(&self.rejected),
            Table::AdSpend => Some(&self.ad_spend),
            Table::Payments => Some(&self.payments),
            _ => None,
        }
    }
}

/// Key of the change set `number`.
pub(crate) fn changes_key(number: u64) -> String {
    format!("state/changes/{number:012}")
}
