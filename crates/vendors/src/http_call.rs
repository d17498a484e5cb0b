//! One call to a vendor: bounded in time and size, and its failure classified.

use std::fmt;
use std::time::Duration;

use crate::calls::{CallError, Headroom};
use crate::erasing::Deletion;
use crate::lists::Pace;
use crate::readable::readable;
use bookpath_domain::ErrorClass;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the lease of a claim, so no second worker starts the same call.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest answer that is read; vendors answer with a few kilobytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Longest page of a list that is read.
const PAGE_BYTES_MAX: usize = 16 << 20;
/// Longest `Retry-After` that is obeyed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// A key of a vendor's API; never shown.
#[derive(derive_more::Debug, Clone)]
#[debug("Secret(…)")]
pub struct Secret(pub String);

/// The client can't be built: a bug, or a machine without usable TLS.
#[derive(Debug)]
pub struct ClientError(reqwest::Error);

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the HTTP client can't be built: {}", self.0)
    }
}

impl std::error::Error for ClientError {}

pub(crate) fn client() -> Result<reqwest::Client, ClientError> {
    install_tls();
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT);
    // A redirect of an API is a mistake, and following it would hand the key to somebody else.
    builder
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("bookpath")
        .build()
        .map_err(ClientError)
}

/// Makes ring the TLS provider of this process, unless one is installed already.
fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was first; it installed the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

/// An answer that came whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// When the vendor wants us again: `Retry-After` in seconds, or the end of the rate limit's window.
    fn retry_after(&self) -> Option<Duration> {
        let limited = self.status == StatusCode::TOO_MANY_REQUESTS;
        let asked = self.header(RETRY_AFTER.as_str()).and_then(seconds);
        asked.or_else(|| self.pace().filter(|_| limited).map(|pace| pace.reset))
    }

    /// The rate limit as the vendor's headers state it: Calendly's `X-RateLimit-*`, or Close's `RateLimit` with its
    /// three members in one.
    pub(crate) fn pace(&self) -> Option<Pace> {
        let members = self.header("ratelimit").unwrap_or_default();
        let member = |name: &str| {
            let found = members
                .split([',', ';'])
                .filter_map(|part| part.trim().split_once('='))
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim())
        };
        let own = |name: &str| self.header(name);
        let reset = own("x-ratelimit-reset").or_else(|| member("reset"));
        let remaining = own("x-ratelimit-remaining").or_else(|| member("remaining"));
        let limit = own("x-ratelimit-limit").or_else(|| member("limit"));
        Some(Pace {
            limit: limit.and_then(|text| text.parse().ok()).unwrap_or(0),
            remaining: remaining
                .and_then(|text| text.parse().ok())
                .unwrap_or(u32::MAX),
            reset: reset.and_then(seconds)?,
        })
    }

    /// What the vendor says is left of its limit: Calendly's `X-RateLimit-Limit` and `-Remaining`.
    pub(crate) fn headroom(&self) -> Option<Headroom> {
        let number = |name: &str| self.header(name)?.parse().ok();
        Some(Headroom {
            limit: number("x-ratelimit-limit")?,
            remaining: number("x-ratelimit-remaining")?,
        })
    }

    /// The failure that this answer is.
    pub(crate) fn failure(&self, vendor: &str) -> CallError {
        let message = format!(
            "{vendor} answered {}: {}",
            self.status.as_u16(),
            self.said()
        );
        let passes = match self.header("stripe-should-retry") {
            Some("true") => true,
            Some("false") => false,
            _ => {
                let status = self.status;
                status.is_server_error()
                    || matches!(
                        status,
                        StatusCode::CONFLICT
                            | StatusCode::TOO_MANY_REQUESTS
                            | StatusCode::REQUEST_TIMEOUT
                    )
            }
        };
        let class = match (passes, self.status) {
            (true, _) => ErrorClass::TransientError,
            (false, StatusCode::PAYMENT_REQUIRED) => ErrorClass::PaymentError,
            (false, _) => ErrorClass::IntegrationError,
        };
        CallError {
            class,
            message,
            retry_after: if passes { self.retry_after() } else { None },
            reused_key: !passes && self.reused_key(),
            not_found: matches!(self.status, StatusCode::NOT_FOUND | StatusCode::GONE),
        }
    }

    /// Stripe's word for a key that came with other parameters than before.
    fn reused_key(&self) -> bool {
        ["/error/type", "/error/code"]
            .into_iter()
            .filter_map(|path| self.body.pointer(path))
            .any(|said| said == "idempotency_error")
    }

    /// The vendor's own code or title; never the whole body, which may repeat what we sent.
    fn said(&self) -> String {
        let texts = [
            self.body.pointer("/error/code"),
            self.body.pointer("/error/type"),
            self.body.get("error"),
            self.body.get("code"),
            self.body.get("title"),
            self.body.get("message"),
        ];
        let found = texts
            .into_iter()
            .flatten()
            .find_map(Value::as_str)
            .unwrap_or("no reason given");
        found.chars().take(200).collect()
    }
}

