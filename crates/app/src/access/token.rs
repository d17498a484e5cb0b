//! JSON Web Tokens, HS256 only: no other algorithm is ever looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bookpath_domain::access::Role;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Bytes of a signing key at least.
const KEY_BYTES_MIN: usize = 32;
/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Longer tokens are none of ours.
const TOKEN_BYTES_MAX: usize = 2048;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// User id.
    pub sub: String,
    /// At the time of the login.
    pub role: Role,
    /// Seconds since 1970.
    pub iat: i64,
    pub exp: i64,
    /// Names the login.
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
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> String {
        let payload = serde_json::to_vec(claims)
            .map(|json| BASE64.encode(json))
            .unwrap_or_default();
        let signed = format!("{HEADER}.{payload}");
        let mac = self
            .0
            .first()
            .and_then(|key| mac(key, &signed))
            .map(|mac| mac.finalize().into_bytes().to_vec());
        format!("{signed}.{}", BASE64.encode(mac.unwrap_or_default()))
    }

    /// What a token of ours says; whether it is still good is for the caller to see.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let signature = BASE64.decode(signature).ok()?;
        // Constant time, every key.
        let ours = self
            .0
            .iter()
            .filter_map(|key| mac(key, signed))
            .filter(|mac| mac.clone().verify_slice(&signature).is_ok())
            .count()
            > 0;
        ours.then(|| serde_json::from_slice(&BASE64.decode(payload).ok()?).ok())
            .flatten()
    }
}

fn mac(key: &[u8], text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            sub: "u1".to_owned(),
            role: Role::Sales,
            iat: 1,
            exp: 2,
            jti: "t1".to_owned(),
        }
    }

    #[test]
    fn the_header_says_what_it_says() {
        assert_eq!(
            BASE64.decode(HEADER).unwrap(),
            br#"{"alg":"HS256","typ":"JWT"}"#
        );
    }

    #[test]
    fn an_old_key_still_opens_and_a_strange_one_does_not() {
        let (old, new, other) = ("o".repeat(32), "n".repeat(32), "x".repeat(32));
        let token = SigningKeys::list(&old).unwrap().sign(&claims());
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
        let token = keys.sign(&claims());
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert_eq!(keys.verify(&format!("{signed}.")), None);
        let none = BASE64.encode(br#"{"alg":"none"}"#);
        let payload = signed.split('.').nth(1).unwrap();
        assert_eq!(keys.verify(&format!("{none}.{payload}.")), None);
        let mut changed = claims();
        changed.role = Role::Admin;
        let forged = BASE64.encode(serde_json::to_vec(&changed).unwrap());
        assert_eq!(keys.verify(&token.replace(payload, &forged)), None);
    }
}
