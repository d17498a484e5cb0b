//! The calls that every function makes, without the SDK: DynamoDB, Kinesis, S3, Parameter Store, Secrets Manager.
//!
//! The SDK's client spends more of the processor on such a call than the receiver on everything else, and its code for
//! these services is larger than the rest of the receiver (docs/PERFORMANCE.md). A dozen operations need one signature,
//! JSON and a retry. What is called seldom goes through the SDK.

mod body;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::failure::throttled;
use crate::http::{Answer, Connections};
use crate::session::{Account, SetupError};
use sign::{Signer, ToSign};

pub(crate) use body::Body;
pub(crate) use sign::{encoded, encoded_path};

/// Tries of a call, the first included.
const TRIES: u32 = 3;
const BACK_OFF_FIRST_MS: u64 = 50;
const BACK_OFF_MAX_MS: u64 = 1000;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 30;
/// Until a JSON call has its whole answer. The slowest usual one, a transaction of 100 writes, takes a tenth of it.
const JSON_TIMEOUT: Duration = Duration::from_secs(3);

/// A service and how it is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(dead_code, reason = "not every set of features calls every service")]
pub(crate) enum Service {
    DynamoDb,
    Kinesis,
    Metrics,
    S3,
    Parameters,
    Secrets,
}

impl Service {
    /// In host names and signatures.
    const fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Kinesis => "kinesis",
            Self::Metrics => "monitoring",
            Self::S3 => "s3",
            Self::Parameters => "ssm",
            Self::Secrets => "secretsmanager",
        }
    }

    /// Content type, and what comes before the operation's name.
    const fn json(self) -> (&'static str, &'static str) {
        match self {
            Self::DynamoDb => ("application/x-amz-json-1.0", "DynamoDB_20120810"),
            Self::Kinesis => ("application/x-amz-json-1.1", "Kinesis_20131202"),
            Self::Metrics => (
                "application/x-amz-json-1.0",
                "GraniteServiceVersion20100801",
            ),
            Self::Parameters => ("application/x-amz-json-1.1", "AmazonSSM"),
            Self::Secrets | Self::S3 => ("application/x-amz-json-1.1", "secretsmanager"),
        }
    }
}

/// A service said no.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The service's code, without its namespace.
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) body: Bytes,
}

/// A call that did not do it. `Display` is one line, without the request.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CallFailure {
    #[error("{}: {} (status {})", .0.code, .0.message, .0.status)]
    Refused(Refusal),
    /// No answer: it may have happened.
    #[error("{0}")]
    Unreachable(String),
}

impl CallFailure {
    /// The service's code, where there was an answer.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::Unreachable(_) => None,
        }
    }

    /// Whether the same call may pass in a moment.
    fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused(Refusal { status, code, .. }) => {
                let soon = [
                    "TransactionInProgressException",
                    "RequestTimeout",
                    "SlowDown",
                    "RequestTimeoutException",
                ];
                *status >= 500 || *status == 429 || throttled(code) || soon.contains(&code.as_str())
            }
        }
    }
}

/// One request to S3.
#[derive(Debug)]
pub(crate) struct ObjectRequest<'a> {
    pub(crate) method: Method,
    pub(crate) bucket: &'a str,
    /// Empty for the bucket itself.
    pub(crate) key: &'a str,
    /// By name.
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Body,
    /// Until the whole answer.
    pub(crate) timeout: Duration,
}

/// A request, but for its time and signature.
struct Prepared {
    service: Service,
    method: Method,
    authority: String,
    /// Percent-encoded.
    path: String,
    /// In its canonical form.
    query: String,
    /// Lower-case names, sorted; all of them are signed.
    headers: Vec<(&'static str, String)>,
    content_type: Option<&'static str>,
    body: Body,
    timeout: Duration,
}

/// The connections and the signer. One for the process.
pub(crate) struct Wire {
    connections: Connections<Body>,
    account: Arc<Account>,
    signer: Signer,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("region", &self.account.region)
            .finish_non_exhaustive()
    }
}

impl Wire {
    pub(crate) fn new(account: Arc<Account>) -> Result<Self, SetupError> {
        Ok(Self {
            connections: Connections::new()?,
            signer: Signer::new(account.clone()),
            account,
        })
    }

