//! `ResolvedContact`: one person with first touch, CRM owner, deals and chains.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::resume_unwind;
use std::sync::Arc;

use jiff::Timestamp;

use super::bookings::Chain;
use super::crm::{Crm, DealOwner, Opportunity};
use super::places::Places;
use super::records::{LEAD, Origin};
use crate::bookings::attendance::CrmOutcome;
use crate::config::BusinessConfig;
use crate::inbox::vendor::Vendor;
use crate::numbers::kpi::DealLine;
use crate::people::crm::{Ownership, owner};
use crate::people::customer::{Call, CallSummary, CrmOwner, Standing, summarize};
use crate::people::identity::{Contact, People, Record, RecordKey, small};
use crate::people::merged::{Arrival, Merged, merge};
use crate::people::sources::CrmLeadRow;

/// A contact, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedContact {
    pub contact_id: String,
    pub merged: Merged,
    /// The earliest of its forms, bookings and CRM records.
    pub first_touch_at: Timestamp,
    /// Of its first form or booking; `None` where it has neither.
    pub first_touch_channel: Option<String>,
    pub first_touch_campaign: Option<String>,
    /// Contacts of the CRM, the oldest first.
    pub crm_contact_ids: Vec<String>,
    /// Their leads, merged ones followed; the newest first.
    pub crm_lead_ids: Vec<String>,
    /// Status of the newest lead.
    pub lead_status: Option<String>,
    /// The CRM user who looks after it (X9).
    pub owner_id: Option<String>,
    /// E-mail of that user, where it is one of the team's.
    pub owner_email: Option<String>,
    /// Ids of the deals whose revenue is this contact's, sorted.
    pub opportunities: Vec<String>,
    /// Ids of deals of its leads whose revenue is another contact's, sorted (X27).
    pub influenced: Vec<String>,
    /// Minor units, over all deals that are won.
    pub won_revenue_minor: i64,
    /// One for each reschedule chain, in order of the chains' ids.
    pub calls: Vec<Call>,
    pub standing: Standing,
    pub summary: CallSummary,
}

/// Inputs of the contacts.
pub(super) struct Parts<'p, 'a> {
    pub(super) people: &'p People,
    pub(super) records: &'p [Record],
    pub(super) origins: &'p [Origin<'a>],
    pub(super) crm: &'p Crm<'a>,
    pub(super) places: &'p Places<'a>,
    pub(super) chains: &'p [Chain<'a>],
    pub(super) outcomes: &'p BTreeMap<String, CrmOutcome>,
    pub(super) deals: &'p [DealLine],
    pub(super) rules: &'p BusinessConfig,
    pub(super) as_of: Timestamp,
}

/// All contacts, in the order of their ids. Each is made by itself, so another thread makes half of them.
pub(super) fn contacts(parts: &Parts<'_, '_>) -> Vec<ResolvedContact> {
    let (owned, mut calls) = (Owned::new(parts), calls(parts));
    let all = &parts.people.contacts;
    let half = all.len() / 2;
    let other_calls = calls.split_off(half);
    let made = |from: usize, calls: Vec<Vec<Call>>| {
        let numbered = (from..).zip(calls);
        numbered.map(|(place, calls)| resolved(parts, &owned, place, calls))
    };
    std::thread::scope(|scope| {
        let others = scope.spawn(|| made(half, other_calls).collect::<Vec<_>>());
        let mut contacts = Vec::with_capacity(all.len());
        contacts.extend(made(0, calls));
        contacts.extend(others.join().unwrap_or_else(|panic| resume_unwind(panic)));
        contacts
    })
}

/// The calls of each contact.
fn calls(parts: &Parts<'_, '_>) -> Vec<Vec<Call>> {
    let mut calls: Vec<Vec<Call>> = vec![Vec::new(); parts.people.contacts.len()];
    for chain in parts.chains {
        if let Some(call) = chain.call(parts.outcomes) {
            let own = &mut calls[chain.contact as usize];
            own.reserve_exact(1);
            own.push(call);
        }
    }
    calls
}

/// What belongs to contacts, by their place.
struct Owned<'p, 'a> {
    opportunities: HashMap<u32, Vec<&'p Opportunity<'a>>>,
    influenced: HashMap<u32, BTreeSet<&'p str>>,
    won_minor: HashMap<&'p str, i64>,
    /// E-mail address by user of the CRM.
    team: HashMap<&'p str, String>,
    /// The addresses of `team`.
    members: Arc<BTreeSet<String>>,
}

