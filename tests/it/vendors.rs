//! The vendors' APIs on this machine, played by the test: they live on when Bookpath dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
    now: Arc<AtomicI64>,
    base: String,
}

impl Vendors {
    /// Both, for whom it is this instant until they are told otherwise.
    pub(crate) async fn start(now: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let now = Arc::new(AtomicI64::new(seconds(now)));
        let clock = now.clone();
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let stripe =
            Stripe::new(&format!("{base}/stripe"), Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()), sender);
        let calendly = Calendly::default();
        let app = Router::new().nest("/stripe", stripe.router()).nest("/calendly", calendly.router());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { stripe, calendly, events, now, base }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// It is this instant for them now.
    pub(crate) fn set(&self, now: &str) {
        self.now.store(seconds(now), Ordering::SeqCst);
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

fn seconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_second()
}
