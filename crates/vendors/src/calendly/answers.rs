//! What a booking form asked: the customer's phone number and language.

use bookpath_domain::people::phone::Phone;
use bookpath_domain::words::{has_phrase, plain, split};
use isolang::Language;
use serde_json::Value;

use super::phone_words::{LANDLINE, MOBILE, NUMBER, PHONE_PARTS, PHONE_WORDS, ROLES, STRANGERS};
use crate::json;

/// Fewer digits are a year, a time or a house number.
const DIGITS_MIN: usize = 7;
/// What stands between the digits of a number.
const SIGNS: &str = "+-.()/\u{2010}\u{2011}\u{2012}\u{2013}";
const LANGUAGE_WORDS: [&str; 10] = [
    "language", "sprache", "idioma", "langue", "lingua", "taal", "jezyk", "sprak", "dil", "язык",
];

/// The invitee's phone number as typed (S3-12).
///
/// In this order: the number for text reminders; the number that an `outbound_call` goes to; the
/// answers to questions about a phone, the likeliest question first, those that are numbers before those
/// that only have digits. The host's number of an `inbound_call` and free text are never taken.
pub(super) fn typed_phone<'a>(payload: &'a Value, default_country: &str) -> Option<&'a str> {
    if let Some(reminder) = json::text(payload, &["text_reminder_number"]) {
        return Some(reminder);
    }
    let mut typed: Vec<&str> = called_number(payload).into_iter().collect();
    typed.extend(phone_answers(payload));
    typed
        .iter()
        .find_map(|text| number_in(text, default_country))
        .or_else(|| typed.into_iter().find(|text| is_a_try(text)))
}

/// The number that an answer is, or has among its words: `415-555-0143 (mobile)`.
fn number_in<'a>(answer: &'a str, default_country: &str) -> Option<&'a str> {
    let number =
        |text: &&str| digits(text) >= DIGITS_MIN && Phone::parse(text, default_country).is_some();
    let runs = answer
        .split(|c: char| !(c.is_numeric() || c.is_whitespace() || SIGNS.contains(c)))
        .map(|run| run.trim_end_matches([' ', '(', '-', '/']).trim_start());
    std::iter::once(answer).chain(runs).find(number)
}

/// The phone number for the bronze line: E.164, or as typed if it has digits and no words, which a
/// telephone number that was mistyped has.
pub(super) fn bronze_phone(payload: &Value, default_country: &str) -> Option<String> {
    let typed = typed_phone(payload, default_country)?;
    match Phone::parse(typed, default_country) {
        Some(phone) => Some(phone.as_str().to_owned()),
        None => is_a_try(typed).then(|| typed.to_owned()),
    }
}

/// The language that the invitee asked for: a tag where the answer is one or names one, else the answer.
pub(super) fn language(payload: &Value) -> Option<String> {
    questions(payload).find_map(|(question, answer)| {
        let question = plain(question);
        let asks = split(&question)
            .iter()
            .any(|word| LANGUAGE_WORDS.contains(word));
        asks.then(|| named_language(answer).unwrap_or(answer).to_owned())
    })
}

/// The code of a language by its name in English or in itself: `Spanish`, `español`, `Portuguese (Brazil)`.
fn named_language(answer: &str) -> Option<&'static str> {
    let name = answer
        .split(['(', ',', '/', ';'])
        .next()?
        .trim()
        .to_lowercase();
    let found = Language::from_name_lowercase(&name);
    let by_itself = || Language::match_autonyms(move |own| own.to_lowercase() == name).next();
    found.or_else(by_itself)?.to_639_1()
}

fn called_number(payload: &Value) -> Option<&str> {
    let location = json::at(payload, &["scheduled_event", "location"])?;
    (json::text(location, &["type"]) == Some("outbound_call"))
        .then(|| json::text(location, &["location"]))?
}

/// The answers to questions about a phone, the likeliest question first.
fn phone_answers(payload: &Value) -> Vec<&str> {
    let mut rated: Vec<(u8, &str)> = questions(payload)
        .filter_map(|(question, answer)| Some((phone_question(question)?, answer)))
        .collect();
    // Stable: of two questions that rate alike the first stands.
    rated.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    rated.into_iter().map(|(_, answer)| answer).collect()
}

