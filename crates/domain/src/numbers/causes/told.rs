//! Rows of silver that differ between two moments, and the contact, deal or spend that each is about.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use super::moment::Moment;
use super::parts::FactOwner;
use super::rows::{Pair, Telling, changed, differs_by_chain, of_invitee, telling};
use super::topics::Topic;
use crate::numbers::month::Month;
use crate::people::identity::{ContactId, RecordKey};
use crate::people::resolved::{Resolved, ResolvedContact};
use crate::people::sources::{InviteeRow, Sources, SpendRow};

/// Sources of news, by the contact, deal or spend that the news is about.
#[derive(Debug, Default)]
pub(super) struct Tellings {
    of: HashMap<FactOwner, BTreeSet<(Topic, Telling)>>,
    /// Contacts whose rows of silver changed without a new delivery: other rules derived them, or another program wrote them.
    derived_anew: HashSet<FactOwner>,
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

    /// Sources of news about these people and about those they were merged with or split from. A record without a webhook is
    /// named only where no webhook is.
    pub(super) fn of(&self, whose: &BTreeSet<FactOwner>) -> Option<BTreeSet<Telling>> {
        known_first(self.news_of(&self.with_joined(whose)))
    }

    /// Of these sources those that are about one of the topics.
    pub(super) fn about(
        &self,
        whose: &BTreeSet<FactOwner>,
        topics: &[Topic],
    ) -> Option<BTreeSet<Telling>> {
        let about = self.with_joined(whose);
        known_first(
            self.news_of(&about)
                .filter(|(topic, _)| topics.contains(topic)),
        )
    }

    fn news_of<'a>(
        &'a self,
        about: &'a BTreeSet<FactOwner>,
    ) -> impl Iterator<Item = &'a (Topic, Telling)> {
        about.iter().filter_map(|one| self.of.get(one)).flatten()
    }

    /// These people with those they were merged with or split from.
    fn with_joined(&self, whose: &BTreeSet<FactOwner>) -> BTreeSet<FactOwner> {
        let mut about: BTreeSet<FactOwner> = whose.clone();
        for one in whose {
            if let FactOwner::Contact(contact) = one {
                about.extend(self.group(contact).into_iter().map(FactOwner::Contact));
            }
        }
        about
    }

    /// All sources of news.
    pub(super) fn all(&self) -> Option<BTreeSet<Telling>> {
        known_first(self.of.values().flatten())
    }

    /// Whether rows of one of these were derived anew.
    pub(super) fn is_derived_anew(&self, whose: &BTreeSet<FactOwner>) -> bool {
        whose.iter().any(|one| self.derived_anew.contains(one))
    }

    /// Whether one of these contacts was merged with another one or split.
    pub(super) fn joins(&self, whose: &BTreeSet<FactOwner>) -> bool {
        whose.iter().any(
            |one| matches!(one, FactOwner::Contact(contact) if self.joined.contains_key(contact)),
        )
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

    /// Notes a source of news about these contacts; `None` is rows that were derived anew.
    fn tell<'a>(
        &mut self,
        topic: Topic,
        telling: Option<&Telling>,
        contacts: impl IntoIterator<Item = Option<&'a ResolvedContact>>,
    ) {
        for contact in contacts.into_iter().flatten() {
            let whose = FactOwner::Contact(contact.contact_id.clone());
            match telling {
                Some(telling) => {
                    let of = self.of.entry(whose).or_default();
                    of.insert((topic, telling.clone()));
                }
                None => {
                    self.derived_anew.insert(whose);
                }
            }
        }
    }

    fn invitees(&mut self, sides: &Sides<'_>) {
        let rows = sides.changed(|s| &s.invitees, |row| &row.invitee_uri);
        for (then, now) in rows {
            // Its chain is in another row.
            if then.zip(now).is_some_and(differs_by_chain) {
                continue;
            }
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
            for telling in of_invitee((then, now)) {
                self.tell(Topic::Booking, telling.as_ref(), contacts.iter().copied());
            }
        }
    }

    fn forms(&mut self, sides: &Sides<'_>) {
        for (then, now) in sides.changed(|s| &s.forms, |row| &row.token) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let token = then.or(now).map_or("", |row| &row.token);
            let contacts = sides.both(|moment| vec![moment.resolved.contact_of_form(token)]);
            self.tell(Topic::Form, telling.as_ref(), contacts);
        }
    }

    /// Leads, contacts and calls of the CRM: they are about everybody of their lead.
    fn crm(&mut self, sides: &Sides<'_>) {
        let mut news: Vec<OfLeads<'_>> = Vec::new();
        for (then, now) in sides.changed(|s| &s.crm_leads, |row| &row.lead_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.flat_map(|row| [Some(&*row.lead_id), row.merged_into.as_deref()]);
            news.push((Topic::Crm, telling, leads.flatten().collect(), None));
        }
        for (then, now) in sides.changed(|s| &s.crm_contacts, |row| &row.crm_contact_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.filter_map(|row| row.lead_id.as_deref()).collect();
            let own = then.or(now).map(|row| &*row.crm_contact_id);
            news.push((Topic::Crm, telling, leads, own));
        }
        for (then, now) in sides.changed(|s| &s.activities, |row| &row.activity_id) {
            let telling = telling((then, now), |row| row.raw_sha256.as_deref());
            let rows = then.into_iter().chain(now);
            let leads = rows.filter_map(|row| row.lead_id.as_deref()).collect();
            let own = now.or(then).and_then(|row| row.crm_contact_id.as_deref());
            news.push((Topic::Booking, telling, leads, own));
        }
        if news.is_empty() {
            return;
        }
        let people = [LeadPeople::new(sides.before), LeadPeople::new(sides.after)];
        for (topic, telling, leads, own) in news {
            let of_lead = people.iter().flat_map(|people| people.of(&leads));
            self.tell(topic, telling.as_ref(), of_lead);
            if let Some(own) = own {
                let contacts = sides.both(|m| vec![m.resolved.contact_of_crm_contact(own)]);
                self.tell(topic, telling.as_ref(), contacts);
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
            self.tell(Topic::Deal, telling.as_ref(), contacts);
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
            self.tell(Topic::Payment, Some(&telling), contacts);
            let whose = FactOwner::Payment(id.clone());
            let of = self.of.entry(whose).or_default();
            of.insert((Topic::Payment, telling));
        }
    }
}

/// Those with a source, or where none has one the others; `None` where there is nothing.
fn known_first<'a>(found: impl Iterator<Item = &'a (Topic, Telling)>) -> Option<BTreeSet<Telling>> {
    let (known, others): (BTreeSet<Telling>, BTreeSet<Telling>) = found
        .map(|(_, telling)| telling.clone())
        .partition(|telling| *telling != Telling::Record);
    let found = if known.is_empty() { others } else { known };
    (!found.is_empty()).then_some(found)
}

/// News of the CRM about all people of some leads, and about one of its contacts.
type OfLeads<'a> = (Topic, Option<Telling>, BTreeSet<&'a str>, Option<&'a str>);

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
