//! Erasing a person (X60, X61): the values that are searched for, the anonymous address that replaces them, and the
//! hashes that keep the person from coming back.
//!
//! Rows stay under the anonymous address, so that figures do not change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::sources::Sources;
use super::{email, spellings};

/// The domain of anonymous addresses; RFC 2606 keeps it from ever being anybody's.
const DOMAIN: &str = "erased.invalid";
/// Last digits of a telephone by which its spellings are found.
const DIGITS: usize = 9;

/// The person to erase.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subject {
    /// Match keys.
    #[debug(skip)]
    pub emails: BTreeSet<String>,
    /// E.164.
    #[debug(skip)]
    pub phones: BTreeSet<String>,
    /// Ids of the vendors' records that are this person's and nobody else's: invitees, form responses,
    /// contacts of the CRM and its leads.
    pub ids: BTreeSet<String>,
}

impl Subject {
    /// Hash that stands for the person: equal for the same person, and the person can't be derived from it.
    #[must_use]
    pub fn hash(&self) -> String {
        let all = self.emails.iter().chain(&self.phones).chain(&self.ids);
        let first = all.take(1).map(String::as_str).collect::<String>();
        tombstone(&first)
    }

    /// The anonymous address of what the person has without an address of their own: that of their first one.
    #[must_use]
    pub fn anonymous(&self) -> String {
        anonymous_of_hash(&self.hash())
    }

    /// The anonymous address that stands for this match key; `None` where it is not the person's.
    #[must_use]
    pub fn anonymous_of(&self, email: &str) -> Option<String> {
        self.emails.contains(email).then(|| anonymous(email))
    }

    /// By the hash of each address, telephone and id: the anonymous address that stands in its place.
    #[must_use]
    pub fn veiled(&self) -> BTreeMap<String, String> {
        let of_person = self.anonymous();
        let others = self.phones.iter().chain(&self.ids);
        let others = others.map(|text| (tombstone(text), of_person.clone()));
        let emails = self.emails.iter();
        others
            .chain(emails.map(|email| (tombstone(email), anonymous(email))))
            .collect()
    }

    /// What is remembered: hashes of everything that a late delivery may name.
    #[must_use]
    pub fn tombstones(&self) -> Vec<String> {
        let all = self.emails.iter().chain(&self.phones).chain(&self.ids);
        all.map(|text| tombstone(text)).collect()
    }
}

/// The hash that is remembered of an address, telephone or id.
#[must_use]
pub fn tombstone(text: &str) -> String {
    let key = email::normalize(text).unwrap_or_else(|| text.trim().to_owned());
    hex::encode(Sha256::digest(format!("bookpath-erased:{key}")))
}

/// The anonymous address that stands for an address: one for each, because some figures count addresses (X61).
#[must_use]
pub fn anonymous(email: &str) -> String {
    anonymous_of_hash(&tombstone(email))
}

fn anonymous_of_hash(hash: &str) -> String {
    format!("erased-{}@{DOMAIN}", &hash[..16])
}

/// The address is that of somebody who was erased.
#[must_use]
pub fn is_anonymous(address: &str) -> bool {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    domain == Some(DOMAIN)
}

/// Finds a person's addresses, telephones and ids in any text, in the spellings in which they travel.
#[derive(derive_more::Debug)]
pub struct Searcher {
    /// In any case.
    #[debug("{}", ids.as_ref().map_or(0, AhoCorasick::patterns_len))]
    ids: Option<AhoCorasick>,
    #[debug("{}", emails.as_ref().map_or(0, |_| 1))]
    emails: Option<Regex>,
    #[debug("{}", encoded.as_ref().map_or(0, |_| 1))]
    encoded: Option<Regex>,
    #[debug("{}", numbers.as_ref().map_or(0, |_| 1))]
    numbers: Option<Regex>,
}

