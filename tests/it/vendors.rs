//! Stand-ins of the vendors' APIs in the test's own process: they keep running when Bookpath is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use bookpath_sandbox::calendly::Calendly;
use bookpath_sandbox::close::Close;
use bookpath_sandbox::stripe::Stripe;
use bookpath_sandbox::typeform::Typeform;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use crate::emulated;

/// The four of them.
pub(crate) struct Vendors {
    pub(crate) stripe: Stripe,
    pub(crate) calendly: Calendly,
    pub(crate) typeform: Typeform,
    pub(crate) close: Close,
    events: UnboundedReceiver<Value>,
    now: Arc<AtomicI64>,
    base: String,
    server: JoinHandle<()>,
}

impl Drop for Vendors {
    fn drop(&mut self) {
        // Free the port for the next world.
        self.server.abort();
    }
}

impl Vendors {
    /// Starts them, with this instant as their clock. Beside the deployed stack they use real time and its fixed address.
    pub(crate) async fn start(now: &str) -> Self {
        let port = if emulated::selected() {
            emulated::vendor_port()
        } else {
            0
        };
        let listener = listen(port).await;
        let base = format!("http://{}", listener.local_addr().unwrap());
        let now = if emulated::selected() {
            Timestamp::now().as_second()
        } else {
            seconds(now)
        };
        let now = Arc::new(AtomicI64::new(now));
        let clock = now.clone();
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let stripe = Stripe::new(
            &format!("{base}/stripe"),
            Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()),
            sender,
        );
        let calendly = Calendly::default();
        let (typeform, close) = (Typeform::default(), Close::default());
        let app = Router::new()
            .nest("/stripe", stripe.router())
            .nest("/calendly", calendly.router())
            .nest("/typeform", typeform.router())
            .nest("/close", close.router());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            stripe,
            calendly,
            typeform,
            close,
            events,
            now,
            base,
            server,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sets their clock.
    pub(crate) fn set(&self, now: &str) {
        self.now.store(seconds(now), Ordering::SeqCst);
    }

    /// The environment variables that point Bookpath to all of them.
    pub(crate) fn all_env(&self) -> Vec<(&'static str, String)> {
        let mut env = self.env();
        env.extend([
            ("TYPEFORM_API_BASE", self.url("/typeform")),
            ("TYPEFORM_API_TOKEN", "tfp_1".to_owned()),
            ("CLOSE_API_BASE", self.url("/close")),
            ("CLOSE_API_KEY", "api_1".to_owned()),
        ]);
        env
    }

    /// The environment variables that point Bookpath to Stripe and Calendly.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STRIPE_API_BASE", format!("{}/stripe", self.base)),
            ("STRIPE_API_KEY", "sk_test_1".to_owned()),
            ("CALENDLY_API_BASE", format!("{}/calendly", self.base)),
            ("CALENDLY_WRITE_TOKEN", "pat_1".to_owned()),
        ]
    }

    /// The events that Stripe has for its webhook and no test has taken yet, oldest first.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

fn seconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_second()
}

/// The test before may still hold the port for a moment.
async fn listen(port: u16) -> TcpListener {
    for _ in 0..200 {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    panic!("port {port} is taken");
}

/// Signatures as the four vendors make them.
pub(crate) mod signed {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::Sha256;

    use crate::stage::{key_of_vendor, timed_signature};

    /// A key that no vendor uses; hexadecimal, because Close's keys are.
    pub(crate) const WRONG_KEY: &str = "ffeeddccbbaa99887766554433221100";

    /// The stage's present key of a vendor.
    pub(crate) fn key_of(vendor: &str) -> &'static str {
        key_of_vendor(vendor)
    }

    fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    }

    /// The headers of a body that a vendor signed at second `t`.
    pub(crate) fn headers(
        vendor: &str,
        key: &str,
        t: i64,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        match vendor {
            "calendly" => vec![("Calendly-Webhook-Signature", timed_signature(key, t, body))],
            "stripe" => vec![("Stripe-Signature", timed_signature(key, t, body))],
            "typeform" => vec![(
                "Typeform-Signature",
                format!("sha256={}", STANDARD.encode(mac(key.as_bytes(), &[body]))),
            )],
            _ => {
                let hash = mac(
                    &hex::decode(key).unwrap(),
                    &[t.to_string().as_bytes(), body],
                );
                vec![
                    ("close-sig-timestamp", t.to_string()),
                    ("close-sig-hash", hex::encode(hash)),
                ]
            }
        }
    }
}
