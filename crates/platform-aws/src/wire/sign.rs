//! AWS Signature Version 4. The tests compare it with the SDK's own signer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::session::Account;

/// What is signed.
pub(super) struct ToSign<'a> {
    pub(super) service: &'static str,
    pub(super) method: &'a str,
    pub(super) authority: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Besides `host`, `x-amz-date` and `x-amz-security-token`; lower-case.
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) payload_sha256: &'a str,
}

pub(super) struct Signature {
    /// For the header `x-amz-date`.
    pub(super) date: String,
    pub(super) authorization: String,
}

/// Signs with the account's key. The key of a day and service is derived once.
pub(super) struct Signer {
    account: Arc<Account>,
    keys: Mutex<BTreeMap<&'static str, (String, [u8; 32])>>,
}

impl Signer {
    pub(super) fn new(account: Arc<Account>) -> Self {
        Self {
            account,
            keys: Mutex::default(),
        }
    }

    pub(super) fn sign(&self, request: &ToSign<'_>, at: Timestamp) -> Signature {
        let date = at
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let day = &date[..8];
        let mut headers: Vec<(&str, &str)> =
            vec![("host", request.authority), ("x-amz-date", &date)];
        headers.extend(
            self.account
                .session_token
                .as_deref()
                .map(|token| ("x-amz-security-token", token)),
        );
        headers.extend(
            request
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");

        let mut canonical = format!("{}\n{}\n{}\n", request.method, request.path, request.query);
        for (name, value) in &headers {
            canonical.extend([name, ":", value.trim(), "\n"]);
        }
        canonical.extend(["\n", &names, "\n", request.payload_sha256]);
        let scope = format!(
            "{day}/{}/{}/aws4_request",
            self.account.region, request.service
        );
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            hex::encode(Sha256::digest(&canonical))
        );
        let signature = hex::encode(mac(&self.key(request.service, day), to_sign.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.account.access_key
        );
        Signature {
            date,
            authorization,
        }
    }

    fn key(&self, service: &'static str, day: &str) -> [u8; 32] {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = keys.get(service).filter(|(of, _)| of == day) {
            return *key;
        }
        let first = mac(
            format!("AWS4{}", self.account.secret_key).as_bytes(),
            day.as_bytes(),
        );
        let key = [self.account.region.as_str(), service, "aws4_request"]
            .iter()
            .fold(first, |key, part| mac(&key, part.as_bytes()));
        keys.insert(service, (day.to_owned(), key));
        key
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so the second case is never met.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// Percent-encoded as AWS wants it: everything but unreserved characters.
pub(crate) fn encoded(text: &str) -> String {
    encode(text, false)
}

/// The same, with the slashes of a path left.
pub(crate) fn encoded_path(path: &str) -> String {
    encode(path, true)
}

fn encode(text: &str, slash: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'~')
            || (slash && byte == b'/')
        {
            out.push(char::from(byte));
        } else if write!(out, "%{byte:02X}").is_err() {
            // Writing to a text does not fail.
            return out;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4;

    fn account(token: Option<&str>) -> Arc<Account> {
        Arc::new(Account {
            region: "eu-central-1".to_owned(),
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: token.map(str::to_owned),
            endpoint: None,
        })
    }

    /// What the SDK's signer puts into the header.
    fn theirs(request: &ToSign<'_>, account: &Account, at: SystemTime) -> String {
        let token = account.session_token.clone();
        let identity = Credentials::new(
            &account.access_key,
            &account.secret_key,
            token,
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&account.region)
            .name(request.service)
            .time(at);
        let params = params.settings(settings).build().unwrap().into();
        let mark = if request.query.is_empty() { "" } else { "?" };
        let url = format!(
            "https://{}{}{mark}{}",
            request.authority, request.path, request.query
        );
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Precomputed(request.payload_sha256.to_owned());
        let (instructions, _) = sign(
            SignableRequest::new(request.method, url, headers, body).unwrap(),
            &params,
        )
        .unwrap()
        .into_parts();
        let header = instructions
            .headers()
            .find(|(name, _)| *name == "authorization");
        header.unwrap().1.to_owned()
    }

    #[test]
    fn signatures_are_those_of_the_sdk() {
        let keys = [
            "/raw/calendly/2026-03-01/a.json",
            "/bronze/channel=face%2Fbook ads ä/date=2026-03-01/x~y'(1)*!.json",
            "/",
            "/a//b/../c",
        ];
        let mut compared = 0;
        for (n, key) in keys.iter().enumerate() {
            for token in [None, Some("IQoJb3JpZ2luX2VjE///+==")] {
                for query in ["", "list-type=2&prefix=a%2Fb%20c"] {
                    let account = account(token);
                    let hash = hex::encode(Sha256::digest(key));
                    let headers = [
                        ("x-amz-content-sha256", hash.clone()),
                        ("x-amz-target", "DynamoDB_20120810.GetItem".to_owned()),
                    ];
                    let request = ToSign {
                        service: ["s3", "dynamodb"][n % 2],
                        method: ["PUT", "POST", "GET"][n % 3],
                        authority: "bucket.s3.eu-central-1.amazonaws.com",
                        path: &encoded_path(key),
                        query,
                        headers: &headers,
                        payload_sha256: &hash,
                    };
                    let signer = Signer::new(account.clone());
                    for day in 0..3 {
                        let second = 1_772_359_199 + day * 86_400 + i64::try_from(n).unwrap();
                        let at = Timestamp::from_second(second).unwrap();
                        assert_eq!(
                            signer.sign(&request, at).authorization,
                            theirs(&request, &account, at.into()),
                            "{key}"
                        );
                        compared += 1;
                    }
                }
            }
        }
        assert_eq!(compared, 48);
    }
}
