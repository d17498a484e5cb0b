//! Calls, meetings and custom activities: who was spoken to, when, and what came of it.

use bookpath_domain::Attendance;
use bookpath_domain::config::CloseConfig;
use jiff::Timestamp;
use serde_json::Value;

use super::CustomFields;
use crate::json;

/// One activity of a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub kind: ActivityKind,
    pub contact_id: Option<String>,
    pub user_id: Option<String>,
    /// When it took place: a meeting's `starts_at`, a call's `activity_at`, else when it was created.
    pub at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// Seconds: a call's `duration`.
    pub duration_s: Option<i64>,
    /// Close's id of the outcome; [`Activity::attendance`] says what it means.
    pub outcome_id: Option<String>,
    /// The name of the outcome in older organizations: `No-show`.
    pub result: Option<String>,
    /// A call's `answered`, `no-answer`, `vm-left` and so on.
    pub disposition: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    /// A meeting's `upcoming`, `completed`, `canceled`, `declined-by-lead`; a call's `completed` and so on.
    pub status: Option<String>,
    /// Of a custom activity: which type it is of.
    pub custom_type_id: Option<String>,
    pub date_created: Option<Timestamp>,
    pub custom: CustomFields,
}

/// What kind of activity it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityKind {
    Call,
    Meeting,
    Custom,
}

impl ActivityKind {
    /// The column's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Custom => "custom_activity",
        }
    }
}

impl Activity {
    /// What the outcome says about the booking that this call or meeting belongs to (X5): attended, no-show, or
    /// nothing. Only calls and meetings have a say.
    #[must_use]
    pub fn attendance(&self, rules: &CloseConfig) -> Option<Attendance> {
        if self.kind == ActivityKind::Custom {
            return None;
        }
        let outcome = self.outcome_id.as_ref().or(self.result.as_ref())?;
        if rules.no_show_outcomes.contains(outcome) {
            return Some(Attendance::NoShow);
        }
        rules
            .attended_outcomes
            .contains(outcome)
            .then_some(Attendance::Attended)
    }
}

pub(super) fn activity(data: &Value, kind: ActivityKind) -> Activity {
    let own = |name: &str| json::text(data, &[name]).map(str::to_owned);
    let instant = |name: &str| json::instant_at(data, &[name]);
    let created = instant("date_created");
    let at = match kind {
        ActivityKind::Meeting => instant("starts_at"),
        ActivityKind::Call | ActivityKind::Custom => None,
    };
    Activity {
        kind,
        contact_id: own("contact_id"),
        user_id: own("user_id"),
        at: at.or_else(|| instant("activity_at")).or(created),
        ends_at: instant("ends_at"),
        duration_s: json::at(data, &["duration"]).and_then(Value::as_i64),
        outcome_id: own("outcome_id"),
        result: own("result"),
        disposition: own("disposition"),
        direction: own("direction"),
        status: own("status"),
        custom_type_id: own("custom_activity_type_id"),
        date_created: created,
        custom: CustomFields::read(data),
    }
}
