//! What a test asks of a stage over HTTP.

use serde_json::{Value, json};

use super::command_line::{ADMIN, PASSWORD};
use super::keys::{CALENDLY_KEY, timed_signature};
use super::{Stage, deployed};

/// A status and the JSON beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stage {
    /// GET with the admin's login.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.as_admin("GET", path, &Value::Null).await
    }

    /// POST with the admin's login.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.as_admin("POST", path, body).await
    }

    /// The admin's token.
    pub(crate) async fn admin(&self) -> String {
        assert_eq!(self.get("/api/auth/me").await.status, 200);
        self.token.lock().await.clone()
    }

    async fn as_admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        if self.account.is_some() && path.starts_with("/local/") {
            return deployed::by_hand(self, path, body).await;
        }
        let mut token = self.token.lock().await;
        if !token.is_empty() {
            let answer = self.with_token(method, path, &token, body).await;
            if answer.status != 401 {
                return answer;
            }
        }
        *token = self.login(ADMIN, PASSWORD).await.body["token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.with_token(method, path, &token, body).await
    }

    /// Logs in.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        answer(
            self.client
                .post(format!("{}/api/auth/login", self.base))
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Posts raw bytes with headers; `None` when the connection broke.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Option<Answer> {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            Ok(response) => Some(answer(response).await),
            Err(_) => None,
        }
    }

    /// Posts a Calendly webhook signed now.
    pub(crate) async fn calendly(&self, body: &Value) -> Answer {
        let raw = body.to_string().into_bytes();
        let header = (
            "Calendly-Webhook-Signature",
            timed_signature(CALENDLY_KEY, self.now().await.as_second(), &raw),
        );
        self.post_raw("/api/webhooks/calendly", &[header], raw)
            .await
            .unwrap()
    }

    /// Posts a Stripe event signed now.
    pub(crate) async fn stripe(&self, event: &Value) -> Answer {
        let raw = event.to_string().into_bytes();
        let header = (
            "Stripe-Signature",
            timed_signature("whsec_test", self.now().await.as_second(), &raw),
        );
        self.post_raw("/api/webhooks/stripe", &[header], raw)
            .await
            .unwrap()
    }

    /// A request with a Bearer token.
    pub(crate) async fn with_token(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Answer {
        let request = self
            .client
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .bearer_auth(token);
        answer(
            if body.is_null() {
                request
            } else {
                request.json(body)
            }
            .send()
            .await
            .unwrap(),
        )
        .await
    }
}

async fn answer(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
