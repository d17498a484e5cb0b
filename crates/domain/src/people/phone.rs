//! Phone numbers in E.164, with a `Debug` that cannot leak one.

use std::fmt;

use phonenumber::{Mode, country};
use serde::{Deserialize, Serialize};

/// A phone number in E.164 (`+12223334444`).
///
/// "Possible" by length for its country, not "assigned" (X34): the documents' own example numbers are
/// not assigned ones. `Debug` and logs show `+1…44` only (S2-29).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Parses what a person typed; a number without `+` belongs to `default_country` (ISO 3166, e.g. `US`).
    ///
    /// `None` when it can't be a number of that country.
    #[must_use]
    pub fn parse(text: &str, default_country: &str) -> Option<Self> {
        let region = default_country
            .to_ascii_uppercase()
            .parse::<country::Id>()
            .ok();
        let number = phonenumber::parse(region, text.trim()).ok()?;
        let e164 = number.format().mode(Mode::E164).to_string();
        // E.164 allows 15 digits; fewer than 7 is a short code or a slip.
        let digits = e164.len().checked_sub(1)?;
        let national = number.national().value().to_string().len();
        let possible = if number.code().value() == 1 {
            national == 10
        } else {
            national >= 5
        };
        (possible && (7..=15).contains(&digits)).then_some(Self(e164))
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to recognise, too little to call: `+1…44`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (head, tail) = (
            self.0.get(..2).unwrap_or("+"),
            self.0.get(self.0.len().saturating_sub(2)..).unwrap_or(""),
        );
        format!("{head}…{tail}")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_numbers_are_possible() {
        for (text, e164) in [
            ("+1 222 333 4444", "+12223334444"),
            ("222-333-4444", "+12223334444"),
            ("(555) 123-4567", "+15551234567"),
            ("+44 20 7946 0018", "+442079460018"),
        ] {
            assert_eq!(
                Phone::parse(text, "US").map(|p| p.0),
                Some(e164.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_number_is_none() {
        for text in ["", "call me", "12345", "+1 222", "12345678901234567890"] {
            assert_eq!(Phone::parse(text, "US"), None, "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_number() {
        let phone = Phone::parse("+12223334444", "US").unwrap();
        assert_eq!(format!("{phone:?}"), "+1…44");
    }
}
