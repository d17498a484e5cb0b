//! Which contacts are worth comparing: those that share a key.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{Timestamp, Unit};

use super::names::Name;
use super::record::{Record, small};
use super::{Contact, People};

/// Contacts that share a key; among more the key says nothing about who is who.
const BLOCK_CONTACTS_MAX: usize = 30;

/// Addresses and numbers of one contact that are compared.
const VALUES_MAX: usize = 20;

/// Domains that give an address to anybody.
const FREE_MAIL: [&str; 22] = [
    "aol.com",
    "comcast.net",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "web.de",
    "yahoo.com",
    "ymail.com",
];

/// What of a contact is compared with another one.
#[derive(Debug)]
pub(super) struct Profile<'a> {
    pub(super) emails: BTreeSet<&'a str>,
    pub(super) phones: BTreeSet<&'a str>,
    pub(super) names: BTreeSet<Name>,
    pub(super) chains: BTreeSet<&'a str>,
    pub(super) campaigns: BTreeSet<&'a str>,
    /// Domains of companies, and companies' names in lower case.
    pub(super) companies: BTreeSet<String>,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
}

impl<'a> Profile<'a> {
    pub(super) fn new(contact: &Contact, records: &'a [Record]) -> Self {
        let members = || contact.members(records);
        let emails: BTreeSet<&str> = members()
            .flat_map(|r| r.emails.iter().map(String::as_str))
            .take(VALUES_MAX)
            .collect();
        let domains = emails.iter().filter_map(|email| company_domain(email));
        let named = members().filter_map(|r| r.company.as_deref());
        let companies = domains.chain(named).map(str::to_lowercase).collect();
        Self {
            phones: members()
                .flat_map(|r| r.phones.iter().map(|p| p.as_str()))
                .take(VALUES_MAX)
                .collect(),
            names: members()
                .filter_map(|r| r.name.as_deref())
                .map(Name::read)
                .take(VALUES_MAX)
                .collect(),
            chains: members().filter_map(|r| r.chain_id.as_deref()).collect(),
            campaigns: members().filter_map(|r| r.campaign.as_deref()).collect(),
            companies,
            first_seen: members().map(|r| r.seen_at).min(),
            last_seen: members().map(|r| r.seen_at).max(),
            emails,
        }
    }

    fn keys(&self) -> BTreeSet<u64> {
        let mut keys = BTreeSet::new();
        let mut add = |kind: &str, value: &str| {
            let mut hasher = DefaultHasher::new();
            (kind, value).hash(&mut hasher);
            keys.insert(hasher.finish());
        };
        for phone in &self.phones {
            add("phone", phone);
        }
        for chain in &self.chains {
            add("chain", chain);
        }
        for email in &self.emails {
            let plain = without_tag(email);
            add("email", &plain);
            if let Some((local, _)) = plain.split_once('@').filter(|(l, _)| l.len() >= 5) {
                add("local", local);
            }
        }
        for name in self.names.iter().filter(|name| name.is_full()) {
            add("name", &name.sorted());
            let family = name.family().unwrap_or_default();
            for given in name.given_keys() {
                for company in &self.companies {
                    add("colleague", &format!("{given} {company}"));
                }
                for week in self.weeks() {
                    add("week", &format!("{given} {family} {week}"));
                }
            }
        }
        keys
    }

    /// The weeks of the first and the last record, and the ones after them.
    fn weeks(&self) -> BTreeSet<i64> {
        let week = |at: Timestamp| at.as_second().div_euclid(7 * 86_400);
        let ends = [self.first_seen, self.last_seen].into_iter().flatten();
        ends.flat_map(|at| [week(at), week(at) + 1]).collect()
    }

    /// Days between the two spans of time, 0 where they overlap.
    pub(super) fn days_apart(&self, other: &Self) -> Option<i64> {
        let later = self.first_seen?.max(other.first_seen?);
        let earlier = self.last_seen?.min(other.last_seen?);
        let days = later.since(earlier).ok()?.total(Unit::Hour).ok()? / 24.0;
        #[expect(clippy::cast_possible_truncation, reason = "days of a calendar fit")]
        Some(days.max(0.0) as i64)
    }
}

/// The domain of an address, unless anybody can have one there.
fn company_domain(email: &str) -> Option<&str> {
    let domain = email.rsplit_once('@')?.1;
    (!FREE_MAIL.contains(&domain)).then_some(domain)
}

/// The address that a plus-address, or dots at Gmail, stand for.
pub(super) fn without_tag(email: &str) -> String {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return email.to_owned();
    };
    let local = local.split('+').next().unwrap_or(local);
    if matches!(domain, "gmail.com" | "googlemail.com") {
        return format!("{}@gmail.com", local.replace('.', ""));
    }
    format!("{local}@{domain}")
}

/// Pairs of places of contacts that share a key, each once, the lower place first.
pub(super) fn pairs(people: &People, records: &[Record]) -> Vec<(u32, u32)> {
    let mut keyed: Vec<(u64, u32)> = Vec::new();
    for (place, contact) in people.contacts.iter().enumerate() {
        let keys = Profile::new(contact, records).keys();
        keyed.extend(keys.into_iter().map(|key| (key, small(place))));
    }
    keyed.sort_unstable();
    let mut pairs = Vec::new();
    for block in keyed.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > BLOCK_CONTACTS_MAX {
            continue;
        }
        for (i, (_, a)) in block.iter().enumerate() {
            pairs.extend(block[i + 1..].iter().map(|(_, b)| (*a, *b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Profiles by place of the contact, made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Profiles<'a> {
    made: HashMap<u32, Profile<'a>>,
}

impl<'a> Profiles<'a> {
    pub(super) fn make(&mut self, place: u32, people: &People, records: &'a [Record]) {
        if let Some(contact) = people.contacts.get(place as usize) {
            let profile = || Profile::new(contact, records);
            self.made.entry(place).or_insert_with(profile);
        }
    }

    pub(super) fn get(&self, place: u32) -> Option<&Profile<'a>> {
        self.made.get(&place)
    }
}
