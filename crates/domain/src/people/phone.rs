//! Phone numbers in E.164, with a `Debug` that cannot leak one.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// People type less; more is not looked at.
const TYPED_CHARS_MAX: usize = 100;

/// A phone number in E.164 (`+12223334444`).
///
/// It is "possible" by its length in its own country, which need not mean that it is assigned (X34).
/// `Debug` and logs show `+1…44` only (S2-29).
#[derive(
    derive_more::Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[debug("{}", self.masked())]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads what a person typed, by libphonenumber's rules for `default_country` (ISO 3166, e.g. `US`).
    ///
    /// A number with `+` belongs to the country that its code names. One that the rules of the default
    /// country refuse and that begins with `00` is read as if it began with `+` (X70). `None`: the text is
    /// no number, or no country has numbers of this length.
    #[must_use]
    pub fn parse(text: &str, default_country: &str) -> Option<Self> {
        if text.chars().nth(TYPED_CHARS_MAX).is_some() {
            return None;
        }
        let region = default_country
            .trim()
            .to_ascii_uppercase()
            .parse::<Region>()
            .ok();
        possible(text, region).or_else(|| possible(&international(text)?, region))
    }

    /// A number that was read before and kept in E.164: `+` and at most 15 digits. `None`: it is none.
    #[must_use]
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| Self(text.to_owned()))
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

/// A two-letter code of a country with telephone numbers of its own.
#[must_use]
pub fn is_country(code: &str) -> bool {
    let region = code.to_ascii_uppercase().parse::<Region>();
    region.is_ok_and(|region| {
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .is_some()
    })
}

/// The number in E.164, if its length is one of complete numbers of its country.
fn possible(text: &str, region: Option<Region>) -> Option<Phone> {
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let complete = PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number)
        == Ok(NumberLengthType::IsPossible);
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    complete.then(|| Phone(e164.into_owned()))
}

/// `00 49 …` as `+49 …`.
fn international(text: &str) -> Option<String> {
    let text: String = text.nfkc().collect();
    let rest = text
        .trim_start_matches(|c: char| c.is_whitespace() || c == '(')
        .strip_prefix("00")?;
    Some(format!(
        "+{}",
        rest.trim_start_matches([')', ' ', '-', '.', '/'])
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_number_reads_back_and_anything_else_is_none() {
        let phone = Phone::parse("(222) 333-4444", "US").unwrap();
        assert_eq!(Phone::from_e164(phone.as_str()), Some(phone));
        for text in ["", "+", "12223334444", "+1 222", "+1234567890123456"] {
            assert_eq!(Phone::from_e164(text), None, "{text}");
        }
    }

    fn e164(text: &str, country: &str) -> Option<String> {
        Phone::parse(text, country).map(|phone| phone.0)
    }

    #[test]
    fn the_documents_numbers_are_possible() {
        for (text, expected) in [
            ("+1 222 333 4444", "+12223334444"),
            ("222-333-4444", "+12223334444"),
            ("(555) 123-4567", "+15551234567"),
            ("+44 20 7946 0018", "+442079460018"),
        ] {
            assert_eq!(e164(text, "US").as_deref(), Some(expected), "{text}");
        }
    }

    /// Expected values: what Google's libphonenumber 9.0 (its Python port) answers.
    #[test]
    fn a_numbers_own_country_says_which_digits_are_a_prefix() {
        for (text, country, expected) in [
            ("+49 176 04069012", "US", "+4917604069012"),
            ("+86 138 0013 8000", "US", "+8613800138000"),
            ("+55 11 95550-0101", "US", "+5511955500101"),
            ("+49 (0) 176 04069012", "US", "+4917604069012"),
            ("+44 (0)20 7946 0018", "US", "+442079460018"),
            ("+33 (0)6 12 34 56 78", "US", "+33612345678"),
            ("+49 0176 04069012", "US", "+4917604069012"),
            // Italy keeps the zero of a landline.
            ("+39 06 6982", "US", "+39066982"),
            ("06 6982 1234", "IT", "+390669821234"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("0176/04069012", "DE", "+4917604069012"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("8 (912) 345-67-89", "RU", "+79123456789"),
            ("11 95550-0101", "BR", "+5511955500101"),
            ("1 415 555 0101", "US", "+14155550101"),
            ("0049 176 04069012", "DE", "+4917604069012"),
            ("011 49 176 04069012", "US", "+4917604069012"),
            ("tel:+1-415-555-0101", "DE", "+14155550101"),
            ("+1 415 555 0101 ext 5", "DE", "+14155550101"),
            ("＋１ ４１５ ５５５ ０１０１", "US", "+14155550101"),
            ("415 555 0101", "us", "+14155550101"),
        ] {
            assert_eq!(e164(text, country).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn two_zeros_are_a_plus_where_the_default_country_has_no_such_number() {
        for text in [
            "0049 176 04069012",
            "00 49 176 04069012",
            "(00) 49 17604069012",
            "００４９ 17604069012",
        ] {
            assert_eq!(
                e164(text, "US").as_deref(),
                Some("+4917604069012"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_number_is_none() {
        for text in [
            "",
            "call me",
            "12345",
            "+1 222",
            "555-0101",
            "+1 555-0101",
            "12345678901234567890",
            "415 555 0101 or 415 555 0102",
            "+49 1",
            "00",
            "0000000000000",
            "+999 123456789",
        ] {
            assert_eq!(e164(text, "US"), None, "{text}");
        }
        assert_eq!(e164(&format!("{}4155550101", " ".repeat(200)), "US"), None);
        assert_eq!(e164("176 04069012", "nowhere"), None);
    }

    #[test]
    fn debug_never_shows_the_number() {
        let phone = Phone::parse("+12223334444", "US").unwrap();
        assert_eq!(format!("{phone:?}"), "+1…44");
    }
}