/// A duration that a header states in seconds, perhaps with decimals.
fn seconds(text: &str) -> Option<Duration> {
    let stated = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    Some(stated.min(RETRY_AFTER_MAX))
}

/// Sends a request that deletes something.
pub(crate) async fn delete(
    vendor: &'static str,
    request: RequestBuilder,
) -> Result<Deletion, CallError> {
    deletion(vendor, &call(vendor, request).await?)
}

/// The result of a deletion: a record that is not found counts as deleted, and a key or plan without the right is no failure that
/// another try would mend.
pub(crate) fn deletion(vendor: &'static str, answer: &Answer) -> Result<Deletion, CallError> {
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Deletion::Gone),
        status if status.is_success() => Ok(Deletion::Gone),
        StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
            Ok(Deletion::NotAllowed(answer.failure(vendor).message))
        }
        _ => Err(answer.failure(vendor)),
    }
}

/// Sends a request and reads its answer, whatever its status.
pub(crate) async fn call(
    vendor: &'static str,
    request: RequestBuilder,
) -> Result<Answer, CallError> {
    bounded(vendor, request, ANSWER_BYTES_MAX).await
}

/// As [`call`] for a page of a list, which is longer.
pub(crate) async fn call_page(
    vendor: &'static str,
    request: RequestBuilder,
) -> Result<Answer, CallError> {
    bounded(vendor, request, PAGE_BYTES_MAX).await
}

/// As [`call_page`], and any status but success is a failure.
pub(crate) async fn page(
    vendor: &'static str,
    request: RequestBuilder,
) -> Result<Answer, CallError> {
    let answer = call_page(vendor, request).await?;
    if answer.status.is_success() {
        Ok(answer)
    } else {
        Err(answer.failure(vendor))
    }
}

async fn bounded(
    vendor: &'static str,
    request: RequestBuilder,
    bytes_max: usize,
) -> Result<Answer, CallError> {
    // `without_url`: a query may hold a customer's data.
    let failed = |e: reqwest::Error| {
        CallError::transient(format!("{vendor} can't be reached: {}", e.without_url()))
    };
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(CallError::transient(format!(
                "{vendor} answered more than {bytes_max} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    let body = if bytes.trim_ascii().is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&readable(&bytes))
    };
    let body = match body {
        Ok(body) => body,
        // A proxy's error page.
        Err(_) if !status.is_success() => Value::Null,
        Err(error) => {
            return Err(CallError::transient(format!(
                "{vendor} answered no JSON: {error}"
            )));
        }
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// As [`call`], and any status but success is a failure.
pub(crate) async fn succeed(
    vendor: &'static str,
    request: RequestBuilder,
) -> Result<Value, CallError> {
    let answer = call(vendor, request).await?;
    if answer.status.is_success() {
        Ok(answer.body)
    } else {
        Err(answer.failure(vendor))
    }
}
