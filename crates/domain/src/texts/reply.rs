//! What a reply wants, as far as a few words tell (S2-49).

use serde::{Deserialize, Serialize};

use super::reaction::reaction;
use crate::words::{has_phrase, plain, split};

/// What a reply wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyIntent {
    Yes,
    No,
    Reschedule,
    Cancel,
    Question,
    Other,
}

const MOVES: [&str; 4] = ["reschedule", "rescheduling", "postpone", "move"];
const MOVE_PHRASES: [&[&str]; 3] = [
    &["another", "time"],
    &["different", "time"],
    &["other", "time"],
];
const CANCELS: [&str; 3] = ["cancel", "cancelling", "canceling"];
const REFUSALS: [&str; 5] = ["can't", "cannot", "cant", "won't", "unable"];
const NOES: [&str; 3] = ["no", "nope", "nah"];
const QUESTIONS: [&str; 7] = ["what", "when", "where", "who", "how", "why", "which"];
const YESES: [&str; 13] = [
    "confirmo",
    "claro",
    "yes",
    "yep",
    "yeah",
    "y",
    "yup",
    "ok",
    "okay",
    "confirm",
    "confirmed",
    "confirming",
    "sure",
];
/// Words that may stand before a "no" that begins a text: "Sorry, no".
const BEFORE_NO: [&str; 6] = ["sorry", "unfortunately", "oh", "hi", "hey", "hello"];
/// Words that go on with a refusal: "no, I can't", "no thanks". Before any other word "no" belongs to that word: "no changes".
const AFTER_NO: [&str; 22] = [
    "thanks",
    "thank",
    "thx",
    "ty",
    "sorry",
    "please",
    "sir",
    "ma'am",
    "i",
    "i'm",
    "im",
    "we",
    "it",
    "it's",
    "that",
    "this",
    "not",
    "don't",
    "dont",
    "unfortunately",
    "but",
    "no",
];
/// What stands between a negation and the move or cancellation that it takes back: "I don't want to cancel".
const WISHES: [&str; 10] = [
    "need", "needed", "to", "want", "have", "going", "gonna", "planning", "intend", "wish",
];
/// Agreement that has the word "no" or "not" in it.
const SOFT_YESES: [&[&str]; 18] = [
    &["no", "trouble"],
    &["no", "big", "deal"],
    &["no", "hay", "problema"],
    &["no", "hay", "problemas"],
    &["sin", "problema"],
    &["sin", "problemas"],
    &["no", "problem"],
    &["no", "problems"],
    &["no", "prob"],
    &["no", "probs"],
    &["no", "worries"],
    &["no", "issue"],
    &["no", "issues"],
    &["no", "doubt"],
    &["no", "biggie"],
    &["no", "sweat"],
    &["not", "a", "problem"],
    &["why", "not"],
];
/// Agreement after a "no" that answers another question: "No, that works".
const AGREEMENTS: [&[&str]; 8] = [
    &["all", "good"],
    &["all", "set"],
    &["that", "works"],
    &["works", "for", "me"],
    &["that's", "fine"],
    &["sounds", "good"],
    &["i'll", "be", "there"],
    &["see", "you"],
];
/// Phrases with a word of refusal that refuse nothing.
const HARMLESS: [&[&str]; 6] = [
    &["can't", "wait"],
    &["cant", "wait"],
    &["cannot", "wait"],
    &["won't", "miss"],
    &["won't", "be", "late"],
    &["won't", "forget"],
];
/// Negations of a wish to move or cancel. "No" is one with a word of [`WISHES`] only: "no, cancel it" cancels.
const NEGATED_WISHES: [&str; 9] = [
    "not", "never", "don't", "dont", "didn't", "won't", "wont", "wouldn't", "doesn't",
];
const NEGATIONS: [&str; 8] = [
    "not", "never", "don't", "dont", "isn't", "can't", "cannot", "no",
];