/// How likely a question asks for the invitee's own number, from 0; `None`: it is about something else.
fn phone_question(question: &str) -> Option<u8> {
    let question = plain(question);
    let words = split(&question);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let part = PHONE_PARTS.iter().any(|part| question.contains(*part));
    let short = [
        &["text", "number"][..],
        &["contact", "number"],
        &["text", "message", "number"],
    ]
    .iter()
    .any(|phrase| has_phrase(&words, phrase));
    if !(any(PHONE_WORDS) || part || short) {
        return None;
    }
    if is_strangers(&words) {
        return None;
    }
    if any(LANDLINE) {
        return Some(0);
    }
    Some(1 + u8::from(any(NUMBER) || short) + u8::from(any(MOBILE)))
}

/// Whether the question is about somebody else's number: `your wife's`, `of your parents`, `who recommended you`.
fn is_strangers(words: &[&str]) -> bool {
    let named = |list: &[&str], word: &str| {
        // `d'urgence`
        let article = word.split_once('\'').filter(|(start, _)| start.len() == 1);
        let word = article.map_or(word, |(_, noun)| noun);
        let one = word.strip_suffix("'s").or_else(|| word.strip_suffix('s'));
        list.contains(&word) || one.is_some_and(|one| list.contains(&one))
    };
    let near = |at: usize, back: usize| at.checked_sub(back).map(|at| words[at]);
    let theirs = |at: usize| {
        words[at].ends_with("'s")
            || near(at, 1) == Some("your")
            || near(at, 2) == Some("of")
            || words
                .get(at + 1)
                .is_some_and(|next| PHONE_WORDS.contains(next))
    };
    words.iter().any(|word| named(STRANGERS, word))
        || (0..words.len()).any(|at| named(ROLES, words[at]) && theirs(at))
        || has_phrase(words, &["recommended", "you"])
        || has_phrase(words, &["recommended", "by"])
        || has_phrase(words, &["you", "refer"])
}

/// Question and answer, in the form's own order.
fn questions(payload: &Value) -> impl Iterator<Item = (&str, &str)> {
    payload
        .get("questions_and_answers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pair| {
            Some((
                json::text(pair, &["question"])?,
                json::text(pair, &["answer"])?,
            ))
        })
}

fn digits(text: &str) -> usize {
    text.chars().filter(|c| c.is_numeric()).count()
}