impl ResolvedContact {
    /// Who looks after it in the CRM: the address of a member of the team, else the CRM's user.
    #[must_use]
    pub fn crm_owner(&self) -> Option<&str> {
        self.owner_email.as_deref().or(self.owner_id.as_deref())
    }
}

impl<'p, 'a> Owned<'p, 'a> {
    fn new(parts: &Parts<'p, 'a>) -> Self {
        let mut owned = Self {
            opportunities: HashMap::new(),
            influenced: HashMap::new(),
            won_minor: HashMap::new(),
            team: HashMap::new(),
            members: Arc::default(),
        };
        for line in parts.deals {
            let sum = owned.won_minor.entry(&line.contact_id).or_default();
            *sum = sum.saturating_add(line.revenue_minor);
        }
        for opportunity in &parts.crm.opportunities {
            owned.add(opportunity, parts.places);
        }
        for member in &parts.rules.team {
            if let Some(user) = member.close_user_id.as_deref() {
                let email = || member.email.trim().to_lowercase();
                owned.team.entry(user).or_insert_with(email);
            }
        }
        owned.members = Arc::new(owned.team.values().cloned().collect());
        owned
    }

    /// Who looks after somebody, by the user of the CRM and the address that it has in the team.
    fn crm_owner(&self, owner_id: Option<&String>, owner_email: Option<&String>) -> CrmOwner {
        match (owner_id, owner_email) {
            (None, _) => CrmOwner::Nobody,
            (Some(_), Some(email)) => CrmOwner::Member(email.clone()),
            (Some(_), None) => CrmOwner::NoneOf(self.members.clone()),
        }
    }

    fn add(&mut self, opportunity: &'p Opportunity<'a>, places: &Places<'_>) {
        let Some(owner) = places.owners.get(&opportunity.owner) else {
            return;
        };
        let own = self.opportunities.entry(*owner).or_default();
        own.push(opportunity);
        for other in &opportunity.influenced {
            if let Some(other) = places.of_crm_contact(other).filter(|other| other != owner) {
                let deals = self.influenced.entry(other).or_default();
                deals.insert(&opportunity.newest.opportunity_id);
            }
        }
    }
}

fn resolved(
    parts: &Parts<'_, '_>,
    owned: &Owned<'_, '_>,
    place: usize,
    calls: Vec<Call>,
) -> ResolvedContact {
    let (contact, place) = (&parts.people.contacts[place], small(place));
    let contact_id = contact.contact_id.to_string();
    let in_crm = InCrm::new(parts, contact);
    let arrivals = arrivals(parts, contact, &in_crm);
    let merged = merge(contact, parts.records, &arrivals);
    let (channel, campaign) = first_touch(parts, contact).unzip();
    let opportunities = owned.opportunities.get(&place);
    let opportunities = opportunities.map_or(&[][..], Vec::as_slice);
    let owner_id = crm_owner(opportunities, &in_crm);
    let team_email = |user: &String| owned.team.get(user.as_str()).cloned();
    let owner_email = owner_id.as_ref().and_then(team_email);
    let won = owned.won_minor.get(contact_id.as_str());
    let won_revenue_minor = won.copied().unwrap_or_default();
    let standing = Standing {
        high_value: won_revenue_minor >= parts.rules.high_value_minor
            || in_crm.tagged(&parts.rules.close.high_value_tags),
        crm_owner: owned.crm_owner(owner_id.as_ref(), owner_email.as_ref()),
    };
    let influenced = owned.influenced.get(&place);
    let mut deals: Vec<String> = opportunities
        .iter()
        .map(|opportunity| opportunity.newest.opportunity_id.clone())
        .collect();
    deals.sort_unstable();
    ResolvedContact {
        summary: summarize(&calls, &standing, parts.rules.health_base, parts.as_of),
        first_touch_at: merged.first_contact_date.unwrap_or_default(),
        first_touch_channel: channel,
        first_touch_campaign: campaign.flatten(),
        lead_status: in_crm.leads.first().and_then(|lead| lead.status.clone()),
        crm_contact_ids: in_crm.contact_ids,
        crm_lead_ids: in_crm.lead_ids,
        opportunities: deals,
        influenced: influenced
            .into_iter()
            .flatten()
            .map(|id| (*id).to_owned())
            .collect(),
        contact_id,
        merged,
        owner_id,
        owner_email,
        won_revenue_minor,
        calls,
        standing,
    }
}