/// Classifies a reply for the inbox. A wish to move or cancel wins over a yes in the same text; a reaction
/// that quotes a text is [`ReplyIntent::Other`]. `sent`: the texts that the customer may quote.
///
/// ```
/// # use bookpath_domain::texts::{classify, ReplyIntent};
/// assert_eq!(classify("Yes, see you then", &[]), ReplyIntent::Yes);
/// assert_eq!(classify("can we move it to Friday?", &[]), ReplyIntent::Reschedule);
/// assert_eq!(classify("Liked “Reply YES to confirm”", &[]), ReplyIntent::Other);
/// ```
#[must_use]
pub fn classify(body: &str, sent: &[&str]) -> ReplyIntent {
    if reaction(body, sent).is_some() {
        return ReplyIntent::Other;
    }
    let text = plain(body);
    let words = split(&text);
    let soft = SOFT_YESES.iter().any(|phrase| has_phrase(&words, phrase));
    let said = without_phrases(&words, &[&HARMLESS[..], &SOFT_YESES[..]]);
    let any = |list: &[&str]| said.iter().any(|word| list.contains(word));
    let phrase = |phrase: &[&str]| has_phrase(&said, phrase);
    let first = said.first().copied().unwrap_or("");
    let agreement = AGREEMENTS.iter().any(|p| phrase(p)) || first == "si" && alone(&text, first);
    let wishes = |verbs: &[&str]| {
        text.split(['.', '!', '?', ';', '\n'])
            .any(|clause| wished(clause, verbs))
    };
    if wishes(&MOVES) || MOVE_PHRASES.iter().any(|p| phrase(p)) {
        ReplyIntent::Reschedule
    } else if wishes(&CANCELS) || phrase(&["call", "it", "off"]) {
        ReplyIntent::Cancel
    } else if any(&REFUSALS) || refuses(&text, &said) && !agreement || phrase(&["not", "coming"]) {
        ReplyIntent::No
    } else if text.contains('?') || QUESTIONS.contains(&first) {
        ReplyIntent::Question
    } else if phrase(&["not", "yet"]) {
        ReplyIntent::Other
    } else if soft || agrees(&said) || agreement || text.contains('👍') {
        ReplyIntent::Yes
    } else {
        ReplyIntent::Other
    }
}

/// Whether a part of a text wishes one of `verbs`. "Don't cancel" and "no need to reschedule" wish nothing.
fn wished(clause: &str, verbs: &[&str]) -> bool {
    let words = without_phrases(&split(clause), &[&HARMLESS[..], &SOFT_YESES[..]]);
    words.iter().enumerate().any(|(at, word)| {
        let before = words[..at].iter().rev();
        let before: Vec<&str> = before.copied().skip_while(|w| WISHES.contains(w)).collect();
        let to = before.len() < at;
        let negated = match before.first() {
            Some(&"no") => to,
            Some(word) => NEGATED_WISHES.contains(word),
            None => false,
        };
        verbs.contains(word) && !negated
    })
}

/// Whether a text begins with a "no" that stands alone or goes on with a refusal.
fn refuses(text: &str, words: &[&str]) -> bool {
    let polite = words
        .iter()
        .take_while(|word| BEFORE_NO.contains(word))
        .count();
    let Some((first, rest)) = words[polite..].split_first() else {
        return false;
    };
    if !NOES.contains(first) {
        return false;
    }
    alone(text, first) || rest.first().is_none_or(|next| AFTER_NO.contains(next))
}

/// Whether the text or a sign of punctuation ends behind its first word.
fn alone(text: &str, first: &str) -> bool {
    text.split_once(first)
        .is_none_or(|(_, after)| !after.trim_start().starts_with(char::is_alphanumeric))
}

/// A word of agreement that no negation turns: "not sure" agrees to nothing.
fn agrees(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        YESES.contains(word)
            && !words[at.saturating_sub(2)..at]
                .iter()
                .any(|before| NEGATIONS.contains(before))
    })
}

