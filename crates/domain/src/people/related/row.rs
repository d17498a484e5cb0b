//! A row of silver about people, and what links it to others.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use jiff::Timestamp;

use crate::people::identity::{ContactId, Node};
use crate::people::resolved::{CONTACT, FORM, INVITEE, LEAD, OPPORTUNITY};
use crate::people::sources::{
    ActivityRow, CrmContactRow, CrmLeadRow, FormRow, InviteeRow, OpportunityRow, PaymentRow,
    Sources,
};

/// What several rows name: an address, a lead, a chain. A hash of it; two things with one hash only make more rows
/// belong together than have to.
pub(super) type Link = u64;

/// Further kinds of links, beside the kinds of records.
const ADDRESS: &str = "address";
const PHONE: &str = "phone";
const CHAIN: &str = "chain";
const ACTIVITY: &str = "activity";
const PAYMENT: &str = "payment";

/// A row of one of the tables, without spend, which is nobody's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row<'a> {
    Invitee(&'a InviteeRow),
    Form(&'a FormRow),
    Lead(&'a CrmLeadRow),
    Contact(&'a CrmContactRow),
    Deal(&'a OpportunityRow),
    Activity(&'a ActivityRow),
    Payment(&'a PaymentRow),
}

/// All rows, one table after the other.
pub(super) fn rows(sources: &Sources) -> impl Iterator<Item = Row<'_>> {
    let invitees = sources.invitees.iter().map(Row::Invitee);
    invitees
        .chain(sources.forms.iter().map(Row::Form))
        .chain(sources.crm_leads.iter().map(Row::Lead))
        .chain(sources.crm_contacts.iter().map(Row::Contact))
        .chain(sources.opportunities.iter().map(Row::Deal))
        .chain(sources.activities.iter().map(Row::Activity))
        .chain(sources.payments.iter().map(Row::Payment))
}

/// The row at a place in the order of [`rows`].
pub(super) fn row_at(sources: &Sources, place: usize) -> Option<Row<'_>> {
    let mut left = place;
    macro_rules! among {
        ($($table:ident $row:ident),*) => {$(
            match sources.$table.get(left) {
                Some(row) => return Some(Row::$row(row)),
                None => left -= sources.$table.len(),
            }
        )*};
    }
    among!(invitees Invitee, forms Form, crm_leads Lead, crm_contacts Contact);
    among!(opportunities Deal, activities Activity);
    sources.payments.get(left).map(Row::Payment)
}

impl Row<'_> {
    /// The link that rows with this row's id have.
    pub(super) fn own(self) -> Link {
        match self {
            Self::Invitee(row) => link(INVITEE, &row.invitee_uri),
            Self::Form(row) => link(FORM, &row.token),
            Self::Lead(row) => link(LEAD, &row.lead_id),
            Self::Contact(row) => link(CONTACT, &row.crm_contact_id),
            Self::Deal(row) => link(OPPORTUNITY, &row.opportunity_id),
            Self::Activity(row) => link(ACTIVITY, &row.activity_id),
            Self::Payment(row) => link(PAYMENT, &row.payment_id),
        }
    }

    /// It is a version of the same row.
    pub(super) fn is_of(self, other: Row<'_>) -> bool {
        match (self, other) {
            (Self::Invitee(a), Row::Invitee(b)) => a.invitee_uri == b.invitee_uri,
            (Self::Form(a), Row::Form(b)) => a.token == b.token,
            (Self::Lead(a), Row::Lead(b)) => a.lead_id == b.lead_id,
            (Self::Contact(a), Row::Contact(b)) => a.crm_contact_id == b.crm_contact_id,
            (Self::Deal(a), Row::Deal(b)) => {
                (&a.opportunity_id, a.version_at) == (&b.opportunity_id, b.version_at)
            }
            (Self::Activity(a), Row::Activity(b)) => a.activity_id == b.activity_id,
            (Self::Payment(a), Row::Payment(b)) => a.payment_id == b.payment_id,
            _ => false,
        }
    }

    /// Everything that links it to others, its own id first.
    pub(super) fn links(self) -> Vec<Link> {
        let mut links = vec![self.own()];
        let mut add = |kind, text: Option<&String>| {
            links.extend(text.map(|text| link(kind, text)));
        };
        match self {
            Self::Invitee(row) => {
                add(CHAIN, Some(&row.chain_id));
                add(PHONE, row.phone.as_ref());
                links.extend(address(&row.email));
            }
            Self::Form(row) => {
                add(INVITEE, row.invitee_uri.as_ref());
                add(PHONE, row.phone.as_ref());
                links.extend(row.email.as_deref().and_then(address));
            }
            Self::Lead(row) => add(LEAD, row.merged_into.as_ref()),
            Self::Contact(row) => {
                add(LEAD, row.lead_id.as_ref());
                for phone in &row.phones {
                    add(PHONE, Some(phone));
                }
                links.extend(row.emails.iter().filter_map(|email| address(email)));
            }
            Self::Deal(row) => {
                add(LEAD, row.lead_id.as_ref());
                add(CONTACT, row.crm_contact_id.as_ref());
            }
            Self::Activity(row) => {
                add(LEAD, row.lead_id.as_ref());
                add(CONTACT, row.crm_contact_id.as_ref());
            }
            Self::Payment(row) => {
                add(INVITEE, row.invitee_uri.as_ref());
                let payer = row.contact_id.as_deref();
                links.extend(payer.and_then(|id| id.parse().ok()).map(of_id));
            }
        }
        links
    }

    /// The instants at which time alone changes what the row says: a call begins, and ends.
    pub(super) fn turns(self) -> Option<[Timestamp; 2]> {
        match self {
            Self::Invitee(row) => Some([row.start, row.end]),
            _ => None,
        }
    }

    /// Currency of the row's money, where it has any.
    pub(super) fn currency(self) -> Option<String> {
        let currency = match self {
            Self::Deal(row) => row.currency.as_ref(),
            Self::Payment(row) => Some(&row.currency),
            _ => None,
        };
        currency.map(|currency| currency.to_ascii_uppercase())
    }

    /// Puts a copy among other rows.
    pub(super) fn copy_to(self, sources: &mut Sources) {
        match self {
            Self::Invitee(row) => sources.invitees.push(row.clone()),
            Self::Form(row) => sources.forms.push(row.clone()),
            Self::Lead(row) => sources.crm_leads.push(row.clone()),
            Self::Contact(row) => sources.crm_contacts.push(row.clone()),
            Self::Deal(row) => sources.opportunities.push(row.clone()),
            Self::Activity(row) => sources.activities.push(row.clone()),
            Self::Payment(row) => sources.payments.push(row.clone()),
        }
    }
}

/// The link of those whom a decision names.
pub(super) fn of_node(node: &Node) -> Link {
    match node {
        Node::Email(_) => of_id(ContactId::from_anchor(node)),
        Node::Phone(phone) => link(PHONE, phone.as_str()),
        Node::Record(key) => link(&key.kind, &key.id),
    }
}

/// An address by the id that a contact with it would have, because payments name their payer by it.
fn address(email: &str) -> Option<Link> {
    let node = || Node::Email(email.to_owned());
    (!email.is_empty()).then(|| of_id(ContactId::from_anchor(&node())))
}

fn of_id(id: ContactId) -> Link {
    hashed(&(ADDRESS, id))
}

fn link(kind: &str, text: &str) -> Link {
    hashed(&(kind, text))
}

fn hashed(value: &impl Hash) -> Link {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
