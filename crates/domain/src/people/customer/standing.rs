//! What is known of a contact beside its calls.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What the CRM and its deals say of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Won revenue has reached `high_value_minor`, or a lead has one of `[close] high_value_tags` (X15).
    pub high_value: bool,
    pub crm_owner: CrmOwner,
}

/// Who looks after a contact in the CRM, as far as the team's list says (X9).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CrmOwner {
    /// The CRM names nobody.
    #[default]
    Nobody,
    /// The member of the team with this address.
    Member(String),
    /// A user of the CRM whom the team's list does not have: none of the members with these addresses, whose own users are
    /// known.
    NoneOf(Arc<BTreeSet<String>>),
}

impl CrmOwner {
    /// It is certainly somebody else than who has this address. Of a host without a known user of the CRM nobody can say
    /// whether they are a user that the list does not have.
    #[must_use]
    pub fn is_other_than(&self, email: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Member(owner) => !owner.eq_ignore_ascii_case(email),
            Self::NoneOf(members) => members.contains(&email.to_lowercase()),
        }
    }
}
