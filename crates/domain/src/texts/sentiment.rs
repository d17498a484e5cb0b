//! How a reply sounds (S2-55).

use serde::{Deserialize, Serialize};

use super::reaction::reaction;
use crate::words::{plain, split};

/// How a reply sounds, as far as a few words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    Positive,
    Neutral,
    Negative,
}

const GLAD: [&str; 19] = [
    "great",
    "good",
    "thanks",
    "thank",
    "perfect",
    "awesome",
    "liked",
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
const SORRY: [&str; 19] = [
    "bad",
    "terrible",
    "awful",
    "angry",
    "annoyed",
    "annoying",
    "disappointed",
    "disappointing",
    "disliked",
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

/// Counts positive words minus negative ones. A word up to two words after a "not" counts with the opposite sign. In a
/// reaction that quotes our text only the words before the quote count.
///
/// ```
/// # use bookpath_domain::texts::{sentiment, Sentiment};
/// assert_eq!(sentiment("That was great, thank you!"), Sentiment::Positive);
/// assert_eq!(sentiment("It was not very helpful"), Sentiment::Negative);
/// ```
#[must_use]
pub fn sentiment(body: &str) -> Sentiment {
    let body = reaction(body, &[]).unwrap_or(body);
    let text = plain(body);
    let words = split(&text);
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
    fn how_it_sounds() {
        for (text, expected) in [
            ("Great call, thanks 🎉", Sentiment::Positive),
            ("👍", Sentiment::Positive),
            ("wasn’t bad", Sentiment::Positive),
            ("ok", Sentiment::Neutral),
            ("", Sentiment::Neutral),
            ("What a waste of time", Sentiment::Negative),
            ("not good at all", Sentiment::Negative),
            (
                "Loved “How was your call? Bad or good?”",
                Sentiment::Positive,
            ),
            (
                "Disliked “Hi Ana, thank you for your time.”",
                Sentiment::Negative,
            ),
            (
                "Questioned “Hi Ana, thank you for your time.”",
                Sentiment::Neutral,
            ),
        ] {
            assert_eq!(sentiment(text), expected, "{text}");
        }
    }
}
