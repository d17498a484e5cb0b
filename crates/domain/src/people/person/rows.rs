//! The rows of silver that are one person's.

use std::collections::{BTreeMap, HashSet};

use crate::bookings::attendance::CrmOutcome;
use crate::numbers::kpi::DealLine;
use crate::people::resolved::{Booking, Resolved, ResolvedContact};
use crate::people::sources::{
    ActivityRow, CrmContactRow, CrmLeadRow, FormRow, InviteeRow, OpportunityRow, PaymentRow,
    Sources,
};

/// What silver knows of one person, in any order.
#[derive(Debug, Clone, Default)]
pub struct PersonRows<'a> {
    /// Every member of the chains that the person booked.
    pub invitees: Vec<&'a InviteeRow>,
    /// The same chains, each as one booking.
    pub bookings: Vec<&'a Booking>,
    pub forms: Vec<&'a FormRow>,
    pub crm_contacts: Vec<&'a CrmContactRow>,
    /// The leads that these contacts of the CRM belong to.
    pub leads: Vec<&'a CrmLeadRow>,
    /// Calls and meetings that the CRM keeps with these contacts.
    pub activities: Vec<&'a ActivityRow>,
    /// Every version of every deal that is the person's.
    pub opportunities: Vec<&'a OpportunityRow>,
    /// Every version of the deals of others in which the person had a part (X27).
    pub influenced: Vec<&'a OpportunityRow>,
    /// The person's own.
    pub deals: Vec<&'a DealLine>,
    /// ISO 4217: of the amounts of deals that add up.
    pub currency: Option<&'a str>,
    pub payments: Vec<&'a PaymentRow>,
    /// What the CRM says of bookings, by invitee (X5).
    pub outcomes: BTreeMap<&'a str, CrmOutcome>,
}

impl<'a> PersonRows<'a> {
    /// The rows of this contact.
    #[must_use]
    pub fn new(sources: &'a Sources, resolved: &'a Resolved, contact: &'a ResolvedContact) -> Self {
        let id = contact.contact_id.as_str();
        let own = |found: Option<&ResolvedContact>| found.is_some_and(|c| c.contact_id == id);
        let bookings = resolved.bookings.iter().filter(|b| b.contact_id == id);
        let bookings: Vec<&Booking> = bookings.collect();
        let chains: HashSet<&str> = bookings.iter().map(|b| &*b.chain_id).collect();
        let in_chain = |row: &&InviteeRow| chains.contains(&*row.chain_id);
        let invitees: Vec<&InviteeRow> = sources.invitees.iter().filter(in_chain).collect();
        let in_crm = |id: Option<&String>| id.is_some_and(|i| contact.crm_contact_ids.contains(i));
        let said = |row: &&'a InviteeRow| {
            let uri = row.invitee_uri.as_str();
            Some((uri, *resolved.outcomes.get(uri)?))
        };
        let deals = sources.opportunities.iter();
        let deals_in = |ids: &'a [String]| {
            let wanted = move |row: &&OpportunityRow| ids.contains(&row.opportunity_id);
            deals.clone().filter(wanted).collect()
        };
        let forms = sources.forms.iter();
        let payments = sources.payments.iter();
        let crm_contacts = sources.crm_contacts.iter();
        let leads = sources.crm_leads.iter();
        let activities = sources.activities.iter();
        Self {
            currency: resolved.currencies.main.as_deref(),
            outcomes: invitees.iter().filter_map(said).collect(),
            forms: forms
                .filter(|row| own(resolved.contact_of_form(&row.token)))
                .collect(),
            crm_contacts: crm_contacts
                .filter(|row| contact.crm_contact_ids.contains(&row.crm_contact_id))
                .collect(),
            leads: leads
                .filter(|row| contact.crm_lead_ids.contains(&row.lead_id))
                .collect(),
            activities: activities
                .filter(|row| in_crm(row.crm_contact_id.as_ref()))
                .collect(),
            opportunities: deals_in(&contact.opportunities),
            influenced: deals_in(&contact.influenced),
            deals: resolved
                .facts
                .deals
                .iter()
                .filter(|line| line.contact_id == id)
                .collect(),
            payments: payments
                .filter(|row| own(resolved.contact_of_payment(&row.payment_id)))
                .collect(),
            invitees,
            bookings,
        }
    }

    /// The bookings by reschedule chain, each chain's members in order of age; by age of the first.
    #[must_use]
    pub fn chains(&self) -> Vec<Vec<&'a InviteeRow>> {
        let mut chains: BTreeMap<&str, Vec<&InviteeRow>> = BTreeMap::new();
        for invitee in &self.invitees {
            chains.entry(&invitee.chain_id).or_default().push(invitee);
        }
        let mut chains: Vec<Vec<&InviteeRow>> = chains.into_values().collect();
        for members in &mut chains {
            members.sort_by_key(|m| (m.created_at, &m.invitee_uri));
        }
        chains.sort_by_key(|members| members.first().map(|m| (m.created_at, &m.invitee_uri)));
        chains
    }
}
