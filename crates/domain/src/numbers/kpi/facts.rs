//! The rows that key figures are made of, one kind for each table of facts.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::deals::DealLine;
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::CallType;

/// A kind of fact, as drill-downs name it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum FactKind {
    Leads,
    Calls,
    Deals,
    Cash,
    Spend,
}

impl FactKind {
    /// The name in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// A contact, dated by its first touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub contact_id: String,
    /// The earliest of its forms, bookings and CRM records.
    pub first_touch_at: Timestamp,
    /// Of the first touch.
    pub campaign: Option<String>,
}

/// A reschedule chain of a sales call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFact {
    /// Id of the chain.
    pub row_id: String,
    pub contact_id: String,
    pub call_type: CallType,
    /// When its first member was booked.
    pub booked_at: Timestamp,
    /// Of the newest member.
    pub start: Timestamp,
    pub attendance: Attendance,
    pub attendance_source: AttendanceSource,
    /// Who held it: the team member of the host's address.
    pub user: Option<String>,
}

/// Money received, or given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashLine {
    pub row_id: String,
    pub contact_id: Option<String>,
    /// When it was paid or given back.
    pub at: Timestamp,
    /// The day of that in the reporting zone.
    pub on: Date,
    /// Minor units; negative for a refund.
    pub amount_minor: i64,
    pub user: Option<String>,
}

/// Advertising of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendLine {
    pub row_id: String,
    /// Day of the reporting zone.
    pub on: Date,
    pub campaign: Option<String>,
    /// Minor units.
    pub amount_minor: i64,
}

/// All facts of a run. Every row is there once, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    pub leads: Vec<Lead>,
    pub calls: Vec<CallFact>,
    /// From [`super::deals::lines`].
    pub deals: Vec<DealLine>,
    /// Payments beside the deals; what the CRM says was collected is in `deals`.
    pub cash: Vec<CashLine>,
    pub spend: Vec<SpendLine>,
    pub left_out: LeftOut,
}

/// Payments and spend in another currency than that in which amounts add up. They are in no number, and drill-downs list
/// them as such. Deals have theirs in [`DealLine::left_out`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut {
    pub cash: Vec<InCurrency<CashLine>>,
    pub spend: Vec<InCurrency<SpendLine>>,
}

/// A line with the currency of its amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCurrency<L> {
    /// ISO 4217.
    pub currency: String,
    pub line: L,
}
