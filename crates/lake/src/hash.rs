//! Stable 64-bit hashes of uris and contacts: the `*_key` columns.

/// Hash of `text`. The value is stored: it must never change.
pub(crate) fn key64(text: &str) -> i64 {
    i64::from_ne_bytes(twox_hash::XxHash3_64::oneshot(text.as_bytes()).to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::key64;

    #[test]
    fn stored_values_never_change() {
        assert_eq!(
            key64("bookpath"),
            i64::from_ne_bytes(twox_hash::XxHash3_64::oneshot(b"bookpath").to_ne_bytes())
        );
        assert_ne!(key64("a"), key64("b"));
    }
}
