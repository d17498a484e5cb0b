//! What an inbound text means: opt-out words, START and HELP, and the simple intent of a reply (X39, S2-49).

use serde::{Deserialize, Serialize};

/// The union of what AWS, the FCC and Twilio know (X39). Only the whole text counts: "please don't stop" is none.
const STOP_WORDS: [&str; 13] = [
    "ARRET",
    "CANCEL",
    "END",
    "OPT-OUT",
    "OPT OUT",
    "OPTOUT",
    "QUIT",
    "REMOVE",
    "REVOKE",
    "STOP",
    "STOPALL",
    "TD",
    "UNSUBSCRIBE",
];
const START_WORDS: [&str; 2] = ["START", "UNSTOP"];
const HELP_WORDS: [&str; 2] = ["HELP", "INFO"];

/// A text that is an instruction and not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keyword {
    Stop,
    Start,
    Help,
}

/// The keyword that `body` is, after trimming what is no letter or digit, whatever the case.
///
/// ```
/// # use bookpath_domain::texts::{keyword, Keyword};
/// assert_eq!(keyword(" Stop! "), Some(Keyword::Stop));
/// assert_eq!(keyword("please don't stop"), None);
/// ```
#[must_use]
pub fn keyword(body: &str) -> Option<Keyword> {
    let word = body
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_uppercase()
        .replace('Ê', "E");
    let is = |words: &[&str]| words.contains(&word.as_str());
    if is(&STOP_WORDS) {
        Some(Keyword::Stop)
    } else if is(&START_WORDS) {
        Some(Keyword::Start)
    } else {
        is(&HELP_WORDS).then_some(Keyword::Help)
    }
}

/// What a reply wants, as far as a few words tell.
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

/// Classifies a reply for the inbox. A wish to move or cancel wins over a yes in the same text.
///
/// ```
/// # use bookpath_domain::texts::{classify, ReplyIntent};
/// assert_eq!(classify("Yes, see you then"), ReplyIntent::Yes);
/// assert_eq!(classify("can we move it to Friday?"), ReplyIntent::Reschedule);
/// ```
#[must_use]
pub fn classify(body: &str) -> ReplyIntent {
    let lower = body.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .collect();
    let any = |list: &[&str]| words.iter().any(|w| list.contains(w));
    let first = words.first().copied().unwrap_or("");
    let says = |text: &str| lower.contains(text);
    if any(&["reschedule", "rescheduling", "postpone", "move"])
        || says("another time")
        || says("different time")
        || says("other time")
    {
        ReplyIntent::Reschedule
    } else if any(&["cancel", "cancelling", "canceling"]) || says("call it off") {
        ReplyIntent::Cancel
    } else if any(&["can't", "cannot", "cant", "won't", "unable"])
        || ["no", "nope", "nah"].contains(&first)
        || says("not coming")
    {
        ReplyIntent::No
    } else if says("?") || ["what", "when", "where", "who", "how", "why", "which"].contains(&first)
    {
        ReplyIntent::Question
    } else if any(&[
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
    ]) || says("see you")
        || says("👍")
    {
        ReplyIntent::Yes
    } else {
        ReplyIntent::Other
    }
}

/// How a reply sounds, as far as a few words tell (S2-55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    Positive,
    Neutral,
    Negative,
}

const GLAD: [&str; 18] = [
    "great",
    "good",
    "thanks",
    "thank",
    "perfect",
    "awesome",
    "love",
    "loved",
    "excellent",
    "amazing",
    "wonderful",
    "helpful",
    "happy",
    "excited",
    "fantastic",
    "nice",
    "glad",
    "best",
];
const SORRY: [&str; 18] = [
    "bad",
    "terrible",
    "awful",
    "angry",
    "annoyed",
    "annoying",
    "disappointed",
    "disappointing",
    "waste",
    "worst",
    "horrible",
    "useless",
    "unhappy",
    "rude",
    "scam",
    "spam",
    "poor",
    "upset",
];
const TURNS: [&str; 8] = [
    "not", "no", "never", "isn't", "wasn't", "don't", "didn't", "hardly",
];

/// Counts the glad and the sorry words; one that follows a "not" within two words counts the other way.
///
/// ```
/// # use bookpath_domain::texts::{sentiment, Sentiment};
/// assert_eq!(sentiment("That was great, thank you!"), Sentiment::Positive);
/// assert_eq!(sentiment("It was not very helpful"), Sentiment::Negative);
/// ```
#[must_use]
pub fn sentiment(body: &str) -> Sentiment {
    let lower = body.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .collect();
    let score: i32 = words
        .iter()
        .enumerate()
        .map(|(at, word)| {
            let value = i32::from(GLAD.contains(word)) - i32::from(SORRY.contains(word));
            let turned = words[at.saturating_sub(2)..at]
                .iter()
                .any(|w| TURNS.contains(w));
            if turned { -value } else { value }
        })
        .sum();
    let faces = |list: &[char]| {
        i32::try_from(body.chars().filter(|c| list.contains(c)).count()).unwrap_or(0)
    };
    match score + faces(&['👍', '😀', '😊', '🙂', '❤', '🎉', '🙏'])
        - faces(&['👎', '😡', '😠', '🙁', '😞'])
    {
        ..=-1 => Sentiment::Negative,
        0 => Sentiment::Neutral,
        1.. => Sentiment::Positive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opt_out_word_in_any_dress_and_nothing_else() {
        for word in STOP_WORDS {
            for text in [
                word.to_owned(),
                word.to_lowercase(),
                format!("  {word}. "),
                format!("\"{word}\"!"),
                format!("{word}\n"),
            ] {
                assert_eq!(keyword(&text), Some(Keyword::Stop), "{text}");
            }
        }
        assert_eq!(keyword("arrêt"), Some(Keyword::Stop));
        for text in [
            "please don't stop",
            "stop it",
            "nonstop",
            "cancel my call",
            "the end",
            "",
            "!!!",
            "🛑",
        ] {
            assert_eq!(keyword(text), None, "{text}");
        }
        assert_eq!(
            (keyword("Start"), keyword("UNSTOP."), keyword("help?")),
            (
                Some(Keyword::Start),
                Some(Keyword::Start),
                Some(Keyword::Help)
            )
        );
    }

    #[test]
    fn simple_intents() {
        for (text, expected) in [
            ("YES", ReplyIntent::Yes),
            ("Ok see you tomorrow", ReplyIntent::Yes),
            ("👍", ReplyIntent::Yes),
            ("no sorry", ReplyIntent::No),
            ("I can’t make it", ReplyIntent::No),
            ("I need to reschedule", ReplyIntent::Reschedule),
            ("yes but can we find another time?", ReplyIntent::Reschedule),
            ("please cancel my appointment", ReplyIntent::Cancel),
            ("Where do we meet", ReplyIntent::Question),
            ("is it on Zoom?", ReplyIntent::Question),
            ("thanks", ReplyIntent::Other),
        ] {
            assert_eq!(classify(text), expected, "{text}");
        }
    }

    #[test]
    fn how_it_sounds() {
        for (text, expected) in [
            ("Great call, thanks 🎉", Sentiment::Positive),
            ("👍", Sentiment::Positive),
            ("wasn’t bad", Sentiment::Positive),
            ("ok", Sentiment::Neutral),
            ("", Sentiment::Neutral),
            ("What a waste of time", Sentiment::Negative),
            ("not good at all", Sentiment::Negative),
        ] {
            assert_eq!(sentiment(text), expected, "{text}");
        }
    }
}
