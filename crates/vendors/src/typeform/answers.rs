//! The answers of a form response, and what they say about the respondent.

use std::collections::BTreeMap;

use bookpath_domain::people::phone::Phone;
use bookpath_domain::words::{plain, split};
use serde_json::Value;

use crate::json;

/// Answers of one response that are read; a form has fewer questions.
const ANSWERS_MAX: usize = 500;
/// Fewer digits are a year, a time or a house number.
const DIGITS_MIN: usize = 7;
/// Words of a question about a name that is not the respondent's.
const OTHER_NAMES: [&str; 13] = [
    "company",
    "business",
    "brand",
    "organization",
    "organisation",
    "firm",
    "product",
    "domain",
    "user",
    "username",
    "team",
    "website",
    "referral",
];

/// One answered question.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub field_id: Option<String>,
    /// The name that the form's author gave the question; stays when the title changes.
    pub field_ref: Option<String>,
    /// The question's type: `short_text`, `multiple_choice`, `calendly`.
    pub field_type: Option<String>,
    /// The question as it was asked; `None` where the form's definition did not come along.
    pub title: Option<String>,
    /// The answer's type: text, email, number, boolean, date, choice, choices, url, file_url, phone_number, payment.
    pub kind: String,
    /// The answer as text: labels of several choices are joined by `, `.
    #[debug(skip)]
    pub text: String,
}

/// The answers that can be read, in their order.
pub(super) fn read(response: &Value) -> Vec<Answer> {
    let titles = titles(response);
    let answers = response.get("answers").and_then(Value::as_array);
    answers
        .into_iter()
        .flatten()
        .take(ANSWERS_MAX)
        .filter_map(|answer| {
            let kind = json::text(answer, &["type"])?;
            let field = |name: &str| json::text(answer, &["field", name]).map(str::to_owned);
            let id = field("id");
            let title = id.as_deref().and_then(|id| titles.get(id));
            Some(Answer {
                title: title.map(|title| (*title).to_owned()),
                field_id: id,
                field_ref: field("ref"),
                field_type: field("type"),
                kind: kind.to_owned(),
                text: text_of(answer.get(kind)?)?,
            })
        })
        .collect()
}

/// Title by the question's id.
fn titles(response: &Value) -> BTreeMap<&str, &str> {
    let fields = response
        .pointer("/definition/fields")
        .and_then(Value::as_array);
    fields
        .into_iter()
        .flatten()
        .filter_map(|field| Some((json::text(field, &["id"])?, json::text(field, &["title"])?)))
        .collect()
}

/// A text, number or boolean as text; `None` for anything else and for nothing but blanks.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(value: &Value) -> Option<String> {
    if let Value::Object(_) = value {
        let one = ["label", "other", "amount"];
        if let Some(text) = one.iter().find_map(|name| plain_text(value.get(name)?)) {
            return Some(text);
        }
        let labels = value.get("labels").and_then(Value::as_array);
        let mut all: Vec<String> = labels
            .into_iter()
            .flatten()
            .filter_map(plain_text)
            .collect();
        all.extend(value.get("other").and_then(plain_text));
        return (!all.is_empty()).then(|| all.join(", "));
    }
    plain_text(value)
}

/// The first answer of type e-mail.
pub(super) fn email(answers: &[Answer]) -> Option<&str> {
    let found = answers.iter().find(|answer| answer.kind == "email")?;
    Some(&found.text)
}

/// The first answer of type phone number, else the first that is a number and answers a question about a phone.
pub(super) fn phone<'a>(answers: &'a [Answer], default_country: &str) -> Option<&'a str> {
    let typed = answers.iter().find(|a| a.kind == "phone_number");
    let asked = || {
        answers.iter().find(|answer| {
            matches!(answer.kind.as_str(), "text" | "number")
                && asks(answer, |words| words.iter().any(|word| is_phone_word(word)))
                && digits(&answer.text) >= DIGITS_MIN
                && Phone::parse(&answer.text, default_country).is_some()
        })
    };
    typed.or_else(asked).map(|answer| answer.text.as_str())
}

/// Words with `tel` in them that ask for no telephone.
const NO_TELEPHONE: [&str; 7] = [
    "tell", "hotel", "motel", "hostel", "intel", "cartel", "pastel",
];

fn is_phone_word(word: &str) -> bool {
    let tel = || word.contains("tel") && !NO_TELEPHONE.iter().any(|other| word.contains(other));
    word.contains("phone") || word.contains("mobile") || tel()
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

/// The respondent's name: first and last joined, else the answer to a question about the name.
pub(super) fn name(answers: &[Answer]) -> Option<String> {
    let found = |wanted: &[&str]| {
        let answer = answers.iter().find(|answer| {
            answer.kind == "text"
                && asks(answer, |words| {
                    is_own_name(words) && wanted.iter().all(|part| has_part(words, part))
                })
        })?;
        Some(answer.text.clone())
    };
    match (found(&["first"]), found(&["last"])) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => found(&[]),
    }
}

fn has_part(words: &[&str], part: &str) -> bool {
    words.iter().any(|word| word.starts_with(part))
}

fn is_own_name(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| word.ends_with("name") || word.ends_with("names"))
        && !words.iter().any(|word| OTHER_NAMES.contains(word))
}

/// Whether the words of the question's reference or of its title are so. The reference may join words by `_` or `-`.
fn asks(answer: &Answer, so: impl Fn(&[&str]) -> bool) -> bool {
    let texts = [&answer.field_ref, &answer.title];
    texts.into_iter().flatten().any(|text| {
        let text = plain(text).replace('_', " ");
        so(&split(&text))
    })
}

/// The Calendly invitee that a question of type `calendly` booked, as its API names it.
pub(super) fn invitee(answers: &[Answer]) -> Option<String> {
    answers.iter().find_map(|answer| {
        if answer.field_type.as_deref() != Some("calendly") {
            return None;
        }
        let path = answer.text.split_once("/scheduled_events/")?.1;
        let path = path.split(['?', '#']).next()?;
        let (event, invitee) = path.split_once("/invitees/")?;
        let is_id = |id: &str| {
            !id.is_empty()
                && id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        (is_id(event) && is_id(invitee)).then(|| {
            format!("https://api.calendly.com/scheduled_events/{event}/invitees/{invitee}")
        })
    })
}
