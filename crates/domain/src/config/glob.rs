//! Case-insensitive globs: `*` is any text, `?` one character.

use wildmatch::WildMatch;

/// Whether `text` matches `pattern` from its first to its last character.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(&pattern.to_lowercase()).matches(&text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_cases() {
        for (pattern, text, expected) in [
            ("*triage*", "My Triage Call", true),
            ("triage", "Triage", true),
            ("triage", "Triage Call", false),
            ("*call", "Triage Call", true),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
