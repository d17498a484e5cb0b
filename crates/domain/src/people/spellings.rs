//! The spellings in which an address or telephone travels, as patterns over bytes.
//!
//! A match key is in lower case and composed. What a vendor sent may be in any case, with letters taken apart into letter and
//! accent, percent-encoded, escaped in JSON, and all of that within base64.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use unicode_normalization::UnicodeNormalization as _;

/// Shorter texts within base64 are found in anything.
const BASE64_MIN: usize = 8;

/// By a letter: the others whose lower case it is. Of ASCII only those that are not, such as the Kelvin sign.
static UPPER: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut upper: HashMap<char, Vec<char>> = HashMap::new();
    for letter in '\u{80}'..=char::MAX {
        let mut lower = letter.to_lowercase();
        if let (Some(lower), None) = (lower.next(), lower.next())
            && lower != letter
        {
            upper.entry(lower).or_default().push(letter);
        }
    }
    // At the end of a word the lower case of this letter is another one.
    upper.entry('ς').or_default().push('Σ');
    upper
});

/// How a letter that may not stand for itself is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Raw,
    Percent,
    Json,
}

/// The pattern of a match key as it stands in text, in any case and coding.
pub(super) fn plain(key: &str) -> String {
    let mut pattern = String::from("(?i-u:");
    for letter in letters(key) {
        let mut spelled = BTreeSet::new();
        for text in &letter {
            for coding in [Coding::Raw, Coding::Percent, Coding::Json] {
                spelled.insert(text.chars().map(|c| pattern_of(c, coding)).collect());
            }
        }
        let spelled: Vec<String> = spelled.into_iter().collect();
        pattern.push_str(&format!("(?:{})", spelled.join("|")));
    }
    pattern.push(')');
    pattern
}

/// The patterns of a text within base64, at each of the three places where it may begin.
pub(super) fn in_base64(text: &str) -> Vec<String> {
    let letters = letters(text);
    let mut forms = Vec::new();
    for nth in [0, 1] {
        for coding in [Coding::Raw, Coding::Json] {
            let form: Vec<Vec<u8>> = letters
                .iter()
                .flat_map(|letter| bytes_of(letter, nth, coding))
                .collect();
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    let at_each_place = |form: &Vec<Vec<u8>>| {
        (0..3)
            .filter_map(|shift| shifted(form, shift))
            .collect::<Vec<_>>()
    };
    forms.iter().flat_map(at_each_place).collect()
}

/// Each letter of the text in all its cases: first the composed ones, then those that are taken apart.
fn letters(text: &str) -> Vec<Vec<String>> {
    let mut letters = Vec::new();
    let mut left = text.nfc().peekable();
    while let Some(letter) = left.next() {
        let mut cases = vec![letter.to_string()];
        let upper = UPPER.get(&letter).into_iter().flatten();
        cases.extend(upper.map(char::to_string));
        if letter == 'i' && left.next_if_eq(&'\u{307}').is_some() {
            // The only letter whose lower case is two.
            cases = vec!["i\u{307}".to_owned(), "İ".to_owned()];
        }
        let apart: Vec<String> = cases.iter().map(|case| case.nfd().collect()).collect();
        cases.extend(apart);
        letters.push(cases);
    }
    letters
}

fn pattern_of(letter: char, coding: Coding) -> String {
    let mut utf8 = [0; 4];
    let utf8 = letter.encode_utf8(&mut utf8).as_bytes();
    match coding {
        _ if letter.is_ascii_alphanumeric() => letter.to_string(),
        Coding::Raw => utf8.iter().map(|byte| format!("\\x{byte:02X}")).collect(),
        Coding::Percent => utf8.iter().map(|byte| format!("%{byte:02X}")).collect(),
        // JSON within JSON has more than one backslash.
        Coding::Json => escapes(letter).map(|unit| format!("\\\\+{unit}")).collect(),
    }
}

fn escapes(letter: char) -> impl Iterator<Item = String> {
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units).to_vec();
    units.into_iter().map(|unit| format!("u{unit:04x}"))
}

/// The bytes that may stand at each place of a letter, composed or (`nth` 1) taken apart.
fn bytes_of(letter: &[String], nth: usize, coding: Coding) -> Vec<Vec<u8>> {
    let half = letter.len() / 2;
    let mut cases = letter[half * nth..half * (nth + 1)].iter().map(|case| {
        let text = case.chars().map(|c| match coding {
            Coding::Json if !c.is_ascii() => escapes(c).map(|unit| format!("\\{unit}")).collect(),
            _ => c.to_string(),
        });
        text.collect::<String>().into_bytes()
    });
    let first = cases.next().unwrap_or_default();
    let mut bytes: Vec<Vec<u8>> = first.iter().map(|byte| vec![*byte]).collect();
    // Cases of another length are of no living alphabet.
    for case in cases.filter(|case| case.len() == first.len()) {
        for (place, byte) in bytes.iter_mut().zip(case) {
            place.push(byte);
        }
    }
    for place in &mut bytes {
        let upper: Vec<u8> = place.iter().map(u8::to_ascii_uppercase).collect();
        place.extend(upper);
        place.sort_unstable();
        place.dedup();
    }
    bytes
}

/// The pattern of these bytes in base64 after `shift` others; `None` for one that is too short.
fn shifted(form: &[Vec<u8>], shift: usize) -> Option<String> {
    let before = std::iter::repeat_n(vec![0], shift);
    let padded: Vec<Vec<u8>> = before.chain(form.iter().cloned()).collect();
    let mut classes: Vec<BTreeSet<u8>> = padded.chunks(3).flat_map(encoded).collect();
    // The first and the last characters depend on what stands around the text.
    if !padded.len().is_multiple_of(3) {
        classes.pop();
    }
    classes.drain(..[0, 2, 3][shift].min(classes.len()));
    (classes.len() >= BASE64_MIN).then(|| classes.iter().map(class).collect())
}

/// The characters that may stand at each place of three bytes in base64.
fn encoded(bytes: &[Vec<u8>]) -> Vec<BTreeSet<u8>> {
    let mut all: Vec<Vec<u8>> = vec![Vec::new()];
    for place in bytes {
        let longer = all.iter().flat_map(|begun| {
            place
                .iter()
                .map(|byte| [begun.as_slice(), &[*byte]].concat())
        });
        all = longer.collect();
    }
    let mut classes = vec![BTreeSet::new(); bytes.len() + 1];
    for text in all {
        for (class, byte) in classes.iter_mut().zip(STANDARD_NO_PAD.encode(text).bytes()) {
            class.insert(byte);
        }
    }
    classes
}

/// One of these characters, also in the alphabet for URLs.
fn class(of: &BTreeSet<u8>) -> String {
    let spelled = of.iter().map(|byte| match byte {
        b'+' => r"\+\-".to_owned(),
        b'/' => r"/_".to_owned(),
        other => char::from(*other).to_string(),
    });
    // A slash may be escaped in JSON.
    let escaped = if of.contains(&b'/') { r"\\?" } else { "" };
    format!("{escaped}[{}]", spelled.collect::<String>())
}
