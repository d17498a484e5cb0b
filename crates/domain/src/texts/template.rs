//! Fills a message template with a booking's values.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::IntentKind;
use super::segments::{Encoding, cap, count};
use crate::bookings::invitee::InviteeSnapshot;
use crate::config::{BusinessConfig, Named, render};
use crate::people::name::{is_plain, without_pictures};

/// Longest text in parts; a longer one is cut.
pub const MAX_PARTS: u32 = 6;

const HELP: &str = "You get these messages because you booked a call with us. Reply to this text and we will read it. Reply STOP to opt out.";

/// A text, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    pub body: String,
    pub encoding: Encoding,
    pub parts: u32,
    pub language: String,
    /// `a`, `b`, …; `None` where the language has one wording only.
    pub variant: Option<String>,
}

/// Composes the text of an intent; `snapshot` is `None` only for the answer to HELP.
#[must_use]
pub fn compose(
    kind: IntentKind,
    snapshot: Option<&InviteeSnapshot>,
    config: &BusinessConfig,
) -> Composed {
    let chosen = wording(kind, snapshot, config);
    let Chosen {
        language,
        variant,
        template,
    } = &chosen;
    let value = |name: &str| snapshot.and_then(|s| placeholder(name, s, language, config));
    // Templates are checked when the file is loaded, so filling one can't fail.
    let body = cap(
        &render(template, value).unwrap_or_else(|_| (*template).to_owned()),
        MAX_PARTS,
    );
    let counted = count(&body);
    Composed {
        body,
        encoding: counted.encoding,
        parts: counted.parts,
        language: (*language).to_owned(),
        variant: variant.clone(),
    }
}

struct Chosen<'a> {
    language: &'a str,
    variant: Option<String>,
    template: &'a str,
}

/// The wording of a text: of the languages exact, primary subtag, English, our own English, the first that has the
/// text; of its variants the contact's.
fn wording<'a>(
    kind: IntentKind,
    snapshot: Option<&InviteeSnapshot>,
    config: &'a BusinessConfig,
) -> Chosen<'a> {
    let own = Chosen {
        language: "en",
        variant: None,
        template: built_in(kind),
    };
    let tag = snapshot
        .and_then(|s| s.language.as_deref())
        .unwrap_or("en")
        .replace('_', "-");
    let primary = tag.split('-').next().unwrap_or("en");
    let find = |wanted: &str| {
        config
            .messages
            .iter()
            .find(|(have, _)| have.replace('_', "-").eq_ignore_ascii_case(wanted))
    };
    let mut sets = [find(&tag), find(primary), find("en")]
        .into_iter()
        .flatten();
    let with_text =
        sets.find_map(|(language, set)| Some((language, set, worded(set.named(), kind)?)));
    let Some((language, set, base)) = with_text else {
        return own;
    };
    let variants = u32::try_from(set.variants.len()).unwrap_or(0);
    let Some(contact) = snapshot.filter(|_| variants > 0).map(contact_key) else {
        return Chosen {
            language,
            variant: None,
            template: base,
        };
    };
    let place = variant(&config.sms.experiment, &contact, variants + 1);
    let other = usize::try_from(place)
        .ok()
        .and_then(|n| set.variants.get(n.checked_sub(1)?))
        .and_then(|v| worded(v.named(), kind));
    Chosen {
        language,
        variant: Some(letter(place)),
        template: other.unwrap_or(base),
    }
}

/// Identity for A/B tests and rollouts: e-mail address, else number, else invitee uri.
pub(super) fn contact_key(snapshot: &InviteeSnapshot) -> String {
    let contact = &snapshot.contact;
    let address = contact
        .email
        .as_deref()
        .and_then(crate::people::email::normalize);
    address
        .or_else(|| contact.phone.clone())
        .unwrap_or_else(|| snapshot.uri.clone())
}

fn letter(place: u32) -> String {
    char::from_u32(u32::from('a') + place)
        .unwrap_or('?')
        .to_string()
}

/// The template of an intent in a set or a variant; HELP has none.
fn worded<'a>(named: Named<'a>, kind: IntentKind) -> Option<&'a str> {
    named
        .into_iter()
        .find(|(name, _)| *name == kind.as_str())?
        .1
        .as_deref()
}

