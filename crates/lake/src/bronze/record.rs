//! The shape of a bronze line of Calendly.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// Why a record did not become a row; the text is the `reason` column of `silver.rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reject {
    InvalidJson,
    MissingInviteeUri,
    MissingEmail,
    InvalidCreatedAt,
    InvalidUpdatedAt,
    InvalidStartTime,
    InvalidEndTime,
    InvalidStatus,
}

impl Reject {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::MissingInviteeUri => "missing_invitee_uri",
            Self::MissingEmail => "missing_email",
            Self::InvalidCreatedAt => "invalid_created_at",
            Self::InvalidUpdatedAt => "invalid_updated_at",
            Self::InvalidStartTime => "invalid_start_time",
            Self::InvalidEndTime => "invalid_end_time",
            Self::InvalidStatus => "invalid_status",
        }
    }
}

/// A JSON string or null, borrowed when it has no escapes.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(v)))
    }

    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(v.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow, default)]
    pub(super) webhook_event: Text<'a>,
    #[serde(borrow, default)]
    pub(super) webhook_created_at: Text<'a>,
    #[serde(borrow, default)]
    pub(super) marketing_channel: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_uri: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_email: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_first_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_last_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_status: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_timezone: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_phone: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_created_at: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invitee_updated_at: Text<'a>,
    #[serde(default)]
    pub(super) invitee_rescheduled: Option<bool>,
    #[serde(borrow, default)]
    pub(super) event_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_status: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_start_time: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_end_time: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_created_at: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_type: Text<'a>,
    #[serde(borrow, default)]
    pub(super) location_type: Text<'a>,
    #[serde(borrow, default)]
    pub(super) location_join_url: Text<'a>,
    #[serde(borrow, default)]
    pub(super) utm_campaign: Text<'a>,
    #[serde(borrow, default)]
    pub(super) utm_source: Text<'a>,
    #[serde(borrow, default)]
    pub(super) utm_medium: Text<'a>,
    #[serde(borrow, default)]
    pub(super) utm_content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) utm_term: Text<'a>,
    #[serde(borrow, default)]
    pub(super) raw_sha256: Text<'a>,
    /// Only lines of our own receiver have one.
    #[serde(borrow, default)]
    pub(super) delivery_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) payload: Option<Payload<'a>>,
}

#[derive(Deserialize, Default)]
pub(super) struct Payload<'a> {
    #[serde(borrow, default)]
    pub(super) old_invitee: Text<'a>,
    #[serde(borrow, default)]
    pub(super) new_invitee: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event: Text<'a>,
    #[serde(borrow, default)]
    pub(super) no_show: Option<Stamp<'a>>,
    #[serde(borrow, default)]
    pub(super) cancellation: Option<Stamp<'a>>,
    #[serde(borrow, default)]
    pub(super) scheduled_event: Option<ScheduledEvent<'a>>,
    #[serde(borrow, default)]
    pub(super) tracking: Option<Tracking<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Tracking<'a> {
    #[serde(borrow, default)]
    pub(super) referrer: Text<'a>,
}

/// A sub-object of which only the time counts.
#[derive(Deserialize)]
pub(super) struct Stamp<'a> {
    #[serde(borrow, default)]
    pub(super) created_at: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct ScheduledEvent<'a> {
    #[serde(borrow, default)]
    pub(super) uri: Text<'a>,
    #[serde(borrow, default)]
    pub(super) updated_at: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_memberships: Option<Vec<Membership<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Membership<'a> {
    #[serde(borrow, default)]
    pub(super) user_email: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_name: Text<'a>,
}
