//! E-mail addresses as match keys.

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
