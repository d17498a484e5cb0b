//! What is known of a contact beside its calls.

/// What the CRM and its deals say of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Won revenue has reached `high_value_minor`, or a lead has one of `[close] high_value_tags` (X15).
    pub high_value: bool,
    /// E-mail of the CRM owner, where the CRM knows one.
    pub crm_owner_email: Option<String>,
}
