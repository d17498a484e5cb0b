//! E-mail addresses as match keys.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// The match key of an address: trimmed and lower-cased; `None` when it has no `@` between two texts.
///
/// Silver's column holds the key, raw and bronze the spelling that came (S3-21, X65). Deliberately no more than that: a vendor has delivered to the address already, so
/// judging its syntax further would only lose customers.
///
/// ```
/// # use bookpath_domain::people::email::normalize;
/// assert_eq!(normalize(" Jane@ACME.co "), Some("jane@acme.co".to_owned()));
/// assert_eq!(normalize("nobody"), None);
/// ```
#[must_use]
pub fn normalize(address: &str) -> Option<String> {
    let key = address.trim().to_lowercase();
    let (local, domain) = key.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty()).then_some(key)
}

/// The match keys of one mailbox: each letter composed with its accents, taken apart, and as it came. Records of these are
/// of several people, but whoever asks to be forgotten means all of them.
///
/// ```
/// # use bookpath_domain::people::email::forms;
/// assert_eq!(forms("jane@acme.co").len(), 1);
/// assert!(forms("kwa\u{308}nt@x.co").contains("kwänt@x.co"));
/// ```
#[must_use]
pub fn forms(key: &str) -> BTreeSet<String> {
    BTreeSet::from([key.to_owned(), key.nfc().collect(), key.nfd().collect()])
}
