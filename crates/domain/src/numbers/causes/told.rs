//! Rows of silver that differ between two moments, and the contact, deal or spend that each is about.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use super::moment::Moment;
use super::parts::FactOwner;
use crate::numbers::month::Month;
use crate::people::identity::{ContactId, RecordKey};
use crate::people::resolved::{Resolved, ResolvedContact};
use crate::people::sources::{InviteeRow, Sources, SpendRow};

/// Where news came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Telling {
    /// A webhook whose body has this SHA-256.
    Raw(String),
    /// An entry of the ledger.
    Payment {
        booking_id: String,
        payment_id: String,
    },
    /// A record without a webhook of its own, as an imported one.
    Record,
}

/// Sources of news, by the contact, deal or spend that the news is about.
#[derive(Debug, Default)]
pub(super) struct Tellings {
    of: HashMap<FactOwner, BTreeSet<Telling>>,
    /// Contacts that share a record across the two moments: pairs that were merged or split, in both directions.
    joined: HashMap<String, BTreeSet<String>>,
    /// Rows of spend that changed.
    spend: Vec<SpendRow>,
}

impl Tellings {
    pub(super) fn between(before: &Moment, after: &Moment) -> Self {
        let mut told = Self::default();
        let sides = Sides::new(before, after);
        told.join(&before.resolved, &after.resolved);
        told.invitees(&sides);
        told.forms(&sides);
        told.crm(&sides);
        told.deals(&sides);
        told.payments(&sides);
        told.spend = changed(&before.sources.spend, &after.sources.spend, spend_key)
            .into_iter()
            .filter_map(|(then, now)| now.or(then).cloned())
            .collect();
        told
    }

    /// Sources of news about these people and about those they were merged with or split from. A record without a
    /// webhook is named only where no webhook is.
    pub(super) fn of(&self, whose: &BTreeSet<FactOwner>) -> Option<BTreeSet<Telling>> {
        let mut about: BTreeSet<FactOwner> = whose.clone();
        for one in whose {
            if let FactOwner::Contact(contact) = one {
                about.extend(self.group(contact).into_iter().map(FactOwner::Contact));
            }
        }
        let found = about.iter().filter_map(|one| self.of.get(one)).flatten();
        known_first(found)
    }

    /// All sources of news.
    pub(super) fn all(&self) -> Option<BTreeSet<Telling>> {
        known_first(self.of.values().flatten())
    }

    /// Whether this contact was merged with another one or split.
    pub(super) fn is_joined(&self, whose: &FactOwner) -> bool {
        matches!(whose, FactOwner::Contact(contact) if self.joined.contains_key(contact))
    }

    /// Whether spend changed that a row of this table counts.
    pub(super) fn spent(&self, table: &str, key: &[Option<String>]) -> bool {
        let at = |place: usize| key.get(place).and_then(Option::as_deref);
        self.spend.iter().any(|row| {
            let (day, month) = (row.day.to_string(), Month::containing(row.day).to_string());
            let (channel, campaign) = (Some(&*row.channel), row.campaign.as_deref());
            match table {
                "gold.kpi_monthly" => {
                    at(0) == Some(month.as_str()) && at(1).is_none() && at(2) == campaign
                }
                "gold.cost_per_booking" => {
                    at(0) == Some(day.as_str()) && at(1) == channel && at(2) == campaign
                }
                "gold.channel_attribution" => {
                    let whole = matches!(at(3), Some("markov" | "shapley"));
                    at(0) == Some(month.as_str())
                        && at(1) == channel
                        && (whole || at(2) == campaign)
                }
                _ => false,
            }
        })
    }

