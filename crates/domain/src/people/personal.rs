//! Fields of the vendors' documents that say who somebody is, or what they wrote.

/// By their whole names.
const PERSONAL: [&str; 43] = [
    "additional_info",
    "address",
    "address_1",
    "address_2",
    "addresses",
    "answers",
    "body",
    "canceled_by",
    "city",
    "conference_links",
    "custom_fields",
    "description",
    "email",
    "emails",
    "event_guests",
    "evidence",
    "hidden",
    "invitee_email",
    "invitee_scheduled_by",
    "line1",
    "line2",
    "location",
    "messageBody",
    "name",
    "nickname",
    "note",
    "payment_method_details",
    "phone",
    "phones",
    "postal_code",
    "receipt_email",
    "result",
    "shipping",
    "shipping_details",
    "summary",
    "tax_id",
    "tax_ids",
    "text_reminder_number",
    "title",
    "transcripts",
    "url",
    "urls",
    "variables",
];
/// Ends of names of such fields: a vendor adds one sooner than a list of them knows it.
const PERSONAL_ENDS: [&str; 18] = [
    "_address",
    "_answer",
    "_answers",
    "_comment",
    "_comments",
    "_description",
    "_html",
    "_message",
    "_name",
    "_note",
    "_notes",
    "_phone",
    "_plain",
    "_summary",
    "_text",
    "_transcript",
    "_transcripts",
    "_url",
];
/// Names with such an end that are of the business.
const OF_BUSINESS: [&str; 7] = [
    "created_by_name",
    "event_name",
    "event_type_name",
    "event_type_url",
    "host_name",
    "updated_by_name",
    "user_name",
];

/// The field says who somebody is, or what they wrote.
pub(super) fn is_personal(name: &str) -> bool {
    let ends = PERSONAL_ENDS.iter().any(|end| name.ends_with(end));
    let by_end = ends && !OF_BUSINESS.contains(&name) && !name.starts_with("utm_");
    by_end || PERSONAL.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_so_that_they_are_found() {
        assert!(PERSONAL.is_sorted());
    }

    #[test]
    fn the_end_of_a_name_tells_what_no_list_knows() {
        for name in [
            "name",
            "individual_name",
            "user_note_html",
            "recording_url",
            "summary",
        ] {
            assert!(is_personal(name), "{name}");
        }
        for name in [
            "user_name",
            "event_name",
            "event_type_url",
            "utm_campaign_name",
            "status",
            "outcome_id",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }
}
