//! Calendly's bronze lines as rows in the columns of `silver.invitees`: one per event, before they are folded.

use arrow::array::RecordBatch;
use bookpath_domain::config::CallType;
use bookpath_domain::marketing::channel;
use bookpath_domain::marketing::tracking::Tracking;
use sha2::{Digest as _, Sha256};

use super::lines::lines;
use super::record::{Payload, Record, Reject, Text};
use super::rejected::{Rejected, refused};
use crate::error::Result;
use crate::hash::key64;
use crate::input::LakeRules;
use crate::table::batch::{BatchBuilder, Cell};
use crate::time::{Local, Zones, day_name, days, local, parse_instant};
use bookpath_models::Catalog;

/// Collects the events of several objects.
pub(crate) struct EventBuilder<'a> {
    rules: &'a LakeRules,
    now_us: i64,
    zones: Zones,
    rows: BatchBuilder,
    /// Lines read.
    pub(crate) records: usize,
    /// Lines of kinds that silver does not hold.
    pub(crate) other_kinds: u64,
}

/// The instants and flags of an event. Times are microseconds.
#[derive(Debug, Clone, Copy)]
struct Facts {
    created: i64,
    updated: i64,
    start: i64,
    end: i64,
    canceled: bool,
    canceled_at: Option<i64>,
    marked: Option<i64>,
    unmarked: Option<i64>,
    no_show_set: bool,
}

impl<'a> EventBuilder<'a> {
    pub(crate) fn new(rules: &'a LakeRules, now_us: i64) -> Result<Self> {
        let rows = BatchBuilder::new(Catalog::get()?.find("silver.invitees")?);
        Ok(Self {
            rules,
            now_us,
            zones: Zones::default(),
            rows,
            records: 0,
            other_kinds: 0,
        })
    }