impl Searcher {
    #[must_use]
    pub fn new(subject: &Subject) -> Self {
        let mut emails: Vec<&String> = subject.emails.iter().collect();
        // Of two that begin alike the longer one is the one that is there.
        emails.sort_by_key(|email| std::cmp::Reverse(email.len()));
        let encoded = subject.emails.iter().chain(&subject.phones);
        Self {
            ids: any_of(subject.ids.iter().filter(|id| !id.is_empty())),
            emails: pattern(
                &emails
                    .into_iter()
                    .map(|key| spellings::plain(key))
                    .collect::<Vec<_>>(),
            ),
            encoded: pattern(
                &encoded
                    .flat_map(|text| spellings::in_base64(text))
                    .collect::<Vec<_>>(),
            ),
            numbers: numbers(&subject.phones),
        }
    }

    /// One of them is in these bytes.
    #[must_use]
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let ids = self
            .ids
            .iter()
            .flat_map(|ids| ids.find_overlapping_iter(bytes));
        ids.map(|found| found.range())
            .any(|found| is_word(bytes, found))
            || self.emails.iter().any(|emails| has_word(emails, bytes))
            || self.encoded.iter().any(|encoded| encoded.is_match(bytes))
            || self.numbers.iter().any(|numbers| numbers.is_match(bytes))
    }
}

/// Finds any of these ids, in any case; `None` where there is none to find.
fn any_of<'a>(ids: impl Iterator<Item = &'a String>) -> Option<AhoCorasick> {
    let ids: Vec<&String> = ids.collect();
    if ids.is_empty() {
        return None;
    }
    let mut builder = AhoCorasick::builder();
    // It refuses only more text than a machine has memory for.
    builder.ascii_case_insensitive(true).build(&ids).ok()
}

/// Finds any of these patterns; `None` where there is none.
fn pattern(any: &[String]) -> Option<Regex> {
    if any.is_empty() {
        return None;
    }
    // However many: it must not refuse them.
    let mut builder = RegexBuilder::new(&format!("(?-u)(?:{})", any.join("|")));
    builder.size_limit(usize::MAX).build().ok()
}

/// The pattern is found as a word of its own.
fn has_word(pattern: &Regex, bytes: &[u8]) -> bool {
    let mut from = 0;
    while let Some(found) = pattern.find_at(bytes, from) {
        if is_word(bytes, found.range()) {
            return true;
        }
        from = found.start() + 1;
    }
    false
}

fn is_word(bytes: &[u8], found: Range<usize>) -> bool {
    begins_at(&bytes[..found.start]) && ends_before(&bytes[found.end..])
}

/// Finds telephones by their last digits, whatever stands between them, where no further digit of the same number follows.
fn numbers(phones: &BTreeSet<String>) -> Option<Regex> {
    const GAP: &str = r"[ \-.()/]";
    const OTHER: &str = r"[^0-9 \-.()/]";
    let last_digits = phones.iter().filter_map(|phone| {
        let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
        let last = digits.get(digits.len().checked_sub(DIGITS)?..)?;
        let last: Vec<String> = last.iter().map(char::to_string).collect();
        Some(last.join(&format!("{GAP}{{0,2}}")))
    });
    let last_digits: Vec<String> = last_digits.collect();
    if last_digits.is_empty() {
        return None;
    }
    let any = last_digits.join("|");
    let number = format!(r"(?:{any})(?:{GAP}{{0,2}}(?:{OTHER}|\z)|{GAP}{{3}})");
    pattern(&[number])
}

/// Whether the bytes before a match end another word. The end of an escape (`%22`, `\u0022`, `\n`) does.
fn begins_at(before: &[u8]) -> bool {
    let back = |places: usize| before.iter().rev().nth(places).copied().unwrap_or(b' ');
    let goes_on = back(0).is_ascii_alphanumeric() || b"._+-".contains(&back(0));
    !goes_on || back(1) == b'\\' || back(2) == b'%' || (back(4), back(5)) == (b'u', b'\\')
}

/// Whether the bytes after a match do not continue the word. A single point ends a sentence.
fn ends_before(behind: &[u8]) -> bool {
    match behind {
        [b'.', next, ..] => !next.is_ascii_alphanumeric(),
        [next, ..] => !(next.is_ascii_alphanumeric() || b"-_".contains(next)),
        [] => true,
    }
}

