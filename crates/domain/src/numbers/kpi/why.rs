//! Why a row of facts counts in a number or not.

use serde::Serialize;

/// Why a row counts or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Why {
    Counted,
    OtherMonth,
    /// Its contact has no first touch, so it is in no cohort.
    NoFirstTouch,
    OtherUser,
    OtherCampaign,
    OtherCallType,
    Canceled,
    NoShow,
    Attended,
    /// The call has not ended.
    Pending,
    /// Another triage call of the contact counts in this period.
    FurtherCallOfContact,
    NoSolutionCall,
    /// The CRM or a no-show mark says who came.
    Recorded,
    NoCall,
    FirstCallIsTriage,
    /// Its money is in another currency than that in which amounts add up.
    OtherCurrency,
    /// The change left this number as it was.
    NoChange,
}