    /// A call of a JSON service, with retries.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        service: Service,
        operation: &str,
        request: &impl Serialize,
    ) -> Result<T, CallFailure> {
        let body = serde_json::to_vec(request)
            .map_err(|e| CallFailure::Unreachable(format!("{operation} can't be written: {e}")))?;
        let (content_type, prefix) = service.json();
        let prepared = Prepared {
            service,
            method: Method::POST,
            authority: self.authority(service, None),
            path: "/".to_owned(),
            query: String::new(),
            headers: vec![("x-amz-target", format!("{prefix}.{operation}"))],
            content_type: Some(content_type),
            body: Body::bytes(body),
            timeout: JSON_TIMEOUT,
        };
        let answer = self.send(&prepared).await?;
        let answer = if answer.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            answer
        };
        serde_json::from_slice(&answer).map_err(|e| {
            CallFailure::Unreachable(format!("{operation} answered what can't be read: {e}"))
        })
    }

    /// A request to S3, with retries. Answers the body.
    pub(crate) async fn object(&self, request: ObjectRequest<'_>) -> Result<Bytes, CallFailure> {
        let ObjectRequest {
            method,
            bucket,
            key,
            query,
            content_type,
            body,
            timeout,
        } = request;
        // A name with dots is in no certificate.
        let by_path = self.account.endpoint.is_some() || bucket.contains('.');
        let path = if by_path {
            encoded_path(&format!("/{bucket}/{key}"))
        } else {
            encoded_path(&format!("/{key}"))
        };
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let prepared = Prepared {
            service: Service::S3,
            method,
            authority: self.authority(Service::S3, (!by_path).then_some(bucket)),
            path,
            query: query.join("&"),
            headers: vec![("x-amz-content-sha256", body.sha256().to_owned())],
            content_type,
            body,
            timeout,
        };
        self.send(&prepared).await
    }

    fn scheme(&self) -> &str {
        self.account
            .endpoint
            .as_ref()
            .map_or("https", |endpoint| endpoint.scheme.as_str())
    }

    fn authority(&self, service: Service, bucket: Option<&str>) -> String {
        if let Some(endpoint) = &self.account.endpoint {
            return endpoint.authority.clone();
        }
        let region = &self.account.region;
        let suffix = if region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        let bucket = bucket
            .map(|bucket| format!("{bucket}."))
            .unwrap_or_default();
        format!("{bucket}{}.{region}.{suffix}", service.name())
    }

    async fn send(&self, prepared: &Prepared) -> Result<Bytes, CallFailure> {
        let mut tried = 1;
        loop {
            let failure = match self.once(prepared).await {
                Ok(answer) => return Ok(answer),
                Err(failure) if tried == TRIES || !failure.passes() => return Err(failure),
                Err(failure) => failure,
            };
            tracing::debug!(service = prepared.service.name(), error = %failure, tried, "a call is tried again");
            let whole = (BACK_OFF_FIRST_MS << tried).min(BACK_OFF_MAX_MS);
            tokio::time::sleep(Duration::from_millis(fastrand::u64(whole / 2..=whole))).await;
            tried += 1;
        }
    }

    async fn once(&self, prepared: &Prepared) -> Result<Bytes, CallFailure> {
        let request = self
            .signed(prepared, Timestamp::now())
            .await
            .map_err(CallFailure::Unreachable)?;
        let deadline = Instant::now() + prepared.timeout;
        let answer = self
            .connections
            .exchange(
                self.scheme(),
                &prepared.authority,
                request,
                ANSWER_BYTES_MAX,
                deadline,
            )
            .await;
        let Answer { status, body } = answer.map_err(CallFailure::Unreachable)?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(CallFailure::Refused(refusal(
                prepared.service,
                status.as_u16(),
                body,
            )))
        }
    }

    async fn signed(&self, prepared: &Prepared, at: Timestamp) -> Result<Request<Body>, String> {
        let body = prepared.body.again().await?;
        let to_sign = ToSign {
            service: prepared.service.name(),
            method: prepared.method.as_str(),
            authority: &prepared.authority,
            path: &prepared.path,
            query: &prepared.query,
            headers: &prepared.headers,
            payload_sha256: body.sha256(),
        };
        let signature = self.signer.sign(&to_sign, at);
        let url = if prepared.query.is_empty() {
            prepared.path.clone()
        } else {
            format!("{}?{}", prepared.path, prepared.query)
        };
        let mut request = Request::builder()
            .method(prepared.method.clone())
            .uri(url)
            .body(body)
            .map_err(|e| e.to_string())?;
        let headers = request.headers_mut();
        let value = |text: &str| HeaderValue::from_str(text).map_err(|e| e.to_string());
        headers.insert(HOST, value(&prepared.authority)?);
        headers.insert(
            HeaderName::from_static("x-amz-date"),
            value(&signature.date)?,
        );
        if let Some(token) = &self.account.session_token {
            headers.insert(
                HeaderName::from_static("x-amz-security-token"),
                value(token)?,
            );
        }
        for (name, text) in &prepared.headers {
            headers.insert(HeaderName::from_static(name), value(text)?);
        }
        if let Some(content_type) = prepared.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        headers.insert(AUTHORIZATION, value(&signature.authorization)?);
        Ok(request)
    }
}

