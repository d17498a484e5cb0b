//! Leads and contacts: identity edges, owner, where they came from.

use bookpath_domain::people::email;
use bookpath_domain::people::phone::Phone;
use jiff::Timestamp;
use serde_json::Value;

use super::CustomFields;
use crate::json;

/// Addresses and numbers of one contact that are read.
const ENTRIES_MAX: usize = 100;

/// A lead: a company or household with contacts.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct Lead {
    #[debug(skip)]
    pub name: Option<String>,
    pub status_id: Option<String>,
    /// `lead_status` of a contact's view.
    pub status_label: Option<String>,
    /// Close's user who owns the lead; `None` where the organization does not say.
    pub owner_id: Option<String>,
    pub created_by: Option<String>,
    /// The lead's first touch.
    pub date_created: Option<Timestamp>,
    pub custom: CustomFields,
}

/// A person of a lead.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct Contact {
    #[debug(skip)]
    pub name: Option<String>,
    #[debug(skip)]
    pub title: Option<String>,
    /// Match keys, in Close's order, each once.
    #[debug(skip)]
    pub emails: Vec<String>,
    /// In Close's order.
    pub phones: Vec<PhoneEntry>,
    pub date_created: Option<Timestamp>,
    pub custom: CustomFields,
}

/// A number of a contact.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct PhoneEntry {
    /// `None` where it is no possible number.
    pub phone: Option<Phone>,
    #[debug(skip)]
    pub typed: String,
    /// mobile, office, home, direct.
    pub kind: Option<String>,
}

pub(super) fn lead(data: &Value) -> Lead {
    let own = |name: &str| json::text(data, &[name]).map(str::to_owned);
    Lead {
        name: own("display_name").or_else(|| own("name")),
        status_id: own("status_id"),
        status_label: own("status_label").or_else(|| own("status")),
        owner_id: own("owner_id")
            .or_else(|| own("lead_owner_id"))
            .or_else(|| own("user_id")),
        created_by: own("created_by"),
        date_created: json::instant_at(data, &["date_created"]),
        custom: CustomFields::read(data),
    }
}

pub(super) fn contact(data: &Value, default_country: &str) -> Contact {
    let own = |name: &str| json::text(data, &[name]).map(str::to_owned);
    let mut emails: Vec<String> = Vec::new();
    let addresses = entries(data, "emails").filter_map(|entry| json::text(entry, &["email"]));
    for key in addresses.filter_map(email::normalize) {
        if !emails.contains(&key) {
            emails.push(key);
        }
    }
    let phones = entries(data, "phones").filter_map(|entry| {
        let typed = json::text(entry, &["phone"])?;
        Some(PhoneEntry {
            phone: Phone::parse(typed, default_country),
            typed: typed.to_owned(),
            kind: json::text(entry, &["type"]).map(str::to_owned),
        })
    });
    Contact {
        name: own("name").or_else(|| own("display_name")),
        title: own("title"),
        emails,
        phones: phones.collect(),
        date_created: json::instant_at(data, &["date_created"]),
        custom: CustomFields::read(data),
    }
}

fn entries<'a>(data: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    let entries = data.get(list).and_then(Value::as_array);
    entries.into_iter().flatten().take(ENTRIES_MAX)
}
