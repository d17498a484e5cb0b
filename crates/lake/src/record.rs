//! One line of bronze: what it says, or why it is refused.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use sha2::{Digest, Sha256};

use crate::hash::{hash_name, hash64};
use crate::row::{Head, Texts, field};
use crate::time::{NO_TIME, parse_instant};

/// Why a record did not become a row; the text is the `reason` column of `silver.rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reject {
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
    pub(crate) const fn as_str(self) -> &'static str {
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

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// It was handed on.
    Row,
    /// A kind of event that silver does not hold.
    OtherKind,
    /// It is not a valid row.
    Rejected(Reject),
}

/// A JSON string or null, borrowed when it has no escapes.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    fn as_str(&self) -> &str {
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
struct Record<'a> {
    #[serde(borrow, default)]
    webhook_event: Text<'a>,
    #[serde(borrow, default)]
    webhook_created_at: Text<'a>,
    #[serde(borrow, default)]
    marketing_channel: Text<'a>,
    #[serde(borrow, default)]
    invitee_uri: Text<'a>,
    #[serde(borrow, default)]
    invitee_email: Text<'a>,
    #[serde(borrow, default)]
    invitee_name: Text<'a>,
    #[serde(borrow, default)]
    invitee_first_name: Text<'a>,
    #[serde(borrow, default)]
    invitee_last_name: Text<'a>,
    #[serde(borrow, default)]
    invitee_status: Text<'a>,
    #[serde(borrow, default)]
    invitee_timezone: Text<'a>,
    #[serde(borrow, default)]
    invitee_phone: Text<'a>,
    #[serde(borrow, default)]
    invitee_created_at: Text<'a>,
    #[serde(borrow, default)]
    invitee_updated_at: Text<'a>,
    #[serde(default)]
    invitee_rescheduled: Option<bool>,
    #[serde(borrow, default)]
    event_name: Text<'a>,
    #[serde(borrow, default)]
    event_status: Text<'a>,
    #[serde(borrow, default)]
    event_start_time: Text<'a>,
    #[serde(borrow, default)]
    event_end_time: Text<'a>,
    #[serde(borrow, default)]
    event_created_at: Text<'a>,
    #[serde(borrow, default)]
    event_type: Text<'a>,
    #[serde(borrow, default)]
    location_type: Text<'a>,
    #[serde(borrow, default)]
    location_join_url: Text<'a>,
    #[serde(borrow, default)]
    utm_campaign: Text<'a>,
    #[serde(borrow, default)]
    utm_source: Text<'a>,
    #[serde(borrow, default)]
    utm_medium: Text<'a>,
    #[serde(borrow, default)]
    utm_content: Text<'a>,
    #[serde(borrow, default)]
    utm_term: Text<'a>,
    #[serde(borrow, default)]
    raw_sha256: Text<'a>,
    #[serde(borrow, default)]
    payload: Option<Payload<'a>>,
}

#[derive(Deserialize, Default)]
struct Payload<'a> {
    #[serde(borrow, default)]
    old_invitee: Text<'a>,
    #[serde(borrow, default)]
    new_invitee: Text<'a>,
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    no_show: Option<Stamp<'a>>,
    #[serde(borrow, default)]
    cancellation: Option<Stamp<'a>>,
    #[serde(borrow, default)]
    scheduled_event: Option<ScheduledEvent<'a>>,
}

/// A sub-object of which only the time counts.
#[derive(Deserialize)]
struct Stamp<'a> {
    #[serde(borrow, default)]
    created_at: Text<'a>,
}

#[derive(Deserialize)]
struct ScheduledEvent<'a> {
    #[serde(borrow, default)]
    uri: Text<'a>,
    #[serde(borrow, default)]
    event_memberships: Option<Vec<Membership<'a>>>,
}

#[derive(Deserialize)]
struct Membership<'a> {
    #[serde(borrow, default)]
    user_email: Text<'a>,
    #[serde(borrow, default)]
    user_name: Text<'a>,
}

