//! Texts that are instructions: opt-out words, START and HELP (X39).

use crate::words::{plain, split};

/// The opt-out words of AWS, the FCC and Twilio, in plain letters.
const STOP: [&str; 13] = [
    "arret",
    "cancel",
    "end",
    "opt out",
    "optout",
    "quit",
    "remove",
    "revoke",
    "stop",
    "stop all",
    "stopall",
    "td",
    "unsubscribe",
];
/// Other ways to say the same that leave no doubt (the FCC asks for "any reasonable means").
const STOP_PHRASES: [&str; 22] = [
    "do not message me",
    "do not text",
    "do not text me",
    "don't message me",
    "don't text",
    "don't text me",
    "no more messages",
    "no more texts",
    "opt me out",
    "remove me",
    "remove me from your list",
    "remove my number",
    "stop messaging",
    "stop messaging me",
    "stop sending me messages",
    "stop sending me texts",
    "stop sending messages",
    "stop texting",
    "stop texting me",
    "stop texts",
    "take me off your list",
    "unsubscribe me",
];
const START: [&str; 2] = ["start", "unstop"];
const HELP: [&str; 2] = ["help", "info"];
/// Words that may stand before or after an instruction and change nothing.
const POLITE: [&str; 28] = [
    "bitte", "bye", "danke", "favor", "gracias", "hello", "hey", "hi", "kindly", "ma'am", "merci",
    "now", "obrigada", "obrigado", "ok", "okay", "please", "pls", "plz", "por", "sir", "sorry",
    "thank", "thanks", "thankyou", "thx", "ty", "you",
];

/// A text that is an instruction and not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keyword {
    Stop,
    Start,
    Help,
}

/// The instruction that `body` is: the whole text, whatever its case, accents, width and punctuation, with
/// polite words around it.
///
/// ```
/// # use bookpath_domain::texts::{keyword, Keyword};
/// assert_eq!(keyword(" Stop, please! "), Some(Keyword::Stop));
/// assert_eq!(keyword("please don't stop"), None);
/// ```
#[must_use]
pub fn keyword(body: &str) -> Option<Keyword> {
    let text = plain(body);
    let words = split(&text);
    let mut asked = without_manners(&words);
    // "STOP STOP STOP"
    if let [first, rest @ ..] = asked
        && rest.iter().all(|word| word == first)
    {
        asked = &asked[..1];
    }
    let said = if asked.len() > 1 && asked.iter().all(|word| word.chars().count() == 1) {
        // "S T O P"
        asked.concat()
    } else {
        asked.join(" ")
    };
    let is = |list: &[&str]| list.contains(&said.as_str());
    if is(&STOP) || is(&STOP_PHRASES) {
        Some(Keyword::Stop)
    } else if is(&START) {
        Some(Keyword::Start)
    } else {
        is(&HELP).then_some(Keyword::Help)
    }
}

fn without_manners<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let polite = |word: &&str| POLITE.contains(word);
    let start = words.iter().take_while(|word| polite(word)).count();
    let rest = &words[start..];
    let end = rest.iter().rev().take_while(|word| polite(word)).count();
    &rest[..rest.len() - end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opt_out_word_in_any_dress() {
        for word in [
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
        ] {
            for text in [
                word.to_owned(),
                word.to_lowercase(),
                format!("  {word}. "),
                format!("\"{word}\"!"),
                format!("{word}\n"),
                format!("{word} please"),
                format!("Please {word}, thank you!"),
            ] {
                assert_eq!(keyword(&text), Some(Keyword::Stop), "{text}");
            }
        }
    }

    #[test]
    fn accents_width_and_phrases() {
        for text in [
            "arrêt",
            "arre\u{302}t",
            "ＳＴＯＰ",
            "Ｓｔｏｐ！",
            "st\u{200b}op",
            "STOP STOP STOP",
            "S T O P",
            "Stop texting me",
            "STOP 🛑",
            "stop, thanks",
            "Ok stop now pls",
            "Please remove me from your list.",
            "Don’t text me",
            "Unsubscribe me please",
        ] {
            assert_eq!(keyword(text), Some(Keyword::Stop), "{text}");
        }
    }

    #[test]
    fn what_only_has_the_word_in_it_is_no_opt_out() {
        for text in [
            "please don't stop",
            "please don’t stop",
            "don't stop please",
            "do not stop",
            "never stop",
            "stop it",
            "nonstop",
            "cancel my call",
            "please cancel my appointment",
            "the end",
            "bus stop",
            "stop by my office",
            "can you stop by?",
            "please",
            "thanks",
            "no",
            "",
            "!!!",
            "🛑",
        ] {
            assert_eq!(keyword(text), None, "{text}");
        }
    }

    #[test]
    fn start_and_help() {
        for (text, expected) in [
            ("Start", Keyword::Start),
            ("UNSTOP.", Keyword::Start),
            ("start please", Keyword::Start),
            ("help?", Keyword::Help),
            ("ＨＥＬＰ", Keyword::Help),
            ("info pls", Keyword::Help),
        ] {
            assert_eq!(keyword(text), Some(expected), "{text}");
        }
    }
}