const fn built_in(kind: IntentKind) -> &'static str {
    match kind {
        IntentKind::Confirmation => {
            "Hi {first_name}, your {event_name} is booked for {start_local}. Reply YES to confirm, or STOP to opt out."
        }
        IntentKind::FollowUp => {
            "Hi {first_name}, can you make it to your {event_name} on {start_local}? Reply YES to confirm, or STOP to opt out."
        }
        IntentKind::Reminder24h => {
            "Hi {first_name}, a reminder: your {event_name} is on {start_local}. Reply STOP to opt out."
        }
        IntentKind::Feedback => {
            "Hi {first_name}, thank you for your time. How was your {event_name}? Reply in a few words, or STOP to opt out."
        }
        IntentKind::HelpReply => HELP,
    }
}

fn placeholder(
    name: &str,
    snapshot: &InviteeSnapshot,
    language: &str,
    config: &BusinessConfig,
) -> Option<String> {
    let english = language
        .split(['-', '_'])
        .next()
        .is_some_and(|p| p.eq_ignore_ascii_case("en"));
    let contact = &snapshot.contact;
    match name {
        "first_name" => {
            // Whoever books writes the name, and the text is ours: what is more than a name, as a link, stays out.
            let is_name = |name: &&str| is_plain(&without_pictures(name));
            let from_name = || {
                let name = contact.name.as_deref().filter(is_name)?;
                name.split_whitespace().find(is_name)
            };
            let given = contact.first_name.as_deref().map(str::trim);
            let given = given.filter(is_name).or_else(from_name);
            given.or(english.then_some("there")).map(str::to_owned)
        }
        "event_name" => snapshot
            .event_name
            .clone()
            .or_else(|| english.then(|| "call".to_owned())),
        "host_name" => snapshot.host_name.clone(),
        "start_local" => Some(start_local(
            snapshot.start,
            &zone_of(snapshot, config),
            english,
        )),
        _ => None,
    }
}

/// The invitee's time zone, else the reporting zone.
pub(super) fn zone_of(snapshot: &InviteeSnapshot, config: &BusinessConfig) -> TimeZone {
    let own = snapshot
        .timezone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| config.reporting_timezone.clone())
}

/// `Tuesday, March 10 at 11:00 AM EDT`; in other languages digits only, because names of days are English here.
fn start_local(start: Timestamp, zone: &TimeZone, english: bool) -> String {
    let format = if english {
        "%A, %B %-d at %-I:%M %p %Z"
    } else {
        "%Y-%m-%d %H:%M (%Z)"
    };
    start.to_zoned(zone.clone()).strftime(format).to_string()
}

