//! Words in texts that people typed: compared without case, accents and width.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case, without accents, in ordinary width and with a plain apostrophe.
///
/// ```
/// # use bookpath_domain::words::plain;
/// assert_eq!(plain("Ｓｔｏｐ"), "stop");
/// assert_eq!(plain("arre\u{302}t"), "arret");
/// assert_eq!(plain("Don’t"), "don't");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c) && !invisible(*c))
        .map(|c| {
            if matches!(c, '’' | '‘' | 'ʼ' | '`' | '´') {
                '\''
            } else {
                c
            }
        })
        .nfc()
        .collect::<String>()
        .to_lowercase()
}

/// Characters without width that keyboards and copying leave behind.
const fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// The words of a text that [`plain`] made: runs of letters, digits and apostrophes.
///
/// ```
/// # use bookpath_domain::words::split;
/// assert_eq!(split("i can't, sorry!"), ["i", "can't", "sorry"]);
/// ```
#[must_use]
pub fn split(plain: &str) -> Vec<&str> {
    plain
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether `phrase` (words of [`split`]) stands somewhere in `words`, whole and in its order.
#[must_use]
pub fn has_phrase(words: &[&str], phrase: &[&str]) -> bool {
    !phrase.is_empty() && words.windows(phrase.len()).any(|window| window == phrase)
}