/// Reads one line and hands a valid row to `each`. `origin` says where the line came from.
pub(crate) fn parse_line(
    line: &str,
    origin: (u32, u64),
    each: impl FnOnce(Head, &Texts<'_>),
) -> Parsed {
    let Ok(record) = sonic_rs::from_str::<Record<'_>>(line) else {
        return Parsed::Rejected(Reject::InvalidJson);
    };
    let kind = record.webhook_event.as_str();
    let deleted = match kind {
        "invitee.created" | "invitee.canceled" | "invitee_no_show.created" => false,
        "invitee_no_show.deleted" => true,
        _ => return Parsed::OtherKind,
    };
    let origin = (
        origin.0,
        origin.1,
        u32::try_from(line.len()).unwrap_or(u32::MAX),
    );
    match head(&record, kind == "invitee_no_show.created", deleted) {
        Ok(mut head) => {
            head.origin = origin;
            each(head, &texts(&record));
            Parsed::Row
        }
        Err(reason) => Parsed::Rejected(reason),
    }
}

fn head(record: &Record<'_>, mark_event: bool, unmark_event: bool) -> Result<Head, Reject> {
    let uri = record.invitee_uri.as_str();
    if uri.is_empty() {
        return Err(Reject::MissingInviteeUri);
    }
    if record.invitee_email.as_str().trim().is_empty() {
        return Err(Reject::MissingEmail);
    }
    let time = |text: &Text<'_>, reason| parse_instant(text.as_str()).ok_or(reason);
    let mut head = Head::new(hash64(uri));
    head.created = time(&record.invitee_created_at, Reject::InvalidCreatedAt)?;
    head.updated = time(&record.invitee_updated_at, Reject::InvalidUpdatedAt)?;
    head.start = time(&record.event_start_time, Reject::InvalidStartTime)?;
    head.end = time(&record.event_end_time, Reject::InvalidEndTime)?;
    head.canceled = match record.invitee_status.as_str() {
        "active" => false,
        "canceled" => true,
        _ => return Err(Reject::InvalidStatus),
    };
    head.event_created = parse_instant(record.event_created_at.as_str()).unwrap_or(NO_TIME);
    head.rescheduled = record.invitee_rescheduled.unwrap_or(false);
    let webhook_created = parse_instant(record.webhook_created_at.as_str());
    let payload = record.payload.as_ref();
    if head.canceled {
        let at = payload
            .and_then(|p| p.cancellation.as_ref())
            .and_then(|c| parse_instant(c.created_at.as_str()));
        head.canceled_at = at.unwrap_or(head.updated);
    }
    let no_show = payload.and_then(|p| p.no_show.as_ref());
    head.no_show_set = no_show.is_some();
    if mark_event || (head.no_show_set && !unmark_event) {
        let at = no_show
            .and_then(|n| parse_instant(n.created_at.as_str()))
            .or(webhook_created);
        head.marked = at.unwrap_or(head.updated);
    }
    if unmark_event {
        head.unmarked = webhook_created.unwrap_or(head.updated);
    }
    if let Some(payload) = payload {
        head.names = [
            hash_name(payload.old_invitee.as_str()),
            hash_name(payload.new_invitee.as_str()),
        ];
    }
    Ok(head)
}

fn texts<'a>(record: &'a Record<'_>) -> Texts<'a> {
    let mut texts = [""; field::COUNT];
    texts[field::URI] = record.invitee_uri.as_str();
    texts[field::EMAIL] = record.invitee_email.as_str();
    texts[field::NAME] = record.invitee_name.as_str();
    texts[field::FIRST_NAME] = record.invitee_first_name.as_str();
    texts[field::LAST_NAME] = record.invitee_last_name.as_str();
    texts[field::TIMEZONE] = record.invitee_timezone.as_str();
    texts[field::PHONE] = record.invitee_phone.as_str();
    texts[field::EVENT_NAME] = record.event_name.as_str();
    texts[field::EVENT_STATUS] = record.event_status.as_str();
    texts[field::EVENT_TYPE] = record.event_type.as_str();
    texts[field::LOCATION_TYPE] = record.location_type.as_str();
    texts[field::JOIN_URL] = record.location_join_url.as_str();
    texts[field::UTM_CAMPAIGN] = record.utm_campaign.as_str();
    texts[field::UTM_SOURCE] = record.utm_source.as_str();
    texts[field::UTM_MEDIUM] = record.utm_medium.as_str();
    texts[field::UTM_CONTENT] = record.utm_content.as_str();
    texts[field::UTM_TERM] = record.utm_term.as_str();
    texts[field::RAW_SHA256] = record.raw_sha256.as_str();
    let channel = record.marketing_channel.as_str();
    texts[field::CHANNEL] = if channel.is_empty() {
        "unknown"
    } else {
        channel
    };
    if let Some(payload) = &record.payload {
        texts[field::OLD_INVITEE] = payload.old_invitee.as_str();
        texts[field::NEW_INVITEE] = payload.new_invitee.as_str();
        texts[field::EVENT_URI] = payload.event.as_str();
        if let Some(event) = &payload.scheduled_event {
            if texts[field::EVENT_URI].is_empty() {
                texts[field::EVENT_URI] = event.uri.as_str();
            }
            if let Some(host) = event.event_memberships.as_ref().and_then(|m| m.first()) {
                texts[field::HOST_EMAIL] = host.user_email.as_str();
                texts[field::HOST_NAME] = host.user_name.as_str();
            }
        }
    }
    texts
}

