//! A month of a hundred leads, deals that change, and random worlds against a naive model.

mod month;
mod worlds;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::{CallFact, Lead};
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::CallType;
use crate::testing::at;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn lead(contact: &str, touch: &str, campaign: Option<&str>) -> Lead {
    Lead {
        contact_id: contact.to_owned(),
        first_touch_at: at(touch),
        campaign: campaign.map(str::to_owned),
    }
}

fn call(
    row_id: &str,
    contact: &str,
    call_type: CallType,
    start: &str,
    came: Attendance,
) -> CallFact {
    let start = at(start);
    CallFact {
        row_id: row_id.to_owned(),
        contact_id: contact.to_owned(),
        call_type,
        booked_at: start - SignedDuration::from_hours(48),
        start,
        attendance: came,
        attendance_source: AttendanceSource::Default,
        user: None,
    }
}
