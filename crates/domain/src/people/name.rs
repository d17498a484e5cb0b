//! Names that people type: what may stand in an e-mail or a text of ours.

/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 100;

/// Whether a text is a name and nothing else: one line, no address, no link, no invisible characters. Mail programs and
/// telephones make links of anything like `word.word`, so that is no name either.
///
/// ```
/// # use bookpath_domain::people::name::is_plain;
/// assert!(is_plain("J. R. R. Tolkien") && is_plain("Zoë O'Neil-Łukasz, PhD"));
/// assert!(!is_plain("Win at evil.example") && !is_plain("see https://x"));
/// ```
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.chars().count() <= NAME_CHARS_MAX
        && text.chars().all(fits)
        && !text.split_whitespace().any(looks_like_host)
}

/// A name without emoji, and without U+FFFD, which stands for what got lost of one. Nothing else changes.
///
/// ```
/// # use bookpath_domain::people::name::without_pictures;
/// assert_eq!(without_pictures("Jane 🦄 Doe\u{fffd}"), "Jane Doe");
/// ```
#[must_use]
pub fn without_pictures(text: &str) -> String {
    if !text.chars().any(is_picture) {
        return text.to_owned();
    }
    let words = text.split(' ').map(|word| {
        let plain: String = word.chars().filter(|c| !is_picture(*c)).collect();
        // What holds the parts of one emoji together.
        plain.trim_matches('\u{200d}').to_owned()
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

const fn is_picture(c: char) -> bool {
    matches!(
        c as u32,
        0x2300..=0x23ff | 0x2600..=0x27bf | 0x2b00..=0x2bff | 0xfe0e..=0xfe0f | 0xfffd | 0x1f000..=0x1faff | 0xe0020..=0xe007f
    )
}

fn fits(c: char) -> bool {
    let sign = matches!(c, ' ' | '.' | ',' | '\'' | '’' | '-' | '(' | ')' | '&');
    let joiner = matches!(c, '\u{200c}' | '\u{200d}');
    sign || joiner || c.is_alphanumeric() || is_mark(c)
}

/// Combining accents, and the vowel signs of scripts that write them apart.
fn is_mark(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0300..=0x036f | 0x0591..=0x05c7 | 0x064b..=0x065f | 0x0900..=0x0dff | 0x0e31..=0x0ecd | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f
    )
}

/// `evil.example`, `www.x`, `1.2.3.4`; not `J.R.R.` or `Dr.`.
fn looks_like_host(word: &str) -> bool {
    let parts: Vec<&str> = word
        .trim_matches(|c: char| !c.is_alphanumeric())
        .split('.')
        .collect();
    parts.len() > 1
        && parts
            .iter()
            .skip(1)
            .any(|part| part.chars().count() > 1 || part.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_pass_and_links_do_not() {
        for name in [
            "Jane Doe",
            "J.R.R. Tolkien",
            "Dr. Müller-Lüdenscheidt",
            "Ann (Annie) O’Hara",
            "山田太郎",
            "अनिता शर्मा",
            "Nguyễn Văn A",
            "Sammy Davis, Jr.",
        ] {
            assert!(is_plain(name), "{name}");
        }
        for link in [
            "",
            " ",
            "http://evil.example",
            "//evil",
            "www.evil.example",
            "Jane evil.example",
            "EVIL.COM",
            "1.2.3.4",
            "a@b.co",
            "<a>",
            "two\nlines",
            "hidden\u{202e}text",
            "a\u{200b}b",
        ] {
            assert!(!is_plain(link), "{link:?}");
        }
        assert!(!is_plain(&"a".repeat(NAME_CHARS_MAX + 1)));
    }

    #[test]
    fn pictures_are_no_part_of_a_name_and_hide_nothing_else() {
        for (typed, name) in [
            ("Jane Doe", "Jane Doe"),
            ("So excited\u{fffd}", "So excited"),
            ("👩\u{200d}💻 Ada ❤\u{fe0f}", "Ada"),
            ("🎉", ""),
            ("two\nlines 🎉", "two\nlines"),
        ] {
            assert_eq!(without_pictures(typed), name);
        }
        assert!(!is_plain(&without_pictures("e🎉vil.example")));
    }
}