/// `raw_sha256` of a line that may not even be valid.
pub(crate) fn raw_sha256(line: &str) -> String {
    sonic_rs::get(line, ["raw_sha256"])
        .ok()
        .and_then(|v| sonic_rs::from_str::<String>(v.as_raw_str()).ok())
        .unwrap_or_default()
}

/// The last tie-break between two snapshots: the raw body's digest, else the payload's (lower-case hex).
pub(crate) fn tie_digest(line: &str) -> String {
    let stated = raw_sha256(line);
    if !stated.is_empty() {
        return stated;
    }
    let payload = sonic_rs::get(line, ["payload"]).ok();
    hex::encode(Sha256::digest(
        payload.as_ref().map_or("", |p| p.as_raw_str()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Rows;

    fn parse(line: &str) -> (Parsed, Rows) {
        let mut rows = Rows::default();
        (
            parse_line(line, (0, 0), |head, texts| rows.push(head, texts)),
            rows,
        )
    }

    fn valid() -> serde_json::Value {
        serde_json::json!({"webhook_event":"invitee.created","invitee_uri":"u","invitee_email":"a@b.c","invitee_status":"active",
            "invitee_created_at":"2026-03-01T10:00:00Z","invitee_updated_at":"2026-03-01T10:00:00Z",
            "event_start_time":"2026-03-02T10:00:00Z","event_end_time":"2026-03-02T10:30:00Z","invitee_name":"J\u{fc}rgen \"J\""})
    }

    #[test]
    fn the_first_failing_rule_is_the_reason() {
        for (key, reason) in [
            ("invitee_uri", "missing_invitee_uri"),
            ("invitee_email", "missing_email"),
            ("invitee_created_at", "invalid_created_at"),
            ("invitee_updated_at", "invalid_updated_at"),
            ("event_start_time", "invalid_start_time"),
            ("event_end_time", "invalid_end_time"),
            ("invitee_status", "invalid_status"),
        ] {
            let mut record = valid();
            record[key] = serde_json::Value::Null;
            let (parsed, _) = parse(&record.to_string());
            assert!(
                matches!(parsed, Parsed::Rejected(r) if r.as_str() == reason),
                "{key}: {parsed:?}"
            );
        }
        assert_eq!(parse("{").0, Parsed::Rejected(Reject::InvalidJson));
        assert_eq!(
            parse(r#"{"webhook_event":"routing_form_submission.created"}"#).0,
            Parsed::OtherKind
        );
    }

    #[test]
    fn escapes_are_read_and_channels_default() {
        let (parsed, rows) = parse(&valid().to_string());
        assert_eq!(parsed, Parsed::Row);
        let texts = rows.texts(&rows.heads[0]);
        assert_eq!(texts[field::NAME], "J\u{fc}rgen \"J\"");
        assert_eq!(texts[field::CHANNEL], "unknown");
    }

    #[test]
    fn the_digest_is_the_body_s_when_it_is_known() {
        assert_eq!(tie_digest(r#"{"raw_sha256":"ab","payload":{}}"#), "ab");
        assert_eq!(
            tie_digest(r#"{"payload": {"a": 1}}"#),
            hex::encode(Sha256::digest(r#"{"a": 1}"#))
        );
    }
}
