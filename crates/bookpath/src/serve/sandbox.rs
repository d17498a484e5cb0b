//! Stand-ins for the APIs of the vendors that have no key: this process answers for them.

use std::sync::Arc;

use axum::Router;
use bookpath_app::inbox::admit::{Inbox, admit};
use bookpath_app::ports::Clock as _;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_sandbox::calendly::Calendly;
use bookpath_sandbox::stripe::Stripe;
use tokio::sync::{mpsc, watch};

use crate::environment::VendorApis;
use crate::node::Node;
use crate::serve::consume_bronze::stopped;

/// The routes below `/sandbox`; what the stand-ins tell arrives like any webhook whose signature was right.
pub(crate) fn router(
    own: &str,
    apis: &VendorApis,
    node: &Node,
    inbox: Arc<Inbox>,
    mut stop: watch::Receiver<bool>,
) -> Router {
    let mut router = Router::new();
    if apis.calendly_sandbox {
        router = router.nest("/calendly", Calendly::default().router());
    }
    if !apis.stripe_sandbox {
        return router;
    }
    let clock = node.clock.clone();
    let (events, mut told) = mpsc::unbounded_channel();
    let stripe = Stripe::new(
        &format!("{own}/sandbox/stripe"),
        Arc::new(move || clock.now()),
        events,
    );
    let clock = node.clock.clone();
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                () = stopped(&mut stop) => return,
                event = told.recv() => event,
            };
            let Some(event) = event else { return };
            let body = event.to_string();
            if let Err(error) = admit(
                &inbox,
                Vendor::Stripe,
                Origin::Webhook,
                clock.now(),
                body.as_bytes(),
            )
            .await
            {
                tracing::warn!(%error, "an event of the sandbox is lost");
            }
        }
    });
    router.nest("/stripe", stripe.router())
}