impl Subject {
    /// The value is one of the person's addresses, telephones or ids.
    pub(super) fn is(&self, value: &Value) -> bool {
        let Some(text) = value.as_str() else {
            return false;
        };
        let key = email::normalize(text);
        self.ids.contains(text)
            || self.phones.contains(text)
            || key.is_some_and(|key| self.emails.contains(&key))
    }

    /// The addresses and telephones alone: what must be nowhere any more.
    #[must_use]
    pub fn without_ids(&self) -> Self {
        Self {
            ids: BTreeSet::new(),
            ..self.clone()
        }
    }
}

/// The rows without whom `veiled` names by hash; each hash has the address that stands for the person.
#[must_use]
pub fn veil(sources: &Sources, veiled: &BTreeMap<String, String>) -> Sources {
    let mut sources = sources.clone();
    let of = |text: &str| veiled.get(&tombstone(text));
    without_anonymous(&mut sources);
    for row in &mut sources.invitees {
        if let Some(anonymous) = of(&row.email).or_else(|| of(&row.invitee_uri)) {
            row.email.clone_from(anonymous);
            (row.name, row.phone) = (None, None);
        }
    }
    for row in &mut sources.forms {
        let by_address = row.email.as_deref().and_then(of);
        if let Some(anonymous) = by_address.or_else(|| of(&row.token)) {
            row.email = row.email.take().map(|_| anonymous.clone());
            (row.name, row.phone) = (None, None);
        }
    }
    for row in &mut sources.crm_contacts {
        let by_address = row.emails.iter().find_map(|email| of(email));
        if let Some(anonymous) = by_address.or_else(|| of(&row.crm_contact_id)) {
            for email in &mut row.emails {
                *email = of(email).unwrap_or(anonymous).clone();
            }
            (row.name, row.phones) = (None, Vec::new());
        }
    }
    for row in &mut sources.crm_leads {
        if of(&row.lead_id).is_some() {
            row.name = None;
        }
    }
    sources
}

