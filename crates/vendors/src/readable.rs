//! Bodies as JSON readers take them, where a vendor sends what the JSON grammar allows and readers refuse.

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What stands for half an emoji: U+FFFD, as long as the escape that it replaces.
const REPLACEMENT: &[u8; 4] = b"fffd";

/// The same body without byte order mark, with U+FFFD for half a surrogate pair (RFC 8259 section 8.2 allows
/// one) and for bytes that are no UTF-8. Borrowed where nothing had to change.
#[must_use]
pub fn readable(body: &[u8]) -> Cow<'_, [u8]> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let text = match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let halves = half_pairs(&text);
    if halves.is_empty() {
        return text;
    }
    let mut text = text.into_owned();
    for at in halves {
        if let Some(digits) = text.get_mut(at..at + REPLACEMENT.len()) {
            digits.copy_from_slice(REPLACEMENT);
        }
    }
    Cow::Owned(text)
}

/// Where the four digits of each `\uD800` to `\uDFFF` stand that has no other half.
fn half_pairs(text: &[u8]) -> Vec<usize> {
    let mut halves = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|byte| *byte == b'\\') {
        let escape = at + found;
        at = match (unit(text, escape), unit(text, escape + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => escape + 12,
            (Some(0xd800..=0xdfff), _) => {
                halves.push(escape + 2);
                escape + 6
            }
            // Two bytes of any other escape: `\\u` is a backslash and a letter.
            _ => escape + 2,
        };
        if at >= text.len() {
            break;
        }
    }
    halves
}

/// The UTF-16 unit that the escape `\uXXXX` at `at` is.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(body: &[u8]) -> Value {
        serde_json::from_slice(&readable(body)).unwrap()
    }

    #[test]
    fn half_an_emoji_is_replaced_and_a_whole_one_is_kept() {
        for (body, expected) in [
            (r#""So excited \ud83d""#, "So excited \u{fffd}"),
            (r#""\uDE00 smile""#, "\u{fffd} smile"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\uD83D\uDE00\uD83D""#, "😀\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            // A backslash and a letter, no escape.
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\ud83dA""#, "\u{fffd}A"),
        ] {
            assert_eq!(read(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_cut_character_do_not_lose_the_body() {
        assert_eq!(read(b"\xef\xbb\xbf{\"a\":1}")["a"], 1);
        assert_eq!(read(b"\"caf\xc3\""), "caf\u{fffd}");
        // CESU-8, as some databases write it.
        assert!(
            read(b"\"\xed\xa0\xbd\"")
                .as_str()
                .unwrap()
                .starts_with('\u{fffd}')
        );
        assert!(matches!(readable(b"{\"a\":\"\\u00e9\"}"), Cow::Borrowed(_)));
    }

    proptest! {
        /// Every text is what it was, however it is written.
        #[test]
        fn whole_texts_are_left_alone(text in any::<String>()) {
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(read(format!("\"{escaped}\"").as_bytes()), text.clone());
            let plain = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&*readable(plain.as_bytes()), plain.as_bytes());
        }

        /// Any bytes at all: no panic, and what is read is UTF-8 of JSON's kind wherever it was JSON.
        #[test]
        fn any_units_become_a_text(units in proptest::collection::vec(any::<u16>(), 0..20)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(read(format!("\"{escaped}\"").as_bytes()), String::from_utf16_lossy(&units));
        }
    }
}