    fn group(&self, contact: &str) -> BTreeSet<String> {
        let mut group = BTreeSet::from([contact.to_owned()]);
        let mut open = vec![contact.to_owned()];
        while let Some(one) = open.pop() {
            for other in self.joined.get(&one).into_iter().flatten() {
                if group.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
        group
    }

    /// Records that both moments know, with another contact in each.
    fn join(&mut self, before: &Resolved, after: &Resolved) {
        let now: HashMap<_, _> = records(after).collect();
        for (key, then) in records(before) {
            let Some(now) = now.get(key).filter(|now| **now != then) else {
                continue;
            };
            let (then, now) = (then.to_string(), now.to_string());
            self.joined
                .entry(then.clone())
                .or_default()
                .insert(now.clone());
            self.joined.entry(now).or_default().insert(then);
        }
    }

    fn tell<'a>(
        &mut self,
        telling: &Telling,
        contacts: impl IntoIterator<Item = Option<&'a ResolvedContact>>,
    ) {
        for contact in contacts.into_iter().flatten() {
            let whose = FactOwner::Contact(contact.contact_id.clone());
            self.of.entry(whose).or_default().insert(telling.clone());
        }
    }

    fn invitees(&mut self, sides: &Sides<'_>) {
        let rows = sides.changed(|s| &s.invitees, |row| &row.invitee_uri);
        for (then, now) in rows {
            let tellings = of_invitee((then, now));
            // Its chain is in another row.
            let derived = then.zip(now).is_some_and(|(then, now)| {
                let chain_id = now.chain_id.clone();
                *now == InviteeRow {
                    chain_id,
                    ..then.clone()
                }
            });
            let contacts: Vec<Option<&ResolvedContact>> = sides.both(|moment| {
                let row = |row: &InviteeRow| {
                    let resolved = &moment.resolved;
                    [
                        resolved.contact_of_invitee(&row.invitee_uri),
                        contact_of_chain(resolved, &row.chain_id),
                    ]
                };
                then.into_iter().chain(now).flat_map(row).collect()
            });
            if !derived {
                for telling in tellings {
                    self.tell(&telling, contacts.iter().copied());
                }
            }
        }
    }

    fn forms(&mut self, sides: &Sides<'_>) {
        for (then, now) in sides.changed(|s| &s.forms, |row| &row.token) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let token = then.or(now).map_or("", |row| &row.token);
            let contacts = sides.both(|moment| vec![moment.resolved.contact_of_form(token)]);
            self.tell(&telling, contacts);
        }
    }

    /// Leads, contacts and calls of the CRM: they are about everybody of their lead.
    fn crm(&mut self, sides: &Sides<'_>) {
        let mut news: Vec<(Telling, BTreeSet<&str>, Option<&str>)> = Vec::new();
        for (then, now) in sides.changed(|s| &s.crm_leads, |row| &row.lead_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.flat_map(|row| [Some(&*row.lead_id), row.merged_into.as_deref()]);
            news.push((telling, leads.flatten().collect(), None));
        }
        for (then, now) in sides.changed(|s| &s.crm_contacts, |row| &row.crm_contact_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.filter_map(|row| row.lead_id.as_deref()).collect();
            let own = then.or(now).map(|row| &*row.crm_contact_id);
            news.push((telling, leads, own));
        }
        for (then, now) in sides.changed(|s| &s.activities, |row| &row.activity_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.filter_map(|row| row.lead_id.as_deref()).collect();
            let own = now.or(then).and_then(|row| row.crm_contact_id.as_deref());
            news.push((telling, leads, own));
        }
        if news.is_empty() {
            return;
        }
        let people = [LeadPeople::new(sides.before), LeadPeople::new(sides.after)];
        for (telling, leads, own) in news {
            let of_lead = people.iter().flat_map(|people| people.of(&leads));
            self.tell(&telling, of_lead);
            if let Some(own) = own {
                let contacts = sides.both(|m| vec![m.resolved.contact_of_crm_contact(own)]);
                self.tell(&telling, contacts);
            }
        }
    }

    fn deals(&mut self, sides: &Sides<'_>) {
        let rows = sides.changed(
            |s| &s.opportunities,
            |row| (&*row.opportunity_id, row.version_at),
        );
        for (then, now) in rows {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let id = then.or(now).map_or("", |row| &row.opportunity_id);
            let contacts = sides.both(|m| vec![m.resolved.contact_of_opportunity(id)]);
            self.tell(&telling, contacts);
        }
    }

    fn payments(&mut self, sides: &Sides<'_>) {
        for (then, now) in sides.changed(|s| &s.payments, |row| &row.payment_id) {
            let Some(row) = now.or(then) else { continue };
            let telling = Telling::Payment {
                booking_id: row.booking_id.clone(),
                payment_id: row.payment_id.clone(),
            };
            let id = &row.payment_id;
            let contacts = sides.both(|m| vec![m.resolved.contact_of_payment(id)]);
            self.tell(&telling, contacts);
            let whose = FactOwner::Payment(id.clone());
            self.of.entry(whose).or_default().insert(telling);
        }
    }
}

/// Those with a source, or where none has one the others; `None` where there is nothing.
fn known_first<'a>(found: impl Iterator<Item = &'a Telling>) -> Option<BTreeSet<Telling>> {
    let (known, others): (BTreeSet<Telling>, BTreeSet<Telling>) = found
        .cloned()
        .partition(|telling| *telling != Telling::Record);
    let found = if known.is_empty() { others } else { known };
    (!found.is_empty()).then_some(found)
}