/// Digits and punctuation only: somebody meant a number.
fn is_a_try(text: &str) -> bool {
    digits(text) >= 3 && !text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(answers: &[(&str, &str)]) -> Value {
        let answers: Vec<Value> = answers
            .iter()
            .map(|(question, answer)| json!({ "question": question, "answer": answer }))
            .collect();
        json!({ "questions_and_answers": answers })
    }

    fn asked(question: &str) -> Option<String> {
        let form = form(&[(question, "+1 415 555 0143")]);
        typed_phone(&form, "US").map(str::to_owned)
    }

    #[test]
    fn a_question_about_a_phone_is_found_by_word() {
        for question in [
            "Phone number",
            "Your PHONE:",
            "Mobile / WhatsApp",
            "Tel.",
            "Telefonnummer",
            "Deine Handynummer?",
            "Numéro de téléphone",
            "Téléphone portable",
            "Número de teléfono móvil",
            "Telefone (com DDD)",
            "Numero di telefono",
            "Telefoonnummer",
            "Numer telefonu",
            "Номер телефона",
            "電話番号",
            "手机号码",
            "Best contact number",
            "Mobile number (recommended, for reminders)",
            "¿Cuáles son tus números de teléfono?",
            "Phone number where our agent can reach you",
            "Τηλέφωνο",
            "Số điện thoại",
            "โทรศัพท์",
            "Nomor telepon",
            "Мобильный",
            "Mobilnr",
            "Text message number",
        ] {
            assert!(asked(question).is_some(), "{question}");
        }
    }

    #[test]
    fn a_question_about_something_or_somebody_else_is_none() {
        for question in [
            "Please tell us about your business",
            "Hotel",
            "What do you intend to sell?",
            "Which cells of your spreadsheet matter?",
            "Do you play the saxophone?",
            "Automobile",
            "Headphones?",
            "Order number",
            "Your wife's mobile",
            "Phone number of your partner",
            "Who referred you? (name and phone)",
            "Parents' phone",
            "Your assistant's phone",
            "Phone of the boss",
            "Billing phone number",
            "Your son's mobile",
            "Who recommended you? (phone)",
            "Next of kin phone",
            "Co-founder's mobile",
            "Doctor's phone number",
            "Your client's phone",
            "Additional guest phone",
            "Phone number of attendee 2",
            "Phone number of the person you refer",
            "Teléfono de emergencia",
            "Teléfono de su cónyuge",
            "Téléphone d'urgence",
            "Recruiter phone number",
        ] {
            assert_eq!(asked(question), None, "{question}");
        }
    }

    #[test]
    fn the_best_candidate_comes_first_and_free_text_never() {
        let cases = [
            (
                vec![
                    ("Phone or video?", "Video, please"),
                    ("Mobile number", "+1 415 555 0144"),
                ],
                Some("+1 415 555 0144"),
            ),
            (
                vec![("Office phone", "415-555-0100"), ("Cell", "415-555-0145")],
                Some("415-555-0145"),
            ),
            (
                vec![
                    ("Phone of an emergency contact", "415-555-0100"),
                    ("Phone", "call me"),
                ],
                None,
            ),
            (
                vec![("Phone", "415-555"), ("Phone of the office", "4155550146")],
                Some("4155550146"),
            ),
            (
                vec![("Mobile", "415-555-0143 (mobile)")],
                Some("415-555-0143"),
            ),
            (
                vec![("Phone", "after 5pm: 415 555 0143 or 0144")],
                Some("415 555 0143"),
            ),
            (vec![("Phone", "Not before 2019")], None),
            // Nothing is a number: what was meant as one is judged later.
            (vec![("Phone number", "12345")], Some("12345")),
            (vec![("Phone number", "I have 2 phones")], None),
            (vec![("Phone number", "555 anytime")], None),
        ];
        for (answers, expected) in cases {
            assert_eq!(typed_phone(&form(&answers), "US"), expected, "{answers:?}");
        }
    }

    #[test]
    fn the_number_to_call_is_the_invitees_and_the_number_that_is_called_the_hosts() {
        let mut form = form(&[("Phone number", "415-555-0143")]);
        let place =
            |kind: &str, number: Value| json!({ "location": { "type": kind, "location": number } });
        form["scheduled_event"] = place("outbound_call", json!("+1 415-555-0142"));
        assert_eq!(typed_phone(&form, "US"), Some("+1 415-555-0142"));
        form["scheduled_event"] = place("outbound_call", Value::Null);
        assert_eq!(typed_phone(&form, "US"), Some("415-555-0143"));
        form["scheduled_event"] = place("inbound_call", json!("+1 415-555-0199"));
        assert_eq!(typed_phone(&form, "US"), Some("415-555-0143"));
        form["questions_and_answers"] = json!([]);
        assert_eq!(typed_phone(&form, "US"), None);
        form["text_reminder_number"] = json!("+1 222 333");
        assert_eq!(typed_phone(&form, "US"), Some("+1 222 333"));
    }

    #[test]
    fn bronze_has_numbers_only() {
        for (typed, expected) in [
            ("+49 176 04069012", Some("+4917604069012")),
            ("12345", Some("12345")),
            ("call me", None),
        ] {
            let payload = json!({ "text_reminder_number": typed });
            assert_eq!(bronze_phone(&payload, "US").as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn languages_are_asked_for_by_word_and_answered_by_code_or_name() {
        for (answer, expected) in [
            ("Español", "es"),
            ("spanish", "es"),
            ("Portuguese (Brazil)", "pt"),
            ("Deutsch / German", "de"),
            ("es-MX", "es-MX"),
            ("Klingon?", "Klingon?"),
        ] {
            let found = language(&form(&[("Language", answer)]));
            assert_eq!(found.as_deref(), Some(expected), "{answer}");
        }
        let answered = |question| language(&form(&[(question, "de")]));
        assert_eq!(answered("Preferred language"), Some("de".to_owned()));
        assert_eq!(answered("Sprache"), Some("de".to_owned()));
        assert_eq!(answered("Which dilemma do you face?"), None);
    }
}