/// A contact as the CRM has it.
struct InCrm<'a> {
    contact_ids: Vec<String>,
    lead_ids: Vec<String>,
    /// Leads that are still there, the newest first.
    leads: Vec<&'a CrmLeadRow>,
}

impl<'a> InCrm<'a> {
    fn new(parts: &Parts<'_, 'a>, contact: &Contact) -> Self {
        let mut contacts = Vec::new();
        let mut leads: BTreeMap<&str, Option<&CrmLeadRow>> = BTreeMap::new();
        for place in &contact.records {
            let lead = match parts.origins[*place as usize] {
                Origin::Contact(row) => {
                    contacts.push((
                        row.created_at.unwrap_or(row.version_at),
                        &row.crm_contact_id,
                    ));
                    row.lead_id.as_deref()
                }
                Origin::Anonymous(DealOwner::Lead(lead)) => Some(lead),
                _ => None,
            };
            if let Some(lead) = lead {
                leads.insert(parts.crm.lead_id(lead), parts.crm.lead(lead));
            }
        }
        contacts.sort_unstable();
        let mut leads: Vec<(&str, Option<&CrmLeadRow>)> = leads.into_iter().collect();
        leads.sort_by_key(|(_, lead)| std::cmp::Reverse(lead.and_then(|lead| lead.created_at)));
        let live = leads
            .iter()
            .filter_map(|(_, lead)| lead.filter(|lead| !lead.deleted));
        Self {
            contact_ids: contacts.into_iter().map(|(_, id)| id.clone()).collect(),
            leads: live.collect(),
            lead_ids: leads.iter().map(|(id, _)| (*id).to_owned()).collect(),
        }
    }

    /// A lead that is still there has one of these tags.
    fn tagged(&self, wanted: &[String]) -> bool {
        let mut tags = self.leads.iter().flat_map(|lead| &lead.tags);
        tags.any(|tag| wanted.iter().any(|one| folded(one) == folded(tag)))
    }
}

fn folded(tag: &str) -> String {
    tag.trim().to_lowercase()
}

/// All arrivals of the contact: forms, bookings, and the source that the CRM keeps.
fn arrivals(parts: &Parts<'_, '_>, contact: &Contact, in_crm: &InCrm<'_>) -> Vec<Arrival> {
    let touched = contact.records.iter().filter_map(|place| {
        let (at, source) = match parts.origins[*place as usize] {
            Origin::Invitee(row) => (row.created_at, &row.utm_source),
            Origin::Form(row) => (row.submitted_at, &row.utm_source),
            Origin::Contact(_) | Origin::Anonymous(_) => return None,
        };
        Some(Arrival {
            record: parts.records[*place as usize].key.clone(),
            at,
            source: source.clone(),
        })
    });
    let leads = in_crm.leads.iter().filter_map(|lead| {
        Some(Arrival {
            record: RecordKey::new(Vendor::Close, LEAD, &lead.lead_id),
            at: lead.created_at?,
            source: lead.source.clone(),
        })
    });
    touched.chain(leads).collect()
}

/// Channel and campaign of the contact's first form or booking.
fn first_touch(parts: &Parts<'_, '_>, contact: &Contact) -> Option<(String, Option<String>)> {
    let touches = contact
        .records
        .iter()
        .filter_map(|place| match parts.origins[*place as usize] {
            // As attribution orders them: of two at one instant the first by name.
            Origin::Invitee(row) => {
                Some((row.created_at, &row.chain_id, &row.channel, &row.campaign))
            }
            Origin::Form(row) => Some((row.submitted_at, &row.token, &row.channel, &row.campaign)),
            Origin::Contact(_) | Origin::Anonymous(_) => None,
        });
    let (.., channel, campaign) = touches.min()?;
    Some((channel.clone(), campaign.clone()))
}

fn crm_owner(opportunities: &[&Opportunity<'_>], in_crm: &InCrm<'_>) -> Option<String> {
    let live = opportunities.iter().filter(|deal| !deal.newest.deleted);
    let owned: Vec<Ownership> = live
        .map(|deal| Ownership {
            opportunity_id: deal.newest.opportunity_id.clone(),
            created_at: deal.created_at,
            user_id: deal.newest.user_id.clone(),
        })
        .collect();
    let lead = in_crm
        .leads
        .iter()
        .find_map(|lead| lead.owner_id.as_deref());
    owner(&owned, lead).map(str::to_owned)
}
