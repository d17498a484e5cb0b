//! Erasing a person (X60, X61): the values that are searched for, the anonymous address that replaces them, and the
//! hashes that keep the person from coming back.
//!
//! Rows stay under the anonymous address, so that figures do not change.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, Match};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::email;
use super::sources::Sources;

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
    #[debug("{}", texts.as_ref().map_or(0, AhoCorasick::patterns_len))]
    texts: Option<AhoCorasick>,
    #[debug("{}", encoded.as_ref().map_or(0, AhoCorasick::patterns_len))]
    encoded: Option<AhoCorasick>,
    #[debug("{}", numbers.as_ref().map_or(0, |_| 1))]
    numbers: Option<Regex>,
}

impl Searcher {
    #[must_use]
    pub fn new(subject: &Subject) -> Self {
        let spelled = |text: &String| {
            let text = text.to_lowercase();
            let escaped = text.replace('@', "\\u0040");
            [text.replace('@', "%40"), escaped, text]
        };
        let texts = subject.emails.iter().flat_map(spelled);
        let texts = texts.chain(subject.ids.iter().map(|id| id.to_lowercase()));
        let plain = subject.emails.iter().chain(&subject.phones);
        Self {
            texts: any_of(texts.map(String::into_bytes), true),
            encoded: any_of(plain.flat_map(|text| in_base64(text)), false),
            numbers: numbers(&subject.phones),
        }
    }

    /// One of them is in these bytes.
    #[must_use]
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let is_word = |found: &Match| {
            begins_at(&bytes[..found.start()]) && ends_before(&bytes[found.end()..])
        };
        let texts = self.texts.iter();
        texts
            .flat_map(|texts| texts.find_overlapping_iter(bytes))
            .any(|found| is_word(&found))
            || self.encoded.iter().any(|encoded| encoded.is_match(bytes))
            || self.numbers.iter().any(|numbers| numbers.is_match(bytes))
    }
}

/// Finds any of these texts; `None` where there is none to find.
fn any_of(texts: impl Iterator<Item = Vec<u8>>, any_case: bool) -> Option<AhoCorasick> {
    let texts: Vec<Vec<u8>> = texts.filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return None;
    }
    let mut builder = AhoCorasick::builder();
    // Building fails only beyond the memory of a machine.
    builder.ascii_case_insensitive(any_case).build(&texts).ok()
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
    let pattern = format!(r"(?-u)(?:{any})(?:{GAP}{{0,2}}(?:{OTHER}|\z)|{GAP}{{3}})");
    // No size limit: any number of telephones has to fit.
    let mut builder = RegexBuilder::new(&pattern);
    builder.size_limit(usize::MAX).build().ok()
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

/// The text as it looks within base64, at each of the three places where it may begin.
fn in_base64(text: &str) -> Vec<Vec<u8>> {
    let shifted = |shift: usize| {
        let padded = [&[0_u8; 2][..shift], text.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&padded).into_bytes();
        // The first and the last characters depend on what stands around the text.
        let begin = [0, 2, 3][shift];
        let end = encoded.len() - usize::from(padded.len() % 3 != 0);
        encoded[begin..end].to_vec()
    };
    (0..3).map(shifted).filter(|text| text.len() >= 8).collect()
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
        let gzip_free = base64::engine::general_purpose::STANDARD.encode("to: jane@acme.co, hi");
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
}
