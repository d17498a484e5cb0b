//! The CRM's leads and contacts by id, with merged leads followed to where they went.

use std::collections::HashMap;

use crate::people::crm::{LeadContact, deal_people};
use crate::people::sources::{CrmContactRow, CrmLeadRow, OpportunityRow, Sources};

/// Merges of one lead that are followed; a longer chain is a circle.
const MERGES_MAX: usize = 64;

/// What the CRM says, by id.
pub(super) struct Crm<'a> {
    leads: HashMap<&'a str, &'a CrmLeadRow>,
    contacts: HashMap<&'a str, &'a CrmContactRow>,
    /// By lead: its contacts, those first that are still there.
    of_lead: HashMap<&'a str, Vec<&'a CrmContactRow>>,
    /// Newest version of each opportunity, by id.
    pub(super) opportunities: Vec<Opportunity<'a>>,
}

/// An opportunity, and whose it is.
pub(super) struct Opportunity<'a> {
    pub(super) newest: &'a OpportunityRow,
    /// When the CRM says that it was made, else its first version.
    pub(super) created_at: jiff::Timestamp,
    pub(super) owner: DealOwner<'a>,
    /// CRM ids of the lead's other contacts.
    pub(super) influenced: Vec<String>,
}

/// Whose revenue an opportunity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum DealOwner<'a> {
    /// A contact that the CRM has told of.
    Contact(&'a str),
    /// The lead has no known contact yet; this stands for the person behind it.
    Lead(&'a str),
    /// Not even a lead is known.
    Opportunity(&'a str),
}

impl<'a> Crm<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let mut crm = Self {
            leads: HashMap::with_capacity(sources.crm_leads.len()),
            contacts: HashMap::with_capacity(sources.crm_contacts.len()),
            of_lead: HashMap::new(),
            opportunities: Vec::new(),
        };
        for lead in &sources.crm_leads {
            crm.leads.insert(&lead.lead_id, lead);
        }
        for contact in &sources.crm_contacts {
            crm.contacts.insert(&contact.crm_contact_id, contact);
            if let Some(lead) = contact.lead_id.as_deref() {
                let lead = crm.lead_id(lead);
                crm.of_lead.entry(lead).or_default().push(contact);
            }
        }
        for contacts in crm.of_lead.values_mut() {
            contacts.sort_by_key(|c| (c.deleted, created(c), &c.crm_contact_id));
        }
        crm.opportunities = crm.opportunities(&sources.opportunities);
        crm
    }

    /// The lead that owns what this one owned; of leads that were merged in a circle the one with the
    /// smallest id.
    pub(super) fn lead_id(&self, id: &'a str) -> &'a str {
        let next = |at: &&'a str| self.leads.get(*at)?.merged_into.as_deref();
        let followed = || std::iter::successors(Some(id), next);
        let end = if followed().nth(MERGES_MAX).is_none() {
            followed().last()
        } else {
            followed().skip(MERGES_MAX).take(MERGES_MAX).min()
        };
        end.unwrap_or(id)
    }

    /// The lead as it is now, itself or the one that it was merged into.
    pub(super) fn lead(&self, id: &'a str) -> Option<&'a CrmLeadRow> {
        self.leads.get(self.lead_id(id)).copied()
    }

    pub(super) fn has_contact(&self, id: &str) -> bool {
        self.contacts.contains_key(id)
    }

    /// The contacts of a lead, which is not merged away.
    pub(super) fn contacts_of(&self, lead_id: &str) -> &[&'a CrmContactRow] {
        self.of_lead.get(lead_id).map_or(&[], Vec::as_slice)
    }

    fn opportunities(&self, versions: &'a [OpportunityRow]) -> Vec<Opportunity<'a>> {
        let mut sorted: Vec<&OpportunityRow> = versions.iter().collect();
        sorted.sort_by_key(|v| (&v.opportunity_id, v.version_at));
        let of_one = sorted.chunk_by(|a, b| a.opportunity_id == b.opportunity_id);
        of_one
            .filter_map(|versions| self.opportunity(versions))
            .collect()
    }

    fn opportunity(&self, versions: &[&'a OpportunityRow]) -> Option<Opportunity<'a>> {
        let (first, newest) = (versions.first()?, versions.last()?);
        let created = versions.iter().rev().find_map(|v| v.created_at);
        let lead_id = newest.lead_id.as_deref().map(|lead| self.lead_id(lead));
        let (owner, influenced) = self.deal_owner(newest, lead_id);
        Some(Opportunity {
            newest,
            created_at: created.unwrap_or(first.version_at),
            owner,
            influenced,
        })
    }

    /// The opportunity's own contact, else the lead's oldest one that is still there, else its oldest. An own contact
    /// that nothing is known of is waited for (X27).
    fn deal_owner(
        &self,
        newest: &'a OpportunityRow,
        lead_id: Option<&'a str>,
    ) -> (DealOwner<'a>, Vec<String>) {
        let nobody = lead_id.map_or(
            DealOwner::Opportunity(&newest.opportunity_id),
            DealOwner::Lead,
        );
        let own = newest.crm_contact_id.as_deref();
        if own.is_some_and(|own| !self.has_contact(own)) {
            return (nobody, Vec::new());
        }
        let all = lead_id.map_or(&[][..], |lead| self.contacts_of(lead));
        let live: Vec<_> = all.iter().filter(|contact| !contact.deleted).collect();
        let candidates = if live.is_empty() {
            all.iter().collect()
        } else {
            live
        };
        let contacts: Vec<LeadContact> = candidates
            .into_iter()
            .map(|contact| LeadContact {
                id: contact.crm_contact_id.clone(),
                created_at: created(contact),
            })
            .collect();
        let people = deal_people(own, &contacts);
        let known = people.contact.and_then(|id| {
            let (id, _) = self.contacts.get_key_value(id.as_str())?;
            Some(DealOwner::Contact(id))
        });
        (known.unwrap_or(nobody), people.influenced)
    }
}

fn created(contact: &CrmContactRow) -> jiff::Timestamp {
    contact.created_at.unwrap_or(contact.version_at)
}
