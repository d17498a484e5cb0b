//! What a Close event says: the object as it is after the event.
//!
//! An event carries the whole object (`event.data`), so the newest version of each object is its state. Order among
//! versions of one object is by [`CloseRecord::version_at`], then by [`CloseRecord::event_id`].

mod activity;
mod custom;
mod lead;
mod opportunity;

use jiff::Timestamp;
use serde_json::Value;

use crate::json;
use crate::unreadable::{Unreadable, body_of};

pub use activity::{Activity, ActivityKind};
pub use custom::CustomFields;
pub use lead::{Contact, Lead, PhoneEntry};
pub use opportunity::{Opportunity, OpportunityStatus, ValuePeriod};

/// What one line of `bronze/close_events` says about one object.
#[derive(Debug, Clone, PartialEq)]
pub struct CloseRecord {
    /// Close's id of the event; what a sync read has an id made of the object and its version.
    pub event_id: String,
    /// The object's id: `lead_…`, `cont_…`, `oppo_…`, `acti_…`.
    pub object_id: String,
    /// The lead that the object belongs to; a lead's own id.
    pub lead_id: Option<String>,
    /// `data.date_updated`, else `event.date_updated`, else when the event was created.
    pub version_at: Option<Timestamp>,
    pub change: Change,
}

/// What happened to the object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is so now.
    Lead(Lead),
    Contact(Contact),
    Opportunity(Opportunity),
    /// A call, a meeting or a custom activity.
    Activity(Activity),
    /// The object was deleted. Its earlier versions are kept as history; a deleted activity withdraws its outcome.
    Deleted(ObjectKind),
    /// The lead `source` was merged into `destination`, which owns its contacts and opportunities from now on.
    /// `object_id` of the record is the destination.
    LeadMerged {
        source: String,
        destination: String,
    },
}

/// The objects of Close that Bookpath works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    Lead,
    Contact,
    Opportunity,
    Call,
    Meeting,
    CustomActivity,
}

impl ObjectKind {
    /// Every object.
    pub const ALL: [Self; 6] = [
        Self::Lead,
        Self::Contact,
        Self::Opportunity,
        Self::Call,
        Self::Meeting,
        Self::CustomActivity,
    ];

    /// Close's `object_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
            Self::Call => "activity.call",
            Self::Meeting => "activity.meeting",
            Self::CustomActivity => "activity.custom_activity",
        }
    }

    /// The object of an `object_type`; `None` for one that Bookpath does not work with.
    #[must_use]
    pub fn parse(object_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == object_type)
    }
}

/// Reads one bronze line: the object itself first, then the contacts that a lead brings with it.
/// `default_country` (ISO 3166) is the country of numbers without one.
///
/// # Errors
/// [`Unreadable`] for a line without an event, of an object that Bookpath does not work with, or without the
/// object's data where it is not deleted.
pub fn records(line: &Value, default_country: &str) -> Result<Vec<CloseRecord>, Unreadable> {
    let event = json::at(body_of(line), &["event"])
        .ok_or_else(|| Unreadable::new("the line has no `event`"))?;
    let object_type = json::text(event, &["object_type"]).unwrap_or_default();
    let kind = ObjectKind::parse(object_type)
        .ok_or_else(|| Unreadable::new(format!("`{object_type}` is no object to keep")))?;
    let action = json::text(event, &["action"]).unwrap_or_default();
    let head = Head::read(event)?;
    if action == "merged" {
        return Ok(vec![merged(event, head)?]);
    }
    if action == "deleted" {
        return Ok(vec![head.record(Change::Deleted(kind))]);
    }
    let data = json::at(event, &["data"])
        .filter(|data| data.is_object())
        .ok_or_else(|| Unreadable::new("the event has no `data`"))?;
    let change = match kind {
        ObjectKind::Lead => Change::Lead(lead::lead(data)),
        ObjectKind::Contact => Change::Contact(lead::contact(data, default_country)),
        ObjectKind::Opportunity => Change::Opportunity(opportunity::opportunity(data)?),
        ObjectKind::Call => Change::Activity(activity::activity(data, ActivityKind::Call)),
        ObjectKind::Meeting => Change::Activity(activity::activity(data, ActivityKind::Meeting)),
        ObjectKind::CustomActivity => {
            Change::Activity(activity::activity(data, ActivityKind::Custom))
        }
    };
    let mut records = vec![head.record(change)];
    if kind == ObjectKind::Lead {
        records.extend(contacts(&head, data, default_country));
    }
    Ok(records)
}

/// What every record of an event has.
struct Head {
    event_id: String,
    object_id: String,
    lead_id: Option<String>,
    version_at: Option<Timestamp>,
}

impl Head {
    fn read(event: &Value) -> Result<Self, Unreadable> {
        let own = |path: &[&str]| json::text(event, path).map(str::to_owned);
        let object_id = own(&["data", "id"])
            .or_else(|| own(&["object_id"]))
            .ok_or_else(|| Unreadable::new("the event has no `object_id`"))?;
        let is_lead = json::text(event, &["object_type"]) == Some("lead");
        Ok(Self {
            event_id: own(&["id"]).ok_or_else(|| Unreadable::new("the event has no `id`"))?,
            lead_id: own(&["data", "lead_id"])
                .or_else(|| own(&["lead_id"]))
                .or_else(|| is_lead.then(|| object_id.clone())),
            object_id,
            version_at: json::instant_at(event, &["data", "date_updated"])
                .or_else(|| json::instant_at(event, &["date_updated"]))
                .or_else(|| json::instant_at(event, &["date_created"])),
        })
    }

    fn record(&self, change: Change) -> CloseRecord {
        CloseRecord {
            event_id: self.event_id.clone(),
            object_id: self.object_id.clone(),
            lead_id: self.lead_id.clone(),
            version_at: self.version_at,
            change,
        }
    }
}

fn merged(event: &Value, head: Head) -> Result<CloseRecord, Unreadable> {
    let named = |name: &str| {
        json::text(event, &["meta", name])
            .map(str::to_owned)
            .ok_or_else(|| Unreadable::new(format!("the merge has no `meta.{name}`")))
    };
    let (source, destination) = (
        named("merge_source_lead_id")?,
        named("merge_destination_lead_id")?,
    );
    Ok(CloseRecord {
        object_id: destination.clone(),
        lead_id: Some(destination.clone()),
        ..head.record(Change::LeadMerged {
            source,
            destination,
        })
    })
}

/// The contacts of a lead as its API answers them. Each has its own version, where it has one.
fn contacts(head: &Head, lead: &Value, default_country: &str) -> Vec<CloseRecord> {
    let listed = lead.get("contacts").and_then(Value::as_array);
    let listed = listed.into_iter().flatten();
    listed
        .filter_map(|data| {
            let contact = lead::contact(data, default_country);
            Some(CloseRecord {
                object_id: json::text(data, &["id"])?.to_owned(),
                version_at: json::instant_at(data, &["date_updated"]).or(head.version_at),
                ..head.record(Change::Contact(contact))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