    /// Takes in an object of lines.
    pub(crate) fn read(
        &mut self,
        key: &str,
        body: &[u8],
        rejected: &mut Vec<Rejected>,
    ) -> Result<()> {
        for (number, line) in lines(body) {
            self.records += 1;
            if let Err(reason) = self.line(line)? {
                rejected.push(refused(
                    reason.as_str(),
                    key,
                    number,
                    line,
                    raw_sha256(line),
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<RecordBatch> {
        self.rows.finish()
    }

    fn line(&mut self, line: &[u8]) -> Result<std::result::Result<(), Reject>> {
        // serde reads a JSON list as a struct by position, so a list is refused here.
        let record = sonic_rs::from_slice::<Record<'_>>(line).ok();
        let Some(record) = record.filter(|_| line.starts_with(b"{")) else {
            return Ok(Err(Reject::InvalidJson));
        };
        match record.webhook_event.as_str() {
            "invitee.created"
            | "invitee.canceled"
            | "invitee_no_show.created"
            | "invitee_no_show.deleted" => {}
            _ => {
                self.other_kinds += 1;
                return Ok(Ok(()));
            }
        }
        match facts(&record) {
            Ok(facts) => self.push(&record, facts, line).map(Ok),
            Err(reason) => Ok(Err(reason)),
        }
    }

    fn push(&mut self, record: &Record<'_>, facts: Facts, line: &[u8]) -> Result<()> {
        let derived = self.derive(record, facts, line);
        let mut cells = of_calendly(record, facts, &derived.email);
        cells.extend(of_rules(&derived, self.now_us));
        self.rows.push(&cells)
    }

    /// The columns that are derived from the event's values.
    fn derive(&mut self, record: &Record<'_>, facts: Facts, line: &[u8]) -> Derived {
        let zone = record.invitee_timezone.as_str();
        let rules = self.rules;
        let (name, event_type) = (record.event_name.as_str(), record.event_type.as_str());
        let named = |get: fn(&Payload<'_>) -> String| record.payload.as_ref().map(get);
        Derived {
            email: record.invitee_email.as_str().trim().to_lowercase(),
            channel: self.channel(record),
            call_type: rules
                .business
                .call_type(name, event_type)
                .map_or("", call_type_name),
            booked: local(facts.created, &rules.reporting_timezone),
            created_local: self.zones.local(zone, facts.created),
            start_local: self.zones.local(zone, facts.start),
            old: named(|p| p.old_invitee.as_str().to_owned()).unwrap_or_default(),
            new: named(|p| p.new_invitee.as_str().to_owned()).unwrap_or_default(),
            event: event(record.payload.as_ref()),
            event_updated: record
                .payload
                .as_ref()
                .and_then(|p| p.scheduled_event.as_ref())
                .and_then(|event| parse_instant(event.updated_at.as_str())),
            digest: tie_break(record, line),
            raw_sha256: record.raw_sha256.as_str().to_owned(),
            facts,
        }
    }

    /// The channel by the present rules (X66); without a rule that matches, the channel that an import states.
    fn channel(&self, record: &Record<'_>) -> String {
        let given =
            |text: &'_ Text<'_>| (!text.as_str().is_empty()).then(|| text.as_str().to_owned());
        let referrer = record
            .payload
            .as_ref()
            .and_then(|p| p.tracking.as_ref())
            .and_then(|t| given(&t.referrer));
        let [source, medium, campaign, content, term, event_type] = [
            &record.utm_source,
            &record.utm_medium,
            &record.utm_campaign,
            &record.utm_content,
            &record.utm_term,
            &record.event_type,
        ]
        .map(given);
        let tracking = Tracking {
            utm_source: source.as_deref(),
            utm_medium: medium.as_deref(),
            utm_campaign: campaign.as_deref(),
            utm_content: content.as_deref(),
            utm_term: term.as_deref(),
            referrer: referrer.as_deref(),
        };
        let found = channel::resolve(
            &self.rules.business.channels,
            event_type.as_deref(),
            &tracking,
        )
        .name;
        let imported = record.delivery_id.as_str().is_empty();
        match given(&record.marketing_channel) {
            Some(stated) if found == channel::UNKNOWN && imported => stated,
            _ => found,
        }
    }
}

/// The columns that are derived from an event's values.
struct Derived {
    email: String,
    channel: String,
    call_type: &'static str,
    booked: Local,
    created_local: Option<Local>,
    start_local: Option<Local>,
    old: String,
    new: String,
    /// Uri of the event, e-mail and name of its first host.
    event: (String, String, String),
    /// Microseconds since 1970.
    event_updated: Option<i64>,
    digest: String,
    raw_sha256: String,
    facts: Facts,
}

/// The columns from `invitee_uri` to `utm_term`: Calendly's values as they are.
fn of_calendly<'r>(record: &'r Record<'_>, facts: Facts, email: &'r str) -> Vec<Cell<'r>> {
    let text = |text: &'r Text<'_>| Cell::Text(text.as_str());
    vec![
        text(&record.invitee_uri),
        Cell::Text(email),
        text(&record.invitee_name),
        text(&record.invitee_first_name),
        text(&record.invitee_last_name),
        Cell::Text(if facts.canceled { "canceled" } else { "active" }),
        text(&record.invitee_timezone),
        text(&record.invitee_phone),
        Cell::Time(facts.created),
        Cell::Time(facts.updated),
        Cell::Bool(facts.canceled),
        Cell::Bool(record.invitee_rescheduled.unwrap_or(false)),
        text(&record.event_name),
        text(&record.event_status),
        text(&record.event_type),
        Cell::Time(facts.start),
        Cell::Time(facts.end),
        Cell::time(parse_instant(record.event_created_at.as_str())),
        text(&record.location_type),
        text(&record.location_join_url),
        text(&record.utm_campaign),
        text(&record.utm_source),
        text(&record.utm_medium),
        text(&record.utm_content),
        text(&record.utm_term),
    ]
}

/// The columns from `marketing_channel` on. The chain, the attendance and its source are found when events are
/// folded; what the CRM says of the call is told by its own lines.
fn of_rules(derived: &Derived, now_us: i64) -> [Cell<'_>; 31] {
    let Derived { booked, facts, .. } = derived;
    let hour = |local: &Option<Local>| {
        let local = local.as_ref();
        local.map_or(Cell::Null, |local| Cell::Int(local.hour.into()))
    };
    let weekday = derived.created_local.as_ref();
    let weekday = weekday.map_or(Cell::Null, |local| Cell::Text(day_name(local.date)));
    let marks = facts.marked.or(facts.unmarked);
    let mark = marks.map_or("", |_| &derived.raw_sha256);
    [
        Cell::Text(&derived.channel),
        Cell::Date(days(booked.date)),
        Cell::Int(booked.date.year().into()),
        Cell::Int(booked.date.month().into()),
        Cell::Text(day_name(booked.date)),
        Cell::Int(booked.hour.into()),
        Cell::Time(now_us),
        Cell::Text(&derived.event.0),
        Cell::Text(&derived.event.1),
        Cell::Text(&derived.event.2),
        Cell::Text(&derived.old),
        Cell::Text(&derived.new),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        hour(&derived.created_local),
        hour(&derived.start_local),
        Cell::Text(&derived.raw_sha256),
        Cell::time(facts.canceled_at),
        Cell::time(facts.marked),
        Cell::time(facts.unmarked),
        Cell::Bool(facts.no_show_set),
        Cell::Text(&derived.digest),
        Cell::Long(key64(&derived.email)),
        Cell::Long(facts.created),
        Cell::Long(facts.start),
        Cell::Text(derived.call_type),
        Cell::Null,
        Cell::Text(mark),
        Cell::time(derived.event_updated),
        weekday,
    ]
}

fn facts(record: &Record<'_>) -> std::result::Result<Facts, Reject> {
    if record.invitee_uri.as_str().is_empty() {
        return Err(Reject::MissingInviteeUri);
    }
    if record.invitee_email.as_str().trim().is_empty() {
        return Err(Reject::MissingEmail);
    }
    let time = |text: &Text<'_>, reason| parse_instant(text.as_str()).ok_or(reason);
    let created = time(&record.invitee_created_at, Reject::InvalidCreatedAt)?;
    let updated = time(&record.invitee_updated_at, Reject::InvalidUpdatedAt)?;
    let start = time(&record.event_start_time, Reject::InvalidStartTime)?;
    let end = time(&record.event_end_time, Reject::InvalidEndTime)?;
    let canceled = match record.invitee_status.as_str() {
        "active" => false,
        "canceled" => true,
        _ => return Err(Reject::InvalidStatus),
    };
    let payload = record.payload.as_ref();
    let webhook_created = parse_instant(record.webhook_created_at.as_str());
    let cancellation = payload.and_then(|p| p.cancellation.as_ref());
    let canceled_at = cancellation
        .and_then(|c| parse_instant(c.created_at.as_str()))
        .unwrap_or(updated);
    let no_show = payload.and_then(|p| p.no_show.as_ref());
    let kind = record.webhook_event.as_str();
    let unmarks = kind == "invitee_no_show.deleted";
    let marks = kind == "invitee_no_show.created" || (no_show.is_some() && !unmarks);
    let marked = no_show
        .and_then(|n| parse_instant(n.created_at.as_str()))
        .or(webhook_created)
        .unwrap_or(updated);
    Ok(Facts {
        created,
        updated,
        start,
        end,
        canceled,
        canceled_at: canceled.then_some(canceled_at),
        marked: marks.then_some(marked),
        unmarked: unmarks.then(|| webhook_created.unwrap_or(updated)),
        no_show_set: no_show.is_some(),
    })
}

fn call_type_name(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Triage => "triage",
        CallType::Solution => "solution",
    }
}

/// Uri of the event, e-mail and name of its first host.
fn event(payload: Option<&Payload<'_>>) -> (String, String, String) {
    let Some(payload) = payload else {
        return Default::default();
    };
    let event = payload.scheduled_event.as_ref();
    let uri = Some(payload.event.as_str())
        .filter(|uri| !uri.is_empty())
        .or(event.map(|e| e.uri.as_str()));
    let host = event
        .and_then(|e| e.event_memberships.as_ref())
        .and_then(|m| m.first());
    (
        uri.unwrap_or_default().to_owned(),
        host.map(|h| h.user_email.as_str().to_owned())
            .unwrap_or_default(),
        host.map(|h| h.user_name.as_str().to_owned())
            .unwrap_or_default(),
    )
}

/// The last tie-break between two snapshots: the raw body's digest, else the payload's (lower-case hex).
fn tie_break(record: &Record<'_>, line: &[u8]) -> String {
    let stated = record.raw_sha256.as_str();
    if !stated.is_empty() {
        return stated.to_owned();
    }
    let payload = sonic_rs::get(line, ["payload"]).ok();
    hex::encode(Sha256::digest(
        payload.as_ref().map_or("", |p| p.as_raw_str()),
    ))
}

/// `raw_sha256` of a line that may not even be valid.
fn raw_sha256(line: &[u8]) -> String {
    let found = sonic_rs::get(line, ["raw_sha256"]).ok();
    found
        .and_then(|v| sonic_rs::from_str::<String>(v.as_raw_str()).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use bookpath_domain::BusinessConfig;
    use serde_json::{Value, json};

    use super::*;

    fn valid() -> Value {
        json!({"webhook_event":"invitee.created","invitee_uri":"u","invitee_email":" A@b.C ","invitee_status":"active",
            "invitee_created_at":"2026-03-01T10:00:00Z","invitee_updated_at":"2026-03-01T10:00:00Z",
            "event_start_time":"2026-03-02T10:00:00Z","event_end_time":"2026-03-02T10:30:00Z","invitee_name":"J\u{fc}rgen \"J\""})
    }

    fn read(lines: &str, config: &BusinessConfig) -> (RecordBatch, Vec<Rejected>) {
        let rules = LakeRules::from(config);
        let (mut events, mut rejected) = (EventBuilder::new(&rules, 0).unwrap(), Vec::new());
        events.read("k", lines.as_bytes(), &mut rejected).unwrap();
        (events.finish().unwrap(), rejected)
    }

    fn text(batch: &RecordBatch, column: &str) -> String {
        batch
            .column_by_name(column)
            .unwrap()
            .as_string::<i32>()
            .value(0)
            .to_owned()
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
            record[key] = Value::Null;
            let (batch, rejected) = read(&format!("\n{record}\n"), &BusinessConfig::default());
            assert_eq!(
                (batch.num_rows(), &*rejected[0].reason, rejected[0].line),
                (0, reason, 2)
            );
        }
        assert_eq!(
            read("{", &BusinessConfig::default()).1[0].reason,
            "invalid_json"
        );
        let other = r#"{"webhook_event":"routing_form_submission.created"}"#;
        assert_eq!(read(other, &BusinessConfig::default()).1, []);
    }

    #[test]
    fn escapes_are_read_and_addresses_normalised() {
        let (batch, _) = read(&valid().to_string(), &BusinessConfig::default());
        assert_eq!(text(&batch, "invitee_name"), "J\u{fc}rgen \"J\"");
        assert_eq!(text(&batch, "invitee_email"), "a@b.c");
        assert_eq!(text(&batch, "marketing_channel"), "unknown");
    }

    #[test]
    fn the_rules_of_today_find_the_channel() {
        let config = BusinessConfig::from_toml(
            "[[channels.utm_rules]]\nutm_source = \"google\"\nchannel = \"google_ads\"\n",
        )
        .unwrap();
        let mut record = valid();
        record["marketing_channel"] = json!("podcast");
        assert_eq!(
            text(&read(&record.to_string(), &config).0, "marketing_channel"),
            "podcast"
        );
        record["utm_source"] = json!("google");
        assert_eq!(
            text(&read(&record.to_string(), &config).0, "marketing_channel"),
            "google_ads"
        );
        record["utm_source"] = Value::Null;
        record["delivery_id"] = json!("d");
        assert_eq!(
            text(&read(&record.to_string(), &config).0, "marketing_channel"),
            "unknown"
        );
    }

    #[test]
    fn the_tie_break_is_the_body_s_digest_when_it_is_known() {
        let mut record = valid();
        record["payload"] = json!({"a": 1});
        let (batch, _) = read(&record.to_string(), &BusinessConfig::default());
        assert_eq!(
            text(&batch, "payload_sha256"),
            hex::encode(Sha256::digest(r#"{"a":1}"#))
        );
        record["raw_sha256"] = json!("ab");
        assert_eq!(
            text(
                &read(&record.to_string(), &BusinessConfig::default()).0,
                "payload_sha256"
            ),
            "ab"
        );
    }
}
