//! The tokens of logins (JSON Web Tokens, HS256 only) and of the links in e-mails.

use bookpath_domain::access::Role;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::ports::StoreError;

/// Bytes of a signing key at least.
const KEY_BYTES_MIN: usize = 32;
/// Longest token that is read; ours are shorter.
const TOKEN_BYTES_MAX: usize = 2048;
/// The link of an e-mail stays the same within a period of this length, and opens its booking until the end of the next.
const LINK_PERIOD_SECONDS: i64 = 30 * 86_400;
/// Bytes of a link's token.
const LINK_BYTES: usize = 16;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// User id.
    pub sub: String,
    /// At the time of the login.
    pub role: Role,
    /// At the time of the login; `None` where the user has none, and in tokens of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seconds since 1970.
    pub iat: i64,
    pub exp: i64,
    /// Names the session.
    pub jti: String,
}

/// The active signing keys: the first signs, all of them verify, so that a key can be changed without logging
/// anybody out.
#[derive(Clone)]
pub struct SigningKeys(Vec<Vec<u8>>);

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeys({})", self.0.len())
    }
}

/// The keys can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("no key is given")]
    None,
    #[error("key {0} is shorter than {KEY_BYTES_MIN} bytes")]
    Short(usize),
}

impl SigningKeys {
    /// Keys, the signing one first.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(keys: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        match keys.iter().position(|key| key.len() < KEY_BYTES_MIN) {
            Some(short) => Err(KeyError::Short(short + 1)),
            None => Ok(Self(keys)),
        }
    }

    /// Keys from a comma-separated text: `JWT_SECRET`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn list(text: &str) -> Result<Self, KeyError> {
        Self::new(
            text.split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty())
                .map(|key| key.as_bytes().to_vec())
                .collect(),
        )
    }

    /// A signed token.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the claims can't be signed: a bug.
    pub fn sign(&self, claims: &Claims) -> Result<String, StoreError> {
        let key = self.0.first().map(Vec::as_slice).unwrap_or_default();
        EncodingKey::from_secret(key)
            .and_then(|key| encode(&Header::new(Algorithm::HS256), claims, &key))
            .map_err(|e| StoreError::Corrupt(format!("the token can't be signed: {e}")))
    }

    /// What a token of ours says; the caller compares its times with the clock.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        let by = |key: &Vec<u8>| {
            let key = DecodingKey::from_secret(key).ok()?;
            Some(decode::<Claims>(token, &key, &rules).ok()?.claims)
        };
        self.0.iter().find_map(by)
    }

    /// The token of a booking's link in an e-mail. It is derived and not stored: however many e-mails somebody asks for,
    /// all of them have the same link, and no other token gives way to it.
    #[must_use]
    pub fn link_token(&self, booking_id: &str, now: Timestamp) -> Option<String> {
        let mac = link_mac(self.0.first()?, booking_id, link_period(now))?;
        let bytes = mac.finalize().into_bytes();
        Some(hex::encode(bytes.get(..LINK_BYTES)?))
    }

    /// Whether the token is that of an e-mail about this booking, of the present period or the one before. Every key is
    /// tried, in constant time.
    #[must_use]
    pub fn opens_link(&self, booking_id: &str, token: &str, now: Timestamp) -> bool {
        let Some(bytes) = hex::decode(token).ok().filter(|b| b.len() == LINK_BYTES) else {
            return false;
        };
        let periods = [link_period(now), link_period(now) - 1];
        let good = |key: &Vec<u8>, period: i64| {
            link_mac(key, booking_id, period)
                .is_some_and(|mac| mac.verify_truncated_left(&bytes).is_ok())
        };
        self.0
            .iter()
            .flat_map(|key| periods.map(|period| good(key, period)))
            .fold(false, |any, one| any | one)
    }
}

fn link_period(now: Timestamp) -> i64 {
    now.as_second().div_euclid(LINK_PERIOD_SECONDS)
}

/// Keyed differently from a login's token, whose signed text always begins with a header in base64.
fn link_mac(key: &[u8], booking_id: &str, period: i64) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("link of a booking\n{booking_id}\n{period}").as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;

    fn claims() -> Claims {
        Claims {
            sub: "u1".to_owned(),
            role: Role::Sales,
            name: Some("Ann".to_owned()),
            iat: 1,
            exp: 2,
            jti: "t1".to_owned(),
        }
    }

    #[test]
    fn an_old_key_still_opens_and_a_strange_one_does_not() {
        let (old, new, other) = ("o".repeat(32), "n".repeat(32), "x".repeat(32));
        let token = SigningKeys::list(&old).unwrap().sign(&claims()).unwrap();
        assert_eq!(
            SigningKeys::list(&format!("{new}, {old}"))
                .unwrap()
                .verify(&token),
            Some(claims())
        );
        assert_eq!(SigningKeys::list(&other).unwrap().verify(&token), None);
        assert_eq!(SigningKeys::list("short").err(), Some(KeyError::Short(1)));
        assert_eq!(SigningKeys::list(" , ").err(), Some(KeyError::None));
    }

    #[test]
    fn a_token_without_a_signature_or_with_another_algorithm_is_none() {
        let keys = SigningKeys::list(&"k".repeat(32)).unwrap();
        let token = keys.sign(&claims()).unwrap();
        assert_eq!(
            BASE64.decode(token.split('.').next().unwrap()).unwrap(),
            br#"{"typ":"JWT","alg":"HS256"}"#
        );
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert_eq!(keys.verify(&format!("{signed}.")), None);
        let none = BASE64.encode(br#"{"alg":"none"}"#);
        let payload = signed.split('.').nth(1).unwrap();
        assert_eq!(keys.verify(&format!("{none}.{payload}.")), None);
        let mut changed = claims();
        changed.role = Role::Admin;
        let forged = BASE64.encode(serde_json::to_vec(&changed).unwrap());
        let (header, signature) = (
            signed.split('.').next().unwrap(),
            token.rsplit_once('.').unwrap().1,
        );
        assert_eq!(keys.verify(&format!("{header}.{forged}.{signature}")), None);
        assert_eq!(keys.verify(&"a".repeat(TOKEN_BYTES_MAX + 1)), None);
    }

    #[test]
    fn a_letters_link_is_the_same_for_a_month_and_opens_its_booking_only() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let keys = SigningKeys::list(&old).unwrap();
        let rotated = SigningKeys::list(&format!("{new},{old}")).unwrap();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let token = keys.link_token("b1", at(LINK_PERIOD_SECONDS)).unwrap();
        assert_eq!(token.len(), 32);
        assert_eq!(
            keys.link_token("b1", at(2 * LINK_PERIOD_SECONDS - 1)),
            Some(token.clone())
        );
        for (second, opens) in [(1, true), (2, true), (3, false)] {
            let now = at(second * LINK_PERIOD_SECONDS);
            assert_eq!(rotated.opens_link("b1", &token, now), opens, "{second}");
        }
        assert!(!keys.opens_link("b2", &token, at(LINK_PERIOD_SECONDS)));
        assert!(!keys.opens_link("b1", &token[..30], at(LINK_PERIOD_SECONDS)));
    }
}