/// Takes names and telephones from rows of addresses that are anonymous already, whatever brought them here.
fn without_anonymous(sources: &mut Sources) {
    for row in &mut sources.invitees {
        if is_anonymous(&row.email) {
            (row.name, row.phone) = (None, None);
        }
    }
    for row in &mut sources.forms {
        if row.email.as_deref().is_some_and(is_anonymous) {
            (row.name, row.phone) = (None, None);
        }
    }
    for row in &mut sources.crm_contacts {
        if row.emails.iter().any(|email| is_anonymous(email)) {
            (row.name, row.phones) = (None, Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    fn jane() -> Subject {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Subject {
            emails: set(&["jane@acme.co"]),
            phones: set(&["+12223334444"]),
            ids: set(&[
                "https://api.calendly.com/scheduled_events/E1/invitees/A1",
                "cont_1",
            ]),
        }
    }

    #[test]
    fn every_spelling_is_found_and_nobody_else() {
        let searcher = Searcher::new(&jane().without_ids());
        let gzip_free = STANDARD.encode("to: jane@acme.co, hi");
        for text in [
            "Jane@ACME.co",
            "?email=jane%40acme.co",
            r#"{"email":"jane\u0040acme.co"}"#,
            "+1 222 333 4444",
            "(222) 333-4444",
            "1.222.333.4444",
            "call 2223334444 now",
            "%22jane%40acme.co%22",
            r"hi\njane@acme.co\n",
            "write to jane@acme.co.",
            &gzip_free,
        ] {
            assert!(searcher.finds(text.as_bytes()), "{text}");
        }
        for text in [
            "jane@acme.com.invalid",
            "222 333 4445",
            "1 222 33344440",
            "",
            "jan@acme.co",
            "maryjane@acme.co",
            "jane@acme.co.uk",
        ] {
            assert!(!searcher.finds(text.as_bytes()), "{text}");
        }
        assert!(Searcher::new(&jane()).finds(br#"{"contact_id":"cont_1"}"#));
    }

    #[test]
    fn a_hash_is_of_the_match_key() {
        assert_eq!(tombstone(" Jane@ACME.co"), tombstone("jane@acme.co"));
        assert_ne!(tombstone("jane@acme.co"), tombstone("+12223334444"));
        assert_eq!(jane().tombstones().len(), 4);
    }

    fn only(email: &str) -> Searcher {
        Searcher::new(&Subject {
            emails: BTreeSet::from([email::normalize(email).unwrap()]),
            ..Subject::default()
        })
    }

    #[test]
    fn letters_beyond_ascii_are_found_in_both_cases() {
        let searcher = only("Zofia+biz@Kwänt.example");
        for text in [
            "ZOFIA+BIZ@KWÄNT.EXAMPLE",
            "zofia+biz@kwänt.example",
            r"ZOFIA+BIZ@KW\u00C4NT.EXAMPLE",
            r"zofia+biz@kw\u00e4nt.example",
            r"zofia+biz@kw\\u00e4nt.example",
            "?email=zofia%2Bbiz%40kw%c3%84nt.example&x=1",
            "?email=zofia%2Bbiz%40kw%C3%A4nt.example",
            "zofia+biz@kwa\u{308}nt.example",
            "ZOFIA+BIZ@KWA\u{308}NT.EXAMPLE",
            "zofia+biz@\u{212a}wänt.example",
        ] {
            assert!(searcher.finds(text.as_bytes()), "{text}");
        }
        for text in ["zofia+biz@kwant.example", "zofia+biz@kwönt.example"] {
            assert!(!searcher.finds(text.as_bytes()), "{text}");
        }
        assert!(
            only("ülkü@örstrom.example").finds("to=%C3%9CLKÜ%40%c3%96rstrom.example".as_bytes())
        );
        assert!(only("ΣΑΣ@x.gr").finds("σασ ΣΑΣ@X.GR".as_bytes()));
        assert!(only("İpek@x.tr").finds("i\u{307}pek@x.tr İPEK@X.TR".as_bytes()));
    }

    /// A text in a mix of cases: of the nth letter by the nth of these.
    fn mixed(text: &str, cases: &[bool]) -> String {
        let cases = cases.iter().cycle();
        let mixed = text.chars().zip(cases).map(|(letter, upper)| match upper {
            true => letter.to_uppercase().collect::<String>(),
            false => letter.to_string(),
        });
        mixed.collect()
    }

    fn in_json(text: &str) -> String {
        let mut units = [0; 2];
        let escaped = text.chars().map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => {
                let units = c.encode_utf16(&mut units);
                units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
            }
        });
        escaped.collect()
    }

    fn in_url(text: &str) -> String {
        let encoded =
            text.bytes().map(
                |b| match b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                    true => char::from(b).to_string(),
                    false => format!("%{b:02X}"),
                },
            );
        encoded.collect()
    }

    proptest! {
        #[test]
        fn any_mix_of_cases_is_found_in_any_coding(
            local in "[a-zäöüéñçøåžğłшбджλπω+._-]{1,12}[a-zäöüß]",
            domain in "[a-zäöüéåžшж]{2,10}",
            cases in prop::collection::vec(any::<bool>(), 1..40),
            before in "[ ,:\"<]{1,3}",
        ) {
            let key = format!("{local}@{domain}.example");
            // Two letters in upper case are another address.
            let spelled = mixed(&key, &cases).replace("SS", "ß");
            prop_assume!(email::normalize(&spelled).as_ref() == Some(&key));
            let searcher = only(&key);
            let apart: String = spelled.nfd().collect();
            for text in [&spelled, &apart] {
                for coded in [text.clone(), in_json(text), in_json(text).to_uppercase().replace("\\U", "\\u"), in_url(text), in_url(text).to_lowercase()] {
                    let around = format!("{before}{coded}\"");
                    prop_assert!(searcher.finds(around.as_bytes()), "{around}");
                }
                for coded in [text.clone(), in_json(text)] {
                    let around = STANDARD.encode(format!("{before}{coded}\""));
                    prop_assert!(searcher.finds(around.as_bytes()), "{coded} in {around}");
                }
            }
            let other = format!("x{spelled}");
            prop_assert!(!searcher.finds(other.as_bytes()), "{}", other);
        }
    }
}
