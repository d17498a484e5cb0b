//! Who may do what: three roles, and what a password must be (S3-101, S3-104).

use serde::{Deserialize, Serialize};

use crate::people::email;

/// What a user of the application is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Reads figures; of figures per person only their own.
    Sales,
    /// Reads every figure, changes nothing.
    Viewer,
}

impl Role {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Sales, Self::Viewer];

    /// The text of answers and commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// The role with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Characters that a password has at least.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Bytes that a password has at most: hashing costs in proportion.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Different characters that a password has at least.
const DIFFERENT_MIN: usize = 5;
/// What everybody tries first, without digits and signs at the end.
const COMMON: [&str; 8] = [
    "password",
    "passwort",
    "letmein",
    "qwertyuiop",
    "qwerty",
    "administrator",
    "welcome",
    "bookpath",
];

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("the password is shorter than {PASSWORD_CHARS_MIN} characters")]
    Short,
    #[error("the password is longer than {PASSWORD_BYTES_MAX} bytes")]
    Long,
    #[error("the password has fewer than {DIFFERENT_MIN} different characters")]
    Plain,
    #[error("the password is one that everybody tries first")]
    Common,
    #[error("the password is the e-mail address")]
    Email,
}

/// Checks a password: length counts, kinds of characters do not.
///
/// # Errors
/// [`WeakPassword`].
pub fn check_password(password: &str, address: &str) -> Result<(), WeakPassword> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(WeakPassword::Long);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(WeakPassword::Short);
    }
    let lower = password.to_lowercase();
    let address = email::normalize(address).unwrap_or_default();
    if !address.is_empty()
        && (lower == address
            || address.split('@').next().is_some_and(|name| {
                name.len() > 3 && lower.starts_with(name) && lower.len() < name.len() + 4
            }))
    {
        return Err(WeakPassword::Email);
    }
    let letters = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    if COMMON.contains(&letters) {
        return Err(WeakPassword::Common);
    }
    let different: std::collections::BTreeSet<char> = password.chars().collect();
    if different.len() < DIFFERENT_MIN {
        Err(WeakPassword::Plain)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passwords_pass_and_those_that_anybody_guesses_do_not() {
        let check = |password: &str| check_password(password, "annabelle@co.test");
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("ünïcödé-wörter"), Ok(()));
        assert_eq!(check("elevenchars"), Err(WeakPassword::Short));
        assert_eq!(check("Password12345!"), Err(WeakPassword::Common));
        assert_eq!(check("aaaaaaaaaaaab"), Err(WeakPassword::Plain));
        assert_eq!(check("Annabelle@co.test"), Err(WeakPassword::Email));
        assert_eq!(check("annabelle123"), Err(WeakPassword::Email));
        assert_eq!(check(&"x1y2z".repeat(60)), Err(WeakPassword::Long));
    }
}