/// Which of `variants` wordings a contact gets in `experiment`, from 0; stable per contact (S2-52).
#[must_use]
pub fn variant(experiment: &str, contact: &str, variants: u32) -> u32 {
    let hash = Sha256::new()
        .chain_update(experiment)
        .chain_update([0])
        .chain_update(contact)
        .finalize();
    let number = hash
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    u32::try_from(number % u64::from(variants.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MessageSet;
    use crate::testing::invitee;

    fn set(word: &str) -> MessageSet {
        MessageSet {
            confirmation: Some(format!("{word} {{first_name}} {{start_local}}")),
            ..MessageSet::default()
        }
    }

    fn text(language: Option<&str>, config: &BusinessConfig) -> String {
        let snapshot = InviteeSnapshot {
            language: language.map(str::to_owned),
            ..invitee("A1", "2026-03-01T10:00:00Z")
        };
        compose(IntentKind::Confirmation, Some(&snapshot), config).body
    }

    #[test]
    fn languages_fall_back_and_times_are_the_invitees() {
        let mut config = BusinessConfig::default();
        let own = "Hi Jane, your Strategy session is booked for Tuesday, March 10 at 11:00 AM EDT. Reply YES to confirm, or STOP to opt out.";
        assert_eq!(text(None, &config), own);
        assert_eq!(text(Some("de"), &config), own);
        config.messages = [("en", "Hello"), ("pt", "Ola"), ("pt-BR", "Oi")]
            .map(|(tag, word)| (tag.to_owned(), set(word)))
            .into();
        assert_eq!(
            text(Some("pt-br"), &config),
            "Oi Jane 2026-03-10 11:00 (EDT)"
        );
        assert_eq!(
            text(Some("pt_PT"), &config),
            "Ola Jane 2026-03-10 11:00 (EDT)"
        );
        assert_eq!(
            text(Some("de-AT"), &config),
            "Hello Jane Tuesday, March 10 at 11:00 AM EDT"
        );
    }

    #[test]
    fn a_long_name_is_capped_and_a_missing_one_is_friendly() {
        let mut snapshot = invitee("A1", "2026-03-01T10:00:00Z");
        snapshot.event_name = Some("x".repeat(2_000));
        assert_eq!(
            compose(
                IntentKind::FollowUp,
                Some(&snapshot),
                &BusinessConfig::default()
            )
            .parts,
            MAX_PARTS
        );
        snapshot.contact = crate::bookings::invitee::Contact::default();
        assert!(
            compose(
                IntentKind::FollowUp,
                Some(&snapshot),
                &BusinessConfig::default()
            )
            .body
            .starts_with("Hi there, ")
        );
        assert!(compose(IntentKind::HelpReply, None, &BusinessConfig::default()).parts == 1);
    }

    #[test]
    fn only_a_name_is_greeted() {
        let greeted = |first: Option<&str>, name: &str| {
            let mut snapshot = invitee("A1", "2026-03-01T10:00:00Z");
            snapshot.contact.first_name = first.map(str::to_owned);
            snapshot.contact.name = Some(name.to_owned());
            let rules = BusinessConfig::default();
            let body = compose(IntentKind::FollowUp, Some(&snapshot), &rules).body;
            body.split(',').next().unwrap().to_owned()
        };
        for (first, name, greeting) in [
            (None, "Ana Lima", "Hi Ana"),
            (Some("Mary Ann"), "Mary Ann Smith", "Hi Mary Ann"),
            (None, "Zo\u{eb}\u{1f984} X", "Hi Zo\u{eb}\u{1f984}"),
            (None, "\u{1f525} Ana", "Hi Ana"),
            (None, "http://evil.test click", "Hi there"),
            (Some("win.example/now"), "evil.test", "Hi there"),
            (None, "\u{202e}anA", "Hi there"),
        ] {
            assert_eq!(greeted(first, name), greeting);
        }
    }

    #[test]
    fn a_text_that_a_language_lacks_is_the_next_ones() {
        let mut config = BusinessConfig::default();
        let english = MessageSet {
            feedback: Some("How was it?".to_owned()),
            ..set("Hello")
        };
        config.messages = [("de", set("Hallo")), ("en", english)]
            .map(|(tag, set)| (tag.to_owned(), set))
            .into();
        let snapshot = InviteeSnapshot {
            language: Some("de-AT".to_owned()),
            ..invitee("A1", "2026-03-01T10:00:00Z")
        };
        let said = |kind| compose(kind, Some(&snapshot), &config);
        assert_eq!(
            (
                said(IntentKind::Confirmation).language.as_str(),
                said(IntentKind::Feedback).body.as_str()
            ),
            ("de", "How was it?")
        );
        assert!(
            said(IntentKind::FollowUp)
                .body
                .starts_with("Hi Jane, can you make it")
        );
    }

    #[test]
    fn a_contact_keeps_its_wording_and_what_a_variant_leaves_out_is_the_sets() {
        let mut config = BusinessConfig::default();
        let variants = vec![crate::config::MessageVariant {
            confirmation: Some("Hey!".to_owned()),
            ..Default::default()
        }];
        let texts = MessageSet {
            follow_up: Some("Well?".to_owned()),
            variants,
            ..set("Hello")
        };
        config.messages = [("en".to_owned(), texts)].into();
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..50 {
            let mut snapshot = invitee("A1", "2026-03-01T10:00:00Z");
            snapshot.contact.email = Some(format!("Jane{n}@acme.co"));
            let first = compose(IntentKind::Confirmation, Some(&snapshot), &config);
            let variant = first.variant.clone().unwrap();
            assert_eq!(first.body.starts_with("Hey!"), variant == "b");
            snapshot.contact.email = Some(format!("jane{n}@acme.co"));
            let second = compose(IntentKind::FollowUp, Some(&snapshot), &config);
            assert_eq!(
                (second.body.as_str(), second.variant.as_deref()),
                ("Well?", Some(variant.as_str()))
            );
            seen.insert(variant);
        }
        assert_eq!(seen.len(), 2);
        assert_eq!(compose(IntentKind::HelpReply, None, &config).variant, None);
    }

    #[test]
    fn variants_are_stable_and_even() {
        let second = (0..1_000)
            .filter(|n| variant("greeting", &format!("c{n}"), 2) == 1)
            .count();
        assert!((400..600).contains(&second), "{second}");
        assert_eq!(variant("greeting", "c1", 2), variant("greeting", "c1", 2));
        assert_eq!(variant("greeting", "c1", 0), 0);
    }
}
