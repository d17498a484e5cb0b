//! How alike two names are, and whether they can be one person's.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// Words of a name; further ones are not looked at.
const TOKENS_MAX: usize = 6;

/// Titles and the like, which belong to no name.
const NO_NAME: [&str; 14] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "jr", "sr", "ii", "iii", "phd", "md", "mba", "esq",
];

/// Short forms by name: the lines of the list on which it stands.
static NICKNAMES: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut lines_of: HashMap<&str, Vec<usize>> = HashMap::new();
    let lines = include_str!("nicknames.txt").lines();
    for (number, line) in lines.enumerate().filter(|(_, l)| !l.starts_with('#')) {
        for name in line.split_whitespace() {
            lines_of.entry(name).or_default().push(number);
        }
    }
    lines_of
});

/// A name as lower-case words without accents, titles and signs.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[debug("{} words", tokens.len())]
pub(super) struct Name {
    tokens: Vec<String>,
}

/// How alike two names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Every word of the shorter one is in the longer one, which has at least two.
    Same,
    /// The same but for short forms, initials and slips of the finger.
    Similar,
    /// Neither alike nor contradicting, or one of them is missing.
    Unclear,
    /// Two full names of two people.
    Different,
}

impl Name {
    pub(super) fn read(text: &str) -> Self {
        let plain: String = text
            .nfkd()
            .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .map(|c| if c == '\'' || c == '’' { '\u{0}' } else { c })
            .filter(|c| *c != '\u{0}')
            .collect();
        let words = plain.split(|c: char| !c.is_alphanumeric());
        let tokens = words
            .filter(|word| !word.is_empty() && !NO_NAME.contains(word))
            .take(TOKENS_MAX)
            .map(str::to_owned)
            .collect();
        Self { tokens }
    }

    /// It has a given and a family name.
    pub(super) fn is_full(&self) -> bool {
        self.tokens.len() >= 2 && self.tokens.iter().filter(|t| t.chars().count() > 1).count() >= 2
    }

    pub(super) fn family(&self) -> Option<&str> {
        self.tokens.last().map(String::as_str)
    }

    /// The words in order of the alphabet: `Doe Jane` and `Jane Doe` are one text.
    pub(super) fn sorted(&self) -> String {
        let sorted: BTreeSet<&str> = self.tokens.iter().map(String::as_str).collect();
        sorted.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// Its first letter, and each name that the given name can be short for.
    pub(super) fn given_keys(&self) -> Vec<String> {
        let Some(given) = self.tokens.first() else {
            return Vec::new();
        };
        let lines = NICKNAMES.get(given.as_str());
        let lines = lines.into_iter().flatten().map(usize::to_string);
        given
            .chars()
            .take(1)
            .map(String::from)
            .chain(lines)
            .collect()
    }

    /// Two names under which one person can be written down with care: short forms and initials, but no
    /// slip and no other family name. A name without a family name separates no two people.
    pub(super) fn can_be(&self, other: &Self) -> bool {
        let (short, long) = self.by_length(other);
        let alike = |word: &String| long.tokens.iter().any(|other| same_word(word, other));
        !short.is_full() || !long.is_full() || short.tokens.iter().all(alike)
    }

    fn by_length<'a>(&'a self, other: &'a Self) -> (&'a Self, &'a Self) {
        if self.tokens.len() <= other.tokens.len() {
            (self, other)
        } else {
            (other, self)
        }
    }

    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        let (short, long) = self.by_length(other);
        if short.tokens.is_empty() {
            return Likeness::Unclear;
        }
        let full = short.is_full();
        if full && short.tokens.iter().all(|word| long.tokens.contains(word)) {
            return Likeness::Same;
        }
        let alike = |word: &String| long.tokens.iter().any(|other| related(word, other));
        if short.tokens.len() >= 2 && short.tokens.iter().all(alike) {
            return Likeness::Similar;
        }
        let given = related(&self.tokens[0], &other.tokens[0]);
        if full && long.is_full() && !given {
            return Likeness::Different;
        }
        Likeness::Unclear
    }
}

/// Two words of names that can be the same word: equal, an initial, a short form, or a slip.
fn related(a: &str, b: &str) -> bool {
    same_word(a, b) || slip(a, b)
}

fn same_word(a: &str, b: &str) -> bool {
    a == b || is_initial(a, b) || is_initial(b, a) || share_a_nickname(a, b)
}

fn is_initial(short: &str, long: &str) -> bool {
    short.chars().count() == 1 && long.starts_with(short)
}

fn share_a_nickname(a: &str, b: &str) -> bool {
    let lines = |name: &str| NICKNAMES.get(name).map_or(&[][..], Vec::as_slice);
    lines(a).iter().any(|line| lines(b).contains(line))
}

/// One letter too many, too few, wrong or exchanged, in words of at least four letters.
fn slip(a: &str, b: &str) -> bool {
    let (a_chars, b_chars) = (a.chars().count(), b.chars().count());
    a_chars.min(b_chars) >= 4 && a_chars.abs_diff(b_chars) <= 1 && strsim::osa_distance(a, b) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        use Likeness::{Different, Same, Similar, Unclear};
        for (a, b, expected) in [
            ("Jane Doe", "jane  DOE", Same),
            ("Doe, Jane", "Jane Doe", Same),
            ("Dr. Jane Ann Doe", "Jane Doe", Same),
            ("José Núñez", "Jose Nunez", Same),
            ("O'Neil Pat", "Pat ONeil", Same),
            ("Bob Miller", "Robert Miller", Similar),
            ("J. Doe", "Jane Doe", Similar),
            ("Jane Millar", "Jane Miller", Similar),
            ("Jane Doe", "Jane Smith", Unclear),
            ("Jane", "Jane Doe", Unclear),
            ("", "Jane Doe", Unclear),
            ("Jane Doe", "John Doe", Different),
            ("Jane Doe", "Sam Park", Different),
            ("Mia Doe", "Mai Doe", Different),
        ] {
            let (a_name, b_name) = (Name::read(a), Name::read(b));
            assert_eq!(a_name.likeness(&b_name), expected, "{a} / {b}");
            assert_eq!(b_name.likeness(&a_name), expected, "{b} / {a}");
        }
    }

    #[test]
    fn names_written_with_care_are_told_apart_strictly() {
        for (a, b, expected) in [
            ("Jane Doe", "Doe, Jane", true),
            ("J. Doe", "Jane Doe", true),
            ("Bob Miller", "Robert Miller", true),
            ("Front Desk", "Jane", true),
            ("", "Jane Doe", true),
            ("Jane Doe", "Jane Smith", false),
            ("Joan Doe", "John Doe", false),
            ("Jane Doe", "John Doe", false),
        ] {
            let (a_name, b_name) = (Name::read(a), Name::read(b));
            assert_eq!(a_name.can_be(&b_name), expected, "{a} / {b}");
            assert_eq!(b_name.can_be(&a_name), expected, "{b} / {a}");
        }
    }
}