/// The words without the phrases of these lists.
fn without_phrases<'a>(words: &[&'a str], lists: &[&[&[&str]]]) -> Vec<&'a str> {
    let mut left = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((word, tail)) = rest.split_first() {
        let phrase = lists
            .iter()
            .flat_map(|list| list.iter())
            .find(|phrase| rest.starts_with(phrase));
        match phrase {
            Some(phrase) => rest = &rest[phrase.len()..],
            None => {
                left.push(*word);
                rest = tail;
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_intents() {
        for (text, expected) in [
            ("YES", ReplyIntent::Yes),
            ("Ok see you tomorrow", ReplyIntent::Yes),
            ("👍", ReplyIntent::Yes),
            ("👍🏽", ReplyIntent::Yes),
            ("no sorry", ReplyIntent::No),
            ("I can’t make it", ReplyIntent::No),
            ("I need to reschedule", ReplyIntent::Reschedule),
            ("yes but can we find another time?", ReplyIntent::Reschedule),
            ("please cancel my appointment", ReplyIntent::Cancel),
            ("Where do we meet", ReplyIntent::Question),
            ("is it on Zoom?", ReplyIntent::Question),
            ("thanks", ReplyIntent::Other),
        ] {
            assert_eq!(classify(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn a_no_within_an_agreement_is_no_no() {
        for (text, expected) in [
            ("No problem, see you then!", ReplyIntent::Yes),
            ("No trouble at all", ReplyIntent::Yes),
            ("No big deal, see you then", ReplyIntent::Yes),
            ("No hay problema, nos vemos", ReplyIntent::Yes),
            ("No changes, see you tomorrow", ReplyIntent::Yes),
            ("No changes", ReplyIntent::Other),
            ("No need to reschedule, see you then", ReplyIntent::Yes),
            ("I don't need to cancel, thanks", ReplyIntent::Other),
            ("We are not going to move it. Ok!", ReplyIntent::Yes),
            ("No, cancel it", ReplyIntent::Cancel),
            ("I'm not well, please cancel", ReplyIntent::Cancel),
            ("I'd rather not. Cancel please", ReplyIntent::Cancel),
            ("no can do", ReplyIntent::Other),
            ("Nope", ReplyIntent::No),
            ("Nope, all good!", ReplyIntent::Yes),
            ("No, that works", ReplyIntent::Yes),
            ("No conflicts on my side", ReplyIntent::Other),
            ("Sí, confirmo", ReplyIntent::Yes),
            ("Sí!", ReplyIntent::Yes),
            ("No, thanks. I'm good", ReplyIntent::No),
            ("No. I have to work", ReplyIntent::No),
            ("No I have to work", ReplyIntent::No),
            ("no problem", ReplyIntent::Yes),
            ("No worries 👍", ReplyIntent::Yes),
            ("Not a problem", ReplyIntent::Yes),
            ("Can't wait!", ReplyIntent::Other),
            ("I can’t wait, see you", ReplyIntent::Yes),
            ("Yes, I won't miss it", ReplyIntent::Yes),
            ("No questions, see you tomorrow", ReplyIntent::Yes),
            ("Please don't cancel, I'm coming. Yes!", ReplyIntent::Yes),
            ("No worries but I can't make it", ReplyIntent::No),
            ("no problem, can we move it?", ReplyIntent::Reschedule),
            ("No, thanks", ReplyIntent::No),
            ("not sure", ReplyIntent::Other),
            ("Sorry, no", ReplyIntent::No),
            ("Unfortunately no.", ReplyIntent::No),
            ("Sorry, no changes", ReplyIntent::Other),
            ("Not yet, will confirm later", ReplyIntent::Other),
            ("that is not ok", ReplyIntent::Other),
        ] {
            assert_eq!(classify(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn a_reaction_is_no_answer() {
        let ours = "Hi Ana, can you make it? Reply YES to confirm, or STOP to opt out.";
        for text in [
            "Disliked “Hi Ana, can you make it? Reply YES to confirm, or STOP to opt out.”",
            "Liked “Reply YES to confirm”",
            "👍 to “Reply YES to confirm”",
            "A Ana le gusta “Hi Ana, can you make it? Reply YES to confirm, or STOP to opt out.”",
        ] {
            assert_eq!(classify(text, &[ours]), ReplyIntent::Other, "{text}");
        }
    }
}