#[derive(serde::Deserialize)]
struct JsonError {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

fn refusal(service: Service, status: u16, body: Bytes) -> Refusal {
    let (code, message) = if service == Service::S3 {
        let text = String::from_utf8_lossy(&body);
        let part = |tag: &str| xml_texts(&text, tag).next().unwrap_or_default();
        (part("Code"), part("Message"))
    } else {
        let error = serde_json::from_slice(&body).unwrap_or(JsonError {
            code: String::new(),
            message: String::new(),
        });
        (
            error.code.rsplit('#').next().unwrap_or_default().to_owned(),
            error.message,
        )
    };
    let code = if code.is_empty() {
        format!("status {status}")
    } else {
        code
    };
    Refusal {
        status,
        code,
        message,
        body,
    }
}

/// The texts of every element with this name; the services' answers have no attributes and no CDATA.
pub(crate) fn xml_texts<'a>(xml: &'a str, tag: &str) -> impl Iterator<Item = String> + 'a {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let from = rest.find(&open)? + open.len();
        let to = from + rest[from..].find(&close)?;
        let text = &rest[from..to];
        rest = &rest[to + close.len()..];
        Some(unescaped(text))
    })
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let end = rest.find(';').unwrap_or(rest.len() - 1);
        let character = match &rest[1..end.max(1)] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            entity => entity.strip_prefix('#').and_then(|number| {
                let number = number.strip_prefix('x').map_or_else(
                    || number.parse().ok(),
                    |hex| u32::from_str_radix(hex, 16).ok(),
                );
                char::from_u32(number?)
            }),
        };
        match character {
            Some(character) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_in_both_notations() {
        let json = br#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"why"}"#;
        let read = refusal(Service::DynamoDb, 400, Bytes::from_static(json));
        assert_eq!(
            (read.code.as_str(), read.message.as_str()),
            ("TransactionCanceledException", "why")
        );
        let xml = b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt;b&gt; &amp;c &#x41;&unknown;</Message></Error>";
        let read = refusal(Service::S3, 404, Bytes::from_static(xml));
        assert_eq!(
            (read.code.as_str(), read.message.as_str()),
            ("NoSuchKey", "a <b> &c A&unknown;")
        );
        assert_eq!(
            refusal(Service::Kinesis, 503, Bytes::new()).code,
            "status 503"
        );
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let of = |status, code: &str| {
            CallFailure::Refused(Refusal {
                status,
                code: code.to_owned(),
                message: String::new(),
                body: Bytes::new(),
            })
            .passes()
        };
        assert!(
            of(500, "InternalServerError")
                && of(503, "SlowDown")
                && of(400, "ThrottlingException")
                && of(400, "RequestTimeout")
        );
        assert!(
            !of(400, "ValidationException")
                && !of(403, "AccessDeniedException")
                && !of(400, "TransactionCanceledException")
        );
        assert!(CallFailure::Unreachable(String::new()).passes());
    }
}
