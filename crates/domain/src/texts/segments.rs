//! How many parts a text costs: GSM-7 or UCS-2 (X41).

use serde::{Deserialize, Serialize};

/// The alphabet of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(const_into_str)]
pub enum Encoding {
    #[serde(rename = "GSM-7")]
    #[strum(serialize = "GSM-7")]
    Gsm7,
    #[serde(rename = "UCS-2")]
    #[strum(serialize = "UCS-2")]
    Ucs2,
}

impl Encoding {
    /// The text of answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Units in a text of one part, and in each part of a longer one.
    const fn capacity(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// The default alphabet without letters, digits and the space.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The extension table: each of these takes two units.
const GSM_EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// The alphabet that a text needs, its length in units of it, and its number of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    pub encoding: Encoding,
    pub units: usize,
    pub parts: u32,
}

/// Counts `text` as carriers cut it: an escape and its character, and the two halves of a surrogate pair, stay
/// in one part (GSM 03.38 and 03.40).
///
/// ```
/// # use bookpath_domain::texts::segments::{count, Encoding};
/// assert_eq!(count("Hello").parts, 1);
/// assert_eq!(count("Hello 🙂").encoding, Encoding::Ucs2);
/// ```
#[must_use]
pub fn count(text: &str) -> Segments {
    let encoding = if text.chars().all(|c| septets(c).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let size = |c: char| match encoding {
        Encoding::Gsm7 => septets(c).unwrap_or(1),
        Encoding::Ucs2 => c.len_utf16(),
    };
    let units = text.chars().map(size).sum();
    let (single, part) = encoding.capacity();
    let parts = if units <= single {
        1
    } else {
        parts_of(text.chars().map(size), part)
    };
    Segments {
        encoding,
        units,
        parts,
    }
}

/// Fills parts of `capacity` units one after the other; a character that does not fit begins the next one.
fn parts_of(sizes: impl Iterator<Item = usize>, capacity: usize) -> u32 {
    let (mut parts, mut used) = (1_u32, 0);
    for size in sizes {
        if used + size > capacity {
            parts = parts.saturating_add(1);
            used = 0;
        }
        used += size;
    }
    parts
}

/// Units of one character in GSM-7; `None` if it is not in it.
fn septets(c: char) -> Option<usize> {
    if c == ' ' || c.is_ascii_alphanumeric() || GSM_BASIC.contains(c) {
        Some(1)
    } else {
        GSM_EXTENDED.contains(c).then_some(2)
    }
}

/// `text`, cut so that it takes at most `max_parts`; three dots mark the cut.
#[must_use]
pub fn cap(text: &str, max_parts: u32) -> String {
    if count(text).parts <= max_parts {
        return text.to_owned();
    }
    // More characters never take fewer parts, so the longest head that fits can be searched by halves.
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let fits = |end: &usize| count(&format!("{}...", &text[..*end])).parts <= max_parts;
    let end = ends
        .partition_point(fits)
        .checked_sub(1)
        .map_or(0, |last| ends[last]);
    format!("{}...", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> u32 {
        count(text).parts
    }

    #[test]
    fn the_worked_examples() {
        for (n, expected) in [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3)] {
            assert_eq!(parts(&"a".repeat(n)), expected, "{n} letters");
        }
        for c in ['[', ']', '{', '}', '^', '~', '|', '\\', '€'] {
            let counted = count(&c.to_string().repeat(80));
            assert_eq!(
                (counted.encoding, counted.units, counted.parts),
                (Encoding::Gsm7, 160, 1),
                "{c}"
            );
            assert_eq!(parts(&format!("{c}{}", "a".repeat(159))), 2, "{c}");
        }
        for (units, expected) in [(70, 1), (71, 2), (134, 2), (135, 3)] {
            // An emoji is two UTF-16 units.
            let counted = count(&format!("🙂{}", "a".repeat(units - 2)));
            assert_eq!(
                (counted.encoding, counted.units, counted.parts),
                (Encoding::Ucs2, units, expected)
            );
        }
    }

    /// GSM 03.38: a euro sign at units 153 and 154 goes into the second part whole, which leaves one unit unused.
    #[test]
    fn no_pair_is_cut() {
        for (head, tail, expected) in [(152, 152, 3), (151, 153, 2), (152, 151, 2), (153, 151, 2)] {
            let text = format!("{}€{}", "a".repeat(head), "b".repeat(tail));
            assert_eq!(parts(&text), expected, "{head} {tail}");
        }
        for (head, tail, expected) in [(66, 66, 3), (65, 67, 2), (66, 65, 2), (67, 65, 2)] {
            let text = format!("{}🙂{}", "ж".repeat(head), "ж".repeat(tail));
            assert_eq!(count(&text).encoding, Encoding::Ucs2);
            assert_eq!(parts(&text), expected, "{head} {tail}");
        }
        // A part holds 67 units of UCS-2: 33 emoji of two units each, and one unit stays unused.
        assert_eq!(parts(&"🙂".repeat(35)), 1);
        assert_eq!(parts(&"🙂".repeat(66)), 2);
        assert_eq!(parts(&"🙂".repeat(67)), 3);
    }

    #[test]
    fn letters_of_the_default_alphabet() {
        assert_eq!(count("¿Qué tal, señor? Ünïcode").encoding, Encoding::Ucs2); // ï is not in it
        assert_eq!(
            count("¿Qué tal, señor? ÄÖÜ äöü ß à ΔΩ @ _ \n").encoding,
            Encoding::Gsm7
        );
        assert_eq!(count("“quoted”").encoding, Encoding::Ucs2);
        assert_eq!(count("`").encoding, Encoding::Ucs2);
    }

    #[test]
    fn the_cap_cuts_and_marks() {
        assert_eq!(cap("short", 1), "short");
        let cut = cap(&"a".repeat(500), 2);
        assert_eq!((cut.len(), parts(&cut)), (306, 2));
        assert!(cut.ends_with("..."));
        assert_eq!(parts(&cap(&"🙂".repeat(500), 3)), 3);
    }
}