/// What a row that changed says: its webhook where that is another one than before.
fn telling<T>((then, now): Pair<'_, T>, raw: fn(&T) -> Option<&str>) -> Telling {
    let (then, now) = (then.and_then(raw), now.and_then(raw));
    match now.filter(|_| then != now) {
        Some(sha256) => Telling::Raw(sha256.to_owned()),
        None => Telling::Record,
    }
}

/// What an invitee that changed says: its webhook, and where a no-show mark was set or taken back the mark's.
fn of_invitee(pair: Pair<'_, InviteeRow>) -> BTreeSet<Telling> {
    let mut tellings = BTreeSet::from([telling(pair, |row| row.raw_sha256.as_deref())]);
    let (then, now) = pair;
    let marks = |row: Option<&InviteeRow>| row.map(|row| row.no_show).unwrap_or_default();
    let mark = now.and_then(|row| row.mark_sha256.clone());
    if marks(then) != marks(now) {
        tellings.extend(mark.map(Telling::Raw));
    }
    tellings
}

/// The contact of a chain.
fn contact_of_chain<'r>(resolved: &'r Resolved, chain_id: &str) -> Option<&'r ResolvedContact> {
    let bookings = &resolved.bookings;
    let place = bookings.binary_search_by(|booking| booking.chain_id.as_str().cmp(chain_id));
    resolved.contact(&bookings.get(place.ok()?)?.contact_id)
}

fn spend_key(row: &SpendRow) -> (jiff::civil::Date, &str, Option<&str>) {
    (row.day, &row.channel, row.campaign.as_deref())
}

/// Every record with its contact.
fn records(resolved: &Resolved) -> impl Iterator<Item = (&RecordKey, ContactId)> {
    let all = resolved.records.iter().enumerate();
    all.filter_map(|(place, record)| {
        let contact = resolved.people.contact_of(place)?;
        Some((&record.key, contact.contact_id))
    })
}

/// The two moments.
struct Sides<'a> {
    before: &'a Moment,
    after: &'a Moment,
}

impl<'a> Sides<'a> {
    const fn new(before: &'a Moment, after: &'a Moment) -> Self {
        Self { before, after }
    }

    fn changed<T: PartialEq, K: Eq + Hash>(
        &self,
        of: fn(&'a Sources) -> &'a Vec<T>,
        key: fn(&'a T) -> K,
    ) -> Vec<Pair<'a, T>> {
        changed(of(&self.before.sources), of(&self.after.sources), key)
    }

    /// What both moments say.
    fn both<T>(&self, of: impl Fn(&'a Moment) -> Vec<T>) -> Vec<T> {
        let mut found = of(self.before);
        found.extend(of(self.after));
        found
    }
}

/// A row before and after; one of them at least is there.
type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Rows that differ between the two moments.
fn changed<'a, T: PartialEq, K: Eq + Hash>(
    before: &'a [T],
    after: &'a [T],
    key: fn(&'a T) -> K,
) -> Vec<Pair<'a, T>> {
    let mut then: HashMap<K, &T> = before.iter().map(|row| (key(row), row)).collect();
    let mut pairs: Vec<Pair<'a, T>> = Vec::new();
    for row in after {
        match then.remove(&key(row)) {
            Some(known) if known == row => {}
            known => pairs.push((known, Some(row))),
        }
    }
    pairs.extend(then.into_values().map(|row| (Some(row), None)));
    pairs
}

/// The people of each lead: its contacts, and whose its deals are.
struct LeadPeople<'a> {
    resolved: &'a Resolved,
    by_lead: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a> LeadPeople<'a> {
    fn new(moment: &'a Moment) -> Self {
        let resolved = &moment.resolved;
        let mut by_lead: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut add = |lead: Option<&'a str>, contact: Option<&'a ResolvedContact>| {
            if let (Some(lead), Some(contact)) = (lead, contact) {
                by_lead.entry(lead).or_default().insert(&contact.contact_id);
            }
        };
        for row in &moment.sources.crm_contacts {
            let contact = resolved.contact_of_crm_contact(&row.crm_contact_id);
            add(row.lead_id.as_deref(), contact);
        }
        for row in &moment.sources.opportunities {
            let contact = resolved.contact_of_opportunity(&row.opportunity_id);
            add(row.lead_id.as_deref(), contact);
        }
        for contact in &resolved.contacts {
            for lead in &contact.crm_lead_ids {
                add(Some(lead), Some(contact));
            }
        }
        Self { resolved, by_lead }
    }

    fn of(&self, leads: &BTreeSet<&str>) -> Vec<Option<&'a ResolvedContact>> {
        let contacts = leads.iter().filter_map(|lead| self.by_lead.get(lead));
        let contacts = contacts.flatten();
        contacts.map(|id| self.resolved.contact(id)).collect()
    }
}
