//! Requests to Stripe's API, in the version that Bookpath is written for.

use reqwest::{Method, RequestBuilder};
use url::form_urlencoded;

use crate::http_call::{ClientError, Secret, client};

pub(super) const VERSION: &str = "2026-09-30.endive";

/// Who we are at Stripe, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    http: reqwest::Client,
    /// Address before `/v1`, e.g. `https://api.stripe.com`.
    base: String,
    key: Secret,
}

impl Connection {
    pub(super) fn new(base: &str, key: Secret) -> Result<Self, ClientError> {
        Ok(Self {
            http: client()?,
            base: base.trim_end_matches('/').to_owned(),
            key,
        })
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/v1/{path}", self.base))
            .bearer_auth(&self.key.0)
            .header("Stripe-Version", VERSION)
    }

    /// Stripe takes forms.
    pub(super) fn post<'a>(
        &self,
        path: &str,
        form: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> RequestBuilder {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
    }
}
