//! Reactions of messaging apps: a phone that has no better way writes them as a text that quotes ours.

/// How iPhones and Android phones begin a reaction, in lower case; what follows is our text in quotes.
const VERBS: [&str; 10] = [
    "liked",
    "loved",
    "disliked",
    "laughed at",
    "emphasized",
    "emphasised",
    "questioned",
    "gefällt",
    "hat geliked",
    "a aimé",
];
const OPENING: [char; 6] = ['“', '"', '«', '„', '‟', '「'];
const CLOSING: [char; 6] = ['”', '"', '»', '“', '‟', '」'];
/// A quote of fewer characters can be anything.
const QUOTE_CHARS_MIN: usize = 12;
/// Quotation marks that are looked at from each end of a text.
const MARKS_MAX: usize = 8;

/// What stands around the quote if `body` is a reaction, e.g. `Liked` or `👍 to`; `None` for a text of the
/// customer's own.
///
/// A reaction begins with a known verb, an emoji, or `Reacted …`, and quotes something; or it quotes one of
/// the texts in `sent`, in whatever language the phone is set to.
#[must_use]
pub fn reaction<'a>(body: &'a str, sent: &[&str]) -> Option<&'a str> {
    let body = body.trim();
    let open = body.find(OPENING)?;
    let quote_start = open + body[open..].chars().next()?.len_utf8();
    let close = body.rfind(CLOSING).filter(|close| *close > quote_start)?;
    let before = body[..open].trim();
    let after = body[close..].trim_start_matches(CLOSING).trim();
    let known = before.to_lowercase();
    let verb = VERBS.contains(&known.as_str());
    // "Reacted 👍 to “…”", "👍 to “…”", "Reacted to “…” with 👍"
    let reacted =
        known.starts_with("reacted ") || known.starts_with("removed ") && known.ends_with(" from");
    let emoji = known
        .strip_suffix(" to")
        .is_some_and(|face| !face.is_empty() && !face.chars().any(char::is_alphanumeric));
    let tail = after.is_empty() || reacted;
    let quoted = body[quote_start..close].trim();
    let ours = quotes_ours(body, sent) || after.is_empty() && quotes_part(quoted, sent);
    ((verb || reacted || emoji) && tail || ours).then_some(before)
}

/// Something that stands between quotation marks is one of our texts; a phone may quote its own words beside it.
fn quotes_ours(body: &str, sent: &[&str]) -> bool {
    let ends = |marks: &'static [char]| {
        move |(at, c): (usize, char)| marks.contains(&c).then_some((at, c.len_utf8()))
    };
    let opened = body.char_indices().filter_map(ends(&OPENING));
    let closed: Vec<(usize, usize)> = body.char_indices().filter_map(ends(&CLOSING)).collect();
    opened.take(MARKS_MAX).any(|(at, length)| {
        let start = at + length;
        let later = closed
            .iter()
            .rev()
            .take(MARKS_MAX)
            .filter(|(close, _)| *close > start);
        later
            .map(|(close, _)| body[start..*close].trim())
            .any(|quoted| {
                quoted.chars().count() >= QUOTE_CHARS_MIN
                    && sent.iter().any(|text| quotes(quoted, text))
            })
    })
}

/// `quoted` is a part of one of our texts.
fn quotes_part(quoted: &str, sent: &[&str]) -> bool {
    quoted.chars().count() >= QUOTE_CHARS_MIN && sent.iter().any(|text| text.contains(quoted))
}

/// `quoted` is `text` or its beginning, cut with an ellipsis; white space aside.
fn quotes(quoted: &str, text: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let (quoted, text) = (bare(quoted), bare(text));
    let head = quoted
        .strip_suffix('…')
        .or_else(|| quoted.strip_suffix("..."));
    quoted == text || head.is_some_and(|head| text.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "Hi Ana, your Discovery Call is booked for Friday. Reply YES to confirm.";

    #[test]
    fn a_reaction_is_told_by_its_verb_or_by_our_text_in_quotes() {
        for body in [
            "Liked “Hi Ana, your Discovery Call”",
            "Disliked “Reply YES to confirm, or STOP to opt out.”",
            "Loved \"yes\"",
            "Laughed at “x”",
            "Removed a like from “x”",
            "Removed 👍 from “Hi Ana”",
            "Reacted 👍 to “Hi Ana, your Discovery Call is booked”",
            "👍 to “ Hi Ana ”",
            "\u{200a}👍\u{200b} to “ Hi Ana ”",
            "Reacted to “Hi Ana” with ❤️",
            "Ana le gustó «Hi Ana, your Discovery Call is booked for Friday. Reply YES to confirm.»",
            "Le gustó “Reply YES to confirm.”",
            "Gefällt „Hi Ana, your Discovery Call…“",
            "Hat „Hi Ana, your Discovery Call is booked for Friday. Reply YES to confirm.“ mit „Gefällt mir“ markiert",
        ] {
            assert!(reaction(body, &[OURS]).is_some(), "{body}");
        }
        for body in [
            "Yes",
            "I liked “The Office”, see you then",
            "“yes”",
            "My answer is \"no\"",
            "👍",
            "Liked it!",
            "Removed the “lunch” in my calendar",
        ] {
            assert_eq!(reaction(body, &[OURS]), None, "{body}");
        }
    }
}
