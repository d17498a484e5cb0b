//! The vendors' APIs on this machine, played by the test: they live on when Bookpath dies.

use std::sync::Arc;

use axum::Router;
use bookpath_sandbox::calendly::Calendly;
use bookpath_sandbox::stripe::Stripe;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

/// Stripe and Calendly.
pub(crate) struct Vendors {
    pub(crate) stripe: Stripe,
    pub(crate) calendly: Calendly,
    events: UnboundedReceiver<Value>,
    base: String,
}

impl Vendors {
    /// Both, for whom it is always this instant.
    pub(crate) async fn start(now: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let now: Timestamp = now.parse().unwrap();
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let stripe = Stripe::new(&format!("{base}/stripe"), Arc::new(move || now), sender);
        let calendly = Calendly::default();
        let app = Router::new().nest("/stripe", stripe.router()).nest("/calendly", calendly.router());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { stripe, calendly, events, base }
    }

    /// What points Bookpath here.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STRIPE_API_BASE", format!("{}/stripe", self.base)),
            ("STRIPE_API_KEY", "sk_test_1".to_owned()),
            ("CALENDLY_API_BASE", format!("{}/calendly", self.base)),
            ("CALENDLY_WRITE_TOKEN", "pat_1".to_owned()),
        ]
    }

    /// The events that Stripe has sent and nobody has taken yet, oldest first.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}
